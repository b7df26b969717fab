//! Lists with limits.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// One or more values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NonEmpty<T>(Vec<T>);

impl<T> NonEmpty<T> {
    pub(in crate::config) fn one(value: T) -> Self {
        Self(vec![value])
    }

    /// The values, in the file's order.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for NonEmpty<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = Vec::deserialize(deserializer)?;
        if values.is_empty() {
            return Err(D::Error::custom("must hold at least one entry"));
        }
        Ok(Self(values))
    }
}

/// At most [`UpToTen::MAX`] different values: the template has a slot for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpToTen<T>(Vec<T>);

impl<T> UpToTen<T> {
    /// The number of slots in template.yaml.
    pub const MAX: usize = 10;

    /// The values, in the file's order.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
}

impl<T> Default for UpToTen<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de> + Ord> Deserialize<'de> for UpToTen<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values: Vec<T> = Vec::deserialize(deserializer)?;
        if values.len() > Self::MAX {
            return Err(D::Error::custom(format!(
                "must hold at most {} entries, not {}",
                Self::MAX,
                values.len()
            )));
        }
        if values.iter().collect::<BTreeSet<_>>().len() < values.len() {
            return Err(D::Error::custom("must not name an entry twice"));
        }
        Ok(Self(values))
    }
}

#[cfg(feature = "schema")]
mod json_schema {
    //! The schema's side of the types above that serde's derive cannot see through.

    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{NonEmpty, UpToTen};

    impl<T: JsonSchema> JsonSchema for NonEmpty<T> {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            format!("NonEmpty{}", T::schema_name()).into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "array", "items": generator.subschema_for::<T>(), "minItems": 1 })
        }
    }

    impl<T: JsonSchema> JsonSchema for UpToTen<T> {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            format!("Slots{}", T::schema_name()).into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let items = generator.subschema_for::<T>();
            json_schema!({ "type": "array", "items": items, "maxItems": Self::MAX, "uniqueItems": true })
        }
    }
}
