//! The contract between the gate and the services behind it: who is calling.
//!
//! The authorizer writes an [`Identity`] into its answer's `context`; API Gateway hands that map on to
//! the integration as `requestContext.authorizer`; the service reads it back. Both directions stand in
//! this one file, so that they cannot drift apart.
//!
//! This file must not be lenient: a map with a missing or odd value is no identity at all.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What a Cognito token may be used for: its `token_use` claim.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TokenUse {
    /// An access token: says what the bearer may do, names its client in `client_id`.
    Access,
    /// An ID token: says who the user is, names its client in `aud`.
    Id,
}

impl TokenUse {
    /// The value as the `token_use` claim spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Id => "id",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Access, Self::Id].into_iter().find(|token_use| token_use.as_str() == text)
    }
}

impl fmt::Display for TokenUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The caller, as a verified token names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `sub`: the stable, never reused id of the user, or of the machine client.
    pub subject: String,
    /// `username` (access token) or `cognito:username` (ID token). A machine client has none.
    pub username: Option<String>,
    /// `token_use`.
    pub token_use: TokenUse,
    /// `client_id` (access token) or `aud` (ID token): the app client that got the token.
    pub client_id: String,
    /// `cognito:groups`.
    pub groups: Names,
    /// `scope`.
    pub scopes: Names,
    /// `iss`.
    pub issuer: String,
    /// `exp`, in seconds since the Unix epoch.
    pub expires_at: u64,
    /// `jti`.
    pub token_id: Option<String>,
}

/// The keys of the context map: the registered claim names of RFC 7519 and RFC 9068, and Cognito's own.
mod key {
    pub(super) const SUBJECT: &str = "sub";
    pub(super) const USERNAME: &str = "username";
    pub(super) const TOKEN_USE: &str = "token_use";
    pub(super) const CLIENT_ID: &str = "client_id";
    pub(super) const GROUPS: &str = "groups";
    pub(super) const SCOPES: &str = "scope";
    pub(super) const ISSUER: &str = "iss";
    pub(super) const EXPIRES_AT: &str = "exp";
    pub(super) const TOKEN_ID: &str = "jti";
}

impl Identity {
    /// The flat map of strings that API Gateway takes as an authorizer's `context`.
    ///
    /// What the token does not have is absent, not empty. Groups and scopes are space-separated.
    #[must_use]
    pub fn to_context(&self) -> BTreeMap<&'static str, Cow<'_, str>> {
        let mut context: BTreeMap<&'static str, Cow<'_, str>> = BTreeMap::from([
            (key::SUBJECT, self.subject.as_str().into()),
            (key::TOKEN_USE, self.token_use.as_str().into()),
            (key::CLIENT_ID, self.client_id.as_str().into()),
            (key::GROUPS, self.groups.to_string().into()),
            (key::SCOPES, self.scopes.to_string().into()),
            (key::ISSUER, self.issuer.as_str().into()),
            (key::EXPIRES_AT, self.expires_at.to_string().into()),
        ]);
        context.extend(self.username.as_deref().map(|username| (key::USERNAME, username.into())));
        context.extend(self.token_id.as_deref().map(|token_id| (key::TOKEN_ID, token_id.into())));
        context
    }

    /// Reads the map back. `get` looks a key up and gives its string value, or nothing when the key is
    /// absent or its value is not a string.
    ///
    /// # Errors
    /// [`IncompleteIdentity`] names the first value that is missing or not of its form. The caller must
    /// then treat the request as unauthenticated.
    pub fn from_context<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Result<Self, IncompleteIdentity> {
        let required = |name: &'static str| {
            get(name).filter(|value| !value.is_empty()).ok_or(IncompleteIdentity { key: name })
        };
        let names = |name: &'static str| {
            let text = get(name).ok_or(IncompleteIdentity { key: name })?;
            Names::parse(text).ok_or(IncompleteIdentity { key: name })
        };
        let optional = |name: &'static str| match get(name) {
            Some("") => Err(IncompleteIdentity { key: name }),
            value => Ok(value.map(str::to_owned)),
        };
        Ok(Self {
            subject: required(key::SUBJECT)?.to_owned(),
            username: optional(key::USERNAME)?,
            token_use: TokenUse::parse(required(key::TOKEN_USE)?)
                .ok_or(IncompleteIdentity { key: key::TOKEN_USE })?,
            client_id: required(key::CLIENT_ID)?.to_owned(),
            groups: names(key::GROUPS)?,
            scopes: names(key::SCOPES)?,
            issuer: required(key::ISSUER)?.to_owned(),
            expires_at: required(key::EXPIRES_AT)?
                .parse()
                .map_err(|_| IncompleteIdentity { key: key::EXPIRES_AT })?,
            token_id: optional(key::TOKEN_ID)?,
        })
    }
}

