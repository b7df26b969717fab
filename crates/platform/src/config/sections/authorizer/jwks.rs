//! How the gate gets the issuers' public keys, and how long it keeps them.

use serde::Deserialize;

use crate::config::Integer;

/// How the gate gets and keeps the issuers' public keys.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Jwks {
    /// How long a fetched set counts as fresh.
    pub ttl_seconds: Integer<60, 86_400>,
    /// How long a set may be used if no newer one can be fetched. At least `ttlSeconds`.
    pub max_stale_seconds: Integer<60, 604_800>,
    /// The shortest time between the end of one fetch from an issuer and the next one that an unknown `kid` or an
    /// error can cause. At least `timeoutMillis`, so that a key server that hangs delays at most every second call.
    /// Without a set, the pauses grow up to this time.
    pub cooldown_seconds: Integer<1, 3600>,
    /// The longest time of one fetch, including a second try.
    pub timeout_millis: Integer<100, 4000>,
    /// The largest set that is read, in bytes.
    pub max_bytes: Integer<1_000, 1_000_000>,
    /// A file with the JWK Set of the stack's own pool. The gate then does not fetch that set.
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
