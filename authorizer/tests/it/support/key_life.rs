//! One issuer's keys over time: a gate with known lifetimes, and tokens that stay valid for longer than all
//! of them.
//!
//! The time is an argument, so hours pass at once. Only sockets need real time.

use std::time::Duration;

use authorizer::{AuthorizeError, Gate, UnixTime};
use serde_json::{Value, json};
use testkit::authorizer_event::event;
use testkit::issuer::{KEY, SigningKey, access_claims, jwks, with};
use testkit::key_server::{KeyServer, Reply};

use super::{NOW, gate, rules};

pub(crate) const TTL: u64 = 3_600;
pub(crate) const COOLDOWN: u64 = 10;
/// How long after the start of an attempt the next one is allowed: the cooldown counts from its end, and no
/// attempt in these tests takes a second.
pub(crate) const NEXT: u64 = COOLDOWN + 1;
pub(crate) const MAX_STALE: u64 = 86_400;
/// How long a fetch may take.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(500);

pub(crate) fn config() -> Value {
    let jwks = json!({
        "ttlSeconds": TTL, "cooldownSeconds": COOLDOWN, "maxStaleSeconds": MAX_STALE,
        "timeoutMillis": u64::try_from(TIMEOUT.as_millis()).unwrap(),
    });
    json!({ "rules": rules(), "jwks": jwks })
}

pub(crate) fn after(seconds: u64) -> UnixTime {
    UnixTime::from_secs(NOW.secs() + seconds)
}

/// Claims that were issued before any key set in these tests was fetched, and stay valid for longer than any.
pub(crate) fn lasting_claims() -> Value {
    let claims = with(access_claims(), "iat", json!(NOW.secs() - 10 * MAX_STALE));
    with(claims, "exp", json!(NOW.secs() + 10 * MAX_STALE))
}

pub(crate) fn token(key: &SigningKey) -> String {
    key.token(&lasting_claims())
}

pub(crate) async fn outcome(gate: &Gate, key: &SigningKey, now: UnixTime) -> Result<(), AuthorizeError> {
    gate.authorize(&event(&token(key)), now).await.map(drop)
}

/// A gate that has fetched [`KEY`] from a healthy server.
pub(crate) async fn healthy() -> (KeyServer, Gate) {
    let server = KeyServer::start(Reply::json(&jwks(&[&KEY])));
    let gate = gate(&server.url, &config());
    gate.prefetch(NOW).await;
    assert_eq!(server.count(), 1);
    (server, gate)
}
