//! Refuses settings that only a pool made by the stack can have.
//!
//! Together with `userPool.id` they would be ignored silently, because the stack does not change a pool that it did
//! not make. A setting counts as set if it differs from its default.

use super::problem;
use crate::config::{SecondFactors, UserPool};
use crate::document::Problem;

pub(super) fn check(pool: &UserPool) -> Vec<Problem> {
    if pool.id.is_none() {
        return Vec::new();
    }
    [
        ("plan", "plan", pool.plan.is_some()),
        ("secondFactors", "second factors", pool.second_factors != SecondFactors::default()),
        ("passwordPolicy/historySize", "password history", pool.password_policy.history_size.get() > 0),
        ("email", "e-mail", pool.email.is_some()),
        ("sms", "text messages", pool.sms.is_some()),
        ("messages", "texts", pool.messages.is_some()),
        ("devices", "devices", pool.devices.is_some()),
    ]
    .into_iter()
    .filter(|(_, _, is_set)| *is_set)
    .map(|(field, what, _)| {
        let message = format!(
            "is for a pool that the stack makes, and userPool.id names one that it does not change: set the {what} of \
             that pool where it was made, and leave this out"
        );
        problem(format!("/userPool/{field}"), message)
    })
    .collect()
}
