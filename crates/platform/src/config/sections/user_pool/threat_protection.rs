//! Threat protection of a user pool: whether Cognito judges each sign-in by its risk, and whether it acts on that.
//!
//! What it does at which risk stands in template.yaml. Whether the other settings allow it is checked where they are known
//! (`check/user_pool/threat_protection.rs`).

use serde::Deserialize;

/// Cognito's `AdvancedSecurityMode`.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-threat-protection.html>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum ThreatProtection {
    /// Nothing is judged.
    #[default]
    Off,
    /// Each sign-in is judged and written down, and nothing is done about it.
    Audit,
    /// A risky sign-in is asked for a second factor or refused, and a password that is known to be stolen too.
    Enforced,
}

impl ThreatProtection {
    /// Cognito's own word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::Audit => "AUDIT",
            Self::Enforced => "ENFORCED",
        }
    }

    /// Whether anything is judged.
    #[must_use]
    pub const fn is_on(self) -> bool {
        !matches!(self, Self::Off)
    }
}
