//! The claims of a Cognito token (RFC 7519 section 4): read strictly, believed only by `verify`.
//!
//! A claim that the gate or the services behind it use must have its type; all others may be anything
//! that is JSON with unique keys.

use std::fmt;

use platform::identity::{Identity, Names, TokenUse};
use platform::json::{SeenKeys, UniqueKeys};
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer as _};

use super::ISSUED_AHEAD;
use crate::clock::UnixTime;
use crate::error::TokenError;

/// The longest text of a claim that names something, in bytes. Cognito's user names have at most 128
/// characters, which are at most 512 bytes.
const MAX_NAME_BYTES: usize = 512;

/// 9999-12-31T23:59:59Z. A later date is a mistake or an attack, and may not fit other date types.
const LAST_DATE: u64 = 253_402_300_799;

/// Claims of the right types, from a token that nobody has verified.
#[derive(Debug)]
pub(crate) struct UnverifiedClaims {
    pub(crate) issuer: String,
    pub(crate) token_use: TokenUse,
    pub(crate) times: Times,
    subject: String,
    client_id: Option<String>,
    audience: Option<String>,
    username: Option<String>,
    cognito_username: Option<String>,
    groups: Names,
    scopes: Names,
    token_id: Option<String>,
}

impl UnverifiedClaims {
    pub(super) fn parse(json: &str) -> Result<Self, TokenError> {
        RawClaims::read(json)?.complete()
    }

    /// An access token names its user in another claim than an ID token.
    pub(crate) fn into_identity(self) -> Result<Identity, TokenError> {
        let client_id = client(self.token_use, self.client_id, self.audience)?;
        let username = match self.token_use {
            TokenUse::Access => self.username,
            TokenUse::Id => self.cognito_username,
        };
        Ok(Identity {
            subject: self.subject,
            username,
            token_use: self.token_use,
            client_id,
            groups: self.groups,
            scopes: self.scopes,
            issuer: self.issuer,
            expires_at: self.times.expires_at,
            token_id: self.token_id,
        })
    }
}

/// An access token names its client in `client_id`, an ID token in `aud`.
fn client<T>(token_use: TokenUse, client_id: Option<T>, audience: Option<T>) -> Result<T, TokenError> {
    match token_use {
        TokenUse::Access => client_id.ok_or(TokenError::MissingClaim("client_id")),
        TokenUse::Id => audience.ok_or(TokenError::MissingClaim("aud")),
    }
}

/// When a token holds: `exp`, `iat` and `nbf`, in seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    expires_at: u64,
    issued_at: u64,
    not_before: Option<u64>,
}

impl Times {
    /// `exp` is required and exclusive (RFC 7519 section 4.1.4), `nbf` is honoured, `iat` may not lie ahead.
    pub(crate) fn check(self, leeway: u64, now: UnixTime) -> Result<(), TokenError> {
        let now = now.secs();
        if now >= self.expires_at.saturating_add(leeway) {
            return Err(TokenError::Expired);
        }
        if self.not_before.is_some_and(|not_before| not_before > now.saturating_add(leeway)) {
            return Err(TokenError::NotYetValid);
        }
        if self.issued_at > now.saturating_add(ISSUED_AHEAD) {
            return Err(TokenError::IssuedInFuture);
        }
        Ok(())
    }
}

/// The claims as they come; a claim that is absent, and not one that is `null`, is `None`.
#[derive(Default)]
pub(crate) struct RawClaims {
    issuer: Option<Name>,
    token_use: Option<TokenUse>,
    subject: Option<Name>,
    expires_at: Option<NumericDate>,
    issued_at: Option<NumericDate>,
    not_before: Option<NumericDate>,
    client_id: Option<Name>,
    /// A text, or `None` for anything else: only an ID token's `aud` is used, and there it is a text.
    audience: Option<String>,
    username: Option<Name>,
    cognito_username: Option<Name>,
    groups: Option<Groups>,
    scopes: Option<Scopes>,
    token_id: Option<Name>,
    /// The claim that was being read.
    wrong: Option<&'static str>,
}

impl RawClaims {
    /// Reads the claims that there are.
    pub(crate) fn read(json: &str) -> Result<Self, TokenError> {
        let mut raw = Self::default();
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let read = deserializer.deserialize_map(ClaimsVisitor(&mut raw)).and_then(|()| deserializer.end());
        match read {
            Ok(()) => Ok(raw),
            Err(_) => Err(raw.wrong.map_or(TokenError::Claims, TokenError::Claim)),
        }
    }

