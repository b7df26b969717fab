//! A Lambda Runtime API on a real socket: hands events to a function's binary and takes its answers.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::io::{self, BufReader};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::http;

const INVOCATION: &str = "/2018-06-01/runtime/invocation/";

/// The id of the first request; each further one is the next number.
const FIRST_ID: u64 = 0x2dfe_598c_3fcd;

/// What a function made of an event: `Err` is a function error.
pub type Outcome = Result<Value, Value>;

/// Both ends of what passes through it. It lives until the process ends; the function that it serves does not.
#[derive(Debug)]
pub struct RuntimeApi {
    address: String,
    events: Sender<Event>,
}

/// What a function is given, and the time that it has for it from then on.
#[derive(Debug)]
struct Event {
    text: String,
    time: Duration,
}

/// What the connections share.
struct Shared<F> {
    /// The name in the function's ARN.
    function: String,
    events: Mutex<Receiver<Event>>,
    /// How many events were handed out.
    given: AtomicU64,
    on_answer: F,
}

impl RuntimeApi {
    /// Starts one for the function of this name. Each answer goes to `on_answer`, with the id of the request that it
    /// says it answers.
    ///
    /// # Errors
    ///
    /// When there is no socket to be had.
    pub fn start(
        function: &str,
        on_answer: impl Fn(String, Outcome) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let (events, queue) = channel();
        let shared = Shared {
            function: function.to_owned(),
            events: Mutex::new(queue),
            given: AtomicU64::new(0),
            on_answer,
        };
        // The end of a connection is the function's, or a request that it should not make.
        let address = http::accept(move |stream| _ = shared.serve(stream))?;
        Ok(Self { address, events })
    }

    /// For `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The function is given this when it next asks, and has so much time for it.
    pub fn send(&self, event: String, time: Duration) {
        self.events.send(Event { text: event, time }).unwrap();
    }
}

/// The id of the request that is handed out as this one, from 0.
pub fn request_id(number: u64) -> String {
    format!("8476a536-e9f4-11e8-9739-{:012x}", FIRST_ID + number)
}

impl<F: Fn(String, Outcome)> Shared<F> {
    /// Serves one connection. `None` when it is over.
    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut writer = stream.try_clone().ok()?;
        let mut reader = BufReader::new(stream);
        loop {
            let request = http::read(&mut reader).ok()??;
            let Some(rest) = request.target().strip_prefix(INVOCATION) else {
                http::write(&mut writer, "404 Not Found", "", "").ok()?;
                continue;
            };
            if rest == "next" {
                let event = self.events.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(event) = event else {
                    // Whoever had events to give is gone.
                    return http::write(&mut writer, "410 Gone", "", "").ok();
                };
                http::write(&mut writer, "200 OK", &self.headers(event.time), &event.text).ok()?;
                continue;
            }
            let (id, kind) = rest.split_once('/')?;
            let body = serde_json::from_slice(&request.body).unwrap();
            let outcome = match kind {
                "response" => Ok(body),
                "error" => Err(body),
                _ => panic!("no such request: {}", request.line),
            };
            // The function is in order again before whoever asked goes on.
            http::write(&mut writer, "202 Accepted", "", "").ok()?;
            (self.on_answer)(id.to_owned(), outcome);
        }
    }

    fn headers(&self, time: Duration) -> String {
        let id = request_id(self.given.fetch_add(1, Ordering::Relaxed));
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + time;
        let Self { function, .. } = self;
        format!(
            "Lambda-Runtime-Aws-Request-Id: {id}\r\nLambda-Runtime-Deadline-Ms: {}\r\n\
             Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:{function}\r\n\
             Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700\r\n",
            deadline.as_millis()
        )
    }
}
