//! The `gatehouse` command: reads the arguments and passes the process's streams to the library.
//!
//! It decides nothing itself.

use std::io;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match gatehouse::Cli::try_parse() {
        Ok(cli) => gatehouse::run(&cli, &mut io::stdout().lock(), &mut io::stderr().lock()),
        Err(error) => gatehouse::usage(&error, &mut io::stderr().lock()),
    }
}
