//! A Lambda Runtime API on a real socket: hands events to a function's binary and takes its answers.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Long enough for a loaded machine; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a function made of an event: `Err` is a function error.
pub(crate) type Outcome = Result<Value, Value>;

/// The id of the first request; each further one is the next number.
const FIRST_ID: u64 = 0x2dfe_598c_3fcd;

/// A running function.
pub(crate) struct Function {
    events: mpsc::UnboundedSender<String>,
    /// What it answered, with the id of the request that it says it answers.
    outcomes: mpsc::UnboundedReceiver<(String, Outcome)>,
    /// How many events it has answered.
    answered: u64,
    child: Child,
    /// Read all the while: a function whose output nobody reads stands still when the pipe is full.
    printed: JoinHandle<String>,
}

#[derive(Clone)]
struct Api {
    events: Arc<Mutex<mpsc::UnboundedReceiver<String>>>,
    outcomes: mpsc::UnboundedSender<(String, Outcome)>,
    /// How many events were handed out.
    given: Arc<AtomicU64>,
}

impl Function {
    /// Starts the authorizer's binary with this environment and no other.
    pub(crate) async fn start(env: &HashMap<&'static str, String>) -> Self {
        let (events, event_queue) = mpsc::unbounded_channel();
        let (outcome_queue, outcomes) = mpsc::unbounded_channel();
        let api =
            Api { events: Arc::new(Mutex::new(event_queue)), outcomes: outcome_queue, given: Arc::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(done))
            .with_state(api);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let mut child = command(env).env("AWS_LAMBDA_RUNTIME_API", address).spawn().unwrap();
        let printed = tokio::spawn(output(&mut child));
        Self { events, outcomes, answered: 0, child, printed }
    }

    pub(crate) async fn invoke(&mut self, event: Value) -> Outcome {
        self.invoke_with(event.to_string()).await
    }

    /// With an event that is written as it should come.
    pub(crate) async fn invoke_with(&mut self, event: String) -> Outcome {
        self.events.send(event).unwrap();
        let answer = timeout(PATIENCE, self.outcomes.recv()).await;
        let (id, outcome) = answer.expect("the function answers in time").unwrap();
        assert_eq!(id, request_id(self.answered), "it answers the request that it was given");
        self.answered += 1;
        outcome
    }

    /// The memory that it holds, in KiB. `None` where the system does not tell.
    pub(crate) fn resident_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok())
    }

    /// Ends the function, and gives all that it printed.
    pub(crate) async fn stop(mut self) -> String {
        self.child.start_kill().unwrap();
        timeout(PATIENCE, self.printed).await.unwrap().unwrap()
    }
}

/// Runs the binary to its own end: its exit code and all that it printed.
pub(crate) async fn run_to_end(env: &HashMap<&'static str, String>) -> (Option<i32>, String) {
    let mut child = command(env).env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9").spawn().unwrap();
    let printed = timeout(PATIENCE, output(&mut child)).await.unwrap();
    (timeout(PATIENCE, child.wait()).await.unwrap().unwrap().code(), printed)
}

fn command(env: &HashMap<&'static str, String>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_authorizer"));
    command
        .env_clear()
        .envs(env)
        .env("AWS_LAMBDA_FUNCTION_NAME", "authorizer")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// All that the process prints until its end.
fn output(child: &mut Child) -> impl Future<Output = String> + Send + use<> {
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    async move {
        let (mut printed, mut errors) = (String::new(), String::new());
        tokio::try_join!(out.read_to_string(&mut printed), err.read_to_string(&mut errors)).unwrap();
        printed + &errors
    }
}

fn request_id(number: u64) -> String {
    format!("8476a536-e9f4-11e8-9739-{:012x}", FIRST_ID + number)
}

async fn next(State(api): State<Api>) -> impl IntoResponse {
    match api.events.lock().await.recv().await {
        None => StatusCode::GONE.into_response(),
        Some(event) => {
            let id = request_id(api.given.fetch_add(1, Ordering::Relaxed));
            let headers = [
                ("lambda-runtime-aws-request-id", id.as_str()),
                ("lambda-runtime-deadline-ms", "4102444800000"),
                (
                    "lambda-runtime-invoked-function-arn",
                    "arn:aws:lambda:us-east-1:123456789012:function:authorizer",
                ),
                ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"),
            ];
            (headers, event).into_response()
        }
    }
}

async fn done(State(api): State<Api>, Path((id, kind)): Path<(String, String)>, body: Bytes) -> StatusCode {
    let body = serde_json::from_slice(&body).unwrap();
    let outcome = if kind == "response" { Ok(body) } else { Err(body) };
    api.outcomes.send((id, outcome)).unwrap();
    StatusCode::ACCEPTED
}
