//! Every class of hostile input, case by case: what is shown to the gate, what must come of it, and why.
//!
//! The cases are data. `library.rs` shows all of them to the library, `process.rs` to the built binary
//! through a Lambda Runtime API, in one process for each gate (`suite.rs`). Neither may look at a case's class or name to decide
//! what to expect, and no case may be left out of either.
//!
//! A gate that refuses everything would pass for strict, so that each class that can has controls that
//! must be let in.
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
