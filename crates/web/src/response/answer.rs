//! Converts an HTTP response to the answer that API Gateway expects.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format>
//!
//! Serializing an answer cannot fail. An answer that Lambda would refuse is not sent, because that would be a
//! function error after all the work was done.

use std::borrow::Cow;

use axum::body::to_bytes;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

/// The longest answer, serialized as JSON.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MOST_BYTES: usize = 6 * 1024 * 1024;

/// A text of this length fits whatever it contains: escaping makes it at most six times as long.
const FITS_IN_ANY_CASE: usize = MOST_BYTES / 8;

/// The answer of a Lambda proxy integration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The status.
    #[serde(serialize_with = "write_status")]
    pub status_code: StatusCode,
    /// Every value of every header: `Set-Cookie` may appear more than once. There is no `headers` member,
    /// because the gateway would merge the two.
    #[serde(serialize_with = "write_headers")]
    pub multi_value_headers: HeaderMap,
    /// The body: the text, or base64 if it is not a text.
    pub body: String,
    /// Whether the body is base64.
    pub is_base64_encoded: bool,
}

impl Answer {
    /// An answer without headers and body.
    pub(crate) fn empty(status_code: StatusCode) -> Self {
        let (multi_value_headers, body) = (HeaderMap::new(), String::new());
        Self { status_code, multi_value_headers, body, is_base64_encoded: false }
    }

    /// Whether Lambda accepts it.
    pub(crate) fn fits(&self) -> bool {
        self.body.len() <= FITS_IN_ANY_CASE
            || serde_json::to_vec(self).is_ok_and(|json| json.len() <= MOST_BYTES)
    }

    /// Reads a whole response.
    ///
    /// # Errors
    /// The body ends in an error.
    pub(crate) async fn of(response: Response) -> Result<Self, axum::Error> {
        let (mut parts, body) = response.into_parts();
        // The gateway sets the length of what it sends. Its documentation says that it passes this header on,
        // but others have seen it renamed like `WWW-Authenticate`.
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
