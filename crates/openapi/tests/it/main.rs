//! The description of the API: what it says of every operation, and how the services' parts come together.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test, what is not as expected is a failure; clippy.toml says so for #[test] functions alone"
)]

mod document;
mod together;
