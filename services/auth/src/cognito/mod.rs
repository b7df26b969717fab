//! The identity provider that is Amazon Cognito: the only folder that names the SDK's operations. A sign-in is in
//! `sign_in.rs`, devices are in `devices.rs`, and everything else is here. `refusal.rs` has the meaning of Cognito's
//! exceptions.
//!
//! All operations except one are public and sent unsigned, so the function's role needs no permission for them.
//! `AdminConfirmSignUp` is signed. This folder must not log anything from a request.

mod devices;
mod environment;
mod outcome;
mod refusal;
mod sign_in;
#[cfg(test)]
mod tests;
mod texts;

use async_trait::async_trait;
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, CodeDeliveryDetailsType, EmailMfaSettingsType, SmsMfaSettingsType,
    SoftwareTokenMfaSettingsType, UserContextDataType, VerifySoftwareTokenResponseType,
};
use platform::config::{ClientId, PoolId};
use secrecy::{ExposeSecret, SecretString};

use crate::caller_address::CallerAddress;
use crate::challenge::mfa_setup::MfaSetup;
use crate::challenge::{ChallengeResponse, ChallengeResponseKind};
use crate::provider::{
    Delivery, DevicePage, Factor, Failure, IdentityProvider, KnownDevice, MfaPreference, Refusal, SignIn,
    SignInOutcome, SignUp, SignedUp, Tokens, User, Verifiable,
};
use crate::values::{
    AccessToken, AttributeName, AttributeValue, Attributes, Code, Cursor, DeviceKey, DeviceName, Email,
    Password, RefreshToken,
};
use sign_in::is_forgotten;

pub use environment::BadEnvironment;

/// A user pool, seen through one of its app clients.
pub struct Cognito {
    sdk: Client,
    client_id: ClientId,
    client_secret: Option<SecretString>,
    auto_confirm: Option<PoolId>,
    tells_addresses: bool,
    tells_trigger_words: bool,
}

impl Cognito {
    /// The proof that this service knows the client's secret, if it has one.
    fn secret_hash(&self, username: &str) -> Option<String> {
        let secret = self.client_secret.as_ref()?;
        Some(client_secret::hash(secret, username, self.client_id.as_str()))
    }

    /// The secret itself, which two operations need instead of a hash.
    fn secret(&self) -> Option<String> {
        self.client_secret.as_ref().map(|secret| secret.expose_secret().to_owned())
    }

    /// The caller's address, for threat protection. It is only sent with threat protection, because the app client
    /// must allow it (`EnablePropagateAdditionalUserContextData`), and AWS does not document Cognito's answer if it
    /// does not.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserContextDataType.html>
    fn context(&self, from: Option<CallerAddress>) -> Option<UserContextDataType> {
        let address = from.filter(|_| self.tells_addresses)?;
        Some(UserContextDataType::builder().ip_address(address.expose()).build())
    }

    async fn auto_confirm(&self, email: &Email) -> Result<bool, Failure> {
        let Some(pool) = &self.auto_confirm else { return Ok(false) };
        let request = self.sdk.admin_confirm_sign_up().user_pool_id(pool.as_str()).username(email.as_str());
        request.send().await.map_err(self.failure("AdminConfirmSignUp", &[email.as_str()]))?;
        Ok(true)
    }
}

#[async_trait]
impl IdentityProvider for Cognito {
    async fn sign_up(&self, command: &SignUp, from: Option<CallerAddress>) -> Result<SignedUp, Failure> {
        const OPERATION: &str = "SignUp";
        let username = command.email.as_str();
        let mut attributes = attribute_list(&command.attributes, OPERATION)?;
        attributes.push(attribute("email", username, OPERATION)?);
        let request = self.sdk.sign_up().client_id(self.client_id.as_str()).username(username);
        let request = request.password(command.password.expose()).set_user_attributes(Some(attributes));
        let request = request.set_secret_hash(self.secret_hash(username));
        let request = request.set_user_context_data(self.context(from));
        let answer = request.send().await.map_err(self.failure(OPERATION, &sent_at_sign_up(command)))?;
        let confirmed = answer.user_confirmed || self.auto_confirm(&command.email).await?;
        let delivery = answer.code_delivery_details.filter(|_| !confirmed).map(delivery);
        Ok(SignedUp { user_sub: answer.user_sub, confirmed, delivery })
    }

