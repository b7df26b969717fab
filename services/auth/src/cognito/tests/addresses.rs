//! With threat protection each operation that is open to everybody says where the caller is; without it none does.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::wire::{CONFIDENTIAL, Client, EMAIL, PROTECTED, PUBLIC, SESSION, SUB, call, ok, play, tokens};
use crate::caller_address::CallerAddress;
use crate::challenge::{ChallengeResponse, ChallengeResponseKind};
use crate::provider::{FirstFactor, IdentityProvider, SignIn, SignUp};
use crate::values::{Attributes, ChallengeName, Code, Email, Password, RefreshToken, Session, Username};

fn address(text: &str) -> CallerAddress {
    CallerAddress::from(text.parse::<IpAddr>().unwrap())
}

fn email() -> Email {
    Email::parse(EMAIL.to_owned()).unwrap()
}

fn code() -> Code {
    Code::parse("123456".to_owned()).unwrap()
}

fn password() -> Password {
    Password::parse("Correct-horse-9".to_owned()).unwrap()
}

fn response() -> ChallengeResponse {
    let name = ChallengeName::parse("SMS_MFA".to_owned()).unwrap();
    let answers = serde_json::from_value(json!({ "code": "123456" })).unwrap();
    ChallengeResponse {
        device: None,
        session: Session::parse(SESSION.to_owned()).ok(),
        username: Username::parse(SUB.to_owned()).unwrap(),
        reply: ChallengeResponseKind::parse(name, answers, &[]).unwrap(),
    }
}

/// Each operation once: its name, and what it says of the caller.
async fn said(client: Client, from: Option<CallerAddress>) -> Value {
    let script = [
        call!(sign_up, ok(&json!({ "UserSub": "7f1e", "UserConfirmed": false }))),
        call!(confirm_sign_up, ok(&json!({}))),
        call!(resend_confirmation_code, ok(&json!({}))),
        call!(initiate_auth, tokens()),
        call!(initiate_auth, tokens()),
        call!(respond_to_auth_challenge, tokens()),
        call!(forgot_password, ok(&json!({}))),
        call!(confirm_forgot_password, ok(&json!({}))),
    ];
    let ((), sent) = play(client, &script, async |cognito| {
        let account = SignUp { email: email(), password: password(), attributes: Attributes::new() };
        cognito.sign_up(&account, from).await.unwrap();
        cognito.confirm_sign_up(&email(), &code(), from).await.unwrap();
        cognito.resend_code(&email(), from).await.unwrap();
        let by_choice = FirstFactor::Choice { password: None, preferred: None };
        for first_factor in [FirstFactor::Password(password()), by_choice] {
            cognito.sign_in(&SignIn { email: email(), first_factor, device: None }, from).await.unwrap();
        }
        cognito.respond(&response(), from).await.unwrap();
        cognito.forgot_password(&email(), from).await.unwrap();
        cognito.reset_password(&email(), &code(), &password(), from).await.unwrap();
    })
    .await;
    sent.as_array().unwrap().iter().map(|call| json!([call[0], call[1]["UserContextData"]])).collect()
}

/// The same context for all of them.
fn all(context: &Value) -> Value {
    let operations = [
        "SignUp",
        "ConfirmSignUp",
        "ResendConfirmationCode",
        "InitiateAuth",
        "InitiateAuth",
        "RespondToAuthChallenge",
        "ForgotPassword",
        "ConfirmForgotPassword",
    ];
    operations.map(|operation| json!([operation, context])).into_iter().collect()
}

#[tokio::test]
async fn with_threat_protection_every_operation_of_everybody_says_where_the_caller_is() {
    for text in ["203.0.113.9", "2001:db8::1"] {
        assert_eq!(said(PROTECTED, Some(address(text))).await, all(&json!({ "IpAddress": text })));
    }
}

#[tokio::test]
async fn a_caller_whose_address_is_not_known_has_none() {
    assert_eq!(said(PROTECTED, None).await, all(&Value::Null));
}

#[tokio::test]
async fn without_threat_protection_nobody_s_address_is_passed_on() {
    for client in [PUBLIC, CONFIDENTIAL] {
        assert_eq!(said(client, Some(address("203.0.113.9"))).await, all(&Value::Null));
    }
}

/// The one operation left that takes an address is never used then.
#[tokio::test]
async fn a_refresh_with_threat_protection_is_by_the_operation_that_takes_no_address() {
    let script = [call!(get_tokens_from_refresh_token, tokens())];
    let token = RefreshToken::parse("r.s.t".to_owned()).unwrap();
    let (done, _) = play(PROTECTED, &script, async |cognito| cognito.refresh(&token, None).await).await;
    done.unwrap();
}

#[test]
fn an_address_is_not_shown() {
    assert_eq!(format!("{:?}", address("203.0.113.9")), "[hidden]");
}
