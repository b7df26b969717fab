//! Where passwords come from: one line of stdin, the terminal without echo, or, for a temporary password, the
//! operating system's random numbers.
//!
//! A password never comes from an argument or an environment variable, and is never printed. It stays in a
//! [`SecretString`], whose Debug output hides it and whose memory is wiped.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;

/// The longest line that is read. Cognito accepts 256 characters of at most four bytes in UTF-8.
const LINE_LIMIT: usize = 1024;

/// The person who runs the command. The command shows them notes, and may ask them for more during a sign-in.
pub(crate) trait Prompter {
    /// Shows a text that is neither a result nor an error.
    fn note(&mut self, text: &str) -> Result<(), Error>;
    /// Asks for a one-time code of an authenticator app.
    fn code(&mut self) -> Result<SecretString, Error>;
    /// Asks for the password that replaces a temporary one. `None` if the person cannot be asked.
    fn new_password(&mut self) -> Result<Option<SecretString>, Error>;
}

/// The person at the terminal. Prompts and notes go to stderr.
pub(crate) struct Terminal<'a> {
    pub(crate) stderr: &'a mut dyn Write,
    /// Whether the first password came from stdin. Then no person can be asked for a new one.
    pub(crate) from_stdin: bool,
}

impl Terminal<'_> {
    /// The password, from the source that the arguments name. With `is_new`, the person types it twice.
    pub(crate) fn password(&mut self, is_new: bool) -> Result<SecretString, Error> {
        if self.from_stdin {
            return from_line(&mut io::stdin().lock());
        }
        if !io::stdin().is_terminal() {
            let instead = "give it on stdin with --password-stdin";
            return Err(Error::NoTerminal { what: "a password", instead });
        }
        if is_new { self.typed_twice("Password") } else { self.typed("Password").and_then(checked) }
    }

    fn typed_twice(&mut self, prompt: &str) -> Result<SecretString, Error> {
        let first = checked(self.typed(prompt)?)?;
        let second = self.typed("The same again")?;
        if first.expose_secret() == second.expose_secret() { Ok(first) } else { Err(Error::PasswordsDiffer) }
    }

    fn typed(&mut self, prompt: &str) -> Result<SecretString, Error> {
        write!(self.stderr, "{prompt}: ")?;
        self.stderr.flush()?;
        match rpassword::read_password() {
            Ok(text) => Ok(SecretString::from(text)),
            Err(error) => {
                // The error line must not follow the prompt on the same line.
                writeln!(self.stderr)?;
                Err(Error::PasswordUnreadable(error))
            }
        }
    }
}

impl Prompter for Terminal<'_> {
    fn note(&mut self, text: &str) -> Result<(), Error> {
        writeln!(self.stderr, "note: {text}")?;
        Ok(())
    }

    /// The code is asked for on the terminal even if the password came from stdin, because it is only known
    /// now.
    fn code(&mut self) -> Result<SecretString, Error> {
        self.typed("One-time code of the authenticator app").map_err(|error| match error {
            Error::PasswordUnreadable(_) => Error::NoTerminal {
                what: "a one-time code",
                instead: "run this at a terminal, or name the file with the app's secret with --authenticator",
            },
            other => other,
        })
    }

    fn new_password(&mut self) -> Result<Option<SecretString>, Error> {
        if self.from_stdin {
            return Ok(None);
        }
        self.note("this password is temporary: choose your own")?;
        self.typed_twice("New password").map(Some)
    }
}

/// One line, without its line end (LF or CR LF). The rest of the source is not read.
fn from_line(source: &mut impl BufRead) -> Result<SecretString, Error> {
    let limit = LINE_LIMIT + "\r\n".len();
    let mut line = Vec::with_capacity(limit + 1);
    source.take(limit as u64 + 1).read_until(b'\n', &mut line).map_err(Error::PasswordUnreadable)?;
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    let text = String::from_utf8(line).map_err(|_| Error::PasswordNotText)?;
    checked(SecretString::from(text))
}

