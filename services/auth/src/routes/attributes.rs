//! Attributes and code deliveries, which several routes use.

use std::collections::BTreeMap;

use platform::config::CustomAttribute;
use platform::document::pointer;
use serde::Serialize;
use utoipa::ToSchema;
use web::FieldError;

use crate::provider::{Delivery, Verifiable};
use crate::values::{AttributeName, AttributeValue, Attributes};

/// The members of `attributes` in a request. Each name is one that a user may write.
pub(crate) fn named<T>(
    given: BTreeMap<String, T>,
    custom: &[CustomAttribute],
    errors: &mut Vec<FieldError>,
) -> BTreeMap<AttributeName, T> {
    let mut named = BTreeMap::new();
    for (name, value) in given {
        match AttributeName::parse(&name, custom) {
            Ok(name) => {
                named.insert(name, value);
            }
            Err(why) => {
                errors.push(FieldError::new(pointer(&["attributes", &name]), why));
            }
        }
    }
    named
}

/// Adds the attributes that have a field of their own.
pub(crate) fn with_fields(
    mut attributes: Attributes,
    fields: impl IntoIterator<Item = (AttributeName, Option<AttributeValue>)>,
) -> Attributes {
    attributes.extend(fields.into_iter().filter_map(|(name, value)| Some((name, value?))));
    attributes
}

/// Where a code was sent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryView {
    /// The address or number, masked: `a***@e***`.
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
    /// `EMAIL` or `SMS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    medium: Option<String>,
    /// The attribute that the code proves: `email` or `phone_number`.
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<String>,
}

impl DeliveryView {
    /// What is shown with `auth.enumerationSafe`: the destination of a code would show whether a new address is
    /// somebody else's.
    pub(crate) fn of(attribute: Verifiable) -> Self {
        Self { destination: None, medium: None, attribute: Some(attribute.as_str().to_owned()) }
    }
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        let Delivery { destination, medium, attribute } = delivery;
        Self { destination, medium, attribute }
    }
}
