//! Whoever the gate has not vouched for gets nowhere near the identity provider.

use serde_json::{Value, json};
use testkit::request::Request;

use crate::fake::{ACCESS_TOKEN, Fake};
use crate::gateway::{Caller as _, send};
use crate::routes::{self, Route};

fn protected() -> impl Iterator<Item = Route> {
    routes::all().into_iter().filter(Route::is_protected)
}

async fn refused(request: &Request, status_and_code: &str, what: &str) {
    let fake = Fake::willing();
    assert_eq!(send(&fake, request).await.status_and_code(), status_and_code, "{what}");
    assert!(fake.calls().is_empty(), "{what}");
}

#[tokio::test]
async fn without_the_gate_s_word_a_token_is_worth_nothing() {
    for route in protected() {
        for context in [Value::Null, json!({}), json!({ "principalId": "7f1e" }), json!({ "sub": "7f1e" })] {
            let mut request = route.request();
            request.0["requestContext"]["authorizer"] = context;
            refused(&request, "401 unauthorized", &route.name()).await;
        }
    }
}

#[tokio::test]
async fn an_id_token_is_not_enough() {
    for route in protected() {
        refused(&route.request().vouched_for("id"), "403 access_token_required", &route.name()).await;
    }
}

#[tokio::test]
async fn another_issuer_s_token_is_not_shown_to_cognito() {
    for route in protected() {
        let mut request = route.request().vouched_for("access");
        request.0["requestContext"]["authorizer"]["authority"] = json!("named");
        refused(&request, "403 access_token_required", &route.name()).await;
    }
}

#[tokio::test]
async fn an_odd_authorization_header_is_no_token() {
    let long = format!("Bearer {}", "a".repeat(10_241));
    for route in protected() {
        for value in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer  access.token.sent",
            " Bearer access.token.sent",
            "Bearer access token",
            "Bearer access.token.sent, Bearer other",
            "Bearer\taccess.token.sent",
            "Basic access.token.sent",
            "access.token.sent",
            "Bearer <access>",
            &long,
        ] {
            let request = route.request().header("Authorization", value);
            refused(&request, "401 invalid_token", &format!("{value:.40} at {}", route.name())).await;
        }
        let mut without = route.request();
        without.0["headers"].as_object_mut().unwrap().remove("Authorization");
        without.0["multiValueHeaders"].as_object_mut().unwrap().remove("Authorization");
        refused(&without, "401 invalid_token", &route.name()).await;
    }
}

#[tokio::test]
async fn of_two_tokens_neither_counts() {
    for route in protected() {
        let mut request = route.request();
        request.0["headers"].as_object_mut().unwrap().remove("Authorization");
        request.0["multiValueHeaders"]["Authorization"] =
            json!([format!("Bearer {ACCESS_TOKEN}"), "Bearer other"]);
        refused(&request, "401 invalid_token", &route.name()).await;
    }
}

/// The gateway hands on all values of a header in one map and its last in another. Which of them it has shown to the
/// gate is not documented.
#[tokio::test]
async fn of_two_tokens_none_is_used() {
    let good = format!("Bearer {ACCESS_TOKEN}");
    let requests =
        [json!(["Bearer other", good]), json!([good, "Bearer other"]), json!([good, good])].map(|both| {
            let mut request = Request::new("GET", "/user").signed_in();
            request.0["multiValueHeaders"]["Authorization"] = both;
            request
        });
    let in_two_cases = Request::new("GET", "/user").signed_in().header("authorization", "Bearer other");
    for request in requests.iter().chain([&in_two_cases]) {
        refused(request, "401 invalid_token", &request.0["multiValueHeaders"].to_string()).await;
    }
}

#[tokio::test]
async fn the_scheme_may_be_written_in_any_case() {
    for scheme in ["bearer", "BEARER"] {
        let fake = Fake::willing();
        let request = Request::new("GET", "/user").signed_in();
        let answer = send(&fake, &request.header("Authorization", &format!("{scheme} {ACCESS_TOKEN}"))).await;
        assert_eq!(answer.status, 200);
        assert_eq!(fake.calls(), ["user ACCESS_TOKEN"]);
    }
}

#[tokio::test]
async fn who_is_not_known_learns_nothing_about_the_body() {
    for route in protected().filter(|route| !route.body.is_null()) {
        let mut request = route.bare().text(r#"{"odd": 1}"#);
        request.0["requestContext"]["authorizer"] = Value::Null;
        refused(&request, "401 unauthorized", &route.name()).await;
    }
}
