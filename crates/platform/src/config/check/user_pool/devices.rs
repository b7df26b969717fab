//! Checks that remembered devices have a second factor to replace.

use super::problem;
use crate::config::{Mfa, UserPool};
use crate::document::Problem;

/// Cognito's console does not offer it without MFA. The documentation of the API says that devices replace the second
/// factor only if MFA is active.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-device-tracking.html>
pub(super) fn check(pool: &UserPool) -> Option<Problem> {
    let skips = pool.devices.is_some_and(|devices| devices.skip_second_factor);
    (skips && pool.mfa == Mfa::Off).then(|| {
        let message = "skips a second factor, and userPool.mfa is OFF, so nobody is asked for one: set mfa to OPTIONAL or \
                       ON, or this to false";
        problem("/userPool/devices/skipSecondFactor", message)
    })
}
