//! The life of a key set: when it is fetched, how long it serves. What an unwell server can do is in `faults.rs`.

use std::sync::Arc;

use authorizer::{Failure, TokenError};
use futures_util::future::join_all;
use serde_json::json;

use crate::support::NOW;
use crate::support::gate;
use crate::support::issuer::{KEY, OTHER_KEY, jwks};
use crate::support::key_life::{COOLDOWN, MAX_STALE, TTL, after, config, healthy, outcome};
use crate::support::key_server::{KeyServer, Reply};

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
        let server = KeyServer::start(Reply::Send(503, Vec::new()));
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
async fn many_requests_at_once_share_one_fetch() {
    let server = KeyServer::start(Reply::json(&jwks(&[&KEY])));
    let gate = Arc::new(gate(&server.url, &config()));
    let outcomes = join_all((0..50).map(|_| outcome(&gate, &KEY, NOW))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(server.count(), 1);
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
