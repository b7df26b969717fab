//! The built binary, started as Lambda starts it.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use testkit::function;
use testkit::request::Request;

/// The program in the environment of a function, with a pool to talk to at `cognito`.
pub(crate) fn command(runtime_api: &str, cognito: &str) -> Command {
    let mut command = function::command(env!("CARGO_BIN_EXE_auth"), "auth", runtime_api);
    command
        .env("LOG_LEVEL", "trace")
        .env("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", format!("http://{cognito}"))
        .env("USER_POOL_ID", "us-east-1_AbCdEfGhI")
        .env("USER_POOL_CLIENT_ID", "client");
    command
}

/// Has the program answer `events`, each within `time`: its answers, and all that it wrote meanwhile.
pub(crate) fn run(cognito: &str, events: &[Request], time: Duration) -> (Vec<Value>, String) {
    run_in(&[], cognito, events, time)
}

/// The same with more in its environment.
pub(crate) fn run_in(
    env: &[(&str, &str)],
    cognito: &str,
    events: &[Request],
    time: Duration,
) -> (Vec<Value>, String) {
    let events: Vec<String> = events.iter().map(|Request(event)| event.to_string()).collect();
    let program = |runtime_api: &str| {
        let mut command = command(runtime_api, cognito);
        command.envs(env.iter().copied());
        command
    };
    let (outcomes, printed) = function::run("auth", program, &events, time);
    assert_eq!(printed.err, "");
    (outcomes.into_iter().map(Result::unwrap).collect(), printed.out)
}
