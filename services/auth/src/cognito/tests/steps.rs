//! A sign-in, step by step: what goes to Cognito for each, and what its answers become.

use std::collections::BTreeMap;

use aws_smithy_mocks::Rule;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::wire::{
    CONFIDENTIAL, Client, EMAIL, EMAIL_HASH, PUBLIC, Reply, SESSION, SUB, SUB_HASH, call, challenge, ok,
    play, refused, tokens,
};
use crate::challenge::{ChallengeResponse, ChallengeResponseKind as Answer};
use crate::provider::{
    Challenge, Failure, FirstFactor, IdentityProvider, NextStep, Refusal, SignIn, SignInOutcome,
};
use crate::values::{ChallengeName, Email, Password, Session, Username};

async fn begin(
    client: Client,
    script: &[Rule],
    first_factor: FirstFactor,
) -> (Result<SignInOutcome, Failure>, Value) {
    let command = SignIn { email: Email::parse(EMAIL.to_owned()).unwrap(), first_factor, device: None };
    play(client, script, async |cognito| cognito.sign_in(&command, None).await).await
}

fn by_password() -> FirstFactor {
    FirstFactor::Password(Password::parse("Correct-horse-9".to_owned()).unwrap())
}

async fn begun(reply: Reply) -> Result<SignInOutcome, Failure> {
    begin(PUBLIC, &[call!(initiate_auth, reply)], by_password()).await.0
}

async fn go_on(
    client: Client,
    script: &[Rule],
    name: &str,
    answers: Value,
) -> (Result<SignInOutcome, Failure>, Value) {
    let name = ChallengeName::parse(name.to_owned()).unwrap();
    let response = ChallengeResponse {
        session: Session::parse(SESSION.to_owned()).ok(),
        username: Username::parse(SUB.to_owned()).unwrap(),
        reply: Answer::parse(name, serde_json::from_value(answers).unwrap(), &[]).unwrap(),
        device: None,
    };
    play(client, script, async |cognito| cognito.respond(&response, None).await).await
}

