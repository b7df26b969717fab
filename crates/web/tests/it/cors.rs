//! Which web pages may read an answer.

use serde_json::{Value, json};

use crate::service::{Answer, event, send, set_header, settings};

const APP: &str = "https://app.example.com";

async fn ask(origins: Value, path: &str, method: &str, origin: Option<&str>) -> Answer {
    let mut event = event(path);
    event["httpMethod"] = json!(method);
    if let Some(origin) = origin {
        set_header(&mut event, "Origin", origin);
    }
    send(&event, &settings(&json!({ "corsOrigins": origins }))).await
}

#[tokio::test]
async fn a_listed_origin_is_named_back_exactly() {
    for origin in [APP, "http://localhost:3000"] {
        let answer = ask(json!([APP, "http://localhost:3000"]), "/echo", "GET", Some(origin)).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert_eq!(answer.header("vary"), Some("origin"));
        assert!(answer.header("access-control-expose-headers").unwrap().contains("x-request-id"));
    }
}

/// The headers that a REST API renames or drops in a function's answer.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>
const CHANGED_BY_THE_GATEWAY: [&str; 16] = [
    "authorization",
    "connection",
    "content-md5",
    "date",
    "expect",
    "host",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "www-authenticate",
];

#[tokio::test]
async fn cors_exposes_no_header_that_the_gateway_renames_or_drops() {
    for path in ["/echo", "/cached", "/panic", "/broken", "/nowhere"] {
        let answer = ask(json!([APP]), path, "GET", Some(APP)).await;
        let promised = answer.header("access-control-expose-headers").unwrap().to_owned();
        for name in CHANGED_BY_THE_GATEWAY {
            assert!(!promised.split(',').any(|promised| promised.trim() == name), "{name}: {promised}");
            // A 401 has its challenge all the same: see problem.rs.
            assert_eq!(answer.header(name), None, "{path} is no 401: {name}");
        }
    }
}

#[tokio::test]
async fn another_origin_is_not_named_and_the_answer_still_varies() {
    for origin in
        [Some("https://app.example.com.evil.example"), Some("http://app.example.com"), Some("null"), None]
    {
        let answer = ask(json!([APP]), "/echo", "GET", origin).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin:?}");
        assert_eq!(answer.header("vary"), Some("origin"));
    }
}

#[tokio::test]
async fn a_star_allows_every_origin_also_beside_others() {
    for origins in [json!(["*"]), json!([APP, "*"])] {
        let answer = ask(origins, "/echo", "GET", Some("https://anybody.example")).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}

#[tokio::test]
async fn a_page_may_read_failures_too() {
    for path in ["/nowhere", "/panic", "/broken"] {
        let answer = ask(json!([APP]), path, "GET", Some(APP)).await;
        assert!(answer.status.as_u16() >= 400);
        assert_eq!(answer.header("access-control-allow-origin"), Some(APP), "{path}");
    }
}

#[tokio::test]
async fn a_preflight_is_answered_without_the_service() {
    let answer = ask(json!([APP]), "/panic", "OPTIONS", Some(APP)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(APP));
    assert!(answer.header("access-control-allow-headers").unwrap().contains("authorization"));
    assert!(answer.header("access-control-allow-methods").unwrap().contains("PATCH"));
}

#[tokio::test]
async fn without_origins_there_are_no_cors_headers() {
    let answer = ask(json!([]), "/echo", "GET", Some(APP)).await;
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
    ask(json!([]), "/echo", "OPTIONS", Some(APP)).await.assert_problem(405, "method_not_allowed");
}
