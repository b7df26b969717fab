//! `gatehouse explain`: what the gate decides about a token, and why.
//!
//! | file | job |
//! |---|---|
//! | `input.rs` | reads the token or the event, and makes it an event |
//! | `event.rs` | finds the kind of API that the event comes from |
//! | `token.rs` | reads the token's text, for texts about it |
//! | `terms.rs` | builds the gate: its pool, clients and keys |
//! | `open.rs` | says which of these are unknown here |
//! | `advice/mod.rs`, `advice/token.rs` | explains why a check failed, and how to correct it |
//! | `missed.rs` | finds the conditions of rules that are not met |
//! | `report.rs` | prints all of it, for people and for programs |
//! | `words.rs` | makes a token's text safe to print |
//!
//! Every check is the authorizer's own. The token and its signature are never printed.

mod advice;
mod event;
mod input;
mod missed;
mod open;
mod report;
mod terms;
mod token;
mod words;

use std::io::{self, Write};
use std::process::ExitCode;

use authorizer::UnixTime;
use authorizer::inspect::Keys;

use crate::cli::ExplainArgs;
use crate::config;
use crate::error::Error;
use advice::Case;
use event::Kind;
use open::Open;
use report::Explanation;
use terms::Subject;
use token::Shown;

pub(crate) fn run(args: &ExplainArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<ExitCode, Error> {
    let config = config::read(&args.config)?;
    let keys = terms::keys(args)?;
    let event = input::event(args, &config, &mut io::stdin().lock())?;
    let now = args.at.unwrap_or_else(UnixTime::now);
    let shown = Shown::of(&event);
    let subject = Subject { args, config: &config, event: &event, shown: &shown, now };
    let (terms, report) = crate::runtime()?.block_on(async {
        let terms = subject.terms(keys.clone(), err).await?;
        let report = terms.inspector.report(&event, now).await;
        Ok::<_, Error>((terms, report))
    })?;
    if let (Keys::File(path), Some(reason)) = (&keys, &report.key_fault) {
        return Err(Error::KeysUnusable { path: path.clone(), reason: reason.clone() });
    }
    let kind = if args.event.is_some() { Kind::of(&event) } else { Kind::Bare };
    let open = Open::of(&report, terms.assumed);
    let case = Case { report: &report, issuers: terms.inspector.issuers(), shown: &shown, kind, now, open };
    let explanation = Explanation::new(&case, terms.inspector.rules());
    if args.json {
        explanation.print_json(out)?;
    } else {
        explanation.print(out)?;
    }
    Ok(if explanation.is_let_in() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
