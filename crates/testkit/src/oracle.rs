//! A second opinion on tokens: `jsonwebtoken` with its strictest settings, and what the claims say about the
//! caller. This file must not use the gate's code.

use std::collections::HashMap;
use std::sync::LazyLock;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde_json::{Map, Value, json};

use crate::idp::{self, AUDIENCE, IDP, ROLES};
use crate::issuer::{CLIENT, ISSUER, KEY, jwks};
use crate::reading::at;

/// What the services must be told about a token's bearer.
#[derive(Debug, PartialEq)]
pub struct Told {
    /// The caller's name in the log.
    pub principal_id: String,
    /// The authorizer's context.
    pub context: Value,
}

/// What the oracle reads in a token of the pool or of [`IDP`] that it accepts now, if these claims are handed
/// on.
pub fn told(token: &str, handed_on: &[&str]) -> Option<Told> {
    let of_pool = || accepted(token).map(|claims| (context(&claims), claims));
    let of_idp = || accepted_of_idp(token).map(|claims| (context_of_idp(&claims), claims));
    let (mut context, claims) = of_pool().or_else(of_idp)?;
    let found = |place: &&str| Some(((*place).to_owned(), at(&claims, place)?.clone()));
    let handed_on: Map<String, Value> = handed_on.iter().filter_map(found).collect();
    if !handed_on.is_empty() {
        context["claims"] = json!(escaped(&Value::Object(handed_on).to_string()));
    }
    Some(Told { principal_id: principal_id(&claims), context })
}

/// The claims of a token of the pool that the oracle accepts now. It only knows the system's time.
fn accepted(token: &str) -> Option<Value> {
    static KEYS: LazyLock<Keys> = LazyLock::new(|| keys(jwks(&[&KEY])));
    let key = &KEYS[KEY.id];
    let claims =
        |validation: Validation| decode::<Value>(token, key, &validation).ok().map(|token| token.claims);
    let access = claims(access_token())
        .filter(|claims| claims["token_use"] == "access" && claims["client_id"] == CLIENT);
    access.or_else(|| claims(id_token()).filter(|claims| claims["token_use"] == "id"))
}

/// The claims of an access token of [`IDP`] that the oracle accepts now, with any of the issuer's algorithms
/// and the key that the token names.
fn accepted_of_idp(token: &str) -> Option<Value> {
    static KEYS: LazyLock<Keys> = LazyLock::new(|| keys(idp::jwks()));
    let header = decode_header(token).ok()?;
    let key = KEYS.get(header.kid.as_deref()?)?;
    let mut validation = strict(header.alg, IDP);
    validation.set_required_spec_claims(&["exp", "iss", "sub", "aud"]);
    validation.set_audience(&[AUDIENCE, "orders"]);
    let token = decode::<Value>(token, key, &validation).ok()?;
    is_access_token(&header, &token.claims).then_some(token.claims)
}

/// Whether something says that it is an access token, and nothing says that it is an ID token or bound to a
/// key.
fn is_access_token(header: &Header, claims: &Value) -> bool {
    let has = |name: &str| claims.get(name).is_some_and(|value| !value.is_null());
    let is = |text: Option<&str>, wanted: &str| text.is_some_and(|text| text.eq_ignore_ascii_case(wanted));
    let typ = header.typ.as_deref();
    let is_bearer = is(claims["typ"].as_str(), "Bearer");
    let has_sign = is(typ, "at+jwt") || is(typ, "application/at+jwt") || is_bearer;
    let has_sign = has_sign || ["scope", "scp", "client_id", "cid"].into_iter().any(has);
    let is_other = ["at_hash", "c_hash", "s_hash"].into_iter().any(has) || (has("nonce") && !is_bearer);
    has_sign && !is_other && (is_bearer || !has("typ")) && claims.get("cnf").is_none()
}

type Keys = HashMap<String, DecodingKey>;

