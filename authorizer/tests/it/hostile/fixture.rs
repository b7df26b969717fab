//! The gate that all cases are shown to, and the token that all of them start from.
//!
//! One configuration for all, so that one process can be shown everything: the stack's own pool with two
//! keys, another pool, a partner who is no Cognito and gives ID tokens in its form, an issuer of kind `oidc`, and an
//! issuer for each key set of `key_sets.rs`.

use std::sync::LazyLock;

use authorizer::UnixTime;
use aws_lc_rs::rsa::KeySize;
use serde_json::{Value, json};
use testkit::authorizer_event::{ARN, event};
use testkit::idp;
use testkit::issuer::{self, KEY, SigningKey, with};

/// The moment that all tokens are made for: the binary knows no other time than the system's.
pub(super) static NOW: LazyLock<u64> = LazyLock::new(|| UnixTime::now().secs());

/// Another issuer that is trusted, on other terms: ID tokens for the client `partner`.
pub(super) const PARTNER: &str = "https://login.example.com";
pub(super) static PARTNER_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::new("key-3", KeySize::Rsa2048));

/// Another pool, whose access tokens are accepted for the very client ids of the own one.
pub(super) const OTHER_POOL: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_other";
pub(super) static OTHER_POOL_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::new("key-4", KeySize::Rsa2048));

/// A key that no set has.
pub(super) static STRANGER: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::new("key-1", KeySize::Rsa2048));

/// All times are of the suite's moment.
fn current(claims: Value) -> Value {
    with(with(claims, "iat", json!(*NOW - 60)), "exp", json!(*NOW + 3_540))
}

/// The claims of an access token that is let in: the bearer is of the group `staff`.
pub(super) fn claims() -> Value {
    with(current(issuer::access_claims()), "cognito:groups", json!(["staff"]))
}

/// The claims of an ID token of the pool, which takes none.
pub(super) fn id_claims() -> Value {
    with(current(issuer::id_claims()), "cognito:groups", json!(["staff"]))
}

/// The claims of an ID token of the partner, which is let in.
pub(super) fn partner_claims() -> Value {
    with(with(id_claims(), "iss", json!(PARTNER)), "aud", json!("partner"))
}

/// The claims of an access token of the other pool, which is let in: all but the issuer is as the own pool says it.
pub(super) fn other_pool_claims() -> Value {
    claims_with("iss", json!(OTHER_POOL))
}

/// The claims of an access token of the oidc issuer, which is let in.
pub(super) fn idp_claims() -> Value {
    with(current(idp::claims()), "auth_time", json!(*NOW - 60))
}

/// Who signs the token of a case, and what they say when all is well.
pub(super) struct Signer {
    /// Nothing for the own pool.
    prefix: &'static str,
    pub(super) key: &'static SigningKey,
    pub(super) claims: fn() -> Value,
}

/// The own pool.
pub(super) fn own_pool() -> Signer {
    Signer { prefix: "", key: &KEY, claims }
}

/// The issuer of kind `oidc`, by an algorithm that no pool signs by.
pub(super) fn idp() -> Signer {
    Signer { prefix: "oidc: ", key: idp::key("EdDSA"), claims: idp_claims }
}

impl Signer {
    pub(super) fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A token that is rightly signed, whatever its claims.
    pub(super) fn token(&self, claims: &Value) -> String {
        self.key.token(claims)
    }

    /// A good token.
    pub(super) fn good(&self) -> String {
        self.token(&(self.claims)())
    }

    /// A token whose payload is these bytes.
    pub(super) fn payload(&self, bytes: impl AsRef<[u8]>) -> String {
        self.key.token_of(self.key.header().to_string(), bytes)
    }

    /// The claims as text, with a claim `x` whose value is this text, be it JSON or not.
    pub(super) fn claims_text(&self, x: &str) -> String {
        let claims = (self.claims)().to_string();
        format!("{},\"x\":{x}}}", claims.strip_suffix('}').unwrap())
    }
}

/// [`claims`] with one of them replaced or added.
pub(super) fn claims_with(name: &str, value: Value) -> Value {
    with(claims(), name, value)
}

/// `claims` without one of them.
pub(super) fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims
}

/// The event of a token that the pool's first key signed rightly, whatever its claims.
pub(super) fn signed(claims: &Value) -> Value {
    event(&KEY.token(claims))
}

/// An event whose `Authorization` header is this text.
pub(super) fn with_header(header: &str) -> Value {
    json!({ "type": "TOKEN", "authorizationToken": header, "methodArn": ARN })
}

/// What the rule grants that names every issuer.
pub(super) const FOR_ALL: [&str; 2] = ["GET/whoami", "$connect"];

/// Everything that any rule grants, as the last part of a resource.
pub(super) fn granted_tails() -> Vec<String> {
    let fixed = ["GET/admin/*", "GET/reports/*"];
    let fixed = FOR_ALL.into_iter().chain(fixed).map(str::to_owned);
    fixed.chain((0..WIDE).map(|n| format!("GET/wide/{n:02}"))).collect()
}

/// So many routes that a large identity does not fit beside them.
pub(super) const WIDE: usize = 45;

/// The claims that are handed on.
pub(super) const CONTEXT: [&str; 3] = ["email", "custom:plan", "nested.deep"];
