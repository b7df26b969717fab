//! The arguments of `gatehouse client`.
//!
//! Not one of them takes a secret: a value leaves by a file of the caller's alone, or by a pipe.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ConfigFile, PoolArgs};

/// `gatehouse client ...`
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// List the secrets of an app client: their ids and when they were made, never their values
    Secrets(SecretsArgs),
    /// Add a second secret to an app client, and write its value to a new file that you alone can read
    ///
    /// Both secrets work until one is removed. Cognito makes the value, and shows it this one time: it goes to
    /// the file and nowhere else. The id of the new secret goes to stdout. All or nothing: when the value cannot
    /// be written, the secret is removed again.
    AddSecret(AddSecretArgs),
    /// Remove a secret of an app client for good
    ///
    /// Whoever still uses it is refused from then on. The last one cannot be removed.
    RemoveSecret(RemoveSecretArgs),
}

/// Which app client.
#[derive(Debug, Args)]
pub struct ClientArgs {
    /// The client of programs [the stack's output `MachineClientId`], and not the one that people sign in with;
    /// any other by --client-id
    #[arg(long, conflicts_with = "client_id")]
    pub machine: bool,
    #[command(flatten)]
    /// Which pool.
    pub pool: PoolArgs,
    #[command(flatten)]
    /// The configuration, whose region is taken when nothing else names one.
    pub config: ConfigFile,
}

/// `gatehouse client secrets`
#[derive(Debug, Args)]
pub struct SecretsArgs {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    /// Which client.
    pub client: ClientArgs,
}

/// `gatehouse client add-secret`
#[derive(Debug, Args)]
pub struct AddSecretArgs {
    /// The file to make; `-` writes to stdout, if that is a pipe, and the id to stderr
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Write the value alone, byte for byte, as programs want it; so it always is with --machine
    ///
    /// Otherwise it is a line for `scripts/deploy --parameters FILE`.
    #[arg(long)]
    pub raw: bool,
    #[command(flatten)]
    /// Which client.
    pub client: ClientArgs,
}

/// `gatehouse client remove-secret`
#[derive(Debug, Args)]
pub struct RemoveSecretArgs {
    /// The secret's id, as `gatehouse client secrets` lists it
    #[arg(value_name = "SECRET_ID")]
    pub id: String,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    /// Which client.
    pub client: ClientArgs,
}

/// The secret of a client that Cognito does not show any more.
#[derive(Debug, Default, Args)]
pub struct SecretFileArgs {
    /// The app client's secret is in FILE, as `gatehouse client add-secret` writes it [default: the one that
    /// Cognito shows, which is the one that the client was made with, until it is removed]
    #[arg(long, value_name = "FILE", env = "USER_POOL_CLIENT_SECRET_FILE", hide_env_values = true)]
    pub client_secret_file: Option<PathBuf>,
}
