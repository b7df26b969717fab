//! Writes one log line for each request, and a second one with its numbers where metrics are on. It also puts
//! the request id into problems.
//!
//! The line contains the method, the route's template, the issuer of the caller's token, the status and the
//! duration. It must never contain a header, a query, a body or the requested path: the caller writes those,
//! and they may contain secrets.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use platform::metrics::{self, Group, Metric};
use platform::telemetry;
use tracing::Instrument as _;

use crate::layers::request_id::{REQUEST_ID_HEADER, RequestId};
use crate::request::{caller, event};
use crate::response::problem::{self, Problem};

/// The router fills it in. It is still available after a handler panics or is cut off.
#[derive(Debug, Clone, Default)]
struct Route(Arc<OnceLock<MatchedPath>>);

impl Route {
    fn template(&self) -> &str {
        self.0.get().map_or("none", MatchedPath::as_str)
    }
}

/// The method, the route and the issuer, if they are known.
type About<'a> = (Option<&'a Method>, &'a Route, Option<&'a str>);

/// The outermost layer: it gives every response of `next` its request id, and logs it.
pub(crate) async fn record(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.extensions());
    let span = telemetry::invocation(id.as_str());
    let route = Route::default();
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(route.clone());
    respond(id, route, request, next).instrument(span).await
}

async fn respond(id: RequestId, route: Route, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = event::is_method_known(request.extensions()).then(|| request.method().clone());
    let issuer = caller::issuer(request.extensions()).map(str::to_owned);
    let response = next.run(request).await;
    finish(response, &id, (method.as_ref(), &route, issuer.as_deref()), started)
}

/// The answer if the layers did not produce one.
pub(crate) fn fault(id: &RequestId, problem: Problem, started: Instant) -> Response {
    let _in_span = telemetry::invocation(id.as_str()).entered();
    finish(problem.into_response(), id, (None, &Route::default(), None), started)
}

fn finish(mut response: Response, id: &RequestId, about: About<'_>, started: Instant) -> Response {
    let problem = problem::of_response(&mut response);
    if let Some(problem) = &problem {
        log_cause(problem);
        problem.write(&mut response, id);
    }
    response.headers_mut().extend(id.to_header().map(|id| (REQUEST_ID_HEADER, id)));
    log_request(about, &response, problem.as_ref(), started);
    response
}

/// Runs inside the router, where the route is known.
pub(crate) async fn note_route(request: Request, next: Next) -> Response {
    let extensions = request.extensions();
    if let (Some(route), Some(matched)) = (extensions.get::<Route>(), extensions.get::<MatchedPath>()) {
        route.0.get_or_init(|| matched.clone());
    }
    next.run(request).await
}

fn log_cause(problem: &Problem) {
    let Some(cause) = problem.cause() else { return };
    if problem.is_error() {
        tracing::error!(code = problem.code(), cause, "the request failed");
    } else {
        tracing::warn!(code = problem.code(), cause, "the request was refused");
    }
}

fn log_request(
    (method, route, issuer): About<'_>,
    response: &Response,
    problem: Option<&Problem>,
    started: Instant,
) {
    let latency_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::info!(
        method = method.map(Method::as_str),
        route = route.template(),
        issuer,
        status = response.status().as_u16(),
        code = problem.map(Problem::code),
        latency_us,
        "request"
    );
    count(problem.map_or("ok", Problem::code), problem.is_some_and(Problem::is_fault), latency_us);
}

/// `Failures` has the function's version as a dimension, for the alarms that roll a deployment back. Only
/// answers that are our fault are counted there, so a dimension that changes with every deployment costs
/// nothing while there are none.
fn count(code: &str, is_fault: bool, latency_us: u64) {
    let service = metrics::service();
    let by_code = [("Service", service), ("Code", code)];
    let by_version = [("Service", service), ("Version", metrics::version())];
    let latency = Metric::microseconds("RequestLatency", latency_us);
    let requests = Group { dimensions: &by_code, metrics: &[Metric::one("Requests")] };
    let latency = Group { dimensions: &[("Service", service)], metrics: &[latency] };
    if is_fault {
        let failures = Group { dimensions: &by_version, metrics: &[Metric::one("Failures")] };
        metrics::emit(&[requests, latency, failures]);
    } else {
        metrics::emit(&[requests, latency]);
    }
}
