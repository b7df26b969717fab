//! The Lambda function: connects the reporter to the Lambda runtime, and decides nothing itself.

use std::env;
use std::process::ExitCode;

use error_reporter::{Reporter, Settings};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, Runtime, service_fn};
use platform::telemetry;
use serde_json::value::RawValue;
use tracing::Instrument as _;

fn env(name: &str) -> Option<String> {
    env::var(name).ok()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::init(env, &["error_reporter"]);
    // The future is large. On the heap, only the part that is used is brought into memory.
    match Box::pin(run()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = %error, "errors cannot be reported");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let reporter = Reporter::new(Settings::from_env(env)?)?;
    // The handler takes the event as raw JSON, so that our own size limits apply.
    let handler = service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        let span = telemetry::invocation(&event.context.request_id);
        let ended = reporter.report(event.payload.get(), event.context.deadline()).instrument(span).await;
        ended.map_err(Diagnostic::from)
    });
    Runtime::new(handler).run().await
}
