//! Nobody learns from an answer whether an address has an account.

use auth::Settings;
use auth::provider::{NextStep, Refusal, SignInOutcome};
use serde_json::json;

use crate::fake::{Fake, Script, delivery};
use crate::gateway::{Answer, send, send_to};
use crate::scripted::config;
use crate::{refusals, routes};

/// The refusals by which Cognito tells an account, or its state, from none.
const OF_ACCOUNT: [Refusal; 6] = [
    Refusal::UserNotFound,
    Refusal::NotAuthorized,
    Refusal::InvalidParameter,
    Refusal::UserNotConfirmed,
    Refusal::PasswordResetRequired,
    Refusal::UnsupportedUserState,
];

/// Those of sending a code, which only happens when there is somebody to send it to.
const OF_SENDING: [Refusal; 4] = [
    Refusal::CodeDeliveryFailure,
    Refusal::RefusedByTrigger(None),
    Refusal::UnexpectedLambda,
    Refusal::InvalidLambdaResponse,
];

async fn refused(name: &str, refusal: &Refusal) -> Answer {
    let fake = Fake::refusing(refusal.clone());
    let answer = send(&fake, &routes::route(name).request()).await;
    assert_eq!(fake.calls().len(), 1, "{refusal} at {name}");
    answer
}

#[tokio::test]
async fn whoever_asks_for_a_code_is_answered_as_if_one_was_sent() {
    for name in ["POST /auth/forgot-password", "POST /auth/resend-code"] {
        let fake = Fake::willing();
        let sent = send(&fake, &routes::route(name).request()).await;
        assert_eq!((sent.status.as_u16(), fake.calls().len()), (200, 1));
        for refusal in OF_ACCOUNT.iter().chain(&OF_SENDING) {
            assert_eq!(refused(name, refusal).await, sent, "{refusal} at {name}");
        }
    }
}

#[tokio::test]
async fn a_code_for_an_account_that_there_is_not_is_a_wrong_code() {
    for name in ["POST /auth/verify", "POST /auth/reset-password"] {
        let wrong = refused(name, &Refusal::CodeMismatch).await;
        assert_eq!(wrong.status_and_code(), "400 invalid_code");
        for refusal in OF_ACCOUNT.iter().chain(&[Refusal::ExpiredCode]) {
            assert_eq!(refused(name, refusal).await, wrong, "{refusal} at {name}");
        }
    }
}

#[tokio::test]
async fn a_sign_in_without_an_account_is_one_with_a_wrong_password() {
    for name in ["POST /auth/signin", "POST /auth/challenge"] {
        let wrong = refused(name, &Refusal::NotAuthorized).await;
        assert_eq!(wrong.status_and_code(), "401 invalid_credentials");
        for refusal in [Refusal::UserNotFound, Refusal::UserNotConfirmed, Refusal::PasswordResetRequired] {
            assert_eq!(refused(name, &refusal).await, wrong, "{refusal} at {name}");
        }
    }
}

fn safe() -> Settings {
    Settings::from(&config(&json!({ "auth": { "enumerationSafe": true } })))
}

#[tokio::test]
async fn in_safe_mode_a_known_address_signs_up_like_a_new_one() {
    let request = routes::route("POST /auth/signup").request();
    let new = Fake::willing();
    let made = send_to(&new, &safe(), &request).await;
    made.assert_json(201, &json!({ "confirmed": false }));
    // A code is sent to a new address alone, so that it was not tells that there is no account.
    for refusal in [Refusal::UsernameExists, Refusal::AliasExists, Refusal::CodeDeliveryFailure] {
        let known = Fake::refusing(refusal);
        assert_eq!(send_to(&known, &safe(), &request).await, made);
        assert_eq!(known.calls(), new.calls());
    }
    let confirmed = Fake::playing(Script {
        signed_up: || auth::provider::SignedUp {
            user_sub: "7f1e".to_owned(),
            confirmed: true,
            delivery: Some(delivery()),
        },
        ..Script::default()
    });
    assert_eq!(send_to(&confirmed, &safe(), &request).await, made);
}

/// What is the same for everybody, whoever has an account.
const OF_POOL: [Refusal; 13] = [
    Refusal::NotAuthorized,
    Refusal::TokenNotUsable,
    Refusal::ScopeMissing,
    Refusal::TooManyRequests,
    Refusal::UnsupportedOperation,
    Refusal::FeatureUnavailableInTier,
    Refusal::Forbidden,
    Refusal::OperationNotEnabled,
    Refusal::UnknownOperation,
    Refusal::InternalError,
    Refusal::TimedOut,
    Refusal::Unreachable,
    Refusal::OddAnswer,
];

#[tokio::test]
async fn safe_mode_shows_of_a_sign_up_what_is_known_to_be_the_same_for_everybody_and_nothing_else() {
    let request = routes::route("POST /auth/signup").request();
    let made = send_to(&Fake::willing(), &safe(), &request).await;
    for refusal in refusals::all() {
        let open = send(&Fake::refusing(refusal.clone()), &request).await;
        let safe = send_to(&Fake::refusing(refusal.clone()), &safe(), &request).await;
        let is_shown = OF_POOL.contains(&refusal) || matches!(refusal, Refusal::SetUp(_));
        assert_eq!(safe, if is_shown { open } else { made.clone() }, "{refusal}");
    }
}

#[tokio::test]
async fn in_safe_mode_a_sign_in_does_not_tell_what_has_to_happen_first() {
    let steps: [fn() -> SignInOutcome; 2] = [
        || SignInOutcome::NextStep(NextStep::ConfirmSignUp),
        || SignInOutcome::NextStep(NextStep::ResetPassword),
    ];
    for name in ["POST /auth/signin", "POST /auth/challenge"] {
        let wrong = refused(name, &Refusal::NotAuthorized).await;
        for step in steps {
            let fake = Fake::stepping(step);
            assert_eq!(send_to(&fake, &safe(), &routes::route(name).request()).await, wrong);
            assert_eq!(fake.calls().len(), 1);
        }
    }
}
