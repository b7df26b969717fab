//! Refuses issuers without a place for their keys, with settings of another kind, or listed twice.

use std::collections::BTreeSet;

use super::problem;
use crate::config::{Issuer, Kind};
use crate::document::Problem;

pub(super) fn check(issuers: &[Issuer]) -> Vec<Problem> {
    let mut problems = issuers_differ(issuers);
    for (index, issuer) in issuers.iter().enumerate() {
        problems.extend(keys_can_be_found(index, issuer));
        problems.extend(a_kind_has_its_own_terms(index, issuer));
    }
    problems
}

fn keys_can_be_found(index: usize, issuer: &Issuer) -> Option<Problem> {
    issuer.jwks_url().is_none().then(|| {
        problem(
            format!("/authorizer/issuers/{index}/jwksUri"),
            format!("{} is not a Cognito issuer, so its key set must be named: set jwksUri", issuer.issuer),
        )
    })
}

/// A setting that only the other kind of issuer has would be ignored silently.
fn a_kind_has_its_own_terms(index: usize, issuer: &Issuer) -> Vec<Problem> {
    let place = |name: &str| format!("/authorizer/issuers/{index}/{name}");
    let foreign: &[(&str, bool)] = match issuer.kind {
        Kind::Cognito => &[
            ("audiences", issuer.audiences.is_some()),
            ("algorithms", issuer.algorithms.is_some()),
            ("claims", issuer.claims.is_some()),
        ],
        Kind::Oidc => &[("tokenUse", issuer.token_use.is_some())],
    };
    let why = match issuer.kind {
        Kind::Cognito => "is for an issuer of the kind oidc: leave it out, or set kind to \"oidc\"",
        Kind::Oidc => "is for an issuer of the kind cognito: of any other, access tokens alone are accepted",
    };
    let mut problems: Vec<_> =
        foreign.iter().filter(|(_, is_there)| *is_there).map(|(name, _)| problem(place(name), why)).collect();
    problems.extend(match (issuer.kind, &issuer.client_ids, &issuer.audiences) {
        (Kind::Cognito, None, _) => {
            Some(problem(place("clientIds"), "must name the app clients whose tokens are accepted"))
        }
        // Otherwise every token that the issuer signs for any client would be accepted (RFC 8725 section 3.9).
        (Kind::Oidc, None, None) => Some(problem(
            place("audiences"),
            "must name what the API is called in aud, or clientIds the clients whose tokens are accepted",
        )),
        _ => None,
    });
    if issuer.kind == Kind::Oidc && issuer.issuer.is_cognito() {
        problems.push(problem(place("kind"), "is not \"oidc\" for a Cognito user pool: leave kind out"));
    }
    problems
}

fn issuers_differ(issuers: &[Issuer]) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    for (index, issuer) in issuers.iter().enumerate() {
        if !seen.insert(issuer.issuer.as_str()) {
            let message = format!("{} is listed before: put all its clientIds in one entry", issuer.issuer);
            problems.push(problem(format!("/authorizer/issuers/{index}/issuer"), message));
        }
    }
    problems
}
