//! Class 11: a series of key ids that no set has. Afterwards, both runs check that each issuer's keys were
//! fetched once for all cases of the suite together.

use authorizer::TokenError;
use serde_json::json;
use testkit::authorizer_event::event;
use testkit::issuer::KEY;

use super::fixture::{PARTNER_KEY, claims, partner_claims, signed};
use super::table::Expected::Allow;
use super::table::{Case, Class, bad};

pub(super) fn cases() -> Vec<Case> {
    let why = "the set is known, and asked for again once a cooldown and no more";
    let mut cases = Vec::new();
    for n in 0..20 {
        let header = json!({ "alg": "RS256", "kid": format!("made-up-{n}") });
        let (pool, partner) =
            (KEY.token_with(&header, &claims()), PARTNER_KEY.token_with(&header, &partner_claims()));
        let unknown = bad(TokenError::UnknownKey);
        cases.push(Class::Amplification.case(
            format!("{n}: a made-up key of the pool"),
            event(&pool),
            unknown,
            why,
        ));
        if n % 5 == 0 {
            let name = format!("{n}: a made-up key of the partner");
            cases.push(Class::Amplification.case(name, event(&partner), unknown, why));
            let why = "a good token is let in among however many bad ones";
            let name = format!("{n}: a good token in between");
            cases.push(Class::Amplification.case(name, signed(&claims()), Allow, why));
        }
    }
    cases
}
