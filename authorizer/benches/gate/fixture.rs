//! What stands around a gate: a configuration, an event, keys in a file or on a server.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::{env, fs, process, thread};

use authorizer::{Answer, AuthorizeError, Gate, UnixTime};
use futures_util::FutureExt as _;
use platform::config::Config;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::tokens::{CLIENT, POOL};

pub(crate) const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami";

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

/// A decision of a gate that has its keys: it waits for nothing.
pub(crate) fn decide(gate: &Gate, event: &Value, now: UnixTime) -> Result<Answer, AuthorizeError> {
    gate.authorize(event, now).now_or_never().expect("nothing to wait for")
}

/// The rules of the repository's own configuration.
pub(crate) fn own_rules() -> Value {
    let config: Value = serde_json::from_str(include_str!("../../../config.json")).expect("JSON");
    config["authorizer"]["rules"].clone()
}

pub(crate) fn event(token: &str) -> Value {
    json!({ "type": "TOKEN", "authorizationToken": format!("Bearer {token}"), "methodArn": ARN })
}

/// A key set file that goes when its owner goes.
pub(crate) struct KeyFile(pub(crate) PathBuf);

impl KeyFile {
    pub(crate) fn new(jwks: &Value) -> Self {
        let path = env::temp_dir().join(format!("gatehouse-bench-{}.json", process::id()));
        fs::write(&path, jwks.to_string()).expect("a writable place");
        Self(path)
    }
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Serves one key set at every path, as long as this process lives. Gives the server's address.
pub(crate) fn serve(jwks: &Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let body = jwks.to_string();
    let answer =
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // One read: the request is short, and nothing in it matters.
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}
