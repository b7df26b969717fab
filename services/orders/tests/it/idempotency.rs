//! The same request, sent again with the same key.

use serde_json::json;
use testkit::request::Request;

use crate::memory::InjectedFault;
use crate::service::{Caller as _, DAY, NOON, Service, request, tea};

fn place(who: &str, key: &str) -> Request {
    request("POST", "/orders").by(who).header("Idempotency-Key", key).json(&tea())
}

#[tokio::test]
async fn the_same_again_is_answered_the_same_and_places_nothing() {
    let service = Service::new();
    let first = service.send(place("ann", "k")).await;
    assert_eq!(first.status, 201);
    let change = request("PATCH", &format!("/orders/{}", first.id())).by("ann").header("If-Match", "*");
    service.send(change.json(&json!({ "quantity": 9 }))).await;
    service.set_time(NOON + DAY - 1000);
    let again = service.send(place("ann", "k")).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    for header in ["location", "etag"] {
        assert_eq!(again.header(header), first.header(header));
    }
    assert_eq!(service.send(request("GET", "/orders").by("ann")).await.ids(), [first.id()]);
}

#[tokio::test]
async fn something_else_under_the_same_key_is_refused() {
    let service = Service::new();
    service.send(place("ann", "k")).await;
    let mut other = tea();
    other["quantity"] = json!(4);
    service.send(place("ann", "k").json(&other)).await.assert_problem(422, "idempotency_key_reused");
}

#[tokio::test]
async fn a_key_is_its_owners_and_lasts_a_day() {
    let service = Service::new();
    let first = service.send(place("ann", "k")).await.id();
    assert_ne!(service.send(place("bob", "k")).await.id(), first);
    service.set_time(NOON + DAY);
    assert_ne!(service.send(place("ann", "k")).await.id(), first);
}

#[tokio::test]
async fn while_the_first_is_in_progress_the_second_must_wait() {
    let service = Service::new();
    service.inject(InjectedFault::InProgress);
    let answer = service.send(place("ann", "k")).await;
    answer.assert_problem(409, "idempotency_key_in_work");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn an_unusable_key_is_refused_and_a_missing_one_is_fine() {
    let service = Service::new();
    for bad in ["", " ", "a b", "ä", &"k".repeat(129)] {
        service.send(place("ann", bad)).await.assert_problem(400, "invalid_idempotency_key");
    }
    assert_ne!(service.placed("ann", tea()).await.id(), service.placed("ann", tea()).await.id());
}
