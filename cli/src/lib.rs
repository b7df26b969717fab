//! The admin CLI of Gatehouse, as a library that the `gatehouse` binary connects to the process.
//!
//! Results go to stdout; prompts, notes and errors go to stderr. No module prints by itself.

mod authenticator;
mod aws;
mod cli;
mod client;
mod cognito;
mod config;
mod error;
mod explain;
mod grants;
mod https;
mod issuer;
mod machine;
mod password;
mod place;
mod policy;
mod pool;
mod pool_check;
mod secret_file;
mod token;
mod unanswerable;
mod user;
mod when;

use std::io::Write;
use std::process::ExitCode;

pub use cli::Cli;
use cli::{
    Command, ConfigFile, CreateArgs, DeleteArgs, InviteArgs, MachineTokenArgs, PoolArgs, SecretFileArgs,
    TokenArgs, UserCommand,
};
use cognito::UserPool;
use error::Error;
use password::Terminal;
use secrecy::SecretString;

/// Runs the command, and reports a failure as one line on `err`, or as one line for each mistake.
pub fn run(cli: &Cli, out: &mut dyn Write, err: &mut dyn Write) -> ExitCode {
    match dispatch(cli, out, err) {
        Ok(code) => code,
        Err(error) => {
            // If stderr is closed too, the exit code is the only way to report it.
            let _ = writeln!(err, "error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// Reports a wrong command line as clap does: help and version are results. A word that looks like a token is
/// not repeated.
pub fn usage(error: &clap::Error, err: &mut dyn Write) -> ExitCode {
    let text = error.render().to_string();
    // A closed stream does not change the exit code.
    let _ = if error.use_stderr() && text.split_whitespace().any(looks_like_a_token) {
        writeln!(err, "error: {}: the argument looks like a token, so it is not repeated", error.kind())
    } else {
        error.print()
    };
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

/// `eyJ` is how `{"` begins in base64url. No other word of a usage error is that long and has no slash.
fn looks_like_a_token(word: &str) -> bool {
    let is_token_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=+'".contains(&byte);
    word.contains("eyJ") || (word.len() > 64 && word.bytes().all(is_token_byte))
}

fn dispatch(cli: &Cli, out: &mut dyn Write, err: &mut dyn Write) -> Result<ExitCode, Error> {
    match &cli.command {
        Command::User(UserCommand::Create(args)) => create_user(args, out, err)?,
        Command::User(UserCommand::Invite(args)) => invite_user(args, out)?,
        Command::User(UserCommand::Delete(args)) => delete_user(args)?,
        Command::Token(args) => mint_token(args, out, err)?,
        Command::MachineToken(args) => mint_machine_token(args, out)?,
        Command::Config(command) => config::run(command, out)?,
        Command::Policy(args) => policy::run(args, out)?,
        Command::Issuer(command) => issuer::run(command, out, err)?,
        Command::Client(command) => client::run(command, out, err)?,
        Command::Pool(command) => return pool_check::run(command, out),
        Command::Explain(args) => return explain::run(args, out, err),
    }
    Ok(ExitCode::SUCCESS)
}

fn create_user(args: &CreateArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Error> {
    let named = pool::PoolSelection::parse(&args.pool)?;
    let mut terminal = Terminal { stderr: err, from_stdin: args.password.from_stdin };
    let password = terminal.password(true)?;
    let wanted = user::create::Wanted { email: &args.email, groups: &args.groups, password: &password };
    let secret = given(&args.secret)?;
    runtime()?.block_on(async {
        let pool = open(&args.pool, named, &args.config, secret).await?;
        user::create::run(&pool, &wanted, out, &mut terminal).await
    })
}

fn invite_user(args: &InviteArgs, out: &mut dyn Write) -> Result<(), Error> {
    let named = pool::PoolSelection::parse(&args.pool)?;
    let wanted = if args.resend {
        user::invite::Wanted::Again(&args.email)
    } else {
        user::invite::Wanted::New { email: &args.email, groups: &args.groups }
    };
    runtime()?.block_on(async {
        let pool = open(&args.pool, named, &args.config, None).await?;
        user::invite::send(&pool, &wanted, out).await
    })
}

fn delete_user(args: &DeleteArgs) -> Result<(), Error> {
    let named = pool::PoolSelection::parse(&args.pool)?;
    runtime()?.block_on(async {
        open(&args.pool, named, &args.config, None).await?.delete_user(args.email.as_str()).await
    })
}

fn mint_token(args: &TokenArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Error> {
    let named = pool::PoolSelection::parse(&args.pool)?;
    let mut terminal = Terminal { stderr: err, from_stdin: args.password.from_stdin };
    let password = terminal.password(args.create)?;
    let create = args.create.then_some(args.groups.as_slice());
    let authenticator = args.authenticator.as_deref().map(authenticator::Authenticator);
    let wanted = token::SignIn { email: &args.email, password: &password, create, authenticator };
    let secret = given(&args.secret)?;
    let tokens = runtime()?.block_on(async {
        let pool = open(&args.pool, named, &args.config, secret).await?;
        token::sign_in(&pool, &wanted, &mut terminal).await
    })?;
    if args.json { token::print_all(&tokens, out) } else { token::print(&tokens, args.token, out) }
}

fn mint_machine_token(args: &MachineTokenArgs, out: &mut dyn Write) -> Result<(), Error> {
    let named = pool::PoolSelection::machine(&args.pool, args.machine_client_id.as_deref())?;
    let secret = given(&args.secret)?;
    runtime()?.block_on(async {
        let aws = aws::load(&args.pool, named.region(), &args.config).await?;
        let ids = named.resolve(&aws, args.pool.stack()).await?;
        let program = cognito::program(&aws, ids, secret).await?;
        machine::print(&program.token(&args.scopes).await?, out)
    })
}

/// Finds the pool and its client, and makes a client of the SDK for them.
async fn open(
    flags: &PoolArgs,
    named: pool::PoolSelection,
    config: &ConfigFile,
    secret: Option<SecretString>,
) -> Result<UserPool, Error> {
    let aws = aws::load(flags, named.region(), config).await?;
    let ids = named.resolve(&aws, flags.stack()).await?;
    UserPool::open(&aws, ids, secret).await
}

/// The client's secret, if a file contains it.
fn given(args: &SecretFileArgs) -> Result<Option<SecretString>, Error> {
    args.client_secret_file.as_deref().map(secret_file::read).transpose()
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::NoRuntime)
}
