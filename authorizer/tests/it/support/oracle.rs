//! The other opinion on tokens: `jsonwebtoken`, as strict as it can be set, and what its claims say of the
//! caller. Nothing in here may use the gate's code.

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};

use super::issuer::KEY;
use super::{CLIENT, ISSUER};

/// The claims of a token that the oracle accepts now. It knows no other time than the system's.
pub(crate) fn accepted(token: &str) -> Option<Value> {
    let key = DecodingKey::from_jwk(&serde_json::from_value::<Jwk>(KEY.jwk()).unwrap()).unwrap();
    let claims =
        |validation: Validation| decode::<Value>(token, &key, &validation).ok().map(|token| token.claims);
    let access = claims(access_token())
        .filter(|claims| claims["token_use"] == "access" && claims["client_id"] == CLIENT);
    access.or_else(|| claims(id_token()).filter(|claims| claims["token_use"] == "id"))
}

fn strict() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.leeway = 0;
    validation.validate_nbf = true;
    validation.set_issuer(&[ISSUER]);
    validation
}

fn access_token() -> Validation {
    let mut validation = strict();
    validation.set_required_spec_claims(&["exp", "iss", "sub"]);
    // An access token names its client in `client_id`, which the oracle does not know.
    validation.validate_aud = false;
    validation
}

fn id_token() -> Validation {
    let mut validation = strict();
    validation.set_required_spec_claims(&["exp", "iss", "sub", "aud"]);
    validation.set_audience(&[CLIENT]);
    validation
}

/// The subject as `principalId`: only what a log can hold between quotes.
pub(crate) fn principal_id(claims: &Value) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b':' | b'@' | b'/' | b'+' | b'-' => {
            char::from(byte).to_string()
        }
        byte => format!("={byte:02X}"),
    };
    claims["sub"].as_str().unwrap().bytes().map(encode).collect()
}

/// The context that these claims must become.
pub(crate) fn context(claims: &Value) -> Value {
    let (client, username) = match claims["token_use"].as_str() {
        Some("id") => ("aud", "cognito:username"),
        _ => ("client_id", "username"),
    };
    let groups = claims["cognito:groups"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let groups: Vec<String> = groups.filter(|group| !group.is_empty()).map(encoded).collect();
    let scopes = claims["scope"].as_str().unwrap_or_default().split(' ').map(encoded);
    let mut context = json!({
        "sub": claims["sub"], "token_use": claims["token_use"], "client_id": claims[client],
        "groups": groups.join(" "), "scope": scopes.collect::<Vec<_>>().join(" "),
        "iss": claims["iss"], "authority": "own", "exp": claims["exp"].to_string(),
    });
    for (name, claim) in [("username", username), ("jti", "jti")] {
        if let Some(value) = claims.get(claim) {
            context[name] = value.clone();
        }
    }
    context
}

/// A name as a list of names has it: white space, control characters and `%` are percent-encoded.
fn encoded(name: &str) -> String {
    let encode = |c: char| match c {
        '%' => "%25".to_owned(),
        c if c.is_whitespace() || c.is_control() => {
            c.to_string().bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"))
        }
        c => c.to_string(),
    };
    name.chars().map(encode).collect()
}
