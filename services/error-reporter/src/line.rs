//! Finds out whether a log line reports a fault, and which.
//!
//! The lines are JSON: our own (crates/platform/src/telemetry.rs), and Lambda's
//! (<https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html>). Only the fields that are
//! named here are read, so that no other field can be sent. A line that is not JSON comes from a process that
//! is about to end, which Lambda's own line reports as well.

use serde_json::{Map, Value};

/// The fields of our lines that may be sent in addition to the message.
const DETAILS: [&str; 7] = ["code", "cause", "error", "panic", "place", "pointer", "missing"];
/// The fields of Lambda's lines that may be sent.
const RECORD_DETAILS: [&str; 3] = ["status", "errorType", "phase"];
const METRICS: [&str; 4] = ["durationMs", "initDurationMs", "memorySizeMB", "maxMemoryUsedMB"];
/// The prefixes of error types that Lambda itself reports. An error that a handler returns has a type of its
/// own.
/// <https://github.com/aws/aws-lambda-runtime-interface-emulator/blob/develop/internal/lambda/fatalerror/fatalerror.go>
const OF_LAMBDA: [&str; 4] = ["Runtime.", "Sandbox.", "Extension.", "Function."];

/// One fault.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    /// What happened, without ids.
    pub(crate) message: String,
    /// The part of the program that reported it.
    pub(crate) logger: Option<String>,
    pub(crate) request_id: Option<String>,
    /// Names and values of further fields.
    pub(crate) details: Vec<(&'static str, String)>,
}

/// Who reported the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The function itself, with a line at ERROR.
    Logged,
    /// The gate, which could not decide.
    Gate,
    /// Lambda: the function ran into its timeout.
    Timeout,
    /// Lambda: the function's process ended.
    Crash,
    /// Lambda: the function's process did not start.
    Start,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Logged => "logged",
            Self::Gate => "gate",
            Self::Timeout => "timeout",
            Self::Crash => "crash",
            Self::Start => "start",
        }
    }
}

impl Fault {
    pub(crate) fn read(line: &str) -> Option<Self> {
        let line: Map<String, Value> = serde_json::from_str(line).ok()?;
        if text(&line, "level") == Some("ERROR") {
            return Some(logged(&line));
        }
        if text(&line, "decision") == Some("failure") {
            return Some(undecided(&line));
        }
        let record = line.get("record")?.as_object()?;
        match text(&line, "type")? {
            "platform.report" => ended(record),
            "platform.initReport" => started(record),
            _ => None,
        }
    }

