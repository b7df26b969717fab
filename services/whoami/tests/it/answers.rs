//! What every answer of the service looks like, failures above all.

use serde_json::json;

use crate::gateway::{USER, event, send};

#[tokio::test]
async fn every_answer_has_the_gateways_request_id_and_is_not_kept() {
    let answer = send(&event(USER)).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-request-id"), Some("77375676-xmpl-4b79-853a-f982474efe18"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    for path in
        ["/", "/whoami/", "/WHOAMI", "/admin", "/open/../whoami", "//whoami", "/v1/whoami", "/%77hoami"]
    {
        let mut event = event(USER);
        event["path"] = json!(path);
        send(&event).await.assert_problem(404, "not_found");
    }
}

#[tokio::test]
async fn another_method_is_a_problem_that_names_the_right_ones() {
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let mut event = event(USER);
        event["httpMethod"] = json!(method);
        let answer = send(&event).await;
        answer.assert_problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some("GET,HEAD"));
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_a_problem() {
    let mut event = event(USER);
    event["body"] = json!("x".repeat(16 * 1024));
    assert_eq!(send(&event).await.status, 200);
    event["body"] = json!("x".repeat(16 * 1024 + 1));
    send(&event).await.assert_problem(413, "payload_too_large");
}
