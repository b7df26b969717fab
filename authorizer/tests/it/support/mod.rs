//! What the tests stand on: a signing issuer, a key server, a Lambda Runtime API, a gate made of them.

pub(crate) mod gateway;
pub(crate) mod idp;
pub(crate) mod issuer;
pub(crate) mod key_life;
pub(crate) mod key_server;
pub(crate) mod offline;
pub(crate) mod oracle;
pub(crate) mod reading;
pub(crate) mod runtime_api;

use std::collections::HashMap;
use std::path::PathBuf;

use authorizer::{Answer, Failure, Gate, UnixTime};
use platform::config::Config;
use serde_json::{Value, json};

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
pub(crate) const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami";
pub(crate) const POOL: &str = "us-east-1_pool";
pub(crate) const ISSUER: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool";
pub(crate) const CLIENT: &str = "web";

/// Rules in the manner of config.json's. The shipped ones themselves are tried in `shipped.rs`.
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

/// A config.json of its own for a binary, gone when it is dropped.
pub(crate) struct ConfigFile(PathBuf);

impl ConfigFile {
    /// `name` tells it from other tests' files.
    pub(crate) fn new(name: &str, config: &Value) -> Self {
        let path = std::env::temp_dir().join(format!("gatehouse-{name}-{}.json", std::process::id()));
        std::fs::write(&path, config.to_string()).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> String {
        self.0.display().to_string()
    }
}

impl Drop for ConfigFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

pub(crate) fn event(token: &str) -> Value {
    event_for(token, ARN)
}

pub(crate) fn event_for(token: &str, arn: &str) -> Value {
    json!({ "type": "TOKEN", "authorizationToken": format!("Bearer {token}"), "methodArn": arn })
}

/// The event of a client that connects to a WebSocket API.
pub(crate) fn connect_event(token: &str) -> Value {
    json!({
        "type": "REQUEST", "requestContext": { "eventType": "CONNECT" },
        "methodArn": "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/$connect",
        "headers": { "Authorization": format!("Bearer {token}") },
    })
}

/// What an answer allows or denies: its effect and resources, without the ARN's prefix.
pub(crate) fn effect(answer: &Answer) -> (String, Vec<String>) {
    let answer = serde_json::to_value(answer).unwrap();
    let statement = &answer["policyDocument"]["Statement"][0];
    let resources = statement["Resource"].as_array().unwrap().iter();
    let tails =
        resources.map(|arn| arn.as_str().unwrap().splitn(3, '/').nth(2).unwrap().to_owned()).collect();
    (statement["Effect"].as_str().unwrap().to_owned(), tails)
}

/// The audit code of an event that gets no decision.
pub(crate) async fn failure(gate: &Gate, event: &Value) -> Failure {
    gate.authorize(event, NOW).await.expect_err("a decision where there should be none")
}
