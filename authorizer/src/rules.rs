//! What the configuration grants to a caller.
//!
//! Pure, and independent of the request: the grant is the same for every method and path, because API Gateway
//! reuses it for all of them.

use std::collections::BTreeSet;

use platform::config::{ClaimConditions, ClaimPath, Condition, IssuerName, Route, Rule};
use platform::identity::{Authority, Names};

use crate::clock::UnixTime;
use crate::principal::Principal;
use crate::token::{ISSUED_AHEAD, VerifiedClaims};

/// The rules of a configuration.
#[derive(Debug, Clone)]
pub struct Rules(Vec<CompiledRule>);

/// A rule, and the resources of its routes. The resources are rendered once, not for each token.
#[derive(Debug, Clone, PartialEq)]
struct CompiledRule {
    rule: Rule,
    resources: Vec<String>,
}

/// What a caller may use: the routes of at least one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant<'r>(Vec<&'r CompiledRule>);

/// Why the bearer of a valid token may not use any route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenyReason {
    /// The caller does not meet the conditions of any rule.
    NoRule,
    /// The identity is too large for an answer that API Gateway would accept.
    IdentityTooLarge,
    /// The identity alone would fit, but not together with the claims that the configuration hands on.
    ClaimsTooLarge,
    /// A granted resource is longer than IAM accepts, because the API's stage has a longer name than the
    /// configured one.
    ResourceTooLong,
}

impl DenyReason {
    /// A stable name for logs and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoRule => "no_rule_grants",
            Self::IdentityTooLarge => "identity_too_large",
            Self::ClaimsTooLarge => "claims_too_large",
            Self::ResourceTooLong => "resource_too_long",
        }
    }
}

impl Rules {
    /// Compiles the rules of a configuration.
    #[must_use]
    pub fn new(rules: &[Rule]) -> Self {
        let compiled = |rule: &Rule| CompiledRule {
            rule: rule.clone(),
            resources: rule.routes.as_slice().iter().flat_map(Route::resources).collect(),
        };
        Self(rules.iter().map(compiled).collect())
    }

    /// What the bearer of these claims may use.
    ///
    /// # Errors
    /// [`DenyReason::NoRule`] if the bearer may use nothing.
    pub fn decide(&self, claims: &VerifiedClaims, now: UnixTime) -> Result<Grant<'_>, DenyReason> {
        self.grant(claims.principal(), now)
    }

    /// Unites the routes of all rules whose conditions this caller meets. A grant lets nobody in by itself:
    /// an answer to the gateway needs verified claims.
    ///
    /// # Errors
    /// [`DenyReason::NoRule`] if the caller meets the conditions of no rule.
    pub fn grant(&self, principal: &Principal, now: UnixTime) -> Result<Grant<'_>, DenyReason> {
        let matching: Vec<_> =
            self.0.iter().filter(|compiled| is_met(&compiled.rule, principal, now)).collect();
        if matching.is_empty() { Err(DenyReason::NoRule) } else { Ok(Grant(matching)) }
    }

    /// Each rule with those of its conditions that this caller does not meet, in the order of the
    /// configuration.
    pub fn examine<'r>(
        &'r self,
        principal: &'r Principal,
        now: UnixTime,
    ) -> impl Iterator<Item = (&'r Rule, Vec<Unmet<'r>>)> {
        self.0.iter().map(move |CompiledRule { rule, .. }| (rule, unmet(rule, principal, now).collect()))
    }
}

/// A condition of a rule that a caller does not meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmet<'r> {
    /// The rule is for other issuers' tokens.
    Issuers,
    /// `groups`.
    Groups,
    /// `scopes`.
    Scopes,
    /// `claims`, at this path.
    Claim(&'r ClaimPath),
    /// `audiences`.
    Audiences,
    /// `clients`.
    Clients,
    /// `tokenUse`.
    TokenUse,
    /// `maxAuthAgeSeconds`.
    AuthAge,
}

