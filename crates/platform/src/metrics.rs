//! Metrics as log lines, in `CloudWatch`'s embedded metric format: Lambda collects the lines, and `CloudWatch` makes
//! metrics of them. This needs no call, no thread and no dependency. A line costs a few microseconds, and nothing if
//! metrics are off.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
//!
//! Each value of a dimension makes a metric of its own, which AWS charges for. So only words of this code may be
//! values, such as reason codes, and never anything that a caller sent.

use std::io::Write as _;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

/// The variable that names the namespace of the metrics. Unset or empty: there are no metrics.
pub const METRICS_NAMESPACE: &str = "METRICS_NAMESPACE";

/// The variable in which Lambda names the running version.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
const FUNCTION_VERSION: &str = "AWS_LAMBDA_FUNCTION_VERSION";

static EMITTER: OnceLock<Option<Emitter>> = OnceLock::new();

#[derive(Debug)]
struct Emitter {
    namespace: String,
    service: &'static str,
    version: String,
}

/// Switches metrics on if the environment says so. [`service`] returns `service` from then on.
///
/// A second call in the same process has no effect.
pub fn init(env: impl Fn(&str) -> Option<String>, service: &'static str) {
    EMITTER.get_or_init(|| Emitter::new(env, service));
}

impl Emitter {
    fn new(env: impl Fn(&str) -> Option<String>, service: &'static str) -> Option<Self> {
        let value = |name| env(name).filter(|value| !value.is_empty());
        let namespace = value(METRICS_NAMESPACE)?;
        // A dimension must not be empty. Lambda always sets this variable.
        let version = value(FUNCTION_VERSION).unwrap_or_else(|| "unknown".to_owned());
        Some(Self { namespace, service, version })
    }
}

/// The service of the metrics. Empty if they are off.
#[must_use]
pub fn service() -> &'static str {
    emitter().map_or("", |emitter| emitter.service)
}

/// The running version of the function. Empty if metrics are off.
///
/// Each version makes metrics of its own, which AWS charges for in each hour with a line. Use it as a dimension only
/// for the alarm of a rollout.
#[must_use]
pub fn version() -> &'static str {
    emitter().map_or("", |emitter| emitter.version.as_str())
}

/// A metric. It is written as a definition, without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Metric {
    name: &'static str,
    unit: &'static str,
    #[serde(skip)]
    value: u64,
}

impl Metric {
    /// One more of something.
    #[must_use]
    pub const fn one(name: &'static str) -> Self {
        Self { name, unit: "Count", value: 1 }
    }

    /// A time in microseconds.
    #[must_use]
    pub const fn microseconds(name: &'static str, value: u64) -> Self {
        Self { name, unit: "Microseconds", value }
    }

    /// A time in seconds.
    #[must_use]
    pub const fn seconds(name: &'static str, value: u64) -> Self {
        Self { name, unit: "Seconds", value }
    }
}

/// Metrics with the same dimensions. A name has the same value in all groups of a line.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a> {
    /// Name and value of each.
    pub dimensions: &'a [(&'static str, &'a str)],
    /// The metrics.
    pub metrics: &'a [Metric],
}

/// Writes one line.
pub fn emit(groups: &[Group<'_>]) {
    let Some(emitter) = emitter() else { return };
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let timestamp = u64::try_from(millis).unwrap_or(u64::MAX);
    let document = Document { namespace: &emitter.namespace, timestamp, groups };
    // Writing texts and numbers as JSON cannot fail.
    let Ok(mut line) = serde_json::to_vec(&document) else { return };
    line.push(b'\n');
    // If the log cannot be written, there is no place to report it.
    let _ = std::io::stdout().lock().write_all(&line);
}

fn emitter() -> Option<&'static Emitter> {
    EMITTER.get().and_then(Option::as_ref)
}

/// One line: definitions in `_aws`, and values beside it.
#[derive(Debug)]
struct Document<'a> {
    namespace: &'a str,
    /// In milliseconds since 1970.
    timestamp: u64,
    groups: &'a [Group<'a>],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    timestamp: u64,
    cloud_watch_metrics: Vec<Directive<'a>>,
}

/// Which metrics one group has.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'a str,
    dimensions: [Vec<&'static str>; 1],
    metrics: &'a [Metric],
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("_aws", &self.metadata())?;
        // An object has each key once, even if several groups name it.
        let mut told = Vec::new();
        let mut is_new = |name| {
            let is_new = !told.contains(&name);
            told.push(name);
            is_new
        };
        for group in self.groups {
            for (name, value) in group.dimensions.iter().filter(|(name, _)| is_new(*name)) {
                line.serialize_entry(name, value)?;
            }
            for metric in group.metrics.iter().filter(|metric| is_new(metric.name)) {
                line.serialize_entry(metric.name, &metric.value)?;
            }
        }
        line.end()
    }
}

