//! Files that go when their owner goes.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A file among the system's temporary ones, which no other test has.
#[derive(Debug)]
pub struct TempFile(PathBuf);

impl TempFile {
    /// A new one that holds this.
    pub fn new(content: impl AsRef<[u8]>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("gatehouse-test-{}-{count}.json", std::process::id());
        let file = Self(std::env::temp_dir().join(name));
        file.write(content);
        file
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where it is, as a text for an environment.
    pub fn name(&self) -> String {
        self.0.display().to_string()
    }

    /// Replaces what it holds.
    pub fn write(&self, content: impl AsRef<[u8]>) {
        std::fs::write(&self.0, content).unwrap();
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
