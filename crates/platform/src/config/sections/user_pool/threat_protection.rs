//! Threat protection of a user pool: whether Cognito judges each sign-in by its risk, and whether it acts on that.
//!
//! template.yaml has the actions for each risk. Another file checks whether the other settings allow it
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
    /// Cognito's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::Audit => "AUDIT",
            Self::Enforced => "ENFORCED",
        }
    }

    /// Whether it is on.
    #[must_use]
    pub const fn is_on(self) -> bool {
        !matches!(self, Self::Off)
    }
}
