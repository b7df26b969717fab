//! Checks that the largest policy of the rules fits into an answer to API Gateway.

use std::collections::BTreeSet;

use super::problem;
use crate::config::{Config, Method};
use crate::document::Problem;

/// The largest answer that API Gateway accepts from the authorizer of a WebSocket API, in bytes.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>
pub const WEB_SOCKET_ANSWER_LIMIT: usize = 8_192;

/// The largest answer for any other API, in bytes. AWS documents no limit for it: the quotas of REST and HTTP APIs
/// name none, and Lambda allows 6 MB. This limit is our own. Two hundred services with a rule each fit, and the
/// policy that API Gateway keeps for a token and matches for each request stays small.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const ANSWER_LIMIT: usize = 262_144;

/// The part of [`ANSWER_LIMIT`] that is reserved for the caller's identity. The identity comes from a token of at
/// most 10 KB, and percent-encoding may make its names three times as long.
const CONTEXT_RESERVE: usize = 32_768;

/// The longest resource ARN that API Gateway accepts, in characters.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
pub const RESOURCE_LIMIT: usize = 512;

/// The longest possible part of an ARN before the stage: partition, region, account and API id.
const LONGEST_ARN_PREFIX: usize = "arn:aws-us-gov:execute-api:ap-southeast-99:123456789012:abcdefghij/".len();

/// Two quotes and a comma for each resource.
const JSON_PER_RESOURCE: usize = 3;

/// Checks the largest policy, which a caller gets who meets every condition.
pub(super) fn check(config: &Config) -> Vec<Problem> {
    let prefix = LONGEST_ARN_PREFIX + config.api.stage.as_str().len() + "/".len();
    let mut problems = Vec::new();
    let mut resources = BTreeSet::new();
    for (rule_index, rule) in config.authorizer.rules.iter().enumerate() {
        for (route_index, route) in rule.routes.as_slice().iter().enumerate() {
            let mut longest = 0;
            for resource in route.resources() {
                longest = longest.max(prefix + resource.len());
                resources.insert(resource);
            }
            if longest > RESOURCE_LIMIT {
                problems.push(problem(
                    format!("/authorizer/rules/{rule_index}/routes/{route_index}"),
                    format!(
                        "is {longest} characters as a resource, over the {RESOURCE_LIMIT} of IAM: shorten it"
                    ),
                ));
            }
        }
    }
    let size: usize = resources.iter().map(|resource| prefix + resource.len() + JSON_PER_RESOURCE).sum();
    let room = ANSWER_LIMIT - CONTEXT_RESERVE;
    if size > room {
        problems.push(problem(
            "/authorizer/rules",
            format!(
                "grant up to {size} bytes of policy, over the {room} that fit: end routes in /* where all below \
                 is meant, and name one method where * is not (a * counts as {} routes)",
                Method::ALL.len()
            ),
        ));
    }
    problems
}
