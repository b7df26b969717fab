//! A token, before and after its verification.
//!
//! [`UnverifiedToken::parse`] takes the token apart and trusts nothing in it. Its content may only be used to
//! find a key. [`UnverifiedToken::verify`] is the only way to get [`VerifiedClaims`]. Other code can read
//! them,
//!
//! ```
//! use authorizer::VerifiedClaims;
//! use platform::identity::Identity;
//!
//! fn read(claims: &VerifiedClaims) -> &Identity {
//!     claims.identity()
//! }
//! ```
//!
//! but cannot make them, neither from parts nor from JSON:
//!
//! ```compile_fail,E0451
//! use authorizer::{Principal, VerifiedClaims};
//!
//! fn forge(principal: Principal) -> VerifiedClaims {
//!     VerifiedClaims { principal }
//! }
//! ```
//!
//! ```compile_fail,E0277
//! use authorizer::VerifiedClaims;
//!
//! fn forge(json: &str) -> VerifiedClaims {
//!     serde_json::from_str(json).unwrap()
//! }
//! ```
//!
//! Cognito's rules:
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>

mod claims;
mod cognito;
mod header;
mod oidc;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::Simd;
use base64::engine::general_purpose::NO_PAD;
use platform::config::Algorithm;
use platform::identity::Identity;

use crate::clock::UnixTime;
use crate::error::TokenError;
use crate::issuers::{Issuers, SharedIssuer};
use crate::jwks::{KeyId, VerifyingKey};
use crate::principal::Principal;
use crate::request::BearerToken;

use claims::UnverifiedClaims;
pub use claims::UnverifiedView;
pub(crate) use claims::{Audience, RawClaims};
pub(crate) use header::{ParsedHeader, parse as parse_header};
pub use oidc::{OF_ACCESS_TOKENS, OF_ID_TOKENS};

/// How far `iat` may be ahead of our clock, in seconds, because the issuer's clock may differ from ours.
pub(crate) const ISSUED_AHEAD: u64 = 60;

/// Decodes many characters at a time, with the vector instructions that the processor has.
static BASE64URL: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(NO_PAD));

/// A token that has the form of a JWT for this gate (RFC 7519, RFC 7515 compact serialisation). Nothing in it
/// may be trusted.
#[derive(Debug)]
pub struct UnverifiedToken<'t> {
    /// The header and payload, as they were signed.
    signing_input: &'t str,
    signature: Vec<u8>,
    header: ParsedHeader,
    issuer: Option<SharedIssuer>,
    claims: UnverifiedClaims,
}

/// What a token is checked against, in addition to the terms of its issuer.
#[derive(Debug, Clone)]
pub struct Expected {
    /// The clock skew that is allowed for `exp` and `nbf`, in seconds.
    pub leeway: u64,
    /// The current time.
    pub now: UnixTime,
    /// The names of the API. If a Cognito access token has an audience, it must be one of them. Empty: the
    /// audience is not checked.
    pub resource: Vec<String>,
}

/// The claims of a token whose signature, issuer, times, use, client and audience were all verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedClaims {
    principal: Principal,
}

impl VerifiedClaims {
    /// Who the bearer is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.principal.identity
    }

    /// Who the bearer is, as rules see them.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }
}

impl<'t> UnverifiedToken<'t> {
    /// Takes a token apart: three parts of strict base64url, a header that names an algorithm and a key and
    /// nothing else, and claims in the form of the issuer that they name.
    ///
    /// # Errors
    /// The first part that does not have the right form.
    pub fn parse(token: &BearerToken<'t>, issuers: &Issuers) -> Result<Self, TokenError> {
        let parts = Parts::of(token)?;
        // One buffer serves for each part in turn.
        let mut decoded = Vec::with_capacity(parts.payload.len());
        decode(parts.header, &mut decoded)?;
        let header = header::parse(text_of(&decoded, TokenError::Header)?)?;
        decode(parts.payload, &mut decoded)?;
        let (issuer, raw) = RawClaims::read(text_of(&decoded, TokenError::Claims)?, Some(&header), issuers);
        let raw = raw?;
        // An unknown issuer's token is read as Cognito's. A claim that is missing by Cognito's rules says
        // nothing about such a token.
        let is_strangers = issuer.is_none() && raw.names_an_issuer();
        let claims =
            raw.complete().map_err(|lack| if is_strangers { TokenError::UntrustedIssuer } else { lack })?;
        decode(parts.signature, &mut decoded)?;
        Ok(Self { signing_input: parts.signing_input, signature: decoded, header, issuer, claims })
    }

