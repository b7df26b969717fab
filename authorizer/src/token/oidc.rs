//! The claims of an access token of an issuer that is not Cognito: an `OpenID` provider or an OAuth 2.0
//! authorization server.
//!
//! Such issuers agree on the registered claims (RFC 7519 section 4.1) and, if they follow RFC 9068, on a few
//! more. An issuer's entry in config.json says where its other claims are. No provider is treated specially
//! by name.
//!
//! An ID token tells a client who signed in. It gives no access to an API, even if its issuer, audience and
//! signature are right. So a token counts as an access token only if something says that it is one, and
//! nothing says that it is not.

use platform::config::{ClaimPath, IssuerClaims};
use platform::identity::{Names, TokenUse};
use platform::json::UniqueValue;
use serde_json::{Map, Value};

use super::claims::{Audience, Dates, LAST_DATE, RawClaims, is_name};
use crate::error::TokenError;
use crate::principal::Wanted;

/// Claims that only ID tokens have (`OpenID` Connect Core sections 2 and 3.3.2.11, Financial-grade API part
/// 2).
pub const OF_ID_TOKENS: [&str; 4] = ["nonce", "at_hash", "c_hash", "s_hash"];

/// Claims that only access tokens have: those of RFC 9068 sections 2.2 and 2.2.3, and those that Entra ID and
/// Okta use in their place (`scp`, `cid`).
pub const OF_ACCESS_TOKENS: [&str; 4] = ["scope", "scp", "client_id", "cid"];

/// The claims that name a client, unless the entry says otherwise (RFC 9068 section 2.2, `OpenID` Connect
/// Core section 2, Okta).
const CLIENTS: [&str; 3] = ["client_id", "azp", "cid"];

/// The claims that name scopes, unless the entry says otherwise.
const SCOPES: [&str; 2] = ["scope", "scp"];

/// The claim of a token that is bound to a key (RFC 7800 section 3.1). Whoever sends such a token must prove
/// that they have the key (RFC 8705, RFC 9449), which a bearer token does not allow.
const CONFIRMATION: &str = "cnf";

/// The only value of a payload's `typ` that means access token, in any case. Keycloak writes it, and writes
/// `ID`, `Refresh` or `DPoP` into others:
/// <https://github.com/keycloak/keycloak/blob/main/server-spi-private/src/main/java/org/keycloak/util/TokenUtil.java>.
const BEARER: &str = "Bearer";

/// The one of [`OF_ID_TOKENS`] that a token of this `typ` may have all the same: Keycloak before version 25
/// put `nonce` into access tokens (<https://www.keycloak.org/docs/latest/upgrading/>).
const OF_OLD_KEYCLOAK: &str = "nonce";

/// The issuer that a token names, whatever else is wrong with it. `None`: it is not a JSON object, or names
/// none.
pub(super) fn issuer_of(json: &str) -> Option<String> {
    object(json).ok()?.get("iss")?.as_str().map(str::to_owned)
}

/// Reads the claims that are present. A claim of the wrong form is an error, as in Cognito's tokens.
pub(super) fn read(
    json: &str,
    names: &IssuerClaims,
    is_access_token: bool,
    wanted: &Wanted,
) -> Result<RawClaims, TokenError> {
    let claims = object(json)?;
    if claims.contains_key(CONFIRMATION) {
        return Err(TokenError::Claim(CONFIRMATION));
    }
    let reader = Reader(&claims);
    Ok(RawClaims {
        issuer: reader.name("iss")?,
        token_use: Some(reader.token_use(names, is_access_token)),
        subject: reader.name("sub")?,
        dates: Dates {
            // A fraction of a second is dropped, so that nobody is let in for longer than the token says.
            expires_at: reader.date("exp", f64::floor)?,
            issued_at: reader.date("iat", f64::floor)?,
            not_before: reader.date("nbf", f64::ceil)?,
        },
        client_id: reader.client(names)?,
        audience: reader.audience()?,
        groups: reader.groups(names)?,
        scopes: reader.scopes(names)?,
        token_id: reader.name("jti")?,
        wanted: wanted.pick(&claims),
        ..RawClaims::default()
    })
}

fn object(json: &str) -> Result<Map<String, Value>, TokenError> {
    match serde_json::from_str(json) {
        Ok(UniqueValue(Value::Object(claims))) => Ok(claims),
        _ => Err(TokenError::Claims),
    }
}

/// Typed views of the claims. A claim that is `null` counts as absent, except for dates: see there.
struct Reader<'c>(&'c Map<String, Value>);

