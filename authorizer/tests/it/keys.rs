//! The life of a key set: when it is fetched, how long it serves, what an unwell server can do.

use std::sync::Arc;
use std::time::Duration;

use authorizer::{Failure, Gate, TokenError, UnixTime};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::issuer::{KEY, OTHER_KEY, SigningKey, access_claims, jwks, with};
use crate::support::key_server::{KeyServer, Reply};
use crate::support::{NOW, event, gate, rules};

const TTL: u64 = 3_600;
const COOLDOWN: u64 = 10;
const MAX_STALE: u64 = 86_400;

fn config() -> Value {
    let jwks = json!({ "ttlSeconds": TTL, "cooldownSeconds": COOLDOWN, "maxStaleSeconds": MAX_STALE, "timeoutMillis": 500 });
    json!({ "rules": rules(), "jwks": jwks })
}

/// A token that is older and lives longer than any key set in here.
fn token(key: &SigningKey) -> String {
    let claims = with(access_claims(), "iat", json!(NOW.0 - 10 * MAX_STALE));
    key.token(&with(claims, "exp", json!(NOW.0 + 10 * MAX_STALE)))
}

fn after(seconds: u64) -> UnixTime {
    UnixTime(NOW.0 + seconds)
}

async fn outcome(gate: &Gate, key: &SigningKey, now: UnixTime) -> Result<(), Failure> {
    gate.authorize(&event(&token(key)), now).await.map(drop)
}

async fn healthy() -> (KeyServer, Gate) {
    let server = KeyServer::start(Reply::json(&jwks(&[&KEY]))).await;
    let gate = gate(&server.url, &config());
    gate.prefetch(NOW).await;
    assert_eq!(server.count(), 1);
    (server, gate)
}

