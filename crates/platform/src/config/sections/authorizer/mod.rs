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

/// What the gate accepts, and what it grants for it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Authorizer {
    /// Which tokens of the stack's own pool are accepted.
    pub token_use: NonEmpty<TokenUse>,
    /// Further issuers, beside the stack's own pool.
    pub issuers: Vec<Issuer>,
    /// Clock skew that `exp` and `nbf` are allowed, in seconds.
    pub leeway_seconds: Integer<0, 300>,
    /// How the issuers' public keys are got and kept.
    pub jwks: Jwks,
    /// How long API Gateway may reuse an answer for the same token, in seconds. 0: not at all.
    pub result_ttl_seconds: Integer<0, 3600>,
    /// How many calls at once the account keeps for the authorizer; it then gets no more either. `null`: it shares what
    /// the account has. Lambda wants 100 of the account's number left unreserved, and a new account may have 10 in all:
    /// there a deploy fails until the quota is raised.
    pub reserved_concurrency: Option<ReservedConcurrency>,
    /// Who may call what. A route that no rule grants is closed.
    pub rules: Vec<Rule>,
    /// Claims that are handed on to the services, all in one value `claims` of the context.
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
