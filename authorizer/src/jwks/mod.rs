//! The issuers' public keys: got from where the configuration says, kept as long as it says.
//!
//! | file | job |
//! |---|---|
//! | `key_set.rs` | a JWK Set becomes keys that can be verified with |
//! | `fetch.rs` | gets a set over HTTPS, or from a file |
//! | `lifetimes.rs` | when to get one, and what to use meanwhile |
//! | `cache.rs` | keeps them, and makes one attempt at a time |
//!
//! Nothing that a token says is an address in here: a token picks one of the configured issuers, and one
//! of that issuer's keys.

mod cache;
mod fetch;
mod key_set;
mod lifetimes;

pub use cache::KeyProvider;
pub use key_set::{KeyId, VerifyingKey};
pub use lifetimes::{CacheState, Found, KeyError};
