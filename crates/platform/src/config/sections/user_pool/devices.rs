//! The devices that a pool remembers (Cognito's `DeviceConfiguration`).
//!
//! <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeviceConfigurationType.html>

use serde::Deserialize;

/// Which devices a pool that the stack makes remembers, and what for. Every app must then confirm its device after a
/// sign-in and send the device's key with each refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Devices {
    /// Which confirmed devices are remembered.
    pub remember: Remember,
    /// Whether a remembered device stands in for the second factor. Needs `mfa`.
    #[serde(default)]
    pub skip_second_factor: bool,
}

/// Cognito's `DeviceOnlyRememberedOnUserPrompt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Remember {
    /// Each, as soon as it is confirmed.
    Always,
    /// Those of which the user says so.
    IfUserAgrees,
}

impl Remember {
    /// The name in `config.json`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "ALWAYS",
            Self::IfUserAgrees => "IF_USER_AGREES",
        }
    }
}
