//! An issuer that is no Cognito: its entry in config.json, a key for each algorithm, and the claims of its tokens.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::issuer::{KEY, NOW, OTHER_KEY, SigningKey};

/// It ends in a slash, as some do.
pub const IDP: &str = "https://idp.example.com/";

/// What the API is called there.
pub const AUDIENCE: &str = "https://api.example.com";

/// Where its tokens have groups.
pub const ROLES: &str = "realm_access.roles";

/// All that it signs by (RFC 7518 section 3.1, RFC 8037 section 3.1): what a gate can be told to take.
pub const ALGORITHMS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| ALGORITHMS.map(|own| made(own, &KEY)).into());
static STRANGERS: LazyLock<Vec<SigningKey>> =
    LazyLock::new(|| ALGORITHMS.map(|own| made(own, &OTHER_KEY)).into());

/// One RSA key for all the algorithms of its family: it is slow to make.
fn made(algorithm: &'static str, rsa: &SigningKey) -> SigningKey {
    match algorithm {
        "ES256" => SigningKey::of("p-256", "ES256"),
        "ES384" => SigningKey::of("p-384", "ES384"),
        "EdDSA" => SigningKey::of("ed25519", "EdDSA"),
        _ => rsa.by(algorithm),
    }
}

/// What it signs with by this algorithm.
pub fn key(algorithm: &str) -> &'static SigningKey {
    KEYS.iter().find(|key| key.alg == algorithm).unwrap()
}

/// A key of the same kind that it does not publish.
pub fn stranger(algorithm: &str) -> &'static SigningKey {
    STRANGERS.iter().find(|key| key.alg == algorithm).unwrap()
}

/// The set that it publishes: an RSA key that may serve all six algorithms, and one of each curve.
pub fn jwks() -> Value {
    let mut rsa = key("RS256").jwk();
    rsa.as_object_mut().unwrap().remove("alg");
    let others = ["ES256", "ES384", "EdDSA"].map(|own| key(own).jwk());
    json!({ "keys": std::iter::once(rsa).chain(others).collect::<Vec<_>>() })
}

/// Its entry, with its keys at this address.
pub fn entry(jwks_uri: &str) -> Value {
    json!({
        "issuer": IDP, "kind": "oidc", "jwksUri": jwks_uri, "audiences": [AUDIENCE, "orders"],
        "algorithms": ALGORITHMS, "claims": { "groups": ROLES },
    })
}

/// The claims of one of its access tokens.
pub fn claims() -> Value {
    json!({
        "iss": IDP, "sub": "auth0|65a1c9e2", "aud": [AUDIENCE, "https://idp.example.com/userinfo"],
        "azp": "web", "scope": "openid orders/read", "iat": NOW - 60, "exp": NOW + 3_540, "jti": "c0de",
        "auth_time": NOW - 60, "realm_access": { "roles": ["staff"] },
    })
}
