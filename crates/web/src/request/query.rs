//! Reads a request's query as strictly as its body. One answer names every mistake in it, each with its
//! place.
//!
//! An answer or a log line may name the place of a value, but must not repeat the value.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;
use platform::document;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::response::problem::{FieldError, Problem};

/// The query as a `T`, whose fields are the parameters. All values are strings, so a field of another type
/// must read itself from a string. Unknown parameters are refused if `T` has `#[serde(deny_unknown_fields)]`.
///
/// The messages of `T`'s own types must not contain the value that they refuse.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let parameters = parameters(query)?;
    document::convert(Value::Object(parameters), |_| Vec::new()).map_err(|problems| {
        let errors = problems.as_slice().iter();
        Problem::invalid_query(
            errors.map(|error| FieldError::new(error.pointer.clone(), error.message.clone())).collect(),
        )
    })
}

fn parameters(query: &str) -> Result<Map<String, Value>, Problem> {
    let mut parameters = Map::new();
    let mut errors = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(value)) = (decode(name), decode(value)) else {
            errors.push(FieldError::new("", "must be UTF-8, percent-encoded"));
            continue;
        };
        let pointer = document::pointer(&[name.as_str()]);
        if parameters.insert(name, Value::String(value)).is_some() {
            errors.push(FieldError::new(pointer, "must be given once"));
        }
    }
    if errors.is_empty() { Ok(parameters) } else { Err(Problem::invalid_query(errors)) }
}

/// Forms write a space as `+`, and a plus as `%2B`.
fn decode(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().ok().map(String::from)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::response::problem::ErrorStatus;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Search {
        words: String,
        after: Option<String>,
    }

    fn errors(query: &str) -> Vec<String> {
        let problem = read::<Search>(query).unwrap_err();
        assert_eq!(
            (problem.status(), problem.code()),
            (ErrorStatus::UNPROCESSABLE_ENTITY, "invalid_request")
        );
        assert!(!format!("{problem:?}").contains("hunter2"), "{problem:?}");
        problem.errors().iter().map(|error| error.pointer.clone()).collect()
    }

    #[test]
    fn parameters_are_decoded_once() {
        for (query, words) in
            [("words=a+b%20c%2Bd", "a b c+d"), ("words=%2541", "%41"), ("&words=&", ""), ("words=a=b", "a=b")]
        {
            assert_eq!(
                read::<Search>(query).unwrap(),
                Search { words: words.to_owned(), after: None },
                "{query}"
            );
        }
    }

    #[test]
    fn every_mistake_is_named_by_its_place() {
        assert_eq!(errors(""), [""]);
        assert_eq!(errors("words=a&colour=hunter2&size=hunter2"), ["/colour", "/size"]);
        assert_eq!(errors("words=hunter2&words=b&after=c&after=hunter2"), ["/words", "/after"]);
        assert_eq!(errors("words=%ff"), [""]);
        assert_eq!(errors("a%2Fb~=1&a/b~=2"), ["/a~1b~0"]);
    }
}
