//! Every secret that the tests use, so that the last test can look for each in the logs.
//!
//! Secrets that go through [`crate::Client`], the `gatehouse` command or a function are recorded
//! automatically. A test that uses a secret in another way has to record it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use aho_corasick::AhoCorasick;
use serde_json::Value;

use crate::Result;

/// The secret members of requests in JSON, including Cognito's own.
const OF_REQUESTS: [&str; 10] = [
    "password",
    "newPassword",
    "previousPassword",
    "code",
    "session",
    "refreshToken",
    "Password",
    "TemporaryPassword",
    "SRP_A",
    "credential",
];

/// The secret members of answers in JSON, including Cognito's own. `code` is not among them: it names a
/// problem.
const OF_ANSWERS: [&str; 7] =
    ["accessToken", "idToken", "refreshToken", "session", "secret", "otpauthUri", "ClientSecret"];

/// A shorter value is not a secret, but one that a test knows to be wrong.
const SHORTEST: usize = 5;

/// Shorter secrets, such as codes, only count where they are whole words.
const LONG: usize = 12;

/// The recorded secrets, each with a word that says what it is. It has no `Debug`, because these are secrets.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Mutex<BTreeMap<String, String>>>);

impl Secrets {
    /// Records `secret`. `what` describes it where the secret itself must not be shown.
    pub fn note(&self, what: &str, secret: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for part in parts(secret) {
            known.insert(part.to_owned(), what.to_owned());
        }
    }

    /// Records the secrets in a request's body.
    pub(crate) fn note_request(&self, body: &Value) {
        self.note_members(body, &OF_REQUESTS);
    }

    /// Records the secrets in an answer's body.
    pub(crate) fn note_answer(&self, body: &Value) {
        self.note_members(body, &OF_ANSWERS);
    }

    /// Records the tokens in these headers.
    pub(crate) fn note_headers<'a>(&self, headers: impl Iterator<Item = (&'a str, &'a str)>) {
        for (name, value) in headers {
            let secret = match name.to_ascii_lowercase().as_str() {
                "authorization" => value.rsplit(' ').next(),
                "cookie" | "set-cookie" => {
                    value.split(';').next().and_then(|pair| Some(pair.split_once('=')?.1))
                }
                _ => None,
            };
            if let Some(secret) = secret {
                self.note(name, secret);
            }
        }
    }

    fn note_members(&self, body: &Value, names: &[&str]) {
        match body {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(secret) if names.contains(&name.as_str()) => self.note(name, secret),
                        inner => self.note_members(inner, names),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.note_members(item, names)),
            _ => {}
        }
    }

    /// How many were recorded.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether none was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A search for all secrets that were recorded so far.
    ///
    /// # Errors
    /// There are too many of them.
    pub fn search(&self) -> Result<Search> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let automaton = AhoCorasick::new(known.keys()).map_err(|error| error.to_string())?;
        let secrets = known.iter().map(|(secret, what)| (secret.len(), what.clone())).collect();
        Ok(Search { automaton, secrets })
    }
}

/// Searches for many secrets at once.
pub struct Search {
    automaton: AhoCorasick,
    /// The length and description of each secret, in the automaton's order.
    secrets: Vec<(usize, String)>,
}

impl Search {
    /// Which secrets `line` contains, in words. In a line of JSON each string is searched, so that no escape
    /// hides a secret, and no number counts as a code.
    #[must_use]
    pub fn found_in(&self, line: &str) -> Vec<&str> {
        let text = match serde_json::from_str::<Value>(line) {
            Ok(json @ Value::Object(_)) => {
                let mut text = String::new();
                collect_texts(&json, &mut text);
                text
            }
            _ => line.to_owned(),
        };
        let found = self.automaton.find_overlapping_iter(&text).filter_map(|place| {
            let (length, what) = self.secrets.get(place.pattern().as_usize())?;
            (*length >= LONG || stands_alone(&text, place.range())).then_some(what.as_str())
        });
        found.collect()
    }
}

/// The secret parts of a JWT are its claims and its signature, and each is searched for.
fn parts(secret: &str) -> Vec<&str> {
    match secret.split('.').collect::<Vec<_>>().as_slice() {
        [header, claims, signature] if header.starts_with("eyJ") => vec![*claims, *signature],
        _ => vec![secret],
    }
    .into_iter()
    .filter(|part| part.len() >= SHORTEST)
    .collect()
}

/// Collects all strings in `json`, each on a line of its own.
fn collect_texts(json: &Value, texts: &mut String) {
    match json {
        Value::String(text) => {
            texts.push_str(text);
            texts.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, texts)),
        Value::Object(members) => {
            for (name, value) in members {
                texts.push_str(name);
                texts.push('\n');
                collect_texts(value, texts);
            }
        }
        _ => {}
    }
}

fn stands_alone(text: &str, place: Range<usize>) -> bool {
    let before = text.get(..place.start).and_then(|text| text.chars().next_back());
    let after = text.get(place.end..).and_then(|text| text.chars().next());
    ![before, after].into_iter().flatten().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_in_a_line_is_found_however_it_is_written() {
        let secrets = Secrets::default();
        secrets.note_request(&json!({ "email": "ann@example.com", "password": "Quo\"te-horse-9" }));
        secrets.note_request(&json!({ "answers": { "code": "123456" } }));
        secrets.note_answer(&json!({ "tokens": { "accessToken": "eyJh.claims-of-ann.signature-1" } }));
        secrets.note_headers([("Cookie", "__Host-refresh_token=opaque-token-1; a=b")].into_iter());
        for (line, found) in [
            (r#"{"message": "password Quo\"te-horse-9"}"#, vec!["password"]),
            (r#"{"fields": {"a": ["eyJh.claims-of-ann.x"]}}"#, vec!["accessToken"]),
            ("sent opaque-token-1", vec!["Cookie"]),
            (r#"{"message": "Code(\"123456\")"}"#, vec!["code"]),
            (r#"{"latency_us": 123456, "id": "0a123456"}"#, vec![]),
            ("to ann@example.com", vec![]),
        ] {
            assert_eq!(secrets.search().unwrap().found_in(line), found, "{line}");
        }
    }
}
