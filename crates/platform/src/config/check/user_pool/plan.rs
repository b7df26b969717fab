//! Checks that the chosen plan includes what the other settings need.
//!
//! Otherwise Cognito refuses it when it makes or changes the pool (`FeatureUnavailableInTierException`), and the
//! whole deploy is rolled back. `sections/user_pool/plan.rs` lists which setting needs which plan.

use super::problem;
use crate::config::sections::user_pool::plan::{self, Need};
use crate::config::{Config, Plan};
use crate::document::Problem;

pub(super) fn check(config: &Config) -> Option<Problem> {
    let plan = config.user_pool.plan?;
    let lacking: Vec<_> = plan::needs(config).filter(|need| need.plan > plan).collect();
    let least = lacking.iter().map(|need| need.plan).max()?;
    Some(problem("/userPool/plan", message(plan, least, &lacking)))
}

fn message(plan: Plan, least: Plan, lacking: &[&Need]) -> String {
    let settings: Vec<_> =
        lacking.iter().map(|need| format!("{} needs {}", need.setting, need.plan.as_str())).collect();
    let (named, least, settings) = (plan.as_str(), least.as_str(), settings.join(", "));
    format!(
        "is {named}, but {settings}: set it to \"{least}\", or to null for the least that the other settings need, or \
         set those settings back"
    )
}
