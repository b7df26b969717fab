//! The gate as a caller meets it: over HTTP, in front of the real services, with real tokens.
//!
//! A program of its own and not the usual test harness, so that all tests share one stack, which is
//! started when the first of them needs it and is gone when the last has ended.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test, what is not as expected is a failure; clippy.toml says so for #[test] functions alone"
)]

mod browsers;
mod command;
mod identity;
mod orders;
mod refusals;
mod routes;

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use e2e::Stack;
use libtest_mimic::{Arguments, Completion, Failed, Trial};

/// A test: its name as a sentence, and what it does with the stack.
type Check = (&'static str, fn(&Stack) -> Outcome);

/// Passed, skipped with a reason, or failed.
type Outcome = Result<Completion, Failed>;

const PASSED: Outcome = Ok(Completion::Completed);

fn skipped(reason: &str) -> Completion {
    Completion::ignored_with(reason)
}

/// The functions named, each under its own name.
macro_rules! checks {
    ($($name:ident),* $(,)?) => {
        pub(crate) const CHECKS: &[$crate::Check] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use checks;

/// Started at most once, by the first test that runs; not at all to list the tests.
type SharedStack = Arc<OnceLock<Result<Stack, String>>>;

fn trials(stack: &SharedStack) -> Vec<Trial> {
    let modules = [
        ("refusals", refusals::CHECKS),
        ("identity", identity::CHECKS),
        ("routes", routes::CHECKS),
        ("browsers", browsers::CHECKS),
        ("command", command::CHECKS),
        ("orders", orders::CHECKS),
    ];
    let checks =
        modules.into_iter().flat_map(|(module, checks)| checks.iter().map(move |check| (module, *check)));
    checks
        .map(|(module, (name, check))| {
            let stack = Arc::clone(stack);
            Trial::ignorable_test(format!("{module}::{name}"), move || match stack.get_or_init(Stack::find) {
                Ok(stack) => check(stack),
                Err(why) => Err(format!("there is no stack to test: {why}").into()),
            })
        })
        .collect()
}

fn main() -> ExitCode {
    let stack = SharedStack::default();
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials(&stack));
    // Before the exit code: it stops the stack that was started.
    drop(stack);
    conclusion.exit_code()
}
