//! Whatever a caller writes, the function answers: an error would be a function error.

use std::sync::LazyLock;

use axum::Router;
use axum::routing::any as any_method;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};
use web::{Context, NotARequest};

use crate::service::{Answer, event, send, set_header, settings};

async fn ask(event: &Value) -> Answer {
    send(event, &settings(&json!({ "corsOrigins": ["https://app.example.com"] }))).await
}

fn with_header(name: &str, value: &str) -> Value {
    let mut event = event("/echo");
    set_header(&mut event, name, value);
    event
}

fn with_member(name: &str, value: Value) -> Value {
    let mut event = event("/echo");
    event[name] = value;
    event
}

const MARK: &str = "hunter2";

async fn assert_malformed(event: &Value) {
    let answer = ask(event).await;
    let problem = answer.assert_problem(400, "malformed_request");
    assert_eq!(problem["title"], "Bad Request");
    assert!(!answer.body.contains(MARK), "it repeats what was sent: {}", answer.body);
}

#[tokio::test]
async fn a_host_that_is_none_is_malformed() {
    for host in [
        "a b",
        "hunter2 ",
        "a/b",
        "a@hunter2",
        "[::1",
        "]",
        "a:b:c",
        "a:port",
        "ä.example",
        "",
        "%",
        "a?b",
        "a#b",
        "a\\b",
        "<hunter2>",
    ] {
        assert_malformed(&with_header("Host", host)).await;
    }
    let mut twice = event("/echo");
    twice["multiValueHeaders"]["Host"] = json!(["a.example", "b.example"]);
    assert_malformed(&twice).await;
    let mut in_two_cases = event("/echo");
    in_two_cases["multiValueHeaders"]["host"] = json!(["b.example"]);
    assert_malformed(&in_two_cases).await;
}

#[tokio::test]
async fn any_valid_host_is_accepted() {
    for host in ["api.example.com", "127.0.0.1:4566", "[::1]:80", "a_b.example", "API.example.com."] {
        assert_eq!(ask(&with_header("Host", host)).await.status, 200, "{host}");
    }
    let mut without = event("/echo");
    for member in ["headers", "multiValueHeaders"] {
        without[member].as_object_mut().unwrap().remove("Host").unwrap();
    }
    assert_eq!(ask(&without).await.status, 200, "the console's test of a method");
}

#[tokio::test]
async fn nobody_looks_at_the_scheme_that_a_proxy_writes() {
    for scheme in ["ht tp", "", "ftp", ":", "http, https", "é"] {
        assert_eq!(ask(&with_header("X-Forwarded-Proto", scheme)).await.status, 200, "{scheme}");
    }
}

#[tokio::test]
async fn a_header_with_a_control_character_is_malformed() {
    for value in ["hunter2\u{7f}", "hunter2\n", "a\r\nSet-Cookie: hunter2", "\0", "\u{1b}[31m"] {
        assert_malformed(&with_header("X-Odd", value)).await;
        assert_malformed(&with_header("Host", value)).await;
        assert_malformed(&with_header("Cookie", value)).await;
    }
}

#[tokio::test]
async fn a_header_with_other_characters_is_accepted() {
    for value in ["Torrejón", "\u{80}", "\u{ff}", "\u{1f600}", "a\tb", ""] {
        assert_eq!(ask(&with_header("X-City", value)).await.status, 200, "{value:?}");
    }
}

#[tokio::test]
async fn a_header_name_that_is_none_is_malformed() {
    for name in ["bad header", "", "hunter2:", "ä", "a\nb", "a(b)", "\u{7f}"] {
        assert_malformed(&with_header(name, MARK)).await;
    }
}

#[tokio::test]
async fn a_method_that_is_none_is_malformed() {
    for method in [json!(""), json!("hunter2 "), json!("G\nT"), json!("GÊT"), json!(null), json!(7)] {
        assert_malformed(&with_member("httpMethod", method)).await;
    }
    ask(&with_member("httpMethod", json!("BREW"))).await.assert_problem(405, "method_not_allowed");
}

#[tokio::test]
async fn a_path_that_is_none_is_malformed() {
    let long = format!("/{}", "a".repeat(70_000));
    for path in [json!(""), json!("hunter2"), json!("*"), json!(null), json!(7), json!(long)] {
        assert_malformed(&with_member("path", path)).await;
    }
    for path in
        ["/%", "/%zz", "/%ff", "/\u{0}", "/\u{7f}", "/a\nb", "/ä", "//", "/{", "/|", "/\\", "/..", "/ "]
    {
        ask(&event(path)).await.assert_problem(404, "not_found");
    }
    ask(&event("/items/%ff")).await.assert_problem(400, "bad_request");
}