impl<'c> Reader<'c> {
    fn get(&self, name: &str) -> Option<&'c Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// The value at the configured path, or else the first of the usual claims that is present.
    fn find(&self, path: Option<&ClaimPath>, usual: &[&str]) -> Option<&'c Value> {
        match path {
            Some(path) => path.find(self.0).filter(|value| !value.is_null()),
            None => usual.iter().find_map(|name| self.get(name)),
        }
    }

    fn name(&self, claim: &'static str) -> Result<Option<String>, TokenError> {
        self.get(claim).map(|value| name(value, claim)).transpose()
    }

    fn client(&self, names: &IssuerClaims) -> Result<Option<String>, TokenError> {
        self.find(names.client.as_ref(), &CLIENTS).map(|value| name(value, "client")).transpose()
    }

    /// Whole seconds; RFC 7519 section 2 allows fractions. `null` is not a date, and is refused: its author
    /// may have intended one.
    fn date(&self, claim: &'static str, whole: fn(f64) -> f64) -> Result<Option<u64>, TokenError> {
        let Some(value) = self.0.get(claim) else { return Ok(None) };
        let parts = || value.as_f64().filter(|seconds| *seconds >= 0.0);
        let seconds = value.as_u64().or_else(|| parts().and_then(|seconds| seconds_of(whole(seconds))));
        seconds.filter(|seconds| *seconds <= LAST_DATE).map(Some).ok_or(TokenError::Claim(claim))
    }

    fn audience(&self) -> Result<Audience, TokenError> {
        match self.get("aud") {
            None => Ok(Audience::None),
            Some(Value::Array(list)) => {
                list.iter().map(|entry| name(entry, "aud")).collect::<Result<_, _>>().map(Audience::Several)
            }
            Some(value) => name(value, "aud").map(Audience::One),
        }
    }

    fn groups(&self, names: &IssuerClaims) -> Result<Names, TokenError> {
        let value = self.find(names.groups.as_ref(), &[]);
        listed(value, |text| Some(Names::new([text.to_owned()]))).ok_or(TokenError::Claim("groups"))
    }

    fn scopes(&self, names: &IssuerClaims) -> Result<Names, TokenError> {
        listed(self.find(names.scopes.as_ref(), &SCOPES), Names::parse).ok_or(TokenError::Claim("scopes"))
    }

    fn token_use(&self, names: &IssuerClaims, is_access_token: bool) -> TokenUse {
        let bears = |claims: &[&str]| claims.iter().any(|name| self.get(name).is_some());
        let typ = self.get("typ").map(|typ| typ.as_str().is_some_and(|typ| typ.eq_ignore_ascii_case(BEARER)));
        let has_sign = is_access_token
            || match &names.access {
                Some(path) => self.find(Some(path), &[]).is_some(),
                None => {
                    typ == Some(true)
                        || bears(&OF_ACCESS_TOKENS)
                        || self.find(names.scopes.as_ref(), &[]).is_some()
                }
            };
        let is_of_id_tokens = |claim: &&str| typ != Some(true) || *claim != OF_OLD_KEYCLOAK;
        let is_other = typ == Some(false)
            || OF_ID_TOKENS
                .iter()
                .filter(|claim| is_of_id_tokens(claim))
                .any(|claim| self.get(claim).is_some());
        if has_sign && !is_other { TokenUse::Access } else { TokenUse::Id }
    }
}

fn name(value: &Value, claim: &'static str) -> Result<String, TokenError> {
    value.as_str().filter(|text| is_name(text)).map(str::to_owned).ok_or(TokenError::Claim(claim))
}

