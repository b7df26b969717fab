//! The challenges of a sign-in: what each wants, and a user's answer to it.
//!
//! One table, after Cognito's own:
//! <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html>
//! A challenge that is not in it is passed through by its name. Nothing in here calls Cognito.

use std::collections::BTreeMap;

use platform::config::{AuthFlow, CustomAttribute};
use platform::document::pointer;
use secrecy::{ExposeSecret, SecretString};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::Value;
use web::FieldError;

use crate::mfa_setup::{MFA_SETUP, MfaSetup, Setup, SetupFactor, setup};
use crate::values::{
    Answer, AttributeName, AttributeValue, Attributes, ChallengeName, Code, DeviceKey, Email, Password,
    Session, Username, is_screaming,
};

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

/// What is answered to which challenge.
#[derive(Debug)]
pub enum ChallengeResponseKind {
    /// `NEW_PASSWORD_REQUIRED`.
    NewPassword {
        /// The final password.
        password: Password,
        /// Those that the pool demands.
        attributes: Attributes,
    },
    /// A code that was sent, or that an authenticator app shows.
    Code(CodeChallenge, Code),
    /// `MFA_SETUP`.
    MfaSetup(MfaSetup),
    /// `SELECT_MFA_TYPE`: one of those that were offered.
    SelectMfaType(ChallengeName),
    /// `SELECT_CHALLENGE`: one of those that were offered, with what it begins with.
    SelectChallenge {
        /// Which.
        choice: ChallengeName,
        /// `PASSWORD`.
        password: Option<Password>,
        /// `WEB_AUTHN`, from who has signed the options already.
        credential: Option<Credential>,
        /// `PASSWORD_SRP`, or what is not known here.
        responses: Responses,
    },
    /// `PASSWORD`.
    Password(Password),
    /// `WEB_AUTHN`.
    WebAuthn(Credential),
    /// `CUSTOM_CHALLENGE`.
    Custom(Answer),
    /// Any other, SRP's among them: what the client has worked out goes through as it is.
    Other {
        /// Which.
        name: ChallengeName,
        /// The members of `ChallengeResponses`.
        responses: Responses,
    },
}

/// The challenges that a code answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeChallenge {
    /// `SMS_MFA`.
    SmsMfa,
    /// `SOFTWARE_TOKEN_MFA`.
    SoftwareTokenMfa,
    /// `EMAIL_OTP`.
    EmailOtp,
    /// `SMS_OTP`.
    SmsOtp,
}

impl CodeChallenge {
    /// The challenge, and the name that its code goes by.
    const TABLE: [(Self, &'static str, &'static str); 4] = [
        (Self::SmsMfa, "SMS_MFA", "SMS_MFA_CODE"),
        (Self::SoftwareTokenMfa, "SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA_CODE"),
        (Self::EmailOtp, "EMAIL_OTP", "EMAIL_OTP_CODE"),
        (Self::SmsOtp, "SMS_OTP", "SMS_OTP_CODE"),
    ];

    fn parse(name: &str) -> Option<Self> {
        Self::TABLE.into_iter().find(|(_, challenge, _)| *challenge == name).map(|(this, ..)| this)
    }

    fn row(self) -> (&'static str, &'static str) {
        let row = Self::TABLE.into_iter().find(|(this, ..)| *this == self);
        row.map_or(("", ""), |(_, challenge, member)| (challenge, member))
    }
}

/// A `WebAuthn` assertion, the browser's `AuthenticationResponseJSON`, as text.
#[derive(Debug)]
pub struct Credential(SecretString);

impl<'de> Deserialize<'de> for Credential {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            object @ Value::Object(_) => Ok(Self(object.to_string().into())),
            _ => Err(D::Error::custom("must be the object that the browser's toJSON() gives")),
        }
    }
}

/// Members of `ChallengeResponses` by Cognito's names.
pub type Responses = BTreeMap<String, Answer>;

