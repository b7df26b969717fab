//! An issuer that is no Cognito: its entry in config.json, a key for each algorithm, and the claims of its tokens.

use std::sync::LazyLock;

use platform::config::Algorithm;
use serde_json::{Value, json};

use super::NOW;
use super::issuer::{KEY, OTHER_KEY, SigningKey};

/// It ends in a slash, as some do.
pub(crate) const IDP: &str = "https://idp.example.com/";

/// What the API is called there.
pub(crate) const AUDIENCE: &str = "https://api.example.com";

/// Where its tokens have groups.
pub(crate) const ROLES: &str = "realm_access.roles";

static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| Algorithm::ALL.map(|own| made(own, &KEY)).into());
static STRANGERS: LazyLock<Vec<SigningKey>> =
    LazyLock::new(|| Algorithm::ALL.map(|own| made(own, &OTHER_KEY)).into());

/// One RSA key for all the algorithms of its family: it is slow to make.
fn made(algorithm: Algorithm, rsa: &SigningKey) -> SigningKey {
    match algorithm {
        Algorithm::Es256 => SigningKey::of("p-256", "ES256"),
        Algorithm::Es384 => SigningKey::of("p-384", "ES384"),
        Algorithm::EdDsa => SigningKey::of("ed25519", "EdDSA"),
        _ => rsa.by(algorithm.as_str()),
    }
}

/// What it signs with by this algorithm.
pub(crate) fn key(algorithm: Algorithm) -> &'static SigningKey {
    KEYS.iter().find(|key| key.alg == algorithm.as_str()).unwrap()
}

/// A key of the same kind that it does not publish.
pub(crate) fn stranger(algorithm: Algorithm) -> &'static SigningKey {
    STRANGERS.iter().find(|key| key.alg == algorithm.as_str()).unwrap()
}

/// The set that it publishes: an RSA key that may serve all six algorithms, and one of each curve.
pub(crate) fn jwks() -> Value {
    let mut rsa = key(Algorithm::Rs256).jwk();
    rsa.as_object_mut().unwrap().remove("alg");
    let others = [Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa].map(|own| key(own).jwk());
    json!({ "keys": std::iter::once(rsa).chain(others).collect::<Vec<_>>() })
}

/// Its entry, with its keys at this address.
pub(crate) fn entry(jwks_uri: &str) -> Value {
    json!({
        "issuer": IDP, "kind": "oidc", "jwksUri": jwks_uri, "audiences": [AUDIENCE, "orders"],
        "algorithms": Algorithm::ALL, "claims": { "groups": ROLES },
    })
}

/// The claims of one of its access tokens.
pub(crate) fn claims() -> Value {
    json!({
        "iss": IDP, "sub": "auth0|65a1c9e2", "aud": [AUDIENCE, "https://idp.example.com/userinfo"],
        "azp": "web", "scope": "openid orders/read", "iat": NOW.secs() - 60, "exp": NOW.secs() + 3_540, "jti": "c0de",
        "auth_time": NOW.secs() - 60, "realm_access": { "roles": ["staff"] },
    })
}