fn checked(password: SecretString) -> Result<SecretString, Error> {
    let text = password.expose_secret();
    if text.is_empty() {
        return Err(Error::PasswordEmpty);
    }
    if text.len() > LINE_LIMIT {
        return Err(Error::PasswordTooLong { limit: LINE_LIMIT });
    }
    if text.contains('\0') {
        return Err(Error::PasswordNul);
    }
    Ok(password)
}

/// The number of random bytes in a temporary password: 71 bytes are 95 characters of base64url.
const TEMPORARY_BYTES: usize = 71;

/// One of each kind of character that a pool's policy can require. The last is a letter, because a full stop
/// may follow it in a mail.
const EVERY_KIND: &str = "-0Aa";

/// The length of a temporary password that somebody reads in a mail, unless the pool requires more: 70 random
/// bits.
const TO_TYPE: usize = 16;

/// A random password for a user who gets the real one immediately afterwards.
///
/// It satisfies every policy that a pool can have: it has 99 characters, the highest possible minimum, and
/// all four kinds of characters. So the command does not need to read the pool's policy.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_PasswordPolicyType.html>
pub(crate) fn temporary() -> Result<SecretString, Error> {
    let mut bytes = [0; TEMPORARY_BYTES];
    getrandom::fill(&mut bytes).map_err(Error::NoRandomness)?;
    Ok(SecretString::from(URL_SAFE_NO_PAD.encode(bytes) + EVERY_KIND))
}

/// The same for a user who gets it by mail and may have to type it. It is as short as the policy allows.
pub(crate) fn to_type(policy: &Policy) -> Result<SecretString, Error> {
    let whole = temporary()?;
    let whole = whole.expose_secret();
    let left_out = whole.len().saturating_sub(policy.minimum_length.max(TO_TYPE));
    Ok(SecretString::from(whole.get(left_out..).unwrap_or(whole)))
}

/// What a pool requires of a password.
#[expect(clippy::struct_excessive_bools, reason = "four independent switches, as Cognito has them")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) minimum_length: usize,
    pub(crate) uppercase: bool,
    pub(crate) lowercase: bool,
    pub(crate) numbers: bool,
    pub(crate) symbols: bool,
}

