//! The URI that gives an authenticator app its key, usually as a QR code.
//! <https://github.com/google/google-authenticator/wiki/Key-Uri-Format>

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 3986 section 2.3: these characters need no encoding.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The `otpauth` URI of `key` (base32), with the `issuer` and `account` that the app shows.
pub(crate) fn uri(issuer: &str, account: &str, key: &str) -> String {
    let encoded = |text| utf8_percent_encode(text, UNRESERVED);
    let (issuer, account, key) = (encoded(issuer), encoded(account), encoded(key));
    format!("otpauth://totp/{issuer}:{account}?secret={key}&issuer={issuer}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_part_runs_into_another() {
        assert_eq!(
            super::uri("gate: house", "ann+1@example.com?x&y", "JBSWY3DP"),
            "otpauth://totp/gate%3A%20house:ann%2B1%40example.com%3Fx%26y?secret=JBSWY3DP&issuer=gate%3A%20house"
        );
    }
}