/// What a request may hold as its answers. Which of them belongs is for the challenge to say.
#[derive(Debug, Default, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Answers)]
pub struct ChallengeResponseBody {
    /// `NEW_PASSWORD_REQUIRED`: the final password.
    new_password: Option<Password>,
    /// `NEW_PASSWORD_REQUIRED`: a value for each of `parameters.requiredAttributes`.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, AttributeValue>)]
    attributes: BTreeMap<String, AttributeValue>,
    /// `SMS_MFA`, `SOFTWARE_TOKEN_MFA`, `EMAIL_OTP`, `SMS_OTP`, `MFA_SETUP`: the code.
    code: Option<Code>,
    /// `MFA_SETUP` where it is asked for: the address that codes are to go to.
    email: Option<Email>,
    /// `SELECT_MFA_TYPE`, `SELECT_CHALLENGE`, `MFA_SETUP` with several factors: the choice. `CUSTOM_CHALLENGE`: the answer.
    answer: Option<Answer>,
    /// `PASSWORD`, `SELECT_CHALLENGE`: the password.
    password: Option<Password>,
    /// `WEB_AUTHN`: the browser's `AuthenticationResponseJSON`.
    #[schema(value_type = Option<Object>)]
    credential: Option<Credential>,
    /// Any other challenge: members of Cognito's `ChallengeResponses`, by its names.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    responses: BTreeMap<String, Answer>,
}

/// Members of `ChallengeResponses` that the service itself writes.
const OWN: [&str; 2] = ["USERNAME", "SECRET_HASH"];

/// What SRP begins with.
const SRP_A: &str = "SRP_A";

/// What stands before an attribute's name among the challenge's members.
const ATTRIBUTE_PREFIX: &str = "userAttributes.";

impl ChallengeResponseKind {
    /// The answer to the challenge `name`, where users may write the attributes `custom` beside the standard ones.
    ///
    /// # Errors
    /// Every field that the challenge wants and does not get, or gets and does not want.
    pub fn parse(
        name: ChallengeName,
        mut answers: ChallengeResponseBody,
        custom: &[CustomAttribute],
    ) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let reply = answers.take(name, custom, &mut errors);
        errors.extend(answers.left_over());
        match reply {
            Some(reply) if errors.is_empty() => Ok(reply),
            _ => Err(errors),
        }
    }

    /// Whether the challenge is one to the device, which nobody answers without its key.
    #[must_use]
    pub fn is_of_device(&self) -> bool {
        self.challenge().starts_with("DEVICE_")
    }

    /// Whether it may come before anything was proven: a challenge that a sign-in begins with, which Cognito also
    /// makes up for an account that there is not. A code is such a one where a choice may begin with it.
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html>
    #[must_use]
    pub fn is_first_proof(&self, flow: AuthFlow) -> bool {
        match self {
            Self::SelectChallenge { .. } | Self::Password(_) | Self::WebAuthn(_) | Self::Custom(_) => true,
            Self::Code(CodeChallenge::EmailOtp | CodeChallenge::SmsOtp, _) => flow == AuthFlow::UserAuth,
            Self::Other { name, .. } => !name.as_str().starts_with("DEVICE_"),
            Self::Code(CodeChallenge::SmsMfa | CodeChallenge::SoftwareTokenMfa, _)
            | Self::NewPassword { .. }
            | Self::MfaSetup(_)
            | Self::SelectMfaType(_) => false,
        }
    }

    /// Cognito's name of the challenge.
    #[must_use]
    pub fn challenge(&self) -> &str {
        match self {
            Self::NewPassword { .. } => "NEW_PASSWORD_REQUIRED",
            Self::Code(challenge, _) => challenge.row().0,
            Self::MfaSetup(_) => MFA_SETUP,
            Self::SelectMfaType(_) => "SELECT_MFA_TYPE",
            Self::SelectChallenge { .. } => "SELECT_CHALLENGE",
            Self::Password(_) => "PASSWORD",
            Self::WebAuthn(_) => "WEB_AUTHN",
            Self::Custom(_) => "CUSTOM_CHALLENGE",
            Self::Other { name, .. } => name.as_str(),
        }
    }

    /// The members of Cognito's `ChallengeResponses`, but for those that name the user and the client. They
    /// are secrets.
    #[must_use]
    pub fn members(&self) -> BTreeMap<String, String> {
        let one = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        match self {
            Self::NewPassword { password, attributes } => {
                let mut members = one("NEW_PASSWORD", password.expose());
                members.extend(attributes.iter().map(|(name, value)| {
                    (format!("{ATTRIBUTE_PREFIX}{}", name.as_str()), value.as_str().to_owned())
                }));
                members
            }
            Self::Code(challenge, code) => one(challenge.row().1, code.expose()),
            Self::MfaSetup(MfaSetup::Email(email)) => one("EMAIL", email.as_str()),
            // A code went ahead, to VerifySoftwareToken; a choice goes nowhere.
            Self::MfaSetup(_) => BTreeMap::new(),
            Self::SelectMfaType(choice) => one("ANSWER", choice.as_str()),
            Self::SelectChallenge { choice, password, credential, responses } => {
                let mut members = exposed(responses);
                members.extend(one("ANSWER", choice.as_str()));
                members.extend(password.iter().flat_map(|password| one("PASSWORD", password.expose())));
                members
                    .extend(credential.iter().flat_map(|credential| one("CREDENTIAL", credential.expose())));
                members
            }
            Self::Password(password) => one("PASSWORD", password.expose()),
            Self::WebAuthn(credential) => one("CREDENTIAL", credential.expose()),
            Self::Custom(answer) => one("ANSWER", answer.expose()),
            Self::Other { responses, .. } => exposed(responses),
        }
    }
}

