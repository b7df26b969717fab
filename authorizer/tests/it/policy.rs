//! The policy under IAM's own matching: it opens what the rules say, and not one route more. And the whole
//! answer is one that API Gateway takes.
//!
//! The matcher (`support/gateway.rs`) and the reading of rules (`support/reading.rs`) are written apart from
//! the gate's.

use std::cell::Cell;

use authorizer::{ApiScope, Rules, render};
use platform::config::Config;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::support::issuer::{KEY, access_claims, jwks, with};
use crate::support::key_server::{KeyServer, Reply};
use crate::support::{ARN, NOW, event, gate, gateway, offline, oracle, reading};

fn is_open(answer: &Value, method: &str, path: &str) -> bool {
    gateway::opens(answer, &ARN.replace("GET/whoami", &format!("{method}{path}")))
}

async fn answer(rules: &Value, groups: &[&str]) -> Value {
    let server = KeyServer::start(Reply::json(&jwks(&[&KEY])));
    let gate = gate(&server.url, &json!({ "rules": rules }));
    let token = KEY.token(&with(access_claims(), "cognito:groups", json!(groups)));
    serde_json::to_value(gate.authorize(&event(&token), NOW).await.unwrap()).unwrap()
}

#[test]
fn the_matcher_of_these_tests_matches_as_iam_does() {
    for (pattern, text, is_match) in [
        ("a", "a", true),
        ("a", "A", false),
        ("a", "ab", false),
        ("a*", "a", true),
        ("a*", "a/b/c", true),
        ("*/c", "a/b/c", true),
        ("a*c", "a/b/cd", false),
        ("a?c", "a/c", true),
        ("a?c", "ac", false),
        ("", "", true),
        ("", "a", false),
    ] {
        assert_eq!(gateway::matches(pattern.as_bytes(), text.as_bytes()), is_match, "{pattern} {text}");
    }
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

/// What the gate answers to the bearer of these claims: everything behind the signature, without a token.
fn decided(config: &Config, claims: &authorizer::VerifiedClaims, arn: &str) -> Value {
    let rules = Rules::new(&config.authorizer.rules);
    let (_, answer) = render(rules.decide(claims, NOW), claims, &ApiScope::parse(arn).unwrap());
    serde_json::to_value(&answer).unwrap()
}

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-b]", 2 => prop_oneof![Just("orders"), Just("Orders"), Just("admin")].prop_map(str::to_owned), 1 => "[A-Za-z0-9._~@:+,=-]{1,6}"]
}

fn route() -> impl Strategy<Value = String> {
    let method = prop_oneof![2 => Just("*"), 2 => Just("GET"), 1 => Just("POST"), 1 => Just("DELETE"), 1 => Just("HEAD")];
    let path = prop::collection::vec(segment(), 0..4).prop_map(|parts| format!("/{}", parts.join("/")));
    let http = (method, path, any::<bool>()).prop_map(|(method, path, is_open_ended)| {
        if is_open_ended {
            format!("{method} {}/*", path.trim_end_matches('/'))
        } else {
            format!("{method} {path}")
        }
    });
    let route = prop_oneof![8 => http, 1 => Just("$connect".to_owned())];
    route.prop_filter("not a route", |route| platform::config::Route::parse(route).is_ok())
}

const GROUPS: [&str; 4] = ["admins", "staff", "admin", "s"];
const SCOPES: [&str; 4] = ["orders/read", "orders/write", "orders/*", "orders"];

fn condition(names: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let some = || prop::sample::subsequence(names, 1..3);
    prop_oneof![
        3 => Just(Value::Null),
        1 => some().prop_map(|any| json!({ "anyOf": any })),
        1 => some().prop_map(|all| json!({ "allOf": all })),
        1 => (some(), some()).prop_map(|(any, all)| json!({ "anyOf": any, "allOf": all })),
    ]
}

fn rule() -> impl Strategy<Value = Value> {
    (prop::collection::vec(route(), 1..4), condition(&GROUPS), condition(&SCOPES))
        .prop_map(|(routes, groups, scopes)| json!({ "routes": routes, "groups": groups, "scopes": scopes }))
}

