//! The arguments of `gatehouse pool`.

use clap::{Args, Subcommand};

use super::{ConfigFile, PoolArgs};

/// `gatehouse pool ...`
#[derive(Debug, Subcommand)]
pub enum PoolCommand {
    /// Check what Gatehouse needs of a user pool and its app client
    ///
    /// Prints each check with its result (ok, warning or broken), the consequence, and how to correct it.
    /// Nothing is changed, and no secret is shown. Exits 1 if something is broken. The pool is the one that
    /// the flags or the environment variables name, else userPool.id and .clientId of config.json, else the
    /// stack's.
    Check(CheckPoolArgs),
}

/// `gatehouse pool check`
#[derive(Debug, Args)]
pub struct CheckPoolArgs {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    /// Which pool.
    pub pool: PoolArgs,
    #[command(flatten)]
    /// The configuration, which decides what is needed.
    pub config: ConfigFile,
}
