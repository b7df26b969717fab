//! What the service needs of an identity provider: typed commands in, typed outcomes out.
//!
//! The routes know this trait and nothing of Cognito's SDK; `cognito.rs` is the one that implements it. An
//! outcome is exactly one thing: nothing in here is half a success.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use platform::text;
use secrecy::SecretString;
use serde_json::Value;

use crate::caller_address::CallerAddress;
use crate::challenge::ChallengeResponse;
use crate::refused_text::RefusedText;
use crate::values::{
    AccessToken, AttributeName, Attributes, ChallengeName, Code, Cursor, DeviceKey, DeviceName, DeviceSalt,
    Email, Password, PasswordVerifier, RefreshToken,
};

/// An identity provider. Each method is one thing that a person does.
///
/// What a person does before they have a token is judged by where they do it from (`from`), as far as that is known.
#[async_trait]
pub trait IdentityProvider: Send + Sync + 'static {
    /// Makes an account.
    async fn sign_up(&self, command: &SignUp, from: Option<CallerAddress>) -> Result<SignedUp, Failure>;
    /// Proves the address of a new account.
    async fn confirm_sign_up(
        &self,
        email: &Email,
        code: &Code,
        from: Option<CallerAddress>,
    ) -> Result<(), Failure>;
    /// Sends the code for that again.
    async fn resend_code(&self, email: &Email, from: Option<CallerAddress>) -> Result<(), Failure>;
    /// Begins a sign-in.
    async fn sign_in(&self, command: &SignIn, from: Option<CallerAddress>) -> Result<SignInOutcome, Failure>;
    /// Goes on with a sign-in.
    async fn respond(
        &self,
        response: &ChallengeResponse,
        from: Option<CallerAddress>,
    ) -> Result<SignInOutcome, Failure>;
    /// Makes new tokens from a refresh token, on the device that the session belongs to.
    async fn refresh(&self, token: &RefreshToken, device: Option<&DeviceKey>) -> Result<Tokens, Failure>;
    /// Ends the session that a refresh token belongs to.
    async fn revoke(&self, token: &RefreshToken) -> Result<(), Failure>;
    /// Sends a code with which a new password can be set.
    async fn forgot_password(&self, email: &Email, from: Option<CallerAddress>) -> Result<(), Failure>;
    /// Sets a new password with that code.
    async fn reset_password(
        &self,
        email: &Email,
        code: &Code,
        new: &Password,
        from: Option<CallerAddress>,
    ) -> Result<(), Failure>;

    /// The user whom the token belongs to.
    async fn user(&self, token: &AccessToken) -> Result<User, Failure>;
    /// Writes attributes; the codes that were sent to prove new ones.
    async fn update(&self, token: &AccessToken, attributes: &Attributes) -> Result<Vec<Delivery>, Failure>;
    /// Removes attributes.
    async fn remove(&self, token: &AccessToken, names: &[AttributeName]) -> Result<(), Failure>;
    /// Deletes the user for good.
    async fn delete_user(&self, token: &AccessToken) -> Result<(), Failure>;
    /// Sends a code to an address or a number of the user's.
    async fn send_code(&self, token: &AccessToken, attribute: Verifiable) -> Result<Delivery, Failure>;
    /// Proves an address or a number with that code.
    async fn verify(&self, token: &AccessToken, attribute: Verifiable, code: &Code) -> Result<(), Failure>;
    /// Replaces the password.
    async fn change_password(
        &self,
        token: &AccessToken,
        previous: &Password,
        new: &Password,
    ) -> Result<(), Failure>;
    /// Ends every session of the user.
    async fn sign_out_everywhere(&self, token: &AccessToken) -> Result<(), Failure>;
    /// Makes a key for an authenticator app.
    async fn start_totp(&self, token: &AccessToken) -> Result<SecretString, Failure>;
    /// Proves that the app has it.
    async fn verify_totp(
        &self,
        token: &AccessToken,
        code: &Code,
        device: Option<&DeviceName>,
    ) -> Result<(), Failure>;
    /// Says which second factors are asked for.
    async fn prefer_mfa(&self, token: &AccessToken, preference: &MfaPreference) -> Result<(), Failure>;

    /// Makes a device known that a sign-in has named. Whether Cognito wants to hear from the user if it is to be
    /// remembered.
    async fn confirm_device(&self, token: &AccessToken, device: &KnownDevice) -> Result<bool, Failure>;
    /// Some of the user's devices.
    async fn devices(
        &self,
        token: &AccessToken,
        limit: u8,
        cursor: Option<&Cursor>,
    ) -> Result<DevicePage, Failure>;
    /// Says whether a device is remembered.
    async fn remember_device(
        &self,
        token: &AccessToken,
        key: &DeviceKey,
        remembered: bool,
    ) -> Result<(), Failure>;
    /// Takes a device off the account, and ends its sessions.
    async fn forget_device(&self, token: &AccessToken, key: &DeviceKey) -> Result<(), Failure>;
}

/// A new account.
#[derive(Debug)]
pub struct SignUp {
    /// What the user signs in with.
    pub email: Email,
    /// The first password.
    pub password: Password,
    /// The other attributes.
    pub attributes: Attributes,
}

