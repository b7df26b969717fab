//! The JOSE header (RFC 7515 section 4): it may name a key of ours, and nothing else.
//!
//! A header that brings a key, an address of a key, or a rule of its own is refused, not ignored.

use std::fmt;

use platform::json::{Key, SeenKeys, UniqueKeys};
use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};

use crate::error::TokenError;
use crate::jwks::KeyId;

/// Header parameters that bring key material (RFC 7515 sections 4.1.2 to 4.1.6) or change how the token is
/// to be read (`crit`, RFC 7797 `b64`, RFC 7516 `zip` and `enc`, nested tokens' `cty`).
const FORBIDDEN: [&str; 9] = ["jku", "x5u", "x5c", "jwk", "crit", "b64", "zip", "enc", "cty"];

/// Registered parameters that are texts, and that nobody here needs: a token where one is anything else is
/// malformed (RFC 7515 sections 4.1.7 and 4.1.8, RFC 8555 section 6.4).
const TEXTS: [&str; 4] = ["x5t", "x5t#S256", "url", "nonce"];

/// What `typ` may say, without regard to case (RFC 7519 section 5.1, RFC 9068 section 2.1).
const TYPES: [&str; 3] = ["JWT", "at+jwt", "application/at+jwt"];

/// Reads a header, and gives the key that it names.
pub(crate) fn parse(json: &str) -> Result<KeyId, TokenError> {
    let mut header = Header::default();
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let read = deserializer.deserialize_map(HeaderVisitor(&mut header)).and_then(|()| deserializer.end());
    match (header.refused, read) {
        (Some(refused), _) => Err(refused),
        (None, Err(_)) => Err(TokenError::Header),
        (None, Ok(())) if !header.is_rs256 => Err(TokenError::Algorithm),
        (None, Ok(())) => header.key_id.ok_or(TokenError::NoKeyId),
    }
}

#[derive(Default)]
struct Header {
    is_rs256: bool,
    key_id: Option<KeyId>,
    /// Why reading stopped, when it was not for the JSON.
    refused: Option<TokenError>,
}

struct HeaderVisitor<'h>(&'h mut Header);

