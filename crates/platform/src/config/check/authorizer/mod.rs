//! The checks of the section `authorizer`.

use super::problem;
use crate::config::Config;
use crate::document::Problem;

mod issuers;
mod jwks;
mod policy_size;
mod rules;

pub use policy_size::{ANSWER_LIMIT, RESOURCE_LIMIT, WEB_SOCKET_ANSWER_LIMIT};

pub(super) fn check(config: &Config) -> Vec<Problem> {
    let authorizer = &config.authorizer;
    let mut problems = issuers::check(&authorizer.issuers);
    problems.extend(jwks::check(&authorizer.jwks));
    problems.extend(rules::check(authorizer));
    problems.extend(policy_size::check(config));
    problems
}