impl Credential {
    fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

fn exposed(responses: &Responses) -> BTreeMap<String, String> {
    responses.iter().map(|(name, value)| (name.clone(), value.expose().to_owned())).collect()
}

impl ChallengeResponseBody {
    /// Takes out what the challenge wants.
    fn take(
        &mut self,
        name: ChallengeName,
        custom: &[CustomAttribute],
        errors: &mut Vec<FieldError>,
    ) -> Option<ChallengeResponseKind> {
        if let Some(challenge) = CodeChallenge::parse(name.as_str()) {
            return Some(ChallengeResponseKind::Code(challenge, needed("code", self.code.take(), errors)?));
        }
        match name.as_str() {
            "NEW_PASSWORD_REQUIRED" => {
                let attributes = self.take_attributes(custom, errors);
                let password = needed("newPassword", self.new_password.take(), errors)?;
                Some(ChallengeResponseKind::NewPassword { password, attributes })
            }
            MFA_SETUP => self.take_setup(errors).map(ChallengeResponseKind::MfaSetup),
            "SELECT_MFA_TYPE" => Some(ChallengeResponseKind::SelectMfaType(self.take_choice(errors)?)),
            "SELECT_CHALLENGE" => self.take_opening(errors),
            "PASSWORD" => {
                Some(ChallengeResponseKind::Password(needed("password", self.password.take(), errors)?))
            }
            "WEB_AUTHN" => {
                Some(ChallengeResponseKind::WebAuthn(needed("credential", self.credential.take(), errors)?))
            }
            "CUSTOM_CHALLENGE" => {
                Some(ChallengeResponseKind::Custom(needed("answer", self.answer.take(), errors)?))
            }
            _ => {
                let responses = self.take_responses(errors);
                if responses.is_empty() {
                    errors.push(FieldError::new("/answers/responses", "is required for this challenge"));
                }
                Some(ChallengeResponseKind::Other { name, responses })
            }
        }
    }

    /// The address or the choice where there is one: which is asked for, the pool says, and `expects` with it.
    fn take_setup(&mut self, errors: &mut Vec<FieldError>) -> Option<MfaSetup> {
        if let Some(email) = self.email.take() {
            return Some(MfaSetup::Email(email));
        }
        let Some(choice) = self.answer.take() else {
            return Some(MfaSetup::Code(needed("code", self.code.take(), errors)?));
        };
        let factor = SetupFactor::parse(choice.expose());
        if factor.is_none() {
            errors.push(FieldError::new("/answers/answer", "must be SOFTWARE_TOKEN_MFA or EMAIL_OTP"));
        }
        factor.map(MfaSetup::Choice)
    }

    /// What goes along with a choice: what cannot be had from a challenge that it would lead to. A passkey signs the options
    /// of the `WEB_AUTHN` challenge, so it comes after the choice, as in Amplify's clients; Cognito takes it along too.
    ///
    /// <https://github.com/aws-amplify/amplify-js/tree/main/packages/auth/src/client/flows/userAuth>
    fn take_opening(&mut self, errors: &mut Vec<FieldError>) -> Option<ChallengeResponseKind> {
        let choice = self.take_choice(errors)?;
        let (mut password, mut credential) = (None, None);
        match choice.as_str() {
            "PASSWORD" => password = Some(needed("password", self.password.take(), errors)?),
            // Without one, Cognito answers with the options that a browser makes it of.
            "WEB_AUTHN" => credential = self.credential.take(),
            _ => {}
        }
        let responses = self.take_responses(errors);
        if choice.as_str() == "PASSWORD_SRP" && !responses.contains_key(SRP_A) {
            errors.push(FieldError::new("/answers/responses/SRP_A", "is required for this choice"));
        }
        Some(ChallengeResponseKind::SelectChallenge { choice, password, credential, responses })
    }

