//! Every class of hostile input, case by case: what the gate receives, what its result must be, and why.
//!
//! The cases are data. `library.rs` gives all of them to the library. `process.rs` gives them to the built
//! binary through a Lambda Runtime API, in one process for each gate (`suite.rs`). Neither may use a case's
//! class or name to decide what to expect, and neither may leave out a case.
//!
//! A gate that refuses everything would pass all cases of refusal. So each class, where possible, has
//! controls that must be accepted.
//!
//! The table of classes: `cargo test -p authorizer --test it hostile::table -- --nocapture`

mod answer;
mod by_algorithm;
mod fixture;
mod forge;
mod library;
mod process;
mod suite;
mod table;

mod algorithm;
mod amplification;
mod arn;
mod authority;
mod claims;
mod context;
mod encoding;
mod header;
mod key_sets;
mod other_issuers;
mod rights;
mod shape;
mod signature;
mod transport;
