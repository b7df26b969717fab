//! The caller that the arguments of `gatehouse policy` describe. Only this file makes a [`Principal`] from
//! them.
//!
//! Nobody has verified such a caller, and nothing here lets one in.

use authorizer::{AUTH_TIME, Principal, UnixTime};
use platform::config::{ClaimPath, Config, IssuerName};
use platform::identity::{Authority, Identity, Names};
use serde_json::map::Entry;
use serde_json::{Map, Value, json};

use crate::cli::{CallerArgs, GivenClaim};
use crate::error::Error;

/// The caller, as rules see them at this time.
pub(super) fn principal(args: &CallerArgs, config: &Config, now: UnixTime) -> Result<Principal, Error> {
    let (issuer, authority) = issuer(args, config)?;
    let listed_groups = args.listed_groups.iter().map(|name| name.trim());
    Ok(Principal {
        identity: Identity {
            subject: String::new(),
            username: None,
            token_use: args.token_use,
            client_id: args.client.as_ref().map(ToString::to_string),
            groups: Names::new(listed_groups.map(str::to_owned).chain(args.groups.iter().cloned())),
            scopes: Names::new(args.scopes.iter().cloned()),
            issuer,
            authority,
            expires_at: 0,
            token_id: None,
            claims: Map::new(),
        },
        audiences: args.audiences.iter().map(ToString::to_string).collect(),
        claims: claims(args, now)?,
    })
}

/// The issuer of the token, and what its groups and scopes count for.
fn issuer(args: &CallerArgs, config: &Config) -> Result<(String, Authority), Error> {
    let listed = &config.authorizer.issuers;
    if args.without_pool && config.user_pool.id.is_some() {
        return Err(Error::HasOwnPool);
    }
    let own_word = match listed.as_slice() {
        [_] if args.without_pool => Authority::Sole,
        _ => Authority::Named,
    };
    match (&args.issuer, args.without_pool) {
        (None | Some(IssuerName::Own), false) => Ok((String::new(), Authority::Own)),
        (Some(IssuerName::Own), true) => Err(Error::NoOwnPool),
        (None, true) => match listed.as_slice() {
            [sole] => Ok((sole.issuer.to_string(), own_word)),
            _ => Err(Error::NoSoleIssuer),
        },
        (Some(IssuerName::Listed(name)), _) if listed.iter().any(|own| own.issuer == *name) => {
            Ok((name.to_string(), own_word))
        }
        (Some(IssuerName::Listed(name)), _) => {
            let listed = listed.iter().map(|own| own.issuer.to_string()).collect();
            Err(Error::IssuerNotListed { issuer: name.to_string(), listed })
        }
    }
}

fn claims(args: &CallerArgs, now: UnixTime) -> Result<Map<String, Value>, Error> {
    let mut claims = Map::new();
    if let Some(age) = args.auth_age {
        claims.insert(AUTH_TIME.to_owned(), json!(now.secs().saturating_sub(age)));
    }
    for GivenClaim { path, value } in &args.claims {
        let whole = nested(path, value.clone());
        if !add(&mut claims, path.claim(), whole) {
            return Err(Error::ClaimTwice { path: path.clone() });
        }
    }
    Ok(claims)
}

/// The claim that has this value at this path.
fn nested(path: &ClaimPath, value: Value) -> Value {
    path.members().iter().rev().fold(value, |value, member| json!({ member: value }))
}

/// Adds a value under a name. Two objects are merged. Returns false if another value is already there.
fn add(claims: &mut Map<String, Value>, name: &str, value: Value) -> bool {
    match claims.entry(name) {
        Entry::Vacant(vacant) => {
            vacant.insert(value);
            true
        }
        Entry::Occupied(mut occupied) => match (occupied.get_mut(), value) {
            (Value::Object(own), Value::Object(more)) => {
                more.into_iter().all(|(name, value)| add(own, &name, value))
            }
            _ => false,
        },
    }
}
