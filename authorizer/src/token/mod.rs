//! A token, before and after it is believed.
//!
//! [`UnverifiedToken::parse`] takes the token apart and trusts nothing in it; what it shows is only good
//! for finding a key. [`UnverifiedToken::verify`] is the one way to [`VerifiedClaims`], which other code can
//! read,
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
//! but not make, neither from parts nor from JSON:
//!
//! ```compile_fail,E0451
//! use authorizer::VerifiedClaims;
//! use platform::identity::Identity;
//!
//! fn forge(identity: Identity) -> VerifiedClaims {
//!     VerifiedClaims { identity }
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
//! Cognito's rules: <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>

mod claims;
mod header;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::Simd;
use base64::engine::general_purpose::NO_PAD;
use platform::identity::Identity;

use crate::clock::UnixTime;
use crate::error::TokenError;
use crate::jwks::{KeyId, VerifyingKey};
use crate::request::BearerToken;

pub(crate) use claims::RawClaims;
pub use claims::Stated;
use claims::UnverifiedClaims;
pub(crate) use header::parse as parse_header;

/// `iat` may lie this far ahead of our clock, in seconds: the issuer's clock is another one.
const ISSUED_AHEAD: u64 = 60;

/// Many characters at a time, with what vector instructions the processor turns out to have.
static BASE64URL: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(NO_PAD));

/// A token that has the form of a JWT for this gate (RFC 7519, RFC 7515 compact serialisation). Nothing
/// in it is to be believed.
#[derive(Debug)]
pub struct UnverifiedToken<'t> {
    /// Header and payload as they were signed.
    signing_input: &'t str,
    signature: Vec<u8>,
    key_id: KeyId,
    claims: UnverifiedClaims,
}

/// The claims of a token whose signature, issuer, times, use and client are all as they must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedClaims {
    identity: Identity,
}

impl VerifiedClaims {
    /// Who the bearer is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl<'t> UnverifiedToken<'t> {
    /// Takes a token apart: three parts of strict base64url, a header that asks for RS256 and nothing
    /// else, claims of the right types.
    ///
    /// # Errors
    /// The first thing that is not of its form.
    pub fn parse(token: &BearerToken<'t>) -> Result<Self, TokenError> {
        let parts = Parts::of(token)?;
        // One buffer for each part in turn.
        let mut decoded = Vec::with_capacity(parts.payload.len());
        decode(parts.header, &mut decoded)?;
        let key_id = header::parse(text_of(&decoded, TokenError::Header)?)?;
        decode(parts.payload, &mut decoded)?;
        let claims = UnverifiedClaims::parse(text_of(&decoded, TokenError::Claims)?)?;
        decode(parts.signature, &mut decoded)?;
        Ok(Self { signing_input: parts.signing_input, signature: decoded, key_id, claims })
    }

    /// Whose token this claims to be.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.claims.issuer
    }

    /// Which key it claims to be signed with.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// Checks the signature, then the claims, on the terms of the key's own issuer. `leeway` is the clock
    /// skew that `exp` and `nbf` are allowed, in seconds.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(
        self,
        key: &VerifyingKey,
        leeway: u64,
        now: UnixTime,
    ) -> Result<VerifiedClaims, TokenError> {
        check_signature(key, self.signing_input, &self.signature)?;
        let trusted = key.issuer();
        if self.claims.issuer != trusted.issuer {
            return Err(TokenError::UntrustedIssuer);
        }
        self.claims.times.check(leeway, now)?;
        trusted.accepts_use(self.claims.token_use)?;
        let identity = self.claims.into_identity()?;
        trusted.accepts_client(&identity.client_id)?;
        Ok(VerifiedClaims { identity })
    }
}

/// The parts of a token, still encoded.
pub(crate) struct Parts<'t> {
    /// Header and payload as they were signed.
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

/// Whether the key made this signature.
pub(crate) fn check_signature(
    key: &VerifyingKey,
    signing_input: &str,
    signature: &[u8],
) -> Result<(), TokenError> {
    key.verify(platform::config::Algorithm::Rs256, signing_input.as_bytes(), signature)
        .map_err(|_| TokenError::Signature)
}

/// base64url without padding, white space or stray bits in the last character (RFC 7515 section 2): a
/// token has one spelling. The bytes replace what is in `buffer`.
pub(crate) fn decode(part: &str, buffer: &mut Vec<u8>) -> Result<(), TokenError> {
    if part.is_empty() {
        return Err(TokenError::Encoding);
    }
    buffer.clear();
    BASE64URL.decode_vec(part, buffer).map_err(|_| TokenError::Encoding)
}

/// JSON is UTF-8 (RFC 8259 section 8.1). Checked once for all of it, which is quicker than text by text.
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
            // Where the last character has bits that no byte takes, others could stand there for the same bytes.
            let stray = [None, Some("x"), Some("v")][length % 3];
            let respelt = stray.map(|last| format!("{}{last}", &part[..part.len() - 1]));
            assert_eq!(respelt.as_deref().and_then(decoded), None, "{length} bytes");
        }
        assert_eq!(decoded(""), None);
    }
}