impl Policy {
    /// Everything that the password certainly lacks, in words. The pool may still refuse a password that
    /// passes here: only the pool knows what counts as a symbol, and which passwords were used before.
    pub(crate) fn lacks(&self, password: &SecretString) -> Option<String> {
        let text = password.expose_secret();
        let missing = |wanted: bool, of_kind: fn(char) -> bool| wanted && !text.contains(of_kind);
        let lacks = [
            (text.chars().count() < self.minimum_length, format!("{} characters", self.minimum_length)),
            (missing(self.uppercase, char::is_uppercase), "an upper-case letter".to_owned()),
            (missing(self.lowercase, char::is_lowercase), "a lower-case letter".to_owned()),
            (missing(self.numbers, char::is_numeric), "a digit".to_owned()),
            (missing(self.symbols, |c| !c.is_ascii_alphanumeric()), "a symbol".to_owned()),
        ];
        let lacks: Vec<_> = lacks.into_iter().filter_map(|(lacks, what)| lacks.then_some(what)).collect();
        (!lacks.is_empty()).then(|| format!("it must have {}", lacks.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, Error> {
        from_line(&mut &*bytes).map(|password| password.expose_secret().to_owned())
    }

    #[test]
    fn only_one_line_end_is_removed() {
        for (bytes, password) in [
            (&b"Correct-horse-9"[..], "Correct-horse-9"),
            (b"Correct-horse-9\n", "Correct-horse-9"),
            (b"Correct-horse-9\r\n", "Correct-horse-9"),
            (b" spaces stay \n", " spaces stay "),
            (b"cr stays\r", "cr stays\r"),
            (b"two\r\r\n", "two\r"),
            (b"first\nsecond\n", "first"),
        ] {
            assert_eq!(read(bytes).unwrap(), password);
        }
    }

    #[test]
    fn text_that_cannot_be_a_password_is_refused() {
        assert!(matches!(read(b""), Err(Error::PasswordEmpty)));
        assert!(matches!(read(b"\n"), Err(Error::PasswordEmpty)));
        assert!(matches!(read(b"\r\n"), Err(Error::PasswordEmpty)));
        assert!(matches!(read(b"a\0b\n"), Err(Error::PasswordNul)));
        assert!(matches!(read(b"\xff\n"), Err(Error::PasswordNotText)));
        assert!(matches!(read(&[b'a'; LINE_LIMIT + 1]), Err(Error::PasswordTooLong { .. })));
        assert!(matches!(read(&[b'a'; 10 * LINE_LIMIT]), Err(Error::PasswordTooLong { .. })));
    }

    #[test]
    fn the_longest_password_that_is_allowed_may_have_a_line_end() {
        let mut line = vec![b'a'; LINE_LIMIT];
        line.extend(b"\r\n");
        assert_eq!(read(&line).unwrap().len(), LINE_LIMIT);
    }

    #[test]
    fn a_temporary_password_fits_every_policy_and_is_always_new() {
        let one = temporary().unwrap();
        let text = one.expose_secret();
        assert_eq!(text.len(), 99);
        assert!(text.contains(|c: char| c.is_ascii_lowercase()));
        assert!(text.contains(|c: char| c.is_ascii_uppercase()));
        assert!(text.contains(|c: char| c.is_ascii_digit()));
        assert!(text.contains('-'));
        assert_ne!(text, temporary().unwrap().expose_secret());
    }

    #[test]
    fn a_password_to_type_is_no_longer_than_it_must_be() {
        for (minimum_length, length) in [(0, 16), (8, 16), (16, 16), (20, 20), (99, 99), (1000, 99)] {
            let policy =
                Policy { minimum_length, uppercase: true, lowercase: true, numbers: true, symbols: true };
            let password = to_type(&policy).unwrap();
            assert_eq!(password.expose_secret().len(), length);
            assert!(minimum_length > 99 || policy.lacks(&password).is_none());
            assert!(password.expose_secret().ends_with(char::is_alphabetic));
            assert_ne!(password.expose_secret(), to_type(&policy).unwrap().expose_secret());
        }
    }

    #[test]
    fn with_the_password_from_stdin_nobody_is_asked_for_a_new_one() {
        let mut prompts = Vec::new();
        let mut terminal = Terminal { stderr: &mut prompts, from_stdin: true };
        assert!(terminal.new_password().unwrap().is_none());
        assert!(prompts.is_empty());
    }

    #[test]
    fn everything_that_a_password_lacks_is_reported_at_once() {
        let strict =
            Policy { minimum_length: 8, uppercase: true, lowercase: true, numbers: true, symbols: true };
        let lacks = |text: &str| strict.lacks(&SecretString::from(text));
        assert_eq!(lacks("Abcdef-9"), None);
        assert_eq!(
            lacks("").as_deref(),
            Some("it must have 8 characters, an upper-case letter, a lower-case letter, a digit, a symbol")
        );
        assert_eq!(lacks("abcdefg-9").as_deref(), Some("it must have an upper-case letter"));
        assert_eq!(lacks("Abcdefg9").as_deref(), Some("it must have a symbol"));
        // Only the pool knows whether this is a symbol.
        assert_eq!(lacks("Abcdef\u{e9}9"), None);
        assert_eq!(strict.lacks(&temporary().unwrap()), None);
        let lax =
            Policy { minimum_length: 6, uppercase: false, lowercase: false, numbers: false, symbols: false };
        assert_eq!(lax.lacks(&SecretString::from("aaaaaa")), None);
    }
}
