//! Any bytes as config.json. Reading them never panics, and every mistake has a place and one line. A
//! configuration that is accepted is also valid under config.schema.json, so that editors and the gate agree.

use std::sync::LazyLock;

use authorizer::{Issuers, Terms};
use jsonschema::Validator;
use platform::config::{Authorizer, ClaimConditions, Config, Issuer, IssuerName, Kind, NonEmpty, Rule};
use platform::document::Problems;
use serde_json::Value;
use testkit::issuer::{CLIENT, POOL};

use crate::Outcome;

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let schema = serde_json::from_str(include_str!("../../config.schema.json")).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
});

/// Reads `data` as the configuration.
pub fn run(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    match Config::parse(&text) {
        Ok(config) => {
            check_config(&config, &text);
            Outcome::Accepted
        }
        Err(problems) => {
            check_problems(&problems);
            Outcome::Refused
        }
    }
}

fn check_config(config: &Config, text: &str) {
    let document: Value = serde_json::from_str(text).expect("JSON");
    if let Err(error) = SCHEMA.validate(&document) {
        panic!("the schema refuses it: {error}");
    }
    let jwks = &config.authorizer.jwks;
    assert!(jwks.max_stale_seconds.get() >= jwks.ttl_seconds.get());
    assert_eq!(config.user_pool.id.is_some(), config.user_pool.client_id.is_some());
    assert!(config.authorizer.issuers.iter().all(|issuer| issuer.jwks_url().is_some()));
    for rule in &config.authorizer.rules {
        check_rule(rule, &config.authorizer);
    }
    let env = |name: &str| match name {
        "USER_POOL_ID" => Some(POOL.to_owned()),
        "USER_POOL_CLIENT_ID" => Some(CLIENT.to_owned()),
        _ => None,
    };
    if let Ok(issuers) = Issuers::new(config, env) {
        // The own pool has two forms of its issuer in its own region, and two in each region that it is
        // replicated to.
        let forms = issuers.iter().filter(|issuer| issuer.is_own()).count();
        assert!(forms >= 2 && forms <= 2 + 2 * config.user_pool.replica_regions.len());
        assert_eq!(issuers.iter().count(), config.authorizer.issuers.len() + forms);
        for issuer in issuers.iter() {
            let is_held_to_something = match &issuer.terms {
                Terms::Cognito { client_ids, token_use } => !client_ids.is_empty() && !token_use.is_empty(),
                Terms::Oidc { audiences, client_ids, .. } => !audiences.is_empty() || !client_ids.is_empty(),
            };
            assert!(is_held_to_something && !issuer.algorithms.is_empty(), "{}", issuer.issuer);
        }
    }
}

/// A rule has conditions, and none that nobody can meet.
fn check_rule(rule: &Rule, authorizer: &Authorizer) {
    let named = rule.issuers.iter().flat_map(NonEmpty::as_slice);
    let listed = named.filter_map(|name| match name {
        IssuerName::Own => None,
        IssuerName::Listed(issuer) => Some(authorizer.issuers.iter().find(|entry| entry.issuer == *issuer)),
    });
    let listed: Vec<&Issuer> = listed.map(|entry| entry.expect("an issuer that is listed")).collect();
    for condition in rule.groups.iter().chain(&rule.scopes) {
        assert!(condition.any_of.is_some() || condition.all_of.is_some(), "a condition on nothing");
    }
    for (place, condition) in rule.claims.iter().flat_map(ClaimConditions::as_slice) {
        assert!(condition.any_of.is_some() || condition.all_of.is_some(), "{place} asked for nothing");
        assert!(!place.claim().is_empty());
    }
    if let Some(age) = rule.max_auth_age_seconds {
        assert!(age.get() >= authorizer.result_ttl_seconds.get(), "an answer outlives the sign-in");
    }
    let is_for_own = rule.issuers.as_ref().is_none_or(|names| names.as_slice().contains(&IssuerName::Own));
    let has_groups = |entry: &&Issuer| {
        entry.kind == Kind::Cognito || entry.claims.as_ref().is_some_and(|claims| claims.groups.is_some())
    };
    assert!(rule.groups.is_none() || is_for_own || listed.iter().any(has_groups), "groups that nobody has");
}

fn check_problems(problems: &Problems) {
    let list = problems.as_slice();
    assert!(!list.is_empty(), "refused without a reason");
    for problem in list {
        assert!(problem.pointer.is_empty() || problem.pointer.starts_with('/'), "{}", problem.pointer);
        assert!(!problem.message.is_empty(), "a problem without words");
    }
    let lines = problems.to_string();
    assert_eq!(lines.lines().count(), list.len(), "not one line a problem: {lines}");
    assert!(!lines.contains(|c: char| c.is_control() && c != '\n'), "control characters: {lines:?}");
}
