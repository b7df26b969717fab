//! The id by which one request is found in its answer, in our log and in the gateway's log.
//!
//! It is API Gateway's id, because the gateway writes that id too. If the function is called without the
//! gateway, it is Lambda's own id. No header is read for it here. It proves nothing and must not be used as a
//! key: a caller can choose the gateway's id (`x-amzn-RequestId`), and so use another request's.

use axum::http::{Extensions, HeaderName, HeaderValue};
use lambda_runtime::Context;

use crate::request::event::Gateway;

/// The header that has the id, on every answer.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of one request. Handlers take it as `Extension<RequestId>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    pub(crate) fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id of the request with these extensions.
    pub(crate) fn of(request: &Extensions) -> Self {
        let gateway = request.get::<Gateway>().and_then(Gateway::request_id);
        let lambda = || request.get::<Context>().map(|context| context.request_id.as_str());
        Self::new(gateway.or_else(lambda).unwrap_or("unknown"))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as a header's value. An id that is not a valid header value is not sent.
    pub(crate) fn to_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}
