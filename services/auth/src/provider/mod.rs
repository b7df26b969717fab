//! What the service needs from an identity provider: typed commands in, typed outcomes out.
//!
//! The routes use this trait and must not use Cognito's SDK. `crate::cognito` implements it. An outcome is exactly
//! one thing: there is no half success.

use async_trait::async_trait;
use secrecy::SecretString;

use crate::caller_address::CallerAddress;
use crate::challenge::ChallengeResponse;
use crate::values::{
    AccessToken, AttributeName, Attributes, Code, Cursor, DeviceKey, DeviceName, Email, Password,
    RefreshToken,
};

mod error;
mod types;

pub use error::{AttributeFault, Failure, PolicyReason, Refusal, TriggerWords};
pub use types::{
    Challenge, Delivery, Device, DevicePage, Factor, FirstFactor, KnownDevice, MfaPreference, NewDevice,
    NextStep, Redacted, SignIn, SignInOutcome, SignUp, SignedUp, Tokens, User, Verifiable,
};

/// An identity provider. Each method is one action of a user.
///
/// Threat protection judges actions without a token by the caller's address (`from`), if it is known.
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
    /// Sends the code for it again.
    async fn resend_code(&self, email: &Email, from: Option<CallerAddress>) -> Result<(), Failure>;
    /// Starts a sign-in.
    async fn sign_in(&self, command: &SignIn, from: Option<CallerAddress>) -> Result<SignInOutcome, Failure>;
    /// Answers a challenge of a sign-in.
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
    /// Writes attributes. Returns the codes that were sent to prove new ones.
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
    /// Verifies the app's first code.
    async fn verify_totp(
        &self,
        token: &AccessToken,
        code: &Code,
        device: Option<&DeviceName>,
    ) -> Result<(), Failure>;
    /// Sets which second factors are used.
    async fn prefer_mfa(&self, token: &AccessToken, preference: &MfaPreference) -> Result<(), Failure>;

    /// Confirms a device from a sign-in. Returns whether the user must say if it is remembered.
    async fn confirm_device(&self, token: &AccessToken, device: &KnownDevice) -> Result<bool, Failure>;
    /// Some of the user's devices.
    async fn devices(
        &self,
        token: &AccessToken,
        limit: u8,
        cursor: Option<&Cursor>,
    ) -> Result<DevicePage, Failure>;
    /// Sets whether a device is remembered.
    async fn remember_device(
        &self,
        token: &AccessToken,
        key: &DeviceKey,
        remembered: bool,
    ) -> Result<(), Failure>;
    /// Removes a device from the account and ends its sessions.
    async fn forget_device(&self, token: &AccessToken, key: &DeviceKey) -> Result<(), Failure>;
}
