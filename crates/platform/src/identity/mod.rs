//! The contract between the gate and the services behind it: who is calling.
//!
//! The authorizer writes an [`Identity`] into its answer's `context`; API Gateway hands that map on to the
//! integration as `requestContext.authorizer`; the service reads it back. Both directions are in this folder, so that
//! they stay the same.
//!
//! This file must not be lenient: a map with a missing or malformed value is no identity.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::config::HttpsUrl;

mod names;

pub use names::Names;

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

/// Who vouches for the token. An issuer can put any groups, scopes and subjects into its tokens. What they are worth
/// depends on the issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Authority {
    /// The stack's own pool.
    Own,
    /// The one configured issuer of a stack that has no pool of its own.
    Sole,
    /// Any other configured issuer. Its tokens count only where it is named.
    Named,
}

impl Authority {
    /// A stable name, which is in the context.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Sole => "sole",
            Self::Named => "named",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Own, Self::Sole, Self::Named].into_iter().find(|authority| authority.as_str() == text)
    }
}

/// The caller, as a verified token names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `sub`: the stable, never reused id of the user, or of the machine client. It is unique only together with its
    /// issuer: see [`Identity::subject_key`].
    pub subject: String,
    /// `username` (access token) or `cognito:username` (ID token). A machine client has none.
    pub username: Option<String>,
    /// `token_use`.
    pub token_use: TokenUse,
    /// `client_id` (access token) or `aud` (ID token): the app client that got the token. Every Cognito token has
    /// one.
    pub client_id: Option<String>,
    /// `cognito:groups`, or the claim that the issuer uses instead.
    pub groups: Names,
    /// `scope`, or the claim that the issuer uses instead.
    pub scopes: Names,
    /// `iss`.
    pub issuer: String,
    /// Who vouches for all of this.
    pub authority: Authority,
    /// `exp`, in seconds since the Unix epoch.
    pub expires_at: u64,
    /// `jti`.
    pub token_id: Option<String>,
    /// The claims that `authorizer.context` passes on, by the names in that list. They have the types that they have
    /// in the token.
    pub claims: Map<String, Value>,
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
    pub(super) const AUTHORITY: &str = "authority";
    pub(super) const EXPIRES_AT: &str = "exp";
    pub(super) const TOKEN_ID: &str = "jti";
    pub(super) const CLAIMS: &str = "claims";
}

/// The context key of the issuer.
pub const ISSUER_KEY: &str = key::ISSUER;

impl Identity {
    /// Whether the token is from the issuer that rules and services mean if they name none.
    #[must_use]
    pub const fn is_home(&self) -> bool {
        matches!(self.authority, Authority::Own | Authority::Sole)
    }

    /// The subject, bound to its issuer: a text of at most 512 bytes. No other issuer's token has it, and it stays
    /// the same as long as the issuer keeps the subject. A service stores a caller's data under it.
    ///
    /// A subject is unique only within its issuer (`OpenID` Connect Core section 5.7). Subjects of the own pool are
    /// used unchanged: Cognito makes them, and nobody can choose one. Any other issuer could use any subject, so the
    /// key includes the issuer's name. All forms of a Cognito pool's issuer are the same pool.
    #[must_use]
    pub fn subject_key(&self) -> String {
        if self.authority == Authority::Own {
            return self.subject.clone();
        }
        let pool = HttpsUrl::new(&self.issuer).ok().and_then(|issuer| issuer.cognito_pool());
        let issuer = pool.map_or_else(|| self.issuer.clone(), |pool| pool.issuer());
        let mut hash = Sha256::new();
        hash.update(issuer);
        // An issuer is a URL and does not contain this byte.
        hash.update([0]);
        hash.update(&self.subject);
        // No Cognito subject contains a colon.
        format!("other:{}", URL_SAFE_NO_PAD.encode(hash.finalize()))
    }

