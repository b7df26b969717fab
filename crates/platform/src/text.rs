//! Prepares texts of others for a reader: on one line, without characters that hide or reverse what is shown, and
//! without known secrets. The error reporter removes what only looks like a secret.
//!
//! The text of a trigger or a service may contain characters that a terminal or a page obeys without showing them:
//! U+202E makes the rest read from right to left, U+200B splits a word without a gap.
//! <https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing>,
//! <https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>. Do not use it for names and attributes
//! of people, in which a joiner is part of a letter.

use std::cmp::Reverse;

/// The text without invisible characters, and with a space for each character that ends a line or commands a
/// terminal.
pub fn one_line(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !is_unseen(*c)).map(|c| if is_control(c) { ' ' } else { c })
}

/// The same with `mark` in place of each of `secrets` that has at least this many bytes. It replaces secrets in the
/// original text, and again in the result, where a secret may appear once invisible characters are gone.
#[must_use]
pub fn one_line_without(text: &str, secrets: &[&str], at_least: usize, mark: &str) -> String {
    let cut = |text: &str, mut secrets: Vec<&str>| {
        secrets.retain(|secret| !secret.is_empty() && secret.len() >= at_least);
        // A long secret is replaced before a shorter one that it contains.
        secrets.sort_by_key(|secret| Reverse(secret.len()));
        secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, mark))
    };
    let line: String = one_line(&cut(text, secrets.to_vec())).collect();
    let seen: Vec<String> = secrets.iter().map(|secret| one_line(secret).collect()).collect();
    cut(&line, seen.iter().map(String::as_str).collect())
}

/// Whether it is a control character: general categories `Cc`, `Zl` and `Zp`.
#[must_use]
pub fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a character is invisible or has no known look: `Cf`, `Co`, and from `Cn` the noncharacters and the
/// ignorable code points. The rest of `Cn` is visible, as a box. `Cs` is not a `char`.
#[must_use]
pub fn is_unseen(c: char) -> bool {
    is_format(c) || is_private(c) || is_never_assigned(c) || is_ignorable(c)
}

/// General category `Cf` of Unicode 16, <https://www.unicode.org/reports/tr44/#General_Category_Values>.
pub(crate) fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}'
        | '\u{e0020}'..='\u{e007f}')
}

/// General category `Co`.
pub(crate) fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}')
}

/// `Noncharacter_Code_Point`, <https://www.unicode.org/reports/tr44/#Noncharacter_Code_Point>.
fn is_never_assigned(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

/// The code points of `Default_Ignorable_Code_Point` that are not assigned yet,
/// <https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point>.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{2065}' | '\u{fff0}'..='\u{fff8}' | '\u{e0000}' | '\u{e0002}'..='\u{e001f}' | '\u{e0080}'..='\u{e00ff}'
        | '\u{e01f0}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::string::string_regex;

    use super::*;

    fn shown(text: &str) -> String {
        one_line(text).collect()
    }

    #[test]
    fn what_fools_a_reader_does_not_pass() {
        let bidi = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}').chain(['\u{200e}', '\u{200f}']);
        let zero_width = ('\u{200b}'..='\u{200d}').chain(['\u{2060}', '\u{feff}']);
        let meaningless = ['\u{e000}', '\u{fdd0}', '\u{fffe}', '\u{10ffff}', '\u{2065}', '\u{e0fff}'];
        for c in bidi.chain(zero_width).chain(meaningless) {
            assert_eq!(shown(&format!("a{c}b")), "ab", "U+{:04X}", u32::from(c));
        }
        assert_eq!(shown("a\u{1b}[2J\nb\u{2028}c\u{2029}d\u{85}e"), "a [2J b c d e");
    }

    #[test]
    fn a_secret_goes_whole_and_what_is_too_short_for_one_stays() {
        for (text, secrets, at_least, left) in [
            ("hunter22 is no hunter2", &["hunter2", "hunter22"][..], 4, "* is no *"),
            ("a\nb and a b", &["a\nb"], 3, "* and *"),
            ("hun\u{200b}ter2", &["hunter2"], 4, "*"),
            ("hunter2", &["hun\u{200b}ter2"], 4, "*"),
            ("no, a no", &["no", "a\u{200b}"], 4, "no, a no"),
            ("abc", &["", "\u{200b}"], 0, "abc"),
        ] {
            assert_eq!(one_line_without(text, secrets, at_least, "*"), left, "{text:?}");
        }
    }

    #[test]
    fn what_is_read_stays() {
        for text in [
            "Gr\u{fc}\u{df}e, \u{7ba1}\u{7406} \u{5e9}\u{5dc}\u{5d5}\u{5dd}",
            "\u{2764}\u{fe0f}",
            "e\u{301} \u{fffd}",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The regex crate contains Unicode's tables.
        #[test]
        fn another_category_stays(text in string_regex(r"[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Zs}]{1,40}").unwrap()) {
            prop_assert_eq!(shown(&text), text);
        }

        #[test]
        fn none_of_these_categories_is_left(text in string_regex(r"[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]{1,40}").unwrap()) {
            prop_assert!(shown(&text).chars().all(|c| c == ' '), "{:?}", text);
        }
    }
}
