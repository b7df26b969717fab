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
pub struct Rules(Vec<Granting>);

/// A rule, and what its routes come to as resources: spelled out once, not for each token.
#[derive(Debug, Clone, PartialEq)]
struct Granting {
    rule: Rule,
    resources: Vec<String>,
}

/// What a caller may use: the routes of at least one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant<'r>(Vec<&'r Granting>);

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
        let granting = |rule: &Rule| Granting {
            rule: rule.clone(),
            resources: rule.routes.as_slice().iter().flat_map(Route::resources).collect(),
        };
        Self(rules.iter().map(granting).collect())
    }

    /// What the bearer of these claims may use.
    ///
    /// # Errors
    /// [`Refusal::NoRule`] when that is nothing.
    pub fn decide(&self, claims: &VerifiedClaims) -> Result<Grant<'_>, Refusal> {
        let identity = claims.identity();
        self.grant(&identity.groups, &identity.scopes)
    }

    /// Unites the routes of all rules whose conditions these groups and scopes meet. It says what the
    /// configuration grants, and lets nobody in: an answer to the gateway takes verified claims.
    ///
    /// # Errors
    /// [`Refusal::NoRule`] when there is no such rule.
    pub fn grant(&self, groups: &Names, scopes: &Names) -> Result<Grant<'_>, Refusal> {
        let met: Vec<_> = self.granting(groups, scopes).map(|(_, granting)| granting).collect();
        if met.is_empty() { Err(Refusal::NoRule) } else { Ok(Grant(met)) }
    }

    /// The rules whose conditions these groups and scopes meet, each with its place in the configuration's
    /// list, which counts from 0.
    pub fn met(&self, groups: &Names, scopes: &Names) -> impl Iterator<Item = (usize, &Rule)> {
        self.granting(groups, scopes).map(|(place, granting)| (place, &granting.rule))
    }

    fn granting(&self, groups: &Names, scopes: &Names) -> impl Iterator<Item = (usize, &Granting)> {
        self.0.iter().enumerate().filter(|(_, Granting { rule, .. })| {
            is_met(rule.groups.as_ref(), groups) && is_met(rule.scopes.as_ref(), scopes)
        })
    }
}

impl<'r> Grant<'r> {
    /// What is granted, as the configuration writes it: each route once, in a fixed order.
    pub fn routes(&self) -> impl Iterator<Item = &'r Route> {
        let routes: BTreeSet<_> =
            self.0.iter().flat_map(|granting| granting.rule.routes.as_slice()).collect();
        routes.into_iter()
    }

    /// The last part of each resource that is granted: `GET/orders/*`, for example. None twice.
    #[must_use]
    pub fn resources(&self) -> BTreeSet<&'r str> {
        self.0.iter().flat_map(|granting| &granting.resources).map(String::as_str).collect()
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

#[cfg(test)]
mod tests {
    use platform::config::Config;
    use serde_json::{Value, json};

    use super::*;

    fn rules(rules: &Value) -> Rules {
        let config = Config::parse(&json!({ "authorizer": { "rules": rules } }).to_string()).unwrap();
        Rules::new(&config.authorizer.rules)
    }

    fn granted(rules: &Rules, groups: &str, scopes: &str) -> Vec<String> {
        let grant = rules.grant(&Names::parse(groups).unwrap(), &Names::parse(scopes).unwrap());
        grant.map_or_else(|_| Vec::new(), |grant| grant.routes().map(ToString::to_string).collect())
    }

    #[test]
    fn the_routes_of_all_rules_that_are_met_are_united() {
        let rules = rules(&json!([
            { "routes": ["GET /a"] },
            { "routes": ["GET /a", "* /b/*"], "groups": { "anyOf": ["x", "y"] } },
            { "routes": ["PUT /c"], "groups": { "allOf": ["x", "y"] }, "scopes": { "anyOf": ["s"] } },
        ]));
        assert_eq!(granted(&rules, "", ""), ["GET /a"]);
        assert_eq!(granted(&rules, "y", ""), ["* /b/*", "GET /a"]);
        assert_eq!(granted(&rules, "x y", ""), ["* /b/*", "GET /a"]);
        assert_eq!(granted(&rules, "x y", "s"), ["* /b/*", "GET /a", "PUT /c"]);
        assert_eq!(granted(&rules, "x", "s"), ["* /b/*", "GET /a"]);
    }

    #[test]
    fn a_rule_keeps_its_place_in_the_file() {
        let rules = rules(&json!([
            { "routes": ["GET /a"], "groups": { "anyOf": ["x"] } },
            { "routes": ["GET /b"] },
            { "routes": ["GET /c"], "scopes": { "anyOf": ["s"] } },
        ]));
        let (none, some) = (Names::default(), Names::parse("s").unwrap());
        assert_eq!(rules.met(&none, &none).map(|(place, _)| place).collect::<Vec<_>>(), [1]);
        assert_eq!(rules.met(&none, &some).map(|(place, _)| place).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn without_a_rule_that_is_met_nothing_is_granted() {
        let rules = rules(&json!([{ "routes": ["GET /a"], "groups": { "anyOf": ["x"] } }]));
        assert_eq!(rules.grant(&Names::default(), &Names::default()), Err(Refusal::NoRule));
    }
}
