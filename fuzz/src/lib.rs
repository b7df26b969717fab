//! What is fuzzed, and what must hold of it: one file a target.
//!
//! Each target is a function from bytes to [`Outcome`] that panics when a promise of the gate, or of a service, is broken.
//! So the same function serves libFuzzer, the smoke test on stable Rust, and the replay of a finding.
//!
//! Nothing in here reaches the network: one key set is at an address of this process.

pub mod config;
pub mod event;
pub mod header;
pub mod key_set;
pub mod request;
pub mod rules;
pub mod token;

use std::ffi::OsString;
use std::process::ExitCode;

/// What became of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The gate took it, and everything that must hold of it then held.
    Accepted,
    /// The gate refused it.
    Refused,
}

/// A target.
pub type Target = fn(&[u8]) -> Outcome;

/// All targets, by the name of their program, of their folder in `seeds/` and of their file.
pub const TARGETS: [(&str, Target); 7] = [
    ("config", config::run),
    ("event", event::run),
    ("header", header::run),
    ("key_set", key_set::run),
    ("request", request::run),
    ("rules", rules::run),
    ("token", token::run),
];

/// Makes a target's program: libFuzzer's under cargo-fuzz, else one that runs the files that it is given,
/// such as a finding.
#[macro_export]
macro_rules! program {
    ($target:path) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| {
            $target(data);
        });

        #[cfg(not(fuzzing))]
        fn main() -> std::process::ExitCode {
            $crate::replay(std::env::args_os().skip(1), $target)
        }
    };
}

/// Runs a target on files, one after the other.
#[must_use]
pub fn replay(files: impl Iterator<Item = OsString>, target: Target) -> ExitCode {
    for file in files {
        match std::fs::read(&file) {
            Ok(data) => println!("{}: {:?}", file.display(), target(&data)),
            Err(error) => {
                eprintln!("cannot read {}: {error}", file.display());
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
