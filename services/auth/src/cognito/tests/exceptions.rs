//! What each of Cognito's exceptions is taken for.

use aws_smithy_mocks::Rule;
use serde_json::json;

use super::wire::{EMAIL, PUBLIC, Reply, call, ok, play, refused};
use crate::provider::{AttributeFault, Failure, IdentityProvider, PolicyReason, Refusal};
use crate::values::Email;

async fn outcome(reply: Reply) -> Result<(), Failure> {
    let script: [Rule; 1] = [call!(forgot_password, reply)];
    let email = Email::parse(EMAIL.to_owned()).unwrap();
    play(PUBLIC, &script, async |cognito| cognito.forgot_password(&email, None).await).await.0
}

async fn refusal(reply: Reply) -> Refusal {
    let failure = outcome(reply).await.unwrap_err();
    assert_eq!(failure.operation, "ForgotPassword");
    failure.refusal
}

/// Every exception that the operations in use document, and those that all of AWS has.
#[tokio::test]
async fn every_exception_has_a_meaning() {
    for (code, expected) in [
        ("NotAuthorizedException", Refusal::NotAuthorized),
        ("UserNotFoundException", Refusal::UserNotFound),
        ("UserNotConfirmedException", Refusal::UserNotConfirmed),
        ("PasswordResetRequiredException", Refusal::PasswordResetRequired),
        ("UsernameExistsException", Refusal::UsernameExists),
        ("AliasExistsException", Refusal::AliasExists),
        ("CodeMismatchException", Refusal::CodeMismatch),
        ("ExpiredCodeException", Refusal::ExpiredCode),
        ("InvalidPasswordException", Refusal::InvalidPassword(PolicyReason::new(""))),
        ("PasswordHistoryPolicyViolationException", Refusal::PasswordHistory),
        ("InvalidParameterException", Refusal::InvalidParameter),
        ("ValidationException", Refusal::InvalidParameter),
        ("SerializationException", Refusal::InvalidParameter),
        ("LimitExceededException", Refusal::LimitExceeded),
        ("TooManyRequestsException", Refusal::TooManyRequests),
        ("ThrottlingException", Refusal::TooManyRequests),
        ("TooManyFailedAttemptsException", Refusal::TooManyFailedAttempts),
        ("CodeDeliveryFailureException", Refusal::CodeDeliveryFailure),
        ("MFAMethodNotFoundException", Refusal::MfaMethodNotFound),
        ("SoftwareTokenMFANotFoundException", Refusal::SoftwareTokenMfaNotFound),
        ("EnableSoftwareTokenMFAException", Refusal::EnableSoftwareTokenMfa),
        ("RefreshTokenReuseException", Refusal::RefreshTokenReuse),
        ("UnauthorizedException", Refusal::Unauthorized),
        ("UnsupportedTokenTypeException", Refusal::UnsupportedTokenType),
        ("UnsupportedOperationException", Refusal::UnsupportedOperation),
        ("FeatureUnavailableInTierException", Refusal::FeatureUnavailableInTier),
        ("ForbiddenException", Refusal::Forbidden),
        ("UserLambdaValidationException", Refusal::RefusedByTrigger(None)),
        ("UnexpectedLambdaException", Refusal::UnexpectedLambda),
        ("InvalidLambdaResponseException", Refusal::InvalidLambdaResponse),
        ("PreconditionNotMetException", Refusal::PreconditionNotMet),
        ("ConcurrentModificationException", Refusal::ConcurrentModification),
        ("UnsupportedUserStateException", Refusal::UnsupportedUserState),
        ("DeviceKeyExistsException", Refusal::DeviceKeyExists),
        ("OperationNotEnabledException", Refusal::OperationNotEnabled),
        ("UnknownOperationException", Refusal::UnknownOperation),
        ("com.amazon.coral.service#UnknownOperationException", Refusal::UnknownOperation),
        ("InvalidAction", Refusal::UnknownOperation),
        ("UnsupportedOperation", Refusal::UnknownOperation),
        ("InternalErrorException", Refusal::InternalError),
        ("InternalServerError", Refusal::InternalError),
        ("ServiceUnavailable", Refusal::InternalError),
        ("SomethingNewException", Refusal::Unknown("SomethingNewException".to_owned())),
    ] {
        assert_eq!(refusal(refused(code, "")).await, expected, "{code}");
    }
}

#[tokio::test]
async fn an_exception_may_come_with_its_namespace() {
    let code = "com.amazonaws.cognito.identity.idp.model#UserNotFoundException";
    assert_eq!(refusal(refused(code, "User does not exist.")).await, Refusal::UserNotFound);
}

