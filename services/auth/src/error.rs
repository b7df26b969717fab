//! The one table of what each refusal of Cognito means to a caller: status, code and text.
//!
//! It passes on no text of Cognito, except what a password lacks. If a refusal would show whether an account exists,
//! or its state, the caller gets the same answer as everybody: [`uniform`].

use std::time::Duration;

use platform::document::pointer;
use platform::metrics::{self, Group, Metric};
use web::{ErrorStatus, FieldError, Problem};

use crate::provider::{AttributeFault, Failure, Refusal, TriggerWords};

/// What the caller was doing. The same refusal has different meanings for different operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    SigningUp,
    /// Proving an address that may be somebody else's.
    Verifying,
    /// Requesting a code for such an address, to prove it or to set a password.
    AskingForCode,
    SigningIn,
    Refreshing,
    SigningOut,
    /// Setting a password with a code.
    Resetting,
    /// Changing the password with the previous one.
    ChangingPassword,
    /// Changing the own account's address or number to one that may be somebody else's.
    ChangingAddress,
    /// Requesting a code for it.
    AskingForAddressCode,
    /// Proving it.
    ProvingAddress,
    /// Anything else with an access token.
    UsingAccount,
}

/// How a Cognito error is reported to the caller.
#[derive(Debug)]
pub(crate) enum Disclosure {
    /// The caller gets the answer of a success.
    Hide,
    Refused(Problem),
}

impl From<Problem> for Disclosure {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

/// A throttled call may be repeated in the next second.
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html>
const NEXT_SECOND: Duration = Duration::from_secs(1);
/// Cognito locks a user out for up to 15 minutes, and counts codes by the hour.
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html>
const LATER: Duration = Duration::from_mins(15);

/// The problem that the caller of `operation` gets for `failure`.
pub(crate) fn problem(operation: Operation, failure: Failure) -> Problem {
    problem_to_all(operation, false, failure)
}

/// The same with `auth.enumerationSafe` (`is_safe`): if the problem would show an account, the caller gets the same
/// one as everybody.
pub(crate) fn problem_to_all(operation: Operation, is_safe: bool, failure: Failure) -> Problem {
    match disclosure(operation, is_safe, failure) {
        Disclosure::Refused(problem) => problem,
        Disclosure::Hide => Problem::internal("a refusal that this route cannot hide must stay hidden"),
    }
}

/// The same for a caller who uses their own account, as with most routes behind the gate.
pub(crate) fn of_account(failure: Failure) -> Problem {
    problem(Operation::UsingAccount, failure)
}

/// Returns success also for a refusal that must stay hidden. With `auth.enumerationSafe` (`is_safe`), more refusals
/// stay hidden.
pub(crate) fn hide_account_errors(
    operation: Operation,
    is_safe: bool,
    result: Result<(), Failure>,
) -> Result<(), Problem> {
    match result.map_err(|failure| disclosure(operation, is_safe, failure)) {
        Ok(()) | Err(Disclosure::Hide) => Ok(()),
        Err(Disclosure::Refused(problem)) => Err(problem),
    }
}

fn disclosure(operation: Operation, is_safe: bool, failure: Failure) -> Disclosure {
    if is_of_set_up(&failure.refusal) {
        count_set_up_fault();
    }
    let hidden = hidden(operation, is_safe, &failure.refusal);
    match hidden.unwrap_or_else(|| Disclosure::Refused(shown(operation, &failure.refusal))) {
        Disclosure::Refused(problem) => Disclosure::Refused(problem.caused_by(failure)),
        Disclosure::Hide => {
            log_hidden(&failure);
            Disclosure::Hide
        }
    }
}

/// The answer that everybody gets, if the refusal may show an account to somebody who has not proven that it is
/// theirs.
fn hidden(operation: Operation, is_safe: bool, refusal: &Refusal) -> Option<Disclosure> {
    let uniform = uniform(operation, is_safe)?;
    let tells = match operation {
        // RFC 7009 section 2.2: a token that is no longer valid counts as revoked.
        Operation::SigningOut => {
            matches!(refusal, Refusal::Unauthorized | Refusal::NotAuthorized | Refusal::UserNotFound)
        }
        _ if is_safe => may_tell(operation, refusal),
        Operation::AskingForCode => is_of_account(refusal) || is_of_sending(refusal),
        _ => is_of_account(refusal),
    };
    tells.then_some(uniform)
}

/// The answer that is the same for everybody. `None`: the refusal may be shown.
fn uniform(operation: Operation, is_safe: bool) -> Option<Disclosure> {
    match operation {
        Operation::AskingForCode | Operation::SigningOut => Some(Disclosure::Hide),
        Operation::Resetting if is_safe => Some(invalid_code_or_password().into()),
        Operation::Verifying | Operation::Resetting => Some(invalid_code().into()),
        Operation::SigningUp | Operation::ChangingAddress | Operation::AskingForAddressCode if is_safe => {
            Some(Disclosure::Hide)
        }
        Operation::ProvingAddress if is_safe => Some(invalid_code().into()),
        Operation::SigningIn if is_safe => Some(invalid_credentials().into()),
        _ => None,
    }
}

/// Whether a refusal shows that an account exists, or its state.
const fn is_of_account(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::UserNotFound
            | Refusal::NotAuthorized
            | Refusal::InvalidParameter
            | Refusal::Attribute(_)
            | Refusal::UserNotConfirmed
            | Refusal::PasswordResetRequired
            | Refusal::UnsupportedUserState
    )
}

