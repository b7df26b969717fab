//! Checks the times of the key sets against each other.

use super::problem;
use crate::config::Jwks;
use crate::document::Problem;

pub(super) fn check(jwks: &Jwks) -> Vec<Problem> {
    [stale_is_not_before_fresh_ends(jwks), a_hanging_key_server_holds_no_more_than_every_second_call(jwks)]
        .into_iter()
        .flatten()
        .collect()
}

fn stale_is_not_before_fresh_ends(jwks: &Jwks) -> Option<Problem> {
    (jwks.max_stale_seconds.get() < jwks.ttl_seconds.get()).then(|| {
        problem(
            "/authorizer/jwks/maxStaleSeconds",
            format!("must not be under ttlSeconds ({}), not {}", jwks.ttl_seconds, jwks.max_stale_seconds),
        )
    })
}

/// While a key server hangs, callers wait for a running fetch, for at most `timeoutMillis` (a second try included).
/// Callers that come in the cooldown after it do not wait. If the cooldown is at least as long as a fetch may take,
/// callers that come at an even pace wait in at most every second call.
fn a_hanging_key_server_holds_no_more_than_every_second_call(jwks: &Jwks) -> Option<Problem> {
    (jwks.cooldown_seconds.get() * 1_000 < jwks.timeout_millis.get()).then(|| {
        problem(
            "/authorizer/jwks/cooldownSeconds",
            format!(
                "must not be under timeoutMillis ({} ms), not {} s: a key server that hangs would hold a caller \
                 more than once in two calls",
                jwks.timeout_millis, jwks.cooldown_seconds
            ),
        )
    })
}