fn asked(step: Result<SignInOutcome, Failure>) -> Challenge {
    match step.unwrap() {
        SignInOutcome::Challenge(challenge) => challenge,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_password_goes_by_the_password_flow() {
    for client in [PUBLIC, CONFIDENTIAL] {
        let (step, sent) = begin(client, &[call!(initiate_auth, tokens())], by_password()).await;
        let SignInOutcome::SignedIn(tokens) = step.unwrap() else { panic!("no tokens") };
        assert_eq!(tokens.access.expose_secret(), "the-access-token");
        assert_eq!(tokens.id.expose_secret(), "the-id-token");
        assert_eq!(tokens.refresh.unwrap().expose(), "the-refresh-token");
        assert_eq!((tokens.expires_in, tokens.token_type.as_str()), (3600, "Bearer"));
        let mut parameters = json!({ "USERNAME": EMAIL, "PASSWORD": "Correct-horse-9" });
        if client.has_secret {
            parameters["SECRET_HASH"] = json!(EMAIL_HASH);
        }
        let body =
            json!({ "ClientId": "client", "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
        assert_eq!(sent, json!([["InitiateAuth", body]]));
    }
}

#[tokio::test]
async fn a_choice_may_be_made_at_once_or_left_to_the_user() {
    let password = || Password::parse("p".to_owned()).ok();
    let preferred = || ChallengeName::parse("EMAIL_OTP".to_owned()).ok();
    for (first_factor, expected) in [
        (FirstFactor::Choice { password: None, preferred: None }, json!({})),
        (
            FirstFactor::Choice { password: password(), preferred: None },
            json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": "p" }),
        ),
        (
            FirstFactor::Choice { password: None, preferred: preferred() },
            json!({ "PREFERRED_CHALLENGE": "EMAIL_OTP" }),
        ),
        (
            FirstFactor::Choice { password: password(), preferred: preferred() },
            json!({ "PREFERRED_CHALLENGE": "EMAIL_OTP", "PASSWORD": "p" }),
        ),
    ] {
        let (step, sent) = begin(CONFIDENTIAL, &[call!(initiate_auth, tokens())], first_factor).await;
        step.unwrap();
        let mut parameters = expected;
        parameters["USERNAME"] = json!(EMAIL);
        parameters["SECRET_HASH"] = json!(EMAIL_HASH);
        let body = json!({ "ClientId": "client", "AuthFlow": "USER_AUTH", "AuthParameters": parameters });
        assert_eq!(sent, json!([["InitiateAuth", body]]));
    }
}

#[tokio::test]
async fn the_offered_challenges_are_among_the_parameters() {
    let reply = ok(&json!({
        "ChallengeName": "SELECT_CHALLENGE", "Session": SESSION,
        "AvailableChallenges": ["PASSWORD", "OF_TOMORROW"],
    }));
    let first_factor = FirstFactor::Choice { password: None, preferred: None };
    let (step, _) = begin(PUBLIC, &[call!(initiate_auth, reply)], first_factor).await;
    let asked = asked(step);
    assert_eq!(json!(asked.parameters.0), json!({ "availableChallenges": ["PASSWORD", "OF_TOMORROW"] }));
    assert_eq!(asked.username, EMAIL);
}

#[tokio::test]
async fn the_pool_s_own_name_for_the_user_is_the_one_to_go_on_with() {
    for (parameters, username) in [
        (json!({ "USER_ID_FOR_SRP": SUB, "USERNAME": "other" }), SUB),
        (json!({ "USERNAME": SUB }), SUB),
        (json!({}), EMAIL),
    ] {
        let asked = asked(begun(challenge("SMS_MFA", &parameters)).await);
        assert_eq!(asked.username, username, "{parameters}");
        assert_eq!(asked.session.unwrap().expose_secret(), SESSION);
    }
}

#[tokio::test]
async fn a_challenge_that_nobody_knows_yet_is_passed_through() {
    let asked = asked(begun(challenge("OF_TOMORROW", &json!({ "HINT": "{\"a\": 1}", "N": "7" }))).await);
    assert_eq!(asked.name.as_str(), "OF_TOMORROW");
    assert_eq!(json!(asked.parameters.0), json!({ "HINT": { "a": 1 }, "N": "7" }));

    let script = [call!(respond_to_auth_challenge, tokens())];
    let (step, sent) = go_on(PUBLIC, &script, "OF_TOMORROW", json!({ "responses": { "X": "y" } })).await;
    step.unwrap();
    assert_eq!(sent[0][1]["ChallengeName"], "OF_TOMORROW");
    assert_eq!(sent[0][1]["ChallengeResponses"], json!({ "USERNAME": SUB, "X": "y" }));
}

#[tokio::test]
async fn an_answer_hashes_the_name_that_the_challenge_gave() {
    for (name, answers, members) in [
        ("SMS_MFA", json!({ "code": "123456" }), json!({ "SMS_MFA_CODE": "123456" })),
        (
            "NEW_PASSWORD_REQUIRED",
            json!({ "newPassword": "n", "attributes": { "name": "Ann", "email": EMAIL } }),
            json!({ "NEW_PASSWORD": "n", "userAttributes.name": "Ann", "userAttributes.email": EMAIL }),
        ),
        (
            "SELECT_CHALLENGE",
            json!({ "answer": "PASSWORD", "password": "p" }),
            json!({ "ANSWER": "PASSWORD", "PASSWORD": "p" }),
        ),
        ("PASSWORD_VERIFIER", json!({ "responses": { "TIMESTAMP": "now" } }), json!({ "TIMESTAMP": "now" })),
    ] {
        for client in [PUBLIC, CONFIDENTIAL] {
            let script = [call!(respond_to_auth_challenge, tokens())];
            let (step, sent) = go_on(client, &script, name, answers.clone()).await;
            step.unwrap();
            let mut expected = members.clone();
            expected["USERNAME"] = json!(SUB);
            if client.has_secret {
                expected["SECRET_HASH"] = json!(SUB_HASH);
            }
            let body = json!({
                "ClientId": "client", "ChallengeName": name, "Session": SESSION, "ChallengeResponses": expected,
            });
            assert_eq!(sent, json!([["RespondToAuthChallenge", body]]), "{name}");
        }
    }
}

#[tokio::test]
async fn an_authenticator_app_gets_its_key_with_the_challenge() {
    let parameters =
        json!({ "MFAS_CAN_SETUP": "[\"SMS_MFA\",\"SOFTWARE_TOKEN_MFA\"]", "USER_ID_FOR_SRP": SUB });
    let associated = json!({ "SecretCode": "JBSWY3DP", "Session": "the-session-of-the-association" });
    let script = [
        call!(initiate_auth, challenge("MFA_SETUP", &parameters)),
        call!(associate_software_token, ok(&associated)),
    ];
    let (step, sent) = begin(PUBLIC, &script, by_password()).await;
    let asked = asked(step);
    assert_eq!(asked.session.unwrap().expose_secret(), "the-session-of-the-association");
    assert_eq!(asked.totp_key.unwrap().expose_secret(), "JBSWY3DP");
    assert_eq!(sent[1], json!(["AssociateSoftwareToken", { "Session": SESSION }]));
}

#[tokio::test]
async fn a_pool_that_wants_another_factor_gives_no_key() {
    let asked = asked(begun(challenge("MFA_SETUP", &json!({ "MFAS_CAN_SETUP": "[\"EMAIL_OTP\"]" }))).await);
    assert!(asked.totp_key.is_none());
    assert_eq!(asked.session.unwrap().expose_secret(), SESSION);
}

#[tokio::test]
async fn of_several_factors_one_is_chosen_before_anything_is_set_up() {
    let both = json!({ "MFAS_CAN_SETUP": "[\"EMAIL_OTP\",\"SOFTWARE_TOKEN_MFA\"]" });
    assert!(asked(begun(challenge("MFA_SETUP", &both)).await).totp_key.is_none());

    let associated = json!({ "SecretCode": "JBSWY3DP", "Session": "the-session-of-the-association" });
    let script = [call!(associate_software_token, ok(&associated))];
    let (step, sent) = go_on(PUBLIC, &script, "MFA_SETUP", json!({ "answer": "SOFTWARE_TOKEN_MFA" })).await;
    let chosen = asked(step);
    assert_eq!(chosen.totp_key.unwrap().expose_secret(), "JBSWY3DP");
    assert_eq!(chosen.session.unwrap().expose_secret(), "the-session-of-the-association");
    assert_eq!(
        chosen.parameters.0,
        BTreeMap::from([("MFAS_CAN_SETUP".to_owned(), json!(["SOFTWARE_TOKEN_MFA"]))])
    );
    assert_eq!(sent, json!([["AssociateSoftwareToken", { "Session": SESSION }]]));

    let (step, sent) = go_on(PUBLIC, &[], "MFA_SETUP", json!({ "answer": "EMAIL_OTP" })).await;
    let chosen = asked(step);
    assert_eq!((chosen.username.as_str(), sent), (SUB, json!([])));
    assert_eq!(chosen.session.unwrap().expose_secret(), SESSION);
    assert_eq!(chosen.parameters.0, BTreeMap::from([("MFAS_CAN_SETUP".to_owned(), json!(["EMAIL_OTP"]))]));
}

#[tokio::test]
async fn an_address_for_codes_is_an_answer_by_itself() {
    let script = [call!(respond_to_auth_challenge, challenge("EMAIL_OTP", &json!({})))];
    let (step, sent) = go_on(PUBLIC, &script, "MFA_SETUP", json!({ "email": "ann@example.com" })).await;
    assert_eq!(asked(step).name.as_str(), "EMAIL_OTP");
    let answer = json!({ "USERNAME": SUB, "EMAIL": "ann@example.com" });
    assert_eq!(sent[0][1]["ChallengeResponses"], answer);
    assert_eq!(sent[0][1]["Session"], SESSION);
}

#[tokio::test]
async fn a_factor_that_nobody_can_set_up_in_a_sign_in_is_not_asked_for() {
    let failure =
        begun(challenge("MFA_SETUP", &json!({ "MFAS_CAN_SETUP": "[\"SMS_MFA\"]" }))).await.unwrap_err();
    assert_eq!(failure.refusal, Refusal::MfaMethodNotFound);
}

#[tokio::test]
async fn an_association_without_a_key_is_no_challenge() {
    let script = [
        call!(initiate_auth, challenge("MFA_SETUP", &json!({}))),
        call!(associate_software_token, ok(&json!({ "Session": SESSION }))),
    ];
    let (step, _) = begin(PUBLIC, &script, by_password()).await;
    let failure = step.unwrap_err();
    assert_eq!(failure.to_string(), "AssociateSoftwareToken: not an answer of Cognito's");
}

#[tokio::test]
async fn without_a_new_session_the_challenge_s_own_is_the_one_to_go_on_with() {
    let script = [
        call!(initiate_auth, challenge("MFA_SETUP", &json!({}))),
        call!(associate_software_token, ok(&json!({ "SecretCode": "JBSWY3DP" }))),
    ];
    let (step, _) = begin(PUBLIC, &script, by_password()).await;
    assert_eq!(asked(step).session.unwrap().expose_secret(), SESSION);
}

#[tokio::test]
async fn the_first_code_is_verified_and_the_sign_in_goes_on_with_that_session() {
    let verified = json!({ "Status": "SUCCESS", "Session": "the-session-of-the-verification" });
    let script = [call!(verify_software_token, ok(&verified)), call!(respond_to_auth_challenge, tokens())];
    let (step, sent) = go_on(CONFIDENTIAL, &script, "MFA_SETUP", json!({ "code": "123456" })).await;
    step.unwrap();
    let answer = json!({
        "ClientId": "client", "ChallengeName": "MFA_SETUP", "Session": "the-session-of-the-verification",
        "ChallengeResponses": { "USERNAME": SUB, "SECRET_HASH": SUB_HASH },
    });
    assert_eq!(
        sent,
        json!([
            ["VerifySoftwareToken", { "Session": SESSION, "UserCode": "123456" }],
            ["RespondToAuthChallenge", answer],
        ])
    );
}

#[tokio::test]
async fn a_first_code_that_is_wrong_ends_there() {
    for reply in [ok(&json!({ "Status": "ERROR" })), ok(&json!({})), refused("CodeMismatchException", "")] {
        let script = [call!(verify_software_token, reply)];
        let (step, _) = go_on(PUBLIC, &script, "MFA_SETUP", json!({ "code": "123456" })).await;
        assert_eq!(step.unwrap_err().refusal, Refusal::CodeMismatch);
    }
}

#[tokio::test]
async fn what_has_to_happen_first_is_no_failure() {
    for (code, expected) in [
        ("UserNotConfirmedException", NextStep::ConfirmSignUp),
        ("PasswordResetRequiredException", NextStep::ResetPassword),
    ] {
        let step = begun(refused(code, "")).await;
        assert!(matches!(step, Ok(SignInOutcome::NextStep(next)) if next == expected), "{code}");
        let script = [call!(respond_to_auth_challenge, refused(code, ""))];
        let (step, _) = go_on(PUBLIC, &script, "SMS_MFA", json!({ "code": "1" })).await;
        assert!(matches!(step, Ok(SignInOutcome::NextStep(next)) if next == expected), "{code}");
    }
}

#[tokio::test]
async fn a_half_answer_is_none() {
    for body in [
        json!({}),
        json!({ "AuthenticationResult": {} }),
        json!({ "AuthenticationResult": { "AccessToken": "a" } }),
        json!({ "AuthenticationResult": { "IdToken": "i" } }),
        json!({ "AuthenticationResult": { "AccessToken": "a", "IdToken": "i", "RefreshToken": "no; token" } }),
        json!({ "ChallengeName": "not a name", "Session": SESSION }),
        json!({ "ChallengeName": "", "Session": SESSION }),
    ] {
        let failure = begun(ok(&body)).await.unwrap_err();
        assert_eq!(failure.refusal, Refusal::OddAnswer, "{body}");
    }
}

#[tokio::test]
async fn nothing_secret_shows_in_debug() {
    let parameters = json!({ "USER_ID_FOR_SRP": SUB, "CODE_DELIVERY_DESTINATION": "hunter2" });
    let setup = [
        call!(initiate_auth, challenge("MFA_SETUP", &json!({}))),
        call!(associate_software_token, ok(&json!({ "SecretCode": "JBSWY3DP", "Session": SESSION }))),
    ];
    let shown = format!(
        "{:?} {:?} {:?} {:?}",
        begun(tokens()).await,
        begun(challenge("SMS_MFA", &parameters)).await,
        begin(PUBLIC, &setup, by_password()).await.0,
        by_password(),
    );
    for secret in [SESSION, "JBSWY3DP", "hunter2", "Correct-horse-9", "the-access", "the-id", "the-refresh"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

#[tokio::test]
async fn every_member_of_an_answer_is_text() {
    let members: BTreeMap<String, String> = Answer::parse(
        ChallengeName::parse("WEB_AUTHN".to_owned()).unwrap(),
        serde_json::from_value(json!({ "credential": { "id": "x", "response": { "a": [1] } } })).unwrap(),
        &[],
    )
    .unwrap()
    .members();
    let credential: Value = serde_json::from_str(&members["CREDENTIAL"]).unwrap();
    assert_eq!(credential, json!({ "id": "x", "response": { "a": [1] } }));
}
