//! What each exception of Cognito means for the person at the keyboard: one table.
//!
//! Matched on the exception's type, never on the HTTP status. A message is read only where Cognito has
//! one type for several things.

use std::fmt;

use aws_sdk_cognitoidentityprovider::Error as Exception;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::admin_add_user_to_group::AdminAddUserToGroupError;
use aws_sdk_cognitoidentityprovider::operation::describe_user_pool_client::DescribeUserPoolClientError;
use secrecy::SecretString;

use crate::aws::{Call, region_of_pool};
use crate::error::{Error, quoted};
use crate::pool::PoolIds;

/// Words the failure of any call. `secrets` is what the request carried and no message may repeat.
pub(super) fn refusal<E, R>(call: &Call<'_>, error: SdkError<E, R>, secrets: &[&SecretString]) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: fmt::Debug + 'static,
    Exception: From<E>,
{
    match call.common_failure(error) {
        Ok(failure) => failure,
        Err(refused) => meaning(call, &Exception::from(refused), secrets),
    }
}

/// Of `DescribeUserPoolClient`, which is the first call to a pool: here a wrong id shows.
pub(super) fn of_client<R: fmt::Debug + 'static>(
    call: &Call<'_>,
    error: SdkError<DescribeUserPoolClientError, R>,
    ids: &PoolIds,
) -> Error {
    let is_missing =
        error.as_service_error().is_some_and(DescribeUserPoolClientError::is_resource_not_found_exception);
    if !is_missing {
        return refusal(call, error, &[]);
    }
    let (pool, place) = (ids.pool.clone(), call.place.clone());
    match region_of_pool(&pool).filter(|home| *home != place.region) {
        Some(home) => Error::OtherRegion { home: home.to_owned(), pool, place },
        None => Error::NoClient { pool, client: ids.client.clone(), place },
    }
}

/// Of `AdminAddUserToGroup`: the pool is known by then, so what is missing is the group.
pub(super) fn of_group<R: fmt::Debug + 'static>(
    call: &Call<'_>,
    error: SdkError<AdminAddUserToGroupError, R>,
    group: &str,
) -> Error {
    let is_missing =
        error.as_service_error().is_some_and(AdminAddUserToGroupError::is_resource_not_found_exception);
    if is_missing { Error::NoGroup { group: group.to_owned() } } else { refusal(call, error, &[]) }
}

fn meaning(call: &Call<'_>, exception: &Exception, secrets: &[&SecretString]) -> Error {
    let text = || quoted(exception.message(), secrets);
    let says = |part: &str| exception.message().is_some_and(|message| message.contains(part));
    match exception {
        Exception::UsernameExistsException(_) | Exception::AliasExistsException(_) => Error::UserExists,
        Exception::UserNotFoundException(_) => Error::NoUser,
        Exception::NotAuthorizedException(_) if says("attempts exceeded") => Error::LockedOut,
        Exception::NotAuthorizedException(_) if says("Incorrect username or password") => {
            Error::WrongPassword
        }
        Exception::NotAuthorizedException(_) => Error::SignInRefused { reason: text() },
        Exception::TooManyFailedAttemptsException(_) => Error::LockedOut,
        Exception::InvalidPasswordException(_) | Exception::PasswordHistoryPolicyViolationException(_) => {
            Error::PasswordRefused { reason: text() }
        }
        Exception::UserNotConfirmedException(_) => Error::NotConfirmed,
        Exception::PasswordResetRequiredException(_) => Error::ResetRequired,
        Exception::CodeMismatchException(_)
        | Exception::ExpiredCodeException(_)
        | Exception::EnableSoftwareTokenMfaException(_) => Error::WrongCode,
        Exception::UserLambdaValidationException(_) => Error::TriggerRefused { message: text() },
        Exception::UnexpectedLambdaException(_) | Exception::InvalidLambdaResponseException(_) => {
            Error::TriggerFailed
        }
        // Everything else is a set-up that this command did not make: Cognito's own words say most.
        other => call.refused(other.code(), text()),
    }
}
