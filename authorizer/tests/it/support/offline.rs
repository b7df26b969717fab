//! The gate without a key server: keys come from a file that is read once, so that a test of many cases
//! pays for none of them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use authorizer::{
    BearerToken, Expected, Failure, Gate, Issuers, KeyProvider, KeySource, TokenError, TrustedIssuer,
    UnixTime, UnverifiedToken, VerifiedClaims, VerifyingKey,
};
use platform::config::{Config, Jwks};
use platform::identity::{Authority, TokenUse};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::issuer::{KEY, jwks};
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

/// A gate for the pool [`POOL`] that takes access and ID tokens and has [`KEY`] since `now`.
pub(crate) fn gate(rules: &Value, now: UnixTime) -> Gate {
    let file = KeyFile::new(jwks(&[&KEY]).to_string().as_bytes());
    let config = json!({ "authorizer": {
        "rules": rules, "tokenUse": ["access", "id"], "jwks": { "file": file.0, "ttlSeconds": 86_400 },
    } });
    let env = |name: &str| match name {
        "USER_POOL_ID" => Some(POOL.to_owned()),
        "USER_POOL_CLIENT_ID" => Some(CLIENT.to_owned()),
        _ => None,
    };
    let gate = Gate::new(&Config::parse(&config.to_string()).unwrap(), env).unwrap();
    RUNTIME.block_on(gate.prefetch(now));
    gate
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
    static VERIFYING_KEY: LazyLock<VerifyingKey> = LazyLock::new(|| {
        let file = KeyFile::new(jwks(&[&KEY]).to_string().as_bytes());
        let keys = KeyProvider::new(&Jwks::default()).unwrap();
        let token = KEY.token(&super::issuer::access_claims());
        let token = BearerToken::parse_bare(&token).unwrap();
        let token = UnverifiedToken::parse(&token, &no_issuers()).unwrap();
        RUNTIME.block_on(keys.key(&issuer(&file), token.key_id(), NOW)).unwrap().key
    });
    verified_with(&VERIFYING_KEY, &KEY.token(claims), NOW)
}

/// What a key of an issuer makes of a token.
pub(crate) fn verified_with(
    key: &VerifyingKey,
    token: &str,
    now: UnixTime,
) -> Result<VerifiedClaims, TokenError> {
    let issuers = [Arc::new(key.issuer().clone())].into_iter().collect();
    let expected = Expected { leeway: 0, now, resource: Vec::new() };
    UnverifiedToken::parse(&BearerToken::parse_bare(token)?, &issuers)?.verify(key, &expected)
}
