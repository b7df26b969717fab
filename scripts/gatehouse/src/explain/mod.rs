//! `gatehouse explain`: what the gate makes of a token, and why.
//!
//! | file | job |
//! |---|---|
//! | `input.rs` | the token or the event, as an event |
//! | `terms.rs` | the gate that it is shown to: pool, clients, keys |
//! | `advice.rs` | why a check failed, and what to do |
//! | `report.rs` | all of it, for people and for machines |
//!
//! Every check is the authorizer's own. The token and its signature are never printed.

mod advice;
mod input;
mod report;
mod terms;

use std::io::{self, Write};
use std::process::ExitCode;

use authorizer::UnixTime;
use authorizer::inspect::{Inspector, Keys};

use crate::cli::ExplainArgs;
use crate::config;
use crate::error::Error;
use report::Explanation;

pub(crate) fn run(args: &ExplainArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<ExitCode, Error> {
    let config = config::read(&args.config)?;
    let keys = terms::keys(args)?;
    let event = input::event(args, &config, &mut io::stdin().lock())?;
    let now = args.at.unwrap_or_else(UnixTime::now);
    let (inspector, report) = crate::runtime()?.block_on(async {
        let env = terms::environment(args, &config, err).await?;
        let look_up = |name: &str| env.get(name).cloned();
        let inspector = Inspector::new(&config, look_up, &keys).map_err(Error::NoGate)?;
        let report = inspector.report(&event, now).await;
        Ok::<_, Error>((inspector, report))
    })?;
    if let (Keys::File(path), Some(reason)) = (&keys, &report.key_fault) {
        return Err(Error::KeysUnusable { path: path.clone(), reason: reason.clone() });
    }
    let explanation = Explanation::new(&report, &inspector, now);
    if args.json {
        explanation.print_json(out)?;
    } else {
        explanation.print(out)?;
    }
    Ok(if explanation.is_let_in() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
