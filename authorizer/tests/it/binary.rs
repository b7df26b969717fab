//! The deployed binary, with a real Lambda Runtime API.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::authorizer_event::{event, event_for};
use testkit::files::TempFile;
use testkit::issuer::{KEY, access_claims, current, id_claims, jwks, with};
use testkit::key_server::{KeyServer, Reply};

use crate::support::function::{Function, run_to_end};
use crate::support::{env, rules};

fn server() -> KeyServer {
    KeyServer::start(Reply::json(&jwks(&[&KEY])))
}

fn lines(printed: &str) -> Vec<Value> {
    printed.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

#[tokio::test]
async fn it_answers_a_policy_or_exactly_the_error_for_401() {
    let server = server();
    let mut function = Function::start(&env(&server.url));
    let token = KEY.token(&current(access_claims()));
    let answer = function.invoke(event(&token)).await.unwrap();
    assert_eq!(answer["policyDocument"]["Statement"][0]["Effect"], "Allow");
    assert_eq!(answer["context"]["client_id"], "web");

    let refused = function.invoke(event(&KEY.token(&current(id_claims())))).await.unwrap_err();
    assert_eq!(refused["errorMessage"], "Unauthorized");

    let malformed = function.invoke(event_for(&token, "nonsense")).await.unwrap_err();
    assert_ne!(malformed["errorMessage"], "Unauthorized");
    for odd in [
        json!(null),
        json!([]),
        json!("text"),
        json!({ "type": "TOKEN", "authorizationToken": { "a": token } }),
    ] {
        let failed = function.invoke(odd).await.unwrap_err();
        assert_ne!(failed["errorMessage"], "Unauthorized");
        assert!(!failed.to_string().contains(&token));
    }
    assert!(function.invoke(event(&token)).await.is_ok(), "and it still serves");
    assert_eq!(server.count(), 1, "fetched once, before the first event");
}

#[tokio::test]
async fn it_leaves_one_audit_line_a_decision_and_never_the_token() {
    let server = server();
    let mut env = env(&server.url);
    env.insert("LOG_LEVEL", "trace".to_owned());
    let mut function = Function::start(&env);
    let good = KEY.token(&current(access_claims()));
    let expired = KEY.token(&access_claims());
    let forged = KEY.token(&current(access_claims())) + "AA";
    let expired_claims = with(access_claims(), "exp", json!(1));
    let long_ago = KEY.token(&expired_claims);
    for token in [&good, &expired, &forged, &long_ago] {
        let _ = function.invoke(event(token)).await;
    }
    let printed = function.stop().await;
    for token in [&good, &expired, &forged, &long_ago] {
        for part in token.split('.') {
            assert!(!printed.contains(part), "a part of a token was printed: {printed}");
        }
    }
    let decisions: Vec<Value> =
        lines(&printed).into_iter().filter(|line| line["message"] == "decision").collect();
    assert_eq!(decisions.len(), 4, "{printed}");
    let first = &decisions[0];
    assert_eq!((&first["decision"], &first["reason"]), (&json!("allow"), &json!("granted")));
    assert_eq!(first["sub"], access_claims()["sub"]);
    assert_eq!(
        (&first["kid"], &first["client_id"], &first["jwks"]),
        (&json!("key-1"), &json!("web"), &json!("fresh"))
    );
    assert!(first["latency_us"].is_u64());
    assert_eq!(first["span"]["request_id"], "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
    assert_eq!(decisions[3]["reason"], "token_expired");
    assert_eq!(decisions[3]["sub"], Value::Null, "who an unverified token names is not logged");
}

#[tokio::test]
async fn it_leaves_its_numbers_as_metrics_where_they_are_on() {
    let server = server();
    let mut env = env(&server.url);
    env.insert("METRICS_NAMESPACE", "Gatehouse/test".to_owned());
    let mut function = Function::start(&env);
    let _ = function.invoke(event(&KEY.token(&current(access_claims())))).await;
    let _ = function.invoke(event("no.token.atall")).await;
    let printed = function.stop().await;
    let metrics: Vec<Value> = lines(&printed).into_iter().filter(|line| line["_aws"].is_object()).collect();
    assert_eq!(metrics.len(), 3, "{printed}");
    assert_eq!((&metrics[0]["Outcome"], &metrics[0]["KeyFetches"]), (&json!("fetched"), &json!(1)));
    let [allowed, refused] = &metrics[1..] else { panic!("{printed}") };
    assert_eq!((&allowed["Decision"], &allowed["Reason"]), (&json!("allow"), &json!("granted")));
    assert!(allowed["DecisionLatency"].is_u64() && allowed["KeyAge"].is_u64(), "{allowed}");
    assert_eq!((&refused["Decision"], &refused["Decisions"]), (&json!("unauthorized"), &json!(1)));
    assert!(refused["KeyAge"].is_null(), "no key was looked for: {refused}");
    let sets = |line: &Value| {
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap().iter();
        directives.map(|directive| directive["Dimensions"][0].clone()).collect::<Value>()
    };
    assert_eq!(sets(allowed), json!([["Decision"], ["Reason"]]));
    assert_eq!(sets(refused), json!([["Decision"], ["Reason"], ["Decision", "Version"]]));
    assert_eq!(refused["Version"], "$LATEST");
    let by_version = &refused["_aws"]["CloudWatchMetrics"][2]["Metrics"];
    assert_eq!(by_version, &json!([{ "Name": "Decisions", "Unit": "Count" }]));
    for directive in allowed["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
        assert_eq!(directive["Namespace"], "Gatehouse/test");
        for name in directive["Dimensions"][0].as_array().unwrap() {
            assert!(allowed[name.as_str().unwrap()].is_string(), "{name}");
        }
        for metric in directive["Metrics"].as_array().unwrap() {
            assert!(allowed[metric["Name"].as_str().unwrap()].is_u64(), "{metric}");
        }
    }
}

#[tokio::test]
async fn it_starts_without_keys_and_serves_when_they_come() {
    let server = KeyServer::start(Reply::Send(503, Vec::new()));
    let mut env = env(&server.url);
    let rules = json!({ "authorizer": { "rules": [{ "routes": ["GET /"] }], "jwks": { "cooldownSeconds": 1, "timeoutMillis": 1_000 } } });
    let config = TempFile::new(rules.to_string());
    env.insert("CONFIG_FILE", config.name());
    let mut function = Function::start(&env);
    let token = KEY.token(&current(access_claims()));
    let failed = function.invoke(event(&token)).await.unwrap_err();
    assert_eq!(failed["errorType"], "KeysUnavailable");

    server.reply_with(Reply::json(&jwks(&[&KEY])));
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    let answer = function.invoke(event(&token)).await.unwrap();
    assert_eq!(
        answer["policyDocument"]["Statement"][0]["Resource"][0].as_str().unwrap().rsplit('/').next(),
        Some("")
    );
}

/// How long the binary needs from its start to its first answer, for a token of the stack's own pool.
async fn first_answer(config: &TempFile) -> Duration {
    let server = server();
    let mut env = env(&server.url);
    env.insert("CONFIG_FILE", config.name());
    let event = event(&KEY.token(&current(access_claims())));
    let started = Instant::now();
    let mut function = Function::start(&env);
    assert!(function.invoke(event).await.is_ok());
    started.elapsed()
}

#[tokio::test]
async fn another_issuers_hanging_server_does_not_delay_the_start() {
    let hanging = KeyServer::start(Reply::Hang);
    let partner = json!({
        "issuer": "https://login.example.com", "jwksUri": hanging.url, "clientIds": ["partner"],
    });
    let config = json!({ "authorizer": {
        "rules": rules(), "issuers": [partner], "jwks": { "timeoutMillis": 4_000 },
    } });
    let config = TempFile::new(config.to_string());
    let mut starts = Vec::new();
    for _ in 0..5 {
        starts.push(first_answer(&config).await);
    }
    println!("first answers after {starts:?}");
    // The fastest start counts, because the machine may be busy with other tests.
    assert!(starts.iter().min().unwrap() < &Duration::from_millis(300), "{starts:?}");
    assert_eq!(hanging.count(), starts.len(), "and it was asked at each start");
}

/// How long after its start the binary accepts a good token, if the key server's first answers are these.
async fn until_it_serves(first: impl IntoIterator<Item = Reply>) -> Duration {
    let server = server();
    server.reply_first(first);
    let token = KEY.token(&current(access_claims()));
    let started = Instant::now();
    let mut function = Function::start(&env(&server.url));
    while function.invoke(event(&token)).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    started.elapsed()
}

#[tokio::test]
async fn after_a_failed_start_it_serves_when_the_key_server_does() {
    let busy = || Reply::Send(503, Vec::new());
    for (times, longest) in [(0, 2_000), (1, 2_000), (2, 3_000), (3, 4_000)] {
        let took = until_it_serves((0..times).map(|_| busy())).await;
        println!("{times} failures: it serves after {took:?}");
        assert!(took < Duration::from_millis(longest), "{times} failures: {took:?}");
    }
}

#[tokio::test]
async fn a_bad_configuration_ends_it_with_all_mistakes_named() {
    let (code, printed) = run_to_end(&HashMap::new()).await;
    assert_eq!(code, Some(1));
    assert!(printed.contains("no issuer is configured"), "{printed}");

    let file = TempFile::new(r#"{ "servce": "x", "authorizer": { "rules": [{ "routes": ["FETCH /"] }] } }"#);
    let (code, printed) = run_to_end(&HashMap::from([("CONFIG_FILE", file.name())])).await;
    assert_eq!(code, Some(1));
    assert!(printed.contains("/servce") && printed.contains("/authorizer/rules/0/routes/0"), "{printed}");
}
