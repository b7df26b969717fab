//! Events of `CloudWatch` Logs.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample>

use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

pub(crate) const GROUP: &str = "gatehouse-prod-AuthLogs-1a2B3c4D5e6F";

/// Each line with an id of its own.
pub(crate) fn event(lines: &[Value]) -> String {
    let lines: Vec<Value> = lines
        .iter()
        .enumerate()
        .map(|(number, line)| {
            let message = line.as_str().map_or_else(|| line.to_string(), ToOwned::to_owned);
            json!({ "id": format!("{number:056}"), "timestamp": 1_795_000_000_000_u64 + number as u64, "message": message })
        })
        .collect();
    packed("DATA_MESSAGE", &json!(lines))
}

pub(crate) fn packed(kind: &str, lines: &Value) -> String {
    let data = json!({
        "messageType": kind, "owner": "123456789012", "logGroup": GROUP,
        "logStream": "2026/11/27/gatehouse-prod-AuthFunction-aB3dE5gH7jK9[17]6f7f0961f83442118a7af6fe80b88d56",
        "subscriptionFilters": ["gatehouse-prod-AuthFaults-aB3"], "logEvents": lines,
    });
    gzipped(data.to_string().as_bytes())
}

pub(crate) fn gzipped(unpacked: &[u8]) -> String {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(unpacked).unwrap();
    json!({ "awslogs": { "data": BASE64_STANDARD.encode(gzip.finish().unwrap()) } }).to_string()
}

/// A line at ERROR, as crates/platform/src/telemetry.rs writes it.
pub(crate) fn failed(code: &str) -> Value {
    json!({
        "timestamp": "2026-11-27T10:00:00.000001Z", "level": "ERROR", "code": code, "cause": "connection reset",
        "message": "the request failed", "target": "web::access_log",
        "span": { "request_id": "7f3a9d10-6c1e-4c58-9f43-8d2a7e5b1c90", "name": "invocation" },
    })
}

/// Lambda's own line about an invocation.
pub(crate) fn ended(status: &str, error_type: &str) -> Value {
    json!({
        "time": "2026-11-27T10:00:00.000Z", "type": "platform.report",
        "record": {
            "requestId": "d42a42f2-9886-4ec7-8e1d-69ee7086c66a", "status": status, "errorType": error_type,
            "metrics": { "durationMs": 12.1, "billedDurationMs": 13, "memorySizeMB": 256, "maxMemoryUsedMB": 20 },
        },
    })
}
