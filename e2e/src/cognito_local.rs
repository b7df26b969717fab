//! cognito-local, an independent emulator, for flows that the local stack's emulator only has through our own
//! patches.
//!
//! <https://github.com/jagregory/cognito-local>. It is a program for Node.js, which not every machine has.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::Result;
use crate::aws::Endpoint;
use crate::local_stack::root;

/// The exit code of `tools/stack/emulator/cognito_local.py` if there is no Node.js.
const NO_NODE: i32 = 3;

/// A running cognito-local. It ends when this value is dropped, and also when this process ends, because its
/// standard input closes then.
pub struct CognitoLocal {
    child: Child,
    /// Its address.
    pub endpoint: Endpoint,
}

impl CognitoLocal {
    /// The code that it sends in every flow.
    pub const CODE: &'static str = "123456";

    /// Starts an empty one. `None` if there is no Node.js to run it.
    ///
    /// # Errors
    /// It could not be installed or started. Standard error says why.
    pub fn start() -> Result<Option<Self>> {
        let mut child = Command::new(root().join("tools/launch"))
            .args(["emulator.cognito_local", "--code", Self::CODE])
            .current_dir(root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start cognito-local: {error}"))?;
        let mut url = String::new();
        if let Some(output) = child.stdout.take() {
            // This line is all that it prints.
            let _ = BufReader::new(output).read_line(&mut url);
        }
        let url = url.trim().to_owned();
        if url.is_empty() {
            let status = child.wait().map_err(|error| error.to_string())?;
            return if status.code() == Some(NO_NODE) {
                Ok(None)
            } else {
                Err("cognito-local did not start; see the reason above".to_owned())
            };
        }
        let local = || "local".to_owned();
        let endpoint = Endpoint { url, region: "us-east-1".to_owned(), key_id: local(), secret_key: local() };
        Ok(Some(Self { child, endpoint }))
    }
}

impl Drop for CognitoLocal {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
