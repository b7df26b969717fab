//! The challenges of a sign-in, and the answers to them.
//!
//! A challenge that is not in the table is passed on by its name. This folder must not call Cognito.

use web::FieldError;

use crate::values::{DeviceKey, Session, Username};

mod answers;
pub mod mfa_setup;
mod parameters;
mod table;
#[cfg(test)]
mod tests;

pub use answers::{ChallengeResponseBody, ChallengeResponseKind};
pub use parameters::{required_attributes, unfold};
pub use table::expects;

/// A user's answer, ready to be sent.
#[derive(Debug)]
pub struct ChallengeResponse {
    /// The session of the challenge, if it has one.
    pub session: Option<Session>,
    /// Of the challenge.
    pub username: Username,
    /// The answer.
    pub reply: ChallengeResponseKind,
    /// The key of the user's device, if it has one.
    pub device: Option<DeviceKey>,
}

/// The member that names the device in an answer.
pub const DEVICE_KEY: &str = "DEVICE_KEY";

impl ChallengeResponse {
    /// Checks that the answer is complete and names the device at most once.
    ///
    /// SRP challenges, also those to a device, may have no session. AWS's own example answers them without one:
    /// <https://github.com/awsdocs/aws-doc-sdk-examples/blob/main/python/example_code/cognito/cognito_idp_actions.py>
    ///
    /// # Errors
    /// What is missing or given twice.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        if self.session.is_none() && !matches!(self.reply, ChallengeResponseKind::Other { .. }) {
            errors.push(FieldError::new("/session", "is required for this challenge"));
        }
        if self.device.is_some() && self.reply.members().contains_key(DEVICE_KEY) {
            let place = format!("/answers/responses/{DEVICE_KEY}");
            errors.push(FieldError::new(place, "stands in the field deviceKey already"));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}
