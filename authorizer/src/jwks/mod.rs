//! The issuers' public keys: got from where the configuration says, kept as long as it says.
//!
//! | file | job |
//! |---|---|
//! | `key_set.rs` | a JWK Set becomes keys that can be verified with |
//! | `fetch.rs` | gets a set over HTTPS, or from a file |
//! | `cache.rs` | when to get one, and what to use meanwhile |
//!
//! Nothing that a token says is an address in here: a token picks one of the configured issuers, and one
//! of that issuer's keys.

mod cache;
mod fetch;
mod key_set;

pub use cache::{CacheState, Found, KeyError, KeyProvider};
pub use key_set::{KeyId, VerifyingKey};
