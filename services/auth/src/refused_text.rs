//! A text of Cognito's on its way to the log: without what the caller has sent, on one line, and not longer than helps.
//!
//! Cognito repeats values in some of its texts (`Value 'x' at 'password' failed to satisfy constraint`), and a trigger may
//! put anything into its own. No answer to a caller may hold one.

use std::fmt::{self, Write as _};

/// How much of a text is shown, in characters.
const MOST: usize = 300;
/// How much is kept for what has to be cut out of it.
const MOST_KEPT: usize = 4096;
/// A secret that is shorter would cut words to pieces. No password or code that a pool takes is.
const LEAST_SECRET: usize = 4;
const REDACTED: &str = "[redacted]";

/// A text that may be logged. Empty: there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefusedText(String);

impl RefusedText {
    /// Of Cognito's own text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let words: Vec<&str> = line.split_whitespace().collect();
        let plain = without_values(&words.join(" "));
        let shown: Vec<&str> =
            plain.split(' ').map(|word| if may_be_personal(word) { REDACTED } else { word }).collect();
        Self(shown.join(" ").chars().take(MOST_KEPT).collect())
    }

    /// The same without what was sent along, wherever it stands.
    #[must_use]
    pub fn without(self, secrets: &[&str]) -> Self {
        let long_enough = secrets.iter().filter(|secret| secret.len() >= LEAST_SECRET);
        Self(long_enough.fold(self.0, |text, secret| text.replace(secret, REDACTED)))
    }

    /// Whether there is nothing to log.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for RefusedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().take(MOST).try_for_each(|c| f.write_char(c))
    }
}

/// From the first value to the last place that it stands at: a value may itself hold what comes behind one.
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

/// An address, a number that could be a telephone's or a code, or a word that is longer than any of a text: a token.
fn may_be_personal(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let is_number = digits >= 4 && word.chars().all(|c| c.is_ascii_digit() || "+-().,:;'\"".contains(c));
    word.contains('@') || is_number || word.len() > 100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        RefusedText::new(text).to_string()
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
        ] {
            assert_eq!(shown(text), left);
        }
        assert_eq!(shown(&"e".repeat(101)), REDACTED);
        assert_eq!(shown(&"word ".repeat(100)).len(), MOST);
    }

    #[test]
    fn a_secret_that_was_sent_is_cut_out_wherever_it_stands() {
        let text = RefusedText::new("UserMigration failed with error no hunter2-for you, hunter2.");
        assert_eq!(
            text.without(&["hunter2", "no"]).to_string(),
            "UserMigration failed with error no [redacted]-for you, [redacted]."
        );
    }
}
