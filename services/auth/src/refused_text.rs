//! Prepares a text of Cognito for the log: without the caller's values, on one line, and of limited length.
//!
//! Cognito repeats values in some of its texts (`Value 'x' at 'password' failed to satisfy constraint`), and a
//! trigger may put anything into its text. No answer to a caller may contain such a text.

use std::fmt;

use platform::text::one_line_without;

/// The most characters of a text that are logged.
const MAX: usize = 300;
/// A shorter secret would break words. No password or code that a pool accepts is shorter.
const LEAST_SECRET: usize = 4;
const REDACTED: &str = "[redacted]";

/// A text that may be logged. Empty: Cognito sent none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefusedText(String);

impl RefusedText {
    /// Makes it from Cognito's text, and removes what was `sent` with the call wherever it occurs.
    #[must_use]
    pub fn new(text: &str, sent: &[&str]) -> Self {
        let line = one_line_without(text, sent, LEAST_SECRET, REDACTED);
        let words: Vec<&str> = line.split_whitespace().collect();
        let plain = without_values(&words.join(" "));
        let shown: Vec<&str> =
            plain.split(' ').map(|word| if may_be_personal(word) { REDACTED } else { word }).collect();
        Self(shown.join(" ").chars().take(MAX).collect())
    }

    /// Whether there is nothing to log.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for RefusedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hides everything from the start of the first value to the end of the last one, because a value may itself contain
/// what follows a value.
fn without_values(text: &str) -> String {
    const BEGIN: &str = "Value '";
    const END: &str = "' at '";
    match (text.find(BEGIN), text.rfind(END)) {
        (Some(begin), Some(end)) if begin + BEGIN.len() <= end => {
            format!("{}{REDACTED}{}", &text[..begin + BEGIN.len()], &text[end..])
        }
        (Some(begin), _) => format!("{}{REDACTED}", &text[..begin + BEGIN.len()]),
        _ => text.to_owned(),
    }
}

/// Whether a word is an address, a possible phone number or code, or so long that it must be a token.
fn may_be_personal(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let is_number = digits >= 4 && word.chars().all(|c| c.is_ascii_digit() || "+-().,:;'\"".contains(c));
    word.contains('@') || is_number || word.len() > 100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        RefusedText::new(text, &[]).to_string()
    }

    #[test]
    fn what_helps_an_operator_stays() {
        for text in [
            "User pool client 1h57kf5cpq17m0eml12EXAMPLE does not exist.",
            "PreSignUp invocation failed due to error AccessDeniedException.",
            "Temporary password has expired and must be reset by an administrator.",
            "USER_PASSWORD_AUTH flow not enabled for this client",
            "",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn what_a_caller_has_sent_does_not_stay() {
        for (text, left) in [
            (
                "1 validation error detected: Value 'hunter2' at 'password' failed to satisfy constraint",
                "1 validation error detected: Value '[redacted]' at 'password' failed to satisfy constraint",
            ),
            (
                "2 validation errors: Value 'hunter2' at 'a' failed; Value 'x' at 'b' failed",
                "2 validation errors: Value '[redacted]' at 'b' failed",
            ),
            ("Value 'it is' at 'hunter2' at 'password' failed", "Value '[redacted]' at 'password' failed"),
            ("Value 'hunter2", "Value '[redacted]"),
            (
                "PreSignUp failed with error ann@example.com is blocked.",
                "PreSignUp failed with error [redacted] is blocked.",
            ),
            ("code 123456 for +14155550123, sir", "code [redacted] for [redacted] sir"),
            ("a\nb\u{0}c\td", "a b c d"),
            ("\u{202e}a\u{200b}b\u{2028}c", "ab c"),
            ("code 123\u{200b}456", "code [redacted]"),
        ] {
            assert_eq!(shown(text), left);
        }
        assert_eq!(shown(&"e".repeat(101)), REDACTED);
        assert_eq!(shown(&"word ".repeat(100)).len(), MAX);
    }

    #[test]
    fn a_secret_that_was_sent_is_cut_out_wherever_it_stands() {
        for (sent, text, shown) in [
            (
                "hunter2",
                "UserMigration failed: no hunter2-for you, hunter2.",
                "UserMigration failed: no [redacted]-for you, [redacted].",
            ),
            ("correct  horse battery", "it was correct  horse battery", "it was [redacted]"),
            ("horse 123456 staple", "it was horse 123456 staple", "it was [redacted]"),
            ("hunter2 at a@b.co", "it was hunter2 at a@b.co", "it was [redacted]"),
            ("12 Main Street\nTown", "it was 12 Main Street\nTown", "it was [redacted]"),
            ("hunter2", "it was hun\u{200b}ter2", "it was [redacted]"),
            ("hun\u{200b}ter2", "it was hunter2", "it was [redacted]"),
            ("no", "no secret is that short", "no secret is that short"),
        ] {
            assert_eq!(RefusedText::new(text, &[sent]).to_string(), shown);
        }
        assert_eq!(RefusedText::new("hunter22", &["hunter2", "hunter22"]).to_string(), REDACTED);
        let long = "a value ".repeat(40);
        assert!(!RefusedText::new(&format!("is {long}"), &[&long]).to_string().contains("value"));
    }
}
