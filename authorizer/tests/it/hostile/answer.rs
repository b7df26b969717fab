//! What API Gateway accepts as an authorizer's answer. Anything else is a 500 to the client.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>

use serde_json::{Map, Value};
use testkit::issuer::ISSUER;

use super::fixture::{self, FOR_ALL};

/// For a WebSocket API, and for any other API. The second is the gate's own limit.
const MAX_ANSWERS: [usize; 2] = [8_192, 262_144];
const MAX_RESOURCE: usize = 512;

/// The effect of an answer that the gateway accepts, or what is wrong with it.
pub(super) fn effect<'a>(event: &Value, answer: &'a Value) -> Result<&'a str, String> {
    let problem = |what: &str| format!("{what} in {answer}");
    let [for_web_sockets, for_others] = MAX_ANSWERS;
    let is_connect = event["requestContext"]["eventType"] == "CONNECT";
    if answer.to_string().len() > if is_connect { for_web_sockets } else { for_others } {
        return Err(problem("more than the gateway takes"));
    }
    let known = ["principalId", "policyDocument", "context"];
    let members = answer.as_object().ok_or_else(|| problem("no object"))?;
    if members.keys().any(|name| !known.contains(&name.as_str())) {
        return Err(problem("a member that the gateway does not know"));
    }
    // The access log puts it between quotes, and escapes nothing.
    let is_plain = |id: &str| id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:@/+=-".contains(&b));
    if !answer["principalId"].as_str().is_some_and(|id| !id.is_empty() && is_plain(id)) {
        return Err(problem("no principalId that a log can hold"));
    }
    let effect = policy_effect(event, &answer["policyDocument"]).ok_or_else(|| problem("an odd policy"))?;
    let context = members.get("context").and_then(Value::as_object);
    match (effect, context) {
        ("Deny", Some(context)) if context.keys().eq(["iss"]) && is_flat(context) => Ok(effect),
        ("Allow", Some(context)) if is_flat(context) && has_its_own(context, &answer["policyDocument"]) => {
            Ok(effect)
        }
        _ => Err(problem("an odd context")),
    }
}

/// The effect of a policy of one statement, if it is for the event's own API and stage and contains nothing
/// that no rule grants.
fn policy_effect<'a>(event: &Value, policy: &'a Value) -> Option<&'a str> {
    let [statement] = policy["Statement"].as_array()?.as_slice() else { return None };
    let effect = statement["Effect"].as_str()?;
    let arn = event["methodArn"].as_str()?;
    let tail_at = arn.match_indices('/').nth(1)?.0 + 1;
    let granted = fixture::granted_tails();
    let is_good = |resource: &Value| {
        resource
            .as_str()
            .and_then(|text| text.strip_prefix(&arn[..tail_at]).map(|tail| (text, tail)))
            .is_some_and(|(text, tail)| {
                let is_granted = granted.iter().any(|own| own == tail);
                text.len() <= MAX_RESOURCE && if effect == "Allow" { is_granted } else { tail == "*" }
            })
    };
    let resources = statement["Resource"].as_array()?;
    let is_whole = policy["Version"] == "2012-10-17" && statement["Action"] == "execute-api:Invoke";
    (is_whole && !resources.is_empty() && resources.iter().all(is_good)).then_some(effect)
}

/// Only the own pool has its authority, and gets what a rule that names no issuer grants.
fn has_its_own(context: &Map<String, Value>, policy: &Value) -> bool {
    let is_own = context["iss"] == ISSUER;
    let resources = policy["Statement"][0]["Resource"].as_array();
    let is_for_all = |resource: &Value| {
        resource.as_str().is_some_and(|arn| FOR_ALL.iter().any(|tail| arn.ends_with(&format!("/{tail}"))))
    };
    context["authority"] == if is_own { "own" } else { "named" }
        && (is_own || resources.is_some_and(|resources| resources.iter().all(is_for_all)))
}

/// Only strings, under the names that the services know, without characters that end a line.
fn is_flat(context: &Map<String, Value>) -> bool {
    let known = [
        "sub",
        "username",
        "token_use",
        "client_id",
        "groups",
        "scope",
        "iss",
        "exp",
        "jti",
        "authority",
        "claims",
    ];
    context.iter().all(|(name, value)| {
        known.contains(&name.as_str()) && value.as_str().is_some_and(|text| !text.contains(char::is_control))
    })
}
