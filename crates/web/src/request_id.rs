//! The name under which one request is found again: in its answer, in our log, in the gateway's log.
//!
//! It is the id that API Gateway gave, since that is the one the gateway writes too; Lambda's own id
//! stands in when a function is called without the gateway. No header is read for it here. It is no proof and no key all the
//! same: a caller can choose the gateway's (`x-amzn-RequestId`), and so that of another request.

use axum::http::{Extensions, HeaderName, HeaderValue};
use lambda_runtime::Context;

use crate::event::Gateway;

/// The header that carries the id on every answer.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of one request. Handlers take it as `Extension<RequestId>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    pub(crate) fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id of the request that has these extensions.
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

    /// The id as a header's value. An id that is no header value is not sent.
    pub(crate) fn to_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}
