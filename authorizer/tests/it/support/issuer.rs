//! An issuer of tokens: real RSA keys, and tokens that are Cognito's in all but what a test changes.

use std::sync::LazyLock;

use authorizer::UnixTime;
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{CLIENT, ISSUER, NOW};

/// Keys are slow to make, so all tests share these.
pub(crate) static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::new("key-1", KeySize::Rsa2048));
pub(crate) static OTHER_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::new("key-2", KeySize::Rsa2048));

pub(crate) struct SigningKey {
    pub(crate) id: &'static str,
    pair: RsaKeyPair,
}

impl SigningKey {
    pub(crate) fn new(id: &'static str, size: KeySize) -> Self {
        Self { id, pair: RsaKeyPair::generate(size).unwrap() }
    }

    pub(crate) fn jwk(&self) -> Value {
        let RsaPublicKeyComponents::<Vec<u8>> { n, e } = self.pair.public_key().into();
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id,
            "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e),
        })
    }

    /// The modulus, big-endian.
    pub(crate) fn modulus(&self) -> Vec<u8> {
        let RsaPublicKeyComponents::<Vec<u8>> { n, .. } = self.pair.public_key().into();
        n
    }

    /// The public key as DER: `SubjectPublicKeyInfo`, and PKCS #1's `RSAPublicKey`.
    pub(crate) fn public_ders(&self) -> [Vec<u8>; 2] {
        let key = self.pair.public_key();
        let spki: PublicKeyX509Der<'_> = key.as_der().unwrap();
        [spki.as_ref().to_vec(), key.as_ref().to_vec()]
    }

    pub(crate) fn header(&self) -> Value {
        json!({ "alg": "RS256", "kid": self.id })
    }

    /// A token with these claims, signed as Cognito signs.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.token_with(&self.header(), claims)
    }

    /// A token with this header, signed with RS256 whatever the header says.
    pub(crate) fn token_with(&self, header: &Value, claims: &Value) -> String {
        self.token_of(header.to_string(), claims.to_string())
    }

    /// A token of two documents, which need not be JSON, nor text.
    pub(crate) fn token_of(&self, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
        let input = signing_input(header, claims);
        compact(&input, self.sign("RS256", &input))
    }

    /// A token that is rightly signed with another algorithm.
    pub(crate) fn token_by(&self, alg: &str, claims: &Value) -> String {
        let input = signing_input(json!({ "alg": alg, "kid": self.id }).to_string(), claims.to_string());
        compact(&input, self.sign(alg, &input))
    }

    /// This key's signature of `input` by the JOSE algorithm `alg`.
    pub(crate) fn sign(&self, alg: &str, input: &str) -> Vec<u8> {
        let encoding: &'static dyn RsaEncoding = match alg {
            "RS256" => &RSA_PKCS1_SHA256,
            "RS384" => &RSA_PKCS1_SHA384,
            "RS512" => &RSA_PKCS1_SHA512,
            "PS256" => &RSA_PSS_SHA256,
            "PS384" => &RSA_PSS_SHA384,
            "PS512" => &RSA_PSS_SHA512,
            _ => panic!("no test signs with {alg}"),
        };
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(encoding, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
        signature
    }
}

/// Header and claims, as they are signed.
pub(crate) fn signing_input(header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

/// What was signed, with its signature.
pub(crate) fn compact(input: &str, signature: impl AsRef<[u8]>) -> String {
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

pub(crate) fn jwks(keys: &[&SigningKey]) -> Value {
    json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() })
}

/// The claims of a password sign-in's access token.
pub(crate) fn access_claims() -> Value {
    json!({
        "sub": "3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c", "iss": ISSUER, "client_id": CLIENT,
        "origin_jti": "0b1c", "event_id": "7d2e", "token_use": "access",
        "scope": "aws.cognito.signin.user.admin", "auth_time": NOW.secs() - 60, "exp": NOW.secs() + 3_540,
        "iat": NOW.secs() - 60, "jti": "c0ffee", "username": "3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c",
    })
}

/// The claims of the ID token beside it.
pub(crate) fn id_claims() -> Value {
    json!({
        "sub": "3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c", "email_verified": true, "iss": ISSUER,
        "cognito:username": "3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c", "origin_jti": "0b1c", "aud": CLIENT,
        "event_id": "7d2e", "token_use": "id", "auth_time": NOW.secs() - 60, "exp": NOW.secs() + 3_540,
        "iat": NOW.secs() - 60, "jti": "decaf", "email": "ann@example.com",
    })
}

/// `claims` for the system's own time, which is the binary's.
pub(crate) fn current(claims: Value) -> Value {
    let now = UnixTime::now().secs();
    with(with(claims, "iat", json!(now)), "exp", json!(now + 3_600))
}

/// `claims` with one of them replaced or added.
pub(crate) fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}
