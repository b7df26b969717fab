//! `gatehouse policy`: what config.json grants to a caller, without any token.

use std::io::{self, Write};

use authorizer::{ApiScope, Grant, Principal, Refusal, Rules, UnixTime, document};
use platform::config::Config;
use platform::identity::{Authority, Identity, Names, TokenUse};
use serde_json::{Map, json};

use crate::cli::PolicyArgs;
use crate::config;
use crate::error::Error;
use crate::grants::{self, example_arn, granted};

pub(crate) fn run(args: &PolicyArgs, out: &mut dyn Write) -> Result<(), Error> {
    let config = config::read(&args.config)?;
    let (rules, principal, now) = (Rules::new(&config.authorizer.rules), principal(args), UnixTime::now());
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

/// The caller that the arguments describe: of the stack's own pool.
fn principal(args: &PolicyArgs) -> Principal {
    Principal {
        identity: Identity {
            subject: String::new(),
            username: None,
            token_use: TokenUse::Access,
            client_id: None,
            groups: Names::new(args.groups.iter().cloned()),
            scopes: Names::new(args.scopes.iter().cloned()),
            issuer: String::new(),
            authority: Authority::Own,
            expires_at: 0,
            token_id: None,
            claims: Map::new(),
        },
        audiences: Vec::new(),
        claims: Map::new(),
    }
}

fn print_document(
    args: &PolicyArgs,
    config: &Config,
    grant: Result<Grant<'_>, Refusal>,
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
