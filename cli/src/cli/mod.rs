//! The command line: every command, flag and help text, as clap reads them.
//!
//! This file only checks the form of arguments (is this an e-mail address?), never their meaning (does the
//! user exist?). No flag takes a password, because every user of the machine can see the arguments of a
//! process.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use authorizer::UnixTime;
use clap::{Args, Parser, Subcommand, ValueEnum};
use platform::address::UserAddress;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as FormError, StrDeserializer};

use crate::when;

mod client;
mod issuer;
mod policy;
mod pool;

pub(crate) use client::{
    AddSecretArgs, ClientArgs, ClientCommand, RemoveSecretArgs, SecretFileArgs, SecretsArgs,
};
pub(crate) use issuer::{AddIssuerArgs, IssuerCommand};
pub(crate) use policy::{CallerArgs, GivenClaim, PolicyArgs};
pub(crate) use pool::{CheckPoolArgs, PoolCommand};

/// Administers a Gatehouse: checks its configuration, creates users, gets and explains tokens.
///
/// Exit code 0: success. 1: the command was refused or failed. 2: the arguments, the input or config.json are
/// wrong. 3: the pool asks for something that no command here can give, for example a code by SMS, so nobody
/// can sign in this way.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The areas of work.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Work with config.json
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Work with the users of the pool
    #[command(subcommand)]
    User(UserCommand),
    /// Sign a user in and print a token
    Token(TokenArgs),
    /// Get a token for a program with the client credentials grant, and print it
    ///
    /// The client's secret is read from Cognito with AWS credentials, and not shown.
    MachineToken(MachineTokenArgs),
    /// Explain what the gate decides about a token, check by check
    ///
    /// Runs the gate's own checks. Prints everything that is wrong, why, how to correct it, which routes the
    /// token opens and what its bearer would get. Never prints the token. Exits 0 if the gate would let the
    /// bearer call at least one route, and 1 if it would not or if that is unknown.
    Explain(ExplainArgs),
    /// Print what config.json grants to a caller
    ///
    /// Each line is a route, with the rules that grant it. Without a flag about the caller, it prints what
    /// every access token of the stack's own pool opens.
    Policy(PolicyArgs),
    /// Work with the issuers that are trusted in addition to the stack's own pool
    #[command(subcommand)]
    Issuer(IssuerCommand),
    /// Work with the secrets of an app client, which can have two at once
    #[command(subcommand)]
    Client(ClientCommand),
    /// Check a user pool against what Gatehouse needs
    #[command(subcommand)]
    Pool(PoolCommand),
}

/// `gatehouse config ...`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check config.json: print every mistake with its JSON pointer, and exit 2 if there is one
    Check(ConfigFile),
    /// Print config.json with its overlays merged over it
    ///
    /// A stage is built with the result: it is the file that `GATEHOUSE_CONFIG` names for the build. If the
    /// result is invalid, the command prints the errors of `config check`, and nothing on stdout.
    Merge(ConfigFile),
    /// Print the SAM parameters for config.json, as YAML
    ///
    /// For `sam deploy --parameter-overrides file://FILE.yaml`. If config.json is invalid, the command prints
    /// the errors of `config check`, and nothing on stdout.
    Parameters(ConfigFile),
    /// Print the JSON Schema of config.json
    Schema,
}

/// The files of the configuration.
#[derive(Debug, Default, Args)]
pub struct ConfigFile {
    /// The configuration to read [default: config.json]
    #[arg(long = "config", value_name = "FILE")]
    named: Option<PathBuf>,
    /// Merge FILE over it, by RFC 7396: null removes a value (may be repeated)
    #[arg(long = "overlay", value_name = "FILE")]
    pub overlays: Vec<PathBuf>,
}

impl ConfigFile {
    const DEFAULT: &str = "config.json";

