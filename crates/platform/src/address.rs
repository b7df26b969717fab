//! The e-mail address of a user. Everything that takes one uses this type.
//!
//! The code that is sent to an address shows whether there is such a mailbox, and Cognito decides which addresses a
//! pool accepts. So this type must not be stricter than that, unless it protects somebody. Addresses that mail is
//! sent *from* have another type: `config/sections/user_pool/email.rs`.

use std::fmt;
use std::str::FromStr;

/// Cognito's limit on a user name, which an address is, in characters.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SignUp.html>
const LIMIT: usize = 128;

/// The e-mail address of a user.
///
/// Cognito's API takes letters, marks, symbols, numbers and punctuation on both sides of an `@` (`EmailAddressType`
/// and `UsernameType` of its model). Of these, this type refuses what two readers may understand as different
/// addresses: a second `@`, quotes, and the characters that end an address, start another or comment one in a mail
/// header (RFC 5322 section 3.2.3). So dots are allowed anywhere before the `@`, as in addresses that Japanese
/// carriers issued until 2009, and a domain may have underscores, any letters, and no dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAddress(String);

impl UserAddress {
    /// What it must be, as a noun phrase for messages.
    pub const EXPECTED: &str =
        "an e-mail address of at most 128 characters, without quotes, spaces and any of ,;:\\()<>[]";

    /// Takes `text` when it is one.
    ///
    /// # Errors
    /// What it must be.
    pub fn parse(text: String) -> Result<Self, &'static str> {
        if is_address(&text) { Ok(Self(text)) } else { Err(Self::EXPECTED) }
    }

    /// The same as a regular expression of ECMA-262, the form that JSON Schema uses. It does not include the length.
    #[must_use]
    pub fn pattern() -> String {
        let code = |c: &char| format!("\\u{:04x}", u32::from(*c));
        let ranges = NOT_OF_ADDRESS.map(|(first, last)| {
            if first == last { code(&first) } else { format!("{}-{}", code(&first), code(&last)) }
        });
        let (none, dot) = (ranges.concat(), code(&'.'));
        format!("^[^{none}]+@[^{none}{dot}]+(\\.[^{none}{dot}]+)*$")
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as a `String`.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for UserAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for UserAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text.to_owned()).map_err(|what| format!("must be {what}"))
    }
}

/// No domain that mail goes to has an empty label (RFC 1035 section 2.3.1).
fn is_address(text: &str) -> bool {
    let Some((user, domain)) = text.split_once('@') else { return false };
    text.chars().count() <= LIMIT
        && !user.is_empty()
        && user.chars().all(is_of_address)
        && domain.split('.').all(|label| !label.is_empty() && label.chars().all(is_of_address))
}

fn is_of_address(c: char) -> bool {
    !NOT_OF_ADDRESS.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// Control characters, spaces, invisible characters, and characters with a meaning in a mail header. A zero-width
/// character makes two addresses look alike, and a character that changes the writing direction makes one address
/// look like another. Cognito's pattern excludes them too.
const NOT_OF_ADDRESS: [(char, char); 19] = [
    ('\0', ' '),
    ('"', '"'),
    ('(', ')'),
    (',', ','),
    (':', '<'),
    ('>', '>'),
    ('@', '@'),
    ('[', ']'),
    ('\u{7f}', '\u{a0}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{2000}', '\u{200f}'),
    ('\u{2028}', '\u{202f}'),
    ('\u{205f}', '\u{206f}'),
    ('\u{3000}', '\u{3000}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{fff9}', '\u{fffb}'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_as_odd_as_those_that_there_are() {
        let longest = format!("{}@example.com", "a".repeat(116));
        for good in [
            "a@b.co",
            "ann.lee+tag@mail.example.com",
            "o'hara@example.ie",
            "a..b@docomo.ne.jp",
            "a.@example.com",
            ".a@ezweb.ne.jp",
            "-a-@example.com",
            "ann@my_host.example.com",
            "ann@-a.example",
            "gr\u{fc}n@ex\u{e4}mple.de",
            "\u{7528}\u{6237}@\u{4f8b}\u{5b50}.\u{5e7f}\u{544a}",
            "\u{930}\u{940}@\u{909}\u{926}\u{93e}\u{939}\u{930}\u{923}.\u{92d}\u{93e}\u{930}\u{924}",
            "!#$%&'*+/=?^_`{|}~@example.com",
            "root@localhost",
            &longest,
        ] {
            assert_eq!(good.parse::<UserAddress>().unwrap().as_str(), good);
        }
    }

    #[test]
    fn what_one_reader_may_take_for_another_address_is_none() {
        for bad in [
            "",
            "a",
            "@",
            "@b.co",
            "a@",
            "a@@b.co",
            "a@b@c.co",
            "\"a@b\"@c.co",
            "\"a..b\"@c.co",
            "a b@c.de",
            "a@b.co ",
            "a@b.co\n",
            "a@b.co\r\nBcc: c@d.co",
            "a\0@b.co",
            "a\u{200b}@b.co",
            "a\u{202e}@b.co",
            "a@b\u{2003}.co",
            "<a@b.co>",
            "a@b.co,c",
            "a@b.co;c",
            "a(b)@c.co",
            "a:b@c.co",
            "a\\b@c.co",
            "a@[192.0.2.1]",
            "a@b..co",
            "a@.co",
            "a@b.",
        ] {
            assert!(bad.parse::<UserAddress>().is_err(), "{bad:?}");
        }
        assert!(format!("{}@example.com", "a".repeat(117)).parse::<UserAddress>().is_err());
    }

    #[test]
    fn the_pattern_has_every_character_that_is_of_no_address() {
        let pattern = UserAddress::pattern();
        assert!(pattern.starts_with(r"^[^\u0000-\u0020\u0022\u0028-\u0029"), "{pattern}");
        assert!(pattern.ends_with(r"\u3000\ufeff\ufff9-\ufffb\u002e]+)*$"), "{pattern}");
    }

    #[test]
    fn white_space_and_controls_are_in_no_address() {
        for c in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            assert!(!is_of_address(c) || !(c.is_whitespace() || c.is_control()), "{c:?}");
        }
    }
}
