//! The API's metadata for clients (RFC 9728), as far as config.json knows it: its issuers and its scopes.
//!
//! They become part of a JSON document within an API Gateway mapping template (template.yaml). So no text may
//! end its quotes there, or be read as a variable or directive of the Velocity Template Language.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use platform::config::{Config, Name, NonEmpty};

/// The issuers that the configuration names in addition to the stack's own pool. Empty if the API publishes
/// no metadata.
pub(super) fn issuers(config: &Config) -> String {
    if !config.api.resource_metadata {
        return String::new();
    }
    json_texts(config.authorizer.issuers.iter().map(|issuer| issuer.issuer.as_str()))
}

/// The scopes that rules require, each once. Empty if the API publishes no metadata.
pub(super) fn scopes(config: &Config) -> String {
    if !config.api.resource_metadata {
        return String::new();
    }
    let conditions = config.authorizer.rules.iter().filter_map(|rule| rule.scopes.as_ref());
    let lists = conditions.flat_map(|condition| [&condition.any_of, &condition.all_of]).flatten();
    let names: BTreeSet<&str> = lists.flat_map(NonEmpty::as_slice).map(Name::as_str).collect();
    json_texts(names)
}

/// The strings as JSON, separated by commas. Only the characters that the template's pattern allows are left
/// unescaped.
fn json_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = texts.into_iter().map(json_text).collect();
    quoted.join(",")
}

fn json_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"/:._~@=+-".contains(&byte) => {
                quoted.push(char::from(byte));
            }
            // Writing to a String cannot fail.
            _ => drop(write!(quoted, "\\u{unit:04x}")),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn config(json: &Value) -> Config {
        Config::parse(&json.to_string()).unwrap()
    }

    fn rules_and_issuers(served: bool) -> Config {
        config(&json!({
            "api": { "resourceMetadata": served },
            "authorizer": {
                "issuers": [
                    { "issuer": "https://tenant.example/", "jwksUri": "https://tenant.example/keys", "clientIds": ["a"] },
                    { "issuer": "https://other.example", "jwksUri": "https://other.example/keys", "clientIds": ["b"] },
                ],
                "rules": [
                    { "routes": ["GET /a"] },
                    { "routes": ["GET /b"], "scopes": { "allOf": ["orders/read"], "anyOf": ["x", "orders/write"] } },
                    { "routes": ["GET /c"], "scopes": { "allOf": ["orders/read"] }, "groups": { "anyOf": ["admins"] } },
                ],
            },
        }))
    }

    #[test]
    fn the_metadata_has_the_issuers_and_each_scope_once() {
        let config = rules_and_issuers(true);
        assert_eq!(issuers(&config), r#""https://tenant.example/","https://other.example""#);
        assert_eq!(scopes(&config), r#""orders/read","orders/write","x""#);
    }

    #[test]
    fn the_metadata_is_empty_by_default() {
        let config = rules_and_issuers(false);
        assert_eq!((issuers(&config), scopes(&config)), (String::new(), String::new()));
    }

    #[test]
    fn a_list_without_entries_is_empty() {
        let config = config(&json!({ "api": { "resourceMetadata": true } }));
        assert_eq!((issuers(&config), scopes(&config)), (String::new(), String::new()));
    }

    #[test]
    fn no_name_leaves_its_quotes_or_becomes_a_variable() {
        let name = "a\"],\"x\":[\"$context.path#set($a=1){{resolve:x}}\\gr\u{fc}n\u{1f600}'<%>";
        let text = json_texts([name, "$!{context.stage}"]);
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text}");
        assert!(!text.contains(['$', '#', '{', '}', '\'', '<', '%', '!', '(']), "{text}");
        let read: Vec<String> = serde_json::from_str(&format!("[{text}]")).unwrap();
        assert_eq!(read, [name, "$!{context.stage}"]);
    }
}