    /// The file that the overlays are merged over.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.named.as_deref().unwrap_or(Path::new(Self::DEFAULT))
    }

    /// Whether the arguments name a configuration.
    #[must_use]
    pub const fn is_named(&self) -> bool {
        self.named.is_some() || !self.overlays.is_empty()
    }

    /// Its name in messages.
    #[must_use]
    pub fn shown(&self) -> String {
        let overlays = self.overlays.iter().map(|path| format!(" with {}", path.display()));
        std::iter::once(self.path().display().to_string()).chain(overlays).collect()
    }
}

/// `gatehouse user ...`
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create a user whose password is final from the start
    ///
    /// The e-mail address counts as verified, and no message is sent. Prints only the new user's `sub` (the
    /// id in tokens) on stdout. All or nothing: if a later step is refused (a group that does not exist, a
    /// password that the pool's policy forbids), the new user is deleted again.
    Create(CreateArgs),
    /// Invite a user by e-mail, with a temporary password
    ///
    /// The address counts as verified. The mail is the pool's invitation (`userPool.messages.invitation`).
    /// Its password is valid for `userPool.passwordPolicy.temporaryPasswordValidityDays`, and the first
    /// sign-in asks for a final one. Prints only the user's `sub` on stdout.
    Invite(InviteArgs),
    /// Delete a user for good
    ///
    /// Exits 1 if the pool has no such user. Tokens that the user has stay valid until they expire.
    Delete(DeleteArgs),
}

/// `gatehouse user delete`
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// The user's e-mail address
    pub email: UserAddress,
    #[command(flatten)]
    /// Which pool.
    pub pool: PoolArgs,
    #[command(flatten)]
    /// The configuration. Its region is used if nothing else names one.
    pub config: ConfigFile,
}

/// `gatehouse user invite`
#[derive(Debug, Args)]
pub struct InviteArgs {
    /// The user's e-mail address
    pub email: UserAddress,
    /// Add the new user to this group (may be repeated)
    #[arg(long = "group", value_name = "GROUP", value_parser = group, conflicts_with = "resend")]
    pub groups: Vec<String>,
    /// Send the invitation again, with a new temporary password and its full validity
    ///
    /// For a user who has not signed in yet, if the mail was lost or its password has expired.
    #[arg(long)]
    pub resend: bool,
    #[command(flatten)]
    /// Which pool.
    pub pool: PoolArgs,
    #[command(flatten)]
    /// The configuration. Its region is used if nothing else names one.
    pub config: ConfigFile,
}

/// `gatehouse user create`
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The new user's e-mail address
    pub email: UserAddress,
    /// Add the user to this group (may be repeated)
    #[arg(long = "group", value_name = "GROUP", value_parser = group)]
    pub groups: Vec<String>,
    #[command(flatten)]
    /// Where the password comes from.
    pub password: PasswordArgs,
    #[command(flatten)]
    /// The client's secret.
    pub secret: SecretFileArgs,
    #[command(flatten)]
    /// Which pool.
    pub pool: PoolArgs,
    #[command(flatten)]
    /// The configuration. Its region is used if nothing else names one.
    pub config: ConfigFile,
}

/// `gatehouse token`
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// The user's e-mail address
    pub email: UserAddress,
    /// Create the user first if it does not exist; an existing user is only signed in
    #[arg(long)]
    pub create: bool,
    /// Add a user that --create creates to this group (may be repeated)
    #[arg(long = "group", value_name = "GROUP", value_parser = group, requires = "create")]
    pub groups: Vec<String>,
    /// Which token to print
    #[arg(long, value_enum, default_value_t = TokenKind::Access)]
    pub token: TokenKind,
    /// Print all tokens as one JSON object: accessToken, idToken, refreshToken, expiresIn, tokenType
    #[arg(long, conflicts_with = "token")]
    pub json: bool,
    /// Act as the user's authenticator app, with the secret in FILE
    ///
    /// Sends the one-time code for the secret. If the pool requires a second factor and the user has none, an
    /// authenticator app is set up, and its secret is written to FILE, which must not exist yet. The form is
    /// base32 on one line, which an app accepts when it is typed in. Whoever can read FILE has the user's
    /// second factor.
    #[arg(long, value_name = "FILE")]
    pub authenticator: Option<PathBuf>,
    #[command(flatten)]
    /// Where the password comes from.
    pub password: PasswordArgs,
    #[command(flatten)]
    /// The client's secret.
    pub secret: SecretFileArgs,
    #[command(flatten)]
    /// Which pool.
    pub pool: PoolArgs,
    #[command(flatten)]
    /// The configuration. Its region is used if nothing else names one.
    pub config: ConfigFile,
}

