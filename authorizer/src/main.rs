//! The Lambda function: connects the gate to the Lambda runtime, and decides nothing itself.

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
    // The future is large. On the heap, only the part that is used is brought into memory.
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
    // The handler takes the event as raw JSON, so that the gate and not the runtime answers an event that
    // cannot be read.
    let handler = service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        let span = telemetry::invocation(&event.context.request_id);
        let answer = gate.authorize_json(event.payload.get(), UnixTime::now()).instrument(span).await;
        answer.map_err(Diagnostic::from)
    });
    // `lambda_runtime::run` would log a second line for each invocation.
    Runtime::new(handler).run().await
}
