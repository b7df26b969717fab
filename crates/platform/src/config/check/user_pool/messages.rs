//! Checks that each text can be sent.
//!
//! A text that is never sent would be ignored silently, or the deploy would fail: Cognito accepts the mail text of a
//! sign-in only for a pool that sends through SES (<https://github.com/go-to-k/cdkd/issues/1923>).

use super::problem;
use crate::config::{Config, Messages, Mfa, SecondFactor, UserPool};
use crate::document::Problem;

pub(super) fn check(config: &Config) -> Vec<Problem> {
    let pool = &config.user_pool;
    // If the stack did not make the pool, own_pool.rs reports that instead.
    match &pool.messages {
        Some(messages) if pool.id.is_none() => texts_without_a_sender(pool, messages)
            .chain(codes_that_nobody_is_asked_for(pool, messages))
            .collect(),
        _ => Vec::new(),
    }
}

fn texts_without_a_sender<'a>(
    pool: &'a UserPool,
    messages: &'a Messages,
) -> impl Iterator<Item = Problem> + 'a {
    let verification = messages.verification.as_ref().is_some_and(|texts| texts.sms.is_some());
    let invitation = messages.invitation.as_ref().is_some_and(|texts| texts.sms.is_some());
    [("verification", verification), ("invitation", invitation)]
        .into_iter()
        .filter(|(_, has_text)| *has_text && pool.sms.is_none())
        .map(|(occasion, _)| {
            let message =
                "is sent to nobody while the pool sends no text messages: set userPool.sms, or leave it out";
            problem(format!("/userPool/messages/{occasion}/sms"), message)
        })
}

fn codes_that_nobody_is_asked_for<'a>(
    pool: &'a UserPool,
    messages: &'a Messages,
) -> impl Iterator<Item = Problem> + 'a {
    let texts = messages.sign_in_code.as_ref();
    let is_asked = |factor| pool.mfa != Mfa::Off && pool.second_factors.has(factor);
    [
        ("email", "EMAIL", texts.is_some_and(|texts| texts.email.is_some()), is_asked(SecondFactor::Email)),
        ("sms", "SMS", texts.is_some_and(|texts| texts.sms.is_some()), is_asked(SecondFactor::Sms)),
    ]
    .into_iter()
    .filter(|(_, _, has_text, is_asked)| *has_text && !is_asked)
    .map(|(field, factor, _, _)| {
        let message = format!(
            "is sent to nobody while {factor} is no second factor: name {factor} in userPool.secondFactors, with mfa not \
             \"OFF\", or leave it out"
        );
        problem(format!("/userPool/messages/signInCode/{field}"), message)
    })
}
