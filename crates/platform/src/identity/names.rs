//! Group and scope names, and the one text that a list of them has.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use percent_encoding::percent_decode_str;

/// Group or scope names, none of them empty.
///
/// Written one after the other with spaces between, a name's own white space, control characters and percent signs are
/// percent-encoded (RFC 3986 section 2.1), and nothing else is: `Domain Users` is `Domain%20Users`. So each list has
/// one text, and each text is at most one list. Cognito's own group names need none of it; those that a trigger or a
/// federated identity provider writes into a token may.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names(Vec<String>);

impl Names {
    /// Takes the names as they are. The empty text is no name, and left out.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().filter(|name| !name.is_empty()).collect())
    }

    /// Splits a `scope` claim (RFC 6749 section 3.3), in which nothing is encoded. The empty text is the empty list;
    /// two spaces in a row, one at an end, other white space or a control character make no list.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::split(text, |name| (!name.contains(is_spacing)).then(|| name.to_owned()))
    }

    /// Reads the text back that [`fmt::Display`] writes, and no other.
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

/// What would end a name in a list, or a line in a log.
fn is_spacing(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

fn encode(name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    // Most names are plain ASCII, where bytes tell.
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

/// `None`: what stands there is no text, or holds what should have been encoded.
fn decode(name: &str) -> Option<String> {
    if name.contains(is_spacing) {
        return None;
    }
    percent_decode_str(name).decode_utf8().ok().map(Cow::into_owned)
}
