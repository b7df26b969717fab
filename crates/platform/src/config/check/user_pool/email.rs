//! Checks that a pool can send mail with these settings.
//!
//! Otherwise Cognito refuses them when it makes or changes the pool, and the whole deploy is rolled back. The file
//! does not say whether the identity is verified or whether SES is out of its sandbox.

use super::problem;
use crate::config::{Config, Email, Partition};
use crate::document::Problem;

pub(super) fn check(config: &Config) -> Vec<Problem> {
    let Some(email) = &config.user_pool.email else { return Vec::new() };
    [from_is_of_the_identity(email), identity_is_within_reach(config, email)].into_iter().flatten().collect()
}

fn from_is_of_the_identity(email: &Email) -> Option<Problem> {
    let address = email.from.address();
    (!email.source_arn.covers(address)).then(|| {
        let identity = email.source_arn.identity();
        let message = format!(
            "is sent as {identity} (sourceArn), which {address} is no address of: name one of it, or another identity"
        );
        problem("/userPool/email/from", message)
    })
}

/// The pool's own region is best. Cognito also accepts some others, depending on the pool's region, and the list
/// changes. None is in another partition of AWS, where the account does not exist.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-email.html#user-pool-email-developer-region-mapping>
fn identity_is_within_reach(config: &Config, email: &Email) -> Option<Problem> {
    let (own, other) = (config.region.as_str(), email.source_arn.region());
    (Partition::of_region(own) != Partition::of_region(other)).then(|| {
        let message = format!("is in {other}, which no account of {own} reaches: name an identity of {own}");
        problem("/userPool/email/sourceArn", message)
    })
}
