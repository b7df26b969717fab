//! The checks of the section `userPool`.

use super::problem;
use crate::config::{Config, UserPool};
use crate::document::Problem;

mod devices;
mod email;
mod messages;
mod own_pool;
mod plan;
mod second_factor;
mod sms;
mod threat_protection;

pub(super) fn check(config: &Config) -> Vec<Problem> {
    let pool = &config.user_pool;
    let mut problems = own_pool::check(pool);
    problems.extend(pool_and_client_go_together(pool));
    problems.extend(plan::check(config));
    problems.extend(email::check(config));
    problems.extend(sms::check(config));
    problems.extend(second_factor::check(config));
    problems.extend(messages::check(config));
    problems.extend(threat_protection::check(pool));
    problems.extend(devices::check(pool));
    problems
}

fn pool_and_client_go_together(pool: &UserPool) -> Option<Problem> {
    match (&pool.id, &pool.client_id) {
        (Some(_), None) => Some(problem(
            "/userPool/clientId",
            "an existing pool needs its app client: set clientId, or set id to null to have both made",
        )),
        (None, Some(_)) => Some(problem(
            "/userPool/id",
            "an existing app client needs its pool: set id, or set clientId to null to have both made",
        )),
        _ => None,
    }
}