    /// Holds the claims to be all that there must be.
    pub(crate) fn complete(self) -> Result<UnverifiedClaims, TokenError> {
        Ok(UnverifiedClaims {
            issuer: self.issuer.ok_or(TokenError::MissingClaim("iss"))?.0,
            token_use: self.token_use.ok_or(TokenError::MissingClaim("token_use"))?,
            subject: self.subject.ok_or(TokenError::MissingClaim("sub"))?.0,
            times: Times {
                expires_at: self.expires_at.ok_or(TokenError::MissingClaim("exp"))?.0,
                issued_at: self.issued_at.ok_or(TokenError::MissingClaim("iat"))?.0,
                not_before: self.not_before.map(|date| date.0),
            },
            client_id: self.client_id.map(|name| name.0),
            audience: self.audience,
            username: self.username.map(|name| name.0),
            cognito_username: self.cognito_username.map(|name| name.0),
            groups: self.groups.unwrap_or_default().0,
            scopes: self.scopes.unwrap_or_default().0,
            token_id: self.token_id.map(|name| name.0),
        })
    }

    /// The claims for people to look at.
    pub(crate) fn stated(&self) -> Stated {
        let text = |name: &Option<Name>| name.as_ref().map(|name| name.0.clone());
        let date = |date: &Option<NumericDate>| date.as_ref().map(|date| date.0);
        Stated {
            issuer: text(&self.issuer),
            subject: text(&self.subject),
            token_use: self.token_use,
            client_id: text(&self.client_id),
            audience: self.audience.clone(),
            groups: self.groups.as_ref().map(|groups| groups.0.clone()).unwrap_or_default(),
            scopes: self.scopes.as_ref().map(|scopes| scopes.0.clone()).unwrap_or_default(),
            expires_at: date(&self.expires_at),
            issued_at: date(&self.issued_at),
            not_before: date(&self.not_before),
        }
    }
}

/// What a token states of itself. Anybody can write such a token: nothing in here is to be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// `iss`.
    pub issuer: Option<String>,
    /// `sub`.
    pub subject: Option<String>,
    /// `token_use`.
    pub token_use: Option<TokenUse>,
    /// `client_id`.
    pub client_id: Option<String>,
    /// `aud`, when it is a single one.
    pub audience: Option<String>,
    /// `cognito:groups`.
    pub groups: Names,
    /// `scope`.
    pub scopes: Names,
    /// `exp`, in seconds since the epoch.
    pub expires_at: Option<u64>,
    /// `iat`.
    pub issued_at: Option<u64>,
    /// `nbf`.
    pub not_before: Option<u64>,
}

impl Stated {
    /// The times, when the required ones are there.
    pub(crate) fn times(&self) -> Option<Times> {
        let (expires_at, issued_at) = (self.expires_at?, self.issued_at?);
        Some(Times { expires_at, issued_at, not_before: self.not_before })
    }

    /// The client, or which claim does not name it. `None` when it is not known which claim should.
    pub(crate) fn client(&self) -> Option<Result<&str, TokenError>> {
        let token_use = self.token_use?;
        Some(client(token_use, self.client_id.as_deref(), self.audience.as_deref()))
    }
}

struct ClaimsVisitor<'c>(&'c mut RawClaims);

impl ClaimsVisitor<'_> {
    fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, object: &mut A) -> Result<(), A::Error> {
        let raw = &mut *self.0;
        match name {
            "iss" => raw.issuer = Some(typed("iss", &mut raw.wrong, object)?),
            "token_use" => raw.token_use = Some(typed("token_use", &mut raw.wrong, object)?),
            "sub" => raw.subject = Some(typed("sub", &mut raw.wrong, object)?),
            "exp" => raw.expires_at = Some(typed("exp", &mut raw.wrong, object)?),
            "iat" => raw.issued_at = Some(typed("iat", &mut raw.wrong, object)?),
            "nbf" => raw.not_before = Some(typed("nbf", &mut raw.wrong, object)?),
            "client_id" => raw.client_id = Some(typed("client_id", &mut raw.wrong, object)?),
            "aud" => raw.audience = typed::<Audience, _>("aud", &mut raw.wrong, object)?.0,
            "username" => raw.username = Some(typed("username", &mut raw.wrong, object)?),
            "cognito:username" => {
                raw.cognito_username = Some(typed("cognito:username", &mut raw.wrong, object)?);
            }
            "cognito:groups" => raw.groups = Some(typed("cognito:groups", &mut raw.wrong, object)?),
            "scope" => raw.scopes = Some(typed("scope", &mut raw.wrong, object)?),
            "jti" => raw.token_id = Some(typed("jti", &mut raw.wrong, object)?),
            _ => drop(object.next_value::<UniqueKeys>()?),
        }
        Ok(())
    }
}

