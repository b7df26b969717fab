//! What is measured.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

/// The whole plan.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// How often each function is started and measured.
    pub(crate) rounds: usize,
    /// How many events a started function gets after its first.
    pub(crate) invokes: usize,
    /// The JWK Set of the key server.
    pub(crate) key_set: Value,
    /// The measured functions. They take turns, in another order each round.
    pub(crate) functions: Vec<Function>,
}

/// One Lambda function.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Function {
    /// Distinguishes it from the others.
    pub(crate) name: String,
    /// Its program, with arguments.
    pub(crate) command: Vec<PathBuf>,
    /// The file that its program is a new copy of in each round. Absent: the program already exists.
    pub(crate) unpacked_from: Option<PathBuf>,
    /// Its environment variables, in addition to those that Lambda sets. `{key_server}` in a value becomes
    /// the key server's URL.
    pub(crate) env: BTreeMap<String, String>,
    /// Its events, one a line. Each invocation uses the next one.
    pub(crate) events: PathBuf,
    /// The file for its output in the first round.
    pub(crate) log: PathBuf,
}
