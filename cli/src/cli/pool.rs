//! The arguments of `gatehouse pool`.

use clap::{Args, Subcommand};

use super::{ConfigFile, PoolArgs};

/// `gatehouse pool ...`
#[derive(Debug, Subcommand)]
pub enum PoolCommand {
    /// Say what Gatehouse needs of a user pool and its app client, and what it finds there
    ///
    /// One check after another: ok, warning or broken, what follows from it, and how to mend it. Nothing is changed, and
    /// no secret is shown. Exits 1 when something is broken. The pool is that of the flags or the environment, else
    /// userPool.id and .clientId of config.json, else the stack's.
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
    /// The configuration, which says what is needed.
    pub config: ConfigFile,
}
