//! What every route of the service has at hand: the identity provider, and how this deployment is set up.

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
    /// Who keeps the users.
    pub provider: Arc<dyn IdentityProvider>,
    /// What config.json says.
    pub settings: Arc<Settings>,
    /// Who tells humans from programs. `None`: nobody is asked for a proof.
    pub human: Option<Arc<Turnstile>>,
}

/// What config.json says about this service.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Named by an authenticator app beside the account.
    pub service: String,
    /// Whether people may sign up by themselves.
    pub self_sign_up: bool,
    /// Whether no answer tells that an address has an account.
    pub enumeration_safe: bool,
    /// What a password must have, where that is looked at before Cognito is asked: with `enumeration_safe`.
    pub password_policy: Option<PasswordPolicy>,
    /// How a sign-in begins.
    pub flow: AuthFlow,
    /// The custom attributes that users may write.
    pub custom_attributes: Vec<CustomAttribute>,
    /// How long a cookie keeps the refresh token. `None`: it travels in bodies.
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
    /// That a new password has what the policy asks for. A person must be told so before Cognito is asked, where Cognito's own
    /// word would also tell whether an address has an account.
    pub(crate) fn check_password(&self, password: &Password) -> Result<(), Problem> {
        let lacking = self.password_policy.as_ref().and_then(|policy| lacking(policy, password.expose()));
        lacking.map_or(Ok(()), |what| Err(weak_password(&what)))
    }
}
