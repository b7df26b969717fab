//! The steps of a sign-in with Cognito's operations.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_cognitoidentityprovider::types::{AuthFlowType, ChallengeNameType};
use secrecy::ExposeSecret;
use serde_json::json;

use super::outcome::{Answered, answered, next_step};
use super::{Cognito, succeeded};
use crate::caller_address::CallerAddress;
use crate::challenge::mfa_setup::{MFA_SETUP, MFAS_CAN_SETUP, Setup, SetupFactor, setup};
use crate::challenge::{ChallengeResponse, DEVICE_KEY};
use crate::provider::{Challenge, Failure, FirstFactor, Redacted, Refusal, SignIn, SignInOutcome};
use crate::values::{ChallengeName, Code, DeviceKey, Password, Session};

impl Cognito {
    /// The members of every step of a sign-in.
    fn named(&self, username: &str) -> HashMap<String, String> {
        let mut members = HashMap::from([("USERNAME".to_owned(), username.to_owned())]);
        members.extend(self.secret_hash(username).map(|hash| ("SECRET_HASH".to_owned(), hash)));
        members
    }

    /// The next step. If an authenticator app is the only factor to be set up, it includes the key for it.
    async fn step(&self, answered: Answered) -> Result<SignInOutcome, Failure> {
        match answered.step()? {
            SignInOutcome::Challenge(challenge) if challenge.name.as_str() == MFA_SETUP => {
                match setup(&challenge.parameters.0) {
                    Setup::Totp => self.with_totp_key(challenge).await.map(SignInOutcome::Challenge),
                    Setup::Email | Setup::Choice => Ok(SignInOutcome::Challenge(challenge)),
                    // Text messages go to the account's phone number, which cannot be set here.
                    Setup::Nothing => Err(Failure::new("RespondToAuthChallenge", Refusal::MfaMethodNotFound)),
                }
            }
            step => Ok(step),
        }
    }

    async fn with_totp_key(&self, mut challenge: Challenge) -> Result<Challenge, Failure> {
        const OPERATION: &str = "AssociateSoftwareToken";
        let session = challenge.session.as_ref().map(|session| session.expose_secret().to_owned());
        let request = self.sdk.associate_software_token().set_session(session);
        let associated = request.send().await.map_err(self.failure(OPERATION, &[]))?;
        let odd = Failure::new(OPERATION, Refusal::OddAnswer);
        challenge.totp_key = Some(associated.secret_code.ok_or(odd)?.into());
        if let Some(session) = associated.session {
            challenge.session = Some(session.into());
        }
        Ok(challenge)
    }

    /// Repeats the challenge for the chosen factor alone. Cognito's own clients do this without a call, too.
    /// <https://github.com/aws-amplify/amplify-js/pull/13745>
    pub(super) async fn set_up(
        &self,
        response: &ChallengeResponse,
        factor: SetupFactor,
    ) -> Result<SignInOutcome, Failure> {
        let parameters = BTreeMap::from([(MFAS_CAN_SETUP.to_owned(), json!([factor.as_str()]))]);
        let challenge = Challenge {
            name: ChallengeName::mfa_setup(),
            session: response.session.as_ref().map(|session| session.expose().into()),
            username: response.username.as_str().to_owned(),
            parameters: Redacted(parameters),
            totp_key: None,
        };
        match factor {
            SetupFactor::Totp => self.with_totp_key(challenge).await.map(SignInOutcome::Challenge),
            SetupFactor::Email => Ok(SignInOutcome::Challenge(challenge)),
        }
    }

    /// Verifies the first code of an authenticator app. Returns the session for the next step.
    pub(super) async fn finish_totp_setup(
        &self,
        session: &Session,
        code: &Code,
    ) -> Result<Option<String>, Failure> {
        const OPERATION: &str = "VerifySoftwareToken";
        let request = self.sdk.verify_software_token().session(session.expose()).user_code(code.expose());
        let sent = [code.expose(), session.expose()];
        let verified = request.send().await.map_err(self.failure(OPERATION, &sent))?;
        succeeded(verified.status.as_ref(), OPERATION)?;
        Ok(verified.session)
    }

