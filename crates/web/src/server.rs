//! Starts a service and runs it on the Lambda Runtime API, AWS's or any other that the environment names.

use std::env;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::time::Instant;

use axum::Router;
use futures_util::FutureExt as _;
use lambda_runtime::{Context, Error, LambdaEvent, Runtime, service_fn};
use platform::config::Config;
use platform::{metrics, telemetry};
use serde_json::value::RawValue;
use tower::ServiceExt as _;

use crate::answer::Answer;
use crate::app::app;
use crate::event::{self, NotARequest};
use crate::problem::Problem;
use crate::request_id::RequestId;
use crate::settings::Settings;
use crate::{access_log, panics};

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
    let app = app(routes, settings);
    // The event as it came. The runtime looks whether it is JSON, as Lambda does; what that leaves, half a UTF-16 pair, deep
    // nesting, a number out of range, is answered here.
    let handler = service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        Ok::<_, Error>(answer_anyway(&app, event.payload.get(), event.context).await)
    });
    // On the heap, where only what is used of it is brought into memory: it is large. Not `lambda_runtime::run`, which
    // would make a span of its own for each invoke.
    match Box::pin(Runtime::new(handler).run()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the Lambda Runtime API is not usable");
            ExitCode::FAILURE
        }
    }
}

/// Answers whatever comes. An event that is no request may come from anybody, where another kind of API was put before the
/// function: it is a 500 as well, whose cause in the log says what to set.
async fn answer_anyway(app: &Router, event: &str, context: Context) -> Answer {
    let started = Instant::now();
    let id = RequestId::new(context.request_id.clone());
    match answer(app, event, context).await {
        Ok(answer) => answer,
        Err(not_a_request) => fault(&id, Problem::internal(not_a_request), started).await,
    }
}

/// Answers one event of the gateway's with `app`, which is one that [`app()`] made. Whatever goes wrong is an answer,
/// a panic too: a function error would count against the function and ring alarms.
///
/// # Errors
/// The event is no request.
pub async fn answer(app: &Router, event: &str, context: Context) -> Result<Answer, NotARequest> {
    let started = Instant::now();
    let id = RequestId::new(context.request_id.clone());
    let problem = match AssertUnwindSafe(try_to_answer(app, event, context)).catch_unwind().await {
        Ok(Ok(Ok(answer))) if answer.fits() => return Ok(answer),
        Ok(Ok(Ok(_))) => Problem::internal("the answer is larger than Lambda takes"),
        Ok(Ok(Err(broken_off))) => Problem::internal(broken_off),
        Ok(Err(not_a_request)) => return Err(not_a_request),
        Err(panic) => panics::problem(panic),
    };
    Ok(fault(&id, problem, started).await)
}

async fn try_to_answer(
    app: &Router,
    event: &str,
    context: Context,
) -> Result<Result<Answer, axum::Error>, NotARequest> {
    let request = event::request(event, context)?;
    let Ok(response) = app.clone().oneshot(request).await;
    Ok(Answer::of(response).await)
}

/// The answer when the layers have not come to one.
async fn fault(id: &RequestId, problem: Problem, started: Instant) -> Answer {
    let status = problem.status().as_status_code();
    let answer = Answer::of(access_log::fault(id, problem, started)).await;
    // A text that is there already does not break off.
    answer.unwrap_or_else(|_| Answer::empty(status))
}
