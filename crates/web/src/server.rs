//! Starts a service and runs it on the Lambda Runtime API, AWS's or any other that the environment names.

use std::env;
use std::process::ExitCode;

use axum::Router;
use platform::config::Config;
use platform::{metrics, telemetry};

use crate::app::app;
use crate::settings::Settings;

/// What the Lambda runtime reads; it panics over the first that is missing.
const ENVIRONMENT: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// The first thing in a service's `main`: starts logging and reads the configuration. `service` is the
/// name of its crate.
///
/// # Errors
/// The exit code of a service that must not run, its reasons logged.
pub fn start(service: &'static str) -> Result<Config, ExitCode> {
    let env = |name: &str| env::var(name).ok();
    telemetry::init(env, &[service, env!("CARGO_CRATE_NAME")]);
    metrics::init(env, service);
    Config::load(env).map_err(|problems| {
        for problem in problems.as_slice() {
            tracing::error!(pointer = problem.pointer, message = problem.message);
        }
        ExitCode::FAILURE
    })
}

/// The last thing in a service's `main`: answers requests with `routes` until Lambda stops it. Logs why
/// when it cannot.
pub async fn serve(routes: Router, settings: &Settings) -> ExitCode {
    let missing: Vec<&str> = ENVIRONMENT.into_iter().filter(|name| env::var_os(name).is_none()).collect();
    if !missing.is_empty() {
        tracing::error!(?missing, "not set in the environment; this program is started by Lambda");
        return ExitCode::FAILURE;
    }
    // On the heap, where only what is used of it is brought into memory: it is large.
    match Box::pin(lambda_http::run(app(routes, settings))).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the Lambda Runtime API is not usable");
            ExitCode::FAILURE
        }
    }
}
