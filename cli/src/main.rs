//! The `gatehouse` command: reads the arguments and hands the process's streams to the library.
//!
//! Nothing is decided here.

use std::io;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match gatehouse::Cli::try_parse() {
        Ok(cli) => gatehouse::run(&cli, &mut io::stdout().lock(), &mut io::stderr().lock()),
        Err(error) => gatehouse::usage(&error, &mut io::stderr().lock()),
    }
}
