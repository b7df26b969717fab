//! The checks of `config.json` that concern more than one field. Each is in the section whose setting it refuses.
//!
//! Each check is a function that returns its problems. No check stops another.

use super::Config;
use crate::document::Problem;

mod api;
mod auth;
mod authorizer;
mod operations;
mod region;
mod user_pool;

pub use authorizer::{ANSWER_LIMIT, RESOURCE_LIMIT, WEB_SOCKET_ANSWER_LIMIT};

pub(super) fn check(config: &Config) -> Vec<Problem> {
    let mut problems = user_pool::check(config);
    problems.extend(authorizer::check(config));
    problems.extend(api::check(config));
    problems.extend(auth::check(config));
    problems.extend(operations::check(&config.operations));
    problems.extend(region::check(config));
    problems
}

fn problem(pointer: impl Into<String>, message: impl Into<String>) -> Problem {
    Problem { pointer: pointer.into(), message: message.into() }
}
