//! What is to be measured.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

/// The whole of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// How often each function is started and measured.
    pub(crate) rounds: usize,
    /// How many events a started function gets after its first.
    pub(crate) invokes: usize,
    /// The JWK Set that a key server hands out.
    pub(crate) key_set: Value,
    /// Who is measured. They take turns, in another order each round.
    pub(crate) functions: Vec<Function>,
}

/// One Lambda function.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Function {
    /// Tells it from the others.
    pub(crate) name: String,
    /// Its program, with arguments.
    pub(crate) command: Vec<PathBuf>,
    /// What its program is a copy of, made anew for each round. Absent: the program is there already.
    pub(crate) unpacked_from: Option<PathBuf>,
    /// Its environment, beside what Lambda sets. `{key_server}` in a value becomes the key server's URL.
    pub(crate) env: BTreeMap<String, String>,
    /// Its events, one a line. Each invoke takes the next one.
    pub(crate) events: PathBuf,
    /// Gets what it prints on trial.
    pub(crate) log: PathBuf,
}
