//! How many entries a page of a listing has. The rule is the same in every service.

use serde::de::{self, Deserialize, Deserializer};

/// A whole number from 1 to `MAX`, read from a query parameter. The default is 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit<const MAX: u8>(u8);

impl<const MAX: u8> PageLimit<MAX> {
    /// The highest limit.
    pub const MAX: u8 = MAX;

    /// Parses a limit. `None` if `text` is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| is_number && (1..=MAX).contains(number));
        number.map(Self)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl<const MAX: u8> Default for PageLimit<MAX> {
    fn default() -> Self {
        Self(if MAX < 20 { MAX } else { 20 })
    }
}

impl<'de, const MAX: u8> Deserialize<'de> for PageLimit<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let what = || de::Error::custom(format!("must be a whole number from 1 to {MAX}"));
        Self::parse(&text).ok_or_else(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_whole_number_up_to_its_most() {
        let read = PageLimit::<60>::parse;
        for (text, number) in [("1", 1), ("60", 60), ("007", 7)] {
            assert_eq!(read(text).map(PageLimit::get), Some(number), "{text}");
        }
        for bad in ["", "0", "61", "256", "+1", "-1", "1.0", "1e1", " 1", "\u{0661}", "ten"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(PageLimit::<60>::default().get(), 20);
        assert_eq!(PageLimit::<5>::default().get(), 5);
    }
}
