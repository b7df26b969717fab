//! JSON without duplicate keys.
//!
//! RFC 8259 section 4 does not say which of two equal keys counts, so two readers of one document may see different
//! values. Here a duplicate key is an error.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A text, usually a key. It is borrowed from the document unless it contains escapes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key<'de>(Cow<'de, str>);

impl Key<'_> {
    /// The key's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

/// The keys that one object has named so far.
///
/// A list that is searched from the start: objects here have about twenty keys, and for so few a set costs three
/// times as much. Keys after the first `LISTED` go into a set, because an issuer's key set may have a hundred
/// thousand of them, and a list of these would take seconds to search.
#[derive(Debug)]
pub struct SeenKeys<'de> {
    keys: Vec<Key<'de>>,
    more: BTreeSet<Key<'de>>,
    /// One bit for each [`mark`] that a key has had.
    marks: u64,
}

/// This many keys of an object are compared one by one.
const LISTED: usize = 64;

impl Default for SeenKeys<'_> {
    /// Has room for the claims of a token.
    fn default() -> Self {
        Self { keys: Vec::with_capacity(24), more: BTreeSet::new(), marks: 0 }
    }
}

/// A bit that equal keys share and most other keys do not. If no key before had this bit, the key is new.
fn mark(key: &str) -> u64 {
    let ends = key.bytes().next().zip(key.bytes().next_back());
    let sum = ends.map_or(0, |(first, last)| usize::from(first) + 3 * usize::from(last) + key.len());
    1 << (sum % 64)
}

impl<'de> SeenKeys<'de> {
    /// The object's next key, or `None` at its end.
    ///
    /// # Errors
    /// The object contains the key a second time, or the text is not JSON.
    pub fn next<A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<Option<Key<'de>>, A::Error> {
        let Some(key) = object.next_key::<Key<'de>>()? else { return Ok(None) };
        let mark = mark(key.as_str());
        if self.marks & mark != 0 && (self.keys.contains(&key) || self.more.contains(&key)) {
            return Err(de::Error::custom(format_args!("`{}` stands twice in one object", key.as_str())));
        }
        self.marks |= mark;
        if self.keys.len() < LISTED {
            self.keys.push(key.clone());
        } else {
            self.more.insert(key.clone());
        }
        Ok(Some(key))
    }
}

/// Any JSON value without duplicate keys at any depth. It is read and dropped.
#[derive(Debug, Clone, Copy)]
pub struct UniqueKeys;

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for UniqueKeys {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self, A::Error> {
        let mut seen = SeenKeys::default();
        while seen.next(&mut object)?.is_some() {
            object.next_value::<Self>()?;
        }
        Ok(self)
    }
}

/// Any JSON value without duplicate keys at any depth. It is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct UniqueValue(pub Value);

impl<'de> Deserialize<'de> for UniqueValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;

        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_bool<E: de::Error>(self, boolean: bool) -> Result<Value, E> {
                Ok(boolean.into())
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
                Ok(number.into())
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
                Ok(number.into())
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
                Ok(number.into())
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
                Ok(text.into())
            }

            fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
                let mut values = Vec::new();
                while let Some(UniqueValue(value)) = list.next_element()? {
                    values.push(value);
                }
                Ok(values.into())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
                let (mut seen, mut members) = (SeenKeys::default(), Map::new());
                while let Some(key) = seen.next(&mut object)? {
                    members.insert(key.as_str().to_owned(), object.next_value::<UniqueValue>()?.0);
                }
                Ok(members.into())
            }
        }

        deserializer.deserialize_any(ValueVisitor).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_accepted(json: &str) -> bool {
        let is_accepted = serde_json::from_str::<UniqueKeys>(json).is_ok();
        let kept = serde_json::from_str::<UniqueValue>(json);
        assert_eq!(kept.is_ok(), is_accepted, "{json}");
        if let Ok(UniqueValue(kept)) = kept {
            assert_eq!(Some(kept), serde_json::from_str(json).ok(), "{json}");
        }
        is_accepted
    }

    #[test]
    fn a_key_may_stand_once_in_each_object() {
        for json in ["null", "[1, -1, 1.5, true, \"a\"]", r#"{"a": {"a": [{"a": 1}, {"a": 1}]}, "b": 1}"#] {
            assert!(is_accepted(json), "{json}");
        }
        for json in [
            r#"{"a": 1, "a": 1}"#,
            r#"{"a": 1, "b": 2, "a": 3}"#,
            r#"{"a": 1, "\u0061": 2}"#,
            r#"{"x": {"a": 1, "a": 2}}"#,
            r#"[{"a": 1, "a": 2}]"#,
        ] {
            assert!(!is_accepted(json), "{json}");
        }
    }

    /// As long as each other, and with the same ends, so that no mark tells one from the others.
    fn object_of(count: usize, last: &str) -> String {
        let members: Vec<String> = (0..count).map(|n| format!("\"a{n:06}a\":1,")).collect();
        format!("{{{}\"{last}\":1}}", members.concat())
    }

    #[test]
    fn a_key_stands_once_however_many_there_are() {
        for count in [1, LISTED - 1, LISTED, LISTED + 1, 1_000] {
            assert!(is_accepted(&object_of(count, "a999999a")), "{count}");
            for repeated in [0, count / 2, count - 1] {
                assert!(
                    !is_accepted(&object_of(count, &format!("a{repeated:06}a"))),
                    "{repeated} of {count}"
                );
            }
        }
    }

    /// Looked through one by one, these would take a minute.
    #[test]
    fn an_object_of_a_hundred_thousand_keys_is_read_in_no_time_to_speak_of() {
        let (object, started) = (object_of(100_000, "b"), std::time::Instant::now());
        assert!(is_accepted(&object));
        assert!(started.elapsed() < std::time::Duration::from_secs(10), "{:?}", started.elapsed());
    }

    #[test]
    fn depth_without_end_is_refused_and_not_followed() {
        assert!(!is_accepted(&"[".repeat(100_000)));
        assert!(!is_accepted(&r#"{"a":"#.repeat(100_000)));
    }
}
