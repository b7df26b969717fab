//! `gatehouse issuer add`: trusts a further issuer.
//!
//! | file | job |
//! |---|---|
//! | `discovery.rs` | what the issuer says of itself |
//! | `algorithms.rs` | what it signs with |
//! | `entry.rs` | the entry of `authorizer.issuers` |
//! | `insert.rs` | the entry's place in the text of config.json |
//!
//! What an entry may be is decided in `platform::config` alone. Nothing in here is secret, and nothing is sent but requests
//! for documents that are open to everybody.

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

/// How long a document may take.
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
    writeln!(out, "{} has it now, at /authorizer/issuers/{place}", args.config.display())?;
    Ok(())
}

/// Where among the listed issuers it comes. One that is trusted already is changed by hand: which of its terms are to
/// stay, only a person knows. Nothing else is asked of the file as it is: a rule may name the issuer before it is listed.
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

/// Whether the configuration is a good one with the entry.
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

/// The entry, and where its parts are from.
fn entry(args: &AddIssuerArgs) -> Result<(Entry, Vec<String>), Error> {
    let mut notes = Vec::new();
    let entry = if args.issuer.is_cognito() {
        notes.push("a Cognito pool: where its keys are and what it signs with is known".to_owned());
        Entry::cognito(args)
    } else {
        let found = crate::runtime()?.block_on(discovery::read(&args.issuer, TIMEOUT))?;
        let (algorithms, source) = algorithms::choose(args, &found)?;
        let names: Vec<_> = algorithms.iter().map(|algorithm| algorithm.as_str()).collect();
        notes.push(format!("keys: {}, from {}", found.jwks_uri, found.url));
        notes.push(format!("algorithms: {}, {source}", names.join(", ")));
        if args.groups.is_none() {
            notes.push("groups: its users have none, until --groups says where they stand".to_owned());
        }
        Entry::oidc(args, &found.jwks_uri, algorithms)
    };
    notes.push(format!("rules: none is for it that does not say \"issuers\": [\"{}\"]", args.issuer));
    Ok((entry, notes))
}
