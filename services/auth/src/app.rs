//! The state that every route can use: the identity provider and the settings of this deployment.

use std::sync::Arc;
use std::time::Duration;

use platform::config::{AuthFlow, Config, CustomAttribute, PasswordPolicy};
use web::Problem;

use crate::error::weak_password;
use crate::human::Turnstile;
use crate::password_policy::lacking;
use crate::provider::IdentityProvider;
use crate::values::Password;

/// Shared by all requests.
#[derive(Clone)]
pub struct App {
    /// The identity provider.
    pub provider: Arc<dyn IdentityProvider>,
    /// The settings from config.json.
    pub settings: Arc<Settings>,
    /// The check that a human calls. `None`: no proof is required.
    pub human: Option<Arc<Turnstile>>,
}

/// The settings of this service from config.json.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The name that an authenticator app shows beside the account.
    pub service: String,
    /// Whether people may sign up by themselves.
    pub self_sign_up: bool,
    /// Whether answers hide which addresses have an account.
    pub enumeration_safe: bool,
    /// The password policy that the service checks before it calls Cognito. Only with `enumeration_safe`.
    pub password_policy: Option<PasswordPolicy>,
    /// The first step of a sign-in.
    pub flow: AuthFlow,
    /// The custom attributes that users may write.
    pub custom_attributes: Vec<CustomAttribute>,
    /// How long a cookie keeps the refresh token. `None`: the token is in bodies.
    pub refresh_cookie: Option<Duration>,
    /// The origins whose pages may use the cookie.
    pub origins: Vec<String>,
}

const DAY: Duration = Duration::from_hours(24);

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        let refresh_days =
            u32::try_from(config.user_pool.token_validity.refresh_days.get()).unwrap_or(u32::MAX);
        Self {
            service: config.service.to_string(),
            self_sign_up: config.user_pool.self_sign_up,
            enumeration_safe: config.auth.enumeration_safe,
            password_policy: config.auth.enumeration_safe.then(|| config.user_pool.password_policy.clone()),
            flow: config.auth.flow,
            custom_attributes: config.auth.custom_attributes.as_slice().to_vec(),
            refresh_cookie: config.auth.refresh_cookie.then(|| DAY * refresh_days),
            origins: config.api.cors_origins.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Settings {
    /// Checks a new password against the policy. The check must come before the call to Cognito if Cognito's answer
    /// would also show whether an address has an account.
    pub(crate) fn check_password(&self, password: &Password) -> Result<(), Problem> {
        let lacking = self.password_policy.as_ref().and_then(|policy| lacking(policy, password.expose()));
        lacking.map_or(Ok(()), |what| Err(weak_password(&what)))
    }
}