    /// A claim that `authorizer.context` passes on, by its name in that list.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// The flat map of strings that API Gateway takes as an authorizer's `context`.
    ///
    /// Values that the token lacks are absent, not empty. Groups and scopes are separated by spaces, and their names
    /// are percent-encoded where necessary: see [`Names`]. Claims are one JSON object, as text.
    #[must_use]
    pub fn to_context(&self) -> BTreeMap<&'static str, Cow<'_, str>> {
        let mut context: BTreeMap<&'static str, Cow<'_, str>> = BTreeMap::from([
            (key::SUBJECT, self.subject.as_str().into()),
            (key::TOKEN_USE, self.token_use.as_str().into()),
            (key::GROUPS, self.groups.to_string().into()),
            (key::SCOPES, self.scopes.to_string().into()),
            (key::ISSUER, self.issuer.as_str().into()),
            (key::AUTHORITY, self.authority.as_str().into()),
            (key::EXPIRES_AT, self.expires_at.to_string().into()),
        ]);
        for (key, value) in [
            (key::USERNAME, &self.username),
            (key::CLIENT_ID, &self.client_id),
            (key::TOKEN_ID, &self.token_id),
        ] {
            context.extend(value.as_deref().map(|value| (key, value.into())));
        }
        if !self.claims.is_empty() {
            // Writing a JSON object cannot fail.
            let claims = serde_json::to_string(&self.claims);
            context.extend(claims.ok().map(|claims| (key::CLAIMS, without_controls(claims).into())));
        }
        context
    }

    /// Reads the map back. `get` returns the string value of a key, or `None` if the key is absent or its value is
    /// not a string.
    ///
    /// # Errors
    /// [`IncompleteIdentity`] names the first missing or malformed value. The caller must then treat the request as
    /// unauthenticated.
    pub fn from_context<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Result<Self, IncompleteIdentity> {
        let wrong = |key: &'static str| IncompleteIdentity { key };
        let required = |key| get(key).filter(|value| !value.is_empty()).ok_or(wrong(key));
        let names = |key| get(key).and_then(Names::decode).ok_or(wrong(key));
        let optional = |key| match get(key) {
            Some("") => Err(wrong(key)),
            value => Ok(value.map(str::to_owned)),
        };
        Ok(Self {
            subject: required(key::SUBJECT)?.to_owned(),
            username: optional(key::USERNAME)?,
            token_use: TokenUse::parse(required(key::TOKEN_USE)?).ok_or(wrong(key::TOKEN_USE))?,
            client_id: optional(key::CLIENT_ID)?,
            groups: names(key::GROUPS)?,
            scopes: names(key::SCOPES)?,
            issuer: required(key::ISSUER)?.to_owned(),
            authority: Authority::parse(required(key::AUTHORITY)?).ok_or(wrong(key::AUTHORITY))?,
            expires_at: required(key::EXPIRES_AT)?.parse().map_err(|_| wrong(key::EXPIRES_AT))?,
            token_id: optional(key::TOKEN_ID)?,
            claims: match get(key::CLAIMS) {
                None => Map::new(),
                Some(claims) => serde_json::from_str(claims).map_err(|_| wrong(key::CLAIMS))?,
            },
        })
    }
}

/// The gate did not write this context: a value is missing or malformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the authorizer context has no usable `{key}`")]
pub struct IncompleteIdentity {
    key: &'static str,
}

