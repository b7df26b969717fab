//! Tests of the gate from outside: whole decisions, real keys, real sockets, the real binary.

#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::print_stdout, reason = "figures, and what could not be looked at")]

mod support;

mod amplification;
mod at_will;
mod binary;
mod events;
mod faults;
mod flow;
mod hostile;
mod inspect;
mod keys;
mod long_run;
mod oracle;
mod policy;
mod providers;
mod shipped;
mod whole;
