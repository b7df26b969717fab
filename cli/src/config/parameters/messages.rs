//! The parameters with the texts of mails and SMS messages.
//!
//! `platform::config` alone decides what a text may be. This file only assigns each text to its parameter,
//! and divides a body among five parameters.

use platform::config::{CodeTexts, InvitationTexts, Messages};

use super::Parameter;

/// The names of the parameters for one occasion.
struct Names {
    subject: &'static str,
    body: [&'static str; 5],
    sms: &'static str,
}

const VERIFICATION: Names = Names {
    subject: "VerificationEmailSubject",
    body: [
        "VerificationEmailMessage",
        "VerificationEmailMessage2",
        "VerificationEmailMessage3",
        "VerificationEmailMessage4",
        "VerificationEmailMessage5",
    ],
    sms: "VerificationSmsMessage",
};

const INVITATION: Names = Names {
    subject: "InvitationEmailSubject",
    body: [
        "InvitationEmailMessage",
        "InvitationEmailMessage2",
        "InvitationEmailMessage3",
        "InvitationEmailMessage4",
        "InvitationEmailMessage5",
    ],
    sms: "InvitationSmsMessage",
};

const SIGN_IN: Names = Names {
    subject: "SignInEmailSubject",
    body: [
        "SignInEmailMessage",
        "SignInEmailMessage2",
        "SignInEmailMessage3",
        "SignInEmailMessage4",
        "SignInEmailMessage5",
    ],
    sms: "SignInSmsMessage",
};

/// The texts for one occasion. A text that is not configured is empty.
#[derive(Default)]
struct Texts<'a> {
    subject: &'a str,
    body: [&'a str; 5],
    sms: &'a str,
}

impl<'a> From<&'a CodeTexts> for Texts<'a> {
    fn from(texts: &'a CodeTexts) -> Self {
        let email = texts.email.as_ref();
        Self {
            subject: email.map_or("", |mail| mail.subject.as_str()),
            body: email.map(|mail| mail.body.parts()).unwrap_or_default(),
            sms: texts.sms.as_ref().map_or("", |sms| sms.as_str()),
        }
    }
}

impl<'a> From<&'a InvitationTexts> for Texts<'a> {
    fn from(texts: &'a InvitationTexts) -> Self {
        let email = texts.email.as_ref();
        Self {
            subject: email.map_or("", |mail| mail.subject.as_str()),
            body: email.map(|mail| mail.body.parts()).unwrap_or_default(),
            sms: texts.sms.as_ref().map_or("", |sms| sms.as_str()),
        }
    }
}

/// All parameters, whether or not there are texts.
pub(super) fn parameters(messages: Option<&Messages>) -> Vec<Parameter> {
    let texts = messages.cloned().unwrap_or_default();
    let verification = texts.verification.as_ref().map(Texts::from);
    let invitation = texts.invitation.as_ref().map(Texts::from);
    let sign_in = texts.sign_in_code.as_ref().map(Texts::from);
    [(VERIFICATION, verification), (INVITATION, invitation), (SIGN_IN, sign_in)]
        .into_iter()
        .flat_map(|(names, texts)| of_one(&names, &texts.unwrap_or_default()))
        .collect()
}

fn of_one(names: &Names, texts: &Texts<'_>) -> Vec<Parameter> {
    let body = names.body.into_iter().zip(texts.body);
    let all = [(names.subject, texts.subject)].into_iter().chain(body).chain([(names.sms, texts.sms)]);
    all.map(|(name, text)| (name, text.to_owned())).collect()
}
