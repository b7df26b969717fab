//! Totals for programs.

use platform::config::Config;
use serde_json::{Value, json};
use testkit::request::Parameters;

use crate::contract::sample;
use crate::service::{Answer, Caller as _, DAY, NOON, Service, request};

async fn report(service: &Service, scopes: &str, query: &[(&str, &str)]) -> Answer {
    service.send(request("GET", "/reports/orders").known_as("machine", "", scopes).query(query)).await
}

fn order(quantity: u32, amount: u32, currency: &str) -> Value {
    json!({ "item": "x", "quantity": quantity, "price": { "amount": amount, "currency": currency } })
}

#[tokio::test]
async fn only_the_scope_opens_them() {
    let service = Service::new();
    for scopes in ["", "orders/write", "orders/read2", "ORDERS/READ", "aws.cognito.signin.user.admin"] {
        report(&service, scopes, &[]).await.assert_problem(403, "insufficient_scope");
    }
    let admin = request("GET", "/reports/orders").known_as("root", "admins orders/read", "");
    service.send(admin).await.assert_problem(403, "insufficient_scope");
    assert_eq!(report(&service, "orders/write orders/read", &[]).await.status, 200);
}

#[tokio::test]
async fn the_scope_is_that_of_the_configured_resource_server() {
    let with = |json: &str| Service::with_config(&Config::parse(json).unwrap());
    let shop = with(r#"{"userPool": {"resourceServer": {"identifier": "shop", "scopes": ["read"]}}}"#);
    assert_eq!(report(&shop, "shop/read", &[]).await.status, 200);
    report(&shop, "orders/read", &[]).await.assert_problem(403, "insufficient_scope");
    let none = with(r#"{"userPool": {"resourceServer": null}}"#);
    report(&none, "orders/read /read read", &[]).await.assert_problem(403, "insufficient_scope");
}

#[tokio::test]
async fn they_add_up_by_day_and_currency_without_what_was_called_off() {
    let service = Service::new();
    for (days_ago, who, body) in [
        (40, "ann", order(1, 1, "EUR")),
        (2, "ann", order(2, 100, "EUR")),
        (2, "bob", order(3, 50, "EUR")),
        (2, "bob", order(999, 99_999_999, "JPY")),
        (0, "ann", order(1, 7, "USD")),
    ] {
        service.set_time(NOON - days_ago * DAY);
        service.placed(who, body).await;
    }
    let cancelled = service.placed("bob", order(5, 5, "USD")).await.id();
    let cancel = request("PATCH", &format!("/orders/{cancelled}")).by("bob").header("If-Match", "*");
    assert_eq!(service.send(cancel.json(&json!({ "status": "cancelled" }))).await.status, 200);

    let answer = report(&service, "orders/read", &[]).await;
    assert_eq!(
        answer.body,
        json!({ "from": "2026-02-08", "to": "2026-03-10", "totals": [
            { "day": "2026-03-08", "currency": "EUR", "orders": 2, "amount": 350 },
            { "day": "2026-03-08", "currency": "JPY", "orders": 1, "amount": 99_899_999_001_u64 },
            { "day": "2026-03-10", "currency": "USD", "orders": 1, "amount": 7 },
        ]})
    );
    let one = report(&service, "orders/read", &[("from", "2026-03-09"), ("to", "2026-03-09")]).await;
    assert_eq!(one.body["totals"], json!([]));
}

#[tokio::test]
async fn they_have_their_bounds() {
    let service = Service::new();
    let bad: [(Parameters<'_>, &[&str]); 3] = [
        (&[("from", "2026-02-07"), ("to", "2026-03-10")], &["/from"]),
        (&[("from", "2026-03-10"), ("to", "2026-03-09")], &["/from"]),
        (&[("from", "x"), ("to", "y"), ("limit", "1")], &["/from", "/limit", "/to"]),
    ];
    for (query, places) in bad {
        report(&service, "orders/read", query).await.assert_places(places);
    }
    service.memory.fill((0..=10_000).map(|number| sample("ann", NOON, number)));
    report(&service, "orders/read", &[]).await.assert_problem(422, "report_too_large");
    let yesterday = report(&service, "orders/read", &[("to", "2026-03-09")]).await;
    assert_eq!(yesterday.status, 200, "fewer days are not too many");
    service.memory.forget_one();
    let answer = report(&service, "orders/read", &[]).await;
    assert_eq!(answer.body["totals"][0]["orders"], 10_000, "read page by page to the end");
}