#[tokio::test]
async fn one_exception_has_many_meanings_by_its_text() {
    let set_up = Refusal::SetUp("the client's secret is not the one that the function has");
    for (message, expected) in [
        ("Incorrect username or password.", Refusal::NotAuthorized),
        ("User is disabled.", Refusal::NotAuthorized),
        ("Invalid session for the user, session is expired.", Refusal::NotAuthorized),
        ("Invalid Refresh Token", Refusal::NotAuthorized),
        ("Refresh Token has been revoked", Refusal::NotAuthorized),
        ("SignUp is not permitted for this user pool", Refusal::NotAuthorized),
        ("", Refusal::NotAuthorized),
        ("Password attempts exceeded", Refusal::AttemptsExceeded),
        ("Access Token has been revoked", Refusal::TokenNotUsable),
        ("Access Token has expired", Refusal::TokenNotUsable),
        ("Invalid Access Token", Refusal::TokenNotUsable),
        ("Could not verify signature for Access Token", Refusal::TokenNotUsable),
        ("Access Token does not have required scopes", Refusal::ScopeMissing),
        ("A client attempted to write unauthorized attribute", Refusal::InvalidParameter),
        (
            "Cannot modify an already provided email",
            Refusal::Attribute(AttributeFault::new("email", AttributeFault::FIXED).unwrap()),
        ),
        ("Unable to verify secret hash for client 1abc", set_up.clone()),
        ("SecretHash does not match for the client: 1abc", set_up.clone()),
        ("Client 1abc is configured with secret but SECRET_HASH was not received", set_up.clone()),
        ("Client 1abc is configured for secret but secret was not received", set_up.clone()),
        ("Invalid client secret", set_up.clone()),
    ] {
        assert_eq!(refusal(refused("NotAuthorizedException", message)).await, expected, "{message}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_value_may_be_a_factor_or_the_set_up() {
    let set_up = Refusal::SetUp("the app client does not allow the flow that auth.flow names");
    for (message, expected) in [
        ("Missing required parameter USERNAME", Refusal::InvalidParameter),
        ("", Refusal::InvalidParameter),
        ("User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA", Refusal::MfaMethodNotFound),
        ("User does not have delivery config set to turn on SMS_MFA", Refusal::MfaMethodNotFound),
        ("USER_PASSWORD_AUTH flow not enabled for this client", set_up.clone()),
        ("Auth flow not enabled for this client", set_up.clone()),
        ("USER_SRP_AUTH is not enabled for the client.", set_up.clone()),
    ] {
        assert_eq!(refusal(refused("InvalidParameterException", message)).await, expected, "{message}");
    }
}

#[tokio::test]
async fn what_an_operator_has_to_put_right_is_told_to_the_log() {
    for (code, is_of_sending) in [
        ("InvalidSmsRoleAccessPolicyException", true),
        ("InvalidSmsRoleTrustRelationshipException", true),
        ("InvalidEmailRoleAccessPolicyException", true),
        ("InvalidUserPoolConfigurationException", false),
        ("ResourceNotFoundException", false),
        ("AccessDeniedException", false),
        ("UnrecognizedClientException", false),
    ] {
        let failure = outcome(refused(code, "User pool client x does not exist.")).await.unwrap_err();
        assert!(failure.to_string().ends_with(": User pool client x does not exist."), "{failure}");
        match failure.refusal {
            Refusal::SendingSetUp(_) => assert!(is_of_sending, "{code}"),
            Refusal::SetUp(_) => assert!(!is_of_sending, "{code}"),
            other => panic!("{code}: {other}"),
        }
    }
}

/// <https://github.com/amazon-archives/amazon-cognito-identity-js/issues/200>
#[tokio::test]
async fn a_device_that_is_not_there_is_no_fault_of_the_set_up() {
    let refused = refused("ResourceNotFoundException", "Device does not exist.");
    assert_eq!(refusal(refused).await, Refusal::DeviceNotFound);
}

#[tokio::test]
async fn an_exception_s_name_is_all_that_is_kept_of_an_unknown_one() {
    let long = format!("Odd Exception\n\"{}", "x".repeat(1000));
    let Refusal::Unknown(name) = refusal(refused(&long, "Value 'hunter2' is odd")).await else {
        panic!("it is known")
    };
    assert_eq!(name.len(), 64);
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{name}");
}

#[tokio::test]
async fn nothing_that_was_sent_shows_in_a_failure() {
    for code in [
        "NotAuthorizedException",
        "InvalidParameterException",
        "UserLambdaValidationException",
        "UnexpectedLambdaException",
        "CodeDeliveryFailureException",
        "InvalidPasswordException",
        "SomethingNewException",
    ] {
        let failure = outcome(refused(code, "Value 'hunter2' at 'password' is bad")).await.unwrap_err();
        let shown = format!("{failure} {failure:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[tokio::test]
async fn what_is_no_answer_of_cognito_s_is_called_that() {
    for (status, body) in [
        (200, "<html>"),
        (400, ""),
        (400, "{}"),
        (403, "<html>blocked</html>"),
        (500, "oops"),
        (502, "<html>bad gateway</html>"),
        (301, ""),
        (400, "[1, 2"),
    ] {
        let reply = Reply { status, body: body.to_owned() };
        assert_eq!(refusal(reply).await, Refusal::OddAnswer, "{status} {body}");
    }
    assert!(outcome(ok(&json!({ "of": "tomorrow" }))).await.is_ok());
}

#[test]
fn of_a_password_s_policy_only_plain_words_are_told() {
    for (message, reason) in [
        ("Password did not conform with policy: Password not long enough", "Password not long enough"),
        (
            "Password does not conform to policy: Password must have uppercase characters",
            "Password must have uppercase characters",
        ),
        (
            "Provided password cannot be used for security reasons.",
            "Provided password cannot be used for security reasons.",
        ),
        ("policy: <script>\"a\"</script>\n{}", "scriptascript"),
        ("1 validation error detected: Value 'hunter2' at 'password' failed", ""),
        ("hunter2", ""),
        ("", ""),
    ] {
        assert_eq!(PolicyReason::new(message).as_str(), reason, "{message}");
    }
    let long = format!("policy: {}", "long ".repeat(100));
    assert_eq!(PolicyReason::new(&long).as_str().len(), 200);
}
