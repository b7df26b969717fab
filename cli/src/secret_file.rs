//! Reads the file with an app client's secret, for the case that Cognito does not show it. The file contains
//! only the value, or the line that `gatehouse client add-secret` writes for `scripts/deploy --parameters`.
//!
//! All of it is secret, so this file must not repeat what it read.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;

/// The parameters of template.yaml for a secret: that of the stack's own client, and that of an existing
/// pool's.
pub(crate) const OWN_PARAMETER: &str = "ClientSecretValue";
pub(crate) const EXISTING_PARAMETER: &str = "ExistingUserPoolClientSecret";

/// Far more than a line with a secret of 64 characters.
const LIMIT: u64 = 4096;

pub(crate) fn read(path: &Path) -> Result<SecretString, Error> {
    let what = path.display().to_string();
    let unreadable = |reason| Error::InputUnreadable { what: what.clone(), reason };
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LIMIT).read_to_string(&mut text).map_err(unreadable)?;
    secret(&SecretString::from(text)).ok_or(Error::NoSecretInFile { what })
}

fn secret(text: &SecretString) -> Option<SecretString> {
    let text = text.expose_secret().trim();
    let line = |name: &str| text.strip_prefix(name).and_then(|rest| rest.strip_prefix(':'));
    let value = match line(OWN_PARAMETER).or_else(|| line(EXISTING_PARAMETER)) {
        Some(quoted) => serde_json::from_str(quoted.trim()).ok()?,
        None => text.to_owned(),
    };
    // https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolClientType.html
    let is_one =
        (1..=64).contains(&value.len()) && value.chars().all(|c| c.is_alphanumeric() || "_+".contains(c));
    is_one.then(|| SecretString::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        secret(&SecretString::from(text)).map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn the_value_is_alone_or_in_a_line_of_parameters() {
        for text in [
            "1a2b3c",
            "1a2b3c\n",
            "ClientSecretValue: \"1a2b3c\"\n",
            "ExistingUserPoolClientSecret: \"1a2b3c\"",
        ] {
            assert_eq!(read(text).as_deref(), Some("1a2b3c"), "{text}");
        }
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        let long = "x".repeat(65);
        for text in [
            "",
            "\n",
            "a b",
            "one\ntwo",
            "ClientSecretValue: x",
            "Other: \"x\"",
            "ClientSecretValue: \"\"",
            &long,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
