//! A second opinion on what the rules of config.json grant, as a person reads them. It is written
//! independently of the gate, to check the gate against: it must not use the gate's code.

use serde_json::Value;

/// The methods that API Gateway routes.
const VERBS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// How much clocks may differ, in seconds.
const SKEW: u64 = 60;

/// Which issuer a caller's token comes from.
#[derive(Clone, Copy, PartialEq)]
pub enum Whose<'c> {
    /// The stack's own pool.
    Own,
    /// This issuer, which is the only one of the stack.
    Sole(&'c str),
    /// This issuer, one of several.
    Named(&'c str),
}

/// A caller, as the claims of their token say.
pub struct Caller<'c> {
    whose: Whose<'c>,
    groups: Vec<&'c str>,
    scopes: Vec<&'c str>,
    audiences: Vec<&'c str>,
    client: Option<&'c str>,
    token_use: &'c str,
    claims: &'c Value,
    now: u64,
}

impl<'c> Caller<'c> {
    /// A caller with a token of the own pool.
    pub fn of_pool(claims: &'c Value, now: u64) -> Self {
        let token_use = claims["token_use"].as_str().unwrap_or_default();
        Self {
            whose: Whose::Own,
            groups: listed(&claims["cognito:groups"]),
            scopes: spaced(&claims["scope"]),
            audiences: listed(&claims["aud"]),
            client: claims[if token_use == "id" { "aud" } else { "client_id" }].as_str(),
            token_use,
            claims,
            now,
        }
    }

    /// A caller with an access token of another issuer, which has the groups at `groups`.
    pub fn of_other(whose: Whose<'c>, groups: &str, claims: &'c Value, now: u64) -> Self {
        let first =
            |names: [&str; 3]| names.into_iter().map(|name| &claims[name]).find(|value| !value.is_null());
        Self {
            whose,
            groups: at(claims, groups).map(listed).unwrap_or_default(),
            scopes: first(["scope", "scp", "scp"]).map(spaced).unwrap_or_default(),
            audiences: listed(&claims["aud"]),
            client: first(["client_id", "azp", "cid"]).and_then(Value::as_str),
            token_use: "access",
            claims,
            now,
        }
    }
}

/// Whether the rules grant `tail`, which is `$connect` or a method and a path, to this caller.
pub fn grants(rules: &Value, caller: &Caller<'_>, tail: &str) -> bool {
    rules.as_array().into_iter().flatten().any(|rule| {
        is_for(rule.get("issuers"), caller.whose)
            && has_what_is_asked(rule.get("groups"), &caller.groups)
            && has_what_is_asked(rule.get("scopes"), &caller.scopes)
            && has_one(rule.get("audiences"), &caller.audiences)
            && has_one(rule.get("clients"), caller.client.as_slice())
            && has_one(rule.get("tokenUse"), &[caller.token_use])
            && has_claims(rule.get("claims"), caller.claims)
            && is_recent(rule.get("maxAuthAgeSeconds"), &caller.claims["auth_time"], caller.now)
            && texts(rule.get("routes")).any(|route| is_route(route, tail))
    })
}

/// A rule that names no issuer is for the own pool, or for the only issuer.
fn is_for(issuers: Option<&Value>, whose: Whose<'_>) -> bool {
    let names = |wanted: &str| texts(issuers).any(|name| name == wanted);
    match (is_there(issuers), whose) {
        (None, Whose::Own | Whose::Sole(_)) => true,
        (None, Whose::Named(_)) => false,
        (Some(_), Whose::Own) => names("own"),
        (Some(_), Whose::Sole(issuer) | Whose::Named(issuer)) => names(issuer),
    }
}

fn is_there(member: Option<&Value>) -> Option<&Value> {
    member.filter(|member| !member.is_null())
}

fn texts(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// A single string, or the strings of a list.
fn listed(value: &Value) -> Vec<&str> {
    let one = value.as_str().into_iter();
    one.chain(texts(Some(value))).filter(|text| !text.is_empty()).collect()
}

/// The words of a text, or the texts of a list.
fn spaced(value: &Value) -> Vec<&str> {
    match value.as_str() {
        Some(text) => text.split(' ').filter(|word| !word.is_empty()).collect(),
        None => listed(value),
    }
}

fn has_what_is_asked(condition: Option<&Value>, own: &[&str]) -> bool {
    let Some(condition) = is_there(condition) else { return true };
    has_one(condition.get("anyOf"), own) && texts(condition.get("allOf")).all(|name| own.contains(&name))
}

/// Whether the caller has at least one of the required names. A condition that is absent requires none.
fn has_one(wanted: Option<&Value>, own: &[&str]) -> bool {
    is_there(wanted).is_none() || texts(wanted).any(|name| own.contains(&name))
}

fn has_claims(conditions: Option<&Value>, claims: &Value) -> bool {
    conditions.and_then(Value::as_object).into_iter().flatten().all(|(place, condition)| {
        let Some(claim) = at(claims, place) else { return false };
        let values = |name: &str| condition[name].as_array().into_iter().flatten();
        let is_any = condition["anyOf"].is_null() || values("anyOf").any(|wanted| is_in(wanted, claim));
        is_any && values("allOf").all(|wanted| is_in(wanted, claim))
    })
}

/// A list only counts if it contains nothing but strings.
fn is_in(wanted: &Value, claim: &Value) -> bool {
    match claim {
        Value::Array(list) => {
            wanted.is_string() && list.iter().all(Value::is_string) && list.contains(wanted)
        }
        Value::Number(number) => wanted.is_number() && wanted.as_f64() == number.as_f64(),
        claim => claim == wanted,
    }
}

/// The value at a path. A URL is one name. In a path that begins with a slash, each slash leads into an
/// object; in other paths each dot does.
pub fn at<'c>(claims: &'c Value, place: &str) -> Option<&'c Value> {
    let names: Vec<String> = if let Some(pointer) = place.strip_prefix('/') {
        pointer.split('/').map(|name| name.replace("~1", "/").replace("~0", "~")).collect()
    } else if ["https://", "http://"].iter().any(|scheme| place.starts_with(scheme)) {
        vec![place.to_owned()]
    } else {
        place.split('.').map(str::to_owned).collect()
    };
    names.iter().try_fold(claims, |value, name| value.as_object()?.get(name))
}

fn is_recent(most: Option<&Value>, signed_in_at: &Value, now: u64) -> bool {
    let Some(most) = most.and_then(Value::as_u64) else { return true };
    signed_in_at.as_u64().is_some_and(|at| at <= now + SKEW && now <= at.saturating_add(most))
}

/// `*` alone as a method means any method, and `/*` at the end means everything below.
fn is_route(route: &str, tail: &str) -> bool {
    let Some((wanted_method, wanted_path)) = route.split_once(' ') else { return route == tail };
    let Some((method, path)) = tail.find('/').map(|slash| tail.split_at(slash)) else { return false };
    let is_method = VERBS.contains(&method) && (wanted_method == method || wanted_method == "*");
    let is_path = match wanted_path.strip_suffix("/*") {
        Some(base) => path.strip_prefix(base).is_some_and(|rest| rest.starts_with('/')),
        None => wanted_path == path,
    };
    is_method && is_path
}
