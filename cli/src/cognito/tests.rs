//! How each of Cognito's refusals is reported, and that no report contains a secret.
#![allow(clippy::todo, reason = "the mock! macro holds one that never runs")]

use secrecy::SecretString;
use serde_json::json;

use super::scripted::{
    EMAIL, PASSWORD, Reply, SESSION, admin_client, app_client, challenge, next_call, open, refused, tokens,
};
use super::{Step, hosted_domain};
use crate::error::Error;

async fn sign_in(reply: Reply) -> Result<Step, Error> {
    let script = [admin_client(), next_call!(admin_initiate_auth, |_| true, reply)];
    open(&script).await.unwrap().sign_in(EMAIL, &SecretString::from(PASSWORD)).await
}

#[tokio::test]
async fn every_refusal_becomes_one_line_that_says_what_to_do() {
    for (code, message, line) in [
        ("NotAuthorizedException", "Incorrect username or password.", "wrong e-mail address or password"),
        ("NotAuthorizedException", "Password attempts exceeded", "wait and try again"),
        ("NotAuthorizedException", "User is disabled.", "refuses the sign-in: User is disabled."),
        (
            "NotAuthorizedException",
            "Unable to verify secret hash for client x",
            "Unable to verify secret hash",
        ),
        ("TooManyFailedAttemptsException", "", "wait and try again"),
        ("UserNotFoundException", "User does not exist.", "create the user with --create"),
        ("UserNotConfirmedException", "", "admin-confirm-sign-up"),
        ("PasswordResetRequiredException", "", "admin-set-user-password --permanent"),
        (
            "InvalidPasswordException",
            "Password not long enough",
            "refuses the password: Password not long enough",
        ),
        ("PasswordHistoryPolicyViolationException", "Used before", "refuses the password: Used before"),
        ("UserLambdaValidationException", "PreAuthentication failed: no", "trigger of the pool refused this"),
        ("UnexpectedLambdaException", "", "see its log"),
        ("InvalidLambdaResponseException", "", "see its log"),
        ("TooManyRequestsException", "Rate exceeded", "wait a little and try again"),
        ("LimitExceededException", "Attempt limit exceeded", "wait a little and try again"),
        ("AccessDeniedException", "", "cognito-idp:AdminInitiateAuth"),
        ("UnrecognizedClientException", "", "(UnrecognizedClientException)"),
        ("InvalidSignatureException", "", "check the clock"),
        ("ExpiredTokenException", "", "aws sso login"),
        ("UnknownOperationException", "", "does not have the operation AdminInitiateAuth"),
        ("InvalidAction", "Unknown action", "use a region that does"),
        ("UnsupportedOperation", "", "unset AWS_ENDPOINT_URL"),
        (
            "MFAMethodNotFoundException",
            "no MFA method",
            "refuses AdminInitiateAuth: MFAMethodNotFoundException",
        ),
        ("InvalidParameterException", "odd parameter", "InvalidParameterException: odd parameter"),
        ("OperationNotEnabledException", "replica", "OperationNotEnabledException: replica"),
        ("SomethingNewException", "of next year", "SomethingNewException: of next year"),
    ] {
        let error = sign_in(refused(code, message)).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(line), "{code} {message}: {text}");
        assert!(!text.contains('\n'), "{text}");
        assert_eq!(error.exit_code(), 1, "{code}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_cognitos_is_reported_as_such() {
    for reply in [Reply::Garbage, Reply::Ok(json!({})), Reply::Ok(json!({ "ChallengeName": null }))] {
        let error = sign_in(reply).await.unwrap_err();
        assert!(matches!(error, Error::OddAnswer { .. }), "{error}");
    }
    let odd = challenge("NEW_PASSWORD_REQUIRED", &json!({ "requiredAttributes": "not JSON" }));
    assert!(matches!(sign_in(odd).await, Err(Error::OddAnswer { .. })));
}

#[tokio::test]
async fn a_refusal_is_reported_without_the_password_that_it_repeats() {
    for code in [
        "InvalidParameterException",
        "NotAuthorizedException",
        "InvalidPasswordException",
        "UserLambdaValidationException",
        "SomethingNewException",
    ] {
        let error = sign_in(refused(code, &format!("Value '{PASSWORD}' is\nbad"))).await.unwrap_err();
        let all = format!("{error} {error:?}");
        assert!(!all.contains(PASSWORD), "{all}");
        assert!(all.contains("Value '***' is bad"), "{all}");
    }
}

#[tokio::test]
async fn nothing_secret_shows_in_debug() {
    let shown = format!(
        "{:?} {:?} {:?}",
        sign_in(tokens()).await.unwrap(),
        sign_in(challenge("SOFTWARE_TOKEN_MFA", &json!({}))).await.unwrap(),
        sign_in(challenge("NEW_PASSWORD_REQUIRED", &json!({}))).await.unwrap(),
    );
    for secret in [SESSION, "the-access-token", "the-id-token", "the-refresh-token", PASSWORD] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn cognitos_own_domains_have_another_host_in_govcloud() {
    assert_eq!(hosted_domain("shop", "eu-west-1"), "shop.auth.eu-west-1.amazoncognito.com");
    assert_eq!(hosted_domain("shop", "us-gov-west-1"), "shop.auth-fips.us-gov-west-1.amazoncognito.com");
}

#[tokio::test]
async fn through_a_client_without_a_password_flow_nobody_is_signed_in() {
    for flows in [&[][..], &["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"][..]] {
        let pool = open(&[app_client(flows, None)]).await.unwrap();
        let error = pool.sign_in(EMAIL, &SecretString::from(PASSWORD)).await.unwrap_err();
        assert!(error.to_string().contains("add ALLOW_ADMIN_USER_PASSWORD_AUTH"), "{error}");
    }
}

#[tokio::test]
async fn wrong_ids_show_at_the_first_call() {
    let missing = next_call!(describe_user_pool_client, |_| true, refused("ResourceNotFoundException", "no"));
    let error = open(&[missing]).await.err().unwrap();
    assert!(
        error.to_string().starts_with("there is no user pool us-east-1_Pool in us-east-1, or"),
        "{error}"
    );
    let denied = next_call!(describe_user_pool_client, |_| true, refused("AccessDeniedException", "no"));
    let error = open(&[denied]).await.err().unwrap();
    assert!(error.to_string().contains("`cognito-idp:DescribeUserPoolClient`"), "{error}");
}
