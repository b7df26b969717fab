//! Why an identity provider did not do what it was asked.
//!
//! What each reason means to a caller is in `crate::error`. Nothing of a request is in any of it.

use platform::text;

use crate::refused_text::RefusedText;

/// A call that did not succeed: which, and why. Its text is for the log; it holds nothing of a request.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation}: {refusal}{}{text}", if text.is_empty() { "" } else { ": " })]
pub struct Failure {
    /// Cognito's operation.
    pub operation: &'static str,
    /// Why.
    pub refusal: Refusal,
    /// What Cognito has said about it. No caller may get it.
    pub text: RefusedText,
}

impl Failure {
    /// Without a text.
    #[must_use]
    pub fn new(operation: &'static str, refusal: Refusal) -> Self {
        Self { operation, refusal, text: RefusedText::default() }
    }
}

/// Why Cognito did not do what it was asked: each of its exceptions, and what can happen on the way to it.
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
    /// A trigger of the pool's said no, with these words if they may be told.
    #[error("UserLambdaValidationException")]
    RefusedByTrigger(Option<TriggerWords>),
    /// One attribute is the reason.
    #[error("the attribute {} {}", .0.name(), .0.why())]
    Attribute(AttributeFault),
    #[error("UnexpectedLambdaException")]
    UnexpectedLambda,
    #[error("InvalidLambdaResponseException")]
    InvalidLambdaResponse,
    /// The pool, its client or the function is not set up for this: what has to be put right.
    #[error("set-up error: {0}")]
    SetUp(&'static str),
    /// The same where it is met only when a message is sent, which tells that there is somebody to send it to.
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
    /// What is asked does not have the operation: a region, a partition or an emulator that lacks it.
    #[error("UnknownOperationException")]
    UnknownOperation,
    #[error("InternalErrorException")]
    InternalError,
    /// An exception that is in none of Cognito's lists, by its name.
    #[error("unknown exception {0}")]
    Unknown(String),
    #[error("no answer in time")]
    TimedOut,
    #[error("no connection")]
    Unreachable,
    #[error("not an answer of Cognito's")]
    OddAnswer,
}

/// What a trigger of the pool's says when it refuses: the pool owner's own words, bounded, on one line, with
/// nothing unseen in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerWords(String);

impl TriggerWords {
    /// Takes the words out of Cognito's: `PreSignUp failed with error <words>.`, with a full stop of Cognito's own.
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

/// What is wrong with one attribute, by the pool's schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeFault {
    name: String,
    why: &'static str,
}

impl AttributeFault {
    /// It has a value, and keeps it.
    pub const FIXED: &'static str = "cannot be changed: leave it out";
    /// The pool demands it.
    pub const MISSING: &'static str = "is required by the user pool";
    /// The same, where it was to be removed.
    pub const KEPT: &'static str = "cannot be removed: the user pool requires it";
    /// The pool's schema does not have it.
    pub const UNKNOWN: &'static str = "is not an attribute of the user pool";

    /// `None`: no attribute can have this name.
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

/// What a password lacks: the one text of Cognito's that its user gets to read, because only the pool
/// knows its policy. It is empty where the text is none that is known, and cut of everything but plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyReason(String);

impl PolicyReason {
    /// What is said of a password that stands in a list of stolen ones.
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
