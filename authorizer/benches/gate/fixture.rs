//! What every benchmark needs: a gate with a configuration, and a way to call it.

use authorizer::{Answer, AuthorizeError, Gate, UnixTime};
use futures_util::FutureExt as _;
use platform::config::Config;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::tokens::{CLIENT, POOL};

pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A gate that has all its keys.
pub(crate) fn gate(authorizer: &Value) -> Gate {
    let config = json!({ "authorizer": authorizer }).to_string();
    let config = Config::parse(&config).expect("a good configuration");
    let env = |name: &str| match name {
        "USER_POOL_ID" => Some(POOL.to_owned()),
        "USER_POOL_CLIENT_ID" => Some(CLIENT.to_owned()),
        _ => None,
    };
    let gate = Gate::new(&config, env).expect("a gate");
    runtime().block_on(gate.prefetch(UnixTime::now()));
    gate
}

/// A decision of a gate that has its keys, so it waits for nothing.
pub(crate) fn decide(gate: &Gate, event: &Value, now: UnixTime) -> Result<Answer, AuthorizeError> {
    gate.authorize(event, now).now_or_never().expect("nothing to wait for")
}

/// The rules of the repository's own configuration.
pub(crate) fn own_rules() -> Value {
    let config: Value = serde_json::from_str(include_str!("../../../config.json")).expect("JSON");
    config["authorizer"]["rules"].clone()
}
