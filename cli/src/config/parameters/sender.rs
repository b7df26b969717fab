//! The sender of mail, in the form of a mail header.
//!
//! config.json contains a name as people write it. Amazon SES accepts only ASCII, and some of its characters
//! only in quotes (<https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html>).
//! `platform::config` decides what a name may be; this file only renders it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platform::config::Sender;

/// The most bytes of a name in one encoded word: the word has at most 75 characters in total (RFC 2047
/// section 2).
const BYTES_PER_WORD: usize = 45;

/// `ADDRESS`, or `NAME <ADDRESS>` with the name unchanged, in quotes (RFC 5322 section 3.2.4) or encoded (RFC
/// 2047).
pub(super) fn header(sender: &Sender) -> String {
    let address = sender.address();
    match sender.name() {
        None => address.to_owned(),
        Some(name) if is_phrase(name) => format!("{name} <{address}>"),
        // A name contains no quote and no backslash.
        Some(name) if name.is_ascii() => format!("\"{name}\" <{address}>"),
        Some(name) => format!("{} <{address}>", encoded(name)),
    }
}

/// Words of RFC 5322's `atext`.
fn is_phrase(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b" !#$%&'*+/=?^_`{|}~-".contains(&b))
}

/// Encoded words. No character is split between two of them. A reader drops the spaces between them.
fn encoded(name: &str) -> String {
    let mut words = vec![String::new()];
    for c in name.chars() {
        match words.last_mut() {
            Some(word) if word.len() + c.len_utf8() <= BYTES_PER_WORD => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    words.iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word))).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(from: &str) -> String {
        header(&serde_json::from_value(from.into()).unwrap())
    }

    #[test]
    fn a_name_is_plain_quoted_or_encoded_as_it_needs() {
        for (from, header) in [
            ("a@example.com", "a@example.com"),
            ("The Shop <a@example.com>", "The Shop <a@example.com>"),
            ("Shop, Ltd. <a@example.com>", "\"Shop, Ltd.\" <a@example.com>"),
            ("Ask: (us) <a@example.com>", "\"Ask: (us)\" <a@example.com>"),
            ("Gr\u{fc}n, GmbH <a@example.com>", "=?UTF-8?B?R3LDvG4sIEdtYkg=?= <a@example.com>"),
        ] {
            assert_eq!(written(from), header);
        }
    }

    #[test]
    fn a_long_name_is_several_words_that_make_it_up_again() {
        let name = "\u{1f600}\u{fc}x".repeat(33);
        let header = written(&format!("{name} <a@example.com>"));
        let (words, address) = header.rsplit_once(' ').unwrap();
        assert_eq!(address, "<a@example.com>");
        let parts: Vec<_> = words
            .split(' ')
            .map(|word| {
                assert!(word.len() <= 75, "{word}");
                let text = word.strip_prefix("=?UTF-8?B?").unwrap().strip_suffix("?=").unwrap();
                String::from_utf8(STANDARD.decode(text).unwrap()).expect("whole characters")
            })
            .collect();
        assert!(parts.len() > 1);
        assert_eq!(parts.concat(), name);
    }
}
