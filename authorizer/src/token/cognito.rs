//! The claims of a Cognito token (RFC 7519 section 4), read strictly and in one pass.
//!
//! A claim that the gate or the services use must have its type. All others may be any JSON with unique keys.
//! This file must not become lenient for the sake of another issuer's tokens: see `oidc.rs`.

use std::fmt;

use platform::identity::Names;
use platform::json::{SeenKeys, UniqueKeys, UniqueValue};
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer as _};

use super::claims::{Audience, LAST_DATE, RawClaims, is_name};
use crate::error::TokenError;
use crate::principal::Wanted;

/// Reads the claims that are present. A claim that is `null` counts as present.
pub(super) fn read(json: &str, wanted: &Wanted) -> Result<RawClaims, TokenError> {
    let mut reading = Reading { raw: RawClaims::default(), wanted, wrong: None };
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let read = deserializer.deserialize_map(ClaimsVisitor(&mut reading)).and_then(|()| deserializer.end());
    match read {
        Ok(()) => Ok(reading.raw),
        Err(_) => Err(reading.wrong.map_or(TokenError::Claims, TokenError::Claim)),
    }
}

struct Reading<'w> {
    raw: RawClaims,
    wanted: &'w Wanted,
    /// The claim that was being read.
    wrong: Option<&'static str>,
}

impl Reading<'_> {
    /// Reads one claim.
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, object: &mut A) -> Result<(), A::Error> {
        match name {
            "iss" => self.raw.issuer = Some(self.typed::<Name, _>("iss", object)?.0),
            "token_use" => self.raw.token_use = Some(self.typed("token_use", object)?),
            "sub" => self.raw.subject = Some(self.typed::<Name, _>("sub", object)?.0),
            "exp" => self.raw.dates.expires_at = Some(self.typed::<NumericDate, _>("exp", object)?.0),
            "iat" => self.raw.dates.issued_at = Some(self.typed::<NumericDate, _>("iat", object)?.0),
            "nbf" => self.raw.dates.not_before = Some(self.typed::<NumericDate, _>("nbf", object)?.0),
            "client_id" => self.raw.client_id = Some(self.typed::<Name, _>("client_id", object)?.0),
            "aud" => self.raw.audience = self.typed("aud", object)?,
            "username" => self.raw.username = Some(self.typed::<Name, _>("username", object)?.0),
            "cognito:username" => {
                self.raw.cognito_username = Some(self.typed::<Name, _>("cognito:username", object)?.0);
            }
            "cognito:groups" => self.raw.groups = self.typed::<Groups, _>("cognito:groups", object)?.0,
            "scope" => self.raw.scopes = self.typed::<Scopes, _>("scope", object)?.0,
            "jti" => self.raw.token_id = Some(self.typed::<Name, _>("jti", object)?.0),
            _ if self.wanted.has(name) => {
                self.raw.wanted.insert(name.to_owned(), object.next_value::<UniqueValue>()?.0);
            }
            _ => drop(object.next_value::<UniqueKeys>()?),
        }
        Ok(())
    }

    /// Reads a claim's value. If that fails, it leaves the claim's name in `wrong`.
    fn typed<'de, T, A>(&mut self, name: &'static str, object: &mut A) -> Result<T, A::Error>
    where
        T: DeserializeOwned,
        A: MapAccess<'de>,
    {
        let value = if self.wanted.has(name) {
            let UniqueValue(value) = object.next_value()?;
            self.raw.wanted.insert(name.to_owned(), value.clone());
            T::deserialize(value).map_err(A::Error::custom)
        } else {
            object.next_value()
        };
        value.inspect_err(|_| self.wrong = Some(name))
    }
}

struct ClaimsVisitor<'r, 'w>(&'r mut Reading<'w>);

impl<'de> Visitor<'de> for ClaimsVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a claims set")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut seen = SeenKeys::default();
        while let Some(name) = seen.next(&mut object)? {
            self.0.take(name.as_str(), &mut object)?;
        }
        Ok(())
    }
}

/// A string that is a name.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Name(String);

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if is_name(&text) { Ok(Self(text)) } else { Err("not a name") }
    }
}

/// Whole seconds since the epoch. RFC 7519 allows fractions, but Cognito does not use them.
#[derive(Deserialize)]
#[serde(try_from = "u64")]
struct NumericDate(u64);

impl TryFrom<u64> for NumericDate {
    type Error = &'static str;

    fn try_from(seconds: u64) -> Result<Self, Self::Error> {
        if seconds <= LAST_DATE { Ok(Self(seconds)) } else { Err("not a date") }
    }
}

/// A list of strings. Cognito's own groups have a plain form. A trigger or a federated identity provider may
/// write white space, an empty list or `null` here. The last two name no group, and do not make the token
/// bad.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html>
#[derive(Deserialize)]
#[serde(from = "Option<Vec<Option<String>>>")]
struct Groups(Names);

impl From<Option<Vec<Option<String>>>> for Groups {
    fn from(names: Option<Vec<Option<String>>>) -> Self {
        Self(Names::new(names.into_iter().flatten().flatten()))
    }
}

/// A space-separated list (RFC 6749 section 3.3).
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Scopes(Names);

