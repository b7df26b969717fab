//! Reads a typed value from JSON text and reports every problem at once. The text is a configuration or a request
//! body.
//!
//! serde stops at the first mistake. So this file reads the document again and again. It notes each mistake with its
//! JSON pointer and removes it from a copy, until serde can read the rest. It returns no value of a document with a
//! mistake, only the list of problems.
//!
//! It does not use `eserde`, which finds several mistakes in one reading. Version 0.1.7 reports only the first of
//! several unknown fields (<https://github.com/mainmatter/eserde/issues/57>); it stops in a map (`#[eserde(compat)]`)
//! at its first mistake and takes the rest of the map for fields of the object around it, so that correct fields
//! count as mistakes at another place; it takes a list for a struct; and it does not support `#[serde(default)]` on a
//! struct, which 21 structs of the configuration have.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::json::UniqueKeys;
use crate::text;

/// One problem of a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The place, as a JSON pointer (RFC 6901). Empty: the whole document.
    pub pointer: String,
    /// What is wrong there, and what to do.
    pub message: String,
}

/// One line. It shows a key of the document as it was written, except for characters that end a line, command a
/// terminal or are invisible.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "(document)" } else { &self.pointer };
        for c in format!("{place}: {}", self.message).chars() {
            if text::is_control(c) || text::is_unseen(c) {
                write!(f, "{}", c.escape_default())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

/// All problems of a document. Each is one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn unreadable(path: &str, error: &io::Error) -> Self {
        Self::whole(format!("cannot read {path}: {error}"))
    }

    fn whole(message: String) -> Self {
        Self(vec![Problem { pointer: String::new(), message }])
    }

    /// The problems, in the order of their places.
    #[must_use]
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }
}

/// Each problem costs one more reading of the whole document. Beyond this number, the author sees the rest next time.
const MOST_PROBLEMS: usize = 50;

/// The place of a problem: the keys and indices that lead there.
type Place = Vec<String>;

/// Reads `json` as a `T` that `check` finds nothing wrong with. Every object in a `T` must be a struct: serde itself
/// refuses a duplicate key in a struct, but not in a map.
///
/// `check` gets the value that could be read, even if there are problems already. Its places are relative to the
/// document.
///
/// # Errors
/// Every problem at once, up to a limit that no honest document reaches.
pub fn read<T: DeserializeOwned>(json: &str, check: fn(&T) -> Vec<Problem>) -> Result<T, Problems> {
    // This first reading does not track places, because that costs more than everything else.
    read_in_order(json, check).map_or_else(|| convert(parse(json)?, check), Ok)
}

/// The value of a document without a mistake. `None`: the document has a mistake.
fn read_in_order<T: DeserializeOwned>(json: &str, check: fn(&T) -> Vec<Problem>) -> Option<T> {
    // serde would accept a list for a struct.
    if !json.trim_ascii_start().starts_with('{') {
        return None;
    }
    let value = serde_json::from_str(json).ok()?;
    check(&value).is_empty().then_some(value)
}

/// The same for a document that is already a JSON value without duplicate keys: see [`parse`].
///
/// # Errors
/// As [`read`].
pub fn convert<T: DeserializeOwned>(
    mut document: Value,
    check: fn(&T) -> Vec<Problem>,
) -> Result<T, Problems> {
    let mut repairs = Repairs::default();
    loop {
        match serde_path_to_error::deserialize::<_, T>(&document) {
            Ok(value) => {
                let found = check(&value);
                return repairs.finish(found).map_or(Ok(value), Err);
            }
            Err(error) => repairs.take_out(&mut document, error.path(), &error.inner().to_string())?,
        }
    }
}

/// Reads `json` as a JSON object without duplicate keys at any depth.
///
/// # Errors
/// Why it is not such an object.
pub fn parse(json: &str) -> Result<Value, Problems> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize::<_, UniqueKeys>(&mut deserializer).map_err(|error| {
        let pointer = pointer(&place(error.path()));
        Problems(vec![Problem { pointer, message: error.inner().to_string() }])
    })?;
    match serde_json::from_str(json) {
        Ok(object @ Value::Object(_)) => Ok(object),
        Ok(_) => Err(Problems::whole("must be a JSON object".to_owned())),
        Err(error) => Err(Problems::whole(error.to_string())),
    }
}

/// The mistakes that were removed from a document so far.
#[derive(Default)]
struct Repairs {
    problems: BTreeSet<Problem>,
    /// Places in the original document.
    taken_out: BTreeSet<Place>,
    /// Those of them that were elements of a list. The elements behind each have moved up since.
    taken_out_of_lists: BTreeSet<Place>,
}

impl Repairs {
    /// Notes a mistake and removes its value, so that the next reading gets further.
    fn take_out(&mut self, document: &mut Value, path: &Path, message: &str) -> Result<(), Problems> {
        let here = place(path);
        let written = self.as_written(&here);
        if !self.is_echo(&written, message) {
            self.problems.insert(Problem { pointer: pointer(&written), message: message.to_owned() });
        }
        let removed = if self.problems.len() < MOST_PROBLEMS { remove(document, &here) } else { None };
        match removed {
            None => return Err(Problems(self.problems.iter().cloned().collect())),
            Some(Container::List) => drop(self.taken_out_of_lists.insert(written.clone())),
            Some(Container::Object) => {}
        }
        self.taken_out.insert(written);
        Ok(())
    }

