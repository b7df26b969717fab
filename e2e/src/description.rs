//! Compares the API with its description, using a program that makes requests from openapi.json.

use std::process::{Command, Stdio};

use crate::Result;
use crate::local_stack::root;

/// The tokens of the callers. It has no `Debug`, because tokens are secrets.
pub struct Askers<'a> {
    /// A user who stays.
    pub user: &'a str,
    /// A user who is deleted and signed out.
    pub leaving_user: &'a str,
    /// An administrator.
    pub admin: &'a str,
    /// A program that may read reports.
    pub program: &'a str,
}

/// Runs `tools/stack/checks/api_conformance.py` against the API at `url`.
///
/// # Errors
/// The differences that it found.
pub fn ask_what_it_describes(url: &str, askers: &Askers) -> Result<()> {
    let output = Command::new(root().join("tools/launch"))
        .arg("checks.api_conformance")
        .env("API_URL", url)
        .env("API_TOKEN", askers.user)
        .env("API_TOKEN_TO_LOSE", askers.leaving_user)
        .env("API_TOKEN_OF_ADMIN", askers.admin)
        .env("API_TOKEN_OF_PROGRAM", askers.program)
        .current_dir(root())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start tools/stack/checks/api_conformance.py: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stdout)))
}
