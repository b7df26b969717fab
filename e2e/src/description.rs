//! Compares the API with its description, using a program that makes requests from openapi.json.

use std::process::{Command, Stdio};

use crate::Result;
use crate::local_stack::root;

/// Runs `tools/stack/checks/api_conformance.py` against the API at `url`, with the token of a user who stays
/// and the token of a user who is deleted and signed out.
///
/// # Errors
/// The differences that it found.
pub fn ask_what_it_describes(url: &str, token: &str, token_to_lose: &str) -> Result<()> {
    let output = Command::new(root().join("tools/launch"))
        .arg("checks.api_conformance")
        .env("API_URL", url)
        .env("API_TOKEN", token)
        .env("API_TOKEN_TO_LOSE", token_to_lose)
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
