//! Times of the key sets that do not go together.

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

/// While a key server hangs, a fetch holds those who come while it runs, for `timeoutMillis` at most (a second try
/// included); those who come in the cooldown after its end are not held. So that callers who come at an even pace
/// are held in every second call at most, the cooldown is as long as the fetch may take, or longer.
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
