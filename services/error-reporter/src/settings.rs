//! The settings that the stack gives the function in environment variables.

use crate::destination::{Destination, DestinationError};

/// Where errors are sent: the DSN of a Sentry project, from the parameter `SentryDsn`.
const DSN: &str = "SENTRY_DSN";
/// The stack's name. It is the environment in Sentry, and the prefix of the names of functions and logs.
const STACK: &str = "STACK_NAME";

/// The function's settings.
#[derive(Debug)]
pub struct Settings {
    pub(crate) destination: Destination,
    pub(crate) stack: String,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// A variable is missing or has a wrong value. The error does not contain the value.
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let stack = env(STACK).filter(|name| !name.is_empty()).ok_or(SettingsError::NoStack)?;
        let destination = Destination::parse(&env(DSN).unwrap_or_default())?;
        Ok(Self { destination, stack })
    }
}

/// Why the function cannot run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The stack's name is missing.
    #[error("the environment variable {STACK} is not set; template.yaml sets it to the stack's name")]
    NoStack,
    /// The DSN is not usable.
    #[error(
        "the environment variable {DSN} {0}. Copy the DSN from the project's settings in Sentry (Client Keys) into the \
         parameter SentryDsn, and deploy with --parameters"
    )]
    Dsn(#[from] DestinationError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "https://0123456789abcdef@o1.ingest.sentry.io/42";

    fn read(dsn: Option<&str>, stack: Option<&str>) -> Result<Settings, SettingsError> {
        Settings::from_env(|name| match name {
            "SENTRY_DSN" => dsn.map(ToOwned::to_owned),
            "STACK_NAME" => stack.map(ToOwned::to_owned),
            _ => None,
        })
    }

    #[test]
    fn both_settings_are_required() {
        let settings = read(Some(GOOD), Some("gatehouse-prod")).unwrap();
        assert_eq!(settings.stack, "gatehouse-prod");
        assert_eq!(read(Some(GOOD), None).unwrap_err(), SettingsError::NoStack);
        assert_eq!(read(Some(GOOD), Some("")).unwrap_err(), SettingsError::NoStack);
        for missing in [None, Some("")] {
            let error = read(missing, Some("gatehouse")).unwrap_err().to_string();
            assert!(error.contains("SENTRY_DSN") && error.contains("SentryDsn"), "{error}");
        }
    }

    #[test]
    fn neither_settings_nor_errors_show_the_key() {
        let shown = format!("{:?}", read(Some(GOOD), Some("gatehouse")).unwrap());
        assert!(!shown.contains("0123456789abcdef"), "{shown}");
        let bad = "ftp://0123456789abcdef@o1.ingest.sentry.io/42";
        let error = read(Some(bad), Some("gatehouse")).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("0123456789abcdef"), "{error:?}");
    }
}
