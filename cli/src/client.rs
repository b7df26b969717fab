//! `gatehouse client`: the secrets of an app client. With two of them, one can replace the other while at
//! least one works at every moment.
//!
//! A value is only written to a new file that the caller alone can read, or to a pipe: never to a terminal,
//! an argument or an error.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::cli::{AddSecretArgs, ClientArgs, ClientCommand, RemoveSecretArgs, SecretsArgs};
use crate::cognito::secrets::{Added, AppClient, Listed};
use crate::error::Error;
use crate::secret_file::{EXISTING_PARAMETER, OWN_PARAMETER};
use crate::{aws, config, pool, when};

const STDOUT: &str = "-";

/// The most secrets that a client can have.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html>
const LIMIT: usize = 2;

pub(crate) fn run(command: &ClientCommand, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Error> {
    match command {
        ClientCommand::Secrets(args) => list(args, out),
        ClientCommand::AddSecret(args) => add(args, out, err),
        ClientCommand::RemoveSecret(args) => remove(args, err),
    }
}

async fn find(args: &ClientArgs) -> Result<AppClient, Error> {
    let named = if args.machine {
        let client = std::env::var("MACHINE_CLIENT_ID").ok();
        pool::PoolSelection::machine(&args.pool, client.as_deref())?
    } else {
        pool::PoolSelection::parse(&args.pool)?
    };
    let aws = aws::load(&args.pool, named.region(), &args.config).await?;
    let ids = named.resolve(&aws, args.pool.stack()).await?;
    Ok(AppClient::new(&aws, ids))
}

fn list(args: &SecretsArgs, out: &mut dyn Write) -> Result<(), Error> {
    let secrets = crate::runtime()?.block_on(async { find(&args.client).await?.secrets().await })?;
    if args.json {
        let secrets =
            secrets.iter().map(|secret| json!({ "id": secret.id, "made": secret.made.map(when::moment) }));
        writeln!(out, "{}", json!({ "secrets": secrets.collect::<Vec<_>>() }))?;
    } else if secrets.is_empty() {
        writeln!(out, "the app client has no secret")?;
    } else {
        for secret in &secrets {
            writeln!(out, "{}", line(secret))?;
        }
    }
    Ok(())
}

fn line(secret: &Listed) -> String {
    let made = secret.made.map_or_else(|| "at an unknown time".to_owned(), when::moment);
    format!("{}  made {made}", secret.id)
}

fn add(args: &AddSecretArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Error> {
    let parameter = if args.raw || args.client.machine { None } else { Some(parameter(args)?) };
    let mut target = Target::new(&args.out, io::stdout().is_terminal())?;
    let (id, name) = crate::runtime()?.block_on(async {
        let client = find(&args.client).await?;
        let parameter = parameter.map(|existing| existing.name(&client));
        refuse_third(&client).await?;
        let added = client.add().await.map_err(|cause| in_doubt(cause, &client))?;
        match target.write(&form(&added.value, parameter), out) {
            Ok(()) => Ok((added.id, parameter)),
            Err(reason) => Err(undo(&client, &added, args.out.clone(), reason).await),
        }
    })?;
    match target {
        Target::Stdout => writeln!(err, "note: the new secret's id is {id}")?,
        Target::File(_) => writeln!(out, "{id}")?,
    }
    if let Some(name) = name {
        writeln!(
            err,
            "note: {} contains it as {name}; next: scripts/deploy --parameters {0}",
            args.out.display()
        )?;
    }
    Ok(())
}

/// The pool that config.json names. It decides which parameter of the template has the secret.
struct Existing(Option<platform::config::PoolId>);

impl Existing {
    fn name(&self, client: &AppClient) -> &'static str {
        if self.0.as_ref() == Some(&client.ids().pool) { EXISTING_PARAMETER } else { OWN_PARAMETER }
    }
}

fn parameter(args: &AddSecretArgs) -> Result<Existing, Error> {
    config::existing_pool(&args.client.config).map(Existing)
}

async fn refuse_third(client: &AppClient) -> Result<(), Error> {
    let secrets = client.secrets().await?;
    let id = || client.ids().client.clone();
    if secrets.len() >= LIMIT {
        let listed: Vec<_> = secrets.iter().map(line).collect();
        return Err(Error::SecretsFull { client: id(), listed: listed.join("; ") });
    }
    if secrets.is_empty() && !client.is_confidential().await? {
        return Err(Error::PublicClient { client: id() });
    }
    Ok(())
}

/// If the answer was lost, a secret may exist whose value nobody has.
fn in_doubt(cause: Error, client: &AppClient) -> Error {
    if !cause.leaves_doubt() {
        return cause;
    }
    Error::MaybeAdded { cause: Box::new(cause), client: client.ids().client.clone() }
}

/// A secret whose value is lost is useless, and takes the place of the next one.
async fn undo(client: &AppClient, added: &Added, path: PathBuf, reason: io::Error) -> Error {
    match client.remove(&added.id).await {
        Ok(()) => Error::SecretUnwritable { path, reason },
        Err(undo) => Error::SecretLeftBehind { path, reason, undo: Box::new(undo), id: added.id.clone() },
    }
}

/// A line for `scripts/deploy --parameters`, or only the value. A JSON string is also a YAML string.
fn form(value: &SecretString, parameter: Option<&str>) -> SecretString {
    let value = value.expose_secret();
    SecretString::from(
        parameter.map_or_else(|| value.to_owned(), |name| format!("{name}: {}\n", json!(value))),
    )
}

/// Where a value is written.
enum Target {
    Stdout,
    File(NewFile),
}

impl Target {
    /// The target is opened before any request: if it cannot be written, no secret is made.
    fn new(path: &Path, is_terminal: bool) -> Result<Self, Error> {
        match (path == Path::new(STDOUT), is_terminal) {
            (true, true) => Err(Error::SecretOnTerminal),
            (true, false) => Ok(Self::Stdout),
            (false, _) => NewFile::new(path).map(Self::File),
        }
    }

    fn write(&mut self, text: &SecretString, out: &mut dyn Write) -> io::Result<()> {
        let bytes = text.expose_secret().as_bytes();
        match self {
            Self::Stdout => out.write_all(bytes).and_then(|()| out.flush()),
            Self::File(file) => file.keep(bytes),
        }
    }
}

/// A file that did not exist before, and that is deleted if nothing complete was written.
struct NewFile {
    path: PathBuf,
    file: File,
    is_kept: bool,
}

impl NewFile {
    fn new(path: &Path) -> Result<Self, Error> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = file.map_err(|reason| Error::NoNewFile { path: path.to_owned(), reason })?;
        Ok(Self { path: path.to_owned(), file, is_kept: false })
    }

    fn keep(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.file.sync_all()?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // The file is empty, or contains part of a secret that is removed again.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn remove(args: &RemoveSecretArgs, err: &mut dyn Write) -> Result<(), Error> {
    // The error does not repeat the argument: a person may confuse the secret with its id.
    if !args.id.contains("--") {
        return Err(Error::NoSecretId);
    }
    crate::runtime()?.block_on(async {
        let client = find(&args.client).await?;
        let secrets = client.secrets().await?;
        let (name, id) = (client.ids().client.clone(), args.id.clone());
        let Some(place) = secrets.iter().position(|secret| secret.id == args.id) else {
            return Err(Error::NoSuchSecret { client: name, id });
        };
        if secrets.len() == 1 {
            return Err(Error::LastSecret { client: name, id });
        }
        if !args.yes {
            let which = if place == 0 { "older" } else { "newer" };
            let listed = secrets.get(place).map(line).unwrap_or_default();
            confirm(&format!("{listed}, the {which} of the app client {name}"), err)?;
        }
        client.remove(&args.id).await
    })
}

fn confirm(what: &str, err: &mut dyn Write) -> Result<(), Error> {
    if !io::stdin().is_terminal() {
        return Err(Error::NoTerminal { what: "a confirmation of the removal", instead: "pass --yes" });
    }
    write!(
        err,
        "Remove {what}?\nFrom then on, Cognito refuses whoever still uses it. Type yes to continue: "
    )?;
    err.flush()?;
    if is_yes(&mut io::stdin().lock())? { Ok(()) } else { Err(Error::NotAgreed) }
}

fn is_yes(answer: &mut dyn BufRead) -> Result<bool, Error> {
    let mut line = String::new();
    answer
        .read_line(&mut line)
        .map_err(|reason| Error::InputUnreadable { what: "stdin".to_owned(), reason })?;
    Ok(line.trim() == "yes")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_file_is_new_and_its_owner_s_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let mut target = Target::new(&path, true).unwrap();
        target.write(&SecretString::from("s3cret"), &mut Vec::new()).unwrap();
        drop(target);
        assert_eq!(fs::read_to_string(&path).unwrap(), "s3cret");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        let refused = Target::new(&path, true).err().unwrap();
        assert!(refused.to_string().contains("a new file"), "{refused}");
        assert_eq!((refused.exit_code(), fs::read_to_string(&path).unwrap().as_str()), (2, "s3cret"));
    }

    #[test]
    fn a_file_that_was_not_written_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        drop(Target::new(&path, true).unwrap());
        assert!(!path.exists());
    }

    #[test]
    fn no_terminal_gets_a_secret() {
        assert!(matches!(Target::new(Path::new("-"), true), Err(Error::SecretOnTerminal)));
        assert!(matches!(Target::new(Path::new("-"), false), Ok(Target::Stdout)));
    }

    #[test]
    fn only_a_whole_yes_is_one() {
        for (answer, agrees) in
            [("yes\n", true), ("yes", true), ("y\n", false), ("", false), ("yes!\n", false)]
        {
            assert_eq!(is_yes(&mut answer.as_bytes()).unwrap(), agrees, "{answer:?}");
        }
    }
}
