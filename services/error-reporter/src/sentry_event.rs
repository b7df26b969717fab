//! Renders a fault as an event of Sentry, protocol 7.
//! <https://develop.sentry.dev/sdk/foundations/transport/event-payloads/>
//!
//! Everything that a function wrote goes through [`scrub`] before it is put into the event. AWS's own names
//! do not. The event has no server name, no user and no request.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use sentry_types::protocol::v7::Event;
use sentry_types::{Uuid, protocol::v7::Level};
use sha2::{Digest as _, Sha256};

use crate::batch::LogEvent;
use crate::line::Fault;
use crate::scrub::{cut, scrub};
use crate::source::Source;

/// Sentry cuts a message at 8,192 characters and a tag's value at 200:
/// <https://develop.sentry.dev/sdk/foundations/transport/event-payloads/>
const MAX_MESSAGE: usize = 1_000;
const MAX_TAG: usize = 200;
const MAX_DETAIL: usize = 2_000;
/// The longest text of a fingerprint.
const MAX_GROUP: usize = 200;
/// <https://docs.sentry.io/product/sentry-basics/environments/>
const MAX_ENVIRONMENT: usize = 64;

/// The event for the first of several equal lines, and its group.
pub(crate) fn render(
    fault: &Fault,
    times: usize,
    source: &Source,
    stack: &str,
    line: &LogEvent,
) -> Event<'static> {
    Event {
        event_id: event_id(source, &line.id),
        level: Level::Error,
        fingerprint: fingerprint(fault, source).into_iter().map(Cow::Owned).collect(),
        message: Some(title(fault, source)),
        logger: fault.logger.as_deref().map(|logger| scrub(logger, MAX_TAG)),
        // The default is "other". Native means compiled code.
        platform: Cow::Borrowed("native"),
        timestamp: SystemTime::UNIX_EPOCH + Duration::from_millis(line.timestamp),
        release: source.release(stack).map(|release| Cow::Owned(cut(&release, MAX_TAG))),
        environment: Some(Cow::Owned(stack.chars().take(MAX_ENVIRONMENT).collect())),
        tags: tags(fault, source),
        extra: fault
            .details
            .iter()
            .map(|(name, value)| ((*name).to_owned(), scrub(value, MAX_DETAIL).into()))
            .chain([("times".to_owned(), times.into())])
            .collect(),
        ..Event::default()
    }
}

