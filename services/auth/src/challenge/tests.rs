//! Tests of what a challenge expects, and of what an answer becomes.

use serde_json::{Value, json};

use super::table::TABLE;
use super::*;
use crate::values::ChallengeName;

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
            vec!["/answers/responses/SECRET_HASH", "/answers/responses/USERNAME", "/answers/responses/a~1b"],
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

/// The test in that file answers each challenge with what it expects.
#[test]
fn every_challenge_of_the_table_is_answered_over_the_wire() {
    let answered = include_str!("../../tests/it/answerable.rs");
    for row in TABLE {
        assert!(
            answered.contains(&format!("        (\"{}\", ", row.name)),
            "{}: add it to answerable.rs",
            row.name
        );
    }
}