impl Unmet<'_> {
    /// The member of the rule that has the condition.
    #[must_use]
    pub const fn member(self) -> &'static str {
        match self {
            Self::Issuers => "issuers",
            Self::Groups => "groups",
            Self::Scopes => "scopes",
            Self::Claim(_) => "claims",
            Self::Audiences => "audiences",
            Self::Clients => "clients",
            Self::TokenUse => "tokenUse",
            Self::AuthAge => "maxAuthAgeSeconds",
        }
    }
}

fn is_met(rule: &Rule, principal: &Principal, now: UnixTime) -> bool {
    unmet(rule, principal, now).next().is_none()
}

/// The only function that checks a rule's conditions against a caller. It checks the issuer first: the claims
/// of a wrong issuer do not count.
fn unmet<'r>(rule: &'r Rule, principal: &'r Principal, now: UnixTime) -> impl Iterator<Item = Unmet<'r>> {
    const ALL: [Unmet<'static>; 7] = [
        Unmet::Issuers,
        Unmet::Groups,
        Unmet::Scopes,
        Unmet::Audiences,
        Unmet::Clients,
        Unmet::TokenUse,
        Unmet::AuthAge,
    ];
    let conditions = ALL.into_iter().filter(move |condition| !holds(*condition, rule, principal, now));
    let claims = rule.claims.iter().flat_map(ClaimConditions::as_slice);
    let claims = claims.filter(|(path, condition)| !condition.is_met_by(path.find(&principal.claims)));
    conditions.chain(claims.map(|(path, _)| Unmet::Claim(path)))
}

/// A condition that is absent holds. A condition that is present is not empty; the configuration's check
/// makes sure of that.
fn holds(condition: Unmet<'_>, rule: &Rule, principal: &Principal, now: UnixTime) -> bool {
    let identity = &principal.identity;
    match condition {
        Unmet::Issuers => match &rule.issuers {
            None => identity.is_home(),
            Some(names) => names.as_slice().iter().any(|name| is_of(name, principal)),
        },
        Unmet::Groups => has(rule.groups.as_ref(), &identity.groups),
        Unmet::Scopes => has(rule.scopes.as_ref(), &identity.scopes),
        Unmet::Audiences => rule.audiences.as_ref().is_none_or(|wanted| {
            let is_for = |audience: &String| wanted.as_slice().iter().any(|own| own.as_str() == audience);
            principal.audiences.iter().any(is_for)
        }),
        Unmet::Clients => rule.clients.as_ref().is_none_or(|wanted| {
            let is_of = |client: &str| wanted.as_slice().iter().any(|own| own.as_str() == client);
            identity.client_id.as_deref().is_some_and(is_of)
        }),
        Unmet::TokenUse => {
            rule.token_use.as_ref().is_none_or(|uses| uses.as_slice().contains(&identity.token_use))
        }
        Unmet::AuthAge => rule.max_auth_age_seconds.is_none_or(|most| {
            principal.signed_in_at().is_some_and(|at| is_within(at, most.get(), now.secs()))
        }),
        // The claims are checked one by one, elsewhere.
        Unmet::Claim(_) => true,
    }
}

fn is_of(name: &IssuerName, principal: &Principal) -> bool {
    match name {
        IssuerName::Own => principal.identity.authority == Authority::Own,
        IssuerName::Listed(issuer) => issuer.as_str() == principal.identity.issuer,
    }
}

/// A sign-in in the future does not count, apart from the difference that clocks may have.
const fn is_within(at: u64, most: u64, now: u64) -> bool {
    at <= now.saturating_add(ISSUED_AHEAD) && now.saturating_sub(at) <= most
}

impl<'r> Grant<'r> {
    /// The granted routes, as the configuration writes them: each route once, in a fixed order.
    pub fn routes(&self) -> impl Iterator<Item = &'r Route> {
        let routes: BTreeSet<_> =
            self.0.iter().flat_map(|compiled| compiled.rule.routes.as_slice()).collect();
        routes.into_iter()
    }

    /// The last part of each granted resource, for example `GET/orders/*`. None appears twice.
    #[must_use]
    pub fn resources(&self) -> BTreeSet<&'r str> {
        self.0.iter().flat_map(|compiled| &compiled.resources).map(String::as_str).collect()
    }
}

