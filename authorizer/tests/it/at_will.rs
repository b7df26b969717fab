//! Sends everything that a caller can write into an event to the binary. The result must be a decision or a
//! 401, never a failure. To Lambda both are errors of the function, but the alarms subtract the 401s. So a
//! failure that callers can cause would raise the alarms and stop a deployment.

use serde_json::{Value, json};
use testkit::authorizer_event::{ARN, event, event_for};
use testkit::issuer::{KEY, access_claims, current, jwks};
use testkit::key_server::{KeyServer, Reply};
use testkit::runtime_api::Outcome;

use crate::events::event as event_of;
use crate::support::env;
use crate::support::function::Function;

const REST: &str = include_str!("../fixtures/rest_request.json");
const HTTP_API: &str = include_str!("../fixtures/http_api_v2.json");
const WEBSOCKET_HEADER: &str = include_str!("../fixtures/websocket_header.json");
const WEBSOCKET_QUERY: &str = include_str!("../fixtures/websocket_query.json");

/// The status that API Gateway answers for an outcome.
fn status(outcome: &Outcome) -> u16 {
    match outcome {
        Ok(answer) if answer["policyDocument"]["Statement"][0]["Effect"] == "Allow" => 200,
        Ok(_) => 403,
        Err(error) if error["errorMessage"] == "Unauthorized" => 401,
        Err(_) => 500,
    }
}

/// The event with another value at one place.
fn changed(mut event: Value, pointer: &str, value: &Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[name] = value.clone();
    event
}

/// Texts of kinds that have broken something before.
const ODD: [&str; 12] =
    ["", " ", "\0", "\u{7f}", "a\r\nb", "é", "\u{1f600}", "a b", "ht tp", "%", "[", "Bearer hunter2"];

/// Paths, as they may stand in an ARN.
fn paths() -> Vec<String> {
    let odd =
        ["*", "${aws:username}", "a:b:c", "\u{e9}", "a b", "..", "a\r\nb", "\"]}", "", "%ff", "?", "\0"];
    let mut paths: Vec<String> = odd.iter().map(|path| format!("GET/{path}")).collect();
    paths.extend([1_500, 1_600, 5_000, 100_000].map(|length| format!("GET/{}", "a".repeat(length))));
    // As many characters as the gateway accepts, and more bytes.
    paths.push(format!("GET/{}", "é".repeat(1_500)));
    paths
}

/// Events with a good token. The gate must ignore the rest of the request.
fn odd_requests(token: &str) -> Vec<Value> {
    let bearer = format!("Bearer {token}");
    let prefix = ARN.split("GET/").next().unwrap();
    let mut events = Vec::new();
    for path in paths() {
        events.push(event_for(token, &format!("{prefix}{path}")));
        events.push(changed(event_of(REST, token), "/methodArn", &json!(format!("{prefix}{path}"))));
        let route = format!("arn:aws:execute-api:us-east-1:123456789012:abcdef1234/$default/{path}");
        events.push(changed(event_of(HTTP_API, token), "/routeArn", &json!(route)));
    }
    for odd in ODD {
        for name in ["Host", "X-Forwarded-Proto", "bad header", "é", "Cookie"] {
            let rest = changed(event_of(REST, token), &format!("/headers/{name}"), &json!(odd));
            events.push(changed(rest, &format!("/multiValueHeaders/{name}"), &json!([odd, null])));
            events.push(changed(event_of(HTTP_API, token), &format!("/headers/{name}"), &json!(odd)));
        }
        for member in ["/path", "/httpMethod", "/resource", "/queryStringParameters", "/pathParameters"] {
            events.push(changed(event_of(REST, token), member, &json!(odd)));
        }
        events.push(changed(event_of(HTTP_API, token), "/rawQueryString", &json!(odd)));
        events.push(changed(event_of(HTTP_API, token), "/cookies", &json!([odd, bearer])));
    }
    events
}

