//! The service as API Gateway sees it: events in, answers out. The events are those that a REST API sends.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test, what is not as expected is a failure; clippy.toml says so for #[test] functions alone"
)]

mod answers;
mod gateway;
mod identity;
mod process;
