//! The issuers' public keys: fetched from the configured places, and kept for the configured time.
//!
//! | file | job |
//! |---|---|
//! | `key_set.rs` | reads a JWK Set and selects the usable keys |
//! | `jwk.rs` | reads one key of a set |
//! | `public_key.rs` | decides which algorithms a key verifies, and whether it is strong enough |
//! | `fetch.rs` | gets a set over HTTPS or from a file |
//! | `lifetimes.rs` | decides when to get a set, and what to use until then |
//! | `cache.rs` | stores the sets, and makes one attempt at a time |
//!
//! Nothing in a token is used as an address: a token only selects one of the configured issuers, and one of
//! that issuer's keys.

mod cache;
mod fetch;
mod jwk;
mod key_set;
mod lifetimes;
mod public_key;

pub use cache::KeyProvider;
pub use key_set::{KeyId, VerifyingKey};
pub use lifetimes::{CacheState, KeyError, KeyLookup};
