//! How the gate gets the issuers' public keys, and how long it keeps them.

use serde::Deserialize;

use crate::config::Integer;

/// How the issuers' public keys are got and kept.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Jwks {
    /// How long a fetched set counts as fresh.
    pub ttl_seconds: Integer<60, 86_400>,
    /// How long a set may be used while no newer one can be got. Not under `ttlSeconds`.
    pub max_stale_seconds: Integer<60, 604_800>,
    /// The least time between the end of one fetch from an issuer and the next that an unknown `kid` or a fault can
    /// cause. Not under `timeoutMillis`, so that a key server that hangs holds a caller no more than once in two calls.
    /// While there is no set, the pauses grow up to this.
    pub cooldown_seconds: Integer<1, 3600>,
    /// The whole time of one fetch, a second try included.
    pub timeout_millis: Integer<100, 4000>,
    /// The largest set that is read.
    pub max_bytes: Integer<1_000, 1_000_000>,
    /// A JWK Set file to use for the stack's own pool instead of fetching.
    pub file: Option<String>,
}

impl Default for Jwks {
    fn default() -> Self {
        Self {
            ttl_seconds: Integer::preset(3600),
            max_stale_seconds: Integer::preset(86_400),
            cooldown_seconds: Integer::preset(10),
            timeout_millis: Integer::preset(1500),
            max_bytes: Integer::preset(150_000),
            file: None,
        }
    }
}