#[tokio::test]
async fn a_prefetched_set_serves_until_its_time_is_up_and_is_then_fetched_once() {
    let (server, gate) = healthy().await;
    for now in [NOW, after(1), after(TTL - 1)] {
        assert_eq!(outcome(&gate, &KEY, now).await, Ok(()));
    }
    assert_eq!(server.count(), 1);
    for now in [after(TTL), after(TTL + 1), after(2 * TTL - 1)] {
        assert_eq!(outcome(&gate, &KEY, now).await, Ok(()));
    }
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_set_that_could_not_be_prefetched_is_fetched_when_it_is_needed() {
    let (server, gate) = {
        let server = KeyServer::start(Reply::Send(503, Vec::new())).await;
        let gate = gate(&server.url, &config());
        gate.prefetch(NOW).await;
        (server, gate)
    };
    server.reply_with(Reply::json(&jwks(&[&KEY])));
    assert_eq!(outcome(&gate, &KEY, after(COOLDOWN - 1)).await, Err(Failure::KeysUnavailable));
    assert_eq!(server.count(), 1);
    assert_eq!(outcome(&gate, &KEY, after(COOLDOWN)).await, Ok(()));
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_new_key_is_found_at_the_next_fetch_that_the_cooldown_allows() {
    let (server, gate) = healthy().await;
    server.reply_with(Reply::json(&jwks(&[&KEY, &OTHER_KEY])));
    assert_eq!(outcome(&gate, &OTHER_KEY, after(COOLDOWN - 1)).await, Err(TokenError::UnknownKey.into()));
    assert_eq!(server.count(), 1);
    assert_eq!(outcome(&gate, &OTHER_KEY, after(COOLDOWN)).await, Ok(()));
    assert_eq!(outcome(&gate, &KEY, after(COOLDOWN)).await, Ok(()));
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_key_that_was_taken_out_of_the_set_is_gone_with_the_next_fetch() {
    let (server, gate) = healthy().await;
    server.reply_with(Reply::json(&jwks(&[&OTHER_KEY])));
    assert_eq!(outcome(&gate, &KEY, after(TTL - 1)).await, Ok(()));
    assert_eq!(outcome(&gate, &KEY, after(TTL)).await, Err(TokenError::UnknownKey.into()));
}

#[tokio::test]
async fn while_the_server_is_unwell_known_keys_serve_until_they_are_too_old() {
    let big = format!("{{\"keys\":[],\"x\":\"{}\"}}", "a".repeat(5_000_000));
    let good = jwks(&[&KEY]).to_string().into_bytes();
    for reply in [
        Reply::Send(500, good.clone()),
        Reply::Send(404, good.clone()),
        Reply::Send(204, Vec::new()),
        Reply::Send(200, b"<html>busy</html>".to_vec()),
        Reply::Send(200, good[..good.len() - 1].to_vec()),
        Reply::Send(200, b"{\"keys\":[]}".to_vec()),
        Reply::Send(200, Vec::new()),
        Reply::Send(200, big.into_bytes()),
        Reply::Redirect("http://127.0.0.1:9/jwks.json".to_owned()),
        Reply::BreakOff,
        Reply::Hang,
        Reply::Drip(good),
    ] {
        let (server, gate) = healthy().await;
        server.reply_with(reply);
        assert_eq!(outcome(&gate, &KEY, after(TTL)).await, Ok(()));
        assert_eq!(outcome(&gate, &OTHER_KEY, after(TTL + 1)).await, Err(TokenError::UnknownKey.into()));
        assert_eq!(server.count(), 2, "within the cooldown");
        assert_eq!(outcome(&gate, &KEY, after(MAX_STALE - 1)).await, Ok(()));
        assert_eq!(server.count(), 3);
        assert_eq!(outcome(&gate, &KEY, after(MAX_STALE)).await, Err(Failure::KeysUnavailable));

        server.reply_with(Reply::json(&jwks(&[&KEY])));
        assert_eq!(outcome(&gate, &KEY, after(MAX_STALE + COOLDOWN)).await, Ok(()));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let trap = KeyServer::start(Reply::json(&jwks(&[&OTHER_KEY]))).await;
    let server = KeyServer::start(Reply::Redirect(format!("{}/jwks.json", trap.url))).await;
    let gate = gate(&server.url, &config());
    assert_eq!(outcome(&gate, &OTHER_KEY, NOW).await, Err(Failure::KeysUnavailable));
    assert_eq!((server.count(), trap.count()), (1, 0));
}

#[tokio::test]
async fn many_requests_at_once_share_one_fetch() {
    let server = KeyServer::start(Reply::json(&jwks(&[&KEY]))).await;
    let gate = Arc::new(gate(&server.url, &config()));
    let outcomes = join_all((0..50).map(|_| outcome(&gate, &KEY, NOW))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn tokens_with_made_up_key_ids_cause_one_fetch_a_cooldown_and_shut_nobody_out() {
    let (server, gate) = healthy().await;
    for second in 0..30 {
        let made_up = (0..20).map(|n| {
            KEY.token_with(&json!({ "alg": "RS256", "kid": format!("k{second}-{n}") }), &access_claims())
        });
        for token in made_up {
            let failed = gate.authorize(&event(&token), after(second)).await.unwrap_err();
            assert_eq!(failed, TokenError::UnknownKey.into());
        }
        assert_eq!(outcome(&gate, &KEY, after(second)).await, Ok(()));
    }
    assert_eq!(server.count(), 3, "the prefetch, and one each at 10 and 20 seconds");
}

#[tokio::test]
async fn a_clock_that_jumps_neither_keeps_old_keys_for_ever_nor_opens_the_floodgates() {
    let (server, gate) = healthy().await;
    let back = UnixTime(NOW.0 - TTL);
    assert_eq!(outcome(&gate, &KEY, back).await, Ok(()));
    assert_eq!(server.count(), 2);
    for _ in 0..5 {
        assert_eq!(outcome(&gate, &OTHER_KEY, back).await, Err(TokenError::UnknownKey.into()));
    }
    assert_eq!(server.count(), 2);
    assert_eq!(outcome(&gate, &KEY, after(2 * MAX_STALE)).await, Ok(()));
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn one_issuer_that_is_down_holds_up_no_other() {
    let well = KeyServer::start(Reply::json(&jwks(&[&KEY]))).await;
    let unwell = KeyServer::start(Reply::Hang).await;
    let mut config = config();
    config["issuers"] =
        json!([{ "issuer": "https://login.example.com", "jwksUri": unwell.url, "clientIds": ["partner"] }]);
    let gate = gate(&well.url, &config);
    tokio::time::timeout(Duration::from_secs(20), gate.prefetch(NOW)).await.expect("an end of waiting");
    assert_eq!(outcome(&gate, &KEY, NOW).await, Ok(()));
    assert_eq!(well.count(), 1);
}

#[tokio::test]
async fn keys_can_come_from_a_file_that_is_read_again_when_its_time_is_up() {
    let path = std::env::temp_dir().join(format!("gatehouse-jwks-{}.json", std::process::id()));
    std::fs::write(&path, jwks(&[&KEY]).to_string()).unwrap();
    let mut config = config();
    config["jwks"]["file"] = json!(path);
    let nowhere = "http://127.0.0.1:9";
    let gate = gate(nowhere, &config);
    assert_eq!(outcome(&gate, &KEY, NOW).await, Ok(()));

    std::fs::write(&path, jwks(&[&OTHER_KEY]).to_string()).unwrap();
    assert_eq!(outcome(&gate, &KEY, after(TTL - 1)).await, Ok(()));
    assert_eq!(outcome(&gate, &OTHER_KEY, after(TTL)).await, Ok(()));

    std::fs::remove_file(&path).unwrap();
    assert_eq!(outcome(&gate, &OTHER_KEY, after(3 * TTL)).await, Ok(()));
    assert_eq!(outcome(&gate, &OTHER_KEY, after(TTL + MAX_STALE)).await, Err(Failure::KeysUnavailable));
}
