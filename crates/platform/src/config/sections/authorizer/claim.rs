//! Where a claim stands in a token, and what a rule may ask of it.
//!
//! A place is written in one of three ways, and each has one reading:
//!
//! | written | means |
//! |---|---|
//! | `/resource_access/my.client/roles` | a JSON pointer (RFC 6901), for names that hold dots |
//! | `https://example.com/roles` | one claim of this name, as Auth0 wants own claims to be called |
//! | `realm_access.roles`, `email` | a claim, and with dots the members of objects in it |
//!
//! Each form leads only through members of objects. It cannot select an entry of a list by its index, because no
//! issuer promises the order.
//!
//! This file must not contain the name of a claim: the gate decides what a claim means.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::NonEmpty;

/// The place of a claim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimPath {
    text: String,
    claim: String,
    members: Vec<String>,
}

const FORM: &str = "must name a claim: \"email\", \"realm_access.roles\" for a member of an object, or a JSON pointer \
                    such as \"/resource_access/my.client/roles\" (at most 256 characters, no control characters)";

impl ClaimPath {
    const MAX_BYTES: usize = 256;

    /// Parses a place.
    ///
    /// # Errors
    /// What it must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{FORM}, not {text:?}");
        if text.len() > Self::MAX_BYTES || text.contains(char::is_control) {
            return Err(wrong());
        }
        let segments = segments(text).filter(|segments| segments.iter().all(|segment| !segment.is_empty()));
        let mut segments = segments.ok_or_else(wrong)?.into_iter();
        let claim = segments.next().ok_or_else(wrong)?;
        Ok(Self { text: text.to_owned(), claim, members: segments.collect() })
    }

    /// The place as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The claim that contains the place.
    #[must_use]
    pub fn claim(&self) -> &str {
        &self.claim
    }

    /// The members of objects that lead from the claim to the place. Empty: the place is the claim itself.
    #[must_use]
    pub fn members(&self) -> &[String] {
        &self.members
    }

    /// The value at this place.
    #[must_use]
    pub fn find<'c>(&self, claims: &'c Map<String, Value>) -> Option<&'c Value> {
        self.members.iter().try_fold(claims.get(&self.claim)?, |value, member| value.as_object()?.get(member))
    }
}

fn segments(text: &str) -> Option<Vec<String>> {
    if let Some(pointer) = text.strip_prefix('/') {
        return pointer.split('/').map(unescape).collect();
    }
    if text.starts_with("https://") || text.starts_with("http://") {
        return Some(vec![text.to_owned()]);
    }
    Some(text.split('.').map(str::to_owned).collect())
}

/// A reference token of RFC 6901 section 4. `None`: a `~` does not start an escape.
fn unescape(token: &str) -> Option<String> {
    let is_good = token.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    is_good.then(|| token.replace("~1", "/").replace("~0", "~"))
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for ClaimPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ClaimPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A value that a claim may have: a text, a whole number or a boolean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimValue {
    /// A text, compared byte by byte.
    Text(String),
    /// A number, compared as a number: 1 and 1.0 are the same.
    Number(i64),
    /// A boolean.
    Boolean(bool),
}

/// All JSON readers read whole numbers up to this one exactly (RFC 8259 section 6).
const MAX_NUMBER: i64 = (1 << 53) - 1;

impl ClaimValue {
    /// Whether a claim's value equals this one, or is a list that contains it. Only lists of texts count.
    #[must_use]
    pub fn is_in(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text(own), Value::Array(list)) => {
                list.iter().all(Value::is_string) && list.iter().any(|entry| entry == own)
            }
            (Self::Text(own), value) => value == own,
            (Self::Boolean(own), value) => value == own,
            (Self::Number(own), Value::Number(number)) => is_same_number(*own, number),
            (Self::Number(_), _) => false,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "every number up to MAX_NUMBER is exact as a double")]
fn is_same_number(own: i64, number: &serde_json::Number) -> bool {
    number.as_i64().map_or_else(|| number.as_f64() == Some(own as f64), |number| number == own)
}

impl fmt::Display for ClaimValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Boolean(boolean) => write!(f, "{boolean}"),
        }
    }
}

impl<'de> Deserialize<'de> for ClaimValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let number = value.as_i64().filter(|number| (-MAX_NUMBER..=MAX_NUMBER).contains(number));
        match (&value, number) {
            (Value::String(text), _) => Ok(Self::Text(text.clone())),
            (Value::Bool(boolean), _) => Ok(Self::Boolean(*boolean)),
            (_, Some(number)) => Ok(Self::Number(number)),
            _ => Err(D::Error::custom(format!("must be a text, a whole number, true or false, not {value}"))),
        }
    }
}

/// A condition on one claim. Both parts must hold where both are given.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClaimCondition {
    /// The claim is one of these, or a list that has one of them.
    pub any_of: Option<NonEmpty<ClaimValue>>,
    /// The claim is a list that has every one of these.
    pub all_of: Option<NonEmpty<ClaimValue>>,
}

impl ClaimCondition {
    /// Whether a claim's value meets it. An absent claim meets no condition.
    #[must_use]
    pub fn is_met_by(&self, value: Option<&Value>) -> bool {
        let Some(value) = value else { return false };
        let is_there = |wanted: &ClaimValue| wanted.is_in(value);
        self.any_of.as_ref().is_none_or(|any| any.as_slice().iter().any(is_there))
            && self.all_of.as_ref().is_none_or(|all| all.as_slice().iter().all(is_there))
    }
}

/// Conditions on claims, by the places of the claims. No place occurs twice.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimConditions(Vec<(ClaimPath, ClaimCondition)>);

