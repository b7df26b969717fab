//! The known challenges, one row each: what an answer contains, and the name that Cognito has for it.
//!
//! Cognito's own table:
//! <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html>.
//! This file must not read answers.

use std::collections::BTreeMap;

use platform::config::AuthFlow;
use serde_json::Value;

use super::mfa_setup::{self, MFA_SETUP, Setup};
use super::parameters::required_attributes;

/// A challenge, by Cognito's name of it.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) proof: Proof,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// One field, and the member of `ChallengeResponses` that it becomes.
    One(Field, &'static str),
    /// A new password, and the attributes that the pool demands.
    NewPassword,
    /// A code, an address or a choice, by the challenge's parameters.
    MfaSetup,
    /// A choice, with what the chosen challenge begins with.
    SelectChallenge,
    /// Members of `ChallengeResponses` that the client computes. These are expected.
    Responses(&'static [&'static str]),
}

/// A field of an answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field {
    Answer,
    /// An answer that names a challenge.
    Choice,
    Code,
    Credential,
    Password,
}

/// Whether a challenge may come before any proof. Cognito also sends such a challenge for an account that does not
/// exist.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html>
#[derive(Debug, Clone, Copy)]
pub(super) enum Proof {
    /// A sign-in may start with it.
    First,
    /// A sign-in may start with it if the user chooses among challenges.
    FirstByChoice,
    /// It comes only after a proof.
    Later,
}

/// All known challenges. Any other has the shape `Responses`.
pub(super) const TABLE: &[Row] = &[
    row("SMS_MFA", Shape::One(Field::Code, "SMS_MFA_CODE"), Proof::Later),
    row("SOFTWARE_TOKEN_MFA", Shape::One(Field::Code, "SOFTWARE_TOKEN_MFA_CODE"), Proof::Later),
    row("EMAIL_OTP", Shape::One(Field::Code, "EMAIL_OTP_CODE"), Proof::FirstByChoice),
    row("SMS_OTP", Shape::One(Field::Code, "SMS_OTP_CODE"), Proof::FirstByChoice),
    row("PASSWORD", Shape::One(Field::Password, "PASSWORD"), Proof::First),
    row("WEB_AUTHN", Shape::One(Field::Credential, "CREDENTIAL"), Proof::First),
    row("CUSTOM_CHALLENGE", Shape::One(Field::Answer, "ANSWER"), Proof::First),
    row("SELECT_MFA_TYPE", Shape::One(Field::Choice, "ANSWER"), Proof::Later),
    row("SELECT_CHALLENGE", Shape::SelectChallenge, Proof::First),
    row("NEW_PASSWORD_REQUIRED", Shape::NewPassword, Proof::Later),
    row(MFA_SETUP, Shape::MfaSetup, Proof::Later),
    row("PASSWORD_SRP", Shape::Responses(&["SRP_A"]), Proof::First),
    row("PASSWORD_VERIFIER", Shape::Responses(SRP_PROOF), Proof::First),
    row("DEVICE_SRP_AUTH", Shape::Responses(&["DEVICE_KEY", "SRP_A"]), Proof::Later),
    row("DEVICE_PASSWORD_VERIFIER", Shape::Responses(DEVICE_SRP_PROOF), Proof::Later),
];

/// The last answer of SRP.
const SRP_PROOF: &[&str] = &["PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP"];
const DEVICE_SRP_PROOF: &[&str] =
    &["DEVICE_KEY", "PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP"];

const fn row(name: &'static str, shape: Shape, proof: Proof) -> Row {
    Row { name, shape, proof }
}

impl Row {
    /// The row of the challenge, if it is known.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        TABLE.iter().find(|row| row.name == name)
    }
}

impl Field {
    /// The field as a request names it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Answer | Self::Choice => "answer",
            Self::Code => "code",
            Self::Credential => "credential",
            Self::Password => "password",
        }
    }
}

impl Proof {
    pub(super) fn is_first(self, flow: AuthFlow) -> bool {
        match self {
            Self::First => true,
            Self::FirstByChoice => flow == AuthFlow::UserAuth,
            Self::Later => false,
        }
    }
}

/// The places in `answers` that an answer to the challenge must fill.
#[must_use]
pub fn expects(name: &str, parameters: &BTreeMap<String, Value>) -> Vec<String> {
    let place = |place: &str| vec![place.to_owned()];
    match Row::find(name).map(|row| row.shape) {
        Some(Shape::One(field, _)) => place(field.as_str()),
        Some(Shape::SelectChallenge) => place("answer"),
        Some(Shape::NewPassword) => {
            let attributes = required_attributes(parameters).map(|name| format!("attributes.{name}"));
            std::iter::once("newPassword".to_owned()).chain(attributes).collect()
        }
        Some(Shape::MfaSetup) => place(match mfa_setup::setup(parameters) {
            Setup::Choice => "answer",
            Setup::Email => "email",
            Setup::Totp | Setup::Nothing => "code",
        }),
        Some(Shape::Responses(members)) => {
            members.iter().map(|member| format!("responses.{member}")).collect()
        }
        None => place("responses"),
    }
}
