//! A sign-in that is more than a password: what is asked, and how it is answered.

use auth::Settings;
use auth::provider::{Challenge, NextStep, Redacted, SignInOutcome};
use auth::values::ChallengeName;
use platform::config::AuthFlow;
use serde_json::{Value, json};
use testkit::cognito::{EMAIL, SESSION};
use testkit::request::Request;

use crate::fake::{CODE, Fake, NEW_PASSWORD, PASSWORD};
use crate::gateway::{Answer, send, send_to, settings};
use crate::routes;

fn challenge(name: &str, parameters: Value) -> Challenge {
    Challenge {
        name: ChallengeName::parse(name.to_owned()).unwrap(),
        session: Some(SESSION.into()),
        username: "7f1e".to_owned(),
        parameters: Redacted(serde_json::from_value(parameters).unwrap()),
        totp_key: None,
    }
}

async fn sign_in(step: fn() -> SignInOutcome) -> Answer {
    send(&Fake::stepping(step), &routes::route("POST /auth/signin").request()).await
}

#[tokio::test]
async fn a_challenge_says_how_it_is_answered() {
    let parameters =
        json!({ "requiredAttributes": ["name", "phone_number"], "userAttributes": { "email": EMAIL } });
    let answer = sign_in(|| {
        SignInOutcome::Challenge(challenge(
            "NEW_PASSWORD_REQUIRED",
            json!({
                "requiredAttributes": ["name", "phone_number"], "userAttributes": { "email": EMAIL },
            }),
        ))
    })
    .await;
    answer.assert_json(
        200,
        &json!({ "challenge": {
            "name": "NEW_PASSWORD_REQUIRED", "session": SESSION, "username": "7f1e", "parameters": parameters,
            "expects": ["newPassword", "attributes.name", "attributes.phone_number"],
        }}),
    );
}

#[tokio::test]
async fn an_unknown_challenge_goes_through_by_its_name() {
    let answer = sign_in(|| SignInOutcome::Challenge(challenge("OF_TOMORROW", json!({ "HINT": "h" })))).await;
    answer.assert_json(
        200,
        &json!({ "challenge": {
            "name": "OF_TOMORROW", "session": SESSION, "username": "7f1e", "parameters": { "HINT": "h" },
            "expects": ["responses"],
        }}),
    );
}

#[tokio::test]
async fn an_authenticator_app_gets_its_key_as_text_and_as_an_address() {
    let answer = sign_in(|| {
        let key = Some("JBSWY3DP".into());
        SignInOutcome::Challenge(Challenge { totp_key: key, ..challenge("MFA_SETUP", json!({})) })
    })
    .await;
    let uri = "otpauth://totp/gatehouse:ann%40example.com?secret=JBSWY3DP&issuer=gatehouse";
    answer.assert_json(
        200,
        &json!({ "challenge": {
            "name": "MFA_SETUP", "session": SESSION, "username": "7f1e",
            "parameters": { "secret": "JBSWY3DP", "otpauthUri": uri }, "expects": ["code"],
        }}),
    );
}

#[tokio::test]
async fn a_challenge_without_a_session_has_none() {
    let answer =
        sign_in(|| SignInOutcome::Challenge(Challenge { session: None, ..challenge("SMS_MFA", json!({})) }))
            .await;
    assert!(answer.json()["challenge"].get("session").is_none());
}

#[tokio::test]
async fn what_has_to_happen_first_is_a_next_step() {
    let answer = sign_in(|| SignInOutcome::NextStep(NextStep::ConfirmSignUp)).await;
    answer.assert_json(200, &json!({ "nextStep": { "name": "confirm_sign_up" } }));
    let answer = sign_in(|| SignInOutcome::NextStep(NextStep::ResetPassword)).await;
    answer.assert_json(200, &json!({ "nextStep": { "name": "reset_password" } }));
}