    async fn confirm_sign_up(
        &self,
        email: &Email,
        code: &Code,
        from: Option<CallerAddress>,
    ) -> Result<(), Failure> {
        let request = self.sdk.confirm_sign_up().client_id(self.client_id.as_str());
        let request = request.username(email.as_str()).confirmation_code(code.expose());
        let request = request.set_secret_hash(self.secret_hash(email.as_str()));
        let request = request.set_user_context_data(self.context(from));
        let sent = [code.expose(), email.as_str()];
        request.send().await.map(drop).map_err(self.failure("ConfirmSignUp", &sent))
    }

    async fn resend_code(&self, email: &Email, from: Option<CallerAddress>) -> Result<(), Failure> {
        let request = self.sdk.resend_confirmation_code().client_id(self.client_id.as_str());
        let request = request.username(email.as_str()).set_secret_hash(self.secret_hash(email.as_str()));
        let request = request.set_user_context_data(self.context(from));
        request.send().await.map(drop).map_err(self.failure("ResendConfirmationCode", &[email.as_str()]))
    }

    /// If the device was forgotten elsewhere, the sign-in is repeated without its key and ends with a new one. So an
    /// outdated key locks nobody out, and no key shows whether an address has an account.
    async fn sign_in(&self, command: &SignIn, from: Option<CallerAddress>) -> Result<SignInOutcome, Failure> {
        let tried = self.begin(command, command.device.as_ref(), from).await;
        if command.device.is_some() && is_forgotten(&tried) {
            self.begin(command, None, from).await
        } else {
            tried
        }
    }

    /// The same here, except for a challenge to the device itself.
    async fn respond(
        &self,
        response: &ChallengeResponse,
        from: Option<CallerAddress>,
    ) -> Result<SignInOutcome, Failure> {
        let session = match (&response.reply, &response.session) {
            (ChallengeResponseKind::MfaSetup(MfaSetup::Choice(factor)), _) => {
                return self.set_up(response, *factor).await;
            }
            (ChallengeResponseKind::MfaSetup(MfaSetup::Code(code)), Some(session)) => {
                self.finish_totp_setup(session, code).await?
            }
            (_, session) => session.as_ref().map(|session| session.expose().to_owned()),
        };
        let session = session.as_deref();
        let tried = self.answer(response, session, response.device.as_ref(), from).await;
        let can_do_without = response.device.is_some() && !response.reply.is_of_device();
        if can_do_without && is_forgotten(&tried) {
            self.answer(response, session, None, from).await
        } else {
            tried
        }
    }

    /// Uses the operation that works with all settings of a client: it needs no user name for a client's secret,
    /// makes a new refresh token if the client rotates them, and does not need the flow `REFRESH_TOKEN_AUTH`, which
    /// Cognito refuses with rotation. It accepts no address for threat protection.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RefreshTokenRotationType.html>
    async fn refresh(&self, token: &RefreshToken, device: Option<&DeviceKey>) -> Result<Tokens, Failure> {
        const OPERATION: &str = "GetTokensFromRefreshToken";
        let request = self.sdk.get_tokens_from_refresh_token().client_id(self.client_id.as_str());
        let request = request.refresh_token(token.expose()).set_client_secret(self.secret());
        let request = request.set_device_key(device.map(DeviceKey::as_str).map(str::to_owned));
        let answer = request.send().await.map_err(self.failure(OPERATION, &[token.expose()]))?;
        outcome::tokens(OPERATION, answer.authentication_result)
    }

    async fn revoke(&self, token: &RefreshToken) -> Result<(), Failure> {
        let request = self.sdk.revoke_token().client_id(self.client_id.as_str()).token(token.expose());
        let answer = request.set_client_secret(self.secret()).send().await;
        answer.map(drop).map_err(self.failure("RevokeToken", &[token.expose()]))
    }

    async fn forgot_password(&self, email: &Email, from: Option<CallerAddress>) -> Result<(), Failure> {
        let request = self.sdk.forgot_password().client_id(self.client_id.as_str());
        let request = request.username(email.as_str()).set_secret_hash(self.secret_hash(email.as_str()));
        let request = request.set_user_context_data(self.context(from));
        request.send().await.map(drop).map_err(self.failure("ForgotPassword", &[email.as_str()]))
    }