/// Whether a refusal comes from sending a code, which only happens if there is a recipient.
const fn is_of_sending(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::CodeDeliveryFailure | Refusal::RefusedByTrigger(_))
        || is_set_up_for_some(refusal)
}

/// Set-up errors that occur only if a message is sent or a trigger runs.
const fn is_set_up_for_some(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::SendingSetUp(_) | Refusal::UnexpectedLambda | Refusal::InvalidLambdaResponse)
}

/// With `auth.enumerationSafe`, every refusal is hidden that may not be the same for everybody. Cognito does not
/// document the order of its checks, so it may report a weak password or a missing attribute only for a new account.
fn may_tell(operation: Operation, refusal: &Refusal) -> bool {
    let is_own = matches!(
        operation,
        Operation::ChangingAddress | Operation::AskingForAddressCode | Operation::ProvingAddress
    );
    match refusal {
        // These depend on the pool, its client, the connection or the token.
        Refusal::SetUp(_)
        | Refusal::TooManyRequests
        | Refusal::Forbidden
        | Refusal::UnsupportedOperation
        | Refusal::FeatureUnavailableInTier
        | Refusal::UnknownOperation
        | Refusal::OperationNotEnabled
        | Refusal::InternalError
        | Refusal::TimedOut
        | Refusal::Unreachable
        | Refusal::OddAnswer
        | Refusal::TokenNotUsable
        | Refusal::ScopeMissing => false,
        // No message is sent, and a trigger runs only after a correct code.
        // https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
        Refusal::RefusedByTrigger(_) => !comes_behind_a_code(operation),
        // An error of the pool must not look like a wrong password.
        refusal if is_set_up_for_some(refusal) => {
            !comes_behind_a_code(operation) && operation != Operation::SigningIn
        }
        // They concern the account of the token.
        Refusal::UserNotFound | Refusal::UserNotConfirmed | Refusal::PasswordResetRequired => !is_own,
        // Such a pool does not allow self sign-up.
        Refusal::NotAuthorized => !is_own && operation != Operation::SigningUp,
        // It concerns the form of the address, which is the only input.
        Refusal::InvalidParameter | Refusal::Attribute(_) => operation != Operation::ChangingAddress,
        _ => true,
    }
}

/// Whether Cognito continues, and a trigger runs, only after a correct code.
const fn comes_behind_a_code(operation: Operation) -> bool {
    matches!(operation, Operation::Verifying | Operation::Resetting | Operation::ProvingAddress)
}

