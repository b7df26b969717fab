//! What the configuration grants to a caller.
//!
//! Pure, and blind to the request: the grant is the same for every method and path, because API Gateway
//! reuses it for all of them.

use std::collections::BTreeSet;

use platform::config::{Condition, Route, Rule};
use platform::identity::Names;

use crate::token::VerifiedClaims;

/// The rules of a configuration.
#[derive(Debug, Clone)]
pub struct Rules(Vec<Rule>);

/// The routes that a caller may use: at least one, each once, in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant<'r>(BTreeSet<&'r Route>);

/// A valid token's bearer may not use any route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No rule's conditions are met.
    NoRule,
    /// The identity does not fit in an answer that API Gateway would take.
    IdentityTooLarge,
    /// A granted resource is longer than IAM takes: the API is on a stage with a longer name than the
    /// configured one.
    ResourceTooLong,
}

impl Refusal {
    /// A stable name for logs and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoRule => "no_rule_grants",
            Self::IdentityTooLarge => "identity_too_large",
            Self::ResourceTooLong => "resource_too_long",
        }
    }
}

impl Rules {
    /// Takes the rules of a configuration.
    #[must_use]
    pub fn new(rules: &[Rule]) -> Self {
        Self(rules.to_vec())
    }

    /// Unites the routes of all rules whose conditions the claims meet.
    ///
    /// # Errors
    /// [`Refusal::NoRule`] when there is no such rule.
    pub fn decide(&self, claims: &VerifiedClaims) -> Result<Grant<'_>, Refusal> {
        let identity = claims.identity();
        let met = |rule: &&Rule| {
            is_met(rule.groups.as_ref(), &identity.groups) && is_met(rule.scopes.as_ref(), &identity.scopes)
        };
        let routes: BTreeSet<_> = self.0.iter().filter(met).flat_map(|rule| rule.routes.as_slice()).collect();
        if routes.is_empty() { Err(Refusal::NoRule) } else { Ok(Grant(routes)) }
    }
}

impl Grant<'_> {
    /// The last part of each resource that is granted: `GET/orders/*`, for example. None twice.
    #[must_use]
    pub fn resources(&self) -> BTreeSet<String> {
        self.0.iter().flat_map(|route| route.resources()).collect()
    }
}

/// A condition that is not there is met; one that is there asks for something, which the configuration's
/// check sees to.
fn is_met(condition: Option<&Condition>, names: &Names) -> bool {
    let Some(condition) = condition else { return true };
    let any = condition
        .any_of
        .as_ref()
        .is_none_or(|any| any.as_slice().iter().any(|name| names.contains(name.as_str())));
    let all = condition
        .all_of
        .as_ref()
        .is_none_or(|all| all.as_slice().iter().all(|name| names.contains(name.as_str())));
    any && all
}
