//! A stack of the tests' own on this machine. `scripts/local` starts it, and it ends with this process.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::deployment::Deployment;

/// Its directory, relative to the repository.
pub(crate) const STATE: &str = ".local/e2e";

/// The settings in which it differs from config.json. Tests that run in parallel need a higher limit on the
/// public routes, whose limit has a test of its own. The metadata document is on, which only the gateway
/// serves.
const PARAMETERS: [&str; 3] =
    ["AuthThrottleRatePerSecond=1000", "AuthThrottleBurst=1000", "ResourceMetadata=true"];

/// How long it may take to clean up before it is killed.
const PATIENCE: Duration = Duration::from_secs(45);

/// The repository's directory.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A running `scripts/local`. It ends when this value is dropped, and also when this process ends, because
/// its standard input closes then.
pub(crate) struct LocalStack(Child);

impl LocalStack {
    /// Returns when the stack can be used. Until then, standard error shows what `scripts/local` does.
    pub(crate) fn start() -> Result<(Self, Deployment)> {
        let child = Command::new(root().join("scripts/local"))
            .args(["--until-eof", "--state", STATE, "--port", "0"])
            .args(PARAMETERS.iter().flat_map(|parameter| ["--parameter", parameter]))
            .current_dir(root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start scripts/local: {error}"))?;
        let mut stack = Self(child);
        stack.await_ready_block()?;
        let values = read_env(&root().join(STATE).join("env"))?;
        let deployment = Deployment::read("", |name| values.get(name).cloned())
            .map_err(|missing| format!("{STATE}/env: {missing}"))?;
        Ok((stack, deployment))
    }

    /// Only the block of the ready stack goes to standard output. It is read but not shown, because it
    /// contains passwords.
    fn await_ready_block(&mut self) -> Result<()> {
        let output = self.0.stdout.take().ok_or("scripts/local has no standard output")?;
        let mut output = BufReader::new(output);
        let mut line = String::new();
        match output.read_line(&mut line) {
            Ok(0) | Err(_) => {
                Err("scripts/local ended before the stack was ready; see the reason above".into())
            }
            Ok(_) => {
                drain(output);
                Ok(())
            }
        }
    }
}

fn drain(mut output: BufReader<ChildStdout>) {
    thread::spawn(move || {
        let mut rest = Vec::new();
        // The rest is only read so that the writer never blocks.
        let _ = output.read_to_end(&mut rest);
    });
}

/// The file contains shell assignments, so a shell reads it.
fn read_env(file: &Path) -> Result<HashMap<String, String>> {
    let failed = |why: String| format!("cannot read {}: {why}", file.display());
    let output = Command::new("sh")
        .args(["-c", r#"set -a && . "$1" && exec env"#, "sh"])
        .arg(file)
        .env_clear()
        .envs(std::env::var("PATH").map(|path| ("PATH", path)))
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    let text = String::from_utf8(output.stdout).map_err(|error| failed(error.to_string()))?;
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

impl Drop for LocalStack {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let give_up = Instant::now() + PATIENCE;
        while matches!(self.0.try_wait(), Ok(None)) {
            if Instant::now() > give_up {
                let _ = self.0.kill();
                let _ = self.0.wait();
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}
