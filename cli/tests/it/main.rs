//! The real binary, from its arguments to its exit code: what it writes to stdout and stderr, and that
//! neither gets a secret.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy sees no test in a test's helpers"
)]

mod aws;
mod client;
mod config;
mod explain;
mod explain_rules;
mod issuer;
mod policy;
mod usage;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The results of a run of the binary.
struct Run {
    code: i32,
    out: String,
    err: String,
}

/// `gatehouse` with these arguments, in a directory of its own, without the test's environment variables.
struct Gatehouse {
    command: Command,
    stdin: Vec<u8>,
    home: tempfile::TempDir,
}

fn gatehouse(args: &[&str]) -> Gatehouse {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    command.args(args).env_clear().env("HOME", home.path()).current_dir(home.path());
    // On a machine in EC2 the SDK would find credentials and a region there.
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("PATH", "/usr/bin:/bin");
    Gatehouse { command, stdin: Vec::new(), home }
}

impl Gatehouse {
    fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    fn stdin(mut self, text: &str) -> Self {
        self.stdin = text.into();
        self
    }

    fn file(self, path: impl AsRef<Path>, text: &str) -> Self {
        let path = self.home.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    fn run(mut self) -> Run {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        // A run that fails early closes its end of the pipe first.
        let _ = child.stdin.take().unwrap().write_all(&self.stdin);
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// Asserts that the run succeeded, and wrote nothing to stderr.
    fn succeeds(&self) {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
    }

    /// Asserts that the run failed with this exit code and this line, and wrote nothing to stdout.
    fn fails(&self, code: i32, line: &str) {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        assert!(self.err.contains(line), "{}", self.err);
    }
}
