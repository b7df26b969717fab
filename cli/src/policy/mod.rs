//! `gatehouse policy`: what config.json grants to a caller, without any token.

use std::io::{self, Write};

use authorizer::{ApiScope, DenyReason, Grant, Rules, UnixTime, document};
use platform::config::Config;
use serde_json::json;

use crate::cli::PolicyArgs;
use crate::config;
use crate::error::Error;
use crate::grants::{self, example_arn, granted};

mod caller;

pub(crate) fn run(args: &PolicyArgs, out: &mut dyn Write) -> Result<(), Error> {
    let config = config::read(&args.config)?;
    let (rules, now) = (Rules::new(&config.authorizer.rules), UnixTime::now());
    let principal = caller::principal(&args.caller, &config, now)?;
    if args.document {
        return print_document(args, &config, rules.grant(&principal, now), out);
    }
    let granted = granted(&rules, &principal, now);
    if args.json {
        writeln!(out, "{}", json!({ "routes": granted }))?;
    } else if granted.is_empty() {
        writeln!(out, "nothing is granted")?;
    } else {
        grants::print(&granted, "", out)?;
    }
    Ok(())
}

fn print_document(
    args: &PolicyArgs,
    config: &Config,
    grant: Result<Grant<'_>, DenyReason>,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let api = match &args.arn {
        Some(api) => api.clone(),
        None => {
            ApiScope::parse(&example_arn(config)).map_err(|error| Error::Output(io::Error::other(error)))?
        }
    };
    let document = document(grant, &api);
    serde_json::to_writer_pretty(&mut *out, &document).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}
