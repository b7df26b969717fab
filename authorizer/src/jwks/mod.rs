//! The issuers' public keys: got from where the configuration says, kept as long as it says.
//!
//! | file | job |
//! |---|---|
//! | `key_set.rs` | a JWK Set becomes keys that can be verified with |
//! | `jwk.rs` | one key of a set, as it is written |
//! | `public_key.rs` | which algorithms a key verifies, and whether it is strong enough |
//! | `fetch.rs` | gets a set over HTTPS, or from a file |
//! | `lifetimes.rs` | when to get one, and what to use meanwhile |
//! | `cache.rs` | keeps them, and makes one attempt at a time |
//!
//! Nothing that a token says is an address in here: a token picks one of the configured issuers, and one
//! of that issuer's keys.

mod cache;
mod fetch;
mod jwk;
mod key_set;
mod lifetimes;
mod public_key;

pub use cache::KeyProvider;
pub use key_set::{KeyId, VerifyingKey};
pub use lifetimes::{CacheState, KeyError, KeyLookup};