impl TryFrom<String> for Scopes {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Names::parse(&text).map(Self).ok_or("not scopes")
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) if is_name(&text) => Ok(Self::One(text)),
            // Only strings are accepted: an object in the list could have the same key twice.
            serde_json::Value::Array(list) => {
                let texts = list.into_iter().map(|entry| match entry {
                    serde_json::Value::String(text) => Ok(text),
                    _ => Err(D::Error::custom("not an audience")),
                });
                texts.collect::<Result<_, _>>().map(Self::Several)
            }
            _ => Err(D::Error::custom("not an audience")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use platform::identity::{Identity, TokenUse};

    use super::super::claims::UnverifiedClaims;
    use super::*;
    use crate::issuers::{KeySource, TrustedIssuer};

    fn access() -> Value {
        json!({
            "sub": "a1", "iss": "https://issuer", "client_id": "client", "token_use": "access",
            "scope": "aws.cognito.signin.user.admin", "exp": 2_000, "iat": 1_000, "jti": "j", "username": "ann",
            "cognito:groups": ["admins"], "origin_jti": "o", "auth_time": 1_000, "version": 2,
        })
    }

    fn parse(json: &str) -> Result<UnverifiedClaims, TokenError> {
        read(json, &Wanted::default())?.complete()
    }

    fn with(name: &str, value: &Value) -> Result<UnverifiedClaims, TokenError> {
        let mut claims = access();
        claims[name] = value.clone();
        parse(&claims.to_string())
    }

    fn identity_of(claims: UnverifiedClaims) -> Result<Identity, TokenError> {
        let keys = KeySource::File("/dev/null".into());
        let uses = vec![TokenUse::Access, TokenUse::Id];
        let issuer = TrustedIssuer::cognito("https://issuer".to_owned(), vec![], uses, keys);
        claims.into_principal(&issuer).map(|principal| principal.identity)
    }

    #[test]
    fn an_access_token_names_client_and_user_in_its_own_claims() {
        let identity = identity_of(with("aud", &json!(["x"])).unwrap()).unwrap();
        assert_eq!(
            (identity.client_id.as_deref(), identity.username.as_deref()),
            (Some("client"), Some("ann"))
        );
        assert!(identity.groups.contains("admins"));
    }

    #[test]
    fn an_id_token_names_client_and_user_in_other_claims() {
        let mut claims = access();
        claims["token_use"] = json!("id");
        claims["aud"] = json!("web");
        claims["cognito:username"] = json!("bob");
        let identity = identity_of(parse(&claims.to_string()).unwrap()).unwrap();
        assert_eq!((identity.client_id.as_deref(), identity.username.as_deref()), (Some("web"), Some("bob")));

        claims["aud"] = json!(["web"]);
        let claims = parse(&claims.to_string()).unwrap();
        assert_eq!(identity_of(claims), Err(TokenError::MissingClaim("aud")));
    }

    #[test]
    fn a_machine_s_token_has_no_user() {
        let mut claims = access();
        claims.as_object_mut().unwrap().remove("username");
        let identity = identity_of(parse(&claims.to_string()).unwrap()).unwrap();
        assert_eq!(identity.username, None);
    }

    #[test]
    fn a_required_claim_must_be_there() {
        for name in ["sub", "iss", "token_use", "exp", "iat"] {
            let mut claims = access();
            claims.as_object_mut().unwrap().remove(name);
            let error = parse(&claims.to_string()).unwrap_err();
            assert_eq!(error, TokenError::MissingClaim(name));
        }
        let mut claims = access();
        claims.as_object_mut().unwrap().remove("client_id");
        let claims = parse(&claims.to_string()).unwrap();
        assert_eq!(identity_of(claims), Err(TokenError::MissingClaim("client_id")));
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
        let groups = [json!("admins"), json!(["a", 1]), json!([["a"]]), json!({"a": 1})];
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
    fn no_group_name_makes_a_token_bad_and_none_is_lost() {
        let groups = |value: &Value| identity_of(with("cognito:groups", value).unwrap()).unwrap().groups;
        assert_eq!(
            groups(&json!(["Domain Users", "a\nb", "100%"])).as_slice(),
            ["Domain Users", "a\nb", "100%"]
        );
        assert_eq!(groups(&json!([null, "", "admins"])).as_slice(), ["admins"]);
        assert!(groups(&json!(null)).as_slice().is_empty());
    }

    #[test]
    fn only_configured_claims_are_kept_and_keep_their_type() {
        let config = r#"{"authorizer":{"context":["custom:thing.a","sub","auth_time","missing"]}}"#;
        let wanted = Wanted::of(&platform::config::Config::parse(config).unwrap().authorizer);
        let mut claims = access();
        claims["custom:thing"] = json!({ "a": [1, 1.5, "x", null, true] });
        let raw = read(&claims.to_string(), &wanted).unwrap();
        let expected = json!({ "custom:thing": claims["custom:thing"], "sub": "a1", "auth_time": 1_000 });
        assert_eq!(Value::Object(raw.wanted.clone()), expected);
        let handed_on =
            json!({ "custom:thing.a": [1, 1.5, "x", null, true], "sub": "a1", "auth_time": 1_000 });
        assert_eq!(Value::Object(wanted.handed_on(&raw.wanted)), handed_on);
        let wrong = claims.to_string().replace("\"a1\"", "5");
        assert_eq!(read(&wrong, &wanted).unwrap_err(), TokenError::Claim("sub"));
        let doubled = claims.to_string().replace("\"auth_time\":1000", "\"auth_time\":{\"a\":1,\"a\":1}");
        assert_eq!(read(&doubled, &wanted).unwrap_err(), TokenError::Claims);
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
            assert_eq!(parse(json).unwrap_err(), TokenError::Claims, "{json}");
        }
    }
}
