//! What config.json grants, route by route, with the rules that grant each.
//!
//! Which routes these are is decided by the authorizer's `Rules` alone.

use std::io::Write;

use authorizer::Rules;
use platform::config::Config;
use platform::identity::Names;
use serde::Serialize;

use crate::error::Error;

/// A route that is granted.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Granted {
    /// As config.json writes it.
    route: String,
    /// The JSON pointers of the rules that grant it.
    rules: Vec<String>,
}

/// All that a configuration grants to a caller with these groups and scopes.
pub(crate) fn granted(config: &Config, groups: &Names, scopes: &Names) -> Vec<Granted> {
    let rules = Rules::new(&config.authorizer.rules);
    let Ok(grant) = rules.grant(groups, scopes) else { return Vec::new() };
    let granted = grant.routes().map(|route| {
        let grants = rules.met(groups, scopes).filter(|(_, rule)| rule.routes.as_slice().contains(route));
        Granted {
            route: route.to_string(),
            rules: grants.map(|(place, _)| format!("/authorizer/rules/{place}")).collect(),
        }
    });
    granted.collect()
}

/// Prints a route a line, each after `indent`.
pub(crate) fn print(granted: &[Granted], indent: &str, out: &mut dyn Write) -> Result<(), Error> {
    let width = granted.iter().map(|granted| granted.route.chars().count()).max().unwrap_or(0);
    for Granted { route, rules } in granted {
        writeln!(out, "{indent}{route:width$}  {}", rules.join(", "))?;
    }
    Ok(())
}

/// The ARN of a method in an API of this configuration whose account and id are made up.
pub(crate) fn example_arn(config: &Config) -> String {
    let (region, stage) = (&config.region, &config.api.stage);
    format!("arn:aws:execute-api:{region}:123456789012:abcdef1234/{stage}/GET/example")
}
