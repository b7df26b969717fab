//! The result of a step of a sign-in, which is the same for all operations: tokens, a challenge, or a step that must
//! happen first.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::types::{AuthenticationResultType, ChallengeNameType};
use secrecy::SecretString;
use serde_json::Value;

use crate::challenge::unfold;
use crate::provider::{Challenge, Failure, NewDevice, NextStep, Redacted, Refusal, SignInOutcome, Tokens};
use crate::values::{ChallengeName, RefreshToken};

/// Makes an [`Answered`] from an output. Each operation has an output type of its own.
macro_rules! answered {
    ($operation:expr, $username:expr, $output:expr) => {
        Answered {
            operation: $operation,
            username: $username.to_owned(),
            tokens: $output.authentication_result,
            challenge: $output.challenge_name,
            session: $output.session,
            parameters: $output.challenge_parameters.unwrap_or_default(),
            choices: $output.available_challenges.unwrap_or_default(),
        }
    };
}
pub(super) use answered;

/// Cognito's answer to a step of a sign-in. It has no `Debug`, because it contains tokens.
pub(super) struct Answered {
    pub(super) operation: &'static str,
    pub(super) username: String,
    pub(super) tokens: Option<AuthenticationResultType>,
    pub(super) challenge: Option<ChallengeNameType>,
    pub(super) session: Option<String>,
    pub(super) parameters: HashMap<String, String>,
    pub(super) choices: Vec<ChallengeNameType>,
}

impl Answered {
    pub(super) fn step(self) -> Result<SignInOutcome, Failure> {
        let Some(name) = &self.challenge else {
            return tokens(self.operation, self.tokens).map(SignInOutcome::SignedIn);
        };
        let odd = Failure::new(self.operation, Refusal::OddAnswer);
        let name = ChallengeName::parse(name.as_str().to_owned()).map_err(|_| odd)?;
        // After a sign-in with an alias, the next steps use the pool's own name for the user.
        let own = ["USER_ID_FOR_SRP", "USERNAME"].iter().find_map(|key| self.parameters.get(*key));
        let username = own.cloned().unwrap_or(self.username);
        let mut parameters = unfold(self.parameters);
        if !self.choices.is_empty() {
            let choices = self.choices.iter().map(|choice| choice.as_str().into()).collect();
            parameters.insert("availableChallenges".to_owned(), Value::Array(choices));
        }
        Ok(SignInOutcome::Challenge(Challenge {
            name,
            session: self.session.map(SecretString::from),
            username,
            parameters: Redacted(parameters),
            totp_key: None,
        }))
    }
}

/// The tokens. A required one that is missing is an error.
pub(super) fn tokens(
    operation: &'static str,
    result: Option<AuthenticationResultType>,
) -> Result<Tokens, Failure> {
    let odd = Failure::new(operation, Refusal::OddAnswer);
    let result = result.ok_or_else(|| odd.clone())?;
    let (Some(access), Some(id)) = (result.access_token, result.id_token) else { return Err(odd) };
    let refresh = result.refresh_token.map(RefreshToken::parse).transpose().map_err(|_| odd)?;
    Ok(Tokens {
        access: access.into(),
        id: id.into(),
        refresh,
        expires_in: result.expires_in,
        token_type: result.token_type.unwrap_or_else(|| "Bearer".to_owned()),
        device: result.new_device_metadata.and_then(|device| {
            Some(NewDevice { key: device.device_key?, group_key: device.device_group_key? })
        }),
    })
}

/// Two refusals are not failures: they say what must happen first.
pub(super) fn next_step(failure: Failure) -> Result<SignInOutcome, Failure> {
    match failure.refusal {
        Refusal::UserNotConfirmed => Ok(SignInOutcome::NextStep(NextStep::ConfirmSignUp)),
        Refusal::PasswordResetRequired => Ok(SignInOutcome::NextStep(NextStep::ResetPassword)),
        _ => Err(failure),
    }
}
