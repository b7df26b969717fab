//! Makes a token's text safe to print: anybody can write a claim's text.
//!
//! Characters that could move a terminal's cursor or change the direction of its text are escaped, and long
//! text is cut.

use platform::identity::Names;
use serde_json::Value;

/// How much of one claim's value is shown, in characters.
const VALUE_LIMIT: usize = 160;
/// How many names of a list are shown.
const NAMES_LIMIT: usize = 20;

/// A text in which the characters that must not reach a terminal are escaped.
pub(super) fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_ascii_graphic() || c == ' ' { vec![c] } else { c.escape_debug().collect() })
        .collect()
}

/// A name in a list: in quotes, followed by the form that the context has for it, if that differs.
pub(super) fn name(name: &str) -> String {
    let encoded = Names::new([name.to_owned()]).to_string();
    if encoded == name { escaped(name) } else { format!("{name:?} ({} in the context)", escaped(&encoded)) }
}

/// Texts in quotes, or `none`.
pub(super) fn quoted<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    listed(texts.map(|text| format!("{text:?}")).collect())
}

/// Texts that are already safe to print, joined by commas, or `none`.
pub(super) fn listed(mut shown: Vec<String>) -> String {
    let more = shown.len().saturating_sub(NAMES_LIMIT);
    shown.truncate(NAMES_LIMIT);
    match (shown.is_empty(), more) {
        (true, _) => "none".to_owned(),
        (false, 0) => shown.join(", "),
        (false, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A claim's value, as compact JSON.
pub(super) fn value(value: &Value) -> String {
    let text = escaped(&value.to_string());
    match text.char_indices().nth(VALUE_LIMIT) {
        None => text,
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
    }
}

/// All of these in sorted order, with "or" between them.
pub(super) fn either<'t>(names: impl Iterator<Item = &'t str>) -> String {
    let mut names: Vec<_> = names.map(escaped).collect();
    names.sort_unstable();
    names.dedup();
    names.join(" or ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_cannot_write_over_the_report() {
        assert_eq!(escaped("a b\"'\\"), "a b\"'\\");
        assert_eq!(escaped("gr\u{fc}n"), "gr\u{fc}n");
        assert_eq!(escaped("a\u{1b}[2J\u{202e}b\n"), "a\\u{1b}[2J\\u{202e}b\\n");
        assert_eq!(value(&json!(["\u{1b}[2J", 5])), "[\"\\u001b[2J\",5]");
        assert_eq!(value(&json!("\u{202e}")), "\"\\u{202e}\"");
        assert_eq!(quoted(["\u{1b}\"x"].into_iter()), "\"\\u{1b}\\\"x\"");
        assert_eq!(either(["b\n", "a", "a"].into_iter()), "a or b\\n");
    }

    #[test]
    fn a_name_with_white_space_is_quoted_beside_its_context_form() {
        assert_eq!(name("admins"), "admins");
        assert_eq!(name("gr\u{fc}n"), "gr\u{fc}n");
        assert_eq!(name("Domain Users"), "\"Domain Users\" (Domain%20Users in the context)");
        assert_eq!(name("a\nb%"), "\"a\\nb%\" (a%0Ab%25 in the context)");
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(value(&json!("x".repeat(500))).len(), VALUE_LIMIT + "...".len());
        let names: Vec<_> = (0..25).map(|number| number.to_string()).collect();
        assert!(quoted(names.iter().map(String::as_str)).ends_with("\"19\" and 5 more"));
        assert_eq!(quoted([].into_iter()), "none");
    }
}
