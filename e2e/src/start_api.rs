//! `sam local start-api` together with a local stack of the tests' own: the same functions in containers,
//! behind sam's gateway.
//!
//! It needs a container engine, which not every machine has.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use serde_json::Value;

use crate::Result;
use crate::api::Api;
use crate::http::{Answer, Client};
use crate::local_stack::{STATE, root};
use crate::secrets::Secrets;

/// The exit code of `scripts/start-api` if it cannot run here.
const NOT_HERE: i32 = 3;

/// Whether it can run here.
pub enum StartApi {
    /// It is running.
    Running(Gateway),
    /// It cannot run, for this reason.
    NotHere(String),
}

/// A running `scripts/start-api`. It ends when this value is dropped, and also when this process ends,
/// because its standard input closes then.
pub struct Gateway {
    child: Child,
    url: String,
    client: Client,
}

impl StartApi {
    /// Returns when the API answers. Until then, standard error shows what is being done.
    pub(crate) fn start(secrets: Secrets) -> Result<Self> {
        let client = Client::new(true, secrets)?;
        let mut child = Command::new(root().join("scripts/start-api"))
            .args(["--until-eof", "--state", STATE, "--port", "0"])
            .current_dir(root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start scripts/start-api: {error}"))?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            // This line is all that it prints: the URL, or why it cannot run.
            let _ = BufReader::new(output).read_line(&mut line);
        }
        let line = line.trim().to_owned();
        if line.starts_with("http") {
            return Ok(Self::Running(Gateway { child, url: line, client }));
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        if status.code() == Some(NOT_HERE) {
            Ok(Self::NotHere(line))
        } else {
            Err("scripts/start-api did not start; see the reason above".to_owned())
        }
    }
}

impl Gateway {
    /// What sam and the functions have logged so far.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn log(&self) -> Result<String> {
        let file: PathBuf = root().join(STATE).join("start-api/logs/sam.log");
        std::fs::read_to_string(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))
    }
}

impl Api for Gateway {
    fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer> {
        self.client.send(method, &format!("{}{path}", self.url), headers, body)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
