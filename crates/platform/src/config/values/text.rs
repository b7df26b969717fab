//! Names and other short texts that have no file of their own.

use crate::string_newtype;

string_newtype!(
    /// The name of this deployment.
    Service = "gatehouse",
    "a name of 1 to 32 lower-case letters, digits and hyphens that starts with a letter",
    |text| text.len() <= 32
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
);

string_newtype!(
    /// A group or scope that a rule asks for.
    Name,
    "a name of 1 to 512 bytes",
    |text| (1..=512).contains(&text.len())
);

string_newtype!(
    /// What a token calls a client or an audience.
    Identifier,
    "a client or audience of 1 to 512 visible ASCII characters",
    |text| (1..=512).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
);

string_newtype!(
    /// The name of an API Gateway stage, and a path segment.
    Stage,
    "1 to 128 letters, digits, '_' and '-'",
    |text| (1..=128).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
);

impl Stage {
    pub(in crate::config) fn preset(text: &str) -> Self {
        Self(text.to_owned())
    }
}

string_newtype!(
    /// The name of a table of `DynamoDB`.
    ///
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
    TableName,
    "a table's name of 3 to 255 letters, digits, '_', '-' and '.', and not its ARN",
    |text| (3..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
);