impl ClaimConditions {
    /// The conditions, in the file's order.
    #[must_use]
    pub fn as_slice(&self) -> &[(ClaimPath, ClaimCondition)] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for ClaimConditions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ConditionsVisitor;

        impl<'de> Visitor<'de> for ConditionsVisitor {
            type Value = ClaimConditions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object: claims, each with a condition")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<ClaimConditions, A::Error> {
                let (mut conditions, mut seen) = (Vec::new(), BTreeSet::new());
                while let Some(path) = object.next_key::<ClaimPath>()? {
                    if !seen.insert(path.text.clone()) {
                        return Err(A::Error::custom(format!("names the claim {path} twice")));
                    }
                    conditions.push((path, object.next_value()?));
                }
                if conditions.is_empty() {
                    return Err(A::Error::custom("must hold at least one entry"));
                }
                Ok(ClaimConditions(conditions))
            }
        }

        deserializer.deserialize_map(ConditionsVisitor)
    }
}

#[cfg(feature = "schema")]
mod json_schema {
    //! The schema's side of the types above that serde's derive cannot see through.

    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{ClaimCondition, ClaimConditions, ClaimPath, ClaimValue, MAX_NUMBER};

    impl JsonSchema for ClaimPath {
        fn schema_name() -> Cow<'static, str> {
            "ClaimPath".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "type": "string", "minLength": 1, "maxLength": Self::MAX_BYTES,
                "description": "Where a claim stands: its name, a path into objects with dots, or a JSON pointer (RFC 6901)"
            })
        }
    }

    impl JsonSchema for ClaimValue {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "ClaimValue".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "type": ["string", "integer", "boolean"], "minimum": -MAX_NUMBER, "maximum": MAX_NUMBER
            })
        }
    }

    impl JsonSchema for ClaimConditions {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "ClaimConditions".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let condition = generator.subschema_for::<ClaimCondition>();
            json_schema!({ "type": "object", "additionalProperties": condition, "minProperties": 1 })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(path: &str, claims: &Value) -> Option<Value> {
        ClaimPath::parse(path).unwrap().find(claims.as_object().unwrap()).cloned()
    }

    #[test]
    fn a_place_has_one_reading() {
        let claims = json!({
            "email": "a", "realm_access": { "roles": ["x"] }, "realm_access.roles": "flat",
            "https://example.com/roles": "own", "resource_access": { "my.client": { "roles": ["y"] } },
            "a/b": { "c~d": 1 },
        });
        for (path, expected) in [
            ("email", Some(json!("a"))),
            ("realm_access.roles", Some(json!(["x"]))),
            ("/realm_access.roles", Some(json!("flat"))),
            ("https://example.com/roles", Some(json!("own"))),
            ("/resource_access/my.client/roles", Some(json!(["y"]))),
            ("resource_access.my.client.roles", None),
            ("/a~1b/c~0d", Some(json!(1))),
            ("email.x", None),
            ("missing", None),
        ] {
            assert_eq!(found(path, &claims), expected, "{path}");
        }
    }

    #[test]
    fn what_names_no_claim_is_refused() {
        for bad in ["", "/", "a..b", ".a", "a.", "/a//b", "/a~2", "/a~", "a\nb", &"a".repeat(257)] {
            assert!(ClaimPath::parse(bad).is_err(), "{bad:?}");
        }
    }

    fn is_met(condition: &Value, value: &Value) -> bool {
        serde_json::from_value::<ClaimCondition>(condition.clone()).unwrap().is_met_by(Some(value))
    }

    #[test]
    fn a_condition_is_met_by_a_value_or_by_a_list_of_texts() {
        let pro = json!({ "anyOf": ["pro", "team"] });
        for value in [json!("pro"), json!(["x", "team"])] {
            assert!(is_met(&pro, &value), "{value}");
        }
        for value in [
            json!("Pro"),
            json!("pro team"),
            json!(["x"]),
            json!(["pro", 1]),
            json!([["pro"]]),
            json!({ "pro": true }),
            json!(null),
            json!(true),
        ] {
            assert!(!is_met(&pro, &value), "{value}");
        }
        let both = json!({ "allOf": ["a", "b"] });
        assert!(is_met(&both, &json!(["b", "c", "a"])) && !is_met(&both, &json!(["a"])));
        assert!(!is_met(&both, &json!("a")));
        assert!(!ClaimCondition::default().is_met_by(None), "a claim that is absent meets nothing");
    }

    #[test]
    fn types_are_kept_apart_and_numbers_are_compared_as_numbers() {
        let five = json!({ "anyOf": [5] });
        assert!(is_met(&five, &json!(5)) && is_met(&five, &json!(5.0)));
        assert!(!is_met(&five, &json!("5")) && !is_met(&five, &json!(5.5)) && !is_met(&five, &json!([5])));
        let yes = json!({ "anyOf": [true] });
        assert!(is_met(&yes, &json!(true)));
        assert!(!is_met(&yes, &json!("true")) && !is_met(&yes, &json!(1)) && !is_met(&yes, &json!(false)));
        for bad in [json!(null), json!(1.5), json!([]), json!({}), json!(1_u64 << 53)] {
            assert!(serde_json::from_value::<ClaimValue>(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_claim_is_named_once() {
        let read = |text: &str| serde_json::from_str::<ClaimConditions>(text);
        assert!(read(r#"{"a": {"anyOf": ["x"]}, "b": {"anyOf": ["x"]}}"#).is_ok());
        assert!(read(r#"{"a": {"anyOf": ["x"]}, "a": {"anyOf": ["y"]}}"#).is_err());
        assert!(read("{}").is_err());
    }
}