    /// The flow of a sign-in and its first parameters.
    fn first_factor(
        &self,
        command: &SignIn,
        device: Option<&DeviceKey>,
    ) -> (AuthFlowType, HashMap<String, String>) {
        let mut parameters = self.named(command.email.as_str());
        parameters.extend(device.map(named_device));
        match &command.first_factor {
            FirstFactor::Password(password) => {
                parameters.insert("PASSWORD".to_owned(), password.expose().to_owned());
                (AuthFlowType::UserPasswordAuth, parameters)
            }
            FirstFactor::Choice { password, preferred } => {
                let preferred = preferred.as_ref().map(ChallengeName::as_str);
                let preferred = preferred.or(password.as_ref().map(|_| "PASSWORD"));
                let members = [
                    ("PREFERRED_CHALLENGE", preferred),
                    ("PASSWORD", password.as_ref().map(Password::expose)),
                ];
                let given = members
                    .into_iter()
                    .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
                parameters.extend(given);
                (AuthFlowType::UserAuth, parameters)
            }
        }
    }

    /// Tries once to start a sign-in.
    pub(super) async fn begin(
        &self,
        command: &SignIn,
        device: Option<&DeviceKey>,
        from: Option<CallerAddress>,
    ) -> Result<SignInOutcome, Failure> {
        const OPERATION: &str = "InitiateAuth";
        let (flow, parameters) = self.first_factor(command, device);
        let request = self.sdk.initiate_auth().client_id(self.client_id.as_str()).auth_flow(flow);
        let request = request.set_user_context_data(self.context(from));
        match request.set_auth_parameters(Some(parameters)).send().await {
            Ok(answer) => self.step(answered!(OPERATION, command.email.as_str(), answer)).await,
            // The parameters are made again here, so that a sign-in that succeeds does not copy its secrets.
            Err(error) => {
                let (_, sent) = self.first_factor(command, device);
                let sent: Vec<&str> = sent.values().map(String::as_str).collect();
                next_step(self.failure(OPERATION, &sent)(error))
            }
        }
    }

    /// The members of an answer to a challenge.
    fn members(&self, response: &ChallengeResponse, device: Option<&DeviceKey>) -> HashMap<String, String> {
        let mut members = self.named(response.username.as_str());
        members.extend(response.reply.members());
        members.extend(device.map(named_device));
        members
    }

    /// Tries once to answer a challenge.
    pub(super) async fn answer(
        &self,
        response: &ChallengeResponse,
        session: Option<&str>,
        device: Option<&DeviceKey>,
        from: Option<CallerAddress>,
    ) -> Result<SignInOutcome, Failure> {
        const OPERATION: &str = "RespondToAuthChallenge";
        let request = self.sdk.respond_to_auth_challenge().client_id(self.client_id.as_str());
        let request = request.challenge_name(ChallengeNameType::from(response.reply.challenge()));
        let request = request.set_session(session.map(str::to_owned));
        let request = request.set_challenge_responses(Some(self.members(response, device)));
        match request.set_user_context_data(self.context(from)).send().await {
            Ok(answer) => self.step(answered!(OPERATION, response.username.as_str(), answer)).await,
            // As above.
            Err(error) => {
                let sent = self.members(response, device);
                let sent: Vec<&str> = sent.values().map(String::as_str).chain(session).collect();
                next_step(self.failure(OPERATION, &sent)(error))
            }
        }
    }
}

/// The member that names the device in a step of a sign-in.
fn named_device(device: &DeviceKey) -> (String, String) {
    (DEVICE_KEY.to_owned(), device.as_str().to_owned())
}

/// Whether Cognito does not know the device.
pub(super) fn is_forgotten(tried: &Result<SignInOutcome, Failure>) -> bool {
    tried.as_ref().is_err_and(|failure| failure.refusal == Refusal::DeviceNotFound)
}
