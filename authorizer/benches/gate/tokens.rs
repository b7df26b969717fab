//! An issuer with real keys, and tokens with the claims and the length of a Cognito user pool's.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use authorizer::UnixTime;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) const POOL: &str = "us-east-1_Example01";
pub(crate) const ISSUER: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example01";
pub(crate) const CLIENT: &str = "1example4567890client";
const KEY_ID: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg=";
/// A Cognito access token of a user in one group has this many bytes.
const TOKEN_BYTES: usize = 1_098;
const COUNT: usize = 1_000;

/// Names the file of tokens to measure with. If the file does not exist, it is written, so that other
/// programs can be measured with the same tokens.
const FILE: &str = "BENCH_TOKENS";

/// Sample tokens, and what is needed to check them.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sample {
    pub(crate) pool: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) jwks: Value,
    pub(crate) tokens: Vec<String>,
}

impl Sample {
    /// A thousand different tokens.
    pub(crate) fn load() -> Self {
        let Some(file) = env::var_os(FILE) else { return Self::mint() };
        if Path::new(&file).exists() {
            return serde_json::from_slice(&fs::read(&file).expect("a readable file")).expect("a sample");
        }
        let sample = Self::mint();
        fs::write(&file, serde_json::to_vec(&sample).expect("JSON")).expect("a writable place");
        sample
    }

    fn mint() -> Self {
        let key = SigningKey::generate();
        let tokens: Vec<_> = (0..COUNT).map(|n| key.token(&claims(ISSUER, n, &["admins".into()]))).collect();
        assert!(tokens.iter().all(|token| token.len() == TOKEN_BYTES), "{}", tokens[0].len());
        Self {
            pool: POOL.to_owned(),
            issuer: ISSUER.to_owned(),
            client_id: CLIENT.to_owned(),
            jwks: key.jwks(2),
            tokens,
        }
    }
}

/// The claims of the `n`th user's access token, which is valid for an hour from now.
pub(crate) fn claims(issuer: &str, n: usize, groups: &[String]) -> Value {
    let now = UnixTime::now().secs();
    let uuid = |series: usize| format!("{n:08x}-0a5b-4a8e-9d4e-{series:012x}");
    json!({
        "sub": uuid(1), "cognito:groups": groups, "iss": issuer, "client_id": CLIENT, "origin_jti": uuid(2),
        "event_id": uuid(3), "token_use": "access", "scope": "aws.cognito.signin.user.admin",
        "auth_time": now - 60, "exp": now + 3_540, "iat": now - 60, "jti": uuid(4), "username": uuid(1),
    })
}

/// An issuer's key.
pub(crate) struct SigningKey(RsaKeyPair);

impl SigningKey {
    pub(crate) fn generate() -> Self {
        Self(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"))
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"kid":"{KEY_ID}","alg":"RS256"}}"#));
        let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.0.public_modulus_len()];
        let random = SystemRandom::new();
        self.0.sign(&RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut signature).expect("a signature");
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A key set of `count` keys, with this key at the end. The others are only numbers of the form of a key.
    pub(crate) fn jwks(&self, count: usize) -> Value {
        let RsaPublicKeyComponents::<Vec<u8>> { n, e } = self.0.public_key().into();
        let jwk = |id: String, n: &[u8]| {
            BTreeMap::from([
                ("kty", "RSA".to_owned()),
                ("use", "sig".to_owned()),
                ("alg", "RS256".to_owned()),
                ("kid", id),
                ("n", URL_SAFE_NO_PAD.encode(n)),
                ("e", URL_SAFE_NO_PAD.encode(&e)),
            ])
        };
        let others = (1..count).map(|other| {
            let mut n = n.clone();
            n[100] ^= u8::try_from(other).expect("not so many keys");
            jwk(format!("{other:02}{}", &KEY_ID[2..]), &n)
        });
        let keys: Vec<_> = others.chain([jwk(KEY_ID.to_owned(), &n)]).collect();
        json!({ "keys": keys })
    }
}
