//! The `auth` function alone, started as Lambda starts it, with the configuration that a test needs.
//!
//! The stack is deployed with one configuration. Other configurations are tested with the same binary and the
//! same events, but without the gateway and the gate in front of it.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use testkit::runtime_api::{Outcome, RuntimeApi};

use crate::Result;
use crate::api::Api;
use crate::aws::Endpoint;
use crate::event;
use crate::http::Answer;
use crate::local_stack::root;
use crate::program;
use crate::secrets::Secrets;
use crate::stack::Stack;

/// Long enough for a loaded machine; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_mins(1);
/// The function's time for an event. It is longer than any test takes, because the tests have limits of their
/// own.
const TIME: Duration = Duration::from_hours(24);

/// The user pool and client that a function uses.
pub struct Pool {
    /// The address of Cognito.
    pub endpoint: Endpoint,
    /// The pool's id.
    pub id: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret, if it has one.
    pub client_secret: Option<String>,
}

/// Sends events to a function, and receives the outcomes.
struct Runtime {
    api: RuntimeApi,
    answers: Receiver<Outcome>,
}

impl Runtime {
    fn start() -> Result<Self> {
        let (sender, answers) = channel();
        // If no test waits for the answer any more, it is dropped.
        let api = RuntimeApi::start("auth", move |_, outcome| _ = sender.send(outcome));
        let api = api.map_err(|error| format!("no socket for a Lambda Runtime API: {error}"))?;
        Ok(Self { api, answers })
    }
}

/// A running function. It is killed when this is dropped.
pub struct Function {
    child: Child,
    readers: Vec<JoinHandle<()>>,
    // One request at a time, as for an instance of a Lambda function.
    runtime: Mutex<Runtime>,
    config: PathBuf,
    secrets: Secrets,
}

impl Function {
    /// Starts `auth` on this pool, with the repository's config.json and `changes` merged over it. It logs at
    /// every level.
    ///
    /// # Errors
    /// It cannot be built or started.
    pub fn start(stack: &Stack, pool: &Pool, changes: &Value) -> Result<Self> {
        let runtime = Runtime::start()?;
        let config = write_config(changes)?;
        let mut command = Command::new(binary()?);
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", runtime.api.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", "auth")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            // For the only call that is signed, which the function makes if `userPool.autoConfirm` is on.
            .env("AWS_ACCESS_KEY_ID", &pool.endpoint.key_id)
            .env("AWS_SECRET_ACCESS_KEY", &pool.endpoint.secret_key)
            .env("AWS_REGION", &pool.endpoint.region)
            .env("AWS_ENDPOINT_URL", &pool.endpoint.url)
            .env("CONFIG_FILE", &config)
            .env("LOG_LEVEL", "trace")
            .env("USER_POOL_ID", &pool.id)
            .env("USER_POOL_CLIENT_ID", &pool.client_id)
            .env("USER_POOL_CLIENT_SECRET", pool.client_secret.as_deref().unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(secret) = &pool.client_secret {
            stack.secrets.note("client secret", secret);
        }
        let mut child = command.spawn().map_err(|error| format!("cannot start auth: {error}"))?;
        let out = child.stdout.take().map(|output| stack.printed.follow(output));
        let err = child.stderr.take().map(|output| stack.printed.follow(output));
        let readers = [out, err].into_iter().flatten().collect();
        Ok(Self { child, readers, runtime: Mutex::new(runtime), config, secrets: stack.secrets.clone() })
    }
}

impl Api for Function {
    fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer> {
        self.secrets.note_headers(headers.iter().copied());
        let mut headers = headers.to_vec();
        headers.push(("Host", "70ixmpl4fl.execute-api.us-east-1.amazonaws.com"));
        if let Some(body) = body {
            self.secrets.note_request(body);
            headers.push(("Content-Type", "application/json"));
        }
        let event = event::event(&method, path, &headers, body.map(Value::to_string).as_deref());
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        runtime.api.send(event.to_string(), TIME);
        let outcome = runtime.answers.recv_timeout(PATIENCE).map_err(|error| format!("auth: {error}"))?;
        let answer = event::answer(&outcome.map_err(|error| format!("{method} {path} failed: {error}"))?)?;
        self.secrets.note_answer(&answer.json());
        self.secrets.note_headers(answer.header("set-cookie").map(|value| ("set-cookie", value)).into_iter());
        Ok(answer)
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // This waits for the last lines that it prints.
        self.readers.drain(..).for_each(|reader| drop(reader.join()));
        let _ = fs::remove_file(&self.config);
    }
}

/// The program. The first caller builds it, once for all tests.
fn binary() -> Result<PathBuf> {
    static BINARY: OnceLock<Result<PathBuf>> = OnceLock::new();
    BINARY.get_or_init(|| program::build("auth")).clone()
}

/// Writes the repository's config.json with `changes` merged over it.
fn write_config(changes: &Value) -> Result<PathBuf> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let failed = |error: String| format!("cannot write a configuration: {error}");
    let text = include_str!("../../config.json");
    let mut config: Value = serde_json::from_str(text).map_err(|error| failed(error.to_string()))?;
    overlay(&mut config, changes);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = root().join(".local");
    fs::create_dir_all(&folder).map_err(|error| failed(error.to_string()))?;
    let file = folder.join(format!("e2e-config-{}-{number}.json", std::process::id()));
    fs::write(&file, config.to_string()).map_err(|error| failed(error.to_string()))?;
    Ok(file)
}

fn overlay(value: &mut Value, changes: &Value) {
    match (value, changes) {
        (Value::Object(members), Value::Object(changes)) => {
            for (name, change) in changes {
                overlay(members.entry(name.clone()).or_insert(Value::Null), change);
            }
        }
        (value, change) => *value = change.clone(),
    }
}
