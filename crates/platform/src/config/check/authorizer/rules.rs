//! Refuses rules that nobody can meet, and conditions that require nothing.
//!
//! A rule that nobody can meet is a mistake: its author believes that it grants something. Whether the environment
//! names a pool is not known here. The gate checks that when it starts.

use super::problem;
use crate::config::{
    Authorizer, ClaimConditions, ClaimValue, Condition, Issuer, IssuerName, Kind, NonEmpty, Rule,
};
use crate::document::{Problem, pointer};
use crate::identity::TokenUse;

pub(super) fn check(authorizer: &Authorizer) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, rule) in authorizer.rules.iter().enumerate() {
        let place = format!("/authorizer/rules/{index}");
        problems.extend(conditions_ask_for_something(&place, rule));
        problems.extend(claims_can_be_met(&place, rule));
        problems.extend(issuers_are_listed(&place, rule, authorizer));
        problems.extend(somebody_meets_it(&place, rule, authorizer));
        problems.extend(a_sign_in_is_not_older_than_an_answer(&place, rule, authorizer));
    }
    problems
}

/// Everyone would meet an empty condition, and its author hardly meant that.
fn conditions_ask_for_something(place: &str, rule: &Rule) -> Vec<Problem> {
    let message = |name: &str| format!("asks for nothing: name anyOf or allOf, or leave {name} out");
    let names = [("groups", &rule.groups), ("scopes", &rule.scopes)];
    let mut problems: Vec<_> = names
        .into_iter()
        .filter(|(_, condition)| **condition == Some(Condition::default()))
        .map(|(name, _)| problem(format!("{place}/{name}"), message(name)))
        .collect();
    for (path, condition) in rule.claims.iter().flat_map(ClaimConditions::as_slice) {
        if condition.any_of.is_none() && condition.all_of.is_none() {
            problems.push(problem(claim_place(place, path.as_str()), message("the claim")));
        }
    }
    problems
}

/// A text, number or boolean is one value. Only a list of texts has several values.
fn claims_can_be_met(place: &str, rule: &Rule) -> Vec<Problem> {
    let is_text = |value: &ClaimValue| matches!(value, ClaimValue::Text(_));
    let claims = rule.claims.iter().flat_map(ClaimConditions::as_slice);
    claims
        .filter_map(|(path, condition)| {
            let all = condition.all_of.as_ref()?.as_slice();
            let is_hopeless = all.len() > 1 && !all.iter().all(is_text);
            is_hopeless.then(|| {
                let message = "can be met by nobody: only a list of texts has several values";
                problem(format!("{}/allOf", claim_place(place, path.as_str())), message)
            })
        })
        .collect()
}

fn claim_place(place: &str, claim: &str) -> String {
    [place, &pointer(&["claims", claim])].concat()
}

fn issuers_are_listed(place: &str, rule: &Rule, authorizer: &Authorizer) -> Vec<Problem> {
    let named = rule.issuers.iter().flat_map(NonEmpty::as_slice).enumerate();
    named
        .filter_map(|(index, name)| {
            let IssuerName::Listed(issuer) = name else { return None };
            let is_listed = authorizer.issuers.iter().any(|listed| listed.issuer == *issuer);
            (!is_listed).then(|| {
                let message = format!(
                    "{issuer} is none of authorizer.issuers, so nobody can meet the rule: list it there, or write \
                     \"own\" for the stack's own pool"
                );
                problem(format!("{place}/issuers/{index}"), message)
            })
        })
        .collect()
}

/// The settings of one issuer whose tokens a rule is for.
struct Terms<'c> {
    token_use: &'c [TokenUse],
    /// `None` for the own pool: the environment names its clients.
    listed: Option<&'c Issuer>,
}