/// The front of an ARN, up to and with the slash after the stage.
fn scope() -> impl Strategy<Value = String> {
    let partition = prop_oneof![
        Just(("aws", "us-east-1")),
        Just(("aws-cn", "cn-north-1")),
        Just(("aws-us-gov", "us-gov-west-1"))
    ];
    (partition, "[0-9]{12}", "[a-z0-9]{10}", prop_oneof!["[A-Za-z0-9_-]{1,9}", Just("$default".to_owned())])
        .prop_map(|((partition, region), account, api, stage)| {
            format!("arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/")
        })
}

/// What stands behind the stage: anything that a caller can write, and what must not matter.
fn suffix() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Z]{1,7}/.{0,40}", "GET/[*?a-z./%]{0,20}", Just("$connect".to_owned()), ".{1,40}"]
}

/// Requests near a route: on it, beside it, above it, below it.
fn request() -> impl Strategy<Value = (prop::sample::Index, String, usize)> {
    let method = prop_oneof![
        4 => Just("GET"), 2 => Just("POST"), 1 => Just("DELETE"), 1 => Just("HEAD"), 1 => Just("PATCH"),
        1 => Just("TRACE"), 1 => Just("get"), 1 => Just("*"), 1 => Just("GET/a"),
    ];
    (any::<prop::sample::Index>(), method.prop_map(str::to_owned), 0_usize..12)
}

fn tail(rules: &[Value], (route, method, way): &(prop::sample::Index, String, usize)) -> String {
    let routes: Vec<&str> = rules
        .iter()
        .flat_map(|rule| rule["routes"].as_array().unwrap())
        .map(|route| route.as_str().unwrap())
        .collect();
    let Some((_, path)) = route.get(&routes).split_once(' ') else {
        return ["$connect", "$disconnect", "$default", "$connect/a"][way % 4].to_owned();
    };
    let base = path.trim_end_matches("/*");
    let path = match way {
        0 | 1 => path.to_owned(),
        2 => base.to_owned(),
        3 => format!("{base}/"),
        4 => format!("{base}/a"),
        5 => format!("{base}/a/b/c"),
        6 => format!("{base}s"),
        7 => format!("/x{path}"),
        8 => base.rsplit_once('/').map_or(String::new(), |(above, _)| above.to_owned()),
        9 => base.to_uppercase(),
        10 => format!("{base}/../admin"),
        _ => format!("{base}?a"),
    };
    format!("{method}{}{path}", if path.starts_with('/') { "" } else { "/" })
}

#[test]
fn a_policy_opens_exactly_what_a_person_reads_in_the_rules() {
    const CASES: u32 = 600;
    let groups = prop::sample::subsequence(GROUPS.as_slice(), 0..=4);
    let scopes = prop::sample::subsequence(SCOPES.as_slice(), 0..=4);
    let case = (
        prop::collection::vec(rule(), 1..4),
        (groups, scopes),
        (scope(), suffix(), scope()),
        prop::collection::vec(request(), 30),
    );
    let (open, closed) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(ProptestConfig::with_cases(CASES));
    let proof = runner.run(&case, |(rules, (groups, scopes), (scope, suffix, elsewhere), requests)| {
        let claims = with(access_claims(), "cognito:groups", json!(groups));
        let claims = offline::verified(&with(claims, "scope", json!(scopes.join(" ")))).unwrap();
        let config = Config::parse(&json!({ "authorizer": { "rules": &rules } }).to_string()).unwrap();
        let answer = decided(&config, &claims, &format!("{scope}{suffix}"));
        prop_assert_eq!(gateway::complaint(&answer), None);
        for request in &requests {
            let tail = tail(&rules, request);
            let expected = reading::grants(&json!(rules), &groups, &scopes, &tail);
            prop_assert_eq!(gateway::opens(&answer, &format!("{scope}{tail}")), expected, "{}", tail);
            let elsewhere = format!("{elsewhere}{tail}");
            prop_assert!(elsewhere.starts_with(&scope) || !gateway::opens(&answer, &elsewhere));
            let count = if expected { &open } else { &closed };
            count.set(count.get() + 1);
        }
        Ok(())
    });
    proof.unwrap_or_else(|failure| panic!("{failure}"));
    let (open, closed) = (open.get(), closed.get());
    assert!(open > CASES && closed > CASES, "{open} open and {closed} closed requests prove little");
}