/// The same id for the same line, so that Sentry can drop duplicates: Lambda may deliver an event more than
/// once, and does so after a failure.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
fn event_id(source: &Source, line: &str) -> Uuid {
    let digest =
        Sha256::new().chain_update(&source.log_group).chain_update([0]).chain_update(line).finalize();
    let mut bytes = [0; 16];
    for (byte, from) in bytes.iter_mut().zip(digest) {
        *byte = from;
    }
    // It has the form of a random UUID, which Sentry requires.
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// One line for people: which service, what happened, and the reason in short.
fn title(fault: &Fault, source: &Source) -> String {
    let why =
        ["panic", "code", "reason", "errorType", "error", "cause"].iter().find_map(|name| fault.detail(name));
    let text = match why {
        Some(why) => scrub(&format!("{}: {why}", fault.message), MAX_MESSAGE),
        None => scrub(&fault.message, MAX_MESSAGE),
    };
    format!("{}: {text}", cut(&source.service, MAX_TAG))
}

/// What the same fault always has in common, without ids and numbers.
pub(crate) fn fingerprint(fault: &Fault, source: &Source) -> Vec<String> {
    let mut parts = vec![source.service.clone(), fault.kind.as_str().to_owned(), general(&fault.message)];
    // The place of a panic says more than its text, which may contain the input.
    let names: &[&str] = if fault.detail("place").is_some() {
        &["place"]
    } else {
        &["code", "reason", "errorType", "cause", "error", "pointer"]
    };
    for name in names {
        if let Some(value) = fault.detail(name) {
            parts.push(if *name == "place" { scrub(value, MAX_GROUP) } else { general(value) });
        }
    }
    parts
}

/// A text without the parts that differ each time: every word with a digit in it.
fn general(text: &str) -> String {
    let words = scrub(text, MAX_GROUP);
    let words = words
        .split_whitespace()
        .map(|word| if word.bytes().any(|byte| byte.is_ascii_digit()) { "#" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn tags(fault: &Fault, source: &Source) -> BTreeMap<String, String> {
    let by_aws = [
        ("service", Some(source.service.as_str())),
        ("kind", Some(fault.kind.as_str())),
        ("function", source.function.as_deref()),
        ("version", source.version.as_deref()),
        ("log_group", Some(source.log_group.as_str())),
    ];
    let by_function = [("request_id", fault.request_id.as_deref()), ("code", fault.detail("code"))];
    let by_aws = by_aws.into_iter().filter_map(|(name, value)| Some((name, cut(value?, MAX_TAG))));
    let by_function =
        by_function.into_iter().filter_map(|(name, value)| Some((name, scrub(value?, MAX_TAG))));
    // A tag has only one line, and must not be empty.
    let told = by_aws.chain(by_function).filter(|(_, value)| !value.is_empty());
    told.map(|(name, value)| (name.to_owned(), value.replace('\n', " "))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The longest name that occurs.
    const GROUP: &str = "gatehouse-production-eu-central-AuthLogs-1a2B3c4D5e6F";
    const STREAM: &str = "2026/11/27/gatehouse-production-eu-central-AuthFunction-aB3dE5gH7jK9[17]6f7f0961f83442118a7af6fe80b88d56";
    const STACK: &str = "gatehouse-production-eu-central";

    fn rendered(line: &Value) -> Value {
        serde_json::to_value(event(line)).unwrap()
    }

    fn event(line: &Value) -> Event<'static> {
        let source = Source::read(STACK, GROUP, STREAM);
        let event = LogEvent { id: "1".to_owned(), timestamp: 1_795_000_000_250, message: line.to_string() };
        let fault = Fault::read(&event.message).unwrap();
        render(&fault, 3, &source, STACK, &event)
    }

    #[test]
    fn an_event_says_what_failed_where_and_which_version() {
        let event = event(&json!({
            "timestamp": "2026-11-27T10:00:00Z", "level": "ERROR", "message": "the request failed", "code": "internal",
            "cause": "connection reset", "target": "web::access_log",
            "span": { "request_id": "7f3a9d10-0000-4000-8000-000000000000", "name": "invocation" },
        }));
        insta::assert_json_snapshot!(event, @r#"
        {
          "event_id": "bf350791a3904865b3997ba601d19dc7",
          "fingerprint": [
            "auth",
            "logged",
            "the request failed",
            "internal",
            "connection reset"
          ],
          "message": "auth: the request failed: internal",
          "logger": "web::access_log",
          "platform": "native",
          "timestamp": 1795000000.25,
          "release": "gatehouse-production-eu-central-auth@17",
          "environment": "gatehouse-production-eu-central",
          "tags": {
            "code": "internal",
            "function": "gatehouse-production-eu-central-AuthFunction-aB3dE5gH7jK9",
            "kind": "logged",
            "log_group": "gatehouse-production-eu-central-AuthLogs-1a2B3c4D5e6F",
            "request_id": "7f3a9d10-0000-4000-8000-000000000000",
            "service": "auth",
            "version": "17"
          },
          "extra": {
            "cause": "connection reset",
            "code": "internal",
            "times": 3
          }
        }
        "#);
        assert_eq!(event.event_id.get_version_num(), 4);
    }

    #[test]
    fn the_same_line_is_the_same_event_and_another_is_another() {
        let source = Source::read(STACK, GROUP, STREAM);
        let other = Source::read(STACK, "gatehouse-production-eu-central-OrdersLogs-1a2B", STREAM);
        assert_eq!(event_id(&source, "1"), event_id(&source, "1"));
        assert_ne!(event_id(&source, "1"), event_id(&source, "2"));
        assert_ne!(event_id(&source, "1"), event_id(&other, "1"));
    }

    #[test]
    fn the_same_fault_is_one_group_whatever_its_numbers_and_ids() {
        let group = |line: Value| rendered(&line)["fingerprint"].clone();
        let panic = |text: &str, place: &str| json!({ "level": "ERROR", "message": "it panicked", "panic": text, "place": place });
        assert_eq!(group(panic("index 3", "a.rs:1:2")), group(panic("\"hunter2\"", "a.rs:1:2")));
        assert_ne!(group(panic("index 3", "a.rs:1:2")), group(panic("index 3", "a.rs:9:2")));
        let failed = |cause: &str| json!({ "level": "ERROR", "message": "failed", "code": "internal", "cause": cause });
        assert_eq!(
            group(failed("no answer in 1503 ms for 7f3a")),
            group(failed("no answer in 1511 ms for 99b1"))
        );
        assert_ne!(group(failed("no answer")), group(failed("connection reset")));
        let ended = |status: &str, kind: &str, id: &str| json!({ "type": "platform.report", "record": { "requestId": id, "status": status, "errorType": kind } });
        assert_eq!(
            group(ended("error", "Runtime.ExitError", "1")),
            group(ended("error", "Runtime.ExitError", "2"))
        );
        assert_ne!(
            group(ended("error", "Runtime.ExitError", "1")),
            group(ended("error", "Runtime.OutOfMemory", "1"))
        );
    }

    #[test]
    fn only_scrubbed_listed_fields_of_a_hostile_line_arrive() {
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
        let event = rendered(&json!({
            "level": "ERROR", "message": format!("failed for ada@example.com with {jwt}"), "target": "auth\nada@example.com",
            "cause": format!("Authorization: Bearer abc.def; {{\"password\": \"hunter2\"}} from 203.0.113.7"),
            "error": format!("{jwt}"), "code": "x".repeat(10_000),
            "body": "password=hunter2", "email": "ada@example.com", "ip": "203.0.113.7", "authorization": jwt,
            "user": { "name": "Ada Lovelace" }, "request": { "headers": { "cookie": "refresh=hunter2" } },
            "span": { "request_id": "7f3a\nada@example.com", "user": "Ada Lovelace" },
        }));
        let told = event.to_string();
        for secret in ["eyJ", "ada", "Ada", "hunter2", "abc.def", "203.0.113", "Lovelace", "cookie"] {
            assert!(!told.contains(secret), "{secret} in {told}");
        }
        assert!(told.len() < 6_000, "{}", told.len());
        assert_eq!(
            event["extra"]["cause"],
            "Authorization: [redacted] [redacted]; {\"password\": [redacted]} from [ip]"
        );
        assert!(event["user"].is_null() && event["request"].is_null() && event["server_name"].is_null());
    }
}
