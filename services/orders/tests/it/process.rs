//! The built binary, started as Lambda starts it.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::function;
use testkit::net::closed_address;
use testkit::request::Request;
use testkit::runtime_api::Outcome;

use crate::service::{Caller as _, request};

const TIME: Duration = Duration::from_secs(10);

/// The program, with a table that it cannot reach.
fn command(runtime_api: &str) -> Command {
    let mut command = function::command(env!("CARGO_BIN_EXE_orders"), "orders", runtime_api);
    command
        .env("AWS_LAMBDA_FUNCTION_VERSION", "7")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_ENDPOINT_URL", format!("http://{}", closed_address()))
        .env("TABLE_NAME", "orders");
    command
}

/// The outcome of each event, and all that the program printed.
fn run(events: &[Value], environment: &[(&str, &str)]) -> (Vec<Outcome>, String) {
    let events: Vec<String> = events.iter().map(Value::to_string).collect();
    let program = |runtime_api: &str| {
        let mut command = command(runtime_api);
        command.envs(environment.iter().copied());
        command
    };
    let (answers, printed) = function::run("orders", program, &events, TIME);
    assert_eq!(printed.err, "", "nothing goes past the log");
    (answers, printed.out)
}

fn problem(answer: &Value) -> (Value, Value) {
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    (answer["statusCode"].clone(), body["code"].clone())
}

#[test]
fn nobody_can_cause_an_error_of_the_function_by_what_they_write() {
    let ask = || request("GET", "/orders").by("ann");
    let base64 = {
        let Request(mut event) = request("POST", "/orders").by("ann").text("hunter2!");
        event["isBase64Encoded"] = json!(true);
        event
    };
    let events = [
        ask().header("Host", "hunter2 b").0,
        ask().header("Host", "hunter2\u{7f}").0,
        ask().header("bad header", "hunter2").0,
        ask().header("If-Match", "hunter2\n").0,
        request("", "/orders").0,
        request("GET", "hunter2").0,
        base64,
    ];
    let (answers, log) = run(&events, &[]);
    for (event, answer) in events.iter().zip(&answers) {
        let answer = answer.as_ref().unwrap_or_else(|error| panic!("{event}: {error}"));
        assert_eq!(problem(answer), (json!(400), json!("malformed_request")), "{event}");
    }
    assert!(!log.contains("hunter2"), "{log}");
}

#[test]
fn only_our_own_faults_count_as_failures_of_the_version() {
    let events = [request("GET", "/orders").by("ann").0, request("GET", "/nowhere").0];
    let (answers, log) = run(&events, &[("METRICS_NAMESPACE", "Gatehouse/test")]);
    let status = problem(answers[0].as_ref().unwrap()).0.as_u64().unwrap();
    assert!(status >= 500, "there is no table: {answers:?}");
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let metrics: Vec<Value> = lines.filter(|line| line["_aws"].is_object()).collect();
    let [failed, refused] = metrics.as_slice() else { panic!("{log}") };
    assert_eq!((&failed["Failures"], &failed["Version"]), (&json!(1), &json!("7")), "{failed}");
    let directives = failed["_aws"]["CloudWatchMetrics"].as_array().unwrap();
    let failures: Vec<&Value> =
        directives.iter().filter(|directive| directive["Metrics"][0]["Name"] == "Failures").collect();
    assert_eq!(failures.len(), 1, "{failed}");
    assert_eq!(failures[0]["Dimensions"], json!([["Service", "Version"]]));
    assert_eq!(failures[0]["Namespace"], "Gatehouse/test");
    assert_eq!(failed["Service"], "orders");
    assert!(refused["Failures"].is_null() && !refused.to_string().contains("Failures"), "{refused}");
}
