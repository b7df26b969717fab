//! The built binary, started as Lambda starts it, against a Lambda Runtime API of this test's own.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::gateway::{ADMIN_PING_AS_USER, USER, event};

/// A request of the runtime client: its first line and its body.
struct Call {
    line: String,
    body: Vec<u8>,
}

fn read_call(reader: &mut BufReader<TcpStream>) -> Option<Call> {
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap() == 0 {
        return None;
    }
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let header = header.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        assert!(!header.starts_with("transfer-encoding"), "this server reads plain bodies only");
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Some(Call { line: line.trim_end().to_owned(), body })
}

fn answer(stream: &mut TcpStream, status: &str, headers: &str, body: &str) {
    write!(stream, "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
}

/// Hands `events` out one after the other, and gives what was posted for each: to `response` or to `error`,
/// and the body.
fn serve(listener: &TcpListener, events: &[&str]) -> Vec<(String, Value)> {
    let mut answers = Vec::new();
    let mut waiting = events.iter().enumerate();
    while answers.len() < events.len() {
        let (stream, _) = listener.accept().unwrap();
        let mut writer = stream.try_clone().unwrap();
        let mut reader = BufReader::new(stream);
        while answers.len() < events.len() {
            let Some(call) = read_call(&mut reader) else { break };
            if call.line == "GET /2018-06-01/runtime/invocation/next HTTP/1.1" {
                let (number, event) = waiting.next().unwrap();
                answer(&mut writer, "200 OK", &invocation_headers(number), event);
            } else {
                let invocation = format!("POST /2018-06-01/runtime/invocation/invocation-{}/", answers.len());
                let kind = call.line.strip_prefix(&invocation).unwrap().strip_suffix(" HTTP/1.1").unwrap();
                answers.push((kind.to_owned(), serde_json::from_slice(&call.body).unwrap()));
                answer(&mut writer, "202 Accepted", "", "");
            }
        }
    }
    answers
}

fn invocation_headers(number: usize) -> String {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(10);
    format!(
        "Lambda-Runtime-Aws-Request-Id: invocation-{number}\r\nLambda-Runtime-Deadline-Ms: {}\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:whoami\r\n",
        deadline.as_millis()
    )
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whoami"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn on_lambda(runtime_api: &str) -> Command {
    let mut command = command();
    command
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", "whoami")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("LOG_LEVEL", "trace");
    command
}

/// Killed when dropped, so that a failed test leaves no process behind.
struct Running(Option<Child>);

impl Running {
    fn stop(mut self) -> Output {
        let mut child = self.0.take().unwrap();
        child.kill().unwrap();
        child.wait_with_output().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn the_binary_serves_gateway_events_from_a_runtime_api() {
    let (answers, log) = run(on_lambda, &[USER, ADMIN_PING_AS_USER]);
    let [(first, whoami), (second, ping)] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!((first.as_str(), second.as_str()), ("response", "response"));
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

/// Starts `command` and hands it `events`: what it posts for each, and all that it printed.
fn run(command: impl FnOnce(&str) -> Command, events: &[&str]) -> (Vec<(String, Value)>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let running = Running(Some(command(&address).spawn().unwrap()));
    let answers = serve(&listener, events);
    let output = running.stop();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "nothing goes past the log");
    let log = String::from_utf8(output.stdout).unwrap();
    assert!(!log.contains("it panicked"), "{log}");
    (answers, log)
}

#[test]
fn an_event_that_is_no_request_is_no_error_of_the_function_and_the_log_says_what_to_do() {
    let mut format_2 = event(USER);
    format_2["version"] = "2.0".into();
    let events = [r#"{"source": "aws.events"}"#, &format_2.to_string(), USER];
    let (answers, log) = run(on_lambda, &events);
    assert!(answers.iter().all(|(kind, _)| kind == "response"), "{answers:?}");
    let statuses: Vec<&Value> = answers.iter().map(|(_, answer)| &answer["statusCode"]).collect();
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
    assert_eq!(
        (last.0.as_str(), &last.1["statusCode"]),
        ("response", &200.into()),
        "nobody reads that header"
    );
    for (event, (kind, answer)) in events.iter().zip(malformed) {
        assert_eq!((kind.as_str(), &answer["statusCode"]), ("response", &400.into()), "{event}");
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
    let file = std::env::temp_dir().join(format!("whoami-config-{}.json", std::process::id()));
    std::fs::write(&file, r#"{"api": {"stage": "a b", "corsOrigin": []}}"#).unwrap();
    let output = on_lambda("127.0.0.1:9").env("CONFIG_FILE", &file).output().unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stdout).unwrap();
    assert!(log.contains("/api/stage") && log.contains("/api/corsOrigin"), "{log}");
}
