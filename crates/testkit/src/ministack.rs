//! Runs a `MiniStack`, an emulator of AWS, for as long as the tests run.
//!
//! It is started as `scripts/local` starts it, from the Python environment that `scripts/local` and
//! `scripts/test` install. If it is not installed, the tests that need it do nothing, unless
//! `REQUIRE_MINISTACK` is set. `scripts/test` sets it.

use std::env;
use std::fs::{self, File};
use std::io::{BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::http::{self, Message};
use crate::net::free_port;

const PATIENCE: Duration = Duration::from_mins(1);

/// A running emulator. When this process ends, for whatever reason, the emulator's standard input closes, and
/// it exits.
#[derive(Debug)]
pub struct MiniStack {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl MiniStack {
    /// Starts an emulator that stores its data under `target_tmp`, which is `env!("CARGO_TARGET_TMPDIR")`.
    /// `None` if it is not installed.
    pub fn start(target_tmp: &str) -> Option<Self> {
        let python = root().join(".venv/ministack/bin/python");
        if !python.exists() {
            assert!(env::var_os("REQUIRE_MINISTACK").is_none(), "{} is not there", python.display());
            return None;
        }
        let folder = Path::new(target_tmp).join(format!("ministack-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let port = free_port();
        let child = command(&python, &folder, port).spawn().unwrap();
        let mut running = Self { child, port, log: folder.join("log") };
        running.await_ready();
        Some(running)
    }

    /// Its URL.
    pub fn endpoint(&self) -> String {
        endpoint(self.port)
    }

    /// All that it has printed so far.
    pub fn printed(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its answer to the request line `what` (a method and a path), with these headers, each with its CR LF.
    /// `None` while it does not answer.
    pub fn ask(&self, what: &str, headers: &str, body: &str) -> Option<Message> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let head = format!(
            "{what} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
        http::read(&mut BufReader::new(stream)).ok()?
    }

    fn await_ready(&mut self) {
        let give_up = Instant::now() + PATIENCE;
        while self.ask("GET /_ministack/ready", "", "").is_none_or(|answer| !answer.line.contains(" 200")) {
            assert!(matches!(self.child.try_wait(), Ok(None)), "MiniStack ended: {}", self.printed());
            assert!(Instant::now() < give_up, "MiniStack does not answer: {}", self.printed());
            thread::sleep(Duration::from_millis(50));
        }
    }
}

fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// As in `tools/stack/emulator/ministack.py`, the environment variables are all new, so that nobody's AWS
/// credentials are among them.
fn command(python: &Path, folder: &Path, port: u16) -> Command {
    let log = File::create(folder.join("log")).unwrap();
    let mut command = Command::new(python);
    command.arg(root().join("tools")).arg("emulator.emulator_host").current_dir(folder).env_clear();
    command.envs(env::var("PATH").map(|path| ("PATH", path)));
    let variables = [
        ("LANG", "C.UTF-8"),
        ("AUTH", "true"),
        ("BIND_HOST", "127.0.0.1"),
        ("MINISTACK_REGION", "us-east-1"),
        ("PERSIST_STATE", "0"),
        ("IOT_MTLS_ENABLED", "0"),
        ("SFTP_ENABLED", "0"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    command.envs(variables).env("GATEWAY_PORT", port.to_string());
    command.env("AWS_ENDPOINT_URL", endpoint(port));
    command.env("HOME", folder).env("TMPDIR", folder).env("STATE_DIR", folder.join("state"));
    // It kills its whole process group when it ends, so it must have a group of its own.
    command.process_group(0).stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log);
    command
}
