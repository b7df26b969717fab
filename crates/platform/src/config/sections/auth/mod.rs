//! The section `auth` of `config.json`: how people sign up and sign in.
//!
//! Checks across settings are in `check/auth/`.

use serde::Deserialize;

use crate::config::Integer;

mod custom_attributes;
mod turnstile;

pub use custom_attributes::{CustomAttribute, CustomAttributes};
pub use turnstile::{Hostname, Turnstile, TurnstileAction};

/// The auth service.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Auth {
    /// How users sign in.
    pub flow: AuthFlow,
    /// Whether the refresh token is in an `HttpOnly` cookie and never in a body.
    pub refresh_cookie: bool,
    /// Whether answers hide accounts from callers who have not proven that the account is theirs. A new password is
    /// then checked against `userPool.passwordPolicy` before Cognito is called, so that section must have an existing
    /// pool's policy too.
    pub enumeration_safe: bool,
    /// The custom attributes that users may write at sign-up, with a new password and in their own account: names
    /// such as `custom:department`. A pool that the stack makes has none. Users cannot write any others, because an
    /// attribute such as `custom:role` may decide a user's rights.
    pub custom_attributes: CustomAttributes,
    /// The proof of humanity that sign-up, a repeated code and a forgotten password require: a token of Cloudflare's
    /// Turnstile. It needs `userPool.clientSecret`, and `TurnstileSecret` at the deploy. `null`: none is required.
    pub turnstile: Option<Turnstile>,
    /// Whether callers get the message of a trigger of the pool that refuses. It is then the `detail` of a 403, so it
    /// must be suitable for everybody.
    pub trigger_messages: bool,
    /// The limits of each public `POST` route, for all callers together.
    pub throttle: AuthThrottle,
}

/// Cognito's `AuthFlow` of a sign-in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthFlow {
    /// User name and password.
    #[default]
    UserPasswordAuth,
    /// Choice-based sign-in.
    UserAuth,
}

/// API Gateway's token bucket for a route that needs no token.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AuthThrottle {
    /// Steady requests per second.
    pub rate_per_second: Integer<1, 10_000>,
    /// Requests at once.
    pub burst: Integer<1, 5_000>,
}

impl Default for AuthThrottle {
    fn default() -> Self {
        Self { rate_per_second: Integer::preset(10), burst: Integer::preset(20) }
    }
}
