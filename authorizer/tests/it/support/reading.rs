//! What a person reads in the rules of config.json: the other opinion on what they grant. Written apart
//! from the gate, to hold the gate to: nothing in here may use the gate's code.

use serde_json::Value;

/// The methods that API Gateway routes.
const VERBS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// Whether the rules grant `tail`, which is `$connect` or a method and a path, to a caller with these groups
/// and scopes.
pub(crate) fn grants(rules: &Value, groups: &[&str], scopes: &[&str], tail: &str) -> bool {
    rules.as_array().into_iter().flatten().any(|rule| {
        has_what_is_asked(rule.get("groups"), groups)
            && has_what_is_asked(rule.get("scopes"), scopes)
            && texts(rule.get("routes")).any(|route| is_route(route, tail))
    })
}

fn texts(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn has_what_is_asked(condition: Option<&Value>, own: &[&str]) -> bool {
    let Some(condition) = condition.filter(|condition| !condition.is_null()) else { return true };
    let mut wanted = texts(condition.get("anyOf")).peekable();
    let any = wanted.peek().is_none() || wanted.any(|name| own.contains(&name));
    any && texts(condition.get("allOf")).all(|name| own.contains(&name))
}

/// `*` alone as a method is any, `/*` at the end is everything below.
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
