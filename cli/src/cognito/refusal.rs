//! How each exception of Cognito is reported to the person who runs the command: one table.
//!
//! It compares the exception's name, not the HTTP status and not the SDK's types, because the SDK knows for
//! each operation only the exceptions that its documentation lists. It reads a message only if Cognito uses
//! one exception for several causes.

use std::fmt;

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::add_user_pool_client_secret::AddUserPoolClientSecretError;
use aws_sdk_cognitoidentityprovider::operation::admin_add_user_to_group::AdminAddUserToGroupError;
use secrecy::SecretString;

use crate::aws::Call;
use crate::error::{Error, quoted};
use crate::pool::PoolIds;

/// The error for the failure of any call. `secrets` are the parts of the request that no message may repeat.
pub(super) fn refusal<E, R>(call: &Call<'_>, error: SdkError<E, R>, secrets: &[&SecretString]) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: fmt::Debug + 'static,
{
    match call.common_failure(error) {
        Ok(failure) => failure,
        Err(refused) => meaning(call, &refused, secrets),
    }
}

pub(super) const NOT_FOUND: &str = "ResourceNotFoundException";

/// The error for a call that asks for an app client. It is the first call to a pool, so a wrong id shows
/// here.
pub(super) fn of_client<E, R>(call: &Call<'_>, error: SdkError<E, R>, ids: &PoolIds) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: fmt::Debug + 'static,
{
    if error.code() != Some(NOT_FOUND) {
        return refusal(call, error, &[]);
    }
    let (pool, place) = (ids.pool.clone(), call.place.clone());
    if pool.region() == place.region {
        Error::NoClient { pool, client: ids.client.clone(), place }
    } else {
        Error::OtherRegion { home: pool.region().to_owned(), pool, place }
    }
}

/// The error for `AddUserPoolClientSecret`. Its limit is not a rate, but the number of secrets.
pub(super) fn of_added_secret<R: fmt::Debug + 'static>(
    call: &Call<'_>,
    error: SdkError<AddUserPoolClientSecretError, R>,
    ids: &PoolIds,
) -> Error {
    if error.as_service_error().is_some_and(AddUserPoolClientSecretError::is_limit_exceeded_exception) {
        return Error::SecretsFull { client: ids.client.clone(), listed: "two".to_owned() };
    }
    of_client(call, error, ids)
}

/// The error for `AdminAddUserToGroup`. The pool was found before, so the group is missing.
pub(super) fn of_group<R: fmt::Debug + 'static>(
    call: &Call<'_>,
    error: SdkError<AdminAddUserToGroupError, R>,
    group: &str,
) -> Error {
    let is_missing =
        error.as_service_error().is_some_and(AdminAddUserToGroupError::is_resource_not_found_exception);
    if is_missing { Error::NoGroup { group: group.to_owned() } } else { refusal(call, error, &[]) }
}

fn meaning(call: &Call<'_>, refused: &impl ProvideErrorMetadata, secrets: &[&SecretString]) -> Error {
    let text = || quoted(refused.message(), secrets);
    let says = |part: &str| refused.message().is_some_and(|message| message.contains(part));
    match refused.code().unwrap_or_default() {
        "UsernameExistsException" | "AliasExistsException" => Error::UserExists,
        "UserNotFoundException" => Error::NoUser,
        "TooManyFailedAttemptsException" => Error::LockedOut,
        "NotAuthorizedException" if says("attempts exceeded") => Error::LockedOut,
        "NotAuthorizedException" if says("Incorrect username or password") => Error::WrongPassword,
        "NotAuthorizedException" if says("secret hash") || says("SECRET_HASH") => {
            Error::ClientSecretRefused { reason: text() }
        }
        "NotAuthorizedException" => Error::SignInRefused { reason: text() },
        "InvalidPasswordException" | "PasswordHistoryPolicyViolationException" => {
            Error::PasswordRefused { reason: text() }
        }
        "UserNotConfirmedException" => Error::NotConfirmed,
        "PasswordResetRequiredException" => Error::ResetRequired,
        "CodeMismatchException" | "ExpiredCodeException" | "EnableSoftwareTokenMFAException" => {
            Error::WrongCode
        }
        // Seen: "Resend not possible. ... status is not FORCE_CHANGE_PASSWORD" (https://github.com/floci-io/floci/pull/755).
        "UnsupportedUserStateException" => Error::NotWaiting { reason: text() },
        "CodeDeliveryFailureException" => Error::NotDelivered { reason: text() },
        "UserLambdaValidationException" => Error::TriggerRefused { message: text() },
        "UnexpectedLambdaException" | "InvalidLambdaResponseException" => Error::TriggerFailed,
        // Everything else depends on the pool's set-up, which this command did not make. Cognito's own words
        // explain it best.
        _ => call.refused(refused.code(), text()),
    }
}
