//! Group and scope names, and the text form of a list of them.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use percent_encoding::percent_decode_str;

/// Group or scope names, none of them empty.
///
/// The text form separates names by spaces. White space, control characters and percent signs in a name are
/// percent-encoded (RFC 3986 section 2.1), and nothing else is: `Domain Users` is `Domain%20Users`. So each list has
/// exactly one text, and each text means at most one list. Cognito's own group names need no encoding, but names that
/// a trigger or a federated identity provider writes into a token may.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names(Vec<String>);

impl Names {
    /// Takes the names unchanged, without empty ones.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().filter(|name| !name.is_empty()).collect())
    }

    /// Splits a `scope` claim (RFC 6749 section 3.3), in which nothing is encoded. An empty text is an empty list. A
    /// text with two spaces in a row, a space at an end, other white space or a control character is refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::split(text, |name| (!name.contains(is_spacing)).then(|| name.to_owned()))
    }

    /// Reads the text that [`fmt::Display`] writes, and no other.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        Self::split(text, decode).filter(|names| !text.contains('%') || names.to_string() == text)
    }

    fn split(text: &str, read: impl Fn(&str) -> Option<String>) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        let names = text.split(' ').map(|name| if name.is_empty() { None } else { read(name) });
        names.collect::<Option<_>>().map(Self)
    }

    /// Whether `name` is one of them, compared byte by byte.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|own| own == name)
    }

    /// The names in the token's order.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, name) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            encode(name, f)?;
        }
        Ok(())
    }
}

/// A character that ends a name in a list or a line in a log.
fn is_spacing(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

fn encode(name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    // Most names are plain ASCII, which the bytes show.
    if name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%') {
        return f.write_str(name);
    }
    for c in name.chars() {
        if is_spacing(c) || c == '%' {
            c.encode_utf8(&mut [0; 4]).bytes().try_for_each(|byte| write!(f, "%{byte:02X}"))?;
        } else {
            f.write_char(c)?;
        }
    }
    Ok(())
}

/// `None`: the bytes are not UTF-8, or the name contains a character that must be encoded.
fn decode(name: &str) -> Option<String> {
    if name.contains(is_spacing) {
        return None;
    }
    percent_decode_str(name).decode_utf8().ok().map(Cow::into_owned)
}
