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
    /// How people sign in.
    pub flow: AuthFlow,
    /// Whether the refresh token lives in an `HttpOnly` cookie and never in a body.
    pub refresh_cookie: bool,
    /// Whether no answer tells of an account to who has not proven that it is theirs. A new password is then held to
    /// `userPool.passwordPolicy` before Cognito is asked: an existing pool's policy must stand there too.
    pub enumeration_safe: bool,
    /// The custom attributes that users may write by themselves, at sign-up, with a new password and in their own account:
    /// names such as `custom:department`. A pool that the stack makes has none. All others are closed, since an attribute
    /// such as `custom:role` may decide what a user can do.
    pub custom_attributes: CustomAttributes,
    /// Whether sign-up, a code sent again and a forgotten password want a proof of humanity, the token of Cloudflare's
    /// Turnstile, and of which. Needs `userPool.clientSecret`, and the deploy brings `TurnstileSecret`. `null`: no.
    pub turnstile: Option<Turnstile>,
    /// Whether a caller is told what a trigger of the pool says when it refuses. Its words then go out as the `detail` of a
    /// 403: they must be fit for everybody to read.
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
    /// Steady requests a second.
    pub rate_per_second: Integer<1, 10_000>,
    /// Requests at once.
    pub burst: Integer<1, 5_000>,
}

impl Default for AuthThrottle {
    fn default() -> Self {
        Self { rate_per_second: Integer::preset(10), burst: Integer::preset(20) }
    }
}
