//! Reads a token's text, so that messages can name what a check failed on.
//!
//! Nothing here is checked or trusted, and no check may depend on it. No function returns the text itself.

use authorizer::AuthRequest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::config::HttpsUrl;
use serde_json::{Map, Value};

/// The header and claims. Empty if they are not JSON objects.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
}

impl Shown {
    /// Reads the token of an event.
    pub(super) fn of(event: &Value) -> Self {
        let Ok(request) = AuthRequest::parse(event) else { return Self::default() };
        let mut parts = request.token.expose().split('.');
        Self { header: object(parts.next()), claims: object(parts.next()) }
    }

    /// A claim that is a string.
    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    /// The issuer, if it has the form of one that can be configured.
    pub(super) fn issuer(&self) -> Option<HttpsUrl> {
        HttpsUrl::new(self.text("iss")?).ok()
    }
}

fn object(part: Option<&str>) -> Map<String, Value> {
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    part.and_then(read).unwrap_or_default()
}
