//! The caller's own orders, stored in Amazon `DynamoDB`. This is the sample to copy for a service that stores
//! data.
//!
//! `event -> route -> values -> OrderStore -> table`, and back. The input is parsed once, at the edge, into
//! types that cannot contain an invalid value. Only the caller's identity decides whose rows are read, never
//! anything in the request. The time and random numbers are passed in as arguments.

mod app;
pub mod calendar;
mod currency;
mod cursor;
mod dynamodb;
mod error;
mod idempotency;
mod listing;
pub mod order;
mod owner;
mod precondition;
mod report;
mod routes;
pub mod store;

pub use app::{App, Clock, Rng, System};
pub use cursor::{Cursor, Listing};
pub use dynamodb::{BY_DAY, DynamoDb, NoTable};
pub use idempotency::{Fingerprint, IdempotencyKey};
pub use listing::Limit;
pub use owner::Owner;
pub use routes::{openapi, router};
