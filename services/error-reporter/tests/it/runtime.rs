//! The program under a Lambda Runtime API.

use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use testkit::function::{self, Printed};
use testkit::runtime_api::Outcome;

use crate::sentry::KEY;

/// As template.yaml has it.
pub(crate) const TIME: Duration = Duration::from_mins(1);

pub(crate) fn command(runtime_api: &str, dsn: Option<&str>) -> Command {
    let mut command = function::command(env!("CARGO_BIN_EXE_error-reporter"), "error-reporter", runtime_api);
    command
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("LOG_LEVEL", "trace")
        .env("STACK_NAME", "gatehouse-prod")
        .envs(dsn.map(|dsn| ("SENTRY_DSN", dsn)));
    command
}

/// Hands `events` to the program one after the other, each with that much time: what it makes of each, and the lines of
/// its log, in which the key never is.
pub(crate) fn run_within(time: Duration, dsn: &str, events: &[String]) -> (Vec<Outcome>, Vec<Value>) {
    let (answers, printed) =
        function::run("error-reporter:live", |address| command(address, Some(dsn)), events, time);
    (answers, lines(&printed))
}

pub(crate) fn run(dsn: &str, events: &[String]) -> (Vec<Outcome>, Vec<Value>) {
    run_within(TIME, dsn, events)
}

pub(crate) fn log(output: &Output) -> Vec<Value> {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8(text.clone()).unwrap());
    lines(&Printed { out, err })
}

fn lines(printed: &Printed) -> Vec<Value> {
    assert_eq!(printed.err, "");
    assert!(!printed.out.contains(KEY), "{}", printed.out);
    printed.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The lines of a level that are the program's own.
pub(crate) fn told<'a>(log: &'a [Value], level: &str) -> Vec<&'a Value> {
    let ours = |line: &&Value| {
        line["level"] == level && line["target"].as_str().unwrap().starts_with("error_reporter")
    };
    log.iter().filter(ours).collect()
}
