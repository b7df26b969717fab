//! `gatehouse pool check`: compares a user pool that Gatehouse did not make with what Gatehouse needs.
//!
//! It only reads. The table in `pool_check/checks/mod.rs` says what is checked and what the result means. This
//! file only makes the requests and prints the results. No secret of Cognito reaches this file.

mod checks;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::process::ExitCode;

use platform::config::Config;
use serde_json::json;

use crate::cli::{CheckPoolArgs, PoolCommand};
use crate::cognito::described::Described;
use crate::error::Error;
use crate::pool::{PoolIds, PoolSelection};
use crate::{aws, config, pool};
use checks::{CHECKS, Check, Finding, Mend, Verdict};

/// The warning before changes. The files must contain all current settings, because the AWS CLI sends them
/// along.
///
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html>,
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolClient.html>
const LOUD: &str = "ATTENTION: update-user-pool and update-user-pool-client SET BACK TO THEIR DEFAULTS all settings that a call does \
                    not give. pool.json and client.json have to hold those of now: docs/existing-pool.md shows how to write them.";

pub(crate) fn run(command: &PoolCommand, out: &mut dyn Write) -> Result<ExitCode, Error> {
    let PoolCommand::Check(args) = command;
    let config = config::read(&args.config)?;
    let (ids, found) = crate::runtime()?.block_on(read(args, &config))?;
    let findings = findings(found, &ids, &config)?;
    if args.json {
        print_json(&ids, &findings, out)?;
    } else {
        print(&ids, &findings, out)?;
    }
    let broken = findings.iter().any(|(_, finding)| finding.verdict == Verdict::Broken);
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn read(args: &CheckPoolArgs, config: &Config) -> Result<(PoolIds, Result<Described, Error>), Error> {
    let named = PoolSelection::parse(&args.pool)?;
    let named = named.or(config.user_pool.id.as_ref(), config.user_pool.client_id.as_ref());
    let aws = aws::load(&args.pool, named.region(), &args.config).await?;
    let ids = named.resolve(&aws, args.pool.stack()).await?;
    let others: Vec<_> =
        pool::clients(&args.pool)?.into_iter().filter(|other| *other != ids.client).collect();
    let found = Described::read(&aws, &ids, &others).await;
    Ok((ids, found))
}

/// A missing pool or client is a finding: it answers the user's question.
fn findings(
    found: Result<Described, Error>,
    ids: &PoolIds,
    config: &Config,
) -> Result<Vec<(&'static Check, Finding)>, Error> {
    match found {
        Ok(found) => Ok(judge(&found, ids, config)),
        Err(error @ Error::NoClient { .. }) => Ok(vec![checks::missing(&error)]),
        Err(error) => Err(error),
    }
}

fn judge(found: &Described, ids: &PoolIds, config: &Config) -> Vec<(&'static Check, Finding)> {
    let subject = checks::Subject { found, ids, config };
    CHECKS.iter().map(|check| (check, (check.judge)(&subject))).collect()
}

fn print(ids: &PoolIds, findings: &[(&Check, Finding)], out: &mut dyn Write) -> Result<(), Error> {
    writeln!(out, "user pool {}, app client {}", ids.pool, ids.client)?;
    for (check, finding) in findings {
        writeln!(out, "{:<8} {}: {}", finding.verdict.as_str(), check.name, finding.found)?;
        if finding.verdict == Verdict::Ok {
            continue;
        }
        writeln!(out, "         needed: {}", check.need)?;
        writeln!(out, "         so: {}", finding.follows)?;
        writeln!(out, "         mend: {}", mend(&finding.mend, ids))?;
        writeln!(out, "         see: {}", check.source)?;
    }
    let count = |verdict| findings.iter().filter(|(_, finding)| finding.verdict == verdict).count();
    let (broken, warnings) = (count(Verdict::Broken), count(Verdict::Warning));
    writeln!(out, "{} ok, {warnings} warning, {broken} broken", count(Verdict::Ok))?;
    if findings.iter().any(|(_, finding)| finding.mend.resets()) {
        writeln!(out, "{LOUD}")?;
    }
    Ok(())
}

fn print_json(ids: &PoolIds, findings: &[(&Check, Finding)], out: &mut dyn Write) -> Result<(), Error> {
    let checks = findings.iter().map(|(check, finding)| {
        let is_ok = finding.verdict == Verdict::Ok;
        json!({
            "name": check.name, "verdict": finding.verdict.as_str(), "need": check.need, "found": finding.found,
            "follows": (!is_ok).then_some(&finding.follows),
            "mend": (!is_ok).then(|| mend(&finding.mend, ids)),
            "resetsWhatIsNotGiven": finding.mend.resets(), "source": check.source,
        })
    });
    let checks: Vec<_> = checks.collect();
    let broken = findings.iter().any(|(_, finding)| finding.verdict == Verdict::Broken);
    let (pool, client) = (ids.pool.as_str(), ids.client.as_str());
    writeln!(
        out,
        "{}",
        json!({ "userPoolId": pool, "clientId": client, "broken": broken, "checks": checks })
    )?;
    Ok(())
}

/// The command that corrects it. For a change, the command reads a file with the current settings, so that
/// somebody who copies it without reading resets nothing. An option beside `--cli-input-json` replaces the
/// file's value.
///
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-skeleton.html>
fn mend(mend: &Mend, ids: &PoolIds) -> String {
    let aws = |command: &str, options: &str, file: &str| {
        let (pool, region) = (&ids.pool, ids.pool.region());
        format!(
            "aws cognito-idp {command} --region {region} --user-pool-id {pool} {options} --cli-input-json file://{file}"
        )
    };
    match mend {
        Mend::Pool(option) => aws("update-user-pool", option, "pool.json"),
        Mend::Client(option) => {
            aws("update-user-pool-client", &format!("--client-id {} {option}", ids.client), "client.json")
        }
        Mend::NewPool => "cannot be changed: a new pool".to_owned(),
        Mend::By(how) => how.clone(),
    }
}
