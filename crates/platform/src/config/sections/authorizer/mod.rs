//! The section `authorizer` of `config.json`: which tokens the gate accepts, and who may call what.
//!
//! Checks across settings are in `check/authorizer/`.

use serde::Deserialize;

use crate::config::{Integer, NonEmpty, ReservedConcurrency};
use crate::identity::TokenUse;

mod algorithm;
mod claim;
mod issuer;
mod jwks;
mod route;
mod rule;

pub use algorithm::Algorithm;
pub use claim::{ClaimCondition, ClaimConditions, ClaimPath, ClaimValue};
pub use issuer::{Issuer, IssuerClaims, Kind};
pub use jwks::Jwks;
pub use route::{Method, Route};
pub use rule::{Condition, IssuerName, Rule};

/// Which tokens the gate accepts, and what it grants.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Authorizer {
    /// The uses of the own pool's tokens that are accepted.
    pub token_use: NonEmpty<TokenUse>,
    /// Further issuers besides the stack's own pool.
    pub issuers: Vec<Issuer>,
    /// The clock skew that is allowed for `exp` and `nbf`, in seconds.
    pub leeway_seconds: Integer<0, 300>,
    /// How the gate gets and keeps the issuers' public keys.
    pub jwks: Jwks,
    /// How long API Gateway may reuse an answer for the same token, in seconds. 0: not at all.
    pub result_ttl_seconds: Integer<0, 3600>,
    /// The number of concurrent calls that are reserved for the authorizer. It cannot have more than that either.
    /// `null`: it shares the account's quota. Lambda requires that 100 calls of the quota are left unreserved, and a
    /// new account may have only 10: there the deploy fails until the quota is raised.
    pub reserved_concurrency: Option<ReservedConcurrency>,
    /// Who may call what. If no rule grants a route, nobody can call it.
    pub rules: Vec<Rule>,
    /// The claims that are passed on to the services, all in the value `claims` of the context.
    pub context: Vec<ClaimPath>,
}

impl Default for Authorizer {
    fn default() -> Self {
        Self {
            token_use: NonEmpty::one(TokenUse::Access),
            issuers: Vec::new(),
            leeway_seconds: Integer::preset(0),
            jwks: Jwks::default(),
            result_ttl_seconds: Integer::preset(300),
            reserved_concurrency: None,
            rules: Vec::new(),
            context: Vec::new(),
        }
    }
}
