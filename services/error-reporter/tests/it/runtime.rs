//! The program with a Lambda Runtime API.

use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use testkit::function::{self, Printed};
use testkit::runtime_api::Outcome;

use crate::sentry::KEY;

/// The timeout of template.yaml.
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

/// Sends `events` to the program in turn, each with this much time. Returns the outcomes and the lines of its
/// log, and asserts that the log never contains the key.
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

/// The program's own lines of one level.
pub(crate) fn told<'a>(log: &'a [Value], level: &str) -> Vec<&'a Value> {
    let ours = |line: &&Value| {
        line["level"] == level && line["target"].as_str().unwrap().starts_with("error_reporter")
    };
    log.iter().filter(ours).collect()
}
