//! Challenges that no command can answer, and what a person can do about them.
//!
//! This file answers none of them.

use crate::error::Error;

/// `MFA_SETUP`, by Cognito's name.
pub(crate) const SETUP: &str = "MFA_SETUP";

/// The error for a challenge that no command can answer.
pub(crate) fn error(name: String) -> Error {
    Error::Challenge { advice: advice(&name), name }
}

/// What to do about a challenge that no command can answer.
pub(crate) fn advice(name: &str) -> &'static str {
    match name {
        SETUP => {
            "`gatehouse token --authenticator FILE` sets up an authenticator app; or let the user set up a second factor \
             in your app"
        }
        "SMS_MFA" | "SMS_OTP" | "EMAIL_OTP" | "SELECT_MFA_TYPE" | "SOFTWARE_TOKEN_MFA" => {
            "sign in through the app, or use a user without this second factor"
        }
        _ => "sign in through the app, or use an app client whose password sign-in asks for nothing else",
    }
}