impl HeaderVisitor<'_> {
    /// Takes one parameter in.
    fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, object: &mut A) -> Result<(), A::Error> {
        match name {
            "alg" => self.0.is_rs256 = object.next_value::<Key<'_>>()?.as_str() == "RS256",
            "kid" => self.0.key_id = KeyId::parse(object.next_value::<String>()?),
            "typ" => {
                let typ = object.next_value::<String>()?;
                if !TYPES.iter().any(|known| known.eq_ignore_ascii_case(&typ)) {
                    self.0.refused = Some(TokenError::ForbiddenHeader("typ"));
                }
            }
            _ if TEXTS.contains(&name) => drop(object.next_value::<String>()?),
            _ => {
                if let Some(forbidden) = FORBIDDEN.into_iter().find(|forbidden| *forbidden == name) {
                    self.0.refused = Some(TokenError::ForbiddenHeader(forbidden));
                }
                object.next_value::<UniqueKeys>()?;
            }
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for HeaderVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JOSE header")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<(), A::Error> {
        let mut seen = SeenKeys::default();
        while let Some(name) = seen.next(&mut object)? {
            self.read(name.as_str(), &mut object)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<String, TokenError> {
        super::parse(json).map(|key_id| key_id.to_string())
    }

    #[test]
    fn a_header_names_rs256_and_a_key() {
        for json in [
            r#"{"alg":"RS256","kid":"k"}"#,
            r#"{"kid":"k","typ":"JWT","alg":"RS256"}"#,
            r#"{"kid":"k","typ":"jwt","alg":"RS256","unknown":{"a":[1]}}"#,
            r#" {"kid":"k","typ":"at+jwt","alg":"RS256"} "#,
        ] {
            assert_eq!(parse(json).unwrap(), "k", "{json}");
        }
    }

    #[test]
    fn no_other_algorithm_is_accepted_in_any_spelling() {
        for alg in [
            "\"none\"",
            "\"None\"",
            "\"NONE\"",
            "\"\"",
            "\"rs256\"",
            "\"RS256 \"",
            "\" RS256\"",
            "\"RS384\"",
            "\"RS512\"",
            "\"PS256\"",
            "\"ES256\"",
            "\"EdDSA\"",
            "\"HS256\"",
        ] {
            assert_eq!(parse(&format!(r#"{{"alg":{alg},"kid":"k"}}"#)), Err(TokenError::Algorithm), "{alg}");
        }
        for alg in ["null", "5", "[\"RS256\"]", "{}", "true"] {
            assert_eq!(parse(&format!(r#"{{"alg":{alg},"kid":"k"}}"#)), Err(TokenError::Header), "{alg}");
        }
        assert_eq!(parse(r#"{"kid":"k"}"#), Err(TokenError::Algorithm));
    }

    #[test]
    fn a_header_that_brings_keys_or_rules_of_its_own_is_refused() {
        for name in FORBIDDEN {
            for value in ["null", "\"x\"", "[]", "{}"] {
                let json = format!(r#"{{"alg":"RS256","kid":"k","{name}":{value}}}"#);
                assert_eq!(parse(&json), Err(TokenError::ForbiddenHeader(name)), "{json}");
            }
        }
        for typ in ["JWE", "JWT ", "", "dpop+jwt"] {
            let json = format!(r#"{{"alg":"RS256","kid":"k","typ":"{typ}"}}"#);
            assert_eq!(parse(&json), Err(TokenError::ForbiddenHeader("typ")), "{json}");
        }
    }

    #[test]
    fn a_registered_parameter_that_is_not_used_must_still_be_a_text() {
        for name in TEXTS {
            assert_eq!(parse(&format!(r#"{{"alg":"RS256","kid":"k","{name}":"x"}}"#)).unwrap(), "k");
            for value in ["null", "5", "true", "[]", "{}"] {
                let json = format!(r#"{{"alg":"RS256","kid":"k","{name}":{value}}}"#);
                assert_eq!(parse(&json), Err(TokenError::Header), "{json}");
            }
        }
    }

    #[test]
    fn the_key_id_is_a_short_visible_text() {
        for kid in ["\"\"", "\"a b\"", "\"a\\nb\"", "\"\u{e9}\"", &format!("\"{}\"", "k".repeat(10_000))] {
            assert_eq!(
                parse(&format!(r#"{{"alg":"RS256","kid":{kid}}}"#)),
                Err(TokenError::NoKeyId),
                "{kid}"
            );
        }
        assert_eq!(parse(r#"{"alg":"RS256"}"#), Err(TokenError::NoKeyId));
        for kid in ["null", "5", "[]"] {
            assert_eq!(parse(&format!(r#"{{"alg":"RS256","kid":{kid}}}"#)), Err(TokenError::Header), "{kid}");
        }
    }

    #[test]
    fn anything_but_one_object_with_unique_keys_is_refused() {
        for json in [
            "",
            "null",
            "[]",
            "\"RS256\"",
            "{",
            "{}{}",
            "{} x",
            r#"["RS256","k"]"#,
            r#"{"alg":"RS256","kid":"k"},"#,
            r#"{"alg":"RS256","kid":"k","kid":"k"}"#,
            r#"{"alg":"none","alg":"RS256","kid":"k"}"#,
            r#"{"alg":"RS256","kid":"k","\u006bid":"j"}"#,
            r#"{"alg":"RS256","kid":"k","x":{"a":1,"a":2}}"#,
            "\u{feff}{\"alg\":\"RS256\",\"kid\":\"k\"}",
        ] {
            assert_eq!(parse(json), Err(TokenError::Header), "{json}");
        }
    }
}