/// Errors that the operator of the pool has to fix. No version of the service helps.
const fn is_of_set_up(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::SetUp(_)) || is_set_up_for_some(refusal)
}

/// Counts a set-up error for the alarm, also if the caller does not see it.
fn count_set_up_fault() {
    let by_service = [("Service", metrics::service())];
    metrics::emit(&[Group { dimensions: &by_service, metrics: &[Metric::one("Misconfigurations")] }]);
}

fn log_hidden(failure: &Failure) {
    match &failure.refusal {
        Refusal::Unknown(_) => tracing::error!(cause = %failure, "not told to the caller"),
        refusal if is_of_set_up(refusal) => tracing::error!(cause = %failure, "not told to the caller"),
        // Otherwise nobody learns that the pool refuses what the service accepted, or sends no mail. Callers can
        // cause any number of these.
        Refusal::InvalidPassword(_)
        | Refusal::InvalidParameter
        | Refusal::LimitExceeded
        | Refusal::CodeDeliveryFailure => tracing::warn!(cause = %failure, "not told to the caller"),
        _ => tracing::info!(cause = %failure, "not told to the caller"),
    }
}

/// The table. It is exhaustive, so a new refusal does not compile without a row.
fn shown(operation: Operation, refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::NotAuthorized => not_authorized(operation),
        Refusal::AttemptsExceeded => new(
            ErrorStatus::TOO_MANY_REQUESTS,
            "too_many_attempts",
            "There were too many attempts to sign in. Wait, then try again.",
        )
        .retry_after(LATER),
        Refusal::UserNotFound | Refusal::UserNotConfirmed | Refusal::PasswordResetRequired => {
            no_such_user(operation)
        }
        Refusal::TokenNotUsable => invalid_token(),
        Refusal::ScopeMissing => new(
            ErrorStatus::FORBIDDEN,
            "insufficient_scope",
            "The access token lacks the scope aws.cognito.signin.user.admin: use one from a sign-in.",
        ),
        Refusal::UsernameExists | Refusal::AliasExists => user_exists(),
        Refusal::CodeMismatch | Refusal::ExpiredCode | Refusal::EnableSoftwareTokenMfa => invalid_code(),
        Refusal::InvalidPassword(reason) => weak_password(reason.as_str()),
        Refusal::PasswordHistory => new(
            ErrorStatus::UNPROCESSABLE_ENTITY,
            "password_reused",
            "The password was used before. Choose another one.",
        ),
        Refusal::InvalidParameter => invalid_request(),
        Refusal::Attribute(fault) => wrong_attribute(operation, fault),
        Refusal::RefusedByTrigger(words) => refused_by_pool(words.as_ref()),
        Refusal::LimitExceeded | Refusal::TooManyFailedAttempts => new(
            ErrorStatus::TOO_MANY_REQUESTS,
            "too_many_requests",
            "This was tried too often for this account. Wait, then try again.",
        )
        .retry_after(LATER),
        Refusal::TooManyRequests => throttled(),
        // The caller chooses the address, and may choose one that receives no mail.
        Refusal::CodeDeliveryFailure => {
            bad_gateway("code_not_delivered", "The code could not be sent.").at_will()
        }
        Refusal::MfaMethodNotFound | Refusal::SoftwareTokenMfaNotFound => new(
            ErrorStatus::CONFLICT,
            "mfa_not_set_up",
            "The user has no such second factor. Set it up first.",
        ),
        Refusal::RefreshTokenReuse => new(
            ErrorStatus::UNAUTHORIZED,
            "refresh_token_reused",
            "The refresh token was used before, so its session has ended. Sign in again.",
        ),
        Refusal::Unauthorized => invalid_credentials(),
        Refusal::UnsupportedTokenType => {
            new(ErrorStatus::BAD_REQUEST, "unsupported_token_type", "Only a refresh token can be revoked.")
        }
        Refusal::UnsupportedOperation | Refusal::FeatureUnavailableInTier => {
            new(ErrorStatus::NOT_IMPLEMENTED, "not_available", "The user pool is not set up for this.")
        }
        Refusal::UnknownOperation => new(
            ErrorStatus::NOT_IMPLEMENTED,
            "not_available",
            "The Amazon Cognito in use here does not offer this. Whoever runs the API finds its name in the log.",
        ),
        Refusal::Forbidden => new(ErrorStatus::FORBIDDEN, "forbidden", "The request was blocked."),
        Refusal::SetUp(_)
        | Refusal::SendingSetUp(_)
        | Refusal::UnexpectedLambda
        | Refusal::InvalidLambdaResponse => Problem::internal("see the cause").of_set_up(),
        Refusal::Unknown(_) => Problem::internal("see the cause"),
        Refusal::DeviceKeyExists => {
            new(ErrorStatus::CONFLICT, "device_exists", "This device is confirmed already.")
        }
        Refusal::DeviceNotFound => no_such_device(operation),
        Refusal::PreconditionNotMet | Refusal::ConcurrentModification | Refusal::UnsupportedUserState => new(
            ErrorStatus::CONFLICT,
            "conflict",
            "The account's present state does not allow this. Read it anew, then try again.",
        ),
        Refusal::OperationNotEnabled => new(
            ErrorStatus::SERVICE_UNAVAILABLE,
            "not_available_here",
            "This region does not offer the operation at present.",
        )
        .at_will(),
        Refusal::InternalError | Refusal::Unreachable | Refusal::OddAnswer => cognito_failed(),
        Refusal::TimedOut => new(
            ErrorStatus::GATEWAY_TIMEOUT,
            "gateway_timeout",
            "Amazon Cognito did not answer in time. Try again.",
        ),
    }
}