/// Events without an acceptable token, in as many ways.
fn odd_credentials(token: &str) -> Vec<Value> {
    let bearer = format!("Bearer {token}");
    let mut events = Vec::new();
    for odd in ODD {
        events.push(event(odd));
        events.push(changed(event(token), "/authorizationToken", &json!(odd)));
        let rest = changed(event_of(REST, token), "/headers/Authorization", &json!(odd));
        events.push(changed(rest, "/multiValueHeaders/Authorization", &json!([odd])));
        let http = changed(event_of(HTTP_API, token), "/headers/authorization", &json!(odd));
        events.push(changed(http, "/identitySource", &json!([odd])));
        events.push(changed(
            event_of(WEBSOCKET_QUERY, token),
            "/queryStringParameters/access_token",
            &json!(odd),
        ));
    }
    // Two headers, in every form in which a gateway might pass them on.
    let joined = [format!("{bearer},{bearer}"), format!("{bearer}, {bearer}")];
    for two in &joined {
        for source in [json!([two]), json!([bearer]), json!([bearer, bearer]), json!(null), json!([])] {
            let event = changed(event_of(HTTP_API, token), "/headers/authorization", &json!(two));
            events.push(changed(event, "/identitySource", &source));
        }
    }
    let one_point_zero = changed(event_of(REST, token), "/version", &json!("1.0"));
    for source in [json!(joined[0]), json!(joined[1]), json!(bearer), json!("")] {
        let event = changed(one_point_zero.clone(), "/identitySource", &source);
        events.push(changed(event, "/multiValueHeaders/Authorization", &json!([bearer, bearer])));
    }
    events.push(changed(event_of(REST, token), "/headers/authorization", &json!(bearer)));
    // A name without a value.
    for nothing in [json!(null), json!("")] {
        events.push(changed(event(token), "/authorizationToken", &nothing));
        let rest = changed(event_of(REST, token), "/headers/Authorization", &nothing);
        for all in [json!(null), json!([nothing]), json!([])] {
            events.push(changed(rest.clone(), "/multiValueHeaders/Authorization", &all));
        }
        events.push(changed(event_of(HTTP_API, token), "/headers/authorization", &nothing));
        let query =
            changed(event_of(WEBSOCKET_QUERY, token), "/queryStringParameters/access_token", &nothing);
        for all in [json!(null), json!([nothing]), json!([])] {
            events.push(changed(query.clone(), "/multiValueQueryStringParameters/access_token", &all));
        }
        events.push(changed(
            event_of(WEBSOCKET_HEADER, token),
            "/queryStringParameters",
            &json!({ "access_token": nothing }),
        ));
    }
    events
}

#[tokio::test]
async fn no_caller_can_cause_a_failure() {
    let server = KeyServer::start(Reply::json(&jwks(&[&KEY])));
    let mut function = Function::start(&env(&server.url));
    let token = KEY.token(&current(access_claims()));
    for event in odd_requests(&token) {
        let outcome = function.invoke(event.clone()).await;
        assert_eq!(
            status(&outcome),
            200,
            "{outcome:?}: {}",
            event.to_string().get(..2_000).unwrap_or_default()
        );
    }
    for event in odd_credentials(&token) {
        let outcome = function.invoke(event.clone()).await;
        assert_eq!(status(&outcome), 401, "{outcome:?}: {event}");
    }
    // Half of a UTF-16 pair: Lambda accepts it as JSON, but it cannot be a Rust string.
    for place in ["\"/whoami\"", "\"curl/8.5.0\""] {
        let half = event_of(REST, &token).to_string().replace(place, "\"\\ud800\"");
        assert!(half.contains("\\ud800"), "{place}");
        assert_eq!(status(&function.invoke_with(half).await), 401, "{place}");
    }
    let log = function.stop().await;
    assert!(!log.contains("hunter2") && !log.contains("panicked"), "{log}");
    assert!(log.contains("event_unreadable"), "{log}");
}