fn keys(set: Value) -> Keys {
    let set: JwkSet = serde_json::from_value(set).unwrap();
    let key = |jwk: jsonwebtoken::jwk::Jwk| {
        (jwk.common.key_id.clone().unwrap(), DecodingKey::from_jwk(&jwk).unwrap())
    };
    set.keys.into_iter().map(key).collect()
}

fn strict(algorithm: Algorithm, issuer: &str) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.leeway = 0;
    validation.validate_nbf = true;
    validation.set_issuer(&[issuer]);
    validation
}

fn access_token() -> Validation {
    let mut validation = strict(Algorithm::RS256, ISSUER);
    validation.set_required_spec_claims(&["exp", "iss", "sub"]);
    // An access token names its client in `client_id`, which the oracle does not check.
    validation.validate_aud = false;
    validation
}

fn id_token() -> Validation {
    let mut validation = strict(Algorithm::RS256, ISSUER);
    validation.set_required_spec_claims(&["exp", "iss", "sub", "aud"]);
    validation.set_audience(&[CLIENT]);
    validation
}

/// The subject as `principalId`: only characters that a log may have between quotes.
fn principal_id(claims: &Value) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b':' | b'@' | b'/' | b'+' | b'-' => {
            char::from(byte).to_string()
        }
        byte => format!("={byte:02X}"),
    };
    claims["sub"].as_str().unwrap().bytes().map(encode).collect()
}

/// The context that must result from these claims.
pub fn context(claims: &Value) -> Value {
    let (client, username) = match claims["token_use"].as_str() {
        Some("id") => ("aud", "cognito:username"),
        _ => ("client_id", "username"),
    };
    let mut context = json!({
        "sub": claims["sub"], "token_use": claims["token_use"], "client_id": claims[client],
        "groups": names(&claims["cognito:groups"]), "scope": names(&json!(words(&claims["scope"]))),
        "iss": claims["iss"], "authority": "own", "exp": claims["exp"].to_string(),
    });
    for (name, claim) in [("username", username), ("jti", "jti")] {
        if let Some(value) = claims.get(claim) {
            context[name] = value.clone();
        }
    }
    context
}

/// The same for an access token of [`IDP`].
fn context_of_idp(claims: &Value) -> Value {
    let first = |names: &[&str]| {
        names.iter().map(|name| &claims[*name]).find(|value| !value.is_null()).cloned().unwrap_or_default()
    };
    let listed = |value: &Value| if value.is_string() { json!([value]) } else { value.clone() };
    let scopes = first(&["scope", "scp"]);
    let scopes = if scopes.is_string() { json!(words(&scopes)) } else { scopes };
    // A fraction of a second is dropped.
    let expires_at = claims["exp"].as_f64().unwrap().floor();
    let mut context = json!({
        "sub": claims["sub"], "token_use": "access", "authority": "named", "iss": claims["iss"],
        "groups": at(claims, ROLES).map(|groups| names(&listed(groups))).unwrap_or_default(),
        "scope": names(&scopes), "exp": expires_at.to_string(),
    });
    for (name, value) in [("client_id", first(&["client_id", "azp", "cid"])), ("jti", first(&["jti"]))] {
        if !value.is_null() {
            context[name] = value;
        }
    }
    context
}

/// JSON with every control character escaped, including those above ASCII.
fn escaped(json: &str) -> String {
    let escape = |c: char| if c.is_control() { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    json.chars().map(escape).collect()
}

fn words(text: &Value) -> Vec<&str> {
    text.as_str().unwrap_or_default().split(' ').filter(|word| !word.is_empty()).collect()
}

/// A list of names as one string.
fn names(list: &Value) -> String {
    let names = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    names.filter(|name| !name.is_empty()).map(encoded).collect::<Vec<_>>().join(" ")
}

/// A name as it appears in a list of names: white space, control characters and `%` are percent-encoded.
fn encoded(name: &str) -> String {
    let encode = |c: char| match c {
        '%' => "%25".to_owned(),
        c if c.is_whitespace() || c.is_control() => {
            c.to_string().bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"))
        }
        c => c.to_string(),
    };
    name.chars().map(encode).collect()
}