fn new(status: ErrorStatus, code: &'static str, detail: &'static str) -> Problem {
    Problem::new(status, code, detail)
}

fn not_authorized(operation: Operation) -> Problem {
    match operation {
        Operation::SigningUp => sign_up_disabled(),
        Operation::Verifying | Operation::AskingForCode | Operation::Resetting => invalid_code(),
        Operation::SigningIn | Operation::Refreshing | Operation::SigningOut => invalid_credentials(),
        Operation::ChangingPassword => {
            Problem::invalid(vec![FieldError::new("/previousPassword", "is not the present password")])
        }
        Operation::ChangingAddress
        | Operation::AskingForAddressCode
        | Operation::ProvingAddress
        | Operation::UsingAccount => invalid_token(),
    }
}

/// At a sign-in, the same as a wrong password.
fn no_such_user(operation: Operation) -> Problem {
    match operation {
        Operation::ChangingPassword
        | Operation::ChangingAddress
        | Operation::AskingForAddressCode
        | Operation::ProvingAddress
        | Operation::UsingAccount => invalid_token(),
        Operation::Verifying | Operation::AskingForCode | Operation::Resetting => invalid_code(),
        // Cognito has just made the user and does not find it.
        Operation::SigningUp => cognito_failed(),
        Operation::SigningIn | Operation::Refreshing | Operation::SigningOut => invalid_credentials(),
    }
}

/// At a sign-in or refresh, the same as a wrong password: the user signs in again and gets a new key.
fn no_such_device(operation: Operation) -> Problem {
    match operation {
        Operation::ChangingPassword
        | Operation::ChangingAddress
        | Operation::AskingForAddressCode
        | Operation::ProvingAddress
        | Operation::UsingAccount => nobodys_device(),
        Operation::SigningIn | Operation::Refreshing | Operation::SigningOut => invalid_credentials(),
        // The request named no device.
        Operation::SigningUp | Operation::Verifying | Operation::AskingForCode | Operation::Resetting => {
            cognito_failed()
        }
    }
}

/// The same problem for a forgotten device and for somebody else's device.
pub(crate) fn nobodys_device() -> Problem {
    new(ErrorStatus::NOT_FOUND, "device_not_found", "The user has no such device.")
}

