//! An issuer with real keys. Its tokens are like Cognito's, apart from what a test changes.
//!
//! The time in the claims is [`NOW`], unless a test sets another.

use std::sync::{Arc, LazyLock};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P256K1_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
    RsaKeyPair, RsaPssSaltLength, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The time of the tests, in seconds since 1970.
pub const NOW: u64 = 1_800_000_000;
/// The stack's own pool.
pub const POOL: &str = "us-east-1_pool";
/// The `iss` of its tokens.
pub const ISSUER: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool";
/// Its app client.
pub const CLIENT: &str = "web";

/// The pool's key. Keys are slow to make, so all tests share these.
pub static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::new("key-1", KeySize::Rsa2048));
/// Another RSA key.
pub static OTHER_KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::new("key-2", KeySize::Rsa2048));

/// A private key.
pub struct SigningKey {
    /// Its `kid`.
    pub id: &'static str,
    /// The JOSE algorithm that it signs with unless a test names another.
    pub alg: &'static str,
    pair: Arc<Pair>,
}

enum Pair {
    Rsa(RsaKeyPair),
    /// With the name of its curve.
    Ec(&'static str, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// An RSA key that signs with RS256, as Cognito's keys do.
    pub fn new(id: &'static str, size: KeySize) -> Self {
        Self { id, alg: "RS256", pair: Arc::new(Pair::Rsa(RsaKeyPair::generate(size).unwrap())) }
    }

    /// A key that signs with the JOSE algorithm `alg`.
    pub fn of(id: &'static str, alg: &'static str) -> Self {
        let (curve, algorithm) = match alg {
            "ES256" => ("P-256", &ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES256K" => ("secp256k1", &ECDSA_P256K1_SHA256_FIXED_SIGNING),
            "ES384" => ("P-384", &ECDSA_P384_SHA384_FIXED_SIGNING),
            "ES512" => ("P-521", &ECDSA_P521_SHA512_FIXED_SIGNING),
            "EdDSA" => {
                let pair = Pair::Ed25519(Ed25519KeyPair::generate().unwrap());
                return Self { id, alg, pair: Arc::new(pair) };
            }
            _ => return Self { alg, ..Self::new(id, KeySize::Rsa2048) },
        };
        Self { id, alg, pair: Arc::new(Pair::Ec(curve, EcdsaKeyPair::generate(algorithm).unwrap())) }
    }

    /// The same RSA key, for another algorithm.
    #[must_use]
    pub fn by(&self, alg: &'static str) -> Self {
        Self { id: self.id, alg, pair: Arc::clone(&self.pair) }
    }

    /// The same key under another id.
    #[must_use]
    pub fn named(&self, id: &'static str) -> Self {
        Self { id, alg: self.alg, pair: Arc::clone(&self.pair) }
    }

    /// The public key, as in a key set.
    pub fn jwk(&self) -> Value {
        let mut jwk = match self.pair.as_ref() {
            Pair::Rsa(pair) => {
                let RsaPublicKeyComponents::<Vec<u8>> { n, e } = pair.public_key().into();
                json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e) })
            }
            Pair::Ec(curve, pair) => {
                // An uncompressed point: 4, x, y.
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let [x, y] = [x, y].map(|coordinate| URL_SAFE_NO_PAD.encode(coordinate));
                json!({ "kty": "EC", "crv": curve, "x": x, "y": y })
            }
            Pair::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(pair.public_key()) })
            }
        };
        for (name, value) in [("use", "sig"), ("alg", self.alg), ("kid", self.id)] {
            jwk[name] = json!(value);
        }
        jwk
    }

    /// The modulus of an RSA key, big-endian.
    pub fn modulus(&self) -> Vec<u8> {
        let RsaPublicKeyComponents::<Vec<u8>> { n, .. } = self.rsa().public_key().into();
        n
    }

    /// The public key as `SubjectPublicKeyInfo`, and in its own format: PKCS #1's `RSAPublicKey`, an
    /// uncompressed point, 32 bytes.
    pub fn public_ders(&self) -> [Vec<u8>; 2] {
        let (spki, own): (PublicKeyX509Der<'_>, &[u8]) = match self.pair.as_ref() {
            Pair::Rsa(pair) => (pair.public_key().as_der().unwrap(), pair.public_key().as_ref()),
            Pair::Ec(_, pair) => (pair.public_key().as_der().unwrap(), pair.public_key().as_ref()),
            Pair::Ed25519(pair) => (pair.public_key().as_der().unwrap(), pair.public_key().as_ref()),
        };
        [spki.as_ref().to_vec(), own.to_vec()]
    }

    /// The header of a token that this key signs.
    pub fn header(&self) -> Value {
        json!({ "alg": self.alg, "kid": self.id })
    }

    /// A token with these claims, signed in the issuer's usual way.
    pub fn token(&self, claims: &Value) -> String {
        self.token_with(&self.header(), claims)
    }

    /// A token with this header, signed with the key's own algorithm whatever the header says.
    pub fn token_with(&self, header: &Value, claims: &Value) -> String {
        self.token_of(header.to_string(), claims.to_string())
    }

    /// A token made of two documents, which need not be JSON or even text.
    pub fn token_of(&self, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
        let input = signing_input(header, claims);
        compact(&input, self.sign(self.alg, &input))
    }

    /// A token with a right signature of another algorithm.
    pub fn token_by(&self, alg: &str, claims: &Value) -> String {
        let input = signing_input(json!({ "alg": alg, "kid": self.id }).to_string(), claims.to_string());
        compact(&input, self.sign(alg, &input))
    }

    /// This key's signature of `input` with the JOSE algorithm `alg`.
    pub fn sign(&self, alg: &str, input: &str) -> Vec<u8> {
        let random = SystemRandom::new();
        match self.pair.as_ref() {
            Pair::Rsa(pair) => sign_rsa(pair, rsa_encoding(alg), input),
            Pair::Ec(_, pair) if alg == self.alg => {
                pair.sign(&random, input.as_bytes()).unwrap().as_ref().to_vec()
            }
            Pair::Ed25519(pair) if alg == self.alg => pair.sign(input.as_bytes()).as_ref().to_vec(),
            Pair::Ec(..) | Pair::Ed25519(_) => panic!("a key for {} does not sign by {alg}", self.alg),
        }
    }

    /// This RSA key's signature of `input` with PS256, PS384 or PS512, but with a salt of this many bytes.
    pub fn sign_with_salt(&self, alg: &str, salt: u16, input: &str) -> Vec<u8> {
        let encoding = match alg {
            "PS256" => RSA_PSS_SHA256,
            "PS384" => RSA_PSS_SHA384,
            "PS512" => RSA_PSS_SHA512,
            _ => panic!("{alg} has no salt"),
        };
        // The library requires a `'static` reference.
        let encoding = Box::leak(Box::new(encoding.with_pss_salt_length(RsaPssSaltLength::Custom(salt))));
        sign_rsa(self.rsa(), encoding, input)
    }

    fn rsa(&self) -> &RsaKeyPair {
        match self.pair.as_ref() {
            Pair::Rsa(pair) => pair,
            _ => panic!("no RSA key"),
        }
    }
}

