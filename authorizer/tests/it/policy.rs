//! The policy under IAM's own matching: it opens exactly what the rules say. The whole answer is one that API
//! Gateway accepts.
//!
//! The matcher (`testkit::gateway`) and the reading of rules (`testkit::reading`) are written independently
//! of the gate's.

use std::cell::Cell;

use authorizer::{ApiScope, Rules, render};
use platform::config::Config;
use platform::identity::Authority;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use testkit::authorizer_event::{ARN, event};
use testkit::idp::{self, AUDIENCE, IDP, ROLES};
use testkit::issuer::{KEY, access_claims, id_claims, jwks, with};
use testkit::key_server::{KeyServer, Reply};
use testkit::reading::{Caller, Whose};
use testkit::{gateway, oracle, reading};

use crate::support::{NOW, gate};

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

/// A list of some of these, or none.
fn some_of(names: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop_oneof![3 => Just(Value::Null), 1 => prop::sample::subsequence(names, 1..=2).prop_map(|some| json!(some))]
}

/// Values for conditions on claims, and for claims.
fn claim_values() -> [Value; 6] {
    [json!("pro"), json!("free"), json!(1), json!(-1), json!(true), json!("true")]
}

const PLACES: [&str; 4] = ["custom:plan", "a.b", "/a/x.y", "https://example.com/roles"];

fn claims_condition() -> impl Strategy<Value = Value> {
    let some = || prop::sample::subsequence(claim_values().to_vec(), 1..3);
    let texts = prop::sample::subsequence(vec!["pro", "free"], 1..3);
    let condition = prop_oneof![
        3 => some().prop_map(|any| json!({ "anyOf": any })),
        1 => texts.prop_map(|all| json!({ "allOf": all })),
        1 => (some(), prop::sample::select(claim_values().to_vec()))
            .prop_map(|(any, all)| json!({ "anyOf": any, "allOf": [all] })),
    ];
    let claims = prop::collection::btree_map(prop::sample::select(&PLACES[..]), condition, 1..3);
    prop_oneof![3 => Just(Value::Null), 1 => claims.prop_map(|claims| json!(claims))]
}

prop_compose! {
    fn rule()(
        routes in prop::collection::vec(route(), 1..4),
        issuers in some_of(&["own", IDP]),
        groups in condition(&GROUPS),
        scopes in condition(&SCOPES),
        claims in claims_condition(),
        audiences in some_of(&[AUDIENCE, "web"]),
        clients in some_of(&["web", "machine"]),
        token_use in some_of(&["access", "id"]),
        age in prop_oneof![3 => Just(Value::Null), 1 => (1_u64..600).prop_map(|age| json!(age))],
    ) -> Value {
        json!({
            "routes": routes, "issuers": issuers, "groups": groups, "scopes": scopes, "claims": claims,
            "audiences": audiences, "clients": clients, "tokenUse": token_use, "maxAuthAgeSeconds": age,
        })
    }
}

/// What a caller's token says in addition to groups and scopes.
fn further_claims() -> impl Strategy<Value = Value> {
    let one = prop::sample::select(claim_values().to_vec());
    let list = prop::sample::subsequence(claim_values().to_vec(), 0..4).prop_map(Value::from);
    let value = prop_oneof![2 => one, 2 => list, 1 => Just(Value::Null), 1 => Just(json!(1.0))];
    let sign_in = prop_oneof![Just(Value::Null), (0_u64..700).prop_map(|ago| json!(NOW.secs() + 70 - ago))];
    let client = prop::sample::select(vec![json!("web"), json!("machine"), Value::Null]);
    (prop::collection::vec(value, 4), sign_in, client).prop_map(|(values, sign_in, client)| {
        let [plan, b, dotted, url] = values.as_slice() else { unreachable!("four") };
        json!({
            "custom:plan": plan, "a": { "b": b, "x.y": dotted }, "https://example.com/roles": url,
            "auth_time": sign_in, "azp": client,
        })
    })
}

/// The kind of a token: its issuer and its use.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Access,
    Id,
    Named,
    Sole,
}

impl Kind {
    const fn authority(self) -> Authority {
        match self {
            Self::Access | Self::Id => Authority::Own,
            Self::Named => Authority::Named,
            Self::Sole => Authority::Sole,
        }
    }

    fn claims(self, groups: &[&str], scopes: &[&str], further: &Value) -> Value {
        let mut claims = match self {
            Self::Access => with(access_claims(), "cognito:groups", json!(groups)),
            Self::Id => with(id_claims(), "cognito:groups", json!(groups)),
            Self::Named | Self::Sole => with(idp::claims(), "realm_access", json!({ "roles": groups })),
        };
        claims["scope"] = json!(scopes.join(" "));
        claims.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        claims
    }