/// JSON escapes only the control characters up to U+001F. The others could also end a line in a log (U+0085), so this
/// function escapes them. They occur only in JSON strings.
fn without_controls(json: String) -> String {
    if !json.contains(char::is_control) {
        return json;
    }
    json.chars().fold(String::with_capacity(json.len()), |mut escaped, c| {
        if c.is_control() {
            // Writing to a `String` cannot fail.
            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names() -> impl Strategy<Value = Names> {
        prop::collection::vec(".{1,12}|[ %\\n0-9A-Fa-f]{1,6}", 0..5).prop_map(Names::new)
    }

    fn claims() -> impl Strategy<Value = Map<String, Value>> {
        let value = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
            prop::collection::vec(".{0,4}", 0..3).prop_map(Value::from),
            Just(Value::Null),
        ];
        prop::collection::btree_map(".{1,8}", value, 0..4).prop_map(|claims| claims.into_iter().collect())
    }

    prop_compose! {
        fn identity()(
            subject in ".{1,40}",
            username in prop::option::of(".{1,40}"),
            token_use in prop_oneof![Just(TokenUse::Access), Just(TokenUse::Id)],
            authority in prop_oneof![Just(Authority::Own), Just(Authority::Sole), Just(Authority::Named)],
            client_id in prop::option::of(".{1,40}"),
            groups in names(),
            scopes in names(),
            issuer in ".{1,40}",
            expires_at: u64,
            token_id in prop::option::of(".{1,40}"),
            claims in claims(),
        ) -> Identity {
            Identity {
                subject, username, token_use, client_id, groups, scopes, issuer, authority, expires_at, token_id, claims,
            }
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
        fn a_list_of_names_has_one_text(text in "[a %0-9A-Fa-f\u{a0}\n]{0,12}") {
            if let Some(names) = Names::decode(&text) {
                prop_assert_eq!(names.to_string(), text);
            }
        }
    }

    fn sample() -> Identity {
        Identity {
            subject: "b1f0".into(),
            username: None,
            token_use: TokenUse::Access,
            client_id: None,
            groups: Names::parse("admins staff").unwrap(),
            scopes: Names::default(),
            issuer: "https://issuer".into(),
            authority: Authority::Own,
            expires_at: 1_700_000_000,
            token_id: None,
            claims: Map::new(),
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
            ("authority", "Own"),
            ("authority", "partner"),
            ("claims", ""),
            ("claims", "[]"),
            ("claims", "null"),
            ("claims", "{\"a\":}"),
            ("groups", "two  spaces"),
            ("groups", "tab\there"),
            ("groups", "a%2"),
            ("groups", "a%zz"),
            ("groups", "a%2520%"),
            ("groups", "a%41"),
            ("groups", "a%0a"),
            ("groups", "a%FF"),
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
        let names =
            Names::new(["staff admins", "Domain Users", "100%", "a\nb", "x\u{a0}y", ""].map(str::to_owned));
        assert_eq!(names.to_string(), "staff%20admins Domain%20Users 100%25 a%0Ab x%C2%A0y");
        assert!(!names.contains("admins") && names.contains("staff admins") && names.as_slice().len() == 5);
        assert_eq!(Names::decode(&names.to_string()), Some(names));
    }

    #[test]
    fn no_claim_brings_a_control_character_into_the_context() {
        let text = (0..=0xff).filter_map(char::from_u32).collect::<String>();
        let claims = Map::from_iter([(text.clone(), Value::from(text.clone()))]);
        let identity = Identity { claims, ..sample() };
        let context = identity.to_context();
        assert!(!context["claims"].contains(char::is_control), "{:?}", context["claims"]);
        assert_eq!(read_back(&context).unwrap().claim(&text), Some(&Value::from(text.as_str())));
    }

    #[test]
    fn a_scope_claim_is_not_decoded() {
        assert_eq!(Names::parse("a%20b c").unwrap().as_slice(), ["a%20b", "c"]);
        for bad in ["a  b", " a", "a ", "a\tb", "a\u{a0}b", "a\u{85}"] {
            assert_eq!(Names::parse(bad), None, "{bad:?}");
        }
    }

    fn key(authority: Authority, issuer: &str, subject: &str) -> String {
        let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
        Identity { subject, issuer, authority, ..sample() }.subject_key()
    }

    const POOL: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI";

    #[test]
    fn a_subject_of_the_own_pool_is_the_key_itself() {
        assert_eq!(key(Authority::Own, POOL, "b1f0"), "b1f0");
    }

    #[test]
    fn no_issuer_can_give_a_subject_another_one_s_key() {
        let others = [
            POOL,
            "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other",
            "https://idp.example",
            "https://idp.example/",
            "https://cognito-idp.us-east-1.amazonaws.com.evil.example/us-east-1_AbCdEfGhI",
            "https://evil.example/cognito-idp.us-east-1.amazonaws.com",
            "https://cognito-idp.evil.example/pool.amazonaws.com",
            "http://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI",
            "",
        ];
        let mut keys: Vec<_> = others.iter().map(|issuer| key(Authority::Named, issuer, "b1f0")).collect();
        keys.push(key(Authority::Own, POOL, "b1f0"));
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), others.len() + 1);
        assert_eq!(key(Authority::Named, "https://idp.example", &"x".repeat(5_000)).len(), 49);
    }

    #[test]
    fn the_key_outlives_what_changes_about_an_issuer() {
        let named = key(Authority::Named, POOL, "b1f0");
        assert_eq!(named, key(Authority::Sole, POOL, "b1f0"));
        for form in [
            "https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI",
            "https://issuer-cognito-idp.eu-west-1.amazonaws.com/us-east-1_AbCdEfGhI",
        ] {
            assert_eq!(key(Authority::Named, form, "b1f0"), named, "{form}");
        }
    }
}