/// `gatehouse machine-token`
#[derive(Debug, Args)]
pub struct MachineTokenArgs {
    /// Ask only for this scope (may be repeated) [default: all scopes of the client]
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
    pub scopes: Vec<String>,
    /// The program's app client [default: the stack's output `MachineClientId`]
    #[arg(long, value_name = "ID", env = "MACHINE_CLIENT_ID", hide_env_values = true)]
    pub machine_client_id: Option<String>,
    #[command(flatten)]
    /// The client's secret.
    pub secret: SecretFileArgs,
    #[command(flatten)]
    /// Which pool.
    pub pool: PoolArgs,
    #[command(flatten)]
    /// The configuration. Its region is used if nothing else names one.
    pub config: ConfigFile,
}

/// `gatehouse explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The token, or `-` to read it from stdin; with or without `Bearer ` before it
    ///
    /// Prefer `-`: every user of the machine can see the arguments of a process, and a token is a credential.
    #[arg(value_name = "TOKEN|-", required_unless_present = "event", conflicts_with = "event")]
    pub token: Option<SecretString>,
    /// Explain the token in this event, as API Gateway sent it to the authorizer; `-` reads it from stdin
    #[arg(long, value_name = "FILE")]
    pub event: Option<PathBuf>,
    /// Read the issuer's keys from this JWK Set file, instead of fetching them
    #[arg(long, value_name = "FILE")]
    pub jwks: Option<PathBuf>,
    /// Send no requests; without --jwks the signature is then not checked
    #[arg(long)]
    pub offline: bool,
    /// Explain for another time than now: 2027-01-15T08:00:00Z, or seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = when::parse)]
    pub at: Option<UnixTime>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    /// The configuration.
    pub config: ConfigFile,
    #[command(flatten)]
    /// The gate's own pool.
    pub pool: PoolArgs,
}

/// The token that `gatehouse token` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TokenKind {
    /// Says what the bearer may do; the gate accepts it
    Access,
    /// Says who the user is
    Id,
    /// Gets new tokens
    Refresh,
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Access => "access",
            Self::Id => "id",
            Self::Refresh => "refresh",
        })
    }
}

/// Where a password is read from.
#[derive(Debug, Args)]
pub struct PasswordArgs {
    /// Read the password from the first line of stdin, instead of asking on the terminal
    #[arg(long = "password-stdin")]
    pub from_stdin: bool,
}

/// Which user pool and app client, and which AWS identity.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Pool")]
pub struct PoolArgs {
    /// The user pool [default: the stack's output `UserPoolId`]
    #[arg(long, value_name = "ID", env = "USER_POOL_ID", hide_env_values = true)]
    pub user_pool_id: Option<String>,
    /// The app client [default: the stack's output `UserPoolClientId`]; of several, joined by commas,
    /// `explain` uses all, and the other commands use the first
    #[arg(long, value_name = "ID", env = "USER_POOL_CLIENT_ID", hide_env_values = true)]
    pub client_id: Option<String>,
    /// The stack whose outputs name the pool and the client
    #[arg(long, value_name = "NAME", env = "STACK_NAME", hide_env_values = true, default_value = DEFAULT_STACK)]
    pub stack: String,
    /// The AWS region [default: `AWS_REGION`, else the profile's, else the one in the pool's id, else
    /// config.json's]
    #[arg(long)]
    pub region: Option<Region>,
    /// The AWS profile [default: `AWS_PROFILE`]
    #[arg(long)]
    pub profile: Option<String>,
}

