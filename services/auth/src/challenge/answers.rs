//! The answer to a challenge in a request, and how it becomes Cognito's `ChallengeResponses`.
//!
//! The table says which fields belong to a challenge. `Debug` must show nothing of an answer, because it is a secret.

use std::collections::BTreeMap;

use platform::config::{AuthFlow, CustomAttribute};
use platform::document::pointer;
use secrecy::{ExposeSecret, SecretString};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::Value;
use web::FieldError;

use super::mfa_setup::{MFA_SETUP, MfaSetup, SetupFactor};
use super::parameters::ATTRIBUTE_PREFIX;
use super::table::{Field, Row, Shape};
use crate::values::{
    Answer, AttributeName, AttributeValue, Attributes, ChallengeName, Code, Email, Password, is_screaming,
};

/// An answer, by its challenge.
#[derive(Debug)]
pub enum ChallengeResponseKind {
    /// The answer to a challenge that has one field.
    One {
        /// Which.
        name: &'static str,
        /// The member of `ChallengeResponses`.
        member: &'static str,
        /// Its value.
        value: FieldValue,
    },
    /// `NEW_PASSWORD_REQUIRED`.
    NewPassword {
        /// The final password.
        password: Password,
        /// The attributes that the pool requires.
        attributes: Attributes,
    },
    /// `MFA_SETUP`.
    MfaSetup(MfaSetup),
    /// `SELECT_CHALLENGE`: the chosen challenge, with its first values.
    SelectChallenge {
        /// Which.
        choice: ChallengeName,
        /// `PASSWORD`.
        password: Option<Password>,
        /// `WEB_AUTHN`, if the client has signed the options already.
        credential: Option<Credential>,
        /// `PASSWORD_SRP`, or an unknown choice.
        responses: Responses,
    },
    /// Any other challenge, for example of SRP: the client's values are passed on unchanged.
    Other {
        /// Which.
        name: ChallengeName,
        /// The members of `ChallengeResponses`.
        responses: Responses,
    },
}

/// The value of a field.
#[derive(Debug)]
pub enum FieldValue {
    Answer(Answer),
    Choice(ChallengeName),
    Code(Code),
    Credential(Credential),
    Password(Password),
}

