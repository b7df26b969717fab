//! The `Idempotency-Key` header: the caller's name for one operation, however often it is sent.
//! <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>

use aws_lc_rs::digest;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, Type};
use web::{ErrorStatus, Problem};

use crate::calendar::Timestamp;
use crate::order::Content;

const HEADER: &str = "idempotency-key";

/// How long a key is stored.
pub(crate) const LIFETIME_SECONDS: u64 = 24 * 60 * 60;

/// A key, as the caller chose it: 1 to 128 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Parses a key. `None` if `text` is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The request's key, if it has one.
#[derive(Debug, Clone)]
pub(crate) struct OptionalIdempotencyKey(pub(crate) Option<IdempotencyKey>);

impl<S: Sync> FromRequestParts<S> for OptionalIdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(HEADER).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            (Some(value), None) => {
                let key = value.to_str().ok().and_then(IdempotencyKey::parse);
                key.map(|key| Self(Some(key))).ok_or_else(unusable)
            }
            (Some(_), Some(_)) => Err(unusable()),
        }
    }
}

impl IntoParams for OptionalIdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let key = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[!-~]+$"))
            .min_length(Some(1))
            .max_length(Some(128));
        let header = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("Your own name for this attempt: visible ASCII characters, good for 24 hours."))
            .schema(Some(key));
        vec![header.build()]
    }
}

fn unusable() -> Problem {
    Problem::new(
        ErrorStatus::BAD_REQUEST,
        "invalid_idempotency_key",
        "Send Idempotency-Key once, as 1 to 128 visible ASCII characters.",
    )
}

/// What a request asked for. It tells a repeated request from another request with the same key.
///
/// It is made from the values and not from the bytes: white space and the order of the fields do not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a request for this order.
    #[must_use]
    pub fn of(content: &Content) -> Self {
        // Strings and numbers can always be written as JSON.
        let values = serde_json::to_vec(content).unwrap_or_default();
        Self(URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &values)))
    }

    /// The fingerprint in a stored record.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Everything that is stored about a key.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The caller's name for the operation. Each owner has separate names.
    pub key: IdempotencyKey,
    /// What the request asked for.
    pub fingerprint: Fingerprint,
    /// The time of the request.
    pub now: Timestamp,
}

impl Attempt {
    /// When the key expires.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.now.plus_seconds(LIFETIME_SECONDS)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fingerprint(body: &str) -> Fingerprint {
        Fingerprint::of(&serde_json::from_str(body).unwrap())
    }

    #[test]
    fn a_key_is_visible_ascii_and_not_too_long() {
        for good in ["a", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", &"k".repeat(128)] {
            assert!(IdempotencyKey::parse(good).is_some(), "{good}");
        }
        for bad in ["", " a", "a b", "ä", "a\u{7f}", &"k".repeat(129)] {
            assert_eq!(IdempotencyKey::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_the_values_of_a_body_count() {
        let one = r#"{"item": "a", "quantity": 1, "price": {"amount": 2, "currency": "EUR"}}"#;
        let same = r#"{"price":{"currency":"EUR","amount":2},"quantity":1,"item":"\u0061"}"#;
        assert_eq!(fingerprint(one), fingerprint(same));
        for (place, value) in [
            ("/item", json!("b")),
            ("/quantity", json!(2)),
            ("/price/amount", json!(3)),
            ("/price/currency", json!("USD")),
        ] {
            let mut other: serde_json::Value = serde_json::from_str(one).unwrap();
            *other.pointer_mut(place).unwrap() = value;
            assert_ne!(fingerprint(one), fingerprint(&other.to_string()), "{place}");
        }
    }
}
