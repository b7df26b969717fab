//! Reads the events that `CloudWatch` Logs sends to the function: lines of one log stream, as gzip in base64.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample>
//!
//! It does not use the type of `aws_lambda_events`, because that type unpacks data of any size. This file
//! must not depend on what a line says.

use std::io::Read as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;

/// The most bytes of an unpacked event. Lambda passes at most 1 MB to an asynchronous invocation, and gzip
/// compresses our lines to about a twentieth of their size. A function with 256 MB of memory handles this
/// amount easily. <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MAX_UNPACKED: u64 = 32 << 20;

/// Lines of one log stream.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Batch {
    message_type: String,
    pub(crate) log_group: String,
    pub(crate) log_stream: String,
    pub(crate) log_events: Vec<LogEvent>,
}

/// One line.
#[derive(Debug, Deserialize)]
pub(crate) struct LogEvent {
    /// The same id for the same line, however often it is delivered.
    pub(crate) id: String,
    /// In milliseconds since 1970.
    pub(crate) timestamp: u64,
    pub(crate) message: String,
}

/// The event is not one of `CloudWatch` Logs. The error contains nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// `awslogs.data` is missing.
    #[error("the event does not come from a subscription of CloudWatch Logs: awslogs.data is not a string")]
    Event,
    /// Not base64.
    #[error("awslogs.data is not base64")]
    Encoding,
    /// Not gzip, or incomplete.
    #[error("awslogs.data cannot be unpacked: it is not gzip, or incomplete")]
    Compression,
    /// More than the function accepts.
    #[error("awslogs.data is larger than {MAX_UNPACKED} bytes when it is unpacked")]
    TooLarge,
    /// Not the form that `CloudWatch` Logs uses.
    #[error("awslogs.data does not have the form of CloudWatch Logs")]
    Form,
}

#[derive(Deserialize)]
struct Event {
    awslogs: Packed,
}

#[derive(Deserialize)]
struct Packed {
    data: String,
}

impl Batch {
    /// Unpacks an event. `None`: it is a control message, with which `CloudWatch` Logs checks that the
    /// function is reachable.
    pub(crate) fn unpack(event: &str) -> Result<Option<Self>, BatchError> {
        let event: Event = serde_json::from_str(event).map_err(|_| BatchError::Event)?;
        let packed = BASE64_STANDARD.decode(event.awslogs.data).map_err(|_| BatchError::Encoding)?;
        let mut unpacked = Vec::new();
        let mut reader = MultiGzDecoder::new(packed.as_slice()).take(MAX_UNPACKED + 1);
        reader.read_to_end(&mut unpacked).map_err(|_| BatchError::Compression)?;
        if unpacked.len() as u64 > MAX_UNPACKED {
            return Err(BatchError::TooLarge);
        }
        let batch: Self = serde_json::from_slice(&unpacked).map_err(|_| BatchError::Form)?;
        match batch.message_type.as_str() {
            "DATA_MESSAGE" => Ok(Some(batch)),
            "CONTROL_MESSAGE" => Ok(None),
            _ => Err(BatchError::Form),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use serde_json::{Value, json};

    use super::*;

    fn packed(unpacked: &[u8]) -> String {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(unpacked).unwrap();
        json!({ "awslogs": { "data": BASE64_STANDARD.encode(gzip.finish().unwrap()) } }).to_string()
    }

    fn data(kind: &str) -> Value {
        json!({
            "messageType": kind, "owner": "123456789012", "logGroup": "group", "logStream": "stream",
            "subscriptionFilters": ["filter"],
            "logEvents": [{ "id": "eventId1", "timestamp": 1_440_442_987_000_u64, "message": "[ERROR] First" }],
        })
    }

    #[test]
    fn lines_come_with_their_ids_and_times() {
        let batch = Batch::unpack(&packed(data("DATA_MESSAGE").to_string().as_bytes())).unwrap().unwrap();
        assert_eq!((batch.log_group.as_str(), batch.log_stream.as_str()), ("group", "stream"));
        let [line] = batch.log_events.as_slice() else { panic!("{batch:?}") };
        assert_eq!((line.id.as_str(), line.timestamp), ("eventId1", 1_440_442_987_000));
        assert_eq!(line.message, "[ERROR] First");
    }

    #[test]
    fn others_read_the_same_event_as_we_do() {
        use aws_lambda_events::cloudwatch_logs::LogsEvent;
        let event = packed(data("DATA_MESSAGE").to_string().as_bytes());
        let theirs = serde_json::from_str::<LogsEvent>(&event).unwrap().aws_logs.data;
        let ours = Batch::unpack(&event).unwrap().unwrap();
        assert_eq!((&theirs.log_group, &theirs.log_stream), (&ours.log_group, &ours.log_stream));
        assert_eq!(theirs.log_events[0].id, ours.log_events[0].id);
        assert_eq!(theirs.log_events[0].message, ours.log_events[0].message);
    }

    #[test]
    fn a_control_message_is_no_batch() {
        assert!(Batch::unpack(&packed(data("CONTROL_MESSAGE").to_string().as_bytes())).unwrap().is_none());
    }

    #[test]
    fn what_is_no_event_of_cloudwatch_logs_is_told_by_what_is_wrong() {
        let plain = |data: &str| json!({ "awslogs": { "data": data } }).to_string();
        let whole = packed(data("DATA_MESSAGE").to_string().as_bytes());
        let broken: Value = serde_json::from_str(&whole).unwrap();
        let half = BASE64_STANDARD.decode(broken["awslogs"]["data"].as_str().unwrap()).unwrap();
        let half = plain(&BASE64_STANDARD.encode(&half[..half.len() / 2]));
        for (event, expected) in [
            ("{}".to_owned(), BatchError::Event),
            ("null".to_owned(), BatchError::Event),
            (json!({ "awslogs": { "data": 5 } }).to_string(), BatchError::Event),
            (json!({ "Records": [] }).to_string(), BatchError::Event),
            (plain("%%%"), BatchError::Encoding),
            (plain("aGVsbG8="), BatchError::Compression),
            (plain(""), BatchError::Compression),
            (half, BatchError::Compression),
            (packed(b"no json"), BatchError::Form),
            (packed(b"{}"), BatchError::Form),
            (packed(data("OTHER").to_string().as_bytes()), BatchError::Form),
        ] {
            assert_eq!(Batch::unpack(&event).unwrap_err(), expected, "{event}");
        }
    }

    #[test]
    fn a_small_event_cannot_unpack_to_any_size() {
        let bomb = packed(&vec![b' '; usize::try_from(MAX_UNPACKED).unwrap() + 1]);
        assert!(bomb.len() < 100_000, "{}", bomb.len());
        assert_eq!(Batch::unpack(&bomb).unwrap_err(), BatchError::TooLarge);
    }
}
