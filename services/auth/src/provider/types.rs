//! The commands to an identity provider, and its outcomes.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;
use serde_json::Value;

use crate::values::{
    Attributes, ChallengeName, DeviceKey, DeviceName, DeviceSalt, Email, Password, PasswordVerifier,
    RefreshToken,
};

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

/// Where Cognito sent a code.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The address or number, masked by Cognito.
    pub destination: Option<String>,
    /// `EMAIL` or `SMS`.
    pub medium: Option<String>,
    /// The attribute that the code proves.
    pub attribute: Option<String>,
}

/// The start of a sign-in.
#[derive(Debug)]
pub struct SignIn {
    /// The user.
    pub email: Email,
    /// The first proof.
    pub first_factor: FirstFactor,
    /// The key of the user's device, if it has one.
    pub device: Option<DeviceKey>,
}

/// Cognito's `AuthFlow` with its first values.
#[derive(Debug)]
pub enum FirstFactor {
    /// `USER_PASSWORD_AUTH`.
    Password(Password),
    /// `USER_AUTH`: the user chooses among the challenges that the pool offers, or names one at once.
    Choice {
        /// A password, which also chooses the challenge `PASSWORD`.
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
    /// There is a challenge.
    Challenge(Challenge),
    /// Another step must happen first, outside the sign-in.
    NextStep(NextStep),
}

/// What the user must do before a sign-in.
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
    /// For the user's app.
    pub id: SecretString,
    /// For new tokens. A refresh without rotation returns none.
    pub refresh: Option<RefreshToken>,
    /// The lifetime of access and ID token in seconds.
    pub expires_in: i32,
    /// `Bearer`.
    pub token_type: String,
    /// The session's device, if the pool remembers devices and did not know this one.
    pub device: Option<NewDevice>,
}

/// Cognito's `NewDeviceMetadata`, from which a device makes its verifier.
#[derive(Debug, Clone)]
pub struct NewDevice {
    /// `DeviceKey`.
    pub key: String,
    /// `DeviceGroupKey`.
    pub group_key: String,
}

/// A device to be confirmed.
#[derive(Debug)]
pub struct KnownDevice {
    /// From the sign-in.
    pub key: DeviceKey,
    /// What the user calls it.
    pub name: Option<DeviceName>,
    /// Made from the device's own secret.
    pub verifier: PasswordVerifier,
    /// Goes with the verifier.
    pub salt: DeviceSalt,
}

/// Some of a user's devices.
#[derive(Debug)]
pub struct DevicePage {
    /// In Cognito's order.
    pub devices: Vec<Device>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// A device of a user, as Cognito has it. Times are in the form of RFC 3339.
///
/// The address of its last use is left out, because for Cognito that is this function's address.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its key.
    pub key: String,
    /// What the user calls it.
    pub name: Option<String>,
    /// When it was confirmed.
    pub created: Option<String>,
    /// When it was last changed.
    pub modified: Option<String>,
    /// When the user last signed in with it.
    pub authenticated: Option<String>,
    /// Whether it is remembered, if Cognito says so.
    pub remembered: Option<bool>,
}

/// A challenge from Cognito.
#[derive(Debug)]
pub struct Challenge {
    /// Which.
    pub name: ChallengeName,
    /// To be sent back with the answer.
    pub session: Option<SecretString>,
    /// The user name for the answer.
    pub username: String,
    /// Cognito's parameters, with JSON texts parsed. They may be personal data, so they are not shown.
    pub parameters: Redacted<BTreeMap<String, Value>>,
    /// The key for an authenticator app that is to be set up.
    pub totp_key: Option<SecretString>,
}

/// A value that `Debug` hides.
pub struct Redacted<T>(pub T);

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// A user, as Cognito has them.
pub struct User {
    /// All attributes, by Cognito's names.
    pub attributes: BTreeMap<String, String>,
    /// The second factor that is used first.
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

/// Which second factors are on, and which is used first. A factor that is left out does not change.
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
