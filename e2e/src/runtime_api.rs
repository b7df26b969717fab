//! A Lambda Runtime API on a real socket: hands events to a function's binary and takes its answers.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::Value;

use crate::Result;

const NEXT: &str = "GET /2018-06-01/runtime/invocation/next ";

/// Good until 2100: the tests have a patience of their own.
const INVOCATION: &str = "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
     Lambda-Runtime-Deadline-Ms: 4102444800000\r\n\
     Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:auth\r\n";

/// Both ends of what passes through it. It lives until the process ends; the function that it serves does not.
pub(crate) struct RuntimeApi {
    /// `host:port`.
    pub(crate) address: String,
    /// What the function is given, one at a time.
    pub(crate) events: Sender<Value>,
    /// What it made of each: an error is a function error.
    pub(crate) answers: Receiver<std::result::Result<Value, Value>>,
}

/// What a connection works with.
#[derive(Clone)]
struct Queues {
    events: Arc<Mutex<Receiver<Value>>>,
    answers: Sender<std::result::Result<Value, Value>>,
}

impl RuntimeApi {
    pub(crate) fn start() -> Result<Self> {
        let failed = |error: std::io::Error| format!("no socket for a Lambda Runtime API: {error}");
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?.to_string();
        let ((events, event_queue), (answer_queue, answers)) = (channel(), channel());
        let queues = Queues { events: Arc::new(Mutex::new(event_queue)), answers: answer_queue };
        thread::spawn(move || {
            for stream in listener.incoming().map_while(std::result::Result::ok) {
                let queues = queues.clone();
                // Its end is the function's, or a request that it should not make.
                thread::spawn(move || serve(stream, &queues));
            }
        });
        Ok(Self { address, events, answers })
    }
}

/// Serves one connection. `None` when it is over.
fn serve(stream: TcpStream, queues: &Queues) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let (line, body) = read_request(&mut reader)?;
        if line.starts_with(NEXT) {
            let event = queues.events.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()?;
            write(&mut writer, "200 OK", INVOCATION, &event.to_string())?;
        } else {
            let body = serde_json::from_slice(&body).ok()?;
            // The function is in order again before whoever asked goes on.
            write(&mut writer, "202 Accepted", "", "")?;
            queues.answers.send(if line.contains("/response ") { Ok(body) } else { Err(body) }).ok()?;
        }
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((line, body))
}

fn write(stream: &mut TcpStream, status: &str, headers: &str, body: &str) -> Option<()> {
    let length = body.len();
    let text = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).ok()
}
