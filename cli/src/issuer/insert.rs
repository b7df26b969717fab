//! Inserts the entry into the text of config.json. The rest of the file stays as it is written.
//!
//! A person maintains the file: its order, spacing and line ends are theirs. So the file is not written anew;
//! only the entry's text is inserted. This file does not check whether the result is a valid configuration.

use std::ops::Range;

use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::Serializer;
use serde_json::ser::PrettyFormatter;

/// The text with the entry as the last of `authorizer.issuers`. Missing parents are added. `None`: the text
/// is not a JSON object in which they have the right types.
pub(super) fn insert<T: Serialize>(text: &str, entry: &T) -> Option<String> {
    let root = Node::object(text, 0)?;
    let Some(place) = root.member("authorizer") else {
        return root.append(Some("authorizer"), &Authorizer { issuers: [entry] });
    };
    let authorizer = Node::object(text, place)?;
    match authorizer.member("issuers") {
        None => authorizer.append(Some("issuers"), &[entry]),
        Some(place) => Node::list(text, place)?.append(None, entry),
    }
}

#[derive(Serialize)]
struct Authorizer<'e, T> {
    issuers: [&'e T; 1],
}

/// An object or a list in the text.
struct Node<'t> {
    text: &'t str,
    open: usize,
    children: Vec<Child>,
}

struct Child {
    /// Its name, in an object.
    name: Option<String>,
    start: usize,
    value: Range<usize>,
}

impl<'t> Node<'t> {
    /// The object that begins here, after white space.
    fn object(text: &'t str, from: usize) -> Option<Self> {
        Self::read(text, from, ['{', '}'], member)
    }

    /// The list that begins here.
    fn list(text: &'t str, from: usize) -> Option<Self> {
        Self::read(text, from, ['[', ']'], element)
    }

    fn read(
        text: &'t str,
        from: usize,
        [open, close]: [char; 2],
        child: fn(&str, usize) -> Option<Child>,
    ) -> Option<Self> {
        let start = skip(text, from)?;
        text.get(start..)?.strip_prefix(open)?;
        let (mut at, mut children) = (start + open.len_utf8(), Vec::new());
        loop {
            let next = skip(text, at)?;
            if text.get(next..)?.starts_with(close) {
                return Some(Self { text, open: start, children });
            }
            let child = child(text, next)?;
            at = child.value.end;
            children.push(child);
        }
    }

    /// Where the value of this name begins.
    fn member(&self, name: &str) -> Option<usize> {
        self.children.iter().find(|child| child.name.as_deref() == Some(name)).map(|child| child.value.start)
    }

    /// The text with one more child after the last.
    fn append<T: Serialize>(&self, name: Option<&str>, value: &T) -> Option<String> {
        let name = name.map(|name| format!("\"{name}\": ")).unwrap_or_default();
        let style = Style::of(self.text);
        let outer = indent(self.text, self.open)?;
        let (at, piece) = match self.children.last() {
            // If the previous child shares its line with others, the new one goes onto that line.
            Some(last) if !is_alone(self.text, last.start)? => {
                (last.value.end, format!(", {name}{}", serde_json::to_string(value).ok()?))
            }
            Some(last) => {
                let inner = indent(self.text, last.start)?;
                (last.value.end, format!(",{}{inner}{name}{}", style.newline, style.pretty(value, inner)?))
            }
            None if style.newline.is_empty() => {
                (self.open + 1, format!("{name}{}", serde_json::to_string(value).ok()?))
            }
            None => {
                let (newline, inner) = (style.newline, format!("{outer}{}", style.unit));
                let value = style.pretty(value, &inner)?;
                (self.open + 1, format!("{newline}{inner}{name}{value}{newline}{outer}"))
            }
        };
        // White space between the brackets of an empty list or object is removed.
        let rest = if self.children.is_empty() { skip(self.text, at)? } else { at };
        Some(format!("{}{piece}{}", self.text.get(..at)?, self.text.get(rest..)?))
    }
}

fn member(text: &str, start: usize) -> Option<Child> {
    let name_end = value_end(text, start)?;
    let name = serde_json::from_str(text.get(start..name_end)?).ok()?;
    let colon = skip(text, name_end)?;
    let value = skip(text, colon + ":".len())?;
    Some(Child { name: Some(name), start, value: value..value_end(text, value)? })
}

fn element(text: &str, start: usize) -> Option<Child> {
    Some(Child { name: None, start, value: start..value_end(text, start)? })
}

/// The end of the JSON value that begins here.
fn value_end(text: &str, start: usize) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text.get(start..)?).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(start + values.byte_offset())
}

/// The next position that is neither white space (RFC 8259 section 2) nor a comma.
fn skip(text: &str, from: usize) -> Option<usize> {
    let is_between = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n' | ',');
    text.get(from..)?.find(|c| !is_between(c)).map(|offset| from + offset)
}

/// The indentation of this position's line.
fn indent(text: &str, at: usize) -> Option<&str> {
    let line = line_to(text, at)?;
    line.get(..line.len() - line.trim_start().len())
}

/// Whether this is the first position on its line that is not white space.
fn is_alone(text: &str, at: usize) -> Option<bool> {
    Some(text.get(..at)?.contains('\n') && line_to(text, at)?.trim_start().is_empty())
}

