//! The arguments of `gatehouse client`.
//!
//! No argument takes a secret: a secret is only written to a file that the caller alone can read, or to a
//! pipe.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ConfigFile, PoolArgs};

/// `gatehouse client ...`
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// List the secrets of an app client: their ids and creation times, never their values
    Secrets(SecretsArgs),
    /// Add a second secret to an app client, and write its value to a new file that only you can read
    ///
    /// Both secrets work until one is removed. Cognito makes the value, and shows it only this once: it is
    /// written to the file and nowhere else. The id of the new secret goes to stdout. All or nothing: if the
    /// value cannot be written, the secret is removed again.
    AddSecret(AddSecretArgs),
    /// Remove a secret of an app client for good
    ///
    /// From then on, Cognito refuses whoever still uses it. The last secret cannot be removed.
    RemoveSecret(RemoveSecretArgs),
}

/// Which app client.
#[derive(Debug, Args)]
pub struct ClientArgs {
    /// The client of programs [the stack's output `MachineClientId`] instead of the one that people sign in
    /// with; --client-id names any other
    #[arg(long, conflicts_with = "client_id")]
    pub machine: bool,
    #[command(flatten)]
    /// Which pool.
    pub pool: PoolArgs,
    #[command(flatten)]
    /// The configuration. Its region is used if nothing else names one.
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
    /// The file to create; `-` writes to stdout, if that is a pipe, and the id to stderr
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Write only the value, byte for byte, as programs need it; --machine always does
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
    /// Do not ask for confirmation
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    /// Which client.
    pub client: ClientArgs,
}

/// The secret of a client, for the case that Cognito no longer shows it.
#[derive(Debug, Default, Args)]
pub struct SecretFileArgs {
    /// The file with the app client's secret, as `gatehouse client add-secret` writes it [default: the secret
    /// that Cognito shows, which is the client's first one until it is removed]
    #[arg(long, value_name = "FILE", env = "USER_POOL_CLIENT_SECRET_FILE", hide_env_values = true)]
    pub client_secret_file: Option<PathBuf>,
}
