//! The custom attributes that users may write.
//!
//! This is only a list of names. The pool decides whether it has them and whether its app client may write them. This
//! file must not make an attribute writable that is not named.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::string_newtype;

string_newtype!(
    /// The name of a custom attribute of a user pool, as Cognito's API has it.
    ///
    /// A name that starts with `dev:` is refused: no app client may write such an attribute. Cognito's pattern
    /// excludes spaces and control characters.
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SchemaAttributeType.html>
    CustomAttribute,
    "custom: and the name of a custom attribute, of 1 to 20 characters without white space, such as custom:department",
    |text| text.strip_prefix("custom:").is_some_and(|name| {
        (1..=20).contains(&name.chars().count())
            && !name.contains(|c: char| c.is_whitespace() || c.is_control())
    })
);

/// At most [`CustomAttributes::MAX`] different names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomAttributes(Vec<CustomAttribute>);

impl CustomAttributes {
    /// The most custom attributes that a pool can have.
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html>
    pub const MAX: usize = 50;

    /// The names, in the order of the file.
    #[must_use]
    pub fn as_slice(&self) -> &[CustomAttribute] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for CustomAttributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names: Vec<CustomAttribute> = Vec::deserialize(deserializer)?;
        if names.len() > Self::MAX {
            let message = format!("must hold at most {} names, not {}", Self::MAX, names.len());
            return Err(D::Error::custom(message));
        }
        if names.iter().collect::<BTreeSet<_>>().len() < names.len() {
            return Err(D::Error::custom("must not name an attribute twice"));
        }
        Ok(Self(names))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for CustomAttributes {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CustomAttributes".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let items = generator.subschema_for::<CustomAttribute>();
        schemars::json_schema!({ "type": "array", "items": items, "maxItems": Self::MAX, "uniqueItems": true })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(names: &[&str]) -> Result<CustomAttributes, String> {
        serde_json::from_value(json!(names)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_is_one_that_an_app_client_can_write() {
        let longest = format!("custom:{}", "\u{e9}".repeat(20));
        for good in ["custom:a", "custom:T-shirt_size", "custom:a:b", &longest] {
            assert_eq!(read(&[good]).unwrap().as_slice()[0].as_str(), good);
        }
        let long = format!("custom:{}", "a".repeat(21));
        for bad in [
            "",
            "custom:",
            "role",
            "dev:custom:role",
            "Custom:role",
            "custom:a b",
            "custom:a\n",
            "email",
            &long,
        ] {
            assert!(read(&[bad]).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn there_are_no_more_than_a_pool_can_have_and_none_twice() {
        let names: Vec<String> = (0..=50).map(|number| format!("custom:{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(read(&names[..50]).unwrap().as_slice().len(), 50);
        assert_eq!(read(&names).unwrap_err(), "must hold at most 50 names, not 51");
        assert_eq!(read(&["custom:a", "custom:a"]).unwrap_err(), "must not name an attribute twice");
    }
}
