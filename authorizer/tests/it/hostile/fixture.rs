//! The gate that all cases use, and the token that all of them are made from.
//!
//! All cases use one configuration, so that one process can handle all of them: the stack's own pool with two
//! keys, another pool, a partner who is not Cognito and gives ID tokens in its form, an issuer of kind
//! `oidc`, and an issuer for each key set of `key_sets.rs`.

use std::sync::LazyLock;

use authorizer::UnixTime;
use aws_lc_rs::rsa::KeySize;
use serde_json::{Value, json};
use testkit::authorizer_event::{ARN, event};
use testkit::idp;
use testkit::issuer::{self, KEY, SigningKey, with};

/// The time that all tokens are made for. It is the system's time, because the binary knows no other.
pub(super) static NOW: LazyLock<u64> = LazyLock::new(|| UnixTime::now().secs());

/// Another trusted issuer, with other terms: ID tokens for the client `partner`.
pub(super) const PARTNER: &str = "https://login.example.com";
pub(super) static PARTNER_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::new("key-3", KeySize::Rsa2048));

/// Another pool, whose access tokens are accepted for the same client ids as the own pool's.
pub(super) const OTHER_POOL: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_other";
pub(super) static OTHER_POOL_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::new("key-4", KeySize::Rsa2048));

/// A key that no set has.
pub(super) static STRANGER: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::new("key-1", KeySize::Rsa2048));

/// The claims with all times relative to the suite's time.
fn current(claims: Value) -> Value {
    with(with(claims, "iat", json!(*NOW - 60)), "exp", json!(*NOW + 3_540))
}

/// The claims of an access token that is accepted: the bearer is in the group `staff`.
pub(super) fn claims() -> Value {
    with(current(issuer::access_claims()), "cognito:groups", json!(["staff"]))
}

/// The claims of an ID token of the own pool, whose ID tokens are not accepted.
pub(super) fn id_claims() -> Value {
    with(current(issuer::id_claims()), "cognito:groups", json!(["staff"]))
}

/// The claims of an ID token of the partner, which is accepted.
pub(super) fn partner_claims() -> Value {
    with(with(id_claims(), "iss", json!(PARTNER)), "aud", json!("partner"))
}

/// The claims of an access token of the other pool, which is accepted. Only the issuer differs from the own
/// pool's claims.
pub(super) fn other_pool_claims() -> Value {
    claims_with("iss", json!(OTHER_POOL))
}

/// The claims of an access token of the oidc issuer, which is accepted.
pub(super) fn idp_claims() -> Value {
    with(current(idp::claims()), "auth_time", json!(*NOW - 60))
}

/// The signer of a case's token, and the claims of a good token.
pub(super) struct Signer {
    /// Empty for the own pool.
    prefix: &'static str,
    pub(super) key: &'static SigningKey,
    pub(super) claims: fn() -> Value,
}

/// The own pool.
pub(super) fn own_pool() -> Signer {
    Signer { prefix: "", key: &KEY, claims }
}

/// The issuer of kind `oidc`, with an algorithm that no pool signs with.
pub(super) fn idp() -> Signer {
    Signer { prefix: "oidc: ", key: idp::key("EdDSA"), claims: idp_claims }
}

impl Signer {
    pub(super) fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A token with a right signature, whatever its claims are.
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

    /// The claims as text, with a claim `x` whose value is this text, whether or not it is JSON.
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

/// An event with a token that the pool's first key signed, whatever its claims are.
pub(super) fn signed(claims: &Value) -> Value {
    event(&KEY.token(claims))
}

/// An event whose `Authorization` header is this text.
pub(super) fn with_header(header: &str) -> Value {
    json!({ "type": "TOKEN", "authorizationToken": header, "methodArn": ARN })
}

/// What the rule that names every issuer grants.
pub(super) const FOR_ALL: [&str; 2] = ["GET/whoami", "$connect"];

/// Everything that any rule grants, each as the last part of a resource.
pub(super) fn granted_tails() -> Vec<String> {
    let fixed = ["GET/admin/*", "GET/reports/*"];
    let fixed = FOR_ALL.into_iter().chain(fixed).map(str::to_owned);
    fixed.chain((0..WIDE).map(|n| format!("GET/wide/{n:02}"))).collect()
}

/// With this many routes, a large identity does not fit into the answer.
pub(super) const WIDE: usize = 45;

/// The claims that are handed on.
pub(super) const CONTEXT: [&str; 3] = ["email", "custom:plan", "nested.deep"];
