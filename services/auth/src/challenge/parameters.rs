//! The parameters of a challenge, in a form that a client can use.

use std::collections::BTreeMap;

use serde_json::Value;

/// The prefix of attribute names in the members of a challenge.
pub(super) const ATTRIBUTE_PREFIX: &str = "userAttributes.";

/// The attributes that are required with a new password.
pub fn required_attributes(parameters: &BTreeMap<String, Value>) -> impl Iterator<Item = &str> {
    let required = parameters.get("requiredAttributes").and_then(Value::as_array);
    required.into_iter().flatten().filter_map(Value::as_str)
}

/// Cognito's parameters. JSON texts are parsed, and attributes have the names that a request uses.
#[must_use]
pub fn unfold(parameters: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, Value> {
    let value = |text: String| match serde_json::from_str(&text) {
        Ok(Value::Array(list)) => Value::Array(list.into_iter().map(without_prefix).collect()),
        Ok(object @ Value::Object(_)) => object,
        _ => Value::String(text),
    };
    parameters.into_iter().map(|(name, text)| (name, value(text))).collect()
}

fn without_prefix(item: Value) -> Value {
    match item {
        Value::String(text) => {
            Value::String(text.strip_prefix(ATTRIBUTE_PREFIX).map(str::to_owned).unwrap_or(text))
        }
        other => other,
    }
}
