//! The `gatehouse` command: reads the arguments and hands the process's streams to the library.
//!
//! Nothing is decided here.

use std::io;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = gatehouse::Cli::parse();
    gatehouse::run(&cli, &mut io::stdout().lock(), &mut io::stderr().lock())
}
