//! A JWT in its parts, so that tests can read and change them. Nothing is verified here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::Result;

/// The header and claims as JSON objects, and the signature as it is in the token.
#[derive(Clone)]
pub struct Jwt {
    /// The JOSE header.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
    /// In base64url.
    pub signature: String,
}

impl Jwt {
    /// Takes a token apart.
    ///
    /// # Errors
    /// It does not have three parts, of which the first two are JSON objects.
    pub fn parse(token: &str) -> Result<Self> {
        let mut parts = token.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err("the token does not have three parts".to_owned());
        };
        Ok(Self { header: object(header)?, claims: object(claims)?, signature: signature.to_owned() })
    }

    /// A claim that must be a string.
    ///
    /// # Errors
    /// It is absent or not a string.
    pub fn text(&self, claim: &str) -> Result<&str> {
        self.claims.get(claim).and_then(Value::as_str).ok_or_else(|| format!("the token has no {claim}"))
    }

    /// The names in a list claim: `cognito:groups`, or `scope` split at its spaces. Empty if it is absent.
    #[must_use]
    pub fn names(&self, claim: &str) -> Vec<String> {
        match self.claims.get(claim) {
            Some(Value::Array(names)) => {
                names.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect()
            }
            Some(Value::String(names)) => names.split(' ').map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// The text that is signed.
    #[must_use]
    pub fn signing_input(&self) -> String {
        format!("{}.{}", encode(&self.header), encode(&self.claims))
    }

    /// The token with its current signature, right or wrong.
    #[must_use]
    pub fn to_token(&self) -> String {
        format!("{}.{}", self.signing_input(), self.signature)
    }
}

fn encode(part: &Map<String, Value>) -> String {
    URL_SAFE_NO_PAD.encode(Value::Object(part.clone()).to_string())
}

fn object(part: &str) -> Result<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|error| format!("a part of the token is no base64url: {error}"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("a part of the token is no JSON object: {error}"))
}
