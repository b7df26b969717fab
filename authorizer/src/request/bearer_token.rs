//! The token of a request, as the caller sent it. Nothing decodes it here, and nothing prints it.

use std::fmt;

use crate::error::TokenError;

/// API Gateway passes on at most this many bytes of all headers together.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
const MAX_TOKEN_BYTES: usize = 10_240;

/// A token as the caller sent it. Its `Debug` output hides it, because it is a credential.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BearerToken<'e>(&'e str);

impl<'e> BearerToken<'e> {
    /// Reads the value of an `Authorization` header: `Bearer` in any case, one space, the token (RFC 6750
    /// section 2.1, RFC 9110 section 11.1).
    ///
    /// # Errors
    /// What is wrong with the header.
    pub fn parse(header: &'e str) -> Result<Self, TokenError> {
        const SCHEME: &str = "bearer ";
        if header.is_empty() {
            return Err(TokenError::Missing);
        }
        if header.len() > SCHEME.len() + MAX_TOKEN_BYTES {
            return Err(TokenError::TooLong);
        }
        let (scheme, token) = header.split_at_checked(SCHEME.len()).ok_or(TokenError::NotBearer)?;
        if scheme.eq_ignore_ascii_case(SCHEME) { Self::parse_bare(token) } else { Err(TokenError::NotBearer) }
    }

    /// Reads a token without `Bearer`.
    ///
    /// # Errors
    /// The token is too long, or has a character that no token has.
    pub fn parse_bare(token: &'e str) -> Result<Self, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLong);
        }
        // The loop checks every byte, because it then handles many at a time, which is faster than stopping
        // at the first bad one.
        if token.is_empty() || !token.bytes().fold(true, |all, byte| all & is_jwt_byte(byte)) {
            return Err(TokenError::NotBearer);
        }
        Ok(Self(token))
    }

    /// The token as text. It is a credential, and must not be logged.
    #[must_use]
    pub const fn expose(&self) -> &'e str {
        self.0
    }
}

impl fmt::Debug for BearerToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken([redacted])")
    }
}

/// base64url without padding, and the dots between the parts (RFC 7515 section 2).
fn is_jwt_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_bearer_in_any_case_and_one_space() {
        for header in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", "bEaReR a.b.c"] {
            assert_eq!(BearerToken::parse(header).unwrap().expose(), "a.b.c");
        }
        for header in [
            "a.b.c",
            "Bearer",
            "Bearer ",
            "Bearer  a.b.c",
            "Bearer\ta.b.c",
            " Bearer a.b.c",
            "Bearer a.b.c ",
            "Bearer a.b.c d.e.f",
            "Bearer a.b.c,d.e.f",
            "Bearer a.b.c, Bearer a.b.c",
            "Basic YTpi",
            "Digest a",
            "Bearera.b.c",
            "Bearer a.b.c\n",
            "Bearer a\0b",
            "Bearer a.b.c=",
            "Bearer a+b/c",
            "Bearer \u{e9}.b.c",
            "Bearer\u{a0}a.b.c",
            "\u{feff}Bearer a.b.c",
            "Beare\u{e9} a",
        ] {
            assert_eq!(BearerToken::parse(header), Err(TokenError::NotBearer), "{header:?}");
        }
    }

    #[test]
    fn a_token_that_no_gateway_would_pass_on_is_not_even_decoded() {
        let longest = format!("Bearer {}", "a".repeat(MAX_TOKEN_BYTES));
        assert!(BearerToken::parse(&longest).is_ok());
        assert_eq!(BearerToken::parse(&format!("{longest}a")), Err(TokenError::TooLong));
        assert_eq!(BearerToken::parse(&".".repeat(1 << 20)), Err(TokenError::TooLong));
    }

    #[test]
    fn the_debug_output_hides_the_token() {
        let token = BearerToken::parse("Bearer secret.secret.secret").unwrap();
        assert!(!format!("{token:?}").contains("secret"));
    }
}
