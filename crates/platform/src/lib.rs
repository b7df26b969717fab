//! What every Lambda of Gatehouse stands on: configuration, identity, users' addresses, telemetry, metrics, strict JSON
//! documents, others' texts.
//!
//! Nothing in here speaks HTTP, calls AWS or does cryptography: the authorizer and the services depend
//! on this crate, and must not get each other's dependencies through it.

pub mod address;
pub mod config;
pub mod document;
pub mod identity;
pub mod json;
pub mod metrics;
pub mod string_newtype;
pub mod telemetry;
pub mod text;
