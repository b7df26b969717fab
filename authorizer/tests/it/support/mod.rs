//! A gate made from `testkit`'s parts, as the library and as the binary.

pub(crate) mod function;
pub(crate) mod key_life;

use std::collections::HashMap;

use authorizer::{Answer, AuthorizeError, Gate, UnixTime};
use platform::config::Config;
use serde_json::{Value, json};
use testkit::issuer::{self, CLIENT, POOL};

pub(crate) const NOW: UnixTime = UnixTime::from_secs(issuer::NOW);

/// Rules like those of config.json. `shipped.rs` tests the shipped rules themselves.
pub(crate) fn rules() -> Value {
    json!([
        { "routes": ["GET /whoami", "* /user", "* /user/*"] },
        { "routes": ["GET /admin/*"], "groups": { "anyOf": ["admins"] } },
        { "routes": ["GET /reports/*"], "scopes": { "allOf": ["orders/read"] } },
    ])
}

/// A gate for the pool [`POOL`], whose keys are at `endpoint`.
pub(crate) fn gate(endpoint: &str, authorizer: &Value) -> Gate {
    let env = env(endpoint);
    Gate::new(&config(authorizer), |name| env.get(name).cloned()).unwrap()
}

pub(crate) fn config(authorizer: &Value) -> Config {
    Config::parse(&json!({ "authorizer": authorizer }).to_string()).unwrap()
}

pub(crate) fn env(endpoint: &str) -> HashMap<&'static str, String> {
    HashMap::from([
        ("USER_POOL_ID", POOL.to_owned()),
        ("USER_POOL_CLIENT_ID", format!("{CLIENT},machine")),
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
    ])
}

/// What an answer allows or denies: its effect, and its resources without the ARN's prefix.
pub(crate) fn effect(answer: &Answer) -> (String, Vec<String>) {
    let answer = serde_json::to_value(answer).unwrap();
    let statement = &answer["policyDocument"]["Statement"][0];
    let resources = statement["Resource"].as_array().unwrap().iter();
    let tails =
        resources.map(|arn| arn.as_str().unwrap().splitn(3, '/').nth(2).unwrap().to_owned()).collect();
    (statement["Effect"].as_str().unwrap().to_owned(), tails)
}

/// The error for an event that gets no decision.
pub(crate) async fn failure(gate: &Gate, event: &Value) -> AuthorizeError {
    gate.authorize(event, NOW).await.expect_err("a decision where there should be none")
}
