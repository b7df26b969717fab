//! Starts Lambda functions as Lambda does, hands them events, and takes the time of all of it.
//!
//! `bench PLAN` reads which programs to start with what, and prints what was measured: both JSON, for
//! `scripts/bench`. The programs take turns, a round each, so that a machine that is busy for a while is so for
//! all of them. What the figures mean is not this program's business.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program")]

mod key_server;
mod plan;
mod process;
mod round;
mod runtime_api;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use plan::Plan;
use round::Round;

fn main() -> ExitCode {
    match run() {
        Ok(rounds) => {
            println!("{rounds}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// All rounds of every function, by its name.
fn run() -> Result<String, Box<dyn Error>> {
    let file = env::args_os().nth(1).ok_or("usage: bench PLAN")?;
    let plan: Plan = serde_json::from_slice(&fs::read(file)?)?;
    let key_server = key_server::start(&plan.key_set)?;
    let mut rounds: BTreeMap<&str, Vec<Round>> = BTreeMap::new();
    for number in 0..=plan.rounds {
        // The first round only brings the programs into the page cache, and shows what they print. In the others
        // that goes nowhere: to write a file can take longer than to make the line.
        let is_trial = number == 0;
        for function in &plan.functions {
            let log = if is_trial { &function.log } else { Path::new("/dev/null") };
            let round = Round::run(function, &key_server, log, plan.invokes)
                .map_err(|error| format!("{}: {error}", function.name))?;
            if !is_trial {
                rounds.entry(&function.name).or_default().push(round);
            }
        }
    }
    Ok(serde_json::to_string(&rounds)?)
}
