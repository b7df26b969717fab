//! From an HTTP answer to what API Gateway makes one of.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format>
//!
//! Writing it out cannot fail, and one that Lambda would not take is not sent: that would be a function error, after all the
//! work was done.

use std::borrow::Cow;

use axum::body::to_bytes;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

/// How long an answer may be, written out as JSON.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MOST_BYTES: usize = 6 * 1024 * 1024;

/// A text of this length fits however much of it has to be escaped: six bytes for one, at the most.
const FITS_IN_ANY_CASE: usize = MOST_BYTES / 8;

/// The answer of a Lambda proxy integration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The status.
    #[serde(serialize_with = "write_status")]
    pub status_code: StatusCode,
    /// Every value of every header: `Set-Cookie` may stand more than once. There is no `headers` beside it, which the
    /// gateway would merge with this.
    #[serde(serialize_with = "write_headers")]
    pub multi_value_headers: HeaderMap,
    /// The body: a text, or base64 of what is none.
    pub body: String,
    /// Which of both.
    pub is_base64_encoded: bool,
}

impl Answer {
    /// One without headers and body.
    pub(crate) fn empty(status_code: StatusCode) -> Self {
        let (multi_value_headers, body) = (HeaderMap::new(), String::new());
        Self { status_code, multi_value_headers, body, is_base64_encoded: false }
    }

    /// Whether Lambda takes it.
    pub(crate) fn fits(&self) -> bool {
        self.body.len() <= FITS_IN_ANY_CASE
            || serde_json::to_vec(self).is_ok_and(|json| json.len() <= MOST_BYTES)
    }

    /// Reads the whole of a response.
    ///
    /// # Errors
    /// Its body breaks off.
    pub(crate) async fn of(response: Response) -> Result<Self, axum::Error> {
        let (mut parts, body) = response.into_parts();
        // The gateway counts what it sends. Its documents say that it passes this header on, and others have seen it
        // renamed like `WWW-Authenticate`.
        parts.headers.remove(CONTENT_LENGTH);
        let body = Vec::from(to_bytes(body, usize::MAX).await?);
        let (body, is_base64_encoded) = match String::from_utf8(body) {
            Ok(text) => (text, false),
            Err(other) => (STANDARD.encode(other.as_bytes()), true),
        };
        let (status_code, multi_value_headers) = (parts.status, parts.headers);
        Ok(Self { status_code, multi_value_headers, body, is_base64_encoded })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn write_status<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

fn write_headers<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(headers.keys_len()))?;
    for name in headers.keys() {
        let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        map.serialize_entry(name.as_str(), &values.collect::<Vec<Cow<'_, str>>>())?;
    }
    map.end()
}