/// A list of strings, or one string that `read` splits into names.
fn listed(value: Option<&Value>, read: impl Fn(&str) -> Option<Names>) -> Option<Names> {
    match value {
        None => Some(Names::default()),
        Some(Value::String(text)) => read(text),
        Some(Value::Array(list)) => {
            let entries = list.iter().filter(|entry| !entry.is_null()).map(|entry| entry.as_str());
            entries.map(|entry| entry.map(str::to_owned)).collect::<Option<Vec<_>>>().map(Names::new)
        }
        Some(_) => None,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds, and whole")]
#[expect(clippy::cast_precision_loss, reason = "the last date is exact as a double")]
fn seconds_of(seconds: f64) -> Option<u64> {
    (0.0..=LAST_DATE as f64).contains(&seconds).then_some(seconds as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims() -> Value {
        json!({
            "iss": "https://idp.example/", "sub": "auth0|1", "aud": ["https://api", "https://idp.example/userinfo"],
            "azp": "web", "scope": "openid orders/read", "iat": 1_000, "exp": 2_000, "jti": "j",
            "realm_access": { "roles": ["admins", "Domain Users"] },
        })
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[name] = value;
        claims
    }

    fn without(name: &str) -> Value {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        claims
    }

    fn names(names: Value) -> IssuerClaims {
        serde_json::from_value(names).unwrap()
    }

    fn read_as(entry: Value, claims: &Value) -> Result<RawClaims, TokenError> {
        read(&claims.to_string(), &names(entry), false, &Wanted::default())
    }

    fn use_of(entry: Value, claims: &Value) -> Option<TokenUse> {
        read_as(entry, claims).unwrap().token_use
    }

    #[test]
    fn claims_are_read_from_where_the_entry_says() {
        let raw = read_as(json!({ "groups": "realm_access.roles" }), &claims()).unwrap();
        assert_eq!((raw.client_id.as_deref(), raw.subject.as_deref()), (Some("web"), Some("auth0|1")));
        assert_eq!(raw.groups.as_slice(), ["admins", "Domain Users"]);
        assert_eq!(raw.scopes.as_slice(), ["openid", "orders/read"]);
        let none = read_as(json!({}), &claims()).unwrap();
        assert!(none.groups.as_slice().is_empty(), "no claim is a group by itself");
        let entry = json!({ "client": "jti", "scopes": "realm_access.roles", "groups": "sub" });
        let raw = read_as(entry, &claims()).unwrap();
        assert_eq!(
            (raw.client_id.as_deref(), raw.groups.as_slice()),
            (Some("j"), &["auth0|1".to_owned()][..])
        );
        assert_eq!(raw.scopes.as_slice(), ["admins", "Domain Users"]);
    }

    #[test]
    fn an_access_token_must_say_so_and_nothing_may_contradict() {
        assert_eq!(use_of(json!({}), &claims()), Some(TokenUse::Access));
        assert_eq!(use_of(json!({}), &with("typ", json!("Bearer"))), Some(TokenUse::Access));
        assert_eq!(use_of(json!({}), &without("scope")), Some(TokenUse::Id), "azp is in ID tokens too");
        for sign in ["scp", "client_id", "cid"] {
            let mut claims = without("scope");
            claims[sign] = json!("x");
            assert_eq!(use_of(json!({}), &claims), Some(TokenUse::Access), "{sign}");
        }
        for claim in ["nonce", "at_hash", "c_hash", "s_hash"] {
            assert_eq!(use_of(json!({}), &with(claim, json!("x"))), Some(TokenUse::Id), "{claim}");
        }
        let mut old_keycloak = with("typ", json!("bearer"));
        old_keycloak["nonce"] = json!("n");
        assert_eq!(use_of(json!({}), &old_keycloak), Some(TokenUse::Access));
        old_keycloak["at_hash"] = json!("h");
        assert_eq!(use_of(json!({}), &old_keycloak), Some(TokenUse::Id));
        for typ in [json!("ID"), json!("Refresh"), json!("Logout"), json!("DPoP"), json!(1)] {
            assert_eq!(use_of(json!({}), &with("typ", typ.clone())), Some(TokenUse::Id), "{typ}");
        }
        let by_session = json!({ "access": "session_id" });
        assert_eq!(
            use_of(by_session.clone(), &claims()),
            Some(TokenUse::Id),
            "the entry's own sign alone counts"
        );
        assert_eq!(use_of(by_session, &with("session_id", json!("s"))), Some(TokenUse::Access));
    }

    #[test]
    fn a_header_that_says_access_token_is_sign_enough() {
        let read = |claims: &Value| {
            read(&claims.to_string(), &IssuerClaims::default(), true, &Wanted::default()).unwrap().token_use
        };
        assert_eq!(read(&without("scope")), Some(TokenUse::Access));
        assert_eq!(read(&with("nonce", json!("n"))), Some(TokenUse::Id));
    }

    #[test]
    fn a_claim_of_the_wrong_type_is_named() {
        for (claim, values) in [
            ("exp", vec![json!("2000"), json!(-1), json!(true), json!(1e300), json!([2000])]),
            ("iat", vec![json!("1"), json!({})]),
            ("nbf", vec![json!("1"), json!(null), json!(-0.5)]),
            ("sub", vec![json!(5), json!(""), json!(["a"]), json!("a\nb"), json!("a".repeat(513))]),
            ("aud", vec![json!(5), json!({}), json!(""), json!([5]), json!([""])]),
            ("jti", vec![json!(5)]),
            ("cnf", vec![json!({ "jkt": "x" }), json!(null)]),
        ] {
            for value in values {
                let error = read_as(json!({}), &with(claim, value.clone())).unwrap_err();
                assert_eq!(error, TokenError::Claim(claim), "{claim} = {value}");
            }
        }
        for (claim, entry, value, named) in [
            ("azp", json!({}), json!(5), "client"),
            ("scope", json!({}), json!("a  b"), "scopes"),
            ("scope", json!({}), json!([5]), "scopes"),
            ("roles", json!({ "groups": "roles" }), json!([{}]), "groups"),
            ("roles", json!({ "groups": "roles" }), json!(true), "groups"),
        ] {
            let error = read_as(entry, &with(claim, value.clone())).unwrap_err();
            assert_eq!(error, TokenError::Claim(named), "{claim} = {value}");
        }
    }

    #[test]
    fn parts_of_seconds_never_lengthen_a_token_s_life() {
        let mut claims = with("exp", json!(2_000.9));
        claims["nbf"] = json!(1_000.1);
        let dates = read_as(json!({}), &claims).unwrap().dates;
        assert_eq!((dates.expires_at, dates.not_before), (Some(2_000), Some(1_001)));
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_at_any_depth() {
        for json in [r#"{"iss":"a","iss":"b"}"#, r#"{"iss":"a","x":{"y":1,"y":2}}"#, "[]", "null", ""] {
            let error = read(json, &IssuerClaims::default(), true, &Wanted::default()).unwrap_err();
            assert_eq!(error, TokenError::Claims, "{json}");
            assert_eq!(issuer_of(json), None, "{json}");
        }
        assert_eq!(issuer_of(r#"{"iss":"a","scope":["x"]}"#).as_deref(), Some("a"));
    }
}
