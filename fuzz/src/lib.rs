//! The fuzz targets, one file each, and what must hold for each.
//!
//! Each target is a function from bytes to [`Outcome`] that panics if the gate or a service breaks a promise.
//! So the same function serves libFuzzer, the smoke test on stable Rust, and the replay of a finding.
//!
//! Nothing here uses the network, except for one key set from a server in this process.

pub mod config;
pub mod event;
pub mod header;
pub mod key_set;
pub mod request;
pub mod rules;
pub mod token;

use std::ffi::OsString;
use std::process::ExitCode;

/// The result of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The gate accepted it, and everything that must then hold did hold.
    Accepted,
    /// The gate refused it.
    Refused,
}

/// A target.
pub type Target = fn(&[u8]) -> Outcome;

/// All targets, by the name of their program, of their directory in `seeds/` and of their file.
pub const TARGETS: [(&str, Target); 7] = [
    ("config", config::run),
    ("event", event::run),
    ("header", header::run),
    ("key_set", key_set::run),
    ("request", request::run),
    ("rules", rules::run),
    ("token", token::run),
];

/// Makes a target's program: libFuzzer's under cargo-fuzz, otherwise one that runs the target on files, such
/// as a finding.
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

/// Runs a target on each of the files.
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
