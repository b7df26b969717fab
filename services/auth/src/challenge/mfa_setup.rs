//! `MFA_SETUP`: which second factors can be set up in a sign-in, and how. An authenticator app is set up with its
//! first code. A mail address is set up with the address, and the code of the next challenge proves it. A phone
//! number cannot be set up here.
//!
//! AWS documents this challenge only for authenticator apps. The rest follows Cognito's own clients:
//! <https://github.com/aws-amplify/amplify-js/blob/main/packages/auth/src/providers/cognito/utils/signInHelpers.ts>

use std::collections::BTreeMap;

use serde_json::Value;

use crate::values::{Code, Email};

/// Cognito's name of the challenge.
pub(crate) const MFA_SETUP: &str = "MFA_SETUP";
/// The challenge's parameter that lists the factors.
pub(crate) const MFAS_CAN_SETUP: &str = "MFAS_CAN_SETUP";

/// A factor that can be set up in a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupFactor {
    /// An authenticator app.
    Totp,
    /// Codes by mail.
    Email,
}

impl SetupFactor {
    /// Cognito's name of it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "SOFTWARE_TOKEN_MFA",
            Self::Email => "EMAIL_OTP",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Totp, Self::Email].into_iter().find(|factor| factor.as_str() == text)
    }
}

/// An answer to the challenge.
#[derive(Debug)]
pub enum MfaSetup {
    /// The first code of the authenticator app.
    Code(Code),
    /// The address for codes.
    Email(Email),
    /// One factor of several.
    Choice(SetupFactor),
}

/// What the challenge asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setup {
    Totp,
    Email,
    Choice,
    /// Nothing that can be set up here.
    Nothing,
}

/// Reads it from the challenge's parameters. A pool that lists no factors means authenticator apps.
pub(crate) fn setup(parameters: &BTreeMap<String, Value>) -> Setup {
    let listed = parameters.get(MFAS_CAN_SETUP).and_then(Value::as_array);
    let has = |factor: SetupFactor| {
        listed.is_none_or(|factors| factors.iter().any(|listed| *listed == factor.as_str()))
    };
    match (has(SetupFactor::Totp), listed.is_some() && has(SetupFactor::Email)) {
        (true, true) => Setup::Choice,
        (true, false) => Setup::Totp,
        (false, true) => Setup::Email,
        (false, false) => Setup::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_can_be_set_up_is_what_the_pool_lists() {
        for (listed, expected) in [
            (json!(null), Setup::Totp),
            (json!(["SOFTWARE_TOKEN_MFA"]), Setup::Totp),
            (json!(["SMS_MFA", "SOFTWARE_TOKEN_MFA"]), Setup::Totp),
            (json!(["EMAIL_OTP"]), Setup::Email),
            (json!(["EMAIL_OTP", "SOFTWARE_TOKEN_MFA"]), Setup::Choice),
            (json!(["SMS_MFA"]), Setup::Nothing),
            (json!([]), Setup::Nothing),
        ] {
            let parameters = BTreeMap::from([(MFAS_CAN_SETUP.to_owned(), listed.clone())]);
            assert_eq!(setup(&parameters), expected, "{listed}");
        }
        assert_eq!(setup(&BTreeMap::new()), Setup::Totp);
    }
}