    async fn reset_password(
        &self,
        email: &Email,
        code: &Code,
        new: &Password,
        from: Option<CallerAddress>,
    ) -> Result<(), Failure> {
        let request = self.sdk.confirm_forgot_password().client_id(self.client_id.as_str());
        let request = request.username(email.as_str()).confirmation_code(code.expose());
        let request = request.password(new.expose()).set_secret_hash(self.secret_hash(email.as_str()));
        let request = request.set_user_context_data(self.context(from));
        let sent = [code.expose(), new.expose(), email.as_str()];
        request.send().await.map(drop).map_err(self.failure("ConfirmForgotPassword", &sent))
    }

    async fn user(&self, token: &AccessToken) -> Result<User, Failure> {
        let request = self.sdk.get_user().access_token(token.expose());
        let answer = request.send().await.map_err(self.failure("GetUser", &[token.expose()]))?;
        let attributes = answer.user_attributes.into_iter();
        Ok(User {
            attributes: attributes.filter_map(|attribute| Some((attribute.name, attribute.value?))).collect(),
            preferred_mfa: answer.preferred_mfa_setting,
            enabled_mfa: answer.user_mfa_setting_list.unwrap_or_default(),
        })
    }

    async fn update(&self, token: &AccessToken, attributes: &Attributes) -> Result<Vec<Delivery>, Failure> {
        const OPERATION: &str = "UpdateUserAttributes";
        let list = attribute_list(attributes, OPERATION)?;
        let request = self.sdk.update_user_attributes().access_token(token.expose());
        let values = attributes.values().map(AttributeValue::as_str);
        let sent: Vec<&str> = values.chain([token.expose()]).collect();
        let answer =
            request.set_user_attributes(Some(list)).send().await.map_err(self.failure(OPERATION, &sent))?;
        Ok(answer.code_delivery_details_list.unwrap_or_default().into_iter().map(delivery).collect())
    }

    async fn remove(&self, token: &AccessToken, names: &[AttributeName]) -> Result<(), Failure> {
        let names = names.iter().map(|name| name.as_str().to_owned()).collect();
        let request = self.sdk.delete_user_attributes().access_token(token.expose());
        let answer = request.set_user_attribute_names(Some(names)).send().await;
        answer.map(drop).map_err(self.failure("DeleteUserAttributes", &[token.expose()]))
    }

    async fn delete_user(&self, token: &AccessToken) -> Result<(), Failure> {
        let request = self.sdk.delete_user().access_token(token.expose());
        request.send().await.map(drop).map_err(self.failure("DeleteUser", &[token.expose()]))
    }

    async fn send_code(&self, token: &AccessToken, attribute: Verifiable) -> Result<Delivery, Failure> {
        const OPERATION: &str = "GetUserAttributeVerificationCode";
        let request = self.sdk.get_user_attribute_verification_code().access_token(token.expose());
        let answer = request
            .attribute_name(attribute.as_str())
            .send()
            .await
            .map_err(self.failure(OPERATION, &[token.expose()]))?;
        let odd = Failure::new(OPERATION, Refusal::OddAnswer);
        answer.code_delivery_details.map(delivery).ok_or(odd)
    }

    async fn verify(&self, token: &AccessToken, attribute: Verifiable, code: &Code) -> Result<(), Failure> {
        let request = self.sdk.verify_user_attribute().access_token(token.expose());
        let request = request.attribute_name(attribute.as_str()).code(code.expose());
        let sent = [code.expose(), token.expose()];
        request.send().await.map(drop).map_err(self.failure("VerifyUserAttribute", &sent))
    }

    async fn change_password(
        &self,
        token: &AccessToken,
        previous: &Password,
        new: &Password,
    ) -> Result<(), Failure> {
        let request = self.sdk.change_password().access_token(token.expose());
        let request = request.previous_password(previous.expose()).proposed_password(new.expose());
        let sent = [previous.expose(), new.expose(), token.expose()];
        request.send().await.map(drop).map_err(self.failure("ChangePassword", &sent))
    }

    async fn sign_out_everywhere(&self, token: &AccessToken) -> Result<(), Failure> {
        let request = self.sdk.global_sign_out().access_token(token.expose());
        request.send().await.map(drop).map_err(self.failure("GlobalSignOut", &[token.expose()]))
    }

