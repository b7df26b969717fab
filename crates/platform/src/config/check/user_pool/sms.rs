//! Checks that a pool can send text messages from its region and sender.
//!
//! Otherwise Cognito refuses them when it makes or changes the pool, and the whole deploy is rolled back. The file
//! does not say whether the account may send text messages, and to whom.

use super::problem;
use crate::config::{Config, Sms, sends_directly, sms_regions};
use crate::document::Problem;

pub(super) fn check(config: &Config) -> Vec<Problem> {
    let Some(sms) = &config.user_pool.sms else { return Vec::new() };
    if config.user_pool.id.is_some() {
        return Vec::new();
    }
    let own = config.region.as_str();
    [region_is_one_of_cognito_s(own, sms), sender_is_in_the_own_region(own, sms)]
        .into_iter()
        .flatten()
        .collect()
}

fn region_is_one_of_cognito_s(own: &str, sms: &Sms) -> Option<Problem> {
    let region = sms.region.as_ref()?;
    // A pool with its own sender does not use Amazon SNS or its region.
    let taken = if sms.origination_identity.is_some() { vec![own] } else { sms_regions(own) };
    (!taken.contains(&region.as_str())).then(|| {
        let message = format!(
            "is {region}, from which a pool in {own} cannot send: set it to {}, or leave it out",
            taken.join(" or ")
        );
        problem("/userPool/sms/region", message)
    })
}

fn sender_is_in_the_own_region(own: &str, sms: &Sms) -> Option<Problem> {
    let sender = sms.origination_identity.as_ref()?;
    let message = if !sends_directly(own) {
        format!("cannot be named for a pool in {own}, which sends through Amazon SNS alone: leave it out")
    } else if sender.region() != own {
        format!(
            "is in {}, and Cognito sends as one of the pool's own region alone: name one of {own}",
            sender.region()
        )
    } else {
        return None;
    };
    Some(problem("/userPool/sms/originationIdentity", message))
}
