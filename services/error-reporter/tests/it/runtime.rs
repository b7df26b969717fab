//! A Lambda Runtime API of the tests' own, and the program that it starts.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::io::BufReader;
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::http;
use crate::sentry::KEY;

/// As template.yaml has it.
pub(crate) const TIME: Duration = Duration::from_mins(1);

/// What was posted for an event: to `response` or to `error`, and the body.
pub(crate) type Answer = (String, Value);

pub(crate) fn command(runtime_api: &str, dsn: Option<&str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_error-reporter"));
    command
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", "error-reporter")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("LOG_LEVEL", "trace")
        .env("STACK_NAME", "gatehouse-prod")
        .envs(dsn.map(|dsn| ("SENTRY_DSN", dsn)));
    command
}

/// Hands `events` to the program one after the other, each with that much time: what it posts for each, and the lines of
/// its log, in which the key never is.
pub(crate) fn run_within(time: Duration, dsn: &str, events: &[String]) -> (Vec<Answer>, Vec<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let running = Running(Some(command(&address, Some(dsn)).spawn().unwrap()));
    let answers = serve(&listener, time, events);
    (answers, log(&running.stop()))
}

pub(crate) fn run(dsn: &str, events: &[String]) -> (Vec<Answer>, Vec<Value>) {
    run_within(TIME, dsn, events)
}

pub(crate) fn log(output: &Output) -> Vec<Value> {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(!printed.contains(KEY), "{printed}");
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The lines of a level that are the program's own.
pub(crate) fn told<'a>(log: &'a [Value], level: &str) -> Vec<&'a Value> {
    let ours = |line: &&Value| {
        line["level"] == level && line["target"].as_str().unwrap().starts_with("error_reporter")
    };
    log.iter().filter(ours).collect()
}

fn serve(listener: &TcpListener, time: Duration, events: &[String]) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut waiting = events.iter().enumerate();
    while answers.len() < events.len() {
        let (stream, _) = listener.accept().unwrap();
        let mut writer = stream.try_clone().unwrap();
        let mut reader = BufReader::new(stream);
        while answers.len() < events.len() {
            let Some(call) = http::read(&mut reader) else { break };
            if call.line == "GET /2018-06-01/runtime/invocation/next HTTP/1.1" {
                let (number, event) = waiting.next().unwrap();
                http::write(&mut writer, "200 OK", &invocation_headers(number, time), event);
            } else {
                let invocation = format!("POST /2018-06-01/runtime/invocation/invocation-{}/", answers.len());
                let kind = call.line.strip_prefix(&invocation).unwrap().strip_suffix(" HTTP/1.1").unwrap();
                answers.push((kind.to_owned(), serde_json::from_slice(&call.body).unwrap()));
                http::write(&mut writer, "202 Accepted", "", "");
            }
        }
    }
    answers
}

fn invocation_headers(number: usize, time: Duration) -> String {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + time;
    format!(
        "Lambda-Runtime-Aws-Request-Id: invocation-{number}\r\nLambda-Runtime-Deadline-Ms: {}\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:error-reporter:live\r\n",
        deadline.as_millis()
    )
}

/// Killed when dropped, so that a failed test leaves no process behind.
pub(crate) struct Running(pub(crate) Option<Child>);

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
