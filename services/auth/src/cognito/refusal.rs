//! From an error of the SDK to a [`Refusal`].
//!
//! By the exception's name, because the SDK's types have only those that an operation documents. Cognito's
//! message is looked at where one name has several meanings, and goes nowhere; but for two: what a password
//! lacks, and what is wrong with the set-up, which holds names of the pool and its roles alone.

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};

use crate::provider::{Failure, PolicyReason, Refusal};

/// For `map_err`: the failure of `operation`.
pub(super) fn failure<E, R>(operation: &'static str) -> impl Fn(SdkError<E, R>) -> Failure
where
    E: ProvideErrorMetadata,
{
    move |error| Failure { operation, refusal: refusal(&error) }
}

/// The same of an operation on devices. A pool that remembers none is no fault of the set-up: anybody who is signed
/// in can ask for it, and must not make the function fail.
pub(super) fn device_failure<E, R>(operation: &'static str) -> impl Fn(SdkError<E, R>) -> Failure
where
    E: ProvideErrorMetadata,
{
    move |error| {
        let is_off = error.code() == Some("InvalidUserPoolConfigurationException");
        let refusal = if is_off { Refusal::UnsupportedOperation } else { refusal(&error) };
        Failure { operation, refusal }
    }
}

fn refusal<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Refusal {
    match error {
        SdkError::ServiceError(answer) => {
            let exception = answer.err();
            match exception.code() {
                Some(code) => of_exception(code, exception.message().unwrap_or_default()),
                // Cognito names its errors: something else answered, a proxy for one.
                None => Refusal::OddAnswer,
            }
        }
        SdkError::TimeoutError(_) => Refusal::TimedOut,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Refusal::TimedOut,
        SdkError::DispatchFailure(_) => Refusal::Unreachable,
        _ => Refusal::OddAnswer,
    }
}

fn of_exception(code: &str, message: &str) -> Refusal {
    match code {
        "NotAuthorizedException" => not_authorized(message),
        "UserNotFoundException" => Refusal::UserNotFound,
        "UserNotConfirmedException" => Refusal::UserNotConfirmed,
        "PasswordResetRequiredException" => Refusal::PasswordResetRequired,
        "UsernameExistsException" => Refusal::UsernameExists,
        "AliasExistsException" => Refusal::AliasExists,
        "CodeMismatchException" => Refusal::CodeMismatch,
        "ExpiredCodeException" => Refusal::ExpiredCode,
        "InvalidPasswordException" => Refusal::InvalidPassword(PolicyReason::new(message)),
        "PasswordHistoryPolicyViolationException" => Refusal::PasswordHistory,
        "InvalidParameterException" => invalid_parameter(message),
        "ValidationException" | "SerializationException" => Refusal::InvalidParameter,
        "LimitExceededException" => Refusal::LimitExceeded,
        "TooManyRequestsException" | "ThrottlingException" => Refusal::TooManyRequests,
        "TooManyFailedAttemptsException" => Refusal::TooManyFailedAttempts,
        "CodeDeliveryFailureException" => Refusal::CodeDeliveryFailure,
        "MFAMethodNotFoundException" => Refusal::MfaMethodNotFound,
        "SoftwareTokenMFANotFoundException" => Refusal::SoftwareTokenMfaNotFound,
        "EnableSoftwareTokenMFAException" => Refusal::EnableSoftwareTokenMfa,
        "RefreshTokenReuseException" => Refusal::RefreshTokenReuse,
        "UnauthorizedException" => Refusal::Unauthorized,
        "UnsupportedTokenTypeException" => Refusal::UnsupportedTokenType,
        "UnsupportedOperationException" => Refusal::UnsupportedOperation,
        "FeatureUnavailableInTierException" => Refusal::FeatureUnavailableInTier,
        "ForbiddenException" => Refusal::Forbidden,
        "UserLambdaValidationException" => Refusal::UserLambdaValidation,
        "UnexpectedLambdaException" => Refusal::UnexpectedLambda,
        "InvalidLambdaResponseException" => Refusal::InvalidLambdaResponse,
        "PreconditionNotMetException" => Refusal::PreconditionNotMet,
        "ConcurrentModificationException" => Refusal::ConcurrentModification,
        "UnsupportedUserStateException" => Refusal::UnsupportedUserState,
        "DeviceKeyExistsException" => Refusal::DeviceKeyExists,
        "OperationNotEnabledException" => Refusal::OperationNotEnabled,
        // The first is what AWS says of an operation that a region does not have yet, the second is in its list
        // of common errors, the third is what some services and emulators say.
        // https://github.com/boto/boto3/issues/1542
        // https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html
        // https://github.com/floci-io/floci/issues/234
        "UnknownOperationException" | "InvalidAction" | "UnsupportedOperation" => Refusal::UnknownOperation,
        "InternalErrorException" | "InternalServerError" | "ServiceUnavailable" => Refusal::InternalError,
        // A user's own doing, not the set-up's: a device that was forgotten elsewhere.
        // <https://github.com/amazon-archives/amazon-cognito-identity-js/issues/200>
        "ResourceNotFoundException" if is_about_device(message) => Refusal::DeviceNotFound,
        "InvalidSmsRoleAccessPolicyException"
        | "InvalidSmsRoleTrustRelationshipException"
        | "InvalidEmailRoleAccessPolicyException"
        | "InvalidUserPoolConfigurationException"
        | "ResourceNotFoundException"
        | "AccessDeniedException"
        | "UnrecognizedClientException" => Refusal::SetUp(format!("{code}: {message}")),
        other => Refusal::Unknown(other.chars().filter(char::is_ascii_alphanumeric).take(64).collect()),
    }
}

/// Cognito says `Device does not exist.`; a pool or a client that is not there has other words.
fn is_about_device(message: &str) -> bool {
    message.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("device"))
}

/// One exception with many meanings, told apart by Cognito's text. A text that is not known is the first.
fn not_authorized(message: &str) -> Refusal {
    let message = message.to_ascii_lowercase().replace('_', " ");
    if message.contains("attempts exceeded") {
        Refusal::AttemptsExceeded
    } else if message.contains("access token does not have required scopes") {
        Refusal::ScopeMissing
    } else if message.contains("access token") {
        Refusal::TokenNotUsable
    } else if ["secret hash", "secrethash", "client secret", "secret was not"]
        .iter()
        .any(|text| message.contains(text))
    {
        Refusal::SetUp("the client's secret is not the one that the function has".to_owned())
    } else if message.contains("unauthorized attribute") || message.contains("cannot modify an already") {
        // The second is about an attribute that comes with a new password and has a value.
        Refusal::InvalidParameter
    } else {
        Refusal::NotAuthorized
    }
}

/// The same for values that Cognito does not take.
fn invalid_parameter(message: &str) -> Refusal {
    let message = message.to_ascii_lowercase();
    if message.contains("does not have delivery config") {
        // https://github.com/aws/aws-sdk-js-v3/issues/4645
        Refusal::MfaMethodNotFound
    } else if message.contains("not enabled for this client")
        || message.contains("not enabled for the client")
    {
        Refusal::SetUp("the app client does not allow the flow that auth.flow or refreshing needs".to_owned())
    } else {
        Refusal::InvalidParameter
    }
}
