//! One log line a request, one more with its numbers where metrics are on, and the place where a problem gets its request id.
//!
//! The line has the method, the route's template, who issued the caller's token, the status and the time taken. It
//! must never have a header, a query, a body or the path as it was asked for: those are the caller's, and hold what must
//! not be kept.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use platform::metrics::{self, Group, Metric};
use platform::telemetry;
use tracing::Instrument as _;

use crate::problem::{self, Problem};
use crate::request_id::{REQUEST_ID_HEADER, RequestId};
use crate::{caller, event};

/// Filled in once the router knows. It outlives a handler that panics or is cut short.
#[derive(Debug, Clone, Default)]
struct Route(Arc<OnceLock<MatchedPath>>);

impl Route {
    fn template(&self) -> &str {
        self.0.get().map_or("none", MatchedPath::as_str)
    }
}

/// Method, route and issuer, as far as they are known.
type About<'a> = (Option<&'a Method>, &'a Route, Option<&'a str>);

/// Around everything else: whatever comes out of `next` leaves with its request id and is logged.
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

/// The answer when the layers have not come to one.
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

/// Within the router, where the route is known.
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

/// `Failures` tells the versions of a function apart, for the alarms that take a rollout back. Only an answer that is
/// a fault of ours counts, so that a dimension that changes with every deployment costs nothing on a good day.
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
