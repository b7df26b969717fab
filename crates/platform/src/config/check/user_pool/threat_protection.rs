//! Checks that threat protection can know the addresses of callers.
//!
//! All sign-ins reach Cognito from the auth service, which has to pass on the callers' addresses. Otherwise Cognito
//! would take all of them for one caller. Cognito accepts an address only from an app client with a secret.

use super::problem;
use crate::config::UserPool;
use crate::document::Problem;

/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html#CognitoUserPools-CreateUserPoolClient-request-EnablePropagateAdditionalUserContextData>
pub(super) fn check(pool: &UserPool) -> Option<Problem> {
    (pool.threat_protection.is_on() && !pool.client_secret).then(|| {
        let message = format!(
            "is {} without userPool.clientSecret: Cognito takes the address of whoever signs in only of an app client with a \
             secret, and would judge everybody by the address of the auth service. Set clientSecret to true (which \
             replaces the client of a deployed stack), or this to \"OFF\"",
            pool.threat_protection.as_str()
        );
        problem("/userPool/threatProtection", message)
    })
}
