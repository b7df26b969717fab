//! Every case against the deployed binary, in one process for each suite, as API Gateway sees it.

use authorizer::AuthorizeError;
use serde_json::{Value, json};
use testkit::files::TempFile;
use testkit::runtime_api::Outcome;

use super::answer::effect;
use super::fixture;
use super::suite::{SUITES, Suite};
use super::table::{Case, Expected};
use crate::support::env;
use crate::support::function::Function;

/// Shorter runs of letters may appear in a log by chance.
const TELLING: usize = 12;

/// What the gateway makes of an outcome: an effect, a 401 for exactly one text, a 500 for all others.
fn seen_by_the_gateway(event: &Value, outcome: &Outcome) -> Result<String, String> {
    match outcome {
        Ok(answer) => effect(event, answer).map(str::to_owned),
        Err(error) if error["errorMessage"] == "Unauthorized" => Ok("401".to_owned()),
        Err(error) => Ok(format!("500 {}", error["errorType"].as_str().unwrap_or_default())),
    }
}

fn expected_by_the_gateway(expected: Expected) -> &'static str {
    match expected {
        Expected::Allow => "Allow",
        Expected::Deny(_) => "Deny",
        Expected::Fail(AuthorizeError::Unauthorized(_)) => "401",
        Expected::Fail(AuthorizeError::KeysUnavailable) => "500 KeysUnavailable",
        Expected::Fail(AuthorizeError::MalformedEvent(_)) => "500 MalformedEvent",
    }
}

/// The decision and the reason in the audit line.
fn audited(expected: Expected) -> (&'static str, &'static str) {
    match expected {
        Expected::Allow => ("allow", "granted"),
        Expected::Deny(refusal) => ("deny", refusal.code()),
        Expected::Fail(failure @ AuthorizeError::Unauthorized(_)) => ("unauthorized", failure.code()),
        Expected::Fail(failure) => ("failure", failure.code()),
    }
}

async fn start(suite: &Suite, keys: &str) -> Function {
    let config = TempFile::new(json!({ "authorizer": suite.authorizer(keys) }).to_string());
    let mut env = env(keys);
    env.insert("CONFIG_FILE", config.name());
    env.insert("LOG_LEVEL", "trace".to_owned());
    let mut function = Function::start(&env);
    // The first answer comes after the configuration was read.
    let _ = function.invoke(json!({})).await;
    function
}

#[tokio::test]
async fn one_process_survives_every_hostile_input_and_logs_no_token() {
    let mut problems = Vec::new();
    for suite in SUITES.iter() {
        problems.extend(show(suite).await);
    }
    assert!(problems.is_empty(), "{}:\n{}", problems.len(), problems.join("\n"));
}

async fn show(suite: &Suite) -> Vec<String> {
    let server = suite.key_server();
    let mut function = start(suite, &server.url).await;
    let mut problems = Vec::new();
    for case in &suite.cases {
        let outcome = function.invoke(case.event.clone()).await;
        let (seen, expected) =
            (seen_by_the_gateway(&case.event, &outcome), expected_by_the_gateway(case.expected));
        if seen.as_deref() != Ok(expected) {
            problems.push(format!("{:?}: {}: {seen:?} and not {expected}", case.class, case.name));
        }
    }
    assert!(function.invoke(fixture::signed(&fixture::claims())).await.is_ok(), "and it still serves");
    suite.assert_each_set_was_fetched_once(&server);
    let log = function.stop().await;
    assert_log_holds_no_token(&log, &suite.cases);
    if problems.is_empty() {
        assert_each_case_left_its_line(&log, &suite.cases);
    }
    problems
}

fn assert_log_holds_no_token(log: &str, cases: &[Case]) {
    assert!(!log.contains("panicked"), "the process panicked");
    assert!(!log.contains("eyJ"), "something like a JWT was printed");
    for case in cases {
        let shown = case.event["authorizationToken"].as_str().unwrap_or_default();
        let parts = shown.split(|c: char| !c.is_ascii_alphanumeric() && !"-_+/".contains(c));
        for part in parts.filter(|part| part.len() >= TELLING) {
            assert!(!log.contains(part), "a part of what {:?}: {} shows was printed", case.class, case.name);
        }
    }
}

fn assert_each_case_left_its_line(log: &str, cases: &[Case]) {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("a JSON object a line"));
    let decisions: Vec<Value> = lines.filter(|line| line["message"] == "decision").collect();
    // One line more for the start, and one for the end.
    assert_eq!(decisions.len(), cases.len() + 2);
    for (Case { class, name, expected, .. }, line) in cases.iter().zip(&decisions[1..]) {
        let (decision, reason) = audited(*expected);
        assert_eq!(
            (&line["decision"], &line["reason"]),
            (&json!(decision), &json!(reason)),
            "{class:?}: {name}"
        );
    }
}