    fn caller(self, claims: &Value) -> Caller<'_> {
        match self {
            Self::Access | Self::Id => Caller::of_pool(claims, NOW.secs()),
            Self::Named => Caller::of_other(Whose::Named(IDP), ROLES, claims, NOW.secs()),
            Self::Sole => Caller::of_other(Whose::Sole(IDP), ROLES, claims, NOW.secs()),
        }
    }
}

/// The prefix of an ARN, up to and including the slash after the stage.
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

/// The part after the stage: anything that a caller can write. It must not matter.
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
    const CASES: u32 = 1_200;
    let groups = prop::sample::subsequence(GROUPS.as_slice(), 0..=4);
    let scopes = prop::sample::subsequence(SCOPES.as_slice(), 0..=4);
    let kind = prop_oneof![4 => Just(Kind::Access), 1 => Just(Kind::Id), 3 => Just(Kind::Named), 1 => Just(Kind::Sole)];
    let case = (
        prop::collection::vec(rule(), 1..4),
        (kind, groups, scopes, further_claims()),
        (scope(), suffix(), scope()),
        prop::collection::vec(request(), 30),
    );
    let counts: [[Cell<u32>; 2]; 4] = Default::default();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(CASES));
    let proof = runner.run(&case, |(rules, caller, (scope, suffix, elsewhere), requests)| {
        let (kind, groups, scopes, further) = caller;
        let claims = kind.claims(&groups, &scopes, &further);
        let api = ApiScope::parse(&format!("{scope}{suffix}")).unwrap();
        // A rule that nobody can meet is refused at start.
        let Some(answer) = offline_gate::decided(&json!(rules), kind.authority(), &claims, &api) else {
            return Ok(());
        };
        prop_assert_eq!(gateway::complaint(&answer), None);
        let caller = kind.caller(&claims);
        for request in &requests {
            let tail = tail(&rules, request);
            let expected = reading::grants(&json!(rules), &caller, &tail);
            prop_assert_eq!(gateway::opens(&answer, &format!("{scope}{tail}")), expected, "{}", tail);
            let elsewhere = format!("{elsewhere}{tail}");
            prop_assert!(elsewhere.starts_with(&scope) || !gateway::opens(&answer, &elsewhere));
            let count = &counts[kind as usize][usize::from(expected)];
            count.set(count.get() + 1);
        }
        Ok(())
    });
    proof.unwrap_or_else(|failure| panic!("{failure}"));
    println!("closed and open requests, of each kind of caller: {counts:?}");
    assert!(
        counts.iter().flatten().all(|count| count.get() > CASES / 40),
        "{counts:?} requests prove little"
    );
}

/// A value of a claim: of any length that a claim may have, with characters that JSON has to escape.
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
        // Encoded, they are three times as long.
        (1_usize..4_000).prop_map(|spaces| vec![" ".repeat(spaces)]),
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

/// More or fewer routes than a configuration may have.
fn large_rules() -> impl Strategy<Value = Value> {
    let route = (prop_oneof![4 => Just("GET"), 1 => Just("*")], 1_usize..420, 0_u32..1_000)
        .prop_map(|(method, length, number)| format!("{method} /{number}{}", "a".repeat(length)));
    let short = (0_u32..1_000).prop_map(|number| format!("GET /{number}"));
    let routes = prop_oneof![
        prop::collection::vec(route, 1..12),
        prop::collection::vec(short, 1..80),
        (300_usize..440).prop_map(|length| vec![format!("GET /{}", "a".repeat(length))]),
    ];
    routes.prop_map(|routes| json!([{ "routes": routes }, { "routes": ["$connect"] }]))
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
    let case = (large_rules(), large_claims(), stage(), own_stage, any::<bool>());
    let (allowed, denied) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(ProptestConfig::with_cases(CASES));
    let proof = runner.run(&case, |(rules, claims, configured_stage, stage, is_web_socket)| {
        let config = json!({ "api": { "stage": configured_stage }, "authorizer": { "rules": rules } });
        let Ok(config) = Config::parse(&config.to_string()) else { return Ok(()) };
        let Ok(verified) = offline_gate::verified(&claims) else { return Ok(()) };
        let stage = stage.unwrap_or(configured_stage);
        let arn = format!("arn:aws-us-gov:execute-api:ap-southeast-99:123456789012:abcdefghij/{stage}/GET/x");
        let api = ApiScope::parse(&arn).unwrap();
        let api = if is_web_socket { api.of_web_sockets() } else { api };
        let decision = Rules::new(&config.authorizer.rules);
        let (_, answer) = render(decision.decide(&verified, NOW), &verified, &api);
        let answer = serde_json::to_value(&answer).unwrap();
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
    println!("{allowed} allowed, {denied} denied");
    assert!(
        allowed > CASES / 20 && denied > CASES / 50,
        "{allowed} allowed and {denied} denied prove little"
    );
}
