//! The Lambda function: wires the gate to the Lambda runtime, and decides nothing itself.

use std::env;
use std::process::ExitCode;

use authorizer::{Gate, UnixTime};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, Runtime, service_fn};
use platform::config::Config;
use platform::{metrics, telemetry};
use serde_json::value::RawValue;
use tracing::Instrument as _;

fn env(name: &str) -> Option<String> {
    env::var(name).ok()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::init(env, &["authorizer"]);
    metrics::init(env, "authorizer");
    // On the heap, where only what is used of it is brought into memory: it is large.
    match Box::pin(run()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = %error, "the authorizer cannot run");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let config = Config::load(env).map_err(authorizer::StartError::from)?;
    let gate = Gate::new(&config, env)?;
    gate.prefetch(UnixTime::now()).await;
    // The event as it came: what cannot be read of it is answered, and not left to the runtime.
    let handler = service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        let span = telemetry::invocation(&event.context.request_id);
        let answer = gate.authorize_json(event.payload.get(), UnixTime::now()).instrument(span).await;
        answer.map_err(Diagnostic::from)
    });
    // Not `lambda_runtime::run`, which would log a second line for each invoke.
    Runtime::new(handler).run().await
}