fn sign_rsa(pair: &RsaKeyPair, encoding: &'static dyn RsaEncoding, input: &str) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
    signature
}

fn rsa_encoding(alg: &str) -> &'static dyn RsaEncoding {
    match alg {
        "RS256" => &RSA_PKCS1_SHA256,
        "RS384" => &RSA_PKCS1_SHA384,
        "RS512" => &RSA_PKCS1_SHA512,
        "PS256" => &RSA_PSS_SHA256,
        "PS384" => &RSA_PSS_SHA384,
        "PS512" => &RSA_PSS_SHA512,
        _ => panic!("no test signs with {alg}"),
    }
}

/// The header and claims, in the form that is signed.
pub fn signing_input(header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

/// A token made of the signing input and its signature.
pub fn compact(input: &str, signature: impl AsRef<[u8]>) -> String {
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The key set that an issuer with these keys publishes.
pub fn jwks(keys: &[&SigningKey]) -> Value {
    json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() })
}

/// The claims of the access token of a sign-in with a password.
pub fn access_claims() -> Value {
    json!({
        "sub": "3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c", "iss": ISSUER, "client_id": CLIENT,
        "origin_jti": "0b1c", "event_id": "7d2e", "token_use": "access",
        "scope": "aws.cognito.signin.user.admin", "auth_time": NOW - 60, "exp": NOW + 3_540,
        "iat": NOW - 60, "jti": "c0ffee", "username": "3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c",
    })
}

/// The claims of the ID token of the same sign-in.
pub fn id_claims() -> Value {
    json!({
        "sub": "3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c", "email_verified": true, "iss": ISSUER,
        "cognito:username": "3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c", "origin_jti": "0b1c", "aud": CLIENT,
        "event_id": "7d2e", "token_use": "id", "auth_time": NOW - 60, "exp": NOW + 3_540,
        "iat": NOW - 60, "jti": "decaf", "email": "ann@example.com",
    })
}

/// `claims` with times relative to the system's time, which the binary uses.
pub fn current(claims: Value) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    with(with(claims, "iat", json!(now)), "exp", json!(now + 3_600))
}

/// `claims` with one of them replaced or added.
pub fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}
