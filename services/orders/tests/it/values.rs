//! Which values a request may contain. One answer names every mistake, and no answer repeats a value.

use serde_json::{Value, json};

use crate::service::{Answer, Caller as _, Service, request, tea};

async fn place(body: Value) -> Answer {
    Service::new().send(request("POST", "/orders").by("ann").json(&body)).await
}

fn tea_with(pointer: &str, value: Value) -> Value {
    let mut body = tea();
    *body.pointer_mut(pointer).unwrap() = value;
    body
}

#[tokio::test]
async fn every_mistake_of_an_order_is_named_by_its_place() {
    let answer = place(json!({
        "item": "hunter2\n", "quantity": 0, "price": { "amount": -1, "currency": "eur", "vat": 19 }, "colour": 1
    }))
    .await;
    answer.assert_places(&[
        "/colour",
        "/item",
        "/price/amount",
        "/price/currency",
        "/price/vat",
        "/quantity",
    ]);
    assert!(!answer.body.to_string().contains("hunter2"));
    place(json!({ "quantity": 0 })).await.assert_places(&["", "/quantity"]);
    place(tea_with("/price", json!({}))).await.assert_places(&["/price"]);
}

#[tokio::test]
async fn values_at_their_limits_are_taken_and_beyond_them_refused() {
    for (pointer, good, bad) in [
        (
            "/quantity",
            vec![json!(1), json!(999)],
            vec![json!(0), json!(1000), json!(1.5), json!("1"), json!(null)],
        ),
        ("/price/amount", vec![json!(0), json!(99_999_999)], vec![json!(-1), json!(100_000_000), json!(1e3)]),
        ("/price/currency", vec![json!("JPY")], vec![json!("XXX"), json!("eur"), json!(978), json!("")]),
        (
            "/item",
            vec![json!("x"), json!("ü".repeat(200))],
            vec![json!(""), json!(" x"), json!("x".repeat(201))],
        ),
    ] {
        for value in good {
            assert_eq!(place(tea_with(pointer, value.clone())).await.status, 201, "{pointer} {value}");
        }
        for value in bad {
            place(tea_with(pointer, value)).await.assert_places(&[pointer]);
        }
    }
}

#[tokio::test]
async fn a_body_of_another_form_or_type_is_refused_with_the_reason() {
    let service = Service::new();
    let place = || request("POST", "/orders").by("ann");
    for text in ["", "{", "[]", "null", r#"{"item": "a", "item": "b"}"#] {
        service.send(place().text(text)).await.assert_problem(400, "invalid_json");
    }
    let typed = place().json(&tea()).header("Content-Type", "text/plain");
    service.send(typed).await.assert_problem(415, "unsupported_media_type");
    service.send(place().text(&"x".repeat(20_000))).await.assert_problem(413, "payload_too_large");
    service.send(request("PUT", "/orders").by("ann")).await.assert_problem(405, "method_not_allowed");
}

#[tokio::test]
async fn a_change_names_something_and_removes_nothing() {
    let service = Service::new();
    let id = service.placed("ann", tea()).await.id();
    let change = |body: Value| {
        request("PATCH", &format!("/orders/{id}")).by("ann").header("If-Match", "\"1\"").json(&body)
    };
    service.send(change(json!({}))).await.assert_places(&[""]);
    for field in ["item", "quantity", "price", "status"] {
        service.send(change(json!({ field: null }))).await.assert_places(&[&format!("/{field}")]);
    }
    let body = json!({ "status": "lost", "quantity": 0, "id": id, "version": 9 });
    service.send(change(body)).await.assert_places(&["/id", "/quantity", "/status", "/version"]);
}

#[tokio::test]
async fn a_limit_is_a_number_and_no_parameter_comes_twice() {
    let service = Service::new();
    let list = |query: &[(&str, &str)]| request("GET", "/orders").by("ann").query(query);
    for bad in ["0", "101", "-1", "+1", "1e1", " 1", "", "x", "99999999999"] {
        service.send(list(&[("limit", bad)])).await.assert_places(&["/limit"]);
    }
    service.send(list(&[("limit", "0"), ("page", "2")])).await.assert_places(&["/limit", "/page"]);
    service.send(list(&[("limit", "1"), ("limit", "2")])).await.assert_places(&["/limit"]);
    for good in ["1", "100", "007"] {
        assert_eq!(service.send(list(&[("limit", good)])).await.status, 200, "{good}");
    }
}
