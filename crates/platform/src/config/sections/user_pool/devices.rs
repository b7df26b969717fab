//! The devices that a pool remembers (Cognito's `DeviceConfiguration`).
//!
//! <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeviceConfigurationType.html>

use serde::Deserialize;

/// Which devices a pool made by the stack remembers, and for what. If it remembers devices, every app must confirm
/// its device after a sign-in and send the device's key with each refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Devices {
    /// Which confirmed devices are remembered.
    pub remember: Remember,
    /// Whether a remembered device replaces the second factor. It needs `mfa`.
    #[serde(default)]
    pub skip_second_factor: bool,
}

/// Cognito's `DeviceOnlyRememberedOnUserPrompt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Remember {
    /// Each device, as soon as it is confirmed.
    Always,
    /// The devices that the user chooses.
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
