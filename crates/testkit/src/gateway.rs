//! How API Gateway treats an authorizer's answer: whether it accepts the answer, and what the answer opens
//! under IAM's matching. It is written independently of the gate, to check the gate against: it must not use
//! the gate's code.

use serde_json::Value;

/// The limit of a WebSocket API's authorizer:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>.
const WEB_SOCKET_ANSWER_BYTES: usize = 8_192;
/// The limit that the gate promises for other APIs.
const ANSWER_BYTES: usize = 262_144;
const ARN_CHARACTERS: usize = 512;

/// Why API Gateway would refuse this answer. `None` if it would accept it.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>
pub fn complaint(answer: &Value) -> Option<String> {
    let size = answer.to_string().len();
    if size > if is_for_connect_alone(answer) { WEB_SOCKET_ANSWER_BYTES } else { ANSWER_BYTES } {
        return Some(format!("the answer has {size} bytes"));
    }
    if has_null(answer) {
        return Some("the answer has a null member".to_owned());
    }
    // The access log puts it between quotes, and escapes nothing.
    let is_plain = |id: &str| id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:@/+=-".contains(&b));
    if !answer["principalId"].as_str().is_some_and(|id| !id.is_empty() && is_plain(id)) {
        return Some("there is no principalId that a log can hold".to_owned());
    }
    let context = answer.get("context").map(|context| context.as_object().ok_or("the context is no object"));
    match context {
        None => {}
        Some(Err(wrong)) => return Some(wrong.to_owned()),
        Some(Ok(context)) => {
            if let Some((name, _)) = context.iter().find(|(_, value)| !value.is_string()) {
                return Some(format!("the context's {name} is not a text"));
            }
        }
    }
    let policy = &answer["policyDocument"];
    if policy["Version"] != "2012-10-17" {
        return Some("the policy is of another version".to_owned());
    }
    policy["Statement"].as_array().map_or(Some("there is no statement".to_owned()), |statements| {
        statements.iter().find_map(statement_complaint)
    })
}

fn is_for_connect_alone(answer: &Value) -> bool {
    let resources = answer["policyDocument"]["Statement"][0]["Resource"].as_array();
    resources.is_some_and(|resources| {
        resources.iter().all(|resource| resource.as_str().is_some_and(|arn| arn.ends_with("/$connect")))
    })
}

fn statement_complaint(statement: &Value) -> Option<String> {
    if !(statement["Effect"] == "Allow" || statement["Effect"] == "Deny") {
        return Some("a statement has no effect".to_owned());
    }
    if statement["Action"] != "execute-api:Invoke" {
        return Some("a statement is about another action".to_owned());
    }
    let resources = statement["Resource"].as_array().filter(|resources| !resources.is_empty());
    let Some(resources) = resources else { return Some("a statement is about nothing".to_owned()) };
    resources.iter().find_map(|resource| match resource.as_str() {
        Some(arn) if arn.starts_with("arn:") && arn.chars().count() <= ARN_CHARACTERS => None,
        Some(arn) => Some(format!("a resource has {} characters: {arn}", arn.chars().count())),
        None => Some("a resource is not a text".to_owned()),
    })
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

/// Whether an answer lets its bearer call `arn`: a statement allows it, and none denies it.
pub fn opens(answer: &Value, arn: &str) -> bool {
    let statements = answer["policyDocument"]["Statement"].as_array();
    let is_said = |effect: &str| {
        statements.into_iter().flatten().filter(|statement| statement["Effect"] == effect).any(|statement| {
            let resources = statement["Resource"].as_array().into_iter().flatten();
            resources.filter_map(Value::as_str).any(|pattern| matches(pattern.as_bytes(), arn.as_bytes()))
        })
    };
    is_said("Allow") && !is_said("Deny")
}

/// IAM's matching: `*` is any text and `?` any one character, including slashes.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', pattern_rest)), rest) => {
            matches(pattern_rest, text) || rest.is_some_and(|(_, text_rest)| matches(pattern, text_rest))
        }
        (Some((own, pattern_rest)), Some((other, text_rest))) if *own == b'?' || own == other => {
            matches(pattern_rest, text_rest)
        }
        _ => false,
    }
}
