//! The second factors that a pool made by the stack offers beside the password.
//!
//! No function reads any of it; it reaches the pool as parameters of template.yaml.
//! `check/user_pool/second_factor.rs` checks what each factor needs and which factors exclude each other.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// Cognito's `MfaConfiguration`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum Mfa {
    /// Nobody is asked for a second factor.
    Off,
    /// Users who set up a second factor are asked for it.
    #[default]
    Optional,
    /// Everybody must set up a second factor.
    On,
}

/// One of Cognito's `EnabledMfas`.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum SecondFactor {
    /// The code of an authenticator app.
    Totp,
    /// A code by mail.
    Email,
    /// A code by text message.
    Sms,
}

/// The second factors that a pool offers, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(inline, extend("uniqueItems" = true)))]
pub struct SecondFactors(Vec<SecondFactor>);

impl SecondFactors {
    /// Whether this one is offered.
    #[must_use]
    pub fn has(&self, factor: SecondFactor) -> bool {
        self.0.contains(&factor)
    }

    /// In the file's order.
    #[must_use]
    pub fn as_slice(&self) -> &[SecondFactor] {
        &self.0
    }
}

impl Default for SecondFactors {
    fn default() -> Self {
        Self(vec![SecondFactor::Totp])
    }
}

impl<'de> Deserialize<'de> for SecondFactors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let factors: Vec<SecondFactor> = Vec::deserialize(deserializer)?;
        if factors.iter().collect::<BTreeSet<_>>().len() < factors.len() {
            return Err(D::Error::custom("must not name an entry twice"));
        }
        Ok(Self(factors))
    }
}
