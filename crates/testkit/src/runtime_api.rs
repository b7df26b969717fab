//! A Lambda Runtime API on a real socket: it sends events to a function's binary and receives its answers.
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

/// The id of the first request. Each further id is the next number.
const FIRST_ID: u64 = 0x2dfe_598c_3fcd;

/// The result of an event. `Err` is a function error.
pub type Outcome = Result<Value, Value>;

/// A running Runtime API. It runs until the process ends; the function that uses it may end before.
#[derive(Debug)]
pub struct RuntimeApi {
    address: String,
    events: Sender<Event>,
}

/// An event for the function, and the time that the function then has for it.
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
    /// How many events were sent.
    given: AtomicU64,
    on_answer: F,
}

impl RuntimeApi {
    /// Starts a Runtime API for the function with this name. It passes each answer to `on_answer`, with the
    /// id of the request that it answers.
    ///
    /// # Errors
    ///
    /// No socket is available.
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
        // An error here is the end of a connection, or a request that the function should not make.
        let address = http::accept(move |stream| _ = shared.serve(stream))?;
        Ok(Self { address, events })
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Queues an event for the function, which then has this much time for it.
    pub fn send(&self, event: String, time: Duration) {
        self.events.send(Event { text: event, time }).unwrap();
    }
}

/// The id of the request with this number, from 0.
pub fn request_id(number: u64) -> String {
    format!("8476a536-e9f4-11e8-9739-{:012x}", FIRST_ID + number)
}

impl<F: Fn(String, Outcome)> Shared<F> {
    /// Serves one connection. `None` if it is over.
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
                    // The sender of events is gone.
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
            // The function gets its confirmation before the test goes on.
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
