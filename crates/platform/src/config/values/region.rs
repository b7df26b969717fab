//! AWS regions, recognised by their form. This file must not list them.

use crate::string_newtype;

string_newtype!(
    /// An AWS region.
    Region = "us-east-1",
    "an AWS region, such as us-east-1",
    is_region
);

pub(super) fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts.as_slice(), [first, middle @ .., last]
        if !middle.is_empty()
            && (2..=4).contains(&first.len())
            && text.len() <= 32
            && middle.iter().chain([first]).all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()))
            && is_number(last))
}

fn is_number(text: &str) -> bool {
    (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}