impl FieldValue {
    fn expose(&self) -> &str {
        match self {
            Self::Answer(answer) => answer.expose(),
            Self::Choice(choice) => choice.as_str(),
            Self::Code(code) => code.expose(),
            Self::Credential(credential) => credential.expose(),
            Self::Password(password) => password.expose(),
        }
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

impl Credential {
    fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Members of `ChallengeResponses` by Cognito's names.
type Responses = BTreeMap<String, Answer>;

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

/// Members of `ChallengeResponses` that only the service writes.
const OWN: [&str; 2] = ["USERNAME", "SECRET_HASH"];

/// The first value of SRP.
const SRP_A: &str = "SRP_A";

impl ChallengeResponseKind {
    /// The answer to the challenge `name`, where users may write the attributes `custom` beside the standard ones.
    ///
    /// # Errors
    /// Every field that is missing or does not belong to the challenge.
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

    /// Whether the challenge is for the device, whose key an answer needs.
    #[must_use]
    pub fn is_of_device(&self) -> bool {
        self.challenge().starts_with("DEVICE_")
    }

    /// Whether the challenge may come before any proof.
    #[must_use]
    pub fn is_first_proof(&self, flow: AuthFlow) -> bool {
        // An unknown challenge counts as one that a sign-in starts with, unless it is for the device.
        let is_first = Row::find(self.challenge()).is_none_or(|row| row.proof.is_first(flow));
        is_first && !self.is_of_device()
    }

    /// Cognito's name of the challenge.
    #[must_use]
    pub fn challenge(&self) -> &str {
        match self {
            Self::One { name, .. } => name,
            Self::NewPassword { .. } => "NEW_PASSWORD_REQUIRED",
            Self::MfaSetup(_) => MFA_SETUP,
            Self::SelectChallenge { .. } => "SELECT_CHALLENGE",
            Self::Other { name, .. } => name.as_str(),
        }
    }

    /// The members of Cognito's `ChallengeResponses`, without those that name the user and the client. They are
    /// secrets.
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
            Self::One { member, value, .. } => one(member, value.expose()),
            Self::MfaSetup(MfaSetup::Email(email)) => one("EMAIL", email.as_str()),
            // A code was sent to VerifySoftwareToken before. A choice is not sent.
            Self::MfaSetup(_) => BTreeMap::new(),
            Self::SelectChallenge { choice, password, credential, responses } => {
                let mut members = exposed(responses);
                members.extend(one("ANSWER", choice.as_str()));
                members.extend(password.iter().flat_map(|password| one("PASSWORD", password.expose())));
                members
                    .extend(credential.iter().flat_map(|credential| one("CREDENTIAL", credential.expose())));
                members
            }
            Self::Other { responses, .. } => exposed(responses),
        }
    }
}

fn exposed(responses: &Responses) -> BTreeMap<String, String> {
    responses.iter().map(|(name, value)| (name.clone(), value.expose().to_owned())).collect()
}

impl ChallengeResponseBody {
    /// Takes the fields of the challenge.
    fn take(
        &mut self,
        name: ChallengeName,
        custom: &[CustomAttribute],
        errors: &mut Vec<FieldError>,
    ) -> Option<ChallengeResponseKind> {
        match Row::find(name.as_str()).map(|row| (row.name, row.shape)) {
            Some((name, Shape::One(field, member))) => {
                let value = self.take_field(field, errors)?;
                Some(ChallengeResponseKind::One { name, member, value })
            }
            Some((_, Shape::NewPassword)) => {
                let attributes = self.take_attributes(custom, errors);
                let password = needed("newPassword", self.new_password.take(), errors)?;
                Some(ChallengeResponseKind::NewPassword { password, attributes })
            }
            Some((_, Shape::MfaSetup)) => self.take_setup(errors).map(ChallengeResponseKind::MfaSetup),
            Some((_, Shape::SelectChallenge)) => self.take_opening(errors),
            Some((_, Shape::Responses(_))) | None => {
                let responses = self.take_responses(errors);
                if responses.is_empty() {
                    errors.push(FieldError::new("/answers/responses", "is required for this challenge"));
                }
                Some(ChallengeResponseKind::Other { name, responses })
            }
        }
    }

    fn take_field(&mut self, field: Field, errors: &mut Vec<FieldError>) -> Option<FieldValue> {
        let value = match field {
            Field::Choice => return self.take_choice(errors).map(FieldValue::Choice),
            Field::Answer => self.answer.take().map(FieldValue::Answer),
            Field::Code => self.code.take().map(FieldValue::Code),
            Field::Credential => self.credential.take().map(FieldValue::Credential),
            Field::Password => self.password.take().map(FieldValue::Password),
        };
        needed(field.as_str(), value, errors)
    }

    /// Takes the address, the choice or the code. `expects` says which one the pool asks for.
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

    /// Takes a choice and what belongs to it. A passkey signs the options of the `WEB_AUTHN` challenge, so it usually
    /// comes after the choice, as in Amplify's clients. Cognito also accepts it with the choice.
    ///
    /// <https://github.com/aws-amplify/amplify-js/tree/main/packages/auth/src/client/flows/userAuth>
    fn take_opening(&mut self, errors: &mut Vec<FieldError>) -> Option<ChallengeResponseKind> {
        let choice = self.take_choice(errors)?;
        let (mut password, mut credential) = (None, None);
        match choice.as_str() {
            "PASSWORD" => password = Some(needed("password", self.password.take(), errors)?),
            // Without one, Cognito answers with the options from which a browser makes it.
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

    /// The fields that do not belong to the challenge.
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
