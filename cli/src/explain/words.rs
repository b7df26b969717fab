//! What a token says, made fit to be shown: a claim is text that somebody wrote.
//!
//! What could move a terminal's cursor or turn its writing round is escaped, and what has no end is cut.

use platform::identity::Names;
use serde_json::Value;

/// The most that is shown of one claim's value, in characters.
const VALUE_LIMIT: usize = 160;
/// The most names of a list that are shown.
const NAMES_LIMIT: usize = 20;

/// A text as it is, but for what is not to reach a terminal.
pub(super) fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_ascii_graphic() || c == ' ' { vec![c] } else { c.escape_debug().collect() })
        .collect()
}

/// A name that stands in a list: in quotes, with the form that the context has for it beside, where that is another one.
pub(super) fn name(name: &str) -> String {
    let encoded = Names::new([name.to_owned()]).to_string();
    if encoded == name { escaped(name) } else { format!("{name:?} ({} in the context)", escaped(&encoded)) }
}

/// Texts in quotes, or `none`.
pub(super) fn quoted<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    listed(texts.map(|text| format!("{text:?}")).collect())
}

/// What is fit to be shown, one after the other, or `none`.
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

/// All of these, with "or" between them, in an order of their own.
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
    fn a_name_with_white_space_stands_in_quotes_beside_what_the_context_has() {
        assert_eq!(name("admins"), "admins");
        assert_eq!(name("gr\u{fc}n"), "gr\u{fc}n");
        assert_eq!(name("Domain Users"), "\"Domain Users\" (Domain%20Users in the context)");
        assert_eq!(name("a\nb%"), "\"a\\nb%\" (a%0Ab%25 in the context)");
    }

    #[test]
    fn what_has_no_end_is_cut() {
        assert_eq!(value(&json!("x".repeat(500))).len(), VALUE_LIMIT + "...".len());
        let names: Vec<_> = (0..25).map(|number| number.to_string()).collect();
        assert!(quoted(names.iter().map(String::as_str)).ends_with("\"19\" and 5 more"));
        assert_eq!(quoted([].into_iter()), "none");
    }
}
