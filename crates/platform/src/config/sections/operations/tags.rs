//! The tags of the stack and all its resources.
//!
//! No function and no parameter has them: `scripts/deploy` passes them to `sam deploy`. If a service of the stack
//! refused a tag, the deploy would stop half-way, so this file accepts only what all services and `sam deploy --tags`
//! accept. It must not add tags of its own.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::string_newtype;

string_newtype!(
    /// The key of a tag. AWS reserves `aws:`, in upper and lower case.
    ///
    /// <https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html>
    TagKey,
    "a tag's key of 1 to 128 ASCII letters, digits, inner spaces and any of _.:/+-@, without aws: in front",
    |text| is_tag(text, 128)
);

string_newtype!(
    /// The value of a tag. Most services accept an empty one, but `CloudFormation` refuses it.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Tag.html>
    TagValue,
    "a tag's value of 1 to 256 ASCII letters, digits, inner spaces and any of _.:/+-@, without aws: in front",
    |text| is_tag(text, 256)
);

/// API Gateway accepts only ASCII letters. sam cannot read `=`: it splits a value with a space and a `=` into two
/// tags, even in quotes (aws-sam-cli 1.x, `CfnTags`).
///
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_TagResource.html>
fn is_tag(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len())
        && text.trim_matches(' ') == text
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b" _.:/+-@".contains(&b))
        && !text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

/// Tags by their keys. Two keys that differ only in upper and lower case are refused: for roles they are the same
/// key.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html>
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(Vec<(TagKey, TagValue)>);

impl Tags {
    /// A resource accepts 50. SAM adds one to each function, and an organization may add some too.
    pub const MAX: usize = 45;

    /// The tags, in the order of the file.
    #[must_use]
    pub fn as_slice(&self) -> &[(TagKey, TagValue)] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TagsVisitor;

        impl<'de> Visitor<'de> for TagsVisitor {
            type Value = Tags;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object: tags, each a text")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Tags, A::Error> {
                let (mut tags, mut seen) = (Vec::new(), BTreeSet::new());
                while let Some(key) = object.next_key::<TagKey>()? {
                    if !seen.insert(key.as_str().to_ascii_lowercase()) {
                        return Err(A::Error::custom(format!(
                            "names the tag {key} twice: capital and small letters are the same in the tags of a role"
                        )));
                    }
                    tags.push((key, object.next_value()?));
                }
                if tags.len() > Tags::MAX {
                    return Err(A::Error::custom(format!(
                        "must hold at most {} tags, not {}: AWS takes 50, and some are not ours",
                        Tags::MAX,
                        tags.len()
                    )));
                }
                Ok(Tags(tags))
            }
        }

        deserializer.deserialize_map(TagsVisitor)
    }
}

#[cfg(feature = "schema")]
mod json_schema {
    //! The schema's side of the types above that serde's derive cannot see through.

    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{TagKey, TagValue, Tags};

    impl JsonSchema for Tags {
        fn schema_name() -> Cow<'static, str> {
            "Tags".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let (key, value) = (generator.subschema_for::<TagKey>(), generator.subschema_for::<TagValue>());
            json_schema!({
                "type": "object", "propertyNames": key, "additionalProperties": value, "maxProperties": Self::MAX
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_taken(key: &str, value: &str) -> bool {
        serde_json::from_value::<Tags>(serde_json::json!({ key: value })).is_ok()
    }

    #[test]
    fn a_tag_is_what_every_service_and_sam_take() {
        let (key, value) = ("k".repeat(128), "v".repeat(256));
        for (key, value) in [
            ("team", "payments"),
            ("Cost Center", "4711 / a-b"),
            ("a:b_c.d/e+f-g@h", "ada@example.com"),
            ("awsome", "aws"),
            (&key, &value),
        ] {
            assert!(is_taken(key, value), "{key}: {value}");
        }
        let (long_key, long_value) = (format!("{key}k"), format!("{value}v"));
        for (key, value) in [
            ("", "x"),
            ("k", ""),
            (" k", "x"),
            ("k", "x "),
            ("k", "a=b"),
            ("a=b", "x"),
            ("k", "gr\u{fc}n"),
            ("k", "a\nb"),
            ("k", "a\"b"),
            ("k", "a'b"),
            ("k", "a,b"),
            ("aws:x", "x"),
            ("AWS:x", "x"),
            ("k", "Aws:x"),
            (&long_key, "x"),
            ("k", &long_value),
        ] {
            assert!(!is_taken(key, value), "{key:?}: {value:?}");
        }
    }

    #[test]
    fn a_tag_is_named_once_and_there_are_not_too_many() {
        let read = |text: &str| serde_json::from_str::<Tags>(text);
        assert!(read(r#"{"a": "x", "a": "y"}"#).is_err());
        assert!(read(r#"{"team": "x", "Team": "y"}"#).is_err());
        let many = |count: usize| {
            let tags: Vec<_> = (0..count).map(|n| format!(r#""k{n}":"v""#)).collect();
            read(&format!("{{{}}}", tags.join(",")))
        };
        assert_eq!(many(45).unwrap().as_slice().len(), 45);
        assert!(many(46).unwrap_err().to_string().contains("at most 45 tags, not 46"));
        assert!(read("[]").is_err() && read(r#"{"a": 1}"#).is_err() && read(r#"{"a": null}"#).is_err());
        assert!(read("{}").unwrap().as_slice().is_empty());
    }
}
