//! The built binary, started as Lambda starts it, against a Lambda Runtime API of this test's own.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::service::Request;

/// The first line of a request, and its body.
fn read_call(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap() == 0 {
        return None;
    }
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Some((line.trim_end().to_owned(), body))
}

fn write_answer(stream: &mut TcpStream, status: &str, headers: &str, body: &str) {
    write!(stream, "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
}

/// Hands `events` out one after the other, and gives what was posted for each: to `response` or to `error`,
/// and the body.
fn serve(listener: &TcpListener, events: &[Value]) -> Vec<(String, Value)> {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(10);
    let mut answers = Vec::new();
    let mut waiting = events.iter().enumerate();
    while answers.len() < events.len() {
        let (stream, _) = listener.accept().unwrap();
        let mut writer = stream.try_clone().unwrap();
        let mut reader = BufReader::new(stream);
        while answers.len() < events.len() {
            let Some((line, body)) = read_call(&mut reader) else { break };
            if line == "GET /2018-06-01/runtime/invocation/next HTTP/1.1" {
                let (number, event) = waiting.next().unwrap();
                let headers = format!(
                    "Lambda-Runtime-Aws-Request-Id: invocation-{number}\r\n\
                     Lambda-Runtime-Deadline-Ms: {}\r\n",
                    deadline.as_millis()
                );
                write_answer(&mut writer, "200 OK", &headers, &event.to_string());
            } else {
                let invocation = format!("POST /2018-06-01/runtime/invocation/invocation-{}/", answers.len());
                let kind = line.strip_prefix(&invocation).unwrap().strip_suffix(" HTTP/1.1").unwrap();
                answers.push((kind.to_owned(), serde_json::from_slice(&body).unwrap()));
                write_answer(&mut writer, "202 Accepted", "", "");
            }
        }
    }
    answers
}

/// Killed when dropped, so that a failed test leaves no process behind.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the program posts for each event, and all that it printed.
fn run(events: &[Value], environment: &[(&str, &str)]) -> (Vec<(String, Value)>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // Nobody listens there, so a table is asked for in vain.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_orders"))
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", listener.local_addr().unwrap().to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "orders")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "7")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_ENDPOINT_URL", format!("http://{nobody}"))
        .env("TABLE_NAME", "orders")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn();
    let mut running = Running(child.unwrap());
    let answers = serve(&listener, events);
    running.0.kill().unwrap();
    let mut printed = String::new();
    running.0.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    (answers, printed)
}

fn problem(answer: &Value) -> (Value, Value) {
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    (answer["statusCode"].clone(), body["code"].clone())
}

#[test]
fn nobody_can_cause_an_error_of_the_function_by_what_they_write() {
    let ask = || Request::new("GET", "/orders").by("ann");
    let base64 = {
        let Request(mut event) = Request::new("POST", "/orders").by("ann").text("hunter2!");
        event["isBase64Encoded"] = json!(true);
        event
    };
    let events = [
        ask().header("Host", "hunter2 b").0,
        ask().header("Host", "hunter2\u{7f}").0,
        ask().header("bad header", "hunter2").0,
        ask().header("If-Match", "hunter2\n").0,
        Request::new("", "/orders").0,
        Request::new("GET", "hunter2").0,
        base64,
    ];
    let (answers, log) = run(&events, &[]);
    for (event, (kind, answer)) in events.iter().zip(&answers) {
        assert_eq!(kind, "response", "{event}");
        assert_eq!(problem(answer), (json!(400), json!("malformed_request")), "{event}");
    }
    assert!(!log.contains("hunter2"), "{log}");
}

#[test]
fn an_answer_that_is_a_fault_of_ours_counts_as_a_failure_of_its_version() {
    let events = [Request::new("GET", "/orders").by("ann").0, Request::new("GET", "/nowhere").0];
    let (answers, log) = run(&events, &[("METRICS_NAMESPACE", "Gatehouse/test")]);
    let status = problem(&answers[0].1).0.as_u64().unwrap();
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
