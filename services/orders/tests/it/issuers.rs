//! What an issuer other than the own pool may say, and what of it counts here: its subject identifies a
//! caller, but gives no rights.

use serde_json::json;

use crate::service::{Caller as _, POOL, Service, request, tea};

const PARTNER: &str = "https://partner.example/pool";

#[tokio::test]
async fn the_same_subject_of_two_issuers_never_shares_an_order() {
    let service = Service::new();
    let place = |issuer: &str, authority: &str| {
        let request = request("POST", "/orders").by("ann").header("Idempotency-Key", "k").json(&tea());
        request.said_by(issuer, authority)
    };
    // Each of these can be a home issuer: the pool, or another one while it is the only issuer.
    let mut ids = Vec::new();
    for (issuer, authority) in [(POOL, "own"), (PARTNER, "sole"), ("https://other.example", "sole")] {
        let placed = service.send(place(issuer, authority)).await;
        assert_eq!(placed.status, 201, "{issuer}: {}", placed.body);
        let list = request("GET", "/orders").by("ann").said_by(issuer, authority);
        assert_eq!(service.send(list).await.ids(), [placed.id()], "{issuer}");
        for others in &ids {
            let read = request("GET", &format!("/orders/{others}")).by("ann").said_by(issuer, authority);
            service.send(read).await.assert_problem(404, "order_not_found");
        }
        ids.push(placed.id());
    }
    let listed = service.send(request("GET", "/admin/orders").by_admin()).await;
    let owners: Vec<_> = listed.body["orders"].as_array().unwrap().iter().collect();
    assert!(owners.iter().all(|order| order["owner"] == "ann"), "{owners:?}");
    let issuers: Vec<_> = owners.iter().rev().map(|order| &order["ownerIssuer"]).collect();
    assert_eq!(issuers, [POOL, PARTNER, "https://other.example"]);
}

#[tokio::test]
async fn both_forms_of_the_own_pools_issuer_are_one_owner() {
    let service = Service::new();
    let id = service.placed("ann", tea()).await.id();
    let other_form = "https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI";
    let change = request("PATCH", &format!("/orders/{id}")).by("ann").said_by(other_form, "own");
    let changed = service.send(change.header("If-Match", "*").json(&json!({ "quantity": 4 }))).await;
    assert_eq!((changed.status.as_u16(), &changed.body["quantity"]), (200, &json!(4)), "{}", changed.body);
    let list = request("GET", "/orders").by("ann").said_by(other_form, "own");
    assert_eq!(service.send(list).await.ids(), [id]);
}

#[tokio::test]
async fn a_partners_groups_and_scopes_give_no_rights() {
    let service = Service::new();
    let id = service.placed("ann", tea()).await.id();
    let (own, anybodys) = (format!("/orders/{id}"), format!("/admin/orders/{id}"));
    let any = |method: &str, path: &str| request(method, path).header("If-Match", "*");
    for (request, code) in [
        (request("GET", "/admin/orders"), "forbidden"),
        (request("GET", &anybodys), "forbidden"),
        (any("PATCH", &anybodys).json(&json!({ "status": "confirmed" })), "forbidden"),
        (request("GET", "/reports/orders"), "insufficient_scope"),
        (request("POST", "/orders").json(&tea()), "insufficient_scope"),
        (any("PATCH", &own).json(&json!({ "quantity": 1 })), "insufficient_scope"),
        (any("DELETE", &own), "insufficient_scope"),
    ] {
        for token_use in ["access", "id"] {
            let all = "aws.cognito.signin.user.admin orders/read orders/write";
            let mut request = request.clone().known_as("ann", "admins", all).said_by(PARTNER, "named");
            request.0["requestContext"]["authorizer"]["token_use"] = json!(token_use);
            service.send(request).await.assert_problem(403, code);
        }
    }
    // Even a route without a condition shows no other owner's orders.
    let list = request("GET", "/orders").by("ann").said_by(PARTNER, "named");
    assert_eq!(service.send(list).await.ids(), [""; 0]);
}
