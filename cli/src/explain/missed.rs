//! Which rules a caller does not meet, and which of their conditions.
//!
//! The authorizer's `Rules` decide whether a condition is met. This file puts the result into words.

use std::io::Write;

use authorizer::{Principal, Rules, Terms, TrustedIssuer, UnixTime, Unmet};
use platform::config::{ClaimConditions, ClaimPath, ClaimValue, Condition, Name, NonEmpty, Rule};
use platform::document;
use platform::identity::Names;
use serde::Serialize;

use super::words::{escaped, listed, quoted, value};
use crate::error::Error;
use crate::grants::pointer;
use crate::when::{distance, duration};

/// A rule that grants nothing to this caller.
#[derive(Debug, Serialize)]
pub(super) struct Missed {
    /// Its JSON pointer.
    rule: String,
    /// What it would grant.
    routes: Vec<String>,
    /// The conditions that the caller does not meet.
    conditions: Vec<Lack>,
}

/// A condition that is not met.
#[derive(Debug, Serialize)]
struct Lack {
    /// Its JSON pointer.
    condition: String,
    wanted: String,
    has: String,
}

/// Every rule that this caller does not meet now, in the order of the configuration.
pub(super) fn missed(
    rules: &Rules,
    principal: &Principal,
    issuer: &TrustedIssuer,
    now: UnixTime,
) -> Vec<Missed> {
    let examined = rules.examine(principal, now).enumerate();
    let missed = examined.filter(|(_, (_, unmet))| !unmet.is_empty()).map(|(place, (rule, unmet))| {
        let lack = |unmet| lack(&pointer(place), rule, unmet, &Caller { principal, issuer, now });
        Missed {
            rule: pointer(place),
            routes: rule.routes.as_slice().iter().map(ToString::to_string).collect(),
            conditions: unmet.into_iter().map(lack).collect(),
        }
    });
    missed.collect()
}

/// Prints one line for each rule, and below it one for each condition.
pub(super) fn print(missed: &[Missed], out: &mut dyn Write) -> Result<(), Error> {
    for Missed { rule, routes, conditions } in missed {
        writeln!(out, "  {rule}  {}", routes.join(", "))?;
        for Lack { condition, wanted, has } in conditions {
            let member = condition.strip_prefix(rule.as_str()).unwrap_or(condition);
            writeln!(
                out,
                "    {}: requires {wanted}; the token has {has}",
                escaped(member.trim_start_matches('/'))
            )?;
        }
    }
    Ok(())
}

struct Caller<'c> {
    principal: &'c Principal,
    issuer: &'c TrustedIssuer,
    now: UnixTime,
}

fn lack(rule_pointer: &str, rule: &Rule, unmet: Unmet<'_>, caller: &Caller<'_>) -> Lack {
    let identity = &caller.principal.identity;
    let member = unmet.member();
    let at = |place: &[&str]| [rule_pointer, &document::pointer(place)].concat();
    let (wanted, has) = match unmet {
        Unmet::Issuers => (issuers(rule), quoted([identity.issuer.as_str()].into_iter())),
        Unmet::Groups => (names(rule.groups.as_ref()), caller.groups()),
        Unmet::Scopes => (names(rule.scopes.as_ref()), of_names(&identity.scopes)),
        Unmet::Claim(path) => {
            return Lack {
                condition: at(&[member, path.as_str()]),
                wanted: claim(rule, path),
                has: caller.claim(path),
            };
        }
        Unmet::Audiences => {
            (one_of(rule.audiences.as_ref()), quoted(caller.principal.audiences.iter().map(String::as_str)))
        }
        Unmet::Clients => (one_of(rule.clients.as_ref()), quoted(identity.client_id.as_deref().into_iter())),
        Unmet::TokenUse => {
            (one_of(rule.token_use.as_ref()), quoted([identity.token_use.as_str()].into_iter()))
        }
        Unmet::AuthAge => (age(rule), caller.sign_in()),
    };
    Lack { condition: at(&[member]), wanted, has }
}

fn issuers(rule: &Rule) -> String {
    match &rule.issuers {
        Some(issuers) => one_of(Some(issuers)),
        None => "a token of the stack's own pool, like every rule that names no issuers".to_owned(),
    }
}

fn one_of<T: ToString>(wanted_ones: Option<&NonEmpty<T>>) -> String {
    wanted(wanted_ones.map(|ones| shown(ones, |one| format!("{:?}", one.to_string()))), None)
}

fn names(condition: Option<&Condition>) -> String {
    let names =
        |part: Option<&NonEmpty<Name>>| part.map(|names| shown(names, |name| format!("{:?}", name.as_str())));
    let part = |pick: fn(&Condition) -> Option<&NonEmpty<Name>>| names(condition.and_then(pick));
    wanted(part(|condition| condition.any_of.as_ref()), part(|condition| condition.all_of.as_ref()))
}

fn claim(rule: &Rule, path: &ClaimPath) -> String {
    let conditions = rule.claims.as_ref().map(ClaimConditions::as_slice).unwrap_or_default();
    let condition = conditions.iter().find(|(own, _)| own == path).map(|(_, condition)| condition);
    let values = |part: Option<&NonEmpty<ClaimValue>>| part.map(|values| shown(values, ToString::to_string));
    wanted(
        values(condition.and_then(|condition| condition.any_of.as_ref())),
        values(condition.and_then(|condition| condition.all_of.as_ref())),
    )
}

fn shown<T>(values: &NonEmpty<T>, show: impl Fn(&T) -> String) -> Vec<String> {
    values.as_slice().iter().map(show).collect()
}

/// The two parts of a condition. Both must hold.
fn wanted(any_of: Option<Vec<String>>, all_of: Option<Vec<String>>) -> String {
    let part = |how: &str, values: Vec<String>| match values.as_slice() {
        [only] => only.clone(),
        _ => format!("{how} of {}", listed(values)),
    };
    let any_of = any_of.map(|values| part("one", values));
    let all_of = all_of.map(|values| part("all", values));
    any_of.into_iter().chain(all_of).collect::<Vec<_>>().join(" and also ")
}

fn age(rule: &Rule) -> String {
    let most = rule.max_auth_age_seconds.map(|most| duration(most.get())).unwrap_or_default();
    format!("a sign-in at most {most} ago")
}

fn of_names(names: &Names) -> String {
    quoted(names.as_slice().iter().map(String::as_str))
}

impl Caller<'_> {
    fn groups(&self) -> String {
        let groups = of_names(&self.principal.identity.groups);
        match &self.issuer.terms {
            Terms::Oidc { claims, .. } if claims.groups.is_none() => {
                format!("{groups}, because the issuer's entry does not say where they are (claims.groups)")
            }
            _ => groups,
        }
    }

    fn claim(&self, path: &ClaimPath) -> String {
        path.find(&self.principal.claims).map_or_else(|| "no such claim".to_owned(), value)
    }

    fn sign_in(&self) -> String {
        match self.principal.signed_in_at().map(UnixTime::from_secs) {
            Some(at) => format!("one {}", distance(at, self.now)),
            None => "no auth_time".to_owned(),
        }
    }
}
