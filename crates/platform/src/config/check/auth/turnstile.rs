//! Checks that nobody can sign up without the proof of humanity.
//!
//! The id of an app client is not a secret. If the client has no secret, anybody who knows its id can call Cognito's
//! sign-up, codes and forgotten password directly, without the auth service.

use super::problem;
use crate::config::Config;
use crate::document::Problem;

/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html>
pub(super) fn check(config: &Config) -> Option<Problem> {
    (config.auth.turnstile.is_some() && !config.user_pool.client_secret).then(|| {
        let message = "is set without userPool.clientSecret: whoever knows the id of an app client that has no secret signs up \
            at Cognito itself, where nobody asks for a token. Set clientSecret to true (which replaces the client of a \
            deployed stack), or this to null";
        problem("/auth/turnstile", message)
    })
}
