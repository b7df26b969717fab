//! The attributes that a user may write.
//!
//! The list is closed, and only `auth.customAttributes` extends it, because an attribute may decide a user's rights.

use std::borrow::Cow;

use platform::config::CustomAttribute;

/// The standard attributes that a user may write, besides those with a field of their own. Together these are all
/// standard attributes except `sub`, so every attribute that a pool can require is writable: Cognito requires no
/// others (`Required custom attributes are not supported currently.`).
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html>,
/// <https://github.com/hashicorp/terraform-provider-aws/issues/18430>
///
/// The list is closed: an attribute such as `custom:role` may decide a user's rights, so a user may write it only if
/// `auth.customAttributes` names it.
const WRITABLE: [&str; 14] = [
    "address",
    "birthdate",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "nickname",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

/// Attributes that have a field of their own in a request.
const FIELDS: [&str; 3] = ["email", "name", "phone_number"];

/// The name of an attribute in `attributes`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
#[schema(value_type = String)]
pub struct AttributeName(Cow<'static, str>);

impl AttributeName {
    /// The attribute `text`, if a user may write it there: a standard one, or one of `custom`.
    ///
    /// # Errors
    /// What to do instead.
    pub fn parse(text: &str, custom: &[CustomAttribute]) -> Result<Self, String> {
        if let Some(name) = WRITABLE.into_iter().find(|name| *name == text) {
            return Ok(Self(Cow::Borrowed(name)));
        }
        if custom.iter().any(|name| name.as_str() == text) {
            return Ok(Self(Cow::Owned(text.to_owned())));
        }
        if FIELDS.contains(&text) {
            return Err("has a field of its own: email, name or phoneNumber".to_owned());
        }
        let known: Vec<&str> =
            WRITABLE.into_iter().chain(custom.iter().map(CustomAttribute::as_str)).collect();
        Err(format!("is not an attribute that can be written; these can: {}", known.join(", ")))
    }

    /// The same for the attributes with a new password: a pool may require any standard one.
    ///
    /// # Errors
    /// What to do instead.
    pub fn parse_required(text: &str, custom: &[CustomAttribute]) -> Result<Self, String> {
        let field = FIELDS.into_iter().find(|name| *name == text);
        field.map_or_else(|| Self::parse(text, custom), |name| Ok(Self(Cow::Borrowed(name))))
    }

    /// The name as Cognito spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The attribute that a request's field stands for.
    pub(crate) const EMAIL: Self = Self(Cow::Borrowed("email"));
    pub(crate) const NAME: Self = Self(Cow::Borrowed("name"));
    pub(crate) const PHONE_NUMBER: Self = Self(Cow::Borrowed("phone_number"));
    pub(crate) const LOCALE: Self = Self(Cow::Borrowed("locale"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_writes_an_attribute_that_may_decide_their_rights() {
        for bad in
            ["custom:role", "dev:custom:role", "cognito:groups", "sub", "email_verified", "identities", ""]
        {
            assert!(AttributeName::parse(bad, &[]).is_err(), "{bad}");
            assert!(AttributeName::parse_required(bad, &[]).is_err(), "{bad}");
        }
        assert!(AttributeName::parse("email", &[]).unwrap_err().contains("field of its own"));
        assert!(AttributeName::parse_required("email", &[]).is_ok());
    }

    #[test]
    fn a_custom_attribute_is_writable_where_it_is_named_and_no_other_one() {
        let named: Vec<CustomAttribute> = serde_json::from_str(r#"["custom:team"]"#).unwrap();
        assert_eq!(AttributeName::parse("custom:team", &named).unwrap().as_str(), "custom:team");
        assert_eq!(AttributeName::parse_required("custom:team", &named).unwrap().as_str(), "custom:team");
        for bad in ["team", "custom:Team", "custom:role", "dev:custom:team"] {
            let message = AttributeName::parse(bad, &named).unwrap_err();
            assert!(message.ends_with("website, zoneinfo, custom:team"), "{message}");
        }
    }
}