    /// Whether a field is missing only because it was removed before.
    fn is_echo(&self, written: &[String], message: &str) -> bool {
        self.taken_out.iter().any(|place| {
            place.split_last().is_some_and(|(field, parent)| {
                parent.starts_with(written)
                    && (message == format!("missing field `{field}`")
                        || message == "must hold at least one entry")
            })
        })
    }

    /// Converts a place in the current document into a place in the original document: it counts the elements that
    /// were removed from a list.
    fn as_written(&self, here: &[String]) -> Place {
        let mut written = Place::new();
        for segment in here {
            let index = segment.parse::<usize>().ok();
            written.push(index.map_or_else(|| segment.clone(), |index| self.written_index(&written, index)));
        }
        written
    }

    fn written_index(&self, list: &[String], mut index: usize) -> String {
        let mut gone: Vec<usize> = self
            .taken_out_of_lists
            .iter()
            .filter_map(|place| place.split_last())
            .filter(|(_, parent)| *parent == list)
            .filter_map(|(last, _)| last.parse().ok())
            .collect();
        gone.sort_unstable();
        for taken in gone {
            if taken <= index {
                index += 1;
            }
        }
        index.to_string()
    }

    /// Adds the problems that the check found, except those of an object from which a value was removed: the removal
    /// may be their cause. `None`: there is no problem.
    fn finish(mut self, found: Vec<Problem>) -> Option<Problems> {
        for problem in found {
            let here: Place = problem.pointer.split('/').skip(1).map(unescaped).collect();
            let written = self.as_written(&here);
            let object = written.split_last().map_or(&[][..], |(_, parent)| parent);
            let incomplete = self.taken_out.iter().any(|place| {
                place.starts_with(&written) || place.split_last().is_some_and(|(_, parent)| parent == object)
            });
            if !incomplete {
                self.problems.insert(Problem { pointer: pointer(&written), ..problem });
            }
        }
        (!self.problems.is_empty()).then(|| Problems(self.problems.into_iter().collect()))
    }
}

fn place(path: &Path) -> Place {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// The JSON pointer (RFC 6901 section 3) to a place: its keys and indices on the way there.
pub fn pointer<S: AsRef<str>>(place: &[S]) -> String {
    let escaped = place.iter().map(|segment| segment.as_ref().replace('~', "~0").replace('/', "~1"));
    escaped.flat_map(|segment| ["/".to_owned(), segment]).collect()
}

/// A key without the escapes of a pointer.
fn unescaped(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// The container of a removed value.
enum Container {
    Object,
    List,
}

/// Removes the value at `place` from its object or list. `None`: there is no such value.
fn remove(document: &mut Value, place: &[String]) -> Option<Container> {
    let (leaf, way) = place.split_last()?;
    match document.pointer_mut(&pointer(way))? {
        Value::Object(object) => object.remove(leaf).map(|_| Container::Object),
        Value::Array(list) => {
            let index = leaf.parse().ok().filter(|index| *index < list.len())?;
            list.remove(index);
            Some(Container::List)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Parcel {
        weight: u8,
        labels: BTreeMap<String, u8>,
        items: Vec<u8>,
        inside: Option<Box<Parcel>>,
    }

    fn places(document: Value) -> Vec<String> {
        let problems = convert::<Parcel>(document, |_| Vec::new()).unwrap_err();
        problems.as_slice().iter().map(|problem| problem.pointer.clone()).collect()
    }

    #[test]
    fn a_key_that_is_a_number_is_no_place_in_a_list() {
        assert_eq!(
            places(json!({ "labels": { "0": "a", "1": "b", "2": 2, "3": "d" }, "items": ["a", 1, "c"] })),
            ["/items/0", "/items/2", "/labels/0", "/labels/1", "/labels/3"]
        );
    }

    #[test]
    fn a_key_stands_in_a_pointer_as_the_rfc_has_it() {
        assert_eq!(places(json!({ "labels": { "a/b~c": "x", "": "y" } })), ["/labels/", "/labels/a~1b~0c"]);
    }

    #[test]
    fn a_mistake_deep_inside_has_its_whole_way_there() {
        assert_eq!(
            places(json!({ "inside": { "inside": { "weight": 256, "colour": 1 } } })),
            ["/inside/inside/colour", "/inside/inside/weight"]
        );
    }

    #[test]
    fn a_key_cannot_fool_who_reads_of_it() {
        let problem =
            |pointer: &str| Problem { pointer: pointer.to_owned(), message: "m".to_owned() }.to_string();
        assert_eq!(problem("/\u{202e}a\n\u{200b}"), "/\\u{202e}a\\n\\u{200b}: m");
        assert_eq!(problem("/gr\u{fc}\u{df}e"), "/gr\u{fc}\u{df}e: m");
    }

    fn any_parcel() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(json!(1)), Just(json!("x")), Just(Value::Null), Just(json!([]))];
        leaf.prop_recursive(4, 40, 5, |inner| {
            let key =
                proptest::sample::select(vec!["weight", "labels", "items", "inside", "0", "1", "2", "a/b"]);
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map(key, inner, 0..5).prop_map(|members| json!(members)),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_problem_is_somewhere_in_the_document(document in any_parcel()) {
            if let Err(problems) = convert::<Parcel>(document.clone(), |_| Vec::new()) {
                prop_assert!((1..=MOST_PROBLEMS).contains(&problems.as_slice().len()));
                for problem in problems.as_slice() {
                    prop_assert!(document.pointer(&problem.pointer).is_some(), "{problem} in {document}");
                }
            }
        }
    }
}
