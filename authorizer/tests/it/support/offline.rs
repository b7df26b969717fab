//! The gate without a key server: keys come from a file that is read once, so that a test of many cases
//! pays for none of them. Where they have to come from an address, it is one of this process.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use authorizer::{
    ApiScope, BearerToken, Expected, Failure, Gate, Issuers, KeyId, KeyProvider, KeySource, Rules,
    TokenError, TrustedIssuer, UnixTime, UnverifiedToken, VerifiedClaims, VerifyingKey, render,
};
use platform::config::{Algorithm, Config, Jwks};
use platform::identity::{Authority, TokenUse};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::idp::{self, IDP};
use super::issuer::{KEY, SigningKey, jwks};
use super::{CLIENT, ISSUER, NOW, POOL};

/// One for all cases.
pub(crate) static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().unwrap());

/// A key set file that goes when its owner goes.
pub(crate) struct KeyFile(pub(crate) PathBuf);

impl KeyFile {
    pub(crate) fn new(content: &[u8]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("gatehouse-test-{}-{count}.json", std::process::id());
        let file = Self(std::env::temp_dir().join(name));
        file.write(content);
        file
    }

    pub(crate) fn write(&self, content: &[u8]) {
        std::fs::write(&self.0, content).unwrap();
    }
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The claims that [`gate`] hands on.
pub(crate) const CONTEXT: [&str; 4] = ["email", "custom:plan", "a.b", "scope"];

/// What [`gate`] is made of, with the keys of [`IDP`] at this address.
fn authorizer_of_two(rules: &Value, jwks_uri: &str) -> Value {
    json!({
        "rules": rules, "tokenUse": ["access", "id"], "resultTtlSeconds": 0, "context": CONTEXT,
        "issuers": [idp::entry(jwks_uri)],
    })
}

/// A gate for the pool [`POOL`] that takes access and ID tokens and has [`KEY`] since `now`. It takes the access tokens
/// of [`IDP`] as well.
pub(crate) fn gate(rules: &Value, now: UnixTime) -> Gate {
    static JWKS_URI: LazyLock<String> = LazyLock::new(|| serve(&idp::jwks().to_string()));
    let file = KeyFile::new(jwks(&[&KEY]).to_string().as_bytes());
    let mut authorizer = authorizer_of_two(rules, &JWKS_URI);
    authorizer["jwks"] = json!({ "file": file.0, "ttlSeconds": 86_400 });
    let config = Config::parse(&json!({ "authorizer": authorizer }).to_string()).unwrap();
    let gate = Gate::new(&config, pool_env).unwrap();
    RUNTIME.block_on(gate.prefetch(now));
    gate
}

/// An address of this process where this document is, for as long as it lives.
fn serve(body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // What is asked for does not matter, and who asks may be gone.
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}/keys")
}

/// The environment of a stack with the pool [`POOL`].
pub(crate) fn pool_env(name: &str) -> Option<String> {
    match name {
        "USER_POOL_ID" => Some(POOL.to_owned()),
        "USER_POOL_CLIENT_ID" => Some(CLIENT.to_owned()),
        _ => None,
    }
}

/// What the gate answers, as API Gateway gets it.
pub(crate) fn answer(gate: &Gate, event: &Value, now: UnixTime) -> Result<Value, Failure> {
    let answer = RUNTIME.block_on(gate.authorize(event, now))?;
    Ok(serde_json::to_value(&answer).unwrap())
}

/// The pool as an issuer whose keys are in a file.
pub(crate) fn issuer(file: &KeyFile) -> Arc<TrustedIssuer> {
    let uses = vec![TokenUse::Access, TokenUse::Id];
    let keys = KeySource::File(file.0.clone());
    let pool = TrustedIssuer::cognito(ISSUER.to_owned(), vec![CLIENT.to_owned()], uses, keys);
    Arc::new(TrustedIssuer { authority: Authority::Own, ..pool })
}

/// What a token of nobody's is read with.
pub(crate) fn no_issuers() -> Issuers {
    std::iter::empty().collect()
}

