//! What a token's text shows, to name in words what a check failed on.
//!
//! Nothing in here is checked or believed, and no check may rest on it. The text itself leaves no function.

use authorizer::AuthRequest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::config::HttpsUrl;
use serde_json::{Map, Value};

/// Header and claims, as far as they are JSON objects.
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

    /// A claim that is a text.
    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    /// The issuer, where it is one that could be configured.
    pub(super) fn issuer(&self) -> Option<HttpsUrl> {
        HttpsUrl::new(self.text("iss")?).ok()
    }
}

fn object(part: Option<&str>) -> Map<String, Value> {
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    part.and_then(read).unwrap_or_default()
}
