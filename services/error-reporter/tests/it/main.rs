//! The binary, started as Lambda starts it, with a Runtime API and a Sentry of the tests' own, on real
//! sockets.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test, what is not as expected is a failure; clippy.toml says so for #[test] functions alone"
)]

mod delivery;
mod events;
mod ministack;
mod refusals;
mod runtime;
mod sentry;
mod start;