fn has(condition: Option<&Condition>, names: &Names) -> bool {
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
    use platform::identity::{Identity, TokenUse};
    use serde_json::{Map, Value, json};

    use super::*;

    fn rules(rules: &Value) -> Rules {
        let config = Config::parse(&json!({ "authorizer": { "rules": rules } }).to_string()).unwrap();
        Rules::new(&config.authorizer.rules)
    }

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
    const PARTNER: &str = "https://partner.example/pool";

    fn principal(groups: &str, scopes: &str) -> Principal {
        Principal {
            identity: Identity {
                subject: "s".to_owned(),
                username: None,
                token_use: TokenUse::Access,
                client_id: Some("web".to_owned()),
                groups: Names::parse(groups).unwrap(),
                scopes: Names::parse(scopes).unwrap(),
                issuer: "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_own".to_owned(),
                authority: Authority::Own,
                expires_at: 0,
                token_id: None,
                claims: Map::new(),
            },
            audiences: vec!["https://api".to_owned()],
            claims: Map::new(),
        }
    }

    fn of(issuer: &str, authority: Authority, groups: &str) -> Principal {
        let mut principal = principal(groups, "");
        principal.identity.issuer = issuer.to_owned();
        principal.identity.authority = authority;
        principal
    }

    fn granted_to(rules: &Rules, principal: &Principal) -> Vec<String> {
        let grant = rules.grant(principal, NOW);
        grant.map_or_else(|_| Vec::new(), |grant| grant.routes().map(ToString::to_string).collect())
    }

    fn granted(rules: &Rules, groups: &str, scopes: &str) -> Vec<String> {
        granted_to(rules, &principal(groups, scopes))
    }

    /// Whether a caller meets the only condition of a rule.
    fn is_met_by(condition: &Value, principal: &Principal) -> bool {
        let mut rule = condition.clone();
        rule["routes"] = json!(["GET /a"]);
        let issuers = json!([{
            "issuer": PARTNER, "jwksUri": "https://partner.example/keys", "clientIds": ["p"], "kind": "oidc",
            "audiences": ["x"], "claims": { "groups": "roles" },
        }]);
        let authorizer = json!({ "rules": [rule], "issuers": issuers, "tokenUse": ["access", "id"] });
        let config = Config::parse(&json!({ "authorizer": authorizer }).to_string()).unwrap();
        let rules = Rules::new(&config.authorizer.rules);
        let is_met = rules.grant(principal, NOW).is_ok();
        let (_, unmet) = rules.examine(principal, NOW).next().unwrap();
        assert_eq!(unmet.is_empty(), is_met, "{condition}");
        let is_of_rule = |unmet: &Unmet<'_>| condition.get(unmet.member()).is_some();
        assert!(
            unmet.iter().all(|unmet| is_of_rule(unmet) || *unmet == Unmet::Issuers),
            "{condition}: {unmet:?}"
        );
        is_met
    }

    #[test]
    fn a_rule_is_for_its_named_issuers_or_else_the_own_pool() {
        let own = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_own";
        let admins = json!({ "groups": { "anyOf": ["admins"] } });
        assert!(is_met_by(&admins, &of(own, Authority::Own, "admins")));
        assert!(is_met_by(&admins, &of(PARTNER, Authority::Sole, "admins")));
        assert!(
            !is_met_by(&admins, &of(PARTNER, Authority::Named, "admins")),
            "a partner makes nobody an admin"
        );
        assert!(!is_met_by(&json!({}), &of(PARTNER, Authority::Named, "")), "not even without a condition");
        let partner = json!({ "issuers": [PARTNER], "groups": { "anyOf": ["admins"] } });
        assert!(is_met_by(&partner, &of(PARTNER, Authority::Named, "admins")));
        assert!(!is_met_by(&partner, &of(PARTNER, Authority::Named, "")));
        assert!(!is_met_by(&partner, &of("https://partner.example/pool/", Authority::Named, "admins")));
        assert!(!is_met_by(&partner, &of(own, Authority::Own, "admins")), "the own pool is not named");
        let own_alone = json!({ "issuers": ["own"] });
        assert!(is_met_by(&own_alone, &of(own, Authority::Own, "")));
        assert!(!is_met_by(&own_alone, &of(own, Authority::Sole, "")));
        let both = json!({ "issuers": ["own", PARTNER] });
        assert!(
            is_met_by(&both, &of(own, Authority::Own, ""))
                && is_met_by(&both, &of(PARTNER, Authority::Named, ""))
        );
    }

    #[test]
    fn each_condition_asks_for_its_own_claim() {
        let mut ann = principal("", "");
        ann.claims = json!({ "custom:plan": "pro", "auth_time": NOW.secs() - 100, "a": { "b": ["x", "y"] } })
            .as_object()
            .unwrap()
            .clone();
        for (condition, is_met) in [
            (json!({ "claims": { "custom:plan": { "anyOf": ["free", "pro"] } } }), true),
            (json!({ "claims": { "custom:plan": { "anyOf": ["free"] } } }), false),
            (
                json!({ "claims": { "a.b": { "allOf": ["y", "x"] }, "custom:plan": { "anyOf": ["pro"] } } }),
                true,
            ),
            (json!({ "claims": { "a.b": { "allOf": ["y"] }, "custom:plan": { "anyOf": ["free"] } } }), false),
            (json!({ "claims": { "missing": { "anyOf": ["x"] } } }), false),
            (json!({ "audiences": ["https://other", "https://api"] }), true),
            (json!({ "audiences": ["https://api/"] }), false),
            (json!({ "clients": ["web"] }), true),
            (json!({ "clients": ["Web", "we"] }), false),
            (json!({ "tokenUse": ["access"] }), true),
            (json!({ "tokenUse": ["id"] }), false),
            (json!({ "maxAuthAgeSeconds": 300 }), true),
        ] {
            assert_eq!(is_met_by(&condition, &ann), is_met, "{condition}");
        }
        let nobody = Principal { audiences: Vec::new(), ..principal("", "") };
        assert!(!is_met_by(&json!({ "audiences": ["https://api"] }), &nobody));
        let mut nameless = principal("", "");
        nameless.identity.client_id = None;
        assert!(!is_met_by(&json!({ "clients": ["web"] }), &nameless));
    }

    #[test]
    fn a_sign_in_is_recent_to_the_second_and_not_in_the_future() {
        let signed_in = |at: Value| {
            let mut principal = principal("", "");
            principal.claims = json!({ "auth_time": at }).as_object().unwrap().clone();
            is_met_by(&json!({ "maxAuthAgeSeconds": 300 }), &principal)
        };
        assert!(signed_in(json!(NOW.secs() - 300)) && !signed_in(json!(NOW.secs() - 301)));
        assert!(
            signed_in(json!(NOW.secs() + ISSUED_AHEAD)) && !signed_in(json!(NOW.secs() + ISSUED_AHEAD + 1))
        );
        assert!(
            !signed_in(json!(null)) && !signed_in(json!(NOW.secs().to_string())) && !signed_in(json!(-1))
        );
        assert!(!is_met_by(&json!({ "maxAuthAgeSeconds": 300 }), &principal("", "")));
    }

    #[test]
    fn every_condition_that_a_caller_does_not_meet_is_reported() {
        let rules = rules(&json!([{
            "routes": ["GET /a"], "groups": { "anyOf": ["g"] }, "scopes": { "anyOf": ["s"] },
            "claims": { "c": { "anyOf": ["x"] } }, "clients": ["other"], "maxAuthAgeSeconds": 300,
        }]));
        let caller = of(PARTNER, Authority::Named, "");
        let (_, unmet) = rules.examine(&caller, NOW).next().unwrap();
        let members: Vec<_> = unmet.into_iter().map(Unmet::member).collect();
        assert_eq!(members, ["issuers", "groups", "scopes", "clients", "maxAuthAgeSeconds", "claims"]);
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
    fn without_a_rule_that_is_met_nothing_is_granted() {
        let rules = rules(&json!([{ "routes": ["GET /a"], "groups": { "anyOf": ["x"] } }]));
        assert_eq!(rules.grant(&principal("", ""), NOW), Err(DenyReason::NoRule));
    }
}
