//! Checks that a pool can offer its second factors, and that they lock nobody out.
//!
//! Cognito refuses most mistakes when it makes or changes the pool, and the whole deploy is rolled back. It does not
//! report that users would be locked out. The rules, and which users a sign-in asks for which factor:
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html>.

use super::problem;
use crate::config::{Config, Mfa, SecondFactor, UserPool};
use crate::document::Problem;

const POINTER: &str = "/userPool/secondFactors";

pub(super) fn check(config: &Config) -> Vec<Problem> {
    let pool = &config.user_pool;
    // If the stack did not make the pool, own_pool.rs reports that instead. If no second factor is asked for, nothing
    // is needed.
    if pool.id.is_some() || pool.mfa == Mfa::Off {
        return Vec::new();
    }
    [
        there_is_one(pool),
        mail_is_sent_by_ses(pool),
        texts_and_factor_go_together(pool),
        everybody_has_one(pool),
    ]
    .into_iter()
    .flatten()
    .map(|message| problem(POINTER, message))
    .collect()
}

fn there_is_one(pool: &UserPool) -> Option<&'static str> {
    pool.second_factors.as_slice().is_empty().then_some(
        "must name one at least where userPool.mfa is not \"OFF\": name TOTP, EMAIL or SMS, or set mfa to \"OFF\"",
    )
}

/// "Cannot set `EmailMfaConfiguration` when user pool `EmailConfiguration` contains an `EmailSendingAccount` of
/// `COGNITO_DEFAULT`."
fn mail_is_sent_by_ses(pool: &UserPool) -> Option<&'static str> {
    (pool.second_factors.has(SecondFactor::Email) && pool.email.is_none()).then_some(
        "cannot have EMAIL while Cognito sends the mail by itself: set userPool.email, or leave EMAIL out",
    )
}

/// "An active SMS configuration automatically makes SMS messages an available MFA method", and Cognito refuses a list
/// without it ("Can't turn off `SMS_MFA`").
///
/// <https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1981>
fn texts_and_factor_go_together(pool: &UserPool) -> Option<&'static str> {
    match (pool.second_factors.has(SecondFactor::Sms), pool.sms.is_some()) {
        (true, false) => {
            Some("cannot have SMS while the pool sends no text messages: set userPool.sms, or leave SMS out")
        }
        (false, true) => Some(
            "must have SMS where userPool.sms is set and mfa is not \"OFF\", as Cognito offers it to a pool that can \
             send text messages and refuses to turn it off: name SMS, or leave userPool.sms out",
        ),
        _ => None,
    }
}

/// If text messages are the only second factor, a user without a phone number cannot use it: Cognito neither lets
/// such a user sign in nor set up another factor. Sign-up does not ask for a number.
fn everybody_has_one(pool: &UserPool) -> Option<&'static str> {
    let sms_alone = pool.second_factors.as_slice() == [SecondFactor::Sms];
    (pool.mfa == Mfa::On && sms_alone && pool.self_sign_up).then_some(
        "cannot be SMS alone where userPool.mfa is \"ON\" and people sign up by themselves: whoever does without a \
         phone number could never sign in. Name TOTP or EMAIL too, or set mfa to \"OPTIONAL\" or selfSignUp to false",
    )
}
