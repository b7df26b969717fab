//! A `DynamoDB` API on this machine, for as long as the tests run.
//!
//! It is the one that `TEST_DYNAMODB_ENDPOINT` names, else a `MiniStack` of the tests' own, as `scripts/local` starts it,
//! from the Python environment that `scripts/local` and `scripts/test` install. Where there is none yet, the tests
//! that need it do nothing, unless `REQUIRE_MINISTACK` is set: `scripts/test` sets it.

use std::env;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_mins(1);

/// A running one. Its standard input closes when this process ends, however that comes about, and it ends then.
struct MiniStack {
    child: Child,
    endpoint: String,
}

static MINISTACK: OnceLock<Option<MiniStack>> = OnceLock::new();

/// Its address, when there is one.
pub(crate) fn endpoint() -> Option<&'static str> {
    static GIVEN: OnceLock<Option<String>> = OnceLock::new();
    let given = GIVEN.get_or_init(|| env::var("TEST_DYNAMODB_ENDPOINT").ok());
    if let Some(given) = given {
        return Some(given);
    }
    MINISTACK.get_or_init(start).as_ref().map(|running| running.endpoint.as_str())
}

fn start() -> Option<MiniStack> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = root.join(".venv/ministack/bin/python");
    if !python.exists() {
        assert!(env::var_os("REQUIRE_MINISTACK").is_none(), "{} is not there", python.display());
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ministack-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let endpoint = format!("http://127.0.0.1:{port}");
    let mut child = command(&python, &root.join("tools"), &folder, port, &endpoint);
    let mut running = MiniStack { child: child.spawn().unwrap(), endpoint };
    running.await_ready(port, &folder.join("log"));
    Some(running)
}

/// As `tools/stack/emulator/ministack.py` does it: an environment made from nothing, so that nobody's AWS account is in it.
fn command(python: &Path, tools: &Path, folder: &Path, port: u16, endpoint: &str) -> Command {
    let log = File::create(folder.join("log")).unwrap();
    let mut command = Command::new(python);
    command.arg(tools).arg("emulator.emulator_host").current_dir(folder).env_clear();
    command.envs(env::var("PATH").map(|path| ("PATH", path)));
    let port = port.to_string();
    let variables = [
        ("LANG", "C.UTF-8"),
        ("AUTH", "true"),
        ("BIND_HOST", "127.0.0.1"),
        ("GATEWAY_PORT", port.as_str()),
        ("MINISTACK_REGION", "us-east-1"),
        ("PERSIST_STATE", "0"),
        ("IOT_MTLS_ENABLED", "0"),
        ("SFTP_ENABLED", "0"),
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    command.envs(variables);
    let own: [(&str, PathBuf); 3] =
        [("HOME", folder.into()), ("TMPDIR", folder.into()), ("STATE_DIR", folder.join("state"))];
    command.envs(own);
    // It ends its whole process group, which must not be ours.
    command.process_group(0).stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log);
    command
}

impl MiniStack {
    fn await_ready(&mut self, port: u16, log: &Path) {
        let give_up = Instant::now() + PATIENCE;
        while !answers(port) {
            let told = || fs::read_to_string(log).unwrap_or_default();
            assert!(matches!(self.child.try_wait(), Ok(None)), "MiniStack ended: {}", told());
            assert!(Instant::now() < give_up, "MiniStack does not answer: {}", told());
            thread::sleep(Duration::from_millis(50));
        }
    }
}

fn answers(port: u16) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
        stream
            .write_all(b"GET /_ministack/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.split(' ').nth(1).map(|status| status == "200")
    };
    ask().unwrap_or(false)
}
