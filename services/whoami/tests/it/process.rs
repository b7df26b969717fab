//! The built binary, started as Lambda starts it.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use testkit::files::TempFile;
use testkit::function;
use testkit::runtime_api::Outcome;

use crate::gateway::{ADMIN_PING_AS_USER, USER, event};

const TIME: Duration = Duration::from_secs(10);

fn command() -> Command {
    function::bare_command(env!("CARGO_BIN_EXE_whoami"))
}

fn on_lambda(runtime_api: &str) -> Command {
    let mut command = function::command(env!("CARGO_BIN_EXE_whoami"), "whoami", runtime_api);
    command.env("LOG_LEVEL", "trace");
    command
}

#[test]
fn the_binary_serves_gateway_events_from_a_runtime_api() {
    let (answers, log) = run(on_lambda, &[USER, ADMIN_PING_AS_USER]);
    let [Ok(whoami), Ok(ping)] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!(whoami["statusCode"], 200);
    assert_eq!(whoami["isBase64Encoded"], false);
    let body: Value = serde_json::from_str(whoami["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["subject"], "1d0f3c1e-5031-70f6-9c5a-3f8f0a1b2c3d");

    assert_eq!(ping["statusCode"], 403);
    assert_eq!(ping["multiValueHeaders"]["content-type"][0], "application/problem+json");
    let problem: Value = serde_json::from_str(ping["body"].as_str().unwrap()).unwrap();
    assert_eq!(problem["code"], "forbidden");

    assert_one_line_a_request(&log);
}

fn assert_one_line_a_request(log: &str) {
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests: Vec<&Value> = lines.iter().filter(|line| line["message"] == "request").collect();
    let seen: Vec<_> =
        requests.iter().map(|line| (&line["method"], &line["route"], &line["status"])).collect();
    assert_eq!(
        serde_json::to_value(seen).unwrap(),
        serde_json::json!([["GET", "/whoami", 200], ["GET", "/admin/ping", 403]]),
        "{log}"
    );
    for line in requests {
        assert_eq!(line["span"]["request_id"], "77375676-xmpl-4b79-853a-f982474efe18", "{log}");
        assert!(line["latency_us"].is_u64(), "{log}");
        assert_eq!(
            line["issuer"], "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI",
            "{log}"
        );
    }
    for secret in ["header.payload.signature", "203.0.113.9", "1d0f3c1e"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

/// Starts `command` and hands it `events`: what it makes of each, and all that it printed.
fn run(command: impl FnOnce(&str) -> Command, events: &[&str]) -> (Vec<Outcome>, String) {
    let events: Vec<String> = events.iter().map(|&event| event.to_owned()).collect();
    let (answers, printed) = function::run("whoami", command, &events, TIME);
    assert_eq!(printed.err, "", "nothing goes past the log");
    assert!(!printed.out.contains("it panicked"), "{}", printed.out);
    (answers, printed.out)
}

#[test]
fn an_event_that_is_no_request_is_no_error_of_the_function_and_the_log_says_what_to_do() {
    let mut format_2 = event(USER);
    format_2["version"] = "2.0".into();
    let events = [r#"{"source": "aws.events"}"#, &format_2.to_string(), USER];
    let (answers, log) = run(on_lambda, &events);
    let statuses: Vec<&Value> =
        answers.iter().map(|answer| &answer.as_ref().expect("an answer")["statusCode"]).collect();
    assert_eq!(statuses, [500, 500, 200]);
    assert!(log.contains("the event is none of them"), "{log}");
    assert!(log.contains("set the payload format version of the API's integration to 1.0"), "{log}");
}

#[test]
fn nobody_can_cause_an_error_of_the_function_by_what_they_write() {
    let changed = |change: fn(&mut Value)| {
        let mut event = event(USER);
        change(&mut event);
        event.to_string()
    };
    let events = [
        changed(|event| event["multiValueHeaders"]["Host"] = serde_json::json!(["hunter2 b"])),
        changed(|event| event["multiValueHeaders"]["Host"] = serde_json::json!(["hunter2\u{7f}"])),
        changed(|event| event["headers"]["bad header"] = "hunter2".into()),
        changed(|event| event["headers"]["X-Odd"] = "hunter2\r\n".into()),
        changed(|event| event["httpMethod"] = "hunter2 ".into()),
        changed(|event| event["path"] = "hunter2".into()),
        changed(|event| (event["body"], event["isBase64Encoded"]) = ("hunter2!".into(), true.into())),
        changed(|event| event["queryStringParameters"] = serde_json::json!({ "hunter2": 5 })),
        changed(|event| event["path"] = "/whoami".into()).replace("/whoami", "/\\udfff"),
        changed(|event| event["headers"]["X-Forwarded-Proto"] = "ht tp".into()),
    ];
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    let (answers, log) = run(on_lambda, &events);
    let (last, malformed) = answers.split_last().unwrap();
    assert_eq!(last.as_ref().unwrap()["statusCode"], 200, "nobody reads that header");
    for (event, answer) in events.iter().zip(malformed) {
        let answer = answer.as_ref().unwrap_or_else(|error| panic!("{event}: {error}"));
        assert_eq!(answer["statusCode"], 400, "{event}");
        let problem: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(problem["code"], "malformed_request", "{event}");
        assert_eq!(answer["multiValueHeaders"]["content-type"][0], "application/problem+json");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ours = |level: &str, message: &str| {
        lines.iter().filter(|line| line["level"] == level && line["message"] == message).count()
    };
    assert_eq!(ours("WARN", "the request was refused"), malformed.len(), "{log}");
    assert_eq!(ours("INFO", "request"), events.len(), "{log}");
    assert!(!lines.iter().any(|line| line["level"] == "ERROR"), "{log}");
    assert!(!log.contains("hunter2"), "{log}");
}

#[test]
fn only_an_answer_that_is_a_fault_of_ours_counts_as_a_failure_of_its_version() {
    let with_metrics = |address: &str| {
        let mut command = on_lambda(address);
        command.env("METRICS_NAMESPACE", "Gatehouse/test").env("AWS_LAMBDA_FUNCTION_VERSION", "7");
        command
    };
    let mut malformed = event(USER);
    malformed["httpMethod"] = "".into();
    let (_, log) = run(with_metrics, &[USER, ADMIN_PING_AS_USER, &malformed.to_string()]);
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let metrics: Vec<Value> = lines.filter(|line| line["_aws"].is_object()).collect();
    let codes: Vec<&Value> = metrics.iter().map(|line| &line["Code"]).collect();
    assert_eq!(
        serde_json::json!(codes),
        serde_json::json!(["ok", "forbidden", "malformed_request"]),
        "{log}"
    );
    assert!(metrics.iter().all(|line| line["Failures"].is_null() && line["Version"].is_null()), "{log}");
}

#[test]
fn started_by_hand_it_says_what_is_missing_and_exits() {
    let output = command().env("AWS_LAMBDA_FUNCTION_NAME", "whoami").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stdout).unwrap();
    assert!(log.contains("AWS_LAMBDA_RUNTIME_API") && !log.contains("FUNCTION_NAME"), "{log}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn a_bad_configuration_ends_it_before_the_first_event() {
    let file = TempFile::new(r#"{"api": {"stage": "a b", "corsOrigin": []}}"#);
    let output = on_lambda("127.0.0.1:9").env("CONFIG_FILE", file.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stdout).unwrap();
    assert!(log.contains("/api/stage") && log.contains("/api/corsOrigin"), "{log}");
}
