//! The policy under IAM's own matching: it opens what the rules say, and not one route more.
//!
//! The matcher and the reading of routes in here are written apart from the gate's.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::issuer::{KEY, access_claims, jwks, with};
use crate::support::key_server::{KeyServer, Reply};
use crate::support::{ARN, NOW, event, gate};

/// IAM: `*` is any text, `?` any one character, slashes included.
fn iam_matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.first(), text.first()) {
        (None, None) => true,
        (Some(b'*'), _) => {
            iam_matches(&pattern[1..], text) || (!text.is_empty() && iam_matches(pattern, &text[1..]))
        }
        (Some(b'?'), Some(_)) => iam_matches(&pattern[1..], &text[1..]),
        (Some(own), Some(other)) if own == other => iam_matches(&pattern[1..], &text[1..]),
        _ => false,
    }
}

/// What a person reads in a rule: `*` alone as a method is any, `/*` at the end is everything below.
fn person_reads(route: &str, method: &str, path: &str) -> bool {
    let (routes_method, routes_path) = route.split_once(' ').unwrap();
    let is_method = routes_method == "*" || routes_method == method;
    let is_path = match routes_path.strip_suffix("/*") {
        Some(base) => path.strip_prefix(base).is_some_and(|rest| rest.starts_with('/')),
        None => routes_path == path,
    };
    is_method && is_path
}

fn is_open(answer: &Value, method: &str, path: &str) -> bool {
    let statement = &answer["policyDocument"]["Statement"][0];
    let arn = ARN.replace("GET/whoami", &format!("{method}{path}"));
    let mut patterns =
        statement["Resource"].as_array().unwrap().iter().map(|pattern| pattern.as_str().unwrap());
    statement["Effect"] == "Allow" && patterns.any(|pattern| iam_matches(pattern.as_bytes(), arn.as_bytes()))
}

async fn answer(rules: &Value, groups: &[&str]) -> Value {
    let server = KeyServer::start(Reply::json(&jwks(&[&KEY]))).await;
    let gate = gate(&server.url, &json!({ "rules": rules }));
    let token = KEY.token(&with(access_claims(), "cognito:groups", json!(groups)));
    serde_json::to_value(gate.authorize(&event(&token), NOW).await.unwrap()).unwrap()
}

#[tokio::test]
async fn any_method_on_one_path_does_not_open_paths_that_end_alike() {
    let answer = answer(&json!([{ "routes": ["* /orders"] }]), &[]).await;
    assert!(is_open(&answer, "GET", "/orders") && is_open(&answer, "DELETE", "/orders"));
    for path in ["/admin/orders", "/orders/1", "/x/orders", "/"] {
        assert!(!is_open(&answer, "GET", path), "{path}");
    }
}

#[tokio::test]
async fn grants_of_all_rules_that_match_are_united() {
    let rules = json!([
        { "routes": ["GET /a", "GET /b"] },
        { "routes": ["GET /b", "GET /c"], "groups": { "anyOf": ["x", "y"] } },
        { "routes": ["GET /d"], "groups": { "anyOf": ["x"], "allOf": ["x", "y"] } },
        { "routes": ["GET /e"], "groups": { "anyOf": ["z"] } },
    ]);
    for (groups, open) in [(&[][..], "ab"), (&["y"], "abc"), (&["x", "y"], "abcd"), (&["xy", "Z"], "ab")] {
        let answer = answer(&rules, groups).await;
        for route in ["a", "b", "c", "d", "e"] {
            assert_eq!(
                is_open(&answer, "GET", &format!("/{route}")),
                open.contains(route),
                "{groups:?} {route}"
            );
        }
        let resources = answer["policyDocument"]["Statement"][0]["Resource"].as_array().unwrap();
        assert_eq!(resources.len(), open.len(), "no resource twice");
    }
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof!["[a-c]", "orders", "admin"], 0..4)
        .prop_map(|parts| format!("/{}", parts.join("/")))
}

fn route() -> impl Strategy<Value = String> {
    let method = prop_oneof![Just("*"), Just("GET"), Just("POST"), Just("DELETE")];
    let tail = prop_oneof![Just(""), Just("/*")];
    (method, path(), tail)
        .prop_map(|(method, path, tail)| format!("{method} {}{tail}", path.trim_end_matches('/')))
        .prop_map(|route| if route.ends_with(' ') { format!("{route}/") } else { route })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_policy_opens_exactly_what_a_person_reads_in_the_rules(
        routes in prop::collection::vec(route(), 1..5),
        requests in prop::collection::vec((prop_oneof![Just("GET"), Just("POST"), Just("DELETE"), Just("PATCH")], path()), 20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(answer(&json!([{ "routes": routes }]), &[]));
        for (method, path) in requests {
            let expected = routes.iter().any(|route| person_reads(route, method, &path));
            prop_assert_eq!(is_open(&answer, method, &path), expected, "{} {} under {:?}", method, path, routes);
        }
    }
}
