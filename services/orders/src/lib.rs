//! Own orders, kept in Amazon `DynamoDB`: the sample to copy for a service that keeps something.
//!
//! `event -> route -> values -> OrderStore -> table`, and back. What a caller sends is parsed once, at the edge,
//! into types that cannot hold a bad value; whose rows are read is decided by who is calling and by nothing that
//! the request says. Time and chance come in as arguments.

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
