//! `gatehouse policy`: what config.json grants to a caller, without any token.

use std::io::{self, Write};

use authorizer::{ApiScope, Rules, document};
use platform::config::Config;
use platform::identity::Names;
use serde_json::json;

use crate::cli::PolicyArgs;
use crate::config;
use crate::error::Error;
use crate::grants::{self, example_arn, granted};

pub(crate) fn run(args: &PolicyArgs, out: &mut dyn Write) -> Result<(), Error> {
    let config = config::read(&args.config)?;
    let (groups, scopes) = (names(&args.groups), names(&args.scopes));
    if args.document {
        return print_document(args, &config, &groups, &scopes, out);
    }
    let granted = granted(&config, &groups, &scopes);
    if args.json {
        writeln!(out, "{}", json!({ "routes": granted }))?;
    } else if granted.is_empty() {
        writeln!(out, "nothing is granted")?;
    } else {
        grants::print(&granted, "", out)?;
    }
    Ok(())
}

/// The command line has seen to it that each is a name, or empty.
fn names(given: &[String]) -> Names {
    Names::new(given.iter().filter(|name| !name.is_empty()).cloned().collect()).unwrap_or_default()
}

fn print_document(
    args: &PolicyArgs,
    config: &Config,
    groups: &Names,
    scopes: &Names,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let api = match &args.arn {
        Some(api) => api.clone(),
        None => {
            ApiScope::parse(&example_arn(config)).map_err(|error| Error::Output(io::Error::other(error)))?
        }
    };
    let rules = Rules::new(&config.authorizer.rules);
    let document = document(rules.grant(groups, scopes), &api);
    serde_json::to_writer_pretty(&mut *out, &document).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}
