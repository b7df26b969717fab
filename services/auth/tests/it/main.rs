//! The service as API Gateway sees it: events in, answers out, with an identity provider of the tests' own.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test, what is not as expected is a failure; clippy.toml says so for #[test] functions alone"
)]

mod addresses;
mod answerable;
mod answers;
mod any_input;
mod bad_input;
mod challenges;
mod cookie;
mod device_srp;
mod devices;
mod enumeration;
mod enumeration_wire;
mod fake;
mod gateway;
mod human;
mod lacking;
mod malformed;
mod meanings;
mod openapi;
mod process;
mod protected;
mod refusals;
mod routes;
mod runtime;
mod scripted;
mod session;
mod sign_up;
mod user;