    fn take_choice(&mut self, errors: &mut Vec<FieldError>) -> Option<ChallengeName> {
        let answer = needed("answer", self.answer.take(), errors)?;
        let choice = ChallengeName::parse(answer.expose().to_owned()).ok();
        if choice.is_none() {
            errors.push(FieldError::new("/answers/answer", "must be one of the offered choices"));
        }
        choice
    }

    fn take_attributes(&mut self, custom: &[CustomAttribute], errors: &mut Vec<FieldError>) -> Attributes {
        let mut attributes = Attributes::new();
        for (name, value) in std::mem::take(&mut self.attributes) {
            match AttributeName::parse_required(&name, custom) {
                Ok(name) => {
                    attributes.insert(name, value);
                }
                Err(why) => errors.push(FieldError::new(pointer(&["answers", "attributes", &name]), why)),
            }
        }
        attributes
    }

    fn take_responses(&mut self, errors: &mut Vec<FieldError>) -> Responses {
        let mut responses = Responses::new();
        for (name, value) in std::mem::take(&mut self.responses) {
            let place = pointer(&["answers", "responses", &name]);
            if OWN.contains(&name.as_str()) {
                errors.push(FieldError::new(place, "is written by the service: leave it out"));
            } else if is_screaming(&name) {
                responses.insert(name, value);
            } else {
                errors.push(FieldError::new(place, "must be a name such as SRP_A"));
            }
        }
        responses
    }

