//! The gate without a key server. The keys come from a file that is read only once, so that a test with many
//! cases does not fetch them again and again. Keys that need a URL come from a server in the test's own
//! process.
//!
//! It is a separate package from `testkit`, because it uses our own code, for the gate's tests and the fuzz
//! targets.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "in a test, what is not as expected is a failure"
)]
#![allow(clippy::must_use_candidate, reason = "a test that forgets what it asked for proves nothing anyway")]

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use authorizer::{
    ApiScope, AuthorizeError, BearerToken, Expected, Gate, Issuers, KeyId, KeyProvider, KeySource, Rules,
    TokenError, TrustedIssuer, UnixTime, UnverifiedToken, VerifiedClaims, VerifyingKey, render,
};
use platform::config::{Config, Jwks};
use platform::identity::{Authority, TokenUse};
use serde_json::{Value, json};
use testkit::files::TempFile;
use testkit::http::serve_document;
use testkit::idp::{self, IDP};
use testkit::issuer::{self, CLIENT, ISSUER, KEY, POOL, SigningKey, jwks};
use tokio::runtime::{Builder, Runtime};

/// The time of the tests.
pub const NOW: UnixTime = UnixTime::from_secs(issuer::NOW);

/// One runtime for all cases.
pub static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().unwrap());

/// The claims that [`gate`] hands on.
pub const CONTEXT: [&str; 4] = ["email", "custom:plan", "a.b", "scope"];

/// The configuration of [`gate`], with the keys of [`IDP`] at this URL.
fn authorizer_of_two(rules: &Value, jwks_uri: &str) -> Value {
    json!({
        "rules": rules, "tokenUse": ["access", "id"], "resultTtlSeconds": 0, "context": CONTEXT,
        "issuers": [idp::entry(jwks_uri)],
    })
}

/// A gate for the pool [`POOL`] that accepts access and ID tokens and has had [`KEY`] since `now`. It accepts
/// the access tokens of [`IDP`] as well.
pub fn gate(rules: &Value, now: UnixTime) -> Gate {
    static JWKS_URI: LazyLock<String> = LazyLock::new(|| serve_document(idp::jwks().to_string()));
    let file = TempFile::new(jwks(&[&KEY]).to_string());
    let mut authorizer = authorizer_of_two(rules, &JWKS_URI);
    authorizer["jwks"] = json!({ "file": file.path(), "ttlSeconds": 86_400 });
    let config = Config::parse(&json!({ "authorizer": authorizer }).to_string()).unwrap();
    let gate = Gate::new(&config, pool_env).unwrap();
    RUNTIME.block_on(gate.prefetch(now));
    gate
}

/// The environment variables of a stack with the pool [`POOL`].
pub fn pool_env(name: &str) -> Option<String> {
    match name {
        "USER_POOL_ID" => Some(POOL.to_owned()),
        "USER_POOL_CLIENT_ID" => Some(CLIENT.to_owned()),
        _ => None,
    }
}

/// The gate's answer, as API Gateway gets it.
///
/// # Errors
///
/// The gate's own: there is no decision.
pub fn answer(gate: &Gate, event: &Value, now: UnixTime) -> Result<Value, AuthorizeError> {
    let answer = RUNTIME.block_on(gate.authorize(event, now))?;
    Ok(serde_json::to_value(&answer).unwrap())
}

/// The pool as an issuer whose keys are in a file.
pub fn issuer(file: &TempFile) -> Arc<TrustedIssuer> {
    let uses = vec![TokenUse::Access, TokenUse::Id];
    let keys = KeySource::File(file.path().to_owned());
    let pool = TrustedIssuer::cognito(ISSUER.to_owned(), vec![CLIENT.to_owned()], uses, keys);
    Arc::new(TrustedIssuer { authority: Authority::Own, ..pool })
}

/// An empty set of issuers, to read a token with.
pub fn no_issuers() -> Issuers {
    std::iter::empty().collect()
}

/// Verified claims, from a token that is signed with [`KEY`] and checked at [`NOW`].
///
/// # Errors
///
/// The gate's own: it refuses the token.
pub fn verified(claims: &Value) -> Result<VerifiedClaims, TokenError> {
    static VERIFYING_KEY: LazyLock<VerifyingKey> =
        LazyLock::new(|| verifying_key(&issuer(&TempFile::new("")), &KEY));
    verified_with(&VERIFYING_KEY, &KEY.token(claims), NOW)
}

/// An issuer's key, as the gate reads it from a key set.
fn verifying_key(issuer: &TrustedIssuer, key: &SigningKey) -> VerifyingKey {
    let file = TempFile::new(jwks(&[key]).to_string());
    let issuer = TrustedIssuer { keys: KeySource::File(file.path().to_owned()), ..issuer.clone() };
    let keys = KeyProvider::new(&Jwks::default()).unwrap();
    let id = KeyId::parse(key.id.to_owned()).unwrap();
    RUNTIME.block_on(keys.key(&Arc::new(issuer), &id, NOW)).unwrap().key
}

/// The result of verifying a token with an issuer's key.
///
/// # Errors
///
/// The gate's own: it refuses the token.
pub fn verified_with(key: &VerifyingKey, token: &str, now: UnixTime) -> Result<VerifiedClaims, TokenError> {
    let issuers = [Arc::new(key.issuer().clone())].into_iter().collect();
    verified_among(&issuers, key, token, now)
}

/// The result of verifying a token with a key of one of these issuers.
fn verified_among(
    issuers: &Issuers,
    key: &VerifyingKey,
    token: &str,
    now: UnixTime,
) -> Result<VerifiedClaims, TokenError> {
    let expected = Expected { leeway: 0, now, resource: Vec::new() };
    UnverifiedToken::parse(&BearerToken::parse_bare(token)?, issuers)?.verify(key, &expected)
}

/// The gate's answer at [`NOW`] with these rules to the bearer of these claims, without the look-up of keys.
/// The issuer is the own pool or, with another authority, [`IDP`]. `None`: the configuration or the token is
/// refused.
pub fn decided(rules: &Value, authority: Authority, claims: &Value, api: &ApiScope) -> Option<Value> {
    static KEYS: LazyLock<HashMap<&str, VerifyingKey>> = LazyLock::new(|| {
        let key = |authority, signer| {
            let (_, issuers) = stack(&json!([]), authority).unwrap();
            (authority.as_str(), verifying_key(issuers.get(name(authority)).unwrap(), signer))
        };
        let idp = idp::key("EdDSA");
        [key(Authority::Own, &KEY), key(Authority::Sole, idp), key(Authority::Named, idp)].into()
    });
    let (config, issuers) = stack(rules, authority)?;
    let signer = if authority == Authority::Own { &KEY } else { idp::key("EdDSA") };
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
pub fn two_issuers() -> Issuers {
    stack(&json!([]), Authority::Named).unwrap().1
}

/// A configuration with these rules, and its issuers. With [`Authority::Sole`] there is no own pool.
fn stack(rules: &Value, authority: Authority) -> Option<(Config, Issuers)> {
    let authorizer = authorizer_of_two(rules, "https://idp.example.com/keys");
    let config = Config::parse(&json!({ "authorizer": authorizer }).to_string()).ok()?;
    let has_pool = authority != Authority::Sole;
    let issuers = Issuers::new(&config, |name| pool_env(name).filter(|_| has_pool)).ok()?;
    Some((config, issuers))
}
