//! The challenges of a sign-in: what each wants, and a user's answer to it.
//!
//! A challenge that is not in the table is passed through by its name. Nothing in here calls Cognito.

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
    /// Of the challenge, where it has one.
    pub session: Option<Session>,
    /// Of the challenge.
    pub username: Username,
    /// What is answered.
    pub reply: ChallengeResponseKind,
    /// The device that is answered from, where it has a key.
    pub device: Option<DeviceKey>,
}

/// The member by which a challenge's answer names the device.
pub const DEVICE_KEY: &str = "DEVICE_KEY";

impl ChallengeResponse {
    /// That the answer is whole, and names the device in one place at most.
    ///
    /// SRP's challenges, those to the device among them, may come without a session. AWS's own example answers them so:
    /// <https://github.com/awsdocs/aws-doc-sdk-examples/blob/main/python/example_code/cognito/cognito_idp_actions.py>
    ///
    /// # Errors
    /// What is missing, or there twice.
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