#[tokio::test]
async fn a_query_keeps_every_value_whatever_is_in_it() {
    let mut event = event("/echo");
    event["multiValueQueryStringParameters"] =
        json!({ "a": ["1", "2,3"], "b&c": ["=#?%+ "], "ü": ["\u{0}\u{ff}"], "none": [null], "no": [] });
    event["queryStringParameters"] = json!({ "a": "2,3" });
    let answer = ask(&event).await;
    let query = answer.body.split(' ').next().unwrap().strip_prefix("/echo?").unwrap();
    let mut pairs: Vec<&str> = query.split('&').collect();
    // The order of the names depends on how the JSON is read.
    pairs.sort_unstable();
    assert_eq!(pairs, ["%C3%BC=%00%C3%BF", "a=1", "a=2%2C3", "b%26c=%3D%23%3F%25%2B%20", "none="]);

    event["multiValueQueryStringParameters"] = json!(null);
    assert!(ask(&event).await.body.starts_with("/echo?a=2%2C3 "));
    for odd in [json!("a=hunter2"), json!([MARK]), json!({ "a": 5 }), json!({ "a": [{}] })] {
        assert_malformed(&with_member("multiValueQueryStringParameters", odd)).await;
    }
}

#[tokio::test]
async fn a_body_that_is_not_its_base64_is_malformed() {
    for body in ["hunter2!", "a", "Zm9v\n", "Zm9vYg", "Zm9vYh==", "é"] {
        let mut event = with_member("body", json!(body));
        event["path"] = json!("/size");
        event["httpMethod"] = json!("POST");
        assert_eq!(ask(&event).await.body, body.len().to_string(), "as a text it is one");
        event["isBase64Encoded"] = json!(true);
        assert_malformed(&event).await;
    }
}

#[tokio::test]
async fn all_values_of_a_header_are_seen() {
    let routes = || {
        Router::new().route(
            "/echo",
            any_method(async |headers: axum::http::HeaderMap| {
                let values =
                    headers.get_all("x-twice").iter().map(|value| value.to_str().unwrap().to_owned());
                values.collect::<Vec<String>>().join("|")
            }),
        )
    };
    for (all, last, seen) in [
        (json!({ "X-Twice": ["a", "b"] }), json!({ "X-Twice": "b" }), "a|b"),
        (json!({ "X-Twice": ["a"], "x-twice": ["b"] }), json!({ "x-twice": "b" }), "a|b"),
        (json!(null), json!({ "X-Twice": "b" }), "b"),
        (json!({}), json!({ "X-Twice": "b", "x-TWICE": "c" }), "b|c"),
        (json!({ "Other": ["a"] }), json!({ "X-Twice": "b" }), "b"),
        (json!({ "X-Twice": [] }), json!(null), ""),
        (json!({ "X-Twice": null }), json!({ "X-Twice": null }), ""),
    ] {
        let mut event = event("/echo");
        (event["multiValueHeaders"], event["headers"]) = (all, last);
        let app = web::app(routes(), &settings(&json!({})));
        let answer = web::answer(&app, &event.to_string(), Context::default()).await.unwrap();
        assert_eq!(answer.body, seen, "{event}");
    }
}

#[tokio::test]
async fn too_many_headers_are_malformed() {
    let headers: Map<String, Value> = (0..40_000).map(|number| (format!("x-{number}"), json!("a"))).collect();
    assert_malformed(&with_member("headers", headers.into())).await;
}

#[tokio::test]
async fn a_page_that_may_read_an_answer_may_read_that_one() {
    let mut event = with_header("X-Odd", "hunter2\n");
    set_header(&mut event, "Origin", "https://app.example.com");
    let answer = ask(&event).await;
    answer.assert_problem(400, "malformed_request");
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example.com"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("x-request-id"), Some("77375676-xmpl-4b79-853a-f982474efe18"));
}

async fn answer_to(event: &str) -> Result<web::Answer, NotARequest> {
    let mut context = Context::default();
    "lambda-1".clone_into(&mut context.request_id);
    web::answer(&APP, event, context).await
}

static APP: LazyLock<Router> = LazyLock::new(|| {
    web::app(
        Router::new().route("/{*any}", any_method(async || "here")),
        &settings(&json!({ "basePath": "v1" })),
    )
});

#[tokio::test]
async fn half_of_a_utf_16_pair_counts_as_the_callers_mistake() {
    let event = event("/echo").to_string().replace("/echo", "/\\ud800");
    let answer = answer_to(&event).await.unwrap();
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((&problem["status"], &problem["code"]), (&json!(400), &json!("malformed_request")));
    assert_eq!(problem["requestId"], "lambda-1", "the gateway's cannot be read");
}

