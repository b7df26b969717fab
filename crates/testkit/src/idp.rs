//! An issuer that is not Cognito: its entry in config.json, a key for each algorithm, and the claims of its
//! tokens.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::issuer::{KEY, NOW, OTHER_KEY, SigningKey};

/// It ends in a slash, as some issuers do.
pub const IDP: &str = "https://idp.example.com/";

/// The API's name at this issuer.
pub const AUDIENCE: &str = "https://api.example.com";

/// The path of the groups in its tokens.
pub const ROLES: &str = "realm_access.roles";

/// All algorithms that it signs with (RFC 7518 section 3.1, RFC 8037 section 3.1). They are the ones that a
/// gate can be configured to accept.
pub const ALGORITHMS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| ALGORITHMS.map(|own| made(own, &KEY)).into());
static STRANGERS: LazyLock<Vec<SigningKey>> =
    LazyLock::new(|| ALGORITHMS.map(|own| made(own, &OTHER_KEY)).into());

/// There is one RSA key for all algorithms of its family, because making one is slow.
fn made(algorithm: &'static str, rsa: &SigningKey) -> SigningKey {
    match algorithm {
        "ES256" => SigningKey::of("p-256", "ES256"),
        "ES384" => SigningKey::of("p-384", "ES384"),
        "EdDSA" => SigningKey::of("ed25519", "EdDSA"),
        _ => rsa.by(algorithm),
    }
}

/// The key that it signs with for this algorithm.
pub fn key(algorithm: &str) -> &'static SigningKey {
    KEYS.iter().find(|key| key.alg == algorithm).unwrap()
}

/// A key of the same kind that it does not publish.
pub fn stranger(algorithm: &str) -> &'static SigningKey {
    STRANGERS.iter().find(|key| key.alg == algorithm).unwrap()
}

/// The key set that it publishes: an RSA key that may be used with all six algorithms, and one key of each
/// curve.
pub fn jwks() -> Value {
    let mut rsa = key("RS256").jwk();
    rsa.as_object_mut().unwrap().remove("alg");
    let others = ["ES256", "ES384", "EdDSA"].map(|own| key(own).jwk());
    json!({ "keys": std::iter::once(rsa).chain(others).collect::<Vec<_>>() })
}

/// Its entry, with its keys at this URL.
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
