//! Reads a request's JSON body strictly. One answer names every mistake in it, each with its place.
//!
//! An answer or a log line may name the place of a value, but must not repeat the value: it may be a
//! password.

use std::fmt;
use std::marker::PhantomData;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use platform::document::{self, Problems};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::response::problem::{ErrorStatus, FieldError, Problem};

/// The body as a `T`. The types in `T` define what is valid. Unknown fields are refused if `T` has
/// `#[serde(deny_unknown_fields)]`.
///
/// The messages of `T`'s own types must not contain the value that they refuse.
///
/// ```
/// use serde::Deserialize;
/// use web::Json;
///
/// #[derive(Deserialize)]
/// #[serde(rename_all = "camelCase", deny_unknown_fields)]
/// struct NewPet {
///     name: String,
/// }
///
/// async fn add(Json(pet): Json<NewPet>) -> String {
///     pet.name
/// }
///
/// let router: axum::Router = axum::Router::new().route("/pets", axum::routing::post(add));
/// # drop(router);
/// ```
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(unsupported_media_type());
        }
        // `app` has already applied its limit to the body.
        let body = to_bytes(request.into_body(), usize::MAX).await.map_err(Problem::internal)?;
        let text = std::str::from_utf8(&body).map_err(|_| invalid_json("It is not UTF-8."))?;
        read(text).map(Self)
    }
}

/// The body as a `T`, or the default of `T` if there is no body.
#[derive(Debug, Clone)]
pub struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned + Default, S: Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(Problem::internal)?;
        if body.is_empty() {
            return Ok(Self(T::default()));
        }
        let request = Request::from_parts(parts, body.into());
        Json::from_request(request, state).await.map(|Json(value)| Self(value))
    }
}

/// For a field's `#[serde(deserialize_with)]`: a struct that must be written as an object. serde by itself
/// also accepts a list of the struct's values.
///
/// # Errors
/// The value is not an object, or not a valid `T`.
pub fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(ObjectVisitor(PhantomData))
}

/// The same for a field that may be `null` or, with `#[serde(default)]`, absent.
///
/// # Errors
/// The same as those of [`object`].
pub fn optional_object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<Object<T>>::deserialize(deserializer).map(|object| object.map(|Object(value)| value))
}

struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members))
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let body: Value = document::parse(text).map_err(|problems| unreadable(&problems))?;
    document::convert(body, |_| Vec::new()).map_err(|problems| {
        let errors = problems.as_slice().iter();
        Problem::invalid(
            errors
                .map(|error| FieldError::new(error.pointer.clone(), without_value(&error.message)))
                .collect(),
        )
    })
}

/// `application/json`, or a type that ends in `+json` (RFC 6839 section 3.1), with any parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn unsupported_media_type() -> Problem {
    Problem::new(
        ErrorStatus::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "This route accepts only JSON: send Content-Type: application/json.",
    )
}

fn invalid_json(what: &str) -> Problem {
    Problem::new(
        ErrorStatus::BAD_REQUEST,
        "invalid_json",
        format!("The body is not a usable JSON object. {what}"),
    )
}

fn unreadable(problems: &Problems) -> Problem {
    let first = problems.as_slice().first().map(|problem| {
        let place = if problem.pointer.is_empty() { String::new() } else { format!("{}: ", problem.pointer) };
        format!("{place}{}.", problem.message)
    });
    invalid_json(&first.unwrap_or_default())
}

/// serde's own messages repeat the value that they found. This keeps only what they expected.
fn without_value(message: &str) -> String {
    let mut found = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant "].into_iter();
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if found.any(|start| message.starts_with(start)) => format!("must be {expected}"),
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Size {
        Small,
        Large,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "what is read is all that matters")]
    struct Order {
        item: String,
        quantity: u8,
        size: Option<Size>,
        #[serde(default)]
        notes: BTreeMap<String, String>,
        #[serde(default, deserialize_with = "optional_object")]
        parcel: Option<Parcel>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "what is read is all that matters")]
    struct Parcel {
        weight: u8,
    }

    fn errors(text: &str) -> Vec<(String, String)> {
        let problem = read::<Order>(text).unwrap_err();
        assert_eq!(problem.status(), ErrorStatus::UNPROCESSABLE_ENTITY);
        problem.errors().iter().map(|error| (error.pointer.clone(), error.detail.to_string())).collect()
    }

    #[test]
    fn every_mistake_is_named_at_once_by_its_place() {
        let found = errors(r#"{"quantity": "two", "notes": {"a": 1}, "colour": "red"}"#);
        let places: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(places, ["", "/colour", "/notes/a", "/quantity"]);
    }

    #[test]
    fn no_value_is_repeated() {
        let bodies = [
            r#"{"item": "x", "quantity": "hunter2"}"#,
            r#"{"item": ["hunter2"], "quantity": 1}"#,
            r#"{"item": "x", "quantity": 1, "notes": "hunter2"}"#,
            r#"{"item": "x", "quantity": 4444}"#,
            r#"{"item": "x", "quantity": 1, "notes": {"a": 4444}}"#,
            r#"{"item": "x", "quantity": 1, "size": "hunter2, expected x"}"#,
            r#"{"item": "x", "quantity": 1, "size": {"hunter2": "hunter2"}}"#,
        ];
        for body in bodies {
            let told = format!("{:?}", errors(body));
            assert!(!told.contains("hunter2") && !told.contains("4444"), "{told}");
        }
        let told = format!("{:?}", read::<Order>(r#"{"item": hunter2}"#).unwrap_err());
        assert!(!told.contains("hunter2"), "{told}");
    }

    #[test]
    fn an_object_is_no_list_and_names_places_within() {
        let parcel = |text: &str| format!(r#"{{"item": "x", "quantity": 1, "parcel": {text}}}"#);
        for (text, place, detail) in [
            ("[1]", "/parcel", "must be an object"),
            ("1", "/parcel", "must be an object"),
            (r#"{"weight": "heavy"}"#, "/parcel/weight", "must be u8"),
            ("{}", "/parcel", "missing field `weight`"),
        ] {
            assert_eq!(errors(&parcel(text)), [(place.to_owned(), detail.to_owned())]);
        }
        for text in ["null", r#"{"weight": 1}"#] {
            assert!(read::<Order>(&parcel(text)).is_ok(), "{text}");
        }
    }

    #[test]
    fn an_invalid_choice_is_reported_with_all_options() {
        let found = errors(r#"{"item": "x", "quantity": 1, "size": "huge"}"#);
        assert_eq!(found, [("/size".to_owned(), "must be `small` or `large`".to_owned())]);
    }

    #[test]
    fn a_body_that_is_no_object_differs_from_one_with_wrong_values() {
        for text in ["", "{", "[]", "null", "\"hunter2\"", "{\"item\": \"a\", \"item\": \"b\"}", "{} {}"] {
            let problem = read::<Order>(text).unwrap_err();
            assert_eq!(
                (problem.status(), problem.code()),
                (ErrorStatus::BAD_REQUEST, "invalid_json"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_json_type_is_known_whatever_its_parameters() {
        let with = |value: &str| HeaderMap::from_iter([(header::CONTENT_TYPE, value.parse().unwrap())]);
        for good in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
            assert!(is_json(&with(good)), "{good}");
        }
        for bad in ["text/plain", "application/x-www-form-urlencoded", "text/json", "json", ""] {
            assert!(!is_json(&with(bad)), "{bad}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
