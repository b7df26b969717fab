//! A Sentry of the tests' own. It implements the envelope endpoint, and is strict about what it accepts.
//! <https://develop.sentry.dev/sdk/foundations/transport/envelopes/>

use std::sync::{Arc, Mutex};

use serde_json::Value;
use testkit::http::{self, Message, Reply};

pub(crate) const KEY: &str = "0123456789abcdef0123456789abcdef";
const PROJECT: &str = "42";

/// An answer with this status and these headers.
pub(crate) fn answer(status: &str, headers: &str) -> Reply {
    Reply::Answer(status.to_owned(), headers.to_owned(), r#"{"id":"x"}"#.to_owned())
}

pub(crate) fn ok() -> Reply {
    answer("200 OK", "")
}

pub(crate) struct Sentry {
    address: String,
    received: Arc<Mutex<Vec<Value>>>,
}

impl Sentry {
    /// Starts a Sentry that gives these replies to the first requests, and 200 to all others.
    pub(crate) fn start(replies: &[Reply]) -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let (shared, replies) = (Arc::clone(&received), replies.to_vec());
        let address = http::serve(move |request| {
            let event = event(&request);
            let mut received = shared.lock().unwrap();
            received.push(event);
            replies.get(received.len() - 1).cloned().unwrap_or_else(ok)
        });
        Self { address, received }
    }

    pub(crate) fn dsn(&self) -> String {
        format!("http://{KEY}@{}/{PROJECT}", self.address)
    }

    /// The events of all requests, in order.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.received.lock().unwrap().clone()
    }
}

/// The event in an envelope, after checking everything around it.
fn event(request: &Message) -> Value {
    assert_eq!(request.line, format!("POST /api/{PROJECT}/envelope/ HTTP/1.1"));
    assert_eq!(request.headers["content-type"], "application/x-sentry-envelope");
    let auth = &request.headers["x-sentry-auth"];
    let parts: Vec<&str> = auth.strip_prefix("Sentry ").unwrap().split(", ").collect();
    assert_eq!(parts[..2], [format!("sentry_key={KEY}"), "sentry_version=7".to_owned()], "{auth}");
    assert!(parts.iter().any(|part| part.starts_with("sentry_client=error-reporter/")), "{auth}");
    assert!(
        !request.headers.values().any(|value| value != auth && value.contains(KEY)),
        "{:?}",
        request.headers
    );

    let (head, rest) = split_line(&request.body);
    let (item, rest) = split_line(rest);
    let [head, item]: [Value; 2] = [head, item].map(|line| serde_json::from_slice(line).unwrap());
    assert_eq!(item["type"], "event");
    let length = usize::try_from(item["length"].as_u64().unwrap()).unwrap();
    let (payload, end) = rest.split_at(length);
    assert!(end.is_empty() || end == b"\n", "there is more than one item: {}", String::from_utf8_lossy(end));
    let event: Value = serde_json::from_slice(payload).unwrap();
    let id = event["event_id"].as_str().unwrap();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_eq!(head["event_id"].as_str().unwrap().replace('-', ""), id);
    assert!(!request.body.windows(KEY.len()).any(|part| part == KEY.as_bytes()));
    event
}

fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    (&bytes[..end], &bytes[end + 1..])
}