/// A new account that was made.
#[derive(Debug)]
pub struct SignedUp {
    /// `sub`, the id that never changes.
    pub user_sub: String,
    /// Whether the user can sign in at once.
    pub confirmed: bool,
    /// Where the code went, if one was sent.
    pub delivery: Option<Delivery>,
}

/// Where Cognito sent a code to.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The address or number, masked by Cognito.
    pub destination: Option<String>,
    /// `EMAIL` or `SMS`.
    pub medium: Option<String>,
    /// The attribute that the code proves.
    pub attribute: Option<String>,
}

/// The beginning of a sign-in.
#[derive(Debug)]
pub struct SignIn {
    /// Who signs in.
    pub email: Email,
    /// How they prove it.
    pub first_factor: FirstFactor,
    /// The device that they sit at, where it has a key.
    pub device: Option<DeviceKey>,
}

/// Cognito's `AuthFlow`, with what it begins with.
#[derive(Debug)]
pub enum FirstFactor {
    /// `USER_PASSWORD_AUTH`.
    Password(Password),
    /// `USER_AUTH`: the user chooses among what the pool offers, or names a choice at once.
    Choice {
        /// Goes with the choice of a password, which is made by giving one.
        password: Option<Password>,
        /// `PREFERRED_CHALLENGE`.
        preferred: Option<ChallengeName>,
    },
}

/// How a sign-in goes on.
#[derive(Debug)]
pub enum SignInOutcome {
    /// It is done.
    SignedIn(Tokens),
    /// Something is asked.
    Challenge(Challenge),
    /// Something has to happen first, outside the sign-in.
    NextStep(NextStep),
}

/// What the user has to do before a sign-in can be begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Prove the address.
    ConfirmSignUp,
    /// Set a new password.
    ResetPassword,
}

/// The tokens of a session.
#[derive(Debug)]
pub struct Tokens {
    /// For the API.
    pub access: SecretString,
    /// For the app that the user sits at.
    pub id: SecretString,
    /// For new ones. A refresh that does not rotate has none.
    pub refresh: Option<RefreshToken>,
    /// Seconds that access and ID token live.
    pub expires_in: i32,
    /// `Bearer`.
    pub token_type: String,
    /// The device that the session belongs to, where the pool remembers devices and did not know this one.
    pub device: Option<NewDevice>,
}

/// Cognito's `NewDeviceMetadata`: what a device makes its verifier of.
#[derive(Debug, Clone)]
pub struct NewDevice {
    /// `DeviceKey`.
    pub key: String,
    /// `DeviceGroupKey`.
    pub group_key: String,
}

/// A device that is made known.
#[derive(Debug)]
pub struct KnownDevice {
    /// From the sign-in.
    pub key: DeviceKey,
    /// What the user calls it.
    pub name: Option<DeviceName>,
    /// Made of the device's own secret.
    pub verifier: PasswordVerifier,
    /// Goes with the verifier.
    pub salt: DeviceSalt,
}

/// Some of a user's devices.
#[derive(Debug)]
pub struct DevicePage {
    /// In Cognito's order.
    pub devices: Vec<Device>,
    /// Where the rest begins, if there is more.
    pub next: Option<String>,
}

/// A device of a user's, as Cognito knows it. Times are in the form of RFC 3339.
///
/// The address of its last use is not among it: Cognito knows that of its caller, which is this function.
#[derive(Debug, Clone)]
pub struct Device {
    /// By which it is named.
    pub key: String,
    /// What the user calls it.
    pub name: Option<String>,
    /// When it was confirmed.
    pub created: Option<String>,
    /// When it was last changed.
    pub modified: Option<String>,
    /// When the user last signed in with it.
    pub authenticated: Option<String>,
    /// Whether it is remembered, where Cognito tells.
    pub remembered: Option<bool>,
}

/// A question of Cognito's.
#[derive(Debug)]
pub struct Challenge {
    /// Which.
    pub name: ChallengeName,
    /// Goes back with the answer.
    pub session: Option<SecretString>,
    /// By which the answer names the user.
    pub username: String,
    /// What Cognito says besides; JSON inside a text is unfolded. It may be personal, so it is not shown.
    pub parameters: Redacted<BTreeMap<String, Value>>,
    /// The key for an authenticator app that is to be set up.
    pub totp_key: Option<SecretString>,
}

/// Something whose `Debug` says nothing.
pub struct Redacted<T>(pub T);

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// A user as Cognito knows them.
pub struct User {
    /// All attributes, by Cognito's names.
    pub attributes: BTreeMap<String, String>,
    /// The second factor that is asked for first.
    pub preferred_mfa: Option<String>,
    /// The second factors that are set up and on.
    pub enabled_mfa: Vec<String>,
}

/// The attributes that Cognito can send a code for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verifiable {
    /// `email`.
    Email,
    /// `phone_number`.
    PhoneNumber,
}

impl Verifiable {
    /// The attribute's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
        }
    }
}

/// Which second factors are on, and which is asked for first. What is not named stays as it is.
#[derive(Debug, Default)]
pub struct MfaPreference {
    /// An authenticator app.
    pub totp: Option<Factor>,
    /// Codes by text message.
    pub sms: Option<Factor>,
    /// Codes by e-mail.
    pub email: Option<Factor>,
}

/// One second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factor {
    /// Whether it is asked for at all.
    pub enabled: bool,
    /// Whether it is asked for first.
    pub preferred: bool,
}

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
