//! Starts Lambda functions as Lambda does, sends them events, and measures the times.
//!
//! `bench PLAN` reads which programs to start with which input, and prints the measurements. Both are JSON,
//! for `scripts/bench`. The programs take turns, one round each, so that a machine that is busy for a while
//! affects all of them. This program does not interpret the figures.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program")]

mod key_server;
mod plan;
mod process;
mod round;
mod runtime_api;

use std::collections::BTreeMap;
use std::error::Error;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use plan::{Function, Plan};
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

/// Writes the program in one piece, as Lambda does before a cold start. Writing decides how a file's pages
/// lie in memory, which makes a tenth of a start: a file that a linker wrote piece by piece has smaller
/// pages.
fn unpack(function: &Function) -> io::Result<()> {
    let (Some(source), Some(program)) = (&function.unpacked_from, function.command.first()) else {
        return Ok(());
    };
    if program.exists() {
        fs::remove_file(program)?;
    }
    fs::write(program, fs::read(source)?)?;
    fs::set_permissions(program, fs::Permissions::from_mode(0o755))
}

/// Gives each round another order, and each run the same orders: Fisher and Yates' algorithm, with Knuth's
/// random numbers (MMIX).
fn shuffle<T>(items: &mut [T], round: usize) {
    let mut state = round as u64;
    for last in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The upper bits are used, because the lower ones repeat soon.
        let other = (state >> 33) as usize % (last + 1);
        items.swap(last, other);
    }
}

/// All rounds of every function, by its name.
fn run() -> Result<String, Box<dyn Error>> {
    let file = env::args_os().nth(1).ok_or("usage: bench PLAN")?;
    let plan: Plan = serde_json::from_slice(&fs::read(file)?)?;
    let key_server = key_server::start(&plan.key_set)?;
    let mut rounds: BTreeMap<&str, Vec<Round>> = BTreeMap::new();
    let mut turns: Vec<&Function> = plan.functions.iter().collect();
    for number in 0..=plan.rounds {
        // Each function leaves the caches in another state for the next one.
        shuffle(&mut turns, number);
        for function in &turns {
            unpack(function).map_err(|error| format!("{}: {error}", function.name))?;
        }
        // The first round only loads the programs into the page cache, and shows what they print. In the
        // others the output is discarded, because writing a file can take longer than making the line.
        let is_trial = number == 0;
        for function in &turns {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_order_has_each_item_once_and_all_successions_occur() {
        let mut followed = BTreeSet::new();
        for round in 0..100 {
            let mut turns = [0, 1, 2, 3, 4];
            shuffle(&mut turns, round);
            followed.extend(turns.windows(2).map(|pair| (pair[0], pair[1])));
            turns.sort_unstable();
            assert_eq!(turns, [0, 1, 2, 3, 4]);
        }
        assert_eq!(followed.len(), 5 * 4);
    }

    #[test]
    fn a_program_is_unpacked_anew_each_time_and_runs() {
        let folder = env::temp_dir().join(format!("gatehouse-bench-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (source, program) = (folder.join("source"), folder.join("program"));
        fs::write(&source, "a program").unwrap();
        let function = Function {
            name: "x".to_owned(),
            command: vec![program.clone()],
            unpacked_from: Some(source),
            env: BTreeMap::new(),
            events: folder.join("events"),
            log: folder.join("log"),
        };
        for _ in 0..2 {
            unpack(&function).unwrap();
            assert_eq!(fs::read(&program).unwrap(), b"a program");
            assert_eq!(fs::metadata(&program).unwrap().permissions().mode() & 0o777, 0o755);
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