/// The stack's default name.
const DEFAULT_STACK: &str = "gatehouse";

impl PoolArgs {
    /// The stack's name. An empty one counts as absent, because an unset shell variable gives one.
    #[must_use]
    pub fn stack(&self) -> &str {
        Some(self.stack.as_str()).filter(|name| !name.is_empty()).unwrap_or(DEFAULT_STACK)
    }
}

/// The name of an AWS region. It becomes part of a host name, so only a host name's characters are allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region(String);

impl Region {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Region {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.is_empty() || !text.chars().all(is_plain) {
            return Err("a region is written like us-east-1");
        }
        Ok(Self(text.to_owned()))
    }
}

/// Cognito's limit on the name of a group, in characters.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GroupType.html>
const GROUP_LIMIT: usize = 128;

/// A group name that Cognito accepts: letters, marks, symbols, numbers and punctuation, but no white space.
fn group(text: &str) -> Result<String, &'static str> {
    if text.is_empty() || text.chars().count() > GROUP_LIMIT {
        return Err("a group name has 1 to 128 characters");
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("a group name has no white space or control characters");
    }
    Ok(text.to_owned())
}

/// A value in the form that config.json requires.
pub(crate) fn configured<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, FormError> {
    let text: StrDeserializer<'_, FormError> = text.into_deserializer();
    T::deserialize(text)
}

/// A scope, as tokens contain it. The empty text is refused, because an unset variable gives one.
fn scope(text: &str) -> Result<String, &'static str> {
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("scopes have no white space or control characters, and are separated by commas");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_free_of_contradictions() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_user_is_named_by_the_address_that_the_service_takes() {
        let user = |address: &str| Cli::try_parse_from(["gatehouse", "user", "delete", address]);
        for good in ["ann+1@example.com", "a..b@docomo.ne.jp", "a.@example.com", "ann@my_host.example"] {
            assert!(user(good).is_ok(), "{good}");
        }
        for bad in ["ann", "@example.com", "a nn@example.com", "ann@example.com\n", "<ann@example.com>"] {
            let error = user(bad).unwrap_err();
            assert_eq!(error.kind(), clap::error::ErrorKind::ValueValidation, "{bad:?}");
        }
    }

    #[test]
    fn a_region_cannot_lead_the_request_to_another_host() {
        for text in ["", "us-east-1.evil.example", "us/east", "US-EAST-1", "a@b", "us east"] {
            assert!(text.parse::<Region>().is_err(), "{text:?}");
        }
        assert!("eu-central-2".parse::<Region>().is_ok());
    }

    #[test]
    fn groups_for_a_token_need_create() {
        let without = Cli::try_parse_from(["gatehouse", "token", "a@b.c", "--group", "admins"]);
        assert_eq!(without.unwrap_err().kind(), clap::error::ErrorKind::MissingRequiredArgument);
        assert!(
            Cli::try_parse_from(["gatehouse", "token", "a@b.c", "--create", "--group", "admins"]).is_ok()
        );
    }

    fn with_subcommands(command: &clap::Command) -> Vec<&clap::Command> {
        let mut found = vec![command];
        found.extend(command.get_subcommands().flat_map(with_subcommands));
        found
    }

    #[test]
    fn no_flag_takes_a_password() {
        let takes_secret = |id: &str| ["password", "secret", "code"].iter().any(|word| id.contains(word));
        for command in with_subcommands(&Cli::command()) {
            for arg in command.get_arguments().filter(|arg| takes_secret(arg.get_id().as_str())) {
                // The argument is the name of a file, not a secret.
                let is_file = arg.get_id().as_str().ends_with("_file");
                assert!(
                    is_file || !arg.get_action().takes_values(),
                    "{} {}",
                    command.get_name(),
                    arg.get_id()
                );
            }
        }
    }
}
