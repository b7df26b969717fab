//! Starts a service and runs it with the Lambda Runtime API, AWS's own or another one that the environment
//! variables name.

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

use crate::app::app;
use crate::layers::request_id::RequestId;
use crate::layers::{access_log, panics};
use crate::request::event::{self, NotARequest};
use crate::response::answer::Answer;
use crate::response::problem::Problem;
use crate::settings::Settings;

/// The variables that the Lambda runtime reads. It panics if one is missing.
const ENVIRONMENT: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// Starts logging and reads the configuration. A service's `main` calls it first. `service` is the name of
/// its crate.
///
/// # Errors
/// The exit code of a service that must not run. The reasons are logged.
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

/// Answers requests with `routes` until Lambda stops the service. A service's `main` calls it last. It logs
/// why if it cannot.
pub async fn serve(routes: Router, settings: &Settings) -> ExitCode {
    let missing: Vec<&str> = ENVIRONMENT.into_iter().filter(|name| env::var_os(name).is_none()).collect();
    if !missing.is_empty() {
        tracing::error!(?missing, "not set in the environment; this program is started by Lambda");
        return ExitCode::FAILURE;
    }
    let app = app(routes, settings);
    // The event as raw JSON. The runtime checks that it is JSON, as Lambda does. Events that this check
    // accepts and ours does not are answered here: half of a UTF-16 pair, deep nesting, a number out of
    // range.
    let handler = service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        Ok::<_, Error>(answer_anyway(&app, event.payload.get(), event.context).await)
    });
    // The future is large. On the heap, only the part that is used is brought into memory.
    // `lambda_runtime::run` would make a span of its own for each invocation.
    match Box::pin(Runtime::new(handler).run()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the Lambda Runtime API is not usable");
            ExitCode::FAILURE
        }
    }
}

/// Answers every event. If somebody puts another kind of API in front of the function, anybody may send an
/// event that is not a request. That is a 500 too, whose cause in the log says what to set.
async fn answer_anyway(app: &Router, event: &str, context: Context) -> Answer {
    let started = Instant::now();
    let id = RequestId::new(context.request_id.clone());
    match answer(app, event, context).await {
        Ok(answer) => answer,
        Err(not_a_request) => fault(&id, Problem::internal(not_a_request), started).await,
    }
}

/// Answers one event of the gateway with `app`, which must come from [`app()`]. Every failure becomes an
/// answer, even a panic: a function error would count against the function and raise alarms.
///
/// # Errors
/// The event is not a request.
pub async fn answer(app: &Router, event: &str, context: Context) -> Result<Answer, NotARequest> {
    let started = Instant::now();
    let id = RequestId::new(context.request_id.clone());
    let problem = match AssertUnwindSafe(try_to_answer(app, event, context)).catch_unwind().await {
        Ok(Ok(Ok(answer))) if answer.fits() => return Ok(answer),
        Ok(Ok(Ok(_))) => Problem::internal("the answer is larger than Lambda accepts"),
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

/// The answer if the layers did not produce one.
async fn fault(id: &RequestId, problem: Problem, started: Instant) -> Answer {
    let status = problem.status().as_status_code();
    let answer = Answer::of(access_log::fault(id, problem, started)).await;
    // A body that is already a complete text cannot end in an error.
    answer.unwrap_or_else(|_| Answer::empty(status))
}