/// A text for a claim: of any length that a claim may have, with what JSON has to escape.
fn text(bytes: usize) -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9-]{1,40}",
        prop::collection::vec(
            prop_oneof![Just('"'), Just('\\'), Just('\u{1f600}'), Just('\u{7fff}')],
            1..=bytes / 4
        )
        .prop_map(String::from_iter),
        (1..=bytes).prop_map(|length| "a".repeat(length)),
    ]
}

fn large_claims() -> impl Strategy<Value = Value> {
    let groups = prop_oneof![
        prop::collection::vec("[a-z\"\\\\]{1,40}", 0..40),
        (0_usize..600).prop_map(|count| (0..count).map(|group| format!("group-{group}")).collect()),
    ];
    (text(512), prop::option::of(text(512)), prop::option::of(text(512)), groups, 0_usize..100).prop_map(
        |(subject, username, token_id, groups, scopes)| {
            let mut claims = with(access_claims(), "cognito:groups", json!(groups));
            claims["sub"] = json!(subject);
            claims["scope"] = json!(vec!["orders/read"; scopes].join(" "));
            for (name, value) in [("username", username), ("jti", token_id)] {
                claims.as_object_mut().unwrap().remove(name);
                if let Some(value) = value {
                    claims[name] = json!(value);
                }
            }
            claims
        },
    )
}

/// Routes up to and over what a configuration may hold.
fn large_rules() -> impl Strategy<Value = Value> {
    let route = (prop_oneof![4 => Just("GET"), 1 => Just("*")], 1_usize..420, 0_u32..1_000)
        .prop_map(|(method, length, number)| format!("{method} /{number}{}", "a".repeat(length)));
    let short = (0_u32..1_000).prop_map(|number| format!("GET /{number}"));
    let routes = prop_oneof![
        prop::collection::vec(route, 1..12),
        prop::collection::vec(short, 1..80),
        (300_usize..440).prop_map(|length| vec![format!("GET /{}", "a".repeat(length))]),
    ];
    routes.prop_map(|routes| json!([{ "routes": routes }]))
}

#[test]
fn an_answer_always_fits_and_the_identity_in_it_is_whole() {
    const CASES: u32 = 800;
    let stage = || {
        prop_oneof![
            "[A-Za-z0-9_-]{1,128}",
            Just("v1".to_owned()),
            (1_usize..=128).prop_map(|n| "s".repeat(n))
        ]
    };
    let own_stage = prop::option::of(prop_oneof![stage(), Just("$default".to_owned())]);
    let case = (large_rules(), large_claims(), stage(), own_stage);
    let (allowed, denied) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(ProptestConfig::with_cases(CASES));
    let proof = runner.run(&case, |(rules, claims, configured_stage, stage)| {
        let config = json!({ "api": { "stage": configured_stage }, "authorizer": { "rules": rules } });
        let Ok(config) = Config::parse(&config.to_string()) else { return Ok(()) };
        let Ok(verified) = offline::verified(&claims) else { return Ok(()) };
        let stage = stage.unwrap_or(configured_stage);
        let arn = format!("arn:aws-us-gov:execute-api:ap-southeast-99:123456789012:abcdefghij/{stage}/GET/x");
        let answer = decided(&config, &verified, &arn);
        prop_assert_eq!(gateway::complaint(&answer), None);
        let is_allowed = answer["policyDocument"]["Statement"][0]["Effect"] == "Allow";
        if is_allowed {
            prop_assert_eq!(&answer["context"], &oracle::context(&claims));
        }
        let count = if is_allowed { &allowed } else { &denied };
        count.set(count.get() + 1);
        Ok(())
    });
    proof.unwrap_or_else(|failure| panic!("{failure}"));
    let (allowed, denied) = (allowed.get(), denied.get());
    assert!(
        allowed > CASES / 20 && denied > CASES / 50,
        "{allowed} allowed and {denied} denied prove little"
    );
}
