//! Removes from a text what must not leave the account: secrets and personal data.
//!
//! Our own log lines contain neither (ARCHITECTURE.md). But a library's text may, and so may the input in a
//! panic's message. This is the second line of defence, so it removes too much rather than too little. It
//! must not depend on where a text comes from.
//!
//! It therefore judges each word by its form. The auth service and the command line know what was sent, and
//! remove exactly that (`platform::text::one_line_without`). That is another job; the two only share the
//! rules for characters.

use std::net::{IpAddr, SocketAddr};

use platform::text::{is_control, is_unseen};

const REDACTED: &str = "[redacted]";
/// The characters that end a word.
const DELIMITERS: [char; 17] =
    ['"', '\'', '`', '\\', '(', ')', '{', '}', '[', ']', '<', '>', ',', ';', '|', '&', '?'];
/// Parts of the names of secret values, in lower case.
const SECRET_NAMES: [&str; 14] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "authorization",
    "cookie",
    "session",
    "apikey",
    "api_key",
    "api-key",
    "credential",
    "signature",
    "otp",
];
/// The words of a header that precede a secret (RFC 9110 section 11.1), in lower case.
const SCHEMES: [&str; 2] = ["bearer", "basic"];
/// Longer than meaningful words, and shorter than our secrets.
const OPAQUE_LENGTH: usize = 40;

/// The text without secrets and personal data, cut at `max` characters.
pub(crate) fn scrub(text: &str, max: usize) -> String {
    let mut scrubbed = String::with_capacity(text.len().min(4 * max));
    let seen: String = text.chars().filter(|c| !is_unseen(*c)).collect();
    let mut scanner = Scanner { rest: &seen, state: State::Plain };
    // The rest would be cut off anyway.
    while scrubbed.len() < 4 * max && scanner.step(&mut scrubbed) {}
    cut(&scrubbed, max)
}

/// The first `max` characters, with a mark if there were more.
pub(crate) fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => text.chars().take(max.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Plain,
    /// The previous word was the name of a secret.
    Named,
    /// The next word is the secret.
    Secret,
}

struct Scanner<'a> {
    rest: &'a str,
    state: State,
}

impl<'a> Scanner<'a> {
    /// Reads one more piece. Returns whether there was one.
    fn step(&mut self, out: &mut String) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        if self.state == State::Secret && !first.is_whitespace() {
            let value = self.take(secret_length(self.rest));
            out.push_str(REDACTED);
            let is_scheme = SCHEMES.contains(&value.to_lowercase().as_str());
            self.state = if is_scheme { State::Secret } else { State::Plain };
        } else if first == ':' || first == '=' {
            self.take(1);
            out.push(first);
            if self.state == State::Named {
                self.state = State::Secret;
            }
        } else if is_delimiter(first) {
            self.take(first.len_utf8());
            out.push(if is_control(first) && first != '\n' { ' ' } else { first });
        } else {
            self.word(out);
        }
        true
    }

    fn word(&mut self, out: &mut String) {
        let length = self.rest.find(is_delimiter).unwrap_or(self.rest.len());
        let whole = self.rest.get(..length).unwrap_or_default();
        if let Some(mark) = identifying(whole) {
            self.take(length);
            out.push_str(mark);
            self.state = State::Plain;
            return;
        }
        let part = self.take(whole.find([':', '=']).unwrap_or(length));
        let lower = part.to_lowercase();
        self.state = if SCHEMES.contains(&lower.as_str()) {
            State::Secret
        } else if SECRET_NAMES.iter().any(|name| lower.contains(name)) {
            State::Named
        } else {
            State::Plain
        };
        out.push_str(identifying(part).unwrap_or(part));
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
}

fn is_delimiter(character: char) -> bool {
    character.is_whitespace() || is_control(character) || DELIMITERS.contains(&character)
}

/// The length of a secret at the start of a text. It ends at its closing quote, or where a list or the line
/// goes on. If it is in brackets, all of their content belongs to it.
fn secret_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut is_escaped = false;
    for (place, character) in text.char_indices() {
        let is_over = depth == 0 && (character.is_whitespace() || matches!(character, ',' | ';' | '&'));
        match (quote, character) {
            // In a text within a text both quotes follow a backslash, otherwise neither does.
            (Some(open), close) if open == (close, is_escaped) && depth == 0 => {
                return place + close.len_utf8();
            }
            (Some(open), close) if open == (close, is_escaped) => quote = None,
            (None, '"' | '\'' | '`') => quote = Some((character, is_escaped)),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') if depth == 0 => return place,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, _) if is_over => return place,
            (Some(_) | None, _) => {}
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    text.len()
}

/// The replacement for a word that is by itself a secret or personal data. `None` for any other word.
fn identifying(word: &str) -> Option<&'static str> {
    let bare = word.trim_matches(['.', '!', ':', '=', '/']);
    if bare.contains("eyJ") || is_access_key(bare) || is_opaque(bare) {
        Some(REDACTED)
    } else if bare.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()) {
        Some("[email]")
    } else if is_address(bare) {
        Some("[ip]")
    } else if is_phone(bare) {
        Some("[phone]")
    } else {
        None
    }
}