impl<'a> Document<'a> {
    fn metadata(&self) -> Metadata<'a> {
        let directives = self.groups.iter().map(|group| Directive {
            namespace: self.namespace,
            dimensions: [group.dimensions.iter().map(|(name, _)| *name).collect()],
            metrics: group.metrics,
        });
        Metadata { timestamp: self.timestamp, cloud_watch_metrics: directives.collect() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::UniqueKeys;

    fn line(namespace: &str, groups: &[Group<'_>]) -> String {
        serde_json::to_string(&Document { namespace, timestamp: 1_800_000_000_123, groups }).unwrap()
    }

    /// The line as JSON, in which no key stands twice.
    fn document(namespace: &str, groups: &[Group<'_>]) -> Value {
        let line = line(namespace, groups);
        serde_json::from_str::<UniqueKeys>(&line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    const UNITS: [&str; 3] = ["Count", "Microseconds", "Seconds"];

    /// What the specification demands of a document, as far as it concerns ours.
    fn check(document: &Value) {
        let metadata = &document["_aws"];
        assert!(metadata["Timestamp"].is_u64(), "milliseconds since 1970");
        let directives = metadata["CloudWatchMetrics"].as_array().unwrap();
        assert!(!directives.is_empty());
        for directive in directives {
            let namespace = directive["Namespace"].as_str().unwrap();
            assert!((1..=256).contains(&namespace.len()) && !namespace.starts_with("AWS/"), "{namespace}");
            for set in directive["Dimensions"].as_array().unwrap() {
                let set = set.as_array().unwrap();
                assert!(set.len() <= 30);
                for name in set {
                    let value = document[name.as_str().unwrap()].as_str().unwrap();
                    assert!((1..=1024).contains(&value.len()), "{name}");
                }
            }
            let metrics = directive["Metrics"].as_array().unwrap();
            assert!((1..=100).contains(&metrics.len()));
            for metric in metrics {
                assert!(document[metric["Name"].as_str().unwrap()].is_number(), "{metric}");
                assert!(UNITS.contains(&metric["Unit"].as_str().unwrap()), "{metric}");
            }
        }
    }

    #[test]
    fn a_document_is_valid_embedded_metric_format() {
        let latency = Metric::microseconds("DecisionLatency", 112);
        let document = document(
            "Gatehouse/gatehouse-dev",
            &[
                Group {
                    dimensions: &[("Decision", "unauthorized")],
                    metrics: &[Metric::one("Decisions"), latency, Metric::seconds("KeyAge", 7)],
                },
                Group {
                    dimensions: &[
                        ("Decision", "unauthorized"),
                        ("Service", "gate"),
                        ("Reason", "token_expired"),
                    ],
                    metrics: &[Metric::one("Decisions")],
                },
            ],
        );
        check(&document);
        assert_eq!(
            document,
            json!({
                "_aws": {
                    "Timestamp": 1_800_000_000_123_u64,
                    "CloudWatchMetrics": [
                        {
                            "Namespace": "Gatehouse/gatehouse-dev",
                            "Dimensions": [["Decision"]],
                            "Metrics": [
                                { "Name": "Decisions", "Unit": "Count" },
                                { "Name": "DecisionLatency", "Unit": "Microseconds" },
                                { "Name": "KeyAge", "Unit": "Seconds" },
                            ],
                        },
                        {
                            "Namespace": "Gatehouse/gatehouse-dev",
                            "Dimensions": [["Decision", "Service", "Reason"]],
                            "Metrics": [{ "Name": "Decisions", "Unit": "Count" }],
                        },
                    ],
                },
                "Decision": "unauthorized",
                "Service": "gate",
                "Reason": "token_expired",
                "Decisions": 1,
                "DecisionLatency": 112,
                "KeyAge": 7,
            })
        );
    }

    #[test]
    fn the_version_is_lambdas_word_and_never_empty() {
        let version = |namespace: Option<&str>, version: Option<&str>| {
            let env = |name: &str| match name {
                METRICS_NAMESPACE => namespace.map(str::to_owned),
                FUNCTION_VERSION => version.map(str::to_owned),
                _ => None,
            };
            Emitter::new(env, "whoami").map(|emitter| emitter.version)
        };
        assert_eq!(version(Some("n"), Some("7")).as_deref(), Some("7"));
        assert_eq!(version(Some("n"), Some("$LATEST")).as_deref(), Some("$LATEST"));
        for none in [None, Some("")] {
            assert_eq!(version(Some("n"), none).as_deref(), Some("unknown"));
            assert_eq!(version(none, Some("7")), None, "metrics are off");
        }
    }

    #[test]
    fn nothing_can_leave_its_line() {
        let dimensions = [("Code", "a\n\"b\u{7f}")];
        let line = line("n", &[Group { dimensions: &dimensions, metrics: &[Metric::one("X")] }]);
        assert_eq!(line.lines().count(), 1);
        check(&serde_json::from_str(&line).unwrap());
    }
}
