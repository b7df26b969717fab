//! Any text as an `Authorization` header. Reading it never panics. Only `Bearer`, one space and a token are
//! accepted, a token has only one spelling, and another library reads the same in its header.

use authorizer::{BearerToken, UnverifiedToken};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::decode_header;
use offline_gate::no_issuers;

use crate::Outcome;

/// Reads `data` as the header.
pub fn run(data: &[u8]) -> Outcome {
    let header = String::from_utf8_lossy(data);
    let Ok(bearer) = BearerToken::parse(&header) else { return Outcome::Refused };
    let (scheme, token) = header.split_once(' ').expect("a scheme and a token");
    assert!(scheme.eq_ignore_ascii_case("bearer"), "another scheme: {scheme}");
    assert_eq!(bearer.expose(), token);
    assert!(token.len() <= 10_240 && token.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)));
    assert_eq!(format!("{bearer:?}"), "BearerToken([redacted])");

    let Ok(parsed) = UnverifiedToken::parse(&bearer, &no_issuers()) else { return Outcome::Refused };
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    for part in parts {
        let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
        assert_eq!(URL_SAFE_NO_PAD.encode(bytes), part, "another spelling of the same token");
    }
    let other = decode_header(token).expect("a header that the oracle reads");
    let algorithm = format!("{:?}", other.alg);
    assert_eq!(
        (algorithm.as_str(), other.kid),
        (parsed.algorithm().as_str(), Some(parsed.key_id().to_string()))
    );
    Outcome::Accepted
}