/// Reads a claim's value, and leaves the claim's name in `wrong` if that fails.
fn typed<'de, T, A>(
    name: &'static str,
    wrong: &mut Option<&'static str>,
    object: &mut A,
) -> Result<T, A::Error>
where
    T: DeserializeOwned,
    A: MapAccess<'de>,
{
    object.next_value().inspect_err(|_| *wrong = Some(name))
}

impl<'de> Visitor<'de> for ClaimsVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a claims set")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<(), A::Error> {
        let mut seen = SeenKeys::default();
        while let Some(name) = seen.next(&mut object)? {
            self.read(name.as_str(), &mut object)?;
        }
        Ok(())
    }
}

/// A text that names something: not empty, not endless, without control characters.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Name(String);

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_good = (1..=MAX_NAME_BYTES).contains(&text.len()) && !has_control(&text);
        if is_good { Ok(Self(text)) } else { Err("not a name") }
    }
}

/// Most names are ASCII, where bytes tell. All of them are looked at, many at a time, whatever the first ones are.
fn has_control(text: &str) -> bool {
    if text.is_ascii() {
        text.bytes().fold(false, |found, byte| found | byte.is_ascii_control())
    } else {
        text.contains(char::is_control)
    }
}

/// Whole seconds since the epoch. RFC 7519 allows fractions; Cognito does not use them.
#[derive(Deserialize)]
#[serde(try_from = "u64")]
struct NumericDate(u64);

impl TryFrom<u64> for NumericDate {
    type Error = &'static str;

    fn try_from(seconds: u64) -> Result<Self, Self::Error> {
        if seconds <= LAST_DATE { Ok(Self(seconds)) } else { Err("not a date") }
    }
}

/// A list of texts that can be told apart in a space-separated list.
#[derive(Default, Deserialize)]
#[serde(try_from = "Vec<String>")]
struct Groups(Names);

impl TryFrom<Vec<String>> for Groups {
    type Error = &'static str;

    fn try_from(names: Vec<String>) -> Result<Self, Self::Error> {
        Names::new(names).map(Self).ok_or("not group names")
    }
}

/// A space-separated list (RFC 6749 section 3.3).
#[derive(Default, Deserialize)]
#[serde(try_from = "String")]
struct Scopes(Names);

impl TryFrom<String> for Scopes {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Names::parse(&text).map(Self).ok_or("not scopes")
    }
}