/// The line of this position, up to the position.
fn line_to(text: &str, at: usize) -> Option<&str> {
    text.get(..at)?.rsplit('\n').next()
}

/// How the file is formatted.
struct Style<'t> {
    /// One step of indentation.
    unit: &'t str,
    /// Empty: the whole file is one line.
    newline: &'static str,
}

impl<'t> Style<'t> {
    fn of(text: &'t str) -> Self {
        let is_indented = |line: &&str| line.starts_with([' ', '\t']) && !line.trim().is_empty();
        let line = text.lines().find(is_indented);
        let unit = line.and_then(|line| line.get(..line.len() - line.trim_start().len())).unwrap_or("  ");
        let newline = match (text.contains("\r\n"), text.trim().contains('\n')) {
            (true, _) => "\r\n",
            (false, true) => "\n",
            (false, false) => "",
        };
        Self { unit, newline }
    }

    fn pretty<T: Serialize>(&self, value: &T, indent: &str) -> Option<String> {
        let mut json = Vec::new();
        let formatter = PrettyFormatter::with_indent(self.unit.as_bytes());
        value.serialize(&mut Serializer::with_formatter(&mut json, formatter)).ok()?;
        let text = String::from_utf8(json).ok()?;
        Some(text.replace('\n', &format!("{}{indent}", self.newline)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[derive(Serialize)]
    struct Entry {
        issuer: &'static str,
        audiences: [&'static str; 1],
    }

    const ENTRY: Entry = Entry { issuer: "https://b", audiences: ["x"] };

    #[track_caller]
    fn becomes(before: &str, after: &str) {
        let result = insert(before, &ENTRY).unwrap();
        assert_eq!(result, after);
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let mut expected = read(before);
        let issuers = &mut expected["authorizer"]["issuers"];
        if issuers.is_null() {
            *issuers = json!([]);
        }
        issuers.as_array_mut().unwrap().push(serde_json::to_value(&ENTRY).unwrap());
        assert_eq!(read(&result), expected);
    }

    #[test]
    fn an_entry_is_inserted_and_the_rest_stays_unchanged() {
        becomes(
            "{\n  \"z\": 1,   \"authorizer\": {\n    \"issuers\": [],\n    \"rules\": [ ]\n  }\n}\n",
            "{\n  \"z\": 1,   \"authorizer\": {\n    \"issuers\": [\n      {\n        \"issuer\": \"https://b\",\n        \"audiences\": [\n          \"x\"\n        ]\n      }\n    ],\n    \"rules\": [ ]\n  }\n}\n",
        );
        becomes(
            "{\n\t\"authorizer\": {\n\t\t\"issuers\": [\n\t\t\t{ \"issuer\": \"]a,\\\"\" }\n\t\t]\n\t}\n}",
            "{\n\t\"authorizer\": {\n\t\t\"issuers\": [\n\t\t\t{ \"issuer\": \"]a,\\\"\" },\n\t\t\t{\n\t\t\t\t\"issuer\": \"https://b\",\n\t\t\t\t\"audiences\": [\n\t\t\t\t\t\"x\"\n\t\t\t\t]\n\t\t\t}\n\t\t]\n\t}\n}",
        );
        becomes(
            "{\n  \"authorizer\": { \"issuers\": [{ \"issuer\": \"a\" }], \"n\": [1, true, null, -1.5e3] }\n}",
            "{\n  \"authorizer\": { \"issuers\": [{ \"issuer\": \"a\" }, {\"issuer\":\"https://b\",\"audiences\":[\"x\"]}], \"n\": [1, true, null, -1.5e3] }\n}",
        );
    }

    #[test]
    fn missing_parents_are_added() {
        becomes("{}", "{\"authorizer\": {\"issuers\":[{\"issuer\":\"https://b\",\"audiences\":[\"x\"]}]}}");
        becomes(
            "{\"authorizer\":{\"issuers\":[ ]}}\n",
            "{\"authorizer\":{\"issuers\":[{\"issuer\":\"https://b\",\"audiences\":[\"x\"]}]}}\n",
        );
        becomes(
            "{\n  \"authorizer\": {}\n}",
            "{\n  \"authorizer\": {\n    \"issuers\": [\n      {\n        \"issuer\": \"https://b\",\n        \"audiences\": [\n          \"x\"\n        ]\n      }\n    ]\n  }\n}",
        );
        becomes(
            "{\r\n  \"a\\u0075thorizer\": {\r\n    \"rules\": []\r\n  }\r\n}\r\n",
            "{\r\n  \"a\\u0075thorizer\": {\r\n    \"rules\": [],\r\n    \"issuers\": [\r\n      {\r\n        \"issuer\": \"https://b\",\r\n        \"audiences\": [\r\n          \"x\"\r\n        ]\r\n      }\r\n    ]\r\n  }\r\n}\r\n",
        );
    }

    #[test]
    fn a_text_that_is_no_configuration_is_left_unchanged() {
        for text in [
            "",
            "[]",
            "5",
            "{\"authorizer\": []}",
            "{\"authorizer\": 1}",
            "{\"authorizer\": {\"issuers\": {\"a\": 1",
            "{",
        ] {
            assert!(insert(text, &ENTRY).is_none(), "{text}");
        }
    }
}