/// The same problem for all credentials that are not valid.
pub(crate) fn invalid_credentials() -> Problem {
    new(
        ErrorStatus::UNAUTHORIZED,
        "invalid_credentials",
        "The credentials are wrong or do not hold any more. Sign in again.",
    )
}

pub(crate) fn invalid_token() -> Problem {
    new(
        ErrorStatus::UNAUTHORIZED,
        "invalid_token",
        "The access token does not hold any more. Refresh it, or sign in again.",
    )
}

pub(crate) fn sign_up_disabled() -> Problem {
    new(ErrorStatus::FORBIDDEN, "sign_up_disabled", "Accounts are made by an administrator here.")
}

/// The same problem for a wrong code, a late code and an account that does not exist.
fn invalid_code() -> Problem {
    new(
        ErrorStatus::BAD_REQUEST,
        "invalid_code",
        "The code is wrong or has expired. Check it, or ask for a new one.",
    )
}

/// The same, if Cognito may have refused the password instead, which only the owner of an account may learn.
fn invalid_code_or_password() -> Problem {
    new(
        ErrorStatus::BAD_REQUEST,
        "invalid_code",
        "The code is wrong or has expired, or the password cannot be used here. Check both, or ask for a new code.",
    )
}

fn user_exists() -> Problem {
    new(ErrorStatus::CONFLICT, "user_exists", "There is an account with this address or number already.")
}

pub(crate) fn weak_password(reason: &str) -> Problem {
    let detail = format!("The password does not meet the policy. {reason}");
    Problem::new(ErrorStatus::UNPROCESSABLE_ENTITY, "weak_password", detail.trim_end().to_owned())
}

fn invalid_request() -> Problem {
    new(
        ErrorStatus::BAD_REQUEST,
        "invalid_request",
        "The user pool does not take these values. Check them against its required attributes and settings.",
    )
}

/// The place is where the attribute was in the request.
fn wrong_attribute(operation: Operation, fault: &AttributeFault) -> Problem {
    let place = match (operation, fault.name()) {
        (Operation::SigningIn, name) => pointer(&["answers", "attributes", name]),
        (_, "phone_number") => pointer(&["phoneNumber"]),
        (_, name @ ("email" | "name")) => pointer(&[name]),
        (_, name) => pointer(&["attributes", name]),
    };
    Problem::invalid(vec![FieldError::new(place, fault.why())])
}

fn refused_by_pool(words: Option<&TriggerWords>) -> Problem {
    let detail = words.map_or("The user pool refuses this.", TriggerWords::as_str);
    Problem::new(ErrorStatus::FORBIDDEN, "refused_by_pool", detail.to_owned())
}

fn throttled() -> Problem {
    new(
        ErrorStatus::TOO_MANY_REQUESTS,
        "too_many_requests",
        "There are too many requests at present. Wait, then try again.",
    )
    .retry_after(NEXT_SECOND)
}

fn cognito_failed() -> Problem {
    bad_gateway("bad_gateway", "Amazon Cognito could not do it. Try again.")
}

fn bad_gateway(code: &'static str, detail: &'static str) -> Problem {
    new(ErrorStatus::BAD_GATEWAY, code, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_what_no_caller_can_ask_for_and_counts_against_the_version_where_another_may_help() {
        let told = |refusal| {
            let problem = shown(Operation::SigningUp, &refusal);
            (problem.is_error(), problem.is_fault())
        };
        for refusal in [Refusal::CodeDeliveryFailure, Refusal::OperationNotEnabled, Refusal::UnknownOperation]
        {
            assert_eq!(told(refusal), (false, false));
        }
        for refusal in [Refusal::UnexpectedLambda, Refusal::SetUp(""), Refusal::SendingSetUp("")] {
            assert_eq!(told(refusal), (true, false));
        }
        for refusal in [Refusal::Unknown(String::new()), Refusal::Unreachable, Refusal::TimedOut] {
            assert_eq!(told(refusal), (true, true));
        }
    }
}
