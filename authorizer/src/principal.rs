//! The caller, as far as rules may see them. It is one value, so that a new condition needs one more field
//! here and nowhere else.
//!
//! A principal does not say whether anybody verified it. `VerifiedClaims` contains a verified one, and only
//! `VerifiedClaims` can become an answer to the gateway. A principal must never contain anything of the
//! request: API Gateway reuses an answer for all routes.

use std::collections::BTreeSet;

use platform::config::{Authorizer, ClaimConditions, ClaimPath};
use platform::identity::Identity;
use serde_json::{Map, Value};

/// The claim that says when the user signed in (`OpenID` Connect Core section 2).
pub const AUTH_TIME: &str = "auth_time";

/// A caller, as rules see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// What the services are told about the caller.
    pub identity: Identity,
    /// `aud`.
    pub audiences: Vec<String>,
    /// The claims that the configuration uses, complete and under their own names: see [`Wanted`].
    pub claims: Map<String, Value>,
}

impl Principal {
    /// When the user signed in, in seconds since the epoch.
    #[must_use]
    pub fn signed_in_at(&self) -> Option<u64> {
        self.claims.get(AUTH_TIME).and_then(Value::as_u64)
    }
}

/// The claims that a configuration uses, beyond those that are read from every token. Nothing else of a token
/// is kept.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    claims: Vec<String>,
    context: Vec<ClaimPath>,
}

impl Wanted {
    /// The claims that a configuration's rules and context use.
    #[must_use]
    pub fn of(config: &Authorizer) -> Self {
        let conditions =
            config.rules.iter().flat_map(|rule| &rule.claims).flat_map(ClaimConditions::as_slice);
        let paths = conditions.map(|(path, _)| path).chain(&config.context).map(ClaimPath::claim);
        let needs_time = config.rules.iter().any(|rule| rule.max_auth_age_seconds.is_some());
        let claims: BTreeSet<&str> = paths.chain(needs_time.then_some(AUTH_TIME)).collect();
        Self { claims: claims.into_iter().map(str::to_owned).collect(), context: config.context.clone() }
    }

    /// Whether the configuration uses this claim.
    pub(crate) fn has(&self, claim: &str) -> bool {
        self.claims.iter().any(|own| own == claim)
    }

    /// Of these claims, those that the configuration uses.
    pub(crate) fn pick(&self, claims: &Map<String, Value>) -> Map<String, Value> {
        self.claims.iter().filter_map(|name| Some((name.clone(), claims.get(name)?.clone()))).collect()
    }

    /// The claims that are handed on to the services, under the names that the configuration gives them.
    #[must_use]
    pub fn handed_on(&self, claims: &Map<String, Value>) -> Map<String, Value> {
        self.context
            .iter()
            .filter_map(|path| Some((path.as_str().to_owned(), path.find(claims)?.clone())))
            .collect()
    }
}
