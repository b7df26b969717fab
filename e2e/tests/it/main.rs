//! The gate as a caller sees it: over HTTP, in front of the real services, with real tokens.
//!
//! This is a program of its own instead of the usual test harness, so that all tests share one stack. The
//! first test that needs the stack starts it, and it ends after the last test.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test, what is not as expected is a failure; clippy.toml says so for #[test] functions alone"
)]

mod auth;
mod browsers;
mod command;
mod identity;
mod logs;
mod orders;
mod refusals;
mod routes;
mod start_api;
mod throttles;

use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use e2e::Stack;
use libtest_mimic::{Arguments, Completion, Failed, Trial};

/// A test: its name as a sentence, and its function.
type Check = (&'static str, fn(&Stack) -> Outcome);

/// Tests on one subject.
type Module = (&'static str, &'static [Check]);

/// Passed or skipped with a reason; `Err`: failed.
type Outcome = Result<Completion, Failed>;

const PASSED: Outcome = Ok(Completion::Completed);

const MAKES_USERS: &str = "it would leave users behind in a real pool";

fn skipped(reason: &str) -> Completion {
    Completion::ignored_with(reason)
}

/// An address that no earlier run has used.
fn new_address() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    format!("new-{nanos}-{}@example.com", NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// A list of the named functions, each under its own name.
macro_rules! checks {
    ($($name:ident),* $(,)?) => {
        pub(crate) const CHECKS: &[$crate::Check] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use checks;

/// The first test that runs starts the stack, at most once. Listing the tests does not start it.
type SharedStack = Arc<OnceLock<Result<Stack, String>>>;

/// Tests that may run in parallel.
fn modules() -> Vec<Module> {
    let mut modules = auth::MODULES.to_vec();
    modules.extend([
        ("refusals", refusals::CHECKS),
        ("identity", identity::CHECKS),
        ("routes", routes::CHECKS),
        ("browsers", browsers::CHECKS),
        ("command", command::CHECKS),
        ("orders", orders::CHECKS),
        ("start_api", start_api::CHECKS),
    ]);
    modules
}

fn trials(modules: &[Module], stack: &SharedStack) -> Vec<Trial> {
    let checks = modules.iter().flat_map(|(module, checks)| checks.iter().map(move |check| (module, *check)));
    checks
        .map(|(module, (name, check))| {
            let stack = Arc::clone(stack);
            let makes_users = module.starts_with("auth::");
            Trial::ignorable_test(format!("{module}::{name}"), move || match stack.get_or_init(Stack::find) {
                Ok(stack) if makes_users && stack.is_aws() => Ok(skipped(MAKES_USERS)),
                Ok(stack) => check(stack),
                Err(why) => Err(format!("there is no stack to test: {why}").into()),
            })
        })
        .collect()
}

fn main() -> ExitCode {
    let (stack, arguments) = (SharedStack::default(), Arguments::from_args());
    // The groups run one after the other: tests of limits would disturb other tests, and the logs are checked
    // when they are complete.
    let turns = [modules(), vec![("throttles", throttles::CHECKS)], vec![("logs", logs::CHECKS)]];
    let conclusions = turns.map(|modules| libtest_mimic::run(&arguments, trials(&modules, &stack)));
    // This is done before the exit, because it stops the stack that was started.
    drop(stack);
    let failed = conclusions.iter().find(|conclusion| conclusion.has_failed());
    failed.map_or(ExitCode::SUCCESS, libtest_mimic::Conclusion::exit_code)
}
