//! The service as API Gateway sees it, with a store in memory, and the store as the service sees it, with a
//! real `DynamoDB` API.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test, what is not as expected is a failure; clippy.toml says so for #[test] functions alone"
)]

mod admin;
mod callers;
mod contract;
mod idempotency;
mod issuers;
mod memory;
mod ministack;
mod openapi;
mod orders;
mod process;
mod reports;
mod service;
mod table;
mod values;
