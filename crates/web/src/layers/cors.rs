//! Which web pages may read the answers (CORS, <https://fetch.spec.whatwg.org/#http-cors-protocol>).
//!
//! The gateway answers preflight requests, and sends one fixed origin with its own errors. This file puts the
//! exact origin on a function's answers. Credentials are not allowed, because the page itself puts the token
//! into a header. A service that uses a cookie allows them.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use platform::config::CorsOrigin;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::layers::request_id::REQUEST_ID_HEADER;

/// How long a browser may cache a preflight's answer.
const MAX_AGE: Duration = Duration::from_mins(10);

/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header from which the gateway reads an API key, if it requires one.
const API_KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");

/// The layer for these origins. `None` if there are none.
pub(crate) fn layer(origins: &[CorsOrigin], credentials: bool) -> Option<CorsLayer> {
    let allowed = if origins.is_empty() {
        return None;
    } else if origins.iter().any(|origin| origin.as_str() == "*") {
        AllowOrigin::any()
    } else {
        // A configured origin was checked to be ASCII, which is always a valid header value.
        AllowOrigin::list(origins.iter().filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok()))
    };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_credentials(credentials)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        // The same list as `Cors.AllowHeaders` of template.yaml.
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            IDEMPOTENCY_KEY,
            header::IF_MATCH,
            API_KEY_HEADER,
        ])
        // `WWW-Authenticate` is not listed, because a REST API renames it: see problem.rs.
        .expose_headers([REQUEST_ID_HEADER, header::RETRY_AFTER, header::ETAG, header::LOCATION])
        .vary([header::ORIGIN])
        .max_age(MAX_AGE);
    Some(layer)
}
