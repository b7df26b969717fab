//! What the layers around a service do, tested with a service that fails on purpose.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test, what is not as expected is a failure; clippy.toml says so for #[test] functions alone"
)]

mod answers;
mod caller;
mod cors;
mod events;
mod failures;
mod json;
mod limits;
mod paths;
mod service;