/// An access key id of AWS:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
fn is_access_key(word: &str) -> bool {
    (word.starts_with("AKIA") || word.starts_with("ASIA")) && word.len() >= 16
}

/// Letters and digits without a meaning: a key, a hash, a code of Cognito. Paths have dots.
fn is_opaque(word: &str) -> bool {
    let is_of_one =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-');
    word.len() >= OPAQUE_LENGTH
        && word.bytes().all(is_of_one)
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// An IP address, with or without a port. `a::b` is one too, and also a path in Rust.
fn is_address(word: &str) -> bool {
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    has_digit && (word.parse::<IpAddr>().is_ok() || word.parse::<SocketAddr>().is_ok())
}

/// A phone number in the form that Cognito requires (E.164).
fn is_phone(word: &str) -> bool {
    word.strip_prefix('+')
        .is_some_and(|digits| digits.len() >= 7 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl-_";

    fn check(text: &str, expected: &str) {
        assert_eq!(scrub(text, 1_000), expected);
    }

    #[test]
    fn text_that_explains_an_error_stays() {
        for text in [
            "the request failed",
            "it panicked",
            "called `Option::unwrap()` on a `None` value",
            "index out of bounds: the len is 3 but the index is 7",
            "services/orders/src/order.rs:17:9",
            "/home/build/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/hyper-1.8.1/src/client.rs:301:20",
            "ResourceNotFoundException: table not found (orders_table)",
            "b0f3a1d2-6c1e-4c58-9f43-8d2a7e5b1c90",
            "expected `,` or `}` at line 1 column 22",
            "platform::telemetry, std::io::Error",
            "no password was given",
            "",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn tokens_and_headers_are_removed() {
        check(&format!("got {JWT}, and {JWT:?}"), "got [redacted], and \"[redacted]\"");
        check("Authorization: Bearer abc.def", "Authorization: [redacted] [redacted]");
        check("with Bearer abc123 it failed", "with Bearer [redacted] it failed");
        check("basic dXNlcjpwdw== failed", "basic [redacted] failed");
        check("Cookie: a=b; c", "Cookie: [redacted]; c");
    }

    #[test]
    fn a_value_named_like_a_secret_is_removed_with_its_brackets() {
        check(r#"{"password":"hunter2 and more","name":"x"}"#, r#"{"password":[redacted],"name":"x"}"#);
        check(r#"{\"Password\": \"hunter2\"}"#, r#"{\"Password\": [redacted]}"#);
        check("password=hunter2&user=x", "password=[redacted]&user=x");
        check("client_secret = abc def", "client_secret = [redacted] def");
        check("new_password: Some(\"hunter2\"), x: 1", "new_password: [redacted], x: 1");
        check("Session { session: \"AYABe\", id: 3 }", "Session { session: [redacted], id: 3 }");
        check("tokens: [\"a\", \"b\"], x", "tokens: [redacted], x");
        check(r#"secret: "a\"b" and c"#, "secret: [redacted] and c");
        check("token:hunter2", "token:[redacted]");
        check("pass\u{200b}word: hunter2\u{2028}\u{202e}x", "password: [redacted] x");
    }

    #[test]
    fn personal_data_is_removed() {
        check("no mail to ada@example.com.", "no mail to [email]");
        check("<Ada <ada.l+x@example.co.uk>>", "<Ada <[email]>>");
        check("from 203.0.113.7:443 and 203.0.113.7", "from [ip] and [ip]");
        check("from [2001:db8::7]:443", "from [[ip]]:443");
        check("sms to +491701234567", "sms to [phone]");
        check("https://user:pw@example.com/x", "[email]");
    }

    #[test]
    fn what_looks_like_a_secret_is_removed() {
        check("AKIAIOSFODNN7EXAMPLE failed", "[redacted] failed");
        check("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "[redacted]");
        check("1a2b3c4d5e6f7g8h9i0j1k2l3m4n5o6p7q8r9s0t1u2v3w4x5y6z", "[redacted]");
    }

    #[test]
    fn a_long_text_is_cut_and_a_control_character_is_a_blank() {
        assert_eq!(scrub(&"ä ".repeat(3_000), 10), format!("{}…", "ä ".repeat(4) + "ä"));
        check("a\u{0}b\u{1b}[31m\nc", "a b [31m\nc");
    }

    proptest! {
        #[test]
        fn any_text_is_taken_and_stays_within_its_length(text in ".{0,300}", max in 1_usize..80) {
            prop_assert!(scrub(&text, max).chars().count() <= max);
        }

        #[test]
        fn no_secret_survives_whatever_stands_around_it(
            before in "[ a-zA-Z\"'{}:=,]{0,20}", separator in "(: |=|: \"|\": \")", after in "[ \"',;}]{0,5}",
        ) {
            let text = format!("{before} password{separator}hunter2{after}");
            prop_assert!(!scrub(&text, 500).contains("hunter2"), "{text}");
        }
    }
}
