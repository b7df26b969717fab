//! Numbers with limits.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Integer<const MIN: u64, const MAX: u64>(u64);

impl<const MIN: u64, const MAX: u64> Integer<MIN, MAX> {
    /// A default. In a constant, a value out of range does not compile.
    pub(in crate::config) const fn preset(value: u64) -> Self {
        assert!(MIN <= value && value <= MAX, "a default is out of its own range");
        Self(value)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl<const MIN: u64, const MAX: u64> fmt::Display for Integer<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de, const MIN: u64, const MAX: u64> Deserialize<'de> for Integer<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        value.as_u64().filter(|number| (MIN..=MAX).contains(number)).map(Self).ok_or_else(|| {
            D::Error::custom(format!("must be a whole number from {MIN} to {MAX}, not {value}"))
        })
    }
}

/// How long `CloudWatch` Logs keeps a line, in days. It accepts only these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionDays(u64);

impl RetentionDays {
    /// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>
    const KNOWN: [u64; 21] =
        [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3653];
}

impl Default for RetentionDays {
    fn default() -> Self {
        Self(30)
    }
}

impl fmt::Display for RetentionDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for RetentionDays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        value.as_u64().filter(|days| Self::KNOWN.contains(days)).map(Self).ok_or_else(|| {
            let known = Self::KNOWN.map(|days| days.to_string()).join(", ");
            D::Error::custom(format!(
                "must be a number of days that CloudWatch Logs knows ({known}), not {value}"
            ))
        })
    }
}

/// How many concurrent calls are reserved for a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReservedConcurrency(u64);

impl ReservedConcurrency {
    /// Ten times the default quota of an account. A larger number is probably a mistake.
    const MAX: u64 = 10_000;
}

impl fmt::Display for ReservedConcurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for ReservedConcurrency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        match value.as_u64() {
            Some(0) => Err(D::Error::custom(
                "must not be 0, which lets nothing call the authorizer and so closes the API: set null to reserve nothing",
            )),
            Some(number) if number <= Self::MAX => Ok(Self(number)),
            _ => Err(D::Error::custom(format!(
                "must be null or a whole number from 1 to {}, not {value}",
                Self::MAX
            ))),
        }
    }
}

#[cfg(feature = "schema")]
mod json_schema {
    //! The schema's side of the types above that serde's derive cannot see through.

    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{Integer, ReservedConcurrency, RetentionDays};

    impl<const MIN: u64, const MAX: u64> JsonSchema for Integer<MIN, MAX> {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            format!("Integer{MIN}To{MAX}").into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
        }
    }

    impl JsonSchema for ReservedConcurrency {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "ReservedConcurrency".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "integer", "minimum": 1, "maximum": Self::MAX })
        }
    }

    impl JsonSchema for RetentionDays {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "RetentionDays".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "integer", "enum": Self::KNOWN })
        }
    }
}
