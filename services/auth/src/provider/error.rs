//! Why a call to the identity provider failed.
//!
//! `crate::error` decides what a caller gets for each reason. These types must not contain anything from a request.

use platform::text;

use crate::refused_text::RefusedText;

/// A call that failed, and why. Its text is for the log and contains nothing from a request.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation}: {refusal}{}{text}", if text.is_empty() { "" } else { ": " })]
pub struct Failure {
    /// Cognito's operation.
    pub operation: &'static str,
    /// Why.
    pub refusal: Refusal,
    /// Cognito's text. No caller may get it.
    pub text: RefusedText,
}

impl Failure {
    /// Without a text.
    #[must_use]
    pub fn new(operation: &'static str, refusal: Refusal) -> Self {
        Self { operation, refusal, text: RefusedText::default() }
    }
}

/// Why a call to Cognito failed: each of its exceptions, and failures of the connection.
///
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html>, and the
/// errors of each operation there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the names are Cognito's; what each leads to stands in error.rs")]
pub enum Refusal {
    #[error("NotAuthorizedException")]
    NotAuthorized,
    #[error("NotAuthorizedException: attempts exceeded")]
    AttemptsExceeded,
    #[error("NotAuthorizedException: the access token was revoked or has expired")]
    TokenNotUsable,
    #[error("NotAuthorizedException: the access token lacks the scope")]
    ScopeMissing,
    #[error("UserNotFoundException")]
    UserNotFound,
    #[error("UserNotConfirmedException")]
    UserNotConfirmed,
    #[error("PasswordResetRequiredException")]
    PasswordResetRequired,
    #[error("UsernameExistsException")]
    UsernameExists,
    #[error("AliasExistsException")]
    AliasExists,
    #[error("CodeMismatchException")]
    CodeMismatch,
    #[error("ExpiredCodeException")]
    ExpiredCode,
    #[error("InvalidPasswordException")]
    InvalidPassword(PolicyReason),
    #[error("PasswordHistoryPolicyViolationException")]
    PasswordHistory,
    #[error("InvalidParameterException")]
    InvalidParameter,
    #[error("LimitExceededException")]
    LimitExceeded,
    #[error("TooManyRequestsException")]
    TooManyRequests,
    #[error("TooManyFailedAttemptsException")]
    TooManyFailedAttempts,
    #[error("CodeDeliveryFailureException")]
    CodeDeliveryFailure,
    #[error("MFAMethodNotFoundException")]
    MfaMethodNotFound,
    #[error("SoftwareTokenMFANotFoundException")]
    SoftwareTokenMfaNotFound,
    #[error("EnableSoftwareTokenMFAException")]
    EnableSoftwareTokenMfa,
    #[error("RefreshTokenReuseException")]
    RefreshTokenReuse,
    #[error("UnauthorizedException")]
    Unauthorized,
    #[error("UnsupportedTokenTypeException")]
    UnsupportedTokenType,
    #[error("UnsupportedOperationException")]
    UnsupportedOperation,
    #[error("FeatureUnavailableInTierException")]
    FeatureUnavailableInTier,
    #[error("ForbiddenException")]
    Forbidden,
    /// A trigger of the pool refused, with this message if callers may get it.
    #[error("UserLambdaValidationException")]
    RefusedByTrigger(Option<TriggerWords>),
    /// An attribute is the reason.
    #[error("the attribute {} {}", .0.name(), .0.why())]
    Attribute(AttributeFault),
    #[error("UnexpectedLambdaException")]
    UnexpectedLambda,
    #[error("InvalidLambdaResponseException")]
    InvalidLambdaResponse,
    /// The pool, its client or the function is not set up for this. The text says what to fix.
    #[error("set-up error: {0}")]
    SetUp(&'static str),
    /// The same, if it occurs only when a message is sent, which shows that there is a recipient.
    #[error("set-up error: {0}")]
    SendingSetUp(&'static str),
    #[error("PreconditionNotMetException")]
    PreconditionNotMet,
    #[error("ConcurrentModificationException")]
    ConcurrentModification,
    #[error("UnsupportedUserStateException")]
    UnsupportedUserState,
    #[error("DeviceKeyExistsException")]
    DeviceKeyExists,
    #[error("ResourceNotFoundException: the device")]
    DeviceNotFound,
    #[error("OperationNotEnabledException")]
    OperationNotEnabled,
    /// The endpoint does not have the operation: a region, a partition or an emulator lacks it.
    #[error("UnknownOperationException")]
    UnknownOperation,
    #[error("InternalErrorException")]
    InternalError,
    /// The name of an exception that is in no list of Cognito's.
    #[error("unknown exception {0}")]
    Unknown(String),
    #[error("no answer in time")]
    TimedOut,
    #[error("no connection")]
    Unreachable,
    #[error("not an answer of Cognito's")]
    OddAnswer,
}

/// The message of a trigger that refuses, written by the pool's owner: of limited length, on one line, and without
/// invisible characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerWords(String);

impl TriggerWords {
    /// Takes the message from Cognito's text: `PreSignUp failed with error <words>.`. Cognito adds the full stop.
    #[must_use]
    pub fn new(said: &str) -> Option<Self> {
        let (_, words) = said.split_once(" failed with error ")?;
        let words = words.strip_suffix('.').unwrap_or(words);
        let line: String = text::one_line(words).take(200).collect();
        let line = line.trim();
        (!line.is_empty()).then(|| Self(line.to_owned()))
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An attribute that does not match the pool's schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeFault {
    name: String,
    why: &'static str,
}

impl AttributeFault {
    /// It has a value that cannot change.
    pub const FIXED: &'static str = "cannot be changed: leave it out";
    /// The pool requires it.
    pub const MISSING: &'static str = "is required by the user pool";
    /// The same, where it was to be removed.
    pub const KEPT: &'static str = "cannot be removed: the user pool requires it";
    /// It is not in the pool's schema.
    pub const UNKNOWN: &'static str = "is not an attribute of the user pool";

    /// `None`: this cannot be the name of an attribute.
    #[must_use]
    pub fn new(name: &str, why: &'static str) -> Option<Self> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "_:-".contains(c);
        let is_name = (1..=64).contains(&name.len()) && name.chars().all(is_plain);
        is_name.then(|| Self { name: name.to_owned(), why })
    }

    /// Cognito's name of it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One of the constants.
    #[must_use]
    pub const fn why(&self) -> &'static str {
        self.why
    }
}

/// What a password lacks: the only text of Cognito that users get, because only the pool knows its policy. It is
/// empty if the text is unknown, and contains only plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyReason(String);

impl PolicyReason {
    /// Cognito's text for a password that is known to be stolen.
    const KNOWN_TO_OTHERS: &str = "Provided password cannot be used for security reasons.";

    /// Takes the reason out of Cognito's message.
    #[must_use]
    pub fn new(message: &str) -> Self {
        let reason = match message.rsplit_once("policy: ") {
            Some((_, reason)) => reason,
            None if message == Self::KNOWN_TO_OTHERS => message,
            // Any other text may repeat the password.
            None => "",
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || " .,'-".contains(c);
        Self(reason.chars().filter(|c| is_plain(*c)).take(200).collect())
    }

    /// The reason as a sentence or more.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
