//! Headers that every answer of an API should have.

use axum::http::{HeaderValue, header};
use axum::response::Response;

/// Answers are about the caller, so they must not be cached unless the handler allows it. Browsers must use
/// the declared media type and not guess another.
pub(crate) async fn add(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