/// `aud`: a name, or `None` for the list of texts that RFC 7519 section 4.1.3 allows beside one. An access
/// token's is not looked at; an ID token without a single audience names no client.
struct Audience(Option<String>);

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => {
                Name::try_from(text).map(|name| Self(Some(name.0))).map_err(D::Error::custom)
            }
            // Nothing but texts: an object in the list could name a key twice.
            serde_json::Value::Array(list) if list.iter().all(serde_json::Value::is_string) => Ok(Self(None)),
            _ => Err(D::Error::custom("not an audience")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn access() -> Value {
        json!({
            "sub": "a1", "iss": "https://issuer", "client_id": "client", "token_use": "access",
            "scope": "aws.cognito.signin.user.admin", "exp": 2_000, "iat": 1_000, "jti": "j", "username": "ann",
            "cognito:groups": ["admins"], "origin_jti": "o", "auth_time": 1_000, "version": 2,
        })
    }

    fn with(name: &str, value: &Value) -> Result<UnverifiedClaims, TokenError> {
        let mut claims = access();
        claims[name] = value.clone();
        UnverifiedClaims::parse(&claims.to_string())
    }

    #[test]
    fn an_access_token_names_client_and_user_in_its_own_claims() {
        let identity = with("aud", &json!(["x"])).unwrap().into_identity().unwrap();
        assert_eq!((identity.client_id.as_str(), identity.username.as_deref()), ("client", Some("ann")));
        assert!(identity.groups.contains("admins"));
    }

    #[test]
    fn an_id_token_names_client_and_user_in_other_claims() {
        let mut claims = access();
        claims["token_use"] = json!("id");
        claims["aud"] = json!("web");
        claims["cognito:username"] = json!("bob");
        let identity = UnverifiedClaims::parse(&claims.to_string()).unwrap().into_identity().unwrap();
        assert_eq!((identity.client_id.as_str(), identity.username.as_deref()), ("web", Some("bob")));

        claims["aud"] = json!(["web"]);
        let claims = UnverifiedClaims::parse(&claims.to_string()).unwrap();
        assert_eq!(claims.into_identity(), Err(TokenError::MissingClaim("aud")));
    }

    #[test]
    fn a_machine_s_token_has_no_user() {
        let mut claims = access();
        claims.as_object_mut().unwrap().remove("username");
        let identity = UnverifiedClaims::parse(&claims.to_string()).unwrap().into_identity().unwrap();
        assert_eq!(identity.username, None);
    }

    #[test]
    fn a_required_claim_must_be_there() {
        for name in ["sub", "iss", "token_use", "exp", "iat"] {
            let mut claims = access();
            claims.as_object_mut().unwrap().remove(name);
            let error = UnverifiedClaims::parse(&claims.to_string()).unwrap_err();
            assert_eq!(error, TokenError::MissingClaim(name));
        }
        let mut claims = access();
        claims.as_object_mut().unwrap().remove("client_id");
        let claims = UnverifiedClaims::parse(&claims.to_string()).unwrap();
        assert_eq!(claims.into_identity(), Err(TokenError::MissingClaim("client_id")));
    }

    #[test]
    fn a_claim_of_the_wrong_type_is_named() {
        let dates = [
            json!("2000"),
            json!(2000.0),
            json!(2e3),
            json!(-1),
            json!(null),
            json!(u64::MAX),
            json!([2000]),
        ];
        let names = [
            json!(null),
            json!(""),
            json!(5),
            json!(["a"]),
            json!({}),
            json!("a\nb"),
            json!("a".repeat(513)),
        ];
        let groups =
            [json!("admins"), json!(["a", 1]), json!(null), json!(["a b"]), json!([""]), json!({"a": 1})];
        let scopes = [json!(["a"]), json!(null), json!("a  b"), json!(" a"), json!("a\tb")];
        let uses = [json!("refresh"), json!("Access"), json!(""), json!(null), json!(["access"])];
        let audiences = [json!(null), json!(5), json!({}), json!(""), json!([5]), json!([{}])];
        for (claims, values) in [
            (["exp", "iat", "nbf"].as_slice(), dates.as_slice()),
            (&["sub", "iss", "client_id", "username", "cognito:username", "jti"], &names),
            (&["cognito:groups"], &groups),
            (&["scope"], &scopes),
            (&["token_use"], &uses),
            (&["aud"], &audiences),
        ] {
            for (claim, value) in
                claims.iter().flat_map(|claim| values.iter().map(move |value| (claim, value)))
            {
                assert_eq!(with(claim, value).unwrap_err(), TokenError::Claim(claim), "{claim} = {value}");
            }
        }
    }

    #[test]
    fn other_claims_may_be_anything() {
        for value in [json!(null), json!({ "a": [1, { "b": 2 }] }), json!("text")] {
            assert!(with("custom:thing", &value).is_ok());
        }
    }

    #[test]
    fn anything_but_one_object_with_unique_keys_is_refused() {
        let doubled = access().to_string().replace("\"jti\"", "\"sub\"");
        let nested = access().to_string().replace("\"version\":2", "\"x\":{\"a\":1,\"a\":2}");
        let deep = access().to_string().replace("\"version\":2", &format!("\"x\":{}", "[".repeat(100_000)));
        for json in ["", "null", "[]", "5", "\"a\"", "{", &doubled, &nested, &deep, &format!("{}x", access())]
        {
            assert_eq!(UnverifiedClaims::parse(json).unwrap_err(), TokenError::Claims, "{json}");
        }
    }

    #[test]
    fn times_are_checked_to_the_second() {
        let check = |claims: Value, leeway, now| {
            UnverifiedClaims::parse(&claims.to_string())
                .unwrap()
                .times
                .check(leeway, UnixTime::from_secs(now))
        };
        assert_eq!(check(access(), 0, 1_999), Ok(()));
        assert_eq!(check(access(), 0, 2_000), Err(TokenError::Expired));
        assert_eq!(check(access(), 5, 2_004), Ok(()));
        assert_eq!(check(access(), 5, 2_005), Err(TokenError::Expired));

        let mut early = access();
        early["nbf"] = json!(1_500);
        assert_eq!(check(early.clone(), 0, 1_499), Err(TokenError::NotYetValid));
        assert_eq!(check(early.clone(), 1, 1_499), Ok(()));
        assert_eq!(check(early, 0, 1_500), Ok(()));

        assert_eq!(check(access(), 0, 1_000 - ISSUED_AHEAD), Ok(()));
        assert_eq!(check(access(), 0, 999 - ISSUED_AHEAD), Err(TokenError::IssuedInFuture));
    }
}
