//! Texts that somebody else has written, on their way to a person: on one line, and with nothing in them that hides
//! what is read or turns it round, nor a secret that is known. What only looks like one is the error reporter's matter.
//!
//! A trigger's or a service's words may hold what a terminal and a page obey without showing it: U+202E has the rest
//! read from right to left, U+200B parts a word without a gap.
//! <https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing>,
//! <https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>. Not for names and attributes of people, in
//! which a joiner is a letter's part.

use std::cmp::Reverse;

/// The text with a blank in place of what ends a line or commands a terminal, and without what cannot be seen.
pub fn one_line(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !is_unseen(*c)).map(|c| if is_control(c) { ' ' } else { c })
}

/// The same with `mark` in the place of each of `secrets` that has at least so many bytes. They go while they still
/// stand there as they were sent; and again where only something unseen had told the two apart.
#[must_use]
pub fn one_line_without(text: &str, secrets: &[&str], at_least: usize, mark: &str) -> String {
    let cut = |text: &str, mut secrets: Vec<&str>| {
        secrets.retain(|secret| !secret.is_empty() && secret.len() >= at_least);
        // The longest goes before what it holds.
        secrets.sort_by_key(|secret| Reverse(secret.len()));
        secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, mark))
    };
    let line: String = one_line(&cut(text, secrets.to_vec())).collect();
    let seen: Vec<String> = secrets.iter().map(|secret| one_line(secret).collect()).collect();
    cut(&line, seen.iter().map(String::as_str).collect())
}

/// Whether a character commands: general categories `Cc`, `Zl` and `Zp`.
#[must_use]
pub fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a character shows nothing of its own or nothing that is known: `Cf`, `Co`, and of `Cn` what never becomes a
/// character and what is not shown though it has no meaning yet. The rest of `Cn` is seen, as a box. `Cs` is no `char`.
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

/// What of `Default_Ignorable_Code_Point` has no meaning yet,
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

        /// The regex crate has Unicode's tables.
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
