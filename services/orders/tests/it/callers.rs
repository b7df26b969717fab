//! Who may write: people who have signed in, and programs with the scope.

use platform::config::Config;
use serde_json::json;
use testkit::request::Request;

use crate::service::{Caller as _, Service, request, tea};

const READ_ONLY: [&str; 6] =
    ["", "orders/read", "openid email", "orders/write2", "ORDERS/WRITE", "aws.cognito.signin.user"];

/// One valid request to every route that writes.
fn writes(id: &str) -> Vec<Request> {
    let order = format!("/orders/{id}");
    let advanced = format!("/admin/orders/{id}");
    let any = |method: &str, path: &str| request(method, path).header("If-Match", "*");
    vec![
        request("POST", "/orders").json(&tea()),
        any("PATCH", &order).json(&json!({ "quantity": 1 })),
        any("PATCH", &order).json(&json!({ "status": "shipped" })),
        any("DELETE", &order),
        any("PATCH", &advanced).json(&json!({ "status": "confirmed" })),
        request("POST", "/orders").text("{"),
        request("PATCH", "/orders/x").text("{"),
        request("DELETE", "/orders/x"),
        request("PATCH", "/admin/orders/x").text("{"),
    ]
}

#[tokio::test]
async fn a_read_only_token_writes_nothing_and_reads_on() {
    let service = Service::new();
    let placed = service.placed("ann", tea()).await;
    let path = format!("/orders/{}", placed.id());
    for scopes in READ_ONLY {
        for request in writes(&placed.id()) {
            // This includes an administrator who only allowed an app to read.
            service
                .send(request.known_as("ann", "admins", scopes))
                .await
                .assert_problem(403, "insufficient_scope");
        }
        let read = service.send(request("GET", &path).known_as("ann", "", scopes)).await;
        assert_eq!(read.body, placed.body, "{scopes}");
        let all = request("GET", "/admin/orders").known_as("ann", "admins", scopes);
        assert_eq!(service.send(all).await.ids(), [placed.id()], "{scopes}");
    }
}

#[tokio::test]
async fn a_program_with_the_scope_writes_its_own_orders_alone() {
    let service = Service::new();
    let anns = service.placed("ann", tea()).await.id();
    let program = |request: Request| request.known_as("program", "", "orders/read orders/write");
    let placed = service.send(program(request("POST", "/orders").json(&tea()))).await;
    assert_eq!(placed.status, 201, "{}", placed.body);
    let change = |id: &str, body| {
        program(request("PATCH", &format!("/orders/{id}")).header("If-Match", "*").json(&body))
    };
    service.send(change(&anns, json!({ "quantity": 1 }))).await.assert_problem(404, "order_not_found");
    let shipped = service.send(change(&placed.id(), json!({ "status": "shipped" }))).await;
    shipped.assert_problem(403, "status_reserved");
    let cancelled = service.send(change(&placed.id(), json!({ "status": "cancelled" }))).await;
    assert_eq!((cancelled.status.as_u16(), &cancelled.body["status"]), (200, &json!("cancelled")));
    let remove = request("DELETE", &format!("/orders/{}", placed.id())).header("If-Match", "*");
    assert_eq!(service.send(program(remove)).await.status, 204);
}

#[tokio::test]
async fn the_scope_is_that_of_the_configured_resource_server() {
    let place = |scopes: &str| request("POST", "/orders").json(&tea()).known_as("program", "", scopes);
    let with = |json: &str| Service::with_config(&Config::parse(json).unwrap());
    let shop = with(r#"{"userPool": {"resourceServer": {"identifier": "shop", "scopes": ["write"]}}}"#);
    assert_eq!(shop.send(place("shop/write")).await.status, 201);
    shop.send(place("orders/write")).await.assert_problem(403, "insufficient_scope");
    let none = with(r#"{"userPool": {"resourceServer": null}}"#);
    none.send(place("orders/write /write write")).await.assert_problem(403, "insufficient_scope");
    assert_eq!(none.send(place("aws.cognito.signin.user.admin")).await.status, 201);
}

#[tokio::test]
async fn an_id_token_has_no_scopes_and_is_a_persons() {
    let service = Service::new();
    let mut place = request("POST", "/orders").json(&tea()).known_as("ann", "", "");
    place.0["requestContext"]["authorizer"]["token_use"] = json!("id");
    assert_eq!(service.send(place).await.status, 201);
}