    /// The issuer that the token names. `None`: it names none of the known issuers.
    #[must_use]
    pub const fn issuer(&self) -> Option<&SharedIssuer> {
        self.issuer.as_ref()
    }

    /// The key that the token names.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.header.key_id
    }

    /// The algorithm that the token names.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.header.algorithm
    }

    /// Checks the signature and then the claims, on the terms of the key's own issuer.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(self, key: &VerifyingKey, expected: &Expected) -> Result<VerifiedClaims, TokenError> {
        check_signature(key, self.header.algorithm, self.signing_input, &self.signature)?;
        let trusted = key.issuer();
        if self.claims.issuer != trusted.issuer {
            return Err(TokenError::UntrustedIssuer);
        }
        self.claims.times.check(expected.leeway, expected.now)?;
        let token_use = self.claims.token_use;
        trusted.accepts_use(token_use)?;
        trusted.accepts_audience(&self.claims.audience, token_use, &expected.resource)?;
        let principal = self.claims.into_principal(trusted)?;
        trusted.accepts_client(principal.identity.client_id.as_deref())?;
        Ok(VerifiedClaims { principal })
    }
}

/// The parts of a token, still encoded.
pub(crate) struct Parts<'t> {
    /// The header and payload, as they were signed.
    pub(crate) signing_input: &'t str,
    pub(crate) header: &'t str,
    pub(crate) payload: &'t str,
    pub(crate) signature: &'t str,
}

impl<'t> Parts<'t> {
    /// Splits a token at its two dots.
    pub(crate) fn of(token: &BearerToken<'t>) -> Result<Self, TokenError> {
        let (signing_input, signature) = token.expose().rsplit_once('.').ok_or(TokenError::NotThreeParts)?;
        let (header, payload) = signing_input.split_once('.').ok_or(TokenError::NotThreeParts)?;
        if payload.contains('.') {
            return Err(TokenError::NotThreeParts);
        }
        Ok(Self { signing_input, header, payload, signature })
    }
}

/// Whether the key made this signature with this algorithm. The key must be for the algorithm.
pub(crate) fn check_signature(
    key: &VerifyingKey,
    algorithm: Algorithm,
    signing_input: &str,
    signature: &[u8],
) -> Result<(), TokenError> {
    key.verify(algorithm, signing_input.as_bytes(), signature)
}

/// base64url without padding, white space or stray bits in the last character (RFC 7515 section 2), so that a
/// token has only one spelling. The decoded bytes replace the content of `buffer`.
pub(crate) fn decode(part: &str, buffer: &mut Vec<u8>) -> Result<(), TokenError> {
    if part.is_empty() {
        return Err(TokenError::Encoding);
    }
    buffer.clear();
    BASE64URL.decode_vec(part, buffer).map_err(|_| TokenError::Encoding)
}

/// JSON is UTF-8 (RFC 8259 section 8.1). One check of all of it is faster than a check of each string.
pub(crate) fn text_of(json: &[u8], otherwise: TokenError) -> Result<&str, TokenError> {
    std::str::from_utf8(json).map_err(|_| otherwise)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    fn decoded(part: &str) -> Option<Vec<u8>> {
        let mut buffer = b"what was there before".to_vec();
        decode(part, &mut buffer).ok().map(|()| buffer)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn many_characters_at_a_time_decode_as_one_after_the_other(bytes: Vec<u8>, junk in "[ -~\u{e9}]", at: usize) {
            let part = URL_SAFE_NO_PAD.encode(bytes);
            let mut spoilt = part.clone();
            spoilt.insert_str(at % (part.len() + 1), &junk);
            for part in [part, spoilt] {
                let expected = URL_SAFE_NO_PAD.decode(&part).ok().filter(|_| !part.is_empty());
                prop_assert_eq!(decoded(&part), expected, "{}", part);
            }
        }
    }

    #[test]
    fn a_token_has_one_spelling_however_long_it_is() {
        for length in [1, 2, 31, 32, 61, 64, 94, 256, 1_000] {
            let part = URL_SAFE_NO_PAD.encode(vec![0xfb; length]);
            assert_eq!(decoded(&part), Some(vec![0xfb; length]));
            for end in ["=", "==", "\n", " ", "+", "/"] {
                assert_eq!(decoded(&format!("{part}{end}")), None, "{length} bytes, then {end:?}");
            }
            // If the last character has bits that belong to no byte, another character could stand there for
            // the same bytes.
            let stray = [None, Some("x"), Some("v")][length % 3];
            let respelt = stray.map(|last| format!("{}{last}", &part[..part.len() - 1]));
            assert_eq!(respelt.as_deref().and_then(decoded), None, "{length} bytes");
        }
        assert_eq!(decoded(""), None);
    }
}
