//! Which web pages may read the answers (CORS, <https://fetch.spec.whatwg.org/#http-cors-protocol>).
//!
//! The gateway answers preflights and puts one fixed origin on its own errors; a function's answers get
//! the exact origin here. No credentials, because the token travels in a header that the page sets
//! itself, unless a service keeps something in a cookie.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use platform::config::CorsOrigin;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::request_id::REQUEST_ID_HEADER;

/// How long a browser may remember a preflight's answer.
const MAX_AGE: Duration = Duration::from_mins(10);

/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// What the gateway takes an API key from, where one is asked for.
const API_KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");

/// The layer for these origins; none when there are none.
pub(crate) fn layer(origins: &[CorsOrigin], credentials: bool) -> Option<CorsLayer> {
    let allowed = if origins.is_empty() {
        return None;
    } else if origins.iter().any(|origin| origin.as_str() == "*") {
        AllowOrigin::any()
    } else {
        // An origin that passed its check is ASCII, which every header value can hold.
        AllowOrigin::list(origins.iter().filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok()))
    };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_credentials(credentials)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        // As `Cors.AllowHeaders` of template.yaml.
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            IDEMPOTENCY_KEY,
            header::IF_MATCH,
            API_KEY_HEADER,
        ])
        // No `WWW-Authenticate`: a REST API renames it, see problem.rs.
        .expose_headers([REQUEST_ID_HEADER, header::RETRY_AFTER, header::ETAG, header::LOCATION])
        .vary([header::ORIGIN])
        .max_age(MAX_AGE);
    Some(layer)
}
