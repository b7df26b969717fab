//! The life of a key set: when it is fetched, and how long it is used. `faults.rs` has the failures of a key
//! server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use authorizer::{
    AuthorizeError, Gate, KeyError, KeyId, KeyProvider, KeySource, TokenError, TrustedIssuer, UnixTime,
};
use futures_util::future::join_all;
use platform::identity::TokenUse;
use serde_json::json;
use testkit::authorizer_event::event;
use testkit::files::TempFile;
use testkit::issuer::{CLIENT, ISSUER, KEY, OTHER_KEY, jwks, with};
use testkit::key_server::{KeyServer, Reply};
use tokio::time::sleep;

use crate::support::key_life::{
    COOLDOWN, MAX_STALE, NEXT, TIMEOUT, TTL, after, config, healthy, lasting_claims, outcome,
};
use crate::support::{NOW, gate};

const PARTNER: &str = "https://login.example.com";

#[tokio::test]
async fn a_prefetched_set_serves_its_lifetime_then_is_fetched_once() {
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
async fn a_set_whose_prefetch_failed_is_fetched_when_needed() {
    let (server, gate) = {
        let server = KeyServer::start(Reply::Send(503, Vec::new()));
        let gate = gate(&server.url, &config());
        gate.prefetch(NOW).await;
        (server, gate)
    };
    server.reply_with(Reply::json(&jwks(&[&KEY])));
    let soon = NOW.after(Duration::from_millis(200));
    assert_eq!(outcome(&gate, &KEY, soon).await, Err(AuthorizeError::KeysUnavailable));
    assert_eq!(server.count(), 2, "the prefetch tried twice");
    assert_eq!(outcome(&gate, &KEY, after(1)).await, Ok(()), "and the pause after that is short");
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_momentary_fault_without_a_set_makes_no_request_fail() {
    for fault in [Reply::Send(503, Vec::new()), Reply::Send(500, Vec::new()), Reply::Reset, Reply::BreakOff] {
        let server = KeyServer::start(Reply::json(&jwks(&[&KEY])));
        let gate = gate(&server.url, &config());
        server.reply_first([fault]);
        assert_eq!(outcome(&gate, &KEY, NOW).await, Ok(()));
        assert_eq!(server.count(), 2);
    }
}

#[tokio::test]
async fn only_a_momentary_fault_is_tried_again_at_once() {
    let faults = [403, 404, 408, 429].map(|status| Reply::Send(status, Vec::new()));
    for fault in faults.into_iter().chain([
        Reply::Hang,
        Reply::json(&json!({ "keys": [] })),
        // This leaves the second try less than half of the time.
        Reply::LateStatus(TIMEOUT / 2, 503),
    ]) {
        let server = KeyServer::start(Reply::json(&jwks(&[&KEY])));
        let gate = gate(&server.url, &config());
        server.reply_first([fault]);
        assert_eq!(outcome(&gate, &KEY, NOW).await, Err(AuthorizeError::KeysUnavailable));
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn a_set_in_use_is_renewed_with_one_try() {
    let (server, gate) = healthy().await;
    server.reply_first([Reply::Send(503, Vec::new())]);
    assert_eq!(outcome(&gate, &KEY, after(TTL)).await, Ok(()));
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn both_tries_together_take_no_longer_than_one_may() {
    let server = KeyServer::start(Reply::Hang);
    let gate = gate(&server.url, &config());
    server.reply_first([Reply::Send(503, Vec::new())]);
    let started = Instant::now();
    assert_eq!(outcome(&gate, &KEY, NOW).await, Err(AuthorizeError::KeysUnavailable));
    let took = started.elapsed();
    assert!((TIMEOUT..TIMEOUT + TIMEOUT / 2).contains(&took), "{took:?}");
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn the_cooldown_runs_from_the_end_of_a_fetch() {
    let (server, gate) = healthy().await;
    let slow = TIMEOUT * 4 / 5;
    server.reply_with(Reply::Late(slow, jwks(&[&KEY]).to_string().into_bytes()));
    assert_eq!(outcome(&gate, &OTHER_KEY, after(NEXT)).await, Err(TokenError::UnknownKey.into()));
    assert_eq!(server.count(), 2);
    let since_its_start = |time| after(NEXT + COOLDOWN).after(time);
    let early = since_its_start(TIMEOUT * 7 / 10);
    assert_eq!(outcome(&gate, &OTHER_KEY, early).await, Err(TokenError::UnknownKey.into()));
    assert_eq!(server.count(), 2);
    let late = since_its_start(Duration::from_secs(1));
    assert_eq!(outcome(&gate, &OTHER_KEY, late).await, Err(TokenError::UnknownKey.into()));
    assert_eq!(server.count(), 3);
}

/// The stack's own pool and another issuer, each with its server.
async fn two_issuers(partner: Reply) -> (KeyServer, KeyServer, Gate) {
    let own = KeyServer::start(Reply::json(&jwks(&[&KEY])));
    let partner = KeyServer::start(partner);
    let mut config = config();
    config["issuers"] = json!([{ "issuer": PARTNER, "jwksUri": partner.url, "clientIds": ["partner"] }]);
    let gate = gate(&own.url, &config);
    gate.prefetch(NOW).await;
    (own, partner, gate)
}

fn partner_token() -> String {
    OTHER_KEY.token(&with(with(lasting_claims(), "iss", json!(PARTNER)), "client_id", json!("partner")))
}

#[tokio::test]
async fn another_issuers_set_is_prefetched_in_the_background() {
    let (own, partner, gate) = two_issuers(Reply::json(&jwks(&[&OTHER_KEY]))).await;
    while partner.count() == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    for _ in 0..4 {
        assert!(gate.authorize(&event(&partner_token()), NOW).await.is_ok());
    }
    assert_eq!((own.count(), partner.count()), (1, 1));
}

#[tokio::test]
async fn a_token_before_the_background_fetch_ends_waits_for_it() {
    let late = Reply::Late(TIMEOUT / 2, jwks(&[&OTHER_KEY]).to_string().into_bytes());
    let (own, partner, gate) = two_issuers(late).await;
    let started = Instant::now();
    let event = event(&partner_token());
    let outcomes = join_all((0..10).map(|_| gate.authorize(&event, NOW))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert!(started.elapsed() > TIMEOUT / 4, "it was under way: {:?}", started.elapsed());
    assert_eq!((own.count(), partner.count()), (1, 1));
}

#[tokio::test]
async fn another_issuers_missing_set_is_fetched_when_a_token_needs_it() {
    let (_own, partner, gate) = two_issuers(Reply::Send(404, Vec::new())).await;
    let event = event(&partner_token());
    assert_eq!(gate.authorize(&event, NOW).await.unwrap_err(), AuthorizeError::KeysUnavailable);
    partner.reply_with(Reply::json(&jwks(&[&OTHER_KEY])));
    assert!(gate.authorize(&event, after(1)).await.is_ok());
    assert_eq!(partner.count(), 2);
}

/// The other form of a pool's issuer, which answers 403 unless the pool has opted in to it.
struct OtherForm {
    server: KeyServer,
    issuer: Arc<TrustedIssuer>,
    keys: KeyProvider,
}

impl OtherForm {
    fn new(reply: Reply) -> Self {
        let server = KeyServer::start(reply);
        let source = KeySource::Url(server.url.clone());
        let uses = vec![TokenUse::Access];
        let issuer = TrustedIssuer::cognito(ISSUER.to_owned(), vec![CLIENT.to_owned()], uses, source);
        let issuer = Arc::new(TrustedIssuer {
            authority: platform::identity::Authority::Own,
            is_optional: true,
            ..issuer
        });
        let keys = KeyProvider::new(&crate::support::config(&config()).authorizer.jwks).unwrap();
        Self { server, issuer, keys }
    }

    async fn key(&self, now: UnixTime) -> Result<(), KeyError> {
        let id = KeyId::parse(KEY.id.to_owned()).unwrap();
        self.keys.key(&self.issuer, &id, now).await.map(drop)
    }
}

#[tokio::test]
async fn a_token_of_an_unused_issuer_form_is_bad_and_no_outage() {
    for status in [403, 404, 400, 410] {
        let form = OtherForm::new(Reply::Send(status, Vec::new()));
        for _ in 0..3 {
            assert_eq!(form.key(NOW).await, Err(KeyError::Unknown), "{status}");
        }
        assert_eq!(form.server.count(), 1, "{status}");
        form.server.reply_with(Reply::json(&jwks(&[&KEY])));
        assert_eq!(form.key(after(1)).await, Ok(()), "the pool has it now");
    }
}

#[tokio::test]
async fn another_failure_of_an_issuer_forms_server_is_an_outage() {
    let statuses = [500, 503, 429, 408, 302, 204].map(|status| Reply::Send(status, Vec::new()));
    let others = [Reply::Hang, Reply::Reset, Reply::json(&json!({ "keys": [] }))];
    for reply in statuses.into_iter().chain(others) {
        let form = OtherForm::new(reply);
        assert_eq!(form.key(NOW).await, Err(KeyError::Unavailable));
    }
    let mut form = OtherForm::new(Reply::Hang);
    form.server.refuse().await;
    assert_eq!(form.key(NOW).await, Err(KeyError::Unavailable));
}

#[tokio::test]
async fn an_issuer_form_that_gave_a_set_is_treated_like_any_issuer() {
    let form = OtherForm::new(Reply::json(&jwks(&[&KEY])));
    assert_eq!(form.key(NOW).await, Ok(()));
    form.server.reply_with(Reply::Send(403, Vec::new()));
    assert_eq!(form.key(after(TTL)).await, Ok(()));
    assert_eq!(form.key(after(MAX_STALE)).await, Err(KeyError::Unavailable));
    assert_eq!(form.server.count(), 3);
}

#[tokio::test]
async fn an_issuer_form_that_no_token_names_is_not_requested() {
    let form = OtherForm::new(Reply::json(&jwks(&[&KEY])));
    form.keys.prefetch([&form.issuer].into_iter(), NOW).await;
    sleep(Duration::from_millis(50)).await;
    assert_eq!(form.server.count(), 0);
}

#[tokio::test]
async fn an_unused_issuer_form_causes_at_most_eleven_fetches_a_minute() {
    let form = OtherForm::new(Reply::Send(403, Vec::new()));
    for n in 0..10_000 {
        assert_eq!(form.key(NOW.after(Duration::from_millis(6 * n))).await, Err(KeyError::Unknown));
    }
    let count = form.server.count();
    assert!((8..=11).contains(&count), "{count} fetches");
}

#[tokio::test]
async fn a_new_key_is_found_at_the_first_fetch_after_the_cooldown() {
    let (server, gate) = healthy().await;
    server.reply_with(Reply::json(&jwks(&[&KEY, &OTHER_KEY])));
    assert_eq!(outcome(&gate, &OTHER_KEY, after(COOLDOWN - 1)).await, Err(TokenError::UnknownKey.into()));
    assert_eq!(server.count(), 1);
    assert_eq!(outcome(&gate, &OTHER_KEY, after(NEXT)).await, Ok(()));
    assert_eq!(outcome(&gate, &KEY, after(NEXT)).await, Ok(()));
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_key_removed_from_the_set_is_gone_after_the_next_fetch() {
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
async fn keys_can_come_from_a_file_that_is_reread_after_its_lifetime() {
    let file = TempFile::new(jwks(&[&KEY]).to_string());
    let mut config = config();
    config["jwks"]["file"] = json!(file.path());
    let nowhere = "http://127.0.0.1:9";
    let gate = gate(nowhere, &config);
    assert_eq!(outcome(&gate, &KEY, NOW).await, Ok(()));

    file.write(jwks(&[&OTHER_KEY]).to_string());
    assert_eq!(outcome(&gate, &KEY, after(TTL - 1)).await, Ok(()));
    assert_eq!(outcome(&gate, &OTHER_KEY, after(TTL)).await, Ok(()));

    drop(file);
    assert_eq!(outcome(&gate, &OTHER_KEY, after(3 * TTL)).await, Ok(()));
    assert_eq!(
        outcome(&gate, &OTHER_KEY, after(TTL + MAX_STALE)).await,
        Err(AuthorizeError::KeysUnavailable)
    );
}
