//! The JOSE header (RFC 7515 section 4). It may name an algorithm and one of the issuer's keys, and nothing
//! else.
//!
//! A header that contains a key, the address of a key or a rule of its own is refused, not ignored. The
//! header is read before the issuer is known, so nothing here depends on the issuer. Other files check
//! whether the issuer and the key allow the algorithm.

use std::fmt;

use platform::config::Algorithm;
use platform::json::{Key, SeenKeys, UniqueKeys};
use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};

use crate::error::TokenError;
use crate::jwks::KeyId;

/// Header parameters that contain key material (RFC 7515 sections 4.1.2 to 4.1.6) or change how the token is
/// to be read (`crit`, RFC 7797 `b64`, RFC 7516 `zip` and `enc`, nested tokens' `cty`).
const FORBIDDEN: [&str; 9] = ["jku", "x5u", "x5c", "jwk", "crit", "b64", "zip", "enc", "cty"];

/// Registered parameters that are strings and that the gate does not need. A token in which one of them has
/// another type is malformed (RFC 7515 sections 4.1.7 and 4.1.8, RFC 8555 section 6.4).
const TEXTS: [&str; 4] = ["x5t", "x5t#S256", "url", "nonce"];

/// The media type by which a token says that it is an access token (RFC 9068 section 2.1), without
/// `application/`.
const ACCESS_TOKEN: &str = "at+jwt";

/// The media types that `typ` may name, without `application/`: a JWT (RFC 7519 section 5.1), an access
/// token, a JWS in compact form (RFC 7515 section 4.1.9).
const TYPES: [&str; 3] = ["JWT", ACCESS_TOKEN, "JOSE"];

/// A header of the right form. Nothing in it may be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParsedHeader {
    /// The algorithm that the token is to be verified with.
    pub(crate) algorithm: Algorithm,
    /// The key that the token is to be verified with.
    pub(crate) key_id: KeyId,
    /// Whether `typ` says that the token is an access token.
    pub(crate) is_access_token: bool,
}

/// Reads a header.
pub(crate) fn parse(json: &str) -> Result<ParsedHeader, TokenError> {
    let mut header = Header::default();
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let read = deserializer.deserialize_map(HeaderVisitor(&mut header)).and_then(|()| deserializer.end());
    match (header.refused, read) {
        (Some(refused), _) => Err(refused),
        (None, Err(_)) => Err(TokenError::Header),
        (None, Ok(())) => Ok(ParsedHeader {
            algorithm: header.algorithm.ok_or(TokenError::Algorithm)?,
            key_id: header.key_id.ok_or(TokenError::NoKeyId)?,
            is_access_token: header.is_access_token,
        }),
    }
}

/// The entry of [`TYPES`] that a `typ` names. The case does not matter, and `application/` may be left out if
/// there is no other slash (RFC 7515 section 4.1.9).
fn media_type(typ: &str) -> Option<&'static str> {
    const APPLICATION: &str = "application/";
    let prefix = typ.get(..APPLICATION.len()).filter(|prefix| prefix.eq_ignore_ascii_case(APPLICATION));
    let subtype = prefix.and_then(|prefix| typ.get(prefix.len()..)).unwrap_or(typ);
    TYPES.into_iter().find(|known| known.eq_ignore_ascii_case(subtype))
}

#[derive(Default)]
struct Header {
    algorithm: Option<Algorithm>,
    key_id: Option<KeyId>,
    is_access_token: bool,
    /// Why reading stopped, if the JSON itself was not the reason.
    refused: Option<TokenError>,
}

struct HeaderVisitor<'h>(&'h mut Header);

impl HeaderVisitor<'_> {
    /// Reads one parameter.
    fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, object: &mut A) -> Result<(), A::Error> {
        match name {
            "alg" => self.0.algorithm = Algorithm::parse(object.next_value::<Key<'_>>()?.as_str()),
            "kid" => self.0.key_id = KeyId::parse(object.next_value::<String>()?),
            "typ" => match media_type(object.next_value::<Key<'_>>()?.as_str()) {
                Some(known) => self.0.is_access_token = known == ACCESS_TOKEN,
                None => self.0.refused = Some(TokenError::ForbiddenHeader("typ")),
            },
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
        super::parse(json).map(|header| header.key_id.to_string())
    }

    #[test]
    fn a_header_names_an_algorithm_and_a_key() {
        for algorithm in Algorithm::ALL {
            let header = super::parse(&format!(r#"{{"alg":"{algorithm}","kid":"k"}}"#)).unwrap();
            assert_eq!((header.algorithm, header.key_id.as_str()), (algorithm, "k"));
        }
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
        for name in [
            "none", "None", "NONE", "", "HS256", "HS384", "HS512", "ES512", "ES256K", "Ed25519", "Ed448",
            "RSA",
        ] {
            assert_eq!(
                parse(&format!(r#"{{"alg":"{name}","kid":"k"}}"#)),
                Err(TokenError::Algorithm),
                "{name}"
            );
        }
        for algorithm in Algorithm::ALL.map(Algorithm::as_str) {
            let (lower, upper) = (algorithm.to_lowercase(), algorithm.to_uppercase());
            for name in
                [&lower, &upper, &format!("{algorithm} "), &format!(" {algorithm}"), &format!("{algorithm}x")]
            {
                // `RS256` in upper case is still `RS256`.
                let expected =
                    if name == algorithm { Ok("k".to_owned()) } else { Err(TokenError::Algorithm) };
                assert_eq!(parse(&format!(r#"{{"alg":"{name}","kid":"k"}}"#)), expected, "{name}");
            }
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
    }

    #[test]
    fn typ_is_a_media_type_in_any_case_with_or_without_application() {
        let typed = |typ: &str| {
            super::parse(&format!(r#"{{"alg":"RS256","kid":"k","typ":"{typ}"}}"#))
                .map(|header| header.is_access_token)
        };
        for typ in ["JWT", "jwt", "Jwt", "application/jwt", "APPLICATION/JWT", "JOSE", "application/jose"] {
            assert_eq!(typed(typ), Ok(false), "{typ}");
        }
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt", r"at\u002bjwt"] {
            assert_eq!(typed(typ), Ok(true), "{typ}");
        }
        for typ in [
            "",
            "JWE",
            "JWT ",
            " JWT",
            "JOSE+JSON",
            "application/jose+json",
            "dpop+jwt",
            "logout+jwt",
            "secevent+jwt",
            "application/",
            "/jwt",
            "application/application/jwt",
            "application//jwt",
            "text/jwt",
            "application/jwt;charset=utf-8",
            "application/jwt; a=b",
            "at+jwt,jwt",
            "*/*",
            "\u{e9}pplication/jwt",
        ] {
            assert_eq!(typed(typ), Err(TokenError::ForbiddenHeader("typ")), "{typ}");
        }
        assert_eq!(
            super::parse(r#"{"alg":"RS256","kid":"k"}"#).map(|header| header.is_access_token),
            Ok(false)
        );
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
