//! The programs of this workspace, built by cargo.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::Result;
use crate::local_stack::root;

/// A line of `cargo build --message-format json`, with the members that are used here.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

/// Builds the binary of package `name`, which has the same name. cargo does nothing if it is up to date.
pub(crate) fn build(name: &str) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--package", name, "--bin", name, "--message-format", "json"])
        .current_dir(root())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    let messages = String::from_utf8_lossy(&output.stdout);
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok()?.executable)
        .next_back()
        .filter(|_| output.status.success())
        .ok_or_else(|| format!("cargo could not build {name}; run: cargo build -p {name}"))
}