/// The issuers that a rule may be for: each entry that it names, and the own pool. A rule that names none may also
/// mean the only entry, if there is no own pool.
fn meant<'c>(rule: &Rule, authorizer: &'c Authorizer) -> Vec<Terms<'c>> {
    let own = Terms { token_use: authorizer.token_use.as_slice(), listed: None };
    let listed = |issuer: &'c Issuer| Terms { token_use: issuer.token_use(), listed: Some(issuer) };
    let Some(issuers) = &rule.issuers else {
        let sole = if let [sole] = authorizer.issuers.as_slice() { Some(listed(sole)) } else { None };
        return std::iter::once(own).chain(sole).collect();
    };
    let names = |wanted: &IssuerName| issuers.as_slice().contains(wanted);
    let entries = authorizer.issuers.iter().filter(|entry| names(&IssuerName::Listed(entry.issuer.clone())));
    let own = names(&IssuerName::Own).then_some(own);
    own.into_iter().chain(entries.map(listed)).collect()
}

/// A condition, and whether a token of an issuer with these settings can ever meet it.
type CanMeet<'r> = (&'static str, bool, Box<dyn Fn(&Terms<'_>) -> bool + 'r>);

fn somebody_meets_it(place: &str, rule: &Rule, authorizer: &Authorizer) -> Vec<Problem> {
    let meant = meant(rule, authorizer);
    // Another check reports a rule for no issuer.
    if meant.is_empty() {
        return Vec::new();
    }
    let conditions: [CanMeet<'_>; 4] = [
        ("tokenUse", rule.token_use.is_some(), Box::new(|terms| has_use(rule, terms))),
        ("clients", rule.clients.is_some(), Box::new(|terms| has_client(rule, terms))),
        ("audiences", rule.audiences.is_some(), Box::new(has_audience)),
        ("groups", rule.groups.is_some(), Box::new(has_groups)),
    ];
    conditions
        .into_iter()
        .filter(|(_, is_there, can_meet)| *is_there && !meant.iter().any(can_meet))
        .map(|(name, ..)| {
            let message =
                "can be met by nobody: no issuer that the rule is for has, or is accepted with, such tokens";
            problem(format!("{place}/{name}"), message)
        })
        .collect()
}

fn has_use(rule: &Rule, terms: &Terms<'_>) -> bool {
    rule.token_use.iter().flat_map(NonEmpty::as_slice).any(|token_use| terms.token_use.contains(token_use))
}

fn has_client(rule: &Rule, terms: &Terms<'_>) -> bool {
    let Some(accepted) = terms.listed.and_then(|issuer| issuer.client_ids.as_ref()) else { return true };
    rule.clients.iter().flat_map(NonEmpty::as_slice).any(|client| accepted.as_slice().contains(client))
}

/// The gate accepts no token with an audience from an `oidc` issuer without audiences.
fn has_audience(terms: &Terms<'_>) -> bool {
    terms.listed.is_none_or(|issuer| issuer.kind == Kind::Cognito || issuer.audiences.is_some())
}

/// An `oidc` issuer has groups only if its entry says where.
fn has_groups(terms: &Terms<'_>) -> bool {
    let is_named = |issuer: &Issuer| issuer.claims.as_ref().is_some_and(|claims| claims.groups.is_some());
    terms.listed.is_none_or(|issuer| issuer.kind == Kind::Cognito || is_named(issuer))
}

/// API Gateway reuses an answer without looking at the time, so a shorter age would have no effect.
fn a_sign_in_is_not_older_than_an_answer(
    place: &str,
    rule: &Rule,
    authorizer: &Authorizer,
) -> Option<Problem> {
    let age = rule.max_auth_age_seconds?;
    (age.get() < authorizer.result_ttl_seconds.get()).then(|| {
        let message = format!(
            "must not be under authorizer.resultTtlSeconds ({}), for which API Gateway reuses an answer, not {age}",
            authorizer.result_ttl_seconds
        );
        problem(format!("{place}/maxAuthAgeSeconds"), message)
    })
}