#[tokio::test]
async fn every_challenge_has_its_answer() {
    for (name, answers, call) in [
        ("SMS_MFA", json!({ "code": CODE }), "SMS_MFA_CODE=CODE"),
        ("SOFTWARE_TOKEN_MFA", json!({ "code": CODE }), "SOFTWARE_TOKEN_MFA_CODE=CODE"),
        ("EMAIL_OTP", json!({ "code": CODE }), "EMAIL_OTP_CODE=CODE"),
        ("SMS_OTP", json!({ "code": CODE }), "SMS_OTP_CODE=CODE"),
        ("MFA_SETUP", json!({ "code": CODE }), ""),
        ("SELECT_MFA_TYPE", json!({ "answer": "SMS_MFA" }), "ANSWER=OTHER"),
        ("PASSWORD", json!({ "password": PASSWORD }), "PASSWORD=PASSWORD"),
        ("WEB_AUTHN", json!({ "credential": {} }), "CREDENTIAL=OTHER"),
        ("CUSTOM_CHALLENGE", json!({ "answer": CODE }), "ANSWER=CODE"),
        (
            "NEW_PASSWORD_REQUIRED",
            json!({ "newPassword": NEW_PASSWORD, "attributes": { "phone_number": "+14155550123" } }),
            "NEW_PASSWORD=NEW_PASSWORD userAttributes.phone_number=OTHER",
        ),
        (
            "SELECT_CHALLENGE",
            json!({ "answer": "PASSWORD", "password": PASSWORD }),
            "ANSWER=OTHER PASSWORD=PASSWORD",
        ),
        ("DEVICE_SRP_AUTH", json!({ "responses": { "SRP_A": CODE } }), "SRP_A=CODE"),
    ] {
        let fake = Fake::willing();
        let body = json!({ "name": name, "session": SESSION, "username": "7f1e", "answers": answers });
        let answer = send(&fake, &Request::post("/auth/challenge", &body)).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
        assert_eq!(fake.calls(), [format!("respond 7f1e {name} SESSION {call}").trim_end()], "{name}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_the_challenge_s_is_named_by_its_places() {
    for (name, answers, places) in [
        ("SMS_MFA", json!({}), "[/answers/code]"),
        ("SMS_MFA", json!({ "answer": "x" }), "[/answers/code] [/answers/answer]"),
        ("SMS_MFA", json!({ "code": CODE, "password": "x" }), "[/answers/password]"),
        ("NEW_PASSWORD_REQUIRED", json!({ "password": "x" }), "[/answers/newPassword] [/answers/password]"),
        (
            "NEW_PASSWORD_REQUIRED",
            json!({ "newPassword": "x", "attributes": { "custom:role": "admin" } }),
            "[/answers/attributes/custom:role]",
        ),
        ("MFA_SETUP", json!({ "credential": {} }), "[/answers/code] [/answers/credential]"),
        ("SELECT_MFA_TYPE", json!({ "answer": "no name" }), "[/answers/answer]"),
        ("SELECT_CHALLENGE", json!({ "answer": "PASSWORD_SRP" }), "[/answers/responses/SRP_A]"),
        ("WEB_AUTHN", json!({ "credential": "{}" }), "[/answers/credential]"),
        ("OF_TOMORROW", json!({}), "[/answers/responses]"),
        (
            "OF_TOMORROW",
            json!({ "responses": { "USERNAME": "eve", "SECRET_HASH": "x", "lower": "x", "X": "y" } }),
            "[/answers/responses/SECRET_HASH] [/answers/responses/USERNAME] [/answers/responses/lower]",
        ),
        ("SMS_MFA", json!({ "code": CODE, "unknown": 1 }), "[/answers/unknown]"),
        ("SMS_MFA", json!([null, {}, CODE, null, null, null, {}]), "[/answers]"),
        ("SMS_MFA", json!(null), "[/answers]"),
    ] {
        let fake = Fake::willing();
        let body = json!({ "name": name, "session": SESSION, "username": "7f1e", "answers": answers });
        let answer = send(&fake, &Request::post("/auth/challenge", &body)).await;
        assert_eq!(
            answer.status_code_and_places(),
            format!("422 invalid_request {places}"),
            "{name} {answers}"
        );
        assert!(fake.calls().is_empty());
    }
}

/// <https://github.com/awsdocs/aws-doc-sdk-examples/blob/main/python/example_code/cognito/cognito_idp_actions.py>
#[tokio::test]
async fn a_challenge_of_srp_may_be_without_a_session_and_no_other() {
    for (name, answers, status_and_code) in [
        ("DEVICE_SRP_AUTH", json!({ "responses": { "SRP_A": CODE } }), "200"),
        ("PASSWORD_VERIFIER", json!({ "responses": { "TIMESTAMP": "now" } }), "200"),
        ("SMS_MFA", json!({ "code": CODE }), "422 invalid_request [/session]"),
        ("MFA_SETUP", json!({ "code": CODE }), "422 invalid_request [/session]"),
        ("NEW_PASSWORD_REQUIRED", json!({ "newPassword": "n" }), "422 invalid_request [/session]"),
        ("SELECT_CHALLENGE", json!({ "answer": "EMAIL_OTP" }), "422 invalid_request [/session]"),
    ] {
        let fake = Fake::willing();
        let body = json!({ "name": name, "username": "7f1e", "answers": answers });
        let answer = send(&fake, &Request::post("/auth/challenge", &body)).await;
        assert_eq!(answer.status_code_and_places(), status_and_code, "{name}");
        assert_eq!(fake.calls().len(), usize::from(status_and_code == "200"));
        assert!(fake.calls().iter().all(|call| call.contains("no session")));
    }
}

fn by_choice() -> Settings {
    Settings { flow: AuthFlow::UserAuth, ..settings() }
}

#[tokio::test]
async fn a_choice_based_sign_in_begins_with_whatever_the_user_has() {
    for (body, call) in [
        (json!({ "email": EMAIL }), "choosing nothing nothing"),
        (json!({ "email": EMAIL, "password": PASSWORD }), "choosing nothing PASSWORD"),
        (json!({ "email": EMAIL, "preferredChallenge": "EMAIL_OTP" }), "choosing EMAIL_OTP nothing"),
        (
            json!({ "email": EMAIL, "password": PASSWORD, "preferredChallenge": "PASSWORD" }),
            "choosing PASSWORD PASSWORD",
        ),
    ] {
        let fake = Fake::willing();
        let answer = send_to(&fake, &by_choice(), &Request::post("/auth/signin", &body)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(fake.calls(), [format!("sign_in {EMAIL} {call}")]);
    }
}

#[tokio::test]
async fn a_password_sign_in_wants_the_password_and_no_choice() {
    for (body, place) in [
        (json!({ "email": EMAIL }), "/password"),
        (json!({ "email": EMAIL, "password": null }), "/password"),
        (json!({ "email": EMAIL, "preferredChallenge": "EMAIL_OTP" }), "/password"),
        (json!({ "email": EMAIL, "password": "p", "preferredChallenge": "PASSWORD" }), "/preferredChallenge"),
    ] {
        let fake = Fake::willing();
        let answer = send(&fake, &Request::post("/auth/signin", &body)).await;
        assert_eq!(answer.status_code_and_places(), format!("422 invalid_request [{place}]"));
        assert!(fake.calls().is_empty());
    }
}
