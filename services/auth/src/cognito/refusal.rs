//! Makes a [`Refusal`] from an error of the SDK.
//!
//! It uses the exception's name, because the SDK has types only for the documented exceptions of an operation, and
//! its text, if `texts.rs` has it. The text goes only to the log, redacted. Callers get only what a password lacks
//! and, with `auth.triggerMessages`, the message of a trigger.

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};

use super::Cognito;
use super::texts;
use crate::provider::{Failure, PolicyReason, Refusal};
use crate::refused_text::RefusedText;

impl Cognito {
    /// For `map_err`: the failure of `operation`. Its text contains nothing of what was `sent`. Failures are made
    /// only here, so none contains a trigger's message unless callers may get it.
    pub(super) fn failure<'a, E, R>(
        &self,
        operation: &'static str,
        sent: &'a [&'a str],
    ) -> impl Fn(SdkError<E, R>) -> Failure + use<'a, E, R>
    where
        E: ProvideErrorMetadata,
    {
        let tells_words = self.tells_trigger_words;
        move |error| {
            let text = RefusedText::new(error.message().unwrap_or_default(), sent);
            let refusal = match refusal(operation, &error) {
                Refusal::RefusedByTrigger(_) if !tells_words => Refusal::RefusedByTrigger(None),
                refusal => refusal,
            };
            Failure { operation, refusal, text }
        }
    }

    /// The failure of an operation on devices. If the pool remembers no devices, that is not a set-up error: every
    /// signed-in user can cause it, and must not make the function fail.
    pub(super) fn device_failure<'a, E, R>(
        &self,
        operation: &'static str,
        sent: &'a [&'a str],
    ) -> impl Fn(SdkError<E, R>) -> Failure + use<'a, E, R>
    where
        E: ProvideErrorMetadata,
    {
        let failure = self.failure(operation, sent);
        move |error| {
            let is_off = error.code() == Some("InvalidUserPoolConfigurationException");
            let failure = failure(error);
            if is_off { Failure { refusal: Refusal::UnsupportedOperation, ..failure } } else { failure }
        }
    }
}

fn refusal<E: ProvideErrorMetadata, R>(operation: &str, error: &SdkError<E, R>) -> Refusal {
    match error {
        SdkError::ServiceError(answer) => {
            let exception = answer.err();
            match exception.code() {
                Some(code) => of_exception(operation, code, exception.message().unwrap_or_default()),
                // Cognito names its errors, so something else answered, for example a proxy.
                None => Refusal::OddAnswer,
            }
        }
        SdkError::TimeoutError(_) => Refusal::TimedOut,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Refusal::TimedOut,
        SdkError::DispatchFailure(_) => Refusal::Unreachable,
        _ => Refusal::OddAnswer,
    }
}

fn of_exception(operation: &str, code: &str, message: &str) -> Refusal {
    texts::meaning(operation, code, message).unwrap_or_else(|| plain_meaning(code, message))
}

/// The meaning of an exception without its text.
fn plain_meaning(code: &str, message: &str) -> Refusal {
    match code {
        "NotAuthorizedException" => Refusal::NotAuthorized,
        "UserNotFoundException" => Refusal::UserNotFound,
        "UserNotConfirmedException" => Refusal::UserNotConfirmed,
        "PasswordResetRequiredException" => Refusal::PasswordResetRequired,
        "UsernameExistsException" => Refusal::UsernameExists,
        "AliasExistsException" => Refusal::AliasExists,
        "CodeMismatchException" => Refusal::CodeMismatch,
        "ExpiredCodeException" => Refusal::ExpiredCode,
        "InvalidPasswordException" => Refusal::InvalidPassword(PolicyReason::new(message)),
        "PasswordHistoryPolicyViolationException" => Refusal::PasswordHistory,
        "InvalidParameterException" | "ValidationException" | "SerializationException" => {
            Refusal::InvalidParameter
        }
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
        "UnexpectedLambdaException" => Refusal::UnexpectedLambda,
        "InvalidLambdaResponseException" => Refusal::InvalidLambdaResponse,
        "PreconditionNotMetException" => Refusal::PreconditionNotMet,
        "ConcurrentModificationException" => Refusal::ConcurrentModification,
        "UnsupportedUserStateException" => Refusal::UnsupportedUserState,
        "DeviceKeyExistsException" => Refusal::DeviceKeyExists,
        "OperationNotEnabledException" => Refusal::OperationNotEnabled,
        // AWS uses the first for an operation that a region does not have yet. The second is in its list of common
        // errors. Some services and emulators use the third. https://github.com/boto/boto3/issues/1542
        // https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html
        // https://github.com/floci-io/floci/issues/234
        "UnknownOperationException" | "InvalidAction" | "UnsupportedOperation" => Refusal::UnknownOperation,
        "InternalErrorException" | "InternalServerError" | "ServiceUnavailable" => Refusal::InternalError,
        other => Refusal::Unknown(other.chars().filter(char::is_ascii_alphanumeric).take(64).collect()),
    }
}