#[tokio::test]
async fn an_event_that_is_no_request_is_an_error_with_advice() {
    let mut format_2 = event("/echo");
    format_2["version"] = json!("2.0");
    let error = answer_to(&format_2.to_string()).await.unwrap_err();
    assert_eq!(error, NotARequest::PayloadFormat);
    assert!(error.to_string().contains("payload format version of the API's integration to 1.0"));

    let of_a_load_balancer =
        json!({ "httpMethod": "GET", "path": "/", "requestContext": { "elb": { "targetGroupArn": "a" } } });
    let of_format_2_without_version =
        json!({ "rawPath": "/", "requestContext": { "http": { "method": "GET" } } });
    for other in [
        json!({ "source": "aws.events" }),
        json!({ "key1": "value1" }),
        json!(null),
        json!([]),
        json!("text"),
        json!({ "httpMethod": "GET", "path": "/" }),
        json!({ "type": "REQUEST", "methodArn": "a", "httpMethod": "GET", "path": "/",
            "requestContext": { "httpMethod": "GET" } }),
        json!({ "httpMethod": "GET", "path": "/", "requestContext": "hunter2" }),
        of_a_load_balancer,
        of_format_2_without_version,
    ] {
        let error = answer_to(&other.to_string()).await.unwrap_err();
        assert_eq!(error, NotARequest::OtherEvent, "{other}");
        assert!(!error.to_string().contains(MARK));
    }
}

#[tokio::test]
async fn format_1_of_an_http_api_is_answered() {
    let mut event = event("/echo");
    event["version"] = json!("1.0");
    assert_eq!(answer_to(&event.to_string()).await.unwrap().status_code, 200);
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

/// Texts of kinds that have broken something before, and any others.
fn any_text() -> impl Strategy<Value = String> {
    const KILLERS: [&str; 16] = [
        "", "a b", "\u{7f}", "\n", "\0", "ht tp", "%", "%zz", "//", "[", "]", "@", "é", "\u{ff}", "a:b:c",
        "..",
    ];
    prop_oneof![
        1 => select(KILLERS.to_vec()).prop_map(str::to_owned),
        2 => any::<String>(),
        1 => "[ -~]{0,40}".prop_map(String::from),
        1 => "/[a-z/.%?#]{0,30}".prop_map(String::from),
    ]
}

fn any_name() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 8] = [
        "Host",
        "host",
        "X-Forwarded-Proto",
        "Origin",
        "Cookie",
        "Authorization",
        "Content-Type",
        "Content-Encoding",
    ];
    prop_oneof![2 => select(KNOWN.to_vec()).prop_map(str::to_owned), 1 => any_text()]
}

/// Mostly a string, and sometimes a value that should not be there.
fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => any_text().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => select(vec![json!(5), json!(true), json!([]), json!({}), json!([null]), json!(["a", 5])]),
    ]
}

fn any_members() -> impl Strategy<Value = Value> {
    let object = |values: BoxedStrategy<Value>| {
        vec((any_name(), values), 0..6).prop_map(|members| members.into_iter().collect::<Map<_, _>>().into())
    };
    prop_oneof![
        4 => object(any_value().boxed()),
        4 => object(vec(any_value(), 0..3).prop_map(Value::from).boxed()),
        1 => any_value(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_request_gets_an_answer_that_is_no_fault_of_ours(
        (method, path, requested) in (any_value(), any_value(), any_value()),
        (headers, all_headers) in (any_members(), any_members()),
        (query, all_query) in (any_members(), any_members()),
        (body, is_base64) in (any_value(), prop_oneof![any::<bool>().prop_map(Value::from), any_value()]),
        (id, stage, authorizer) in (any_value(), any_value(), any_members()),
        gone in option::of(select(vec!["path", "headers", "multiValueHeaders", "body", "isBase64Encoded"])),
    ) {
        let mut event = json!({
            "httpMethod": method, "path": path, "headers": headers, "multiValueHeaders": all_headers,
            "queryStringParameters": query, "multiValueQueryStringParameters": all_query,
            "body": body, "isBase64Encoded": is_base64,
            "requestContext": {
                "httpMethod": "GET", "requestId": id, "stage": stage, "path": requested, "authorizer": authorizer,
            },
        });
        if let Some(gone) = gone {
            event.as_object_mut().unwrap().remove(gone);
        }
        let answer = runtime().block_on(answer_to(&event.to_string()));
        let answer = answer.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(answer.status_code.as_u16() < 500, "{:?}", answer);
        prop_assert!(answer.multi_value_headers.contains_key("cache-control"));
        let written = serde_json::to_value(&answer).unwrap();
        prop_assert_eq!(&written["statusCode"], &json!(answer.status_code.as_u16()));
        prop_assert!(written["multiValueHeaders"].as_object().unwrap().values().all(Value::is_array));
        if answer.status_code == 400 {
            let problem: Value = serde_json::from_str(&answer.body).unwrap();
            prop_assert_eq!(&problem["code"], "malformed_request");
        }
    }

    #[test]
    fn any_text_gives_an_error_or_an_answer_and_never_a_panic(text in any_text()) {
        let answer = runtime().block_on(answer_to(&text));
        prop_assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status_code == 400));
    }
}
