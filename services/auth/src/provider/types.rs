//! What goes to an identity provider, and what comes back.

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
