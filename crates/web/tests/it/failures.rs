//! However a service fails, the caller gets a problem, without internal details.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use web::Context;

use crate::service::{event, send, send_with, set_header, settings};

#[tokio::test]
async fn a_panic_is_a_problem_without_details() {
    let answer = send(&event("/panic"), &settings(&json!({}))).await;
    answer.assert_problem(500, "internal");
    assert!(!answer.body.contains("kettle"), "{}", answer.body);
}

#[tokio::test]
async fn the_cause_of_a_problem_is_not_sent() {
    let answer = send(&event("/broken"), &settings(&json!({}))).await;
    let problem = answer.assert_problem(503, "table_away");
    assert_eq!(problem["detail"], "Try again.");
    assert!(!answer.body.contains("hunter2") && !answer.body.contains("10.0.0.7"), "{}", answer.body);
    assert!(answer.headers.values().all(|value| !value.to_str().unwrap().contains("hunter2")));
}

#[tokio::test]
async fn a_problem_keeps_its_headers_but_is_never_cached() {
    let answer = send(&event("/broken"), &settings(&json!({}))).await;
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let answer = send(&event("/cached"), &settings(&json!({}))).await;
    assert_eq!(answer.header("cache-control"), Some("max-age=60"));
}

#[tokio::test]
async fn a_failure_that_is_no_problem_becomes_one() {
    let answer = send(&event("/rude"), &settings(&json!({}))).await;
    answer.assert_problem(418, "im_a_teapot");
    assert!(!answer.body.contains("stack trace"), "{}", answer.body);

    let mut bad = event("/json");
    bad["httpMethod"] = json!("POST");
    bad["body"] = json!("[1, 2]");
    send(&bad, &settings(&json!({}))).await.assert_problem(415, "unsupported_media_type");
    set_header(&mut bad, "Content-Type", "application/json");
    assert_eq!(send(&bad, &settings(&json!({}))).await.body, "[1, 2]");
    bad["body"] = json!("[1, 2");
    send(&bad, &settings(&json!({}))).await.assert_problem(400, "bad_request");
    bad["body"] = json!("[1, true]");
    send(&bad, &settings(&json!({}))).await.assert_problem(422, "unprocessable_entity");
}

#[tokio::test]
async fn an_answer_below_400_is_left_alone() {
    let answer = send(&event("/reset"), &settings(&json!({}))).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (205, ""));
}

#[tokio::test]
async fn an_answer_that_would_miss_lambdas_deadline_is_a_problem() {
    let mut context = Context::default();
    let deadline = SystemTime::now() + Duration::from_millis(400);
    context.deadline = u64::try_from(deadline.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let answer = send_with(&event("/slow"), &settings(&json!({})), context).await;
    answer.assert_problem(504, "timeout");
    assert!(SystemTime::now() < deadline, "the answer came after the deadline");
}

#[tokio::test]
async fn the_size_of_a_body_is_counted_after_base64() {
    let limit = 4;
    let mut settings = settings(&json!({}));
    settings.max_body_bytes = limit;
    let mut event = event("/size");
    event["httpMethod"] = json!("POST");
    event["isBase64Encoded"] = json!(true);
    // RFC 4648 section 10: "foob" and "fooba".
    event["body"] = json!("Zm9vYg==");
    assert_eq!(send(&event, &settings).await.body, "4");
    event["body"] = json!("Zm9vYmE=");
    send(&event, &settings).await.assert_problem(413, "payload_too_large");
}

#[tokio::test]
async fn the_request_id_is_the_gateways_or_lambdas_and_never_a_header() {
    let mut with_header = event("/echo");
    for name in ["X-Request-Id", "X-Amzn-RequestId"] {
        set_header(&mut with_header, name, "forged");
    }
    let answer = send(&with_header, &settings(&json!({}))).await;
    assert_eq!(answer.header("x-request-id"), Some("77375676-xmpl-4b79-853a-f982474efe18"));
    assert_eq!(answer.body, "/echo 77375676-xmpl-4b79-853a-f982474efe18");
    for gone in [Value::Null, json!("")] {
        with_header["requestContext"]["requestId"] = gone;
        let answer = send(&with_header, &settings(&json!({}))).await;
        assert_eq!(answer.header("x-request-id"), Some("lambda-1"));
    }
}

#[tokio::test]
async fn every_failure_is_marked_as_every_answer_is() {
    for path in ["/panic", "/broken", "/rude", "/nowhere", "/cached"] {
        let answer = send(&event(path), &settings(&json!({}))).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(answer.header("cache-control").is_some(), "{path}");
        assert!(answer.header("x-request-id").is_some(), "{path}");
    }
}
