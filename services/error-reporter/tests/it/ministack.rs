//! The way from a log group to Sentry. A `MiniStack` of this test's own has the subscription with the pattern
//! of template.yaml, and starts the binary as a function.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Crc;
use serde_json::{Value, json};
use testkit::ministack::MiniStack;

use crate::events::{ended, failed};
use crate::sentry::Sentry;

const PATIENCE: Duration = Duration::from_mins(1);
const GROUP: &str = "gatehouse-dev-AuthLogs-1a2B3c4D5e6F";

#[test]
fn a_logged_error_reaches_sentry_through_the_subscription() {
    let Some(aws) = MiniStack::start(env!("CARGO_TARGET_TMPDIR")).map(Aws) else { return };
    let sentry = Sentry::start(&[]);
    let function = aws.make_function(&sentry.dsn());
    aws.logs("CreateLogGroup", &json!({ "logGroupName": GROUP }));
    let subscription = json!({
        "logGroupName": GROUP, "filterName": "AuthFaults", "filterPattern": pattern(), "destinationArn": function,
    });
    aws.logs("PutSubscriptionFilter", &subscription);
    aws.logs("CreateLogStream", &json!({ "logGroupName": GROUP, "logStreamName": "a-test" }));
    let lines = [
        json!({ "level": "INFO", "message": "ERROR is only a word here" }),
        failed("internal"),
        json!("a text with ERROR in it"),
        ended("success", "x"),
        ended("timeout", "x"),
        json!({ "level": "INFO", "message": "decision", "decision": "unauthorized", "reason": "signature_wrong" }),
    ];
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let events: Vec<Value> = lines
        .iter()
        .map(|line| json!({ "timestamp": now, "message": line.as_str().map_or_else(|| line.to_string(), ToOwned::to_owned) }))
        .collect();
    aws.logs(
        "PutLogEvents",
        &json!({ "logGroupName": GROUP, "logStreamName": "a-test", "logEvents": events }),
    );

    let give_up = Instant::now() + PATIENCE;
    while sentry.events().len() < 2 {
        assert!(Instant::now() < give_up, "only {:?} came; {}", sentry.events(), aws.0.printed());
        thread::sleep(Duration::from_millis(50));
    }
    let messages: Vec<Value> = sentry.events().iter().map(|event| event["message"].clone()).collect();
    assert_eq!(
        json!(messages),
        json!(["auth: the request failed: internal", "auth: it ran into its timeout: x"])
    );
    assert_eq!(sentry.events()[0]["environment"], "gatehouse-dev");
}

/// The pattern of template.yaml, which is a folded text of two lines.
fn pattern() -> String {
    let template = fs::read_to_string(root().join("template.yaml")).unwrap();
    let (_, after) = template.split_once("FilterPattern: &Faults >-\n").unwrap();
    let folded: Vec<&str> = after.lines().take(2).map(str::trim).collect();
    let pattern = folded.join(" ");
    assert!(pattern.starts_with('{') && pattern.ends_with('}'), "{pattern}");
    pattern
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A `MiniStack`, called like AWS.
struct Aws(MiniStack);

impl Aws {
    /// No program checks the signature. It only tells the account and the service.
    fn call(&self, what: &str, service: &str, more: &str, body: &str) -> Value {
        let scope = format!("Credential=test/20261127/us-east-1/{service}/aws4_request");
        let auth = format!("Authorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0\r\n");
        let answer = self.0.ask(what, &format!("{auth}{more}"), body).unwrap();
        let told = String::from_utf8_lossy(&answer.body);
        assert!(answer.line.contains(" 20"), "{what}: {} {told}", answer.line);
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    fn logs(&self, operation: &str, body: &Value) -> Value {
        let target = format!(
            "X-Amz-Target: Logs_20140328.{operation}\r\nContent-Type: application/x-amz-json-1.1\r\n"
        );
        self.call("POST /", "logs", &target, &body.to_string())
    }

    /// Makes the function and returns its ARN. Its program is a script that executes the binary.
    fn make_function(&self, dsn: &str) -> String {
        let role = "Action=CreateRole&Version=2010-05-08&RoleName=reporter&AssumeRolePolicyDocument=%7B%7D";
        self.call("POST /", "iam", "Content-Type: application/x-www-form-urlencoded\r\n", role);
        let script = format!("#!/bin/sh\nexec '{}'\n", env!("CARGO_BIN_EXE_error-reporter"));
        let function = json!({
            "FunctionName": "gatehouse-dev-ReporterFunction-1a2B", "Runtime": "provided.al2023", "Handler": "bootstrap",
            "Role": "arn:aws:iam::000000000000:role/reporter", "Timeout": 30, "MemorySize": 256,
            "Environment": { "Variables": { "SENTRY_DSN": dsn, "STACK_NAME": "gatehouse-dev" } },
            "Code": { "ZipFile": BASE64_STANDARD.encode(zip("bootstrap", script.as_bytes())) },
        });
        let made = self.call(
            "POST /2015-03-31/functions",
            "lambda",
            "Content-Type: application/json\r\n",
            &function.to_string(),
        );
        made["FunctionArn"].as_str().unwrap().to_owned()
    }
}

/// An archive of one executable file, stored without compression.
/// <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, sections 4.3.7, 4.3.12 and 4.3.16
fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(content);
    let size = u32::try_from(content.len()).unwrap().to_le_bytes();
    let length = u16::try_from(name.len()).unwrap().to_le_bytes();
    let common =
        [&[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..], &crc.sum().to_le_bytes(), &size, &size, &length, &[0, 0]]
            .concat();
    let file = [b"PK\x03\x04", common.as_slice(), name.as_bytes(), content].concat();
    // For an archive made on Unix, the mode is in the upper half of the attributes.
    let mode = (0o100_755_u32 << 16).to_le_bytes();
    let entry = [b"PK\x01\x02\x14\x03", common.as_slice(), &[0; 6], &mode, &[0; 4], name.as_bytes()].concat();
    let lengths = [u32::try_from(entry.len()).unwrap(), u32::try_from(file.len()).unwrap()]
        .map(u32::to_le_bytes)
        .concat();
    let end = [b"PK\x05\x06".as_slice(), &[0, 0, 0, 0, 1, 0, 1, 0], &lengths, &[0, 0]].concat();
    [file, entry, end].concat()
}
