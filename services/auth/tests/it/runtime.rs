//! The built binary, started as Lambda starts it, against a Lambda Runtime API of the tests' own.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::gateway::Request;

/// A request over a socket: its first line, the Cognito operation that it names, whether it is signed, and its body.
pub(crate) struct Call {
    pub(crate) line: String,
    pub(crate) operation: String,
    pub(crate) is_signed: bool,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn read_call(reader: &mut BufReader<TcpStream>) -> Option<Call> {
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return None;
    }
    let (mut length, mut operation, mut is_signed) = (0, String::new(), false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "authorization" => is_signed = true,
            "transfer-encoding" => panic!("this server reads plain bodies only"),
            "x-amz-target" => {
                value.trim().rsplit('.').next().unwrap().clone_into(&mut operation);
            }
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Some(Call { line: line.trim_end().to_owned(), operation, is_signed, body })
}

pub(crate) fn write_answer(stream: &mut TcpStream, status: &str, headers: &str, body: &str) {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    // A client that has given up is no failure of this server.
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

/// Hands the events out one after the other, and gives what was answered to each.
fn serve(listener: &TcpListener, events: &[Request], time: Duration) -> Vec<Value> {
    let mut answers = Vec::new();
    let mut waiting = events.iter().enumerate();
    while answers.len() < events.len() {
        let (stream, _) = listener.accept().unwrap();
        let mut writer = stream.try_clone().unwrap();
        let mut reader = BufReader::new(stream);
        while answers.len() < events.len() {
            let Some(call) = read_call(&mut reader) else { break };
            if call.line == "GET /2018-06-01/runtime/invocation/next HTTP/1.1" {
                let (number, Request(event)) = waiting.next().unwrap();
                write_answer(&mut writer, "200 OK", &invocation_headers(number, time), &event.to_string());
            } else {
                let number = answers.len();
                let expected =
                    format!("POST /2018-06-01/runtime/invocation/invocation-{number}/response HTTP/1.1");
                assert_eq!(call.line, expected);
                answers.push(serde_json::from_slice(&call.body).unwrap());
                write_answer(&mut writer, "202 Accepted", "", "");
            }
        }
    }
    answers
}

fn invocation_headers(number: usize, time: Duration) -> String {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + time;
    format!(
        "Lambda-Runtime-Aws-Request-Id: invocation-{number}\r\nLambda-Runtime-Deadline-Ms: {}\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:auth\r\n",
        deadline.as_millis()
    )
}

/// The program in the environment of a function, with a pool to talk to at `cognito`.
pub(crate) fn command(runtime_api: &str, cognito: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auth"));
    command
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", "auth")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("LOG_LEVEL", "trace")
        .env("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", format!("http://{cognito}"))
        .env("USER_POOL_ID", "us-east-1_AbCdEfGhI")
        .env("USER_POOL_CLIENT_ID", "client");
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

/// Has the program answer `events`, each within `time`: its answers, and all that it wrote meanwhile.
pub(crate) fn run(cognito: &str, events: &[Request], time: Duration) -> (Vec<Value>, String) {
    run_in(&[], cognito, events, time)
}

/// The same with more in its environment.
pub(crate) fn run_in(
    env: &[(&str, &str)],
    cognito: &str,
    events: &[Request],
    time: Duration,
) -> (Vec<Value>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let running = Running(Some(command(&address, cognito).envs(env.iter().copied()).spawn().unwrap()));
    let answers = serve(&listener, events, time);
    let output = running.stop();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    (answers, String::from_utf8(output.stdout).unwrap())
}
