//! `gatehouse token --authenticator FILE`: an authenticator app whose secret is in a file.
//!
//! The file contains only the secret, as base32 on one line. Every authenticator app accepts that form when
//! somebody types it in. The file is written once, readable for its owner only, and never overwritten:
//! whoever reads it has the user's second factor, and losing it locks the user out. The secret is never
//! printed.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use authorizer::UnixTime;
use aws_lc_rs::hmac;
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use crate::error::Error;

/// The app.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Authenticator<'a>(pub(crate) &'a Path);

impl Authenticator<'_> {
    /// The secret in the file. `None` if the file does not exist.
    pub(crate) fn secret(self) -> Result<Option<Secret>, Error> {
        let path = || self.0.to_owned();
        match fs::read_to_string(self.0).map(SecretString::from) {
            Ok(text) => {
                Secret::parse(&text).map(Some).ok_or_else(|| Error::AuthenticatorOdd { path: path() })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(reason) => Err(Error::AuthenticatorUnreadable { path: path(), reason }),
        }
    }

    /// Writes the secret into a new file.
    pub(crate) fn keep(self, secret: &Secret) -> Result<(), Error> {
        let path = || self.0.to_owned();
        self.write(secret).map_err(|reason| match reason.kind() {
            io::ErrorKind::AlreadyExists => Error::AuthenticatorTaken { path: path() },
            _ => Error::AuthenticatorUnwritable { path: path(), reason },
        })
    }

    fn write(self, secret: &Secret) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(self.0)?;
        writeln!(file, "{}", secret.text.expose_secret())?;
        file.sync_all()
    }

    /// Deletes the file of a secret that was not used.
    pub(crate) fn discard(self) -> Result<(), Error> {
        fs::remove_file(self.0)
            .map_err(|reason| Error::AuthenticatorUnwritable { path: self.0.to_owned(), reason })
    }
}

/// The secret that the app and the pool share.
pub(crate) struct Secret {
    text: SecretString,
    bytes: SecretSlice<u8>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([REDACTED])")
    }
}

/// How long a code is valid: RFC 6238 section 4.1 (X). Cognito uses the same time.
const STEP_SECONDS: u64 = 30;
const DIGITS: usize = 6;

impl Secret {
    /// Reads base32 (RFC 4648 section 6) as people write it: lower case is allowed, and so is missing
    /// padding.
    pub(crate) fn parse(text: &SecretString) -> Option<Self> {
        let plain = SecretString::from(text.expose_secret().trim().trim_end_matches('='));
        let bytes = SecretSlice::from(from_base32(plain.expose_secret())?);
        Some(Self { text: plain, bytes })
    }

    /// The code at this time: RFC 6238 with SHA-1 and six digits, which authenticator apps use by default.
    /// Cognito uses the defaults: its secrets come without any parameter
    /// (<https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AssociateSoftwareToken.html>),
    /// and it accepts a code of six digits
    /// (<https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerifySoftwareToken.html>).
    pub(crate) fn code(&self, now: UnixTime) -> SecretString {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.bytes.expose_secret());
        let tag = hmac::sign(&key, &(now.secs() / STEP_SECONDS).to_be_bytes());
        SecretString::from(format!("{:0DIGITS$}", truncated(tag.as_ref()) % 1_000_000))
    }
}

/// Dynamic truncation: RFC 4226 section 5.3.
fn truncated(tag: &[u8]) -> u32 {
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0x0f);
    let four = tag.iter().skip(offset).take(4);
    four.fold(0, |number, byte| number << 8 | u32::from(*byte)) & 0x7fff_ffff
}

/// `None` if it is not base32, or too short to be a secret.
fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut count) = (0_u32, 0_u32);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        bits = bits << 5 | u32::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    // RFC 4226 section 4 (R6) requires 128 bits, but Cognito only promises 16 letters, which are 80 bits.
    (bytes.len() >= 10).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `12345678901234567890`, the secret of RFC 6238 appendix B.
    const RFC: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn secret(text: &str) -> Option<Secret> {
        Secret::parse(&SecretString::from(text))
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // The RFC's table has eight digits. A code of six digits is the last six of them.
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let made = secret(RFC).unwrap().code(UnixTime::from_secs(time));
            assert_eq!(made.expose_secret(), code, "{time}");
        }
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (text, bytes) in [("MZXW6YTBMZXW6YTB", "foobafooba"), ("MZXW6YTBOJTG633CMFZA", "foobarfoobar")] {
            assert_eq!(from_base32(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_secret_is_read_as_people_write_it() {
        for text in [RFC.to_owned(), format!(" {RFC}\n"), RFC.to_lowercase(), format!("{RFC}====")] {
            assert_eq!(secret(&text).unwrap().code(UnixTime::from_secs(59)).expose_secret(), "287082");
        }
        for text in ["", "GEZDGNBV", "GEZDGNBVGY3TQOJ1", "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ"] {
            assert!(secret(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_file_is_its_owners_alone_and_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ann");
        let app = Authenticator(&path);
        assert!(app.secret().unwrap().is_none());
        app.keep(&secret(RFC).unwrap()).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(app.secret().unwrap().unwrap().text.expose_secret(), RFC);
        let again = app.keep(&secret("MZXW6YTBMZXW6YTB").unwrap()).unwrap_err();
        assert!(matches!(again, Error::AuthenticatorTaken { .. }), "{again}");
        assert_eq!(app.secret().unwrap().unwrap().text.expose_secret(), RFC);
        app.discard().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn a_file_of_another_kind_is_refused_without_quoting_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ann");
        fs::write(&path, "no-secret-of-an-app").unwrap();
        let error = Authenticator(&path).secret().unwrap_err();
        assert!(error.to_string().contains("base32"), "{error}");
        assert!(!format!("{error} {error:?}").contains("no-secret"), "{error:?}");
        assert_eq!(error.exit_code(), 2);
        let error = Authenticator(folder.path()).secret().unwrap_err();
        assert!(matches!(error, Error::AuthenticatorUnreadable { .. }), "{error}");
        let error = Authenticator(&folder.path().join("none/ann")).keep(&secret(RFC).unwrap()).unwrap_err();
        assert!(matches!(error, Error::AuthenticatorUnwritable { .. }), "{error}");
    }

    #[test]
    fn the_secret_does_not_show_in_debug() {
        assert!(!format!("{:?}", secret(RFC).unwrap()).contains("GEZ"));
    }
}