/// The context is not one that the gate wrote: a value is missing or not of its form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the authorizer context has no usable `{key}`")]
pub struct IncompleteIdentity {
    key: &'static str,
}

/// Group or scope names. None of them is empty or holds white space or control characters, so a
/// space-separated list of them is unambiguous in both directions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names(Vec<String>);

impl Names {
    /// Takes the names as they are, or gives `None` when one of them could not be told apart in a
    /// space-separated list.
    #[must_use]
    pub fn new(names: Vec<String>) -> Option<Self> {
        names.iter().all(|name| is_unambiguous(name)).then_some(Self(names))
    }

    /// Splits a space-separated list, such as a `scope` claim (RFC 6749 section 3.3). The empty text is
    /// the empty list; two spaces in a row, or one at an end, are no list.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        Self::new(text.split(' ').map(str::to_owned).collect())
    }

    /// Whether `name` is one of them, compared byte by byte.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|own| own == name)
    }

    /// The names in the token's order.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

fn is_unambiguous(name: &str) -> bool {
    // Most names are ASCII, where bytes tell.
    let is_graphic = name.bytes().all(|byte| byte.is_ascii_graphic());
    !name.is_empty() && (is_graphic || !name.contains(|c: char| c.is_whitespace() || c.is_control()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name() -> impl Strategy<Value = String> {
        "[^\\s\\pC]{1,12}"
    }

    fn names() -> impl Strategy<Value = Names> {
        prop::collection::vec(name(), 0..5).prop_map(|names| Names::new(names).unwrap())
    }

    prop_compose! {
        fn identity()(
            subject in ".{1,40}",
            username in prop::option::of(".{1,40}"),
            token_use in prop_oneof![Just(TokenUse::Access), Just(TokenUse::Id)],
            client_id in ".{1,40}",
            groups in names(),
            scopes in names(),
            issuer in ".{1,40}",
            expires_at: u64,
            token_id in prop::option::of(".{1,40}"),
        ) -> Identity {
            Identity { subject, username, token_use, client_id, groups, scopes, issuer, expires_at, token_id }
        }
    }

    fn read_back(context: &BTreeMap<&'static str, Cow<'_, str>>) -> Result<Identity, IncompleteIdentity> {
        Identity::from_context(|key| context.get(key).map(AsRef::as_ref))
    }

    proptest! {
        #[test]
        fn every_identity_survives_the_way_through_the_context(identity in identity()) {
            prop_assert_eq!(read_back(&identity.to_context()), Ok(identity));
        }

        #[test]
        fn names_that_are_accepted_read_back_as_themselves(names in prop::collection::vec(".{0,6}", 0..4)) {
            if let Some(accepted) = Names::new(names.clone()) {
                prop_assert_eq!(Names::parse(&accepted.to_string()), Some(accepted));
            }
        }
    }

    fn sample() -> Identity {
        Identity {
            subject: "b1f0".into(),
            username: None,
            token_use: TokenUse::Access,
            client_id: "client".into(),
            groups: Names::parse("admins staff").unwrap(),
            scopes: Names::default(),
            issuer: "https://issuer".into(),
            expires_at: 1_700_000_000,
            token_id: None,
        }
    }

    #[test]
    fn a_context_that_lacks_any_required_value_is_no_identity() {
        for key in sample().to_context().keys() {
            let sample = sample();
            let mut context = sample.to_context();
            context.remove(key);
            assert_eq!(read_back(&context), Err(IncompleteIdentity { key }), "without {key}");
        }
    }

    #[test]
    fn a_context_value_of_the_wrong_form_is_no_identity() {
        for (key, value) in [
            ("sub", ""),
            ("token_use", "refresh"),
            ("token_use", "ACCESS"),
            ("client_id", ""),
            ("groups", "two  spaces"),
            ("groups", " leading"),
            ("scope", "trailing "),
            ("scope", "line\nbreak"),
            ("exp", "1e9"),
            ("exp", "-1"),
            ("username", ""),
            ("jti", ""),
        ] {
            let sample = sample();
            let mut context = sample.to_context();
            context.insert(key, value.into());
            assert_eq!(read_back(&context), Err(IncompleteIdentity { key }), "{key} = {value:?}");
        }
    }

    #[test]
    fn a_group_with_white_space_cannot_pose_as_two_groups() {
        assert_eq!(Names::new(vec!["staff admins".into()]), None);
        assert_eq!(Names::new(vec![String::new()]), None);
    }
}
