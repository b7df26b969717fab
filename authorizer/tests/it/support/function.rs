//! Runs the authorizer's binary with a Lambda Runtime API. It is for tests that serve keys at the same time,
//! so they must wait for the binary without blocking.

use std::collections::HashMap;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use testkit::function::{self, PATIENCE, Printed, Process};
use testkit::runtime_api::{Outcome, RuntimeApi, request_id};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Longer than any test takes.
const TIME: Duration = Duration::from_hours(24);

/// A running function.
pub(crate) struct Function {
    api: RuntimeApi,
    /// Its answers, each with the id of the request that it answers.
    outcomes: UnboundedReceiver<(String, Outcome)>,
    /// How many events it has answered.
    answered: u64,
    process: Process,
}

impl Function {
    /// Starts the authorizer's binary with this environment and no other.
    pub(crate) fn start(env: &HashMap<&'static str, String>) -> Self {
        let (sender, outcomes) = unbounded_channel();
        let api = RuntimeApi::start("authorizer", move |id, outcome| _ = sender.send((id, outcome))).unwrap();
        let process = Process::start(&mut command(env, api.address()));
        Self { api, outcomes, answered: 0, process }
    }

    pub(crate) async fn invoke(&mut self, event: Value) -> Outcome {
        self.invoke_with(event.to_string()).await
    }

    /// Sends an event exactly as it is written.
    pub(crate) async fn invoke_with(&mut self, event: String) -> Outcome {
        self.api.send(event, TIME);
        let answer = timeout(PATIENCE, self.outcomes.recv()).await;
        let (id, outcome) = answer.expect("the function answers in time").unwrap();
        assert_eq!(id, request_id(self.answered), "it answers the request that it was given");
        self.answered += 1;
        outcome
    }

    /// The memory that it holds, in KiB. `None` if the system does not tell.
    pub(crate) fn resident_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok())
    }

    /// Stops the function, and returns all that it printed.
    pub(crate) async fn stop(self) -> String {
        together(spawn_blocking(|| self.process.stop()).await.unwrap())
    }
}

/// Runs the binary until it exits, and returns its exit code and all that it printed.
pub(crate) async fn run_to_end(env: &HashMap<&'static str, String>) -> (Option<i32>, String) {
    let process = Process::start(&mut command(env, "127.0.0.1:9"));
    let (code, printed) = spawn_blocking(|| process.wait()).await.unwrap();
    (code, together(printed))
}

fn command(env: &HashMap<&'static str, String>, runtime_api: &str) -> Command {
    let mut command = function::command(env!("CARGO_BIN_EXE_authorizer"), "authorizer", runtime_api);
    command.envs(env);
    command
}

fn together(printed: Printed) -> String {
    printed.out + &printed.err
}
