//! What the gate costs in processor time, on one thread, without a process or a network.
//!
//! ```sh
//! cargo bench -p authorizer -- verification   # one token, step by step, against the raw signature check
//! cargo bench -p authorizer -- growth         # more rules, groups, issuers, keys
//! ```

#![allow(missing_docs, reason = "criterion's macro makes a public function")]
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a measurement that went wrong must end")]

mod cpu_time;
mod fixture;
mod growth;
mod tokens;
mod verification;

use criterion::{Criterion, criterion_group, criterion_main};

use cpu_time::CpuTime;

criterion_group! {
    name = gate;
    config = Criterion::default().with_measurement(CpuTime);
    targets = verification::bench, growth::bench
}
criterion_main!(gate);