/// Claims as the gate verifies them: signed with [`KEY`], shown at [`NOW`].
pub(crate) fn verified(claims: &Value) -> Result<VerifiedClaims, TokenError> {
    static VERIFYING_KEY: LazyLock<VerifyingKey> =
        LazyLock::new(|| verifying_key(&issuer(&KeyFile::new(b"")), &KEY));
    verified_with(&VERIFYING_KEY, &KEY.token(claims), NOW)
}

/// A key of an issuer, as the gate reads it out of a set.
fn verifying_key(issuer: &TrustedIssuer, key: &SigningKey) -> VerifyingKey {
    let file = KeyFile::new(jwks(&[key]).to_string().as_bytes());
    let issuer = TrustedIssuer { keys: KeySource::File(file.0.clone()), ..issuer.clone() };
    let keys = KeyProvider::new(&Jwks::default()).unwrap();
    let id = KeyId::parse(key.id.to_owned()).unwrap();
    RUNTIME.block_on(keys.key(&Arc::new(issuer), &id, NOW)).unwrap().key
}

/// What a key of an issuer makes of a token.
pub(crate) fn verified_with(
    key: &VerifyingKey,
    token: &str,
    now: UnixTime,
) -> Result<VerifiedClaims, TokenError> {
    let issuers = [Arc::new(key.issuer().clone())].into_iter().collect();
    verified_among(&issuers, key, token, now)
}

/// What a key of one of these issuers makes of a token.
fn verified_among(
    issuers: &Issuers,
    key: &VerifyingKey,
    token: &str,
    now: UnixTime,
) -> Result<VerifiedClaims, TokenError> {
    let expected = Expected { leeway: 0, now, resource: Vec::new() };
    UnverifiedToken::parse(&BearerToken::parse_bare(token)?, issuers)?.verify(key, &expected)
}

/// What these rules answer at [`NOW`] to the bearer of these claims, who comes from the own pool or, with another
/// authority, from [`IDP`]: everything behind the keys. `None`: the configuration or the token is refused.
pub(crate) fn decided(rules: &Value, authority: Authority, claims: &Value, api: &ApiScope) -> Option<Value> {
    static KEYS: LazyLock<HashMap<&str, VerifyingKey>> = LazyLock::new(|| {
        let key = |authority, signer| {
            let (_, issuers) = world(&json!([]), authority).unwrap();
            (authority.as_str(), verifying_key(issuers.get(name(authority)).unwrap(), signer))
        };
        let idp = idp::key(Algorithm::EdDsa);
        [key(Authority::Own, &KEY), key(Authority::Sole, idp), key(Authority::Named, idp)].into()
    });
    let (config, issuers) = world(rules, authority)?;
    let signer = if authority == Authority::Own { &KEY } else { idp::key(Algorithm::EdDsa) };
    let verified = verified_among(&issuers, &KEYS[authority.as_str()], &signer.token(claims), NOW).ok()?;
    let decision = Rules::new(&config.authorizer.rules);
    let (_, answer) = render(decision.decide(&verified, NOW), &verified, api);
    Some(serde_json::to_value(&answer).unwrap())
}

const fn name(authority: Authority) -> &'static str {
    match authority {
        Authority::Own => ISSUER,
        Authority::Sole | Authority::Named => IDP,
    }
}

/// The own pool, and [`IDP`].
pub(crate) fn two_issuers() -> Issuers {
    world(&json!([]), Authority::Named).unwrap().1
}

/// A configuration with these rules, and its issuers. With [`Authority::Sole`] there is no own pool.
fn world(rules: &Value, authority: Authority) -> Option<(Config, Issuers)> {
    let authorizer = authorizer_of_two(rules, "https://idp.example.com/keys");
    let config = Config::parse(&json!({ "authorizer": authorizer }).to_string()).ok()?;
    let has_pool = authority != Authority::Sole;
    let issuers = Issuers::new(&config, |name| pool_env(name).filter(|_| has_pool)).ok()?;
    Some((config, issuers))
}
