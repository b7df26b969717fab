//! What config.json grants, route by route, with the rules that grant each route.
//!
//! The authorizer's `Rules` alone decide which routes these are.

use std::io::Write;

use authorizer::{Principal, Rules, UnixTime};
use platform::config::{Config, Partition, Rule};
use serde::Serialize;

use crate::error::Error;

/// A granted route.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Granted {
    /// As config.json writes it.
    route: String,
    /// The JSON pointers of the rules that grant it.
    rules: Vec<String>,
}

/// All that rules grant to a caller now.
pub(crate) fn granted(rules: &Rules, principal: &Principal, now: UnixTime) -> Vec<Granted> {
    let Ok(grant) = rules.grant(principal, now) else { return Vec::new() };
    let met: Vec<(usize, &Rule)> = rules
        .examine(principal, now)
        .enumerate()
        .filter(|(_, (_, unmet))| unmet.is_empty())
        .map(|(place, (rule, _))| (place, rule))
        .collect();
    let granted = grant.routes().map(|route| {
        let grants = met.iter().filter(|(_, rule)| rule.routes.as_slice().contains(route));
        Granted { route: route.to_string(), rules: grants.map(|(place, _)| pointer(*place)).collect() }
    });
    granted.collect()
}

/// The JSON pointer of a rule in config.json.
pub(crate) fn pointer(rule: usize) -> String {
    format!("/authorizer/rules/{rule}")
}

/// Prints each route on one line, after `indent`. The standard library pads the columns. A crate for tables
/// (`comfy-table`, `tabled`) would need as many lines to define the columns and to switch off its borders.
pub(crate) fn print(granted: &[Granted], indent: &str, out: &mut dyn Write) -> Result<(), Error> {
    let width = granted.iter().map(|granted| granted.route.chars().count()).max().unwrap_or(0);
    for Granted { route, rules } in granted {
        writeln!(out, "{indent}{route:width$}  {}", rules.join(", "))?;
    }
    Ok(())
}

/// The ARN of a method in an API of this configuration, with a made-up account and API id.
pub(crate) fn example_arn(config: &Config) -> String {
    let (region, stage) = (&config.region, &config.api.stage);
    let partition = Partition::of_region(region.as_str()).as_str();
    format!("arn:{partition}:execute-api:{region}:123456789012:abcdef1234/{stage}/GET/example")
}