    async fn start_totp(&self, token: &AccessToken) -> Result<SecretString, Failure> {
        const OPERATION: &str = "AssociateSoftwareToken";
        let request = self.sdk.associate_software_token().access_token(token.expose());
        let answer = request.send().await.map_err(self.failure(OPERATION, &[token.expose()]))?;
        let odd = Failure::new(OPERATION, Refusal::OddAnswer);
        answer.secret_code.map(SecretString::from).ok_or(odd)
    }

    async fn verify_totp(
        &self,
        token: &AccessToken,
        code: &Code,
        device: Option<&DeviceName>,
    ) -> Result<(), Failure> {
        const OPERATION: &str = "VerifySoftwareToken";
        let request = self.sdk.verify_software_token().access_token(token.expose()).user_code(code.expose());
        let request = request.set_friendly_device_name(device.map(|name| name.as_str().to_owned()));
        let sent = [code.expose(), token.expose()];
        let verified = request.send().await.map_err(self.failure(OPERATION, &sent))?;
        succeeded(verified.status.as_ref(), OPERATION)
    }

    async fn prefer_mfa(&self, token: &AccessToken, preference: &MfaPreference) -> Result<(), Failure> {
        let MfaPreference { totp, sms, email } = preference;
        let totp = totp.map(|Factor { enabled, preferred }| {
            SoftwareTokenMfaSettingsType::builder().enabled(enabled).preferred_mfa(preferred).build()
        });
        let sms = sms.map(|Factor { enabled, preferred }| {
            SmsMfaSettingsType::builder().enabled(enabled).preferred_mfa(preferred).build()
        });
        let email = email.map(|Factor { enabled, preferred }| {
            EmailMfaSettingsType::builder().enabled(enabled).preferred_mfa(preferred).build()
        });
        let request = self.sdk.set_user_mfa_preference().access_token(token.expose());
        let request = request.set_software_token_mfa_settings(totp).set_sms_mfa_settings(sms);
        let answer = request.set_email_mfa_settings(email).send().await;
        answer.map(drop).map_err(self.failure("SetUserMFAPreference", &[token.expose()]))
    }

    async fn confirm_device(&self, token: &AccessToken, device: &KnownDevice) -> Result<bool, Failure> {
        devices::confirm(self, token, device).await
    }

    async fn devices(
        &self,
        token: &AccessToken,
        limit: u8,
        cursor: Option<&Cursor>,
    ) -> Result<DevicePage, Failure> {
        devices::list(self, token, limit, cursor).await
    }

    async fn remember_device(
        &self,
        token: &AccessToken,
        key: &DeviceKey,
        remembered: bool,
    ) -> Result<(), Failure> {
        devices::remember(self, token, key, remembered).await
    }

    async fn forget_device(&self, token: &AccessToken, key: &DeviceKey) -> Result<(), Failure> {
        devices::forget(self, token, key).await
    }
}

/// The values that a text of Cognito about a sign-up could repeat.
fn sent_at_sign_up(command: &SignUp) -> Vec<&str> {
    let attributes = command.attributes.values().map(AttributeValue::as_str);
    attributes.chain([command.password.expose(), command.email.as_str()]).collect()
}

fn attribute_list(attributes: &Attributes, operation: &'static str) -> Result<Vec<AttributeType>, Failure> {
    attributes.iter().map(|(name, value)| attribute(name.as_str(), value.as_str(), operation)).collect()
}

fn attribute(name: &str, value: &str, operation: &'static str) -> Result<AttributeType, Failure> {
    let built = AttributeType::builder().name(name).value(value).build();
    built.map_err(|_| Failure::new(operation, Refusal::InvalidParameter))
}

fn delivery(details: CodeDeliveryDetailsType) -> Delivery {
    Delivery {
        destination: details.destination,
        medium: details.delivery_medium.map(|medium| medium.as_str().to_owned()),
        attribute: details.attribute_name,
    }
}

/// This operation may answer a wrong code with a status instead of an exception.
fn succeeded(
    status: Option<&VerifySoftwareTokenResponseType>,
    operation: &'static str,
) -> Result<(), Failure> {
    match status {
        Some(VerifySoftwareTokenResponseType::Success) => Ok(()),
        _ => Err(Failure::new(operation, Refusal::CodeMismatch)),
    }
}