    /// What the challenge did not want.
    fn left_over(&self) -> Vec<FieldError> {
        let given = [
            ("newPassword", self.new_password.is_some()),
            ("attributes", !self.attributes.is_empty()),
            ("code", self.code.is_some()),
            ("email", self.email.is_some()),
            ("answer", self.answer.is_some()),
            ("password", self.password.is_some()),
            ("credential", self.credential.is_some()),
            ("responses", !self.responses.is_empty()),
        ];
        let extra = given.into_iter().filter(|(_, is_given)| *is_given);
        extra
            .map(|(field, _)| FieldError::new(format!("/answers/{field}"), "is not for this challenge"))
            .collect()
    }
}

fn needed<T>(field: &str, value: Option<T>, errors: &mut Vec<FieldError>) -> Option<T> {
    if value.is_none() {
        errors.push(FieldError::new(format!("/answers/{field}"), "is required for this challenge"));
    }
    value
}

/// The attributes that must come with a new password.
pub fn required_attributes(parameters: &BTreeMap<String, Value>) -> impl Iterator<Item = &str> {
    let required = parameters.get("requiredAttributes").and_then(Value::as_array);
    required.into_iter().flatten().filter_map(Value::as_str)
}

/// What an answer to the challenge has to hold, as the places in `answers`.
#[must_use]
pub fn expects(name: &str, parameters: &BTreeMap<String, Value>) -> Vec<String> {
    if CodeChallenge::parse(name).is_some() {
        return vec!["code".to_owned()];
    }
    let places: &[&str] = match name {
        "NEW_PASSWORD_REQUIRED" => {
            let attributes = required_attributes(parameters).map(|name| format!("attributes.{name}"));
            return std::iter::once("newPassword".to_owned()).chain(attributes).collect();
        }
        MFA_SETUP => match setup(parameters) {
            Setup::Choice => &["answer"],
            Setup::Email => &["email"],
            Setup::Totp | Setup::Nothing => &["code"],
        },
        "SELECT_MFA_TYPE" | "SELECT_CHALLENGE" | "CUSTOM_CHALLENGE" => &["answer"],
        "PASSWORD" => &["password"],
        "WEB_AUTHN" => &["credential"],
        "PASSWORD_SRP" => &["responses.SRP_A"],
        "PASSWORD_VERIFIER" => &[
            "responses.PASSWORD_CLAIM_SIGNATURE",
            "responses.PASSWORD_CLAIM_SECRET_BLOCK",
            "responses.TIMESTAMP",
        ],
        "DEVICE_SRP_AUTH" => &["responses.DEVICE_KEY", "responses.SRP_A"],
        "DEVICE_PASSWORD_VERIFIER" => &[
            "responses.DEVICE_KEY",
            "responses.PASSWORD_CLAIM_SIGNATURE",
            "responses.PASSWORD_CLAIM_SECRET_BLOCK",
            "responses.TIMESTAMP",
        ],
        _ => &["responses"],
    };
    places.iter().map(|place| (*place).to_owned()).collect()
}

/// Cognito's parameters with the JSON that stands in some of them as text unfolded, and attributes called
/// as a request calls them.
#[must_use]
pub fn unfold(parameters: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, Value> {
    let value = |text: String| match serde_json::from_str(&text) {
        Ok(Value::Array(list)) => Value::Array(list.into_iter().map(without_prefix).collect()),
        Ok(object @ Value::Object(_)) => object,
        _ => Value::String(text),
    };
    parameters.into_iter().map(|(name, text)| (name, value(text))).collect()
}

fn without_prefix(item: Value) -> Value {
    match item {
        Value::String(text) => {
            Value::String(text.strip_prefix(ATTRIBUTE_PREFIX).map(str::to_owned).unwrap_or(text))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(name: &str, answers: Value) -> Result<ChallengeResponseKind, Vec<String>> {
        let name = ChallengeName::parse(name.to_owned()).unwrap();
        let answers = serde_json::from_value(answers).unwrap();
        ChallengeResponseKind::parse(name, answers, &[])
            .map_err(|errors| errors.into_iter().map(|error| error.pointer).collect())
    }

    fn members(name: &str, answers: Value) -> Value {
        let reply = parse(name, answers).unwrap();
        assert_eq!(reply.challenge(), name);
        json!(reply.members())
    }

    #[test]
    fn every_challenge_is_answered_in_cognito_s_own_words() {
        let code = json!({"code": "123456"});
        for (name, answers, expected) in [
            ("SMS_MFA", code.clone(), json!({"SMS_MFA_CODE": "123456"})),
            ("SOFTWARE_TOKEN_MFA", code.clone(), json!({"SOFTWARE_TOKEN_MFA_CODE": "123456"})),
            ("EMAIL_OTP", code.clone(), json!({"EMAIL_OTP_CODE": "123456"})),
            ("SMS_OTP", code.clone(), json!({"SMS_OTP_CODE": "123456"})),
            ("MFA_SETUP", code, json!({})),
            ("MFA_SETUP", json!({"answer": "EMAIL_OTP"}), json!({})),
            ("MFA_SETUP", json!({"email": "a@b.co"}), json!({"EMAIL": "a@b.co"})),
            ("SELECT_MFA_TYPE", json!({"answer": "SMS_MFA"}), json!({"ANSWER": "SMS_MFA"})),
            ("PASSWORD", json!({"password": "p"}), json!({"PASSWORD": "p"})),
            ("WEB_AUTHN", json!({"credential": {"id": "x"}}), json!({"CREDENTIAL": "{\"id\":\"x\"}"})),
            ("CUSTOM_CHALLENGE", json!({"answer": "blue"}), json!({"ANSWER": "blue"})),
            (
                "NEW_PASSWORD_REQUIRED",
                json!({"newPassword": "p", "attributes": {"name": "Ann", "locale": "de"}}),
                json!({"NEW_PASSWORD": "p", "userAttributes.name": "Ann", "userAttributes.locale": "de"}),
            ),
            ("SELECT_CHALLENGE", json!({"answer": "EMAIL_OTP"}), json!({"ANSWER": "EMAIL_OTP"})),
            ("SELECT_CHALLENGE", json!({"answer": "SMS_OTP"}), json!({"ANSWER": "SMS_OTP"})),
            ("SELECT_CHALLENGE", json!({"answer": "WEB_AUTHN"}), json!({"ANSWER": "WEB_AUTHN"})),
            (
                "SELECT_CHALLENGE",
                json!({"answer": "WEB_AUTHN", "credential": {"id": "x"}}),
                json!({"ANSWER": "WEB_AUTHN", "CREDENTIAL": "{\"id\":\"x\"}"}),
            ),
            (
                "SELECT_CHALLENGE",
                json!({"answer": "PASSWORD", "password": "p"}),
                json!({"ANSWER": "PASSWORD", "PASSWORD": "p"}),
            ),
            (
                "SELECT_CHALLENGE",
                json!({"answer": "PASSWORD_SRP", "responses": {"SRP_A": "a1"}}),
                json!({"ANSWER": "PASSWORD_SRP", "SRP_A": "a1"}),
            ),
            ("PASSWORD_VERIFIER", json!({"responses": {"TIMESTAMP": "now"}}), json!({"TIMESTAMP": "now"})),
            ("OF_TOMORROW", json!({"responses": {"X": "y"}}), json!({"X": "y"})),
        ] {
            assert_eq!(members(name, answers), expected, "{name}");
        }
    }

    #[test]
    fn a_challenge_to_the_device_is_told_from_one_to_the_user() {
        for (name, is_of_device) in
            [("DEVICE_SRP_AUTH", true), ("DEVICE_PASSWORD_VERIFIER", true), ("PASSWORD_VERIFIER", false)]
        {
            let reply = parse(name, json!({"responses": {"TIMESTAMP": "now"}})).unwrap();
            assert_eq!(reply.is_of_device(), is_of_device, "{name}");
        }
        assert!(!parse("SMS_MFA", json!({"code": "1"})).unwrap().is_of_device());
    }

    #[test]
    fn what_is_missing_and_what_does_not_belong_is_named() {
        for (name, answers, places) in [
            ("NEW_PASSWORD_REQUIRED", json!({}), vec!["/answers/newPassword"]),
            ("SMS_MFA", json!({"answer": "1"}), vec!["/answers/code", "/answers/answer"]),
            ("SELECT_MFA_TYPE", json!({"answer": "no such"}), vec!["/answers/answer"]),
            ("MFA_SETUP", json!({}), vec!["/answers/code"]),
            ("MFA_SETUP", json!({"answer": "SMS_MFA"}), vec!["/answers/answer"]),
            ("MFA_SETUP", json!({"email": "a@b.co", "code": "1"}), vec!["/answers/code"]),
            ("SMS_MFA", json!({"code": "1", "email": "a@b.co"}), vec!["/answers/email"]),
            ("SELECT_CHALLENGE", json!({"answer": "PASSWORD"}), vec!["/answers/password"]),
            ("SELECT_CHALLENGE", json!({"answer": "PASSWORD_SRP"}), vec!["/answers/responses/SRP_A"]),
            (
                "SELECT_CHALLENGE",
                json!({"answer": "EMAIL_OTP", "credential": {"id": "x"}}),
                vec!["/answers/credential"],
            ),
            ("PASSWORD_VERIFIER", json!({}), vec!["/answers/responses"]),
            (
                "PASSWORD_VERIFIER",
                json!({"responses": {"USERNAME": "x", "SECRET_HASH": "x", "a/b": "x", "TIMESTAMP": "x"}}),
                vec![
                    "/answers/responses/SECRET_HASH",
                    "/answers/responses/USERNAME",
                    "/answers/responses/a~1b",
                ],
            ),
            (
                "NEW_PASSWORD_REQUIRED",
                json!({"newPassword": "p", "attributes": {"custom:role": "admin"}}),
                vec!["/answers/attributes/custom:role"],
            ),
        ] {
            assert_eq!(parse(name, answers).unwrap_err(), places, "{name}");
        }
    }

    #[test]
    fn a_new_password_says_which_attributes_must_come_along() {
        let parameters = unfold([
            ("requiredAttributes".to_owned(), r#"["userAttributes.name"]"#.to_owned()),
            ("userAttributes".to_owned(), r#"{"email": "a@b.co"}"#.to_owned()),
            ("USER_ID_FOR_SRP".to_owned(), "42".to_owned()),
        ]);
        let expected = json!({
            "requiredAttributes": ["name"], "userAttributes": {"email": "a@b.co"}, "USER_ID_FOR_SRP": "42"
        });
        assert_eq!(json!(parameters), expected);
        assert_eq!(expects("NEW_PASSWORD_REQUIRED", &parameters), ["newPassword", "attributes.name"]);
    }

    #[test]
    fn an_answer_shows_nothing_of_itself() {
        let reply = parse(
            "SELECT_CHALLENGE",
            json!({"answer": "WEB_AUTHN", "credential": {"id": "hunter2"}, "responses": {"X": "hunter2"}}),
        );
        assert!(!format!("{reply:?}").contains("hunter2"));
    }
}
