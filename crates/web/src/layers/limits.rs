//! How large a request may be, and how long its answer may take.
//!
//! Both limits are lower than those of AWS, so the caller gets a problem with a request id instead of the
//! gateway's bare 502 or 504.

use std::time::{Duration, SystemTime};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::Extensions;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lambda_runtime::Context;

use crate::response::problem::{ErrorStatus, Problem};

/// The time that is reserved for sending the answer before Lambda stops the function.
const MARGIN: Duration = Duration::from_millis(300);

/// API Gateway gives up after 29 seconds, however long the function's own timeout is.
const GATEWAY_PATIENCE: Duration = Duration::from_secs(29);

/// Answers 413 to a body of more than `limit` bytes, before a handler reads any of it.
pub(crate) async fn body_size(limit: usize, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    // A Lambda event arrives complete, so only its size can be wrong here.
    match to_bytes(body, limit).await {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(_) => Problem::new(
            ErrorStatus::PAYLOAD_TOO_LARGE,
            "payload_too_large",
            format!("The body is larger than {limit} bytes."),
        )
        .into_response(),
    }
}

/// Answers 504 shortly before Lambda or the gateway would give up.
pub(crate) async fn time(request: Request, next: Next) -> Response {
    let allowed = time_left(request.extensions(), SystemTime::now());
    match tokio::time::timeout(allowed, whole(next.run(request))).await {
        Ok(response) => response,
        Err(_) => Problem::new(
            ErrorStatus::GATEWAY_TIMEOUT,
            "timeout",
            "The answer took too long. It is unknown whether the request took effect.",
        )
        .into_response(),
    }
}

/// The response with its whole body. An error in the body is found while another answer is still possible.
async fn whole(response: impl Future<Output = Response>) -> Response {
    let (parts, body) = response.await.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(body) => Response::from_parts(parts, Body::from(body)),
        Err(error) => Problem::internal(error).into_response(),
    }
}

fn time_left(request: &Extensions, now: SystemTime) -> Duration {
    // A deadline of zero comes from `Context::default()`, which tests use. The runtime always sets one.
    let context = request.get::<Context>().filter(|context| context.deadline > 0);
    let until_deadline = context
        .map_or(GATEWAY_PATIENCE, |context| context.deadline().duration_since(now).unwrap_or_default());
    until_deadline.min(GATEWAY_PATIENCE).saturating_sub(MARGIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_deadline(millis: u64) -> Extensions {
        let mut context = Context::default();
        context.deadline = millis;
        let mut extensions = Extensions::new();
        extensions.insert(context);
        extensions
    }

    #[test]
    fn the_time_limit_ends_before_lambdas_and_the_gateways() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        for (deadline, expected) in
            [(1_010_000, 9_700), (1_900_000, 28_700), (1_000_300, 0), (1_000_100, 0), (1, 0)]
        {
            assert_eq!(
                time_left(&with_deadline(deadline), now),
                Duration::from_millis(expected),
                "{deadline}"
            );
        }
        for untold in [Extensions::new(), with_deadline(0)] {
            assert_eq!(time_left(&untold, now), Duration::from_millis(28_700));
        }
    }
}