    pub(crate) fn detail(&self, name: &str) -> Option<&str> {
        self.details.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

fn logged(line: &Map<String, Value>) -> Fault {
    let message = text(line, "message").filter(|message| !message.is_empty());
    Fault {
        kind: Kind::Logged,
        message: message.unwrap_or("an error without a message").to_owned(),
        logger: text(line, "target").map(ToOwned::to_owned),
        request_id: request_id(line),
        details: details(line, &DETAILS),
    }
}

/// The gate's audit line. It also says who called, but only the reason of the failure is sent. The line of a
/// refused token has the decision `unauthorized`, and is not a fault.
fn undecided(line: &Map<String, Value>) -> Fault {
    Fault {
        kind: Kind::Gate,
        message: "the gate could not decide".to_owned(),
        logger: text(line, "target").map(ToOwned::to_owned),
        request_id: request_id(line),
        details: details(line, &["reason"]),
    }
}

/// The fault of an invocation's end. If a handler returns an error, the line has the status `success`, so the
/// authorizer's 401s are not faults: <https://github.com/aws-samples/aws-lambda-extensions/issues/85>. If
/// Lambda ever changes that, the error type is still the handler's own.
fn ended(record: &Map<String, Value>) -> Option<Fault> {
    let kind = match text(record, "status")? {
        "timeout" => Kind::Timeout,
        "error" | "failure" if is_of_lambda(record) => Kind::Crash,
        _ => return None,
    };
    let message = if kind == Kind::Timeout { "it ran into its timeout" } else { "it crashed" };
    Some(of_lambda(kind, message, record))
}

fn started(record: &Map<String, Value>) -> Option<Fault> {
    let has_failed = matches!(text(record, "status")?, "timeout" | "error" | "failure");
    has_failed.then(|| of_lambda(Kind::Start, "it did not start", record))
}

fn of_lambda(kind: Kind, message: &str, record: &Map<String, Value>) -> Fault {
    let mut details = details(record, &RECORD_DETAILS);
    if let Some(metrics) = record.get("metrics").and_then(Value::as_object) {
        details.extend(self::details(metrics, &METRICS));
    }
    let request_id = text(record, "requestId").map(ToOwned::to_owned);
    Fault { kind, message: message.to_owned(), logger: None, request_id, details }
}

fn is_of_lambda(record: &Map<String, Value>) -> bool {
    text(record, "errorType").is_none_or(|kind| OF_LAMBDA.iter().any(|start| kind.starts_with(start)))
}

fn request_id(line: &Map<String, Value>) -> Option<String> {
    let span = line.get("span").and_then(Value::as_object);
    span.and_then(|span| text(span, "request_id")).map(ToOwned::to_owned)
}

fn details(object: &Map<String, Value>, names: &[&'static str]) -> Vec<(&'static str, String)> {
    let told = |name: &&'static str| match object.get(*name)? {
        Value::String(text) => Some((*name, text.clone())),
        value @ (Value::Number(_) | Value::Bool(_)) => Some((*name, value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    names.iter().filter_map(told).collect()
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Real and documented lines, each with its source.
    const LINES: &str = include_str!("../tests/lines/lines.json");

    #[test]
    fn each_known_line_is_read_as_the_right_fault() {
        let known: Vec<Value> = serde_json::from_str(LINES).unwrap();
        assert!(known.len() > 15);
        for case in known {
            let line = case["line"].as_str().map_or_else(|| case["line"].to_string(), ToOwned::to_owned);
            let fault = Fault::read(&line);
            let (kind, message) = (case["kind"].as_str(), case["message"].as_str());
            assert_eq!(fault.as_ref().map(|fault| fault.kind.as_str()), kind, "{case}");
            assert_eq!(fault.as_ref().map(|fault| fault.message.as_str()), message, "{case}");
            assert_eq!(
                fault.as_ref().and_then(|fault| fault.request_id.as_deref()),
                case["requestId"].as_str()
            );
            assert!(case["source"].as_str().is_some_and(|source| !source.is_empty()), "{case}");
        }
    }

    #[test]
    fn a_field_that_is_not_on_the_list_is_not_read() {
        let line = r#"{"level":"ERROR","message":"m","target":"auth::cognito","code":"internal","status":500,
            "email":"ada@example.com","body":{"password":"hunter2"},"headers":["x"],"cause":["no","text"],"pointer":7}"#;
        let fault = Fault::read(line).unwrap();
        assert_eq!(fault.details, [("code", "internal".to_owned()), ("pointer", "7".to_owned())]);
        assert_eq!(fault.logger.as_deref(), Some("auth::cognito"));
    }

    #[test]
    fn lambda_s_line_tells_how_long_and_how_much() {
        let line = r#"{"type":"platform.report","record":{"requestId":"r","status":"error","errorType":"Runtime.OutOfMemory",
            "metrics":{"durationMs":12.5,"maxMemoryUsedMB":256,"memorySizeMB":256},"tracing":{"value":"Root=1"}}}"#;
        let fault = Fault::read(line).unwrap();
        assert_eq!(fault.detail("errorType"), Some("Runtime.OutOfMemory"));
        assert_eq!(fault.detail("maxMemoryUsedMB"), Some("256"));
        assert_eq!(fault.detail("durationMs"), Some("12.5"));
        assert_eq!(fault.detail("tracing"), None);
    }

    #[test]
    fn what_is_no_json_object_or_of_other_types_is_nothing() {
        let nested = format!("{}1{}", "[".repeat(500), "]".repeat(500));
        for line in [
            "",
            "null",
            "[]",
            "ERROR",
            "\"ERROR\"",
            r#"{"level":5}"#,
            r#"{"level":"error"}"#,
            r#"{"level":"ERROR""#,
            r#"{"type":"platform.report"}"#,
            r#"{"type":"platform.report","record":"x"}"#,
            r#"{"type":"platform.report","record":{"status":null}}"#,
            r#"{"type":7,"record":{"status":"timeout"}}"#,
            r#"{"type":"platform.logsDropped","record":{"droppedBytes":1}}"#,
            nested.as_str(),
        ] {
            assert_eq!(Fault::read(line), None, "{line}");
        }
    }
}
