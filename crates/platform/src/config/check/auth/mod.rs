//! The checks of the section `auth`.

use super::problem;
use crate::config::Config;
use crate::document::Problem;

mod turnstile;

pub(super) fn check(config: &Config) -> Vec<Problem> {
    a_confirmed_sign_up_tells(config).into_iter().chain(turnstile::check(config)).collect()
}

/// The answer would show a new account: it is confirmed, and a known one is not.
fn a_confirmed_sign_up_tells(config: &Config) -> Option<Problem> {
    (config.auth.enumeration_safe && config.user_pool.auto_confirm).then(|| {
        let message =
            "cannot be true with userPool.autoConfirm, whose answer tells a new account from a known one";
        problem("/auth/enumerationSafe", message)
    })
}
