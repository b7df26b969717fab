//! `gatehouse issuer add`: trusts a further issuer.
//!
//! | file | job |
//! |---|---|
//! | `discovery.rs` | reads the issuer's metadata |
//! | `algorithms.rs` | finds out what the issuer signs with |
//! | `entry.rs` | makes the entry of `authorizer.issuers` |
//! | `insert.rs` | inserts the entry into the text of config.json |
//!
//! `platform::config` alone decides what an entry may be. Nothing here is secret, and the only requests are
//! for public documents.

mod algorithms;
mod discovery;
mod entry;
mod insert;

use std::fs;
use std::io::Write;
use std::time::Duration;

use platform::config::Config;
use platform::document;
use serde_json::Value;

use crate::cli::{AddIssuerArgs, IssuerCommand};
use crate::config;
use crate::error::Error;
use entry::Entry;

/// The time limit for a document.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) fn run(command: &IssuerCommand, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Error> {
    let IssuerCommand::Add(args) = command;
    let text = config::text(&args.config)?;
    let place = place(args, &text)?;
    entry::has_terms(args)?;
    let (entry, notes) = entry(args)?;
    let with_entry = insert::insert(&text, &entry)
        .ok_or_else(|| Error::NotInserted { path: args.config.clone(), entry: entry.pretty() })?;
    check(args, &with_entry)?;
    for note in notes {
        writeln!(err, "note: {note}")?;
    }
    if args.dry_run {
        writeln!(out, "{}", entry.pretty())?;
        return Ok(());
    }
    let written = fs::write(&args.config, with_entry);
    written.map_err(|reason| Error::ConfigUnwritable { path: args.config.clone(), reason })?;
    writeln!(out, "{} lists it now, at /authorizer/issuers/{place}", args.config.display())?;
    Ok(())
}

/// The entry's position among the listed issuers. An issuer that is already listed must be changed by hand,
/// because only a person knows which of its terms should stay. The file is not checked otherwise, because a
/// rule may name the issuer before it is listed.
fn place(args: &AddIssuerArgs, text: &str) -> Result<usize, Error> {
    let name = args.config.display().to_string();
    let config = document::parse(text).map_err(|problems| Error::ConfigInvalid { name, problems })?;
    let listed = config.pointer("/authorizer/issuers").and_then(Value::as_array).map(Vec::as_slice);
    let listed = listed.unwrap_or_default();
    let is_same = |listed: &Value| listed.get("issuer").and_then(Value::as_str) == Some(args.issuer.as_str());
    match listed.iter().position(is_same) {
        Some(place) => Err(Error::IssuerListed { issuer: args.issuer.clone(), place }),
        None => Ok(listed.len()),
    }
}

/// Checks that the configuration is valid with the entry.
fn check(args: &AddIssuerArgs, text: &str) -> Result<(), Error> {
    let name = format!("{} with this issuer", args.config.display());
    let config = Config::parse(text).map_err(|problems| Error::ConfigInvalid { name, problems })?;
    let own = config.user_pool.id.as_ref();
    let own = own.map(|pool| pool.issuers(&config.user_pool.replica_regions)).unwrap_or_default();
    if own.iter().any(|own| own == args.issuer.as_str()) {
        return Err(Error::IssuerIsOwn { issuer: args.issuer.clone() });
    }
    Ok(())
}

/// The entry, and the sources of its parts.
fn entry(args: &AddIssuerArgs) -> Result<(Entry, Vec<String>), Error> {
    let mut notes = Vec::new();
    let entry = if args.issuer.is_cognito() {
        notes.push("a Cognito pool: the URL of its keys and its algorithm are known".to_owned());
        Entry::cognito(args)
    } else {
        let found = crate::runtime()?.block_on(discovery::read(&args.issuer, TIMEOUT))?;
        let (algorithms, source) = algorithms::choose(args, &found)?;
        let names: Vec<_> = algorithms.iter().map(|algorithm| algorithm.as_str()).collect();
        notes.push(format!("keys: {}, from {}", found.jwks_uri, found.url));
        notes.push(format!("algorithms: {}, {source}", names.join(", ")));
        if args.groups.is_none() {
            notes.push("groups: its users have none, until --groups names their path".to_owned());
        }
        Entry::oidc(args, &found.jwks_uri, algorithms)
    };
    notes.push(format!("rules: a rule is for it only with \"issuers\": [\"{}\"]", args.issuer));
    Ok((entry, notes))
}
