//! Which path selects a request's route, below a stage and below a custom domain's base path.

use serde_json::{Value, json};

use crate::service::{event, send, settings};

/// The same event as it comes through a custom domain, where the URL has no stage.
fn through_a_domain(path: &str) -> Value {
    let mut event = event(path);
    event["requestContext"]["path"] = json!(path);
    event["requestContext"]["domainName"] = json!("api.example.com");
    event["requestContext"]["domainPrefix"] = json!("api");
    event
}

#[tokio::test]
async fn the_stage_is_no_part_of_the_path() {
    let answer = send(&event("/items/v1"), &settings(&json!({}))).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "v1"));
}

#[tokio::test]
async fn a_domains_base_path_is_taken_off_once() {
    let settings = settings(&json!({ "basePath": "items" }));
    assert_eq!(send(&through_a_domain("/items/items/a"), &settings).await.body, "a");
    send(&through_a_domain("/items/a"), &settings).await.assert_problem(404, "not_found");
    assert_eq!(send(&through_a_domain("/echo"), &settings).await.status, 200);
}

#[tokio::test]
async fn at_the_apis_own_host_the_base_path_is_not_removed() {
    let settings = settings(&json!({ "basePath": "items" }));
    assert_eq!(send(&event("/items/a"), &settings).await.body, "a");
}

#[tokio::test]
async fn a_base_path_that_is_called_like_the_stage_is_taken_off_too() {
    let settings = settings(&json!({ "basePath": "v1" }));
    assert_eq!(send(&through_a_domain("/v1/items/a"), &settings).await.body, "a");
    assert_eq!(send(&event("/items/a"), &settings).await.body, "a");
}

#[tokio::test]
async fn a_path_is_routed_as_the_gateway_sent_it() {
    for path in ["/items/../echo", "/items/%2e%2e/echo", "//echo", "/items/..\\..\\echo", "/./echo"] {
        let answer = send(&event(path), &settings(&json!({}))).await;
        assert!(!answer.body.starts_with("/echo"), "{path} came out at /echo");
    }
    assert_eq!(send(&event("/items/a%20b"), &settings(&json!({}))).await.body, "a b");
    assert_eq!(send(&event("/items/a b"), &settings(&json!({}))).await.body, "a b");
    assert_eq!(send(&event("/items/a?b"), &settings(&json!({}))).await.body, "a?b");
}

#[tokio::test]
async fn the_query_comes_through_with_the_path() {
    let mut event = through_a_domain("/base/echo");
    event["queryStringParameters"] = json!({ "a": "b c" });
    event["multiValueQueryStringParameters"] = json!({ "a": ["b c"] });
    let answer = send(&event, &settings(&json!({ "basePath": "base" }))).await;
    assert!(
        answer.body.starts_with("/echo?a=b+c ") || answer.body.starts_with("/echo?a=b%20c "),
        "{}",
        answer.body
    );
}
