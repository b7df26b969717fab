//! The rules of `config.json` that concern more than one field.
//!
//! Each rule is a function that names its problems; none stops another.

use std::collections::BTreeSet;

use super::{
    AlarmTopicArn, Authorizer, CertificateArn, Config, Issuer, Kind, Operations, UserPool, WebAclArn,
};
use crate::document::Problem;

mod devices;
mod email;
mod messages;
mod own_pool;
mod plan;
mod rules;
mod second_factor;
mod sms;
mod threat;
mod turnstile;

/// What API Gateway takes as the answer of a WebSocket API's authorizer, in bytes.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>
pub const WEB_SOCKET_ANSWER_LIMIT: usize = 8_192;

/// The longest answer for any other API, in bytes. AWS names no limit there; its quota tables of REST and HTTP APIs have
/// none, and Lambda itself lets an answer be 6 MB. This one is ours: two hundred services with a rule each fit, and what
/// API Gateway has to keep for a token, and to match for each request, stays small.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const ANSWER_LIMIT: usize = 262_144;

/// What is left of [`ANSWER_LIMIT`] for the caller's identity. It comes out of a token of at most 10 KB, whose names
/// may be three times as long when they are percent-encoded.
const CONTEXT_RESERVE: usize = 32_768;

/// The longest resource ARN that API Gateway takes, in characters.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
pub const RESOURCE_LIMIT: usize = 512;

/// As long as the part of an ARN before the stage can get: partition, region, account and API id.
const LONGEST_ARN_PREFIX: usize = "arn:aws-us-gov:execute-api:ap-southeast-99:123456789012:abcdefghij/".len();

/// Two quotes and a comma for each resource.
const JSON_PER_RESOURCE: usize = 3;

pub(super) fn check(config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(pool_and_client_go_together(&config.user_pool));
    problems.extend(stale_is_not_before_fresh_ends(&config.authorizer));
    problems.extend(a_hanging_key_server_holds_no_more_than_every_second_call(&config.authorizer));
    for (index, issuer) in config.authorizer.issuers.iter().enumerate() {
        problems.extend(keys_can_be_found(index, issuer));
        problems.extend(a_kind_has_its_own_terms(index, issuer));
    }
    problems.extend(issuers_differ(&config.authorizer.issuers));
    problems.extend(rules::check(&config.authorizer));
    problems.extend(policy_fits(config));
    problems.extend(cookies_go_to_named_origins(config));
    problems.extend(a_confirmed_sign_up_tells(config));
    problems.extend(neighbours_are_in_the_same_region(config));
    problems.extend(some_address_answers(config));
    problems.extend(a_stage_has_one_web_acl(&config.operations));
    problems.extend(own_pool::check(&config.user_pool));
    problems.extend(plan::check(config));
    problems.extend(email::check(config));
    problems.extend(sms::check(config));
    problems.extend(second_factor::check(config));
    problems.extend(messages::check(config));
    problems.extend(threat::check(&config.user_pool));
    problems.extend(devices::check(&config.user_pool));
    problems.extend(turnstile::check(config));
    problems
}

fn problem(pointer: impl Into<String>, message: impl Into<String>) -> Problem {
    Problem { pointer: pointer.into(), message: message.into() }
}

fn pool_and_client_go_together(pool: &UserPool) -> Option<Problem> {
    match (&pool.id, &pool.client_id) {
        (Some(_), None) => Some(problem(
            "/userPool/clientId",
            "an existing pool needs its app client: set clientId, or set id to null to have both made",
        )),
        (None, Some(_)) => Some(problem(
            "/userPool/id",
            "an existing app client needs its pool: set id, or set clientId to null to have both made",
        )),
        _ => None,
    }
}

fn stale_is_not_before_fresh_ends(authorizer: &Authorizer) -> Option<Problem> {
    let jwks = &authorizer.jwks;
    (jwks.max_stale_seconds.get() < jwks.ttl_seconds.get()).then(|| {
        problem(
            "/authorizer/jwks/maxStaleSeconds",
            format!("must not be under ttlSeconds ({}), not {}", jwks.ttl_seconds, jwks.max_stale_seconds),
        )
    })
}

/// While a key server hangs, a fetch holds those who come while it runs, for `timeoutMillis` at most (a second try
/// included); those who come in the cooldown after its end are not held. So that callers who come at an even pace
/// are held in every second call at most, the cooldown is as long as the fetch may take, or longer.
fn a_hanging_key_server_holds_no_more_than_every_second_call(authorizer: &Authorizer) -> Option<Problem> {
    let jwks = &authorizer.jwks;
    (jwks.cooldown_seconds.get() * 1_000 < jwks.timeout_millis.get()).then(|| {
        problem(
            "/authorizer/jwks/cooldownSeconds",
            format!(
                "must not be under timeoutMillis ({} ms), not {} s: a key server that hangs would hold a caller \
                 more than once in two calls",
                jwks.timeout_millis, jwks.cooldown_seconds
            ),
        )
    })
}

fn keys_can_be_found(index: usize, issuer: &Issuer) -> Option<Problem> {
    issuer.jwks_url().is_none().then(|| {
        problem(
            format!("/authorizer/issuers/{index}/jwksUri"),
            format!("{} is not a Cognito issuer, so its key set must be named: set jwksUri", issuer.issuer),
        )
    })
}

/// What only the other kind of issuer has would be passed over without a word.
fn a_kind_has_its_own_terms(index: usize, issuer: &Issuer) -> Vec<Problem> {
    let place = |name: &str| format!("/authorizer/issuers/{index}/{name}");
    let foreign: &[(&str, bool)] = match issuer.kind {
        Kind::Cognito => &[
            ("audiences", issuer.audiences.is_some()),
            ("algorithms", issuer.algorithms.is_some()),
            ("claims", issuer.claims.is_some()),
        ],
        Kind::Oidc => &[("tokenUse", issuer.token_use.is_some())],
    };
    let why = match issuer.kind {
        Kind::Cognito => "is for an issuer of the kind oidc: leave it out, or set kind to \"oidc\"",
        Kind::Oidc => "is for an issuer of the kind cognito: of any other, access tokens alone are accepted",
    };
    let mut problems: Vec<_> =
        foreign.iter().filter(|(_, is_there)| *is_there).map(|(name, _)| problem(place(name), why)).collect();
    problems.extend(match (issuer.kind, &issuer.client_ids, &issuer.audiences) {
        (Kind::Cognito, None, _) => {
            Some(problem(place("clientIds"), "must name the app clients whose tokens are accepted"))
        }
        // Otherwise whatever the issuer signs for anybody would be let in (RFC 8725 section 3.9).
        (Kind::Oidc, None, None) => Some(problem(
            place("audiences"),
            "must name what the API is called in aud, or clientIds the clients whose tokens are accepted",
        )),
        _ => None,
    });
    if issuer.kind == Kind::Oidc && issuer.issuer.is_cognito() {
        problems.push(problem(place("kind"), "is not \"oidc\" for a Cognito user pool: leave kind out"));
    }
    problems
}

fn issuers_differ(issuers: &[Issuer]) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    for (index, issuer) in issuers.iter().enumerate() {
        if !seen.insert(issuer.issuer.as_str()) {
            let message = format!("{} is listed before: put all its clientIds in one entry", issuer.issuer);
            problems.push(problem(format!("/authorizer/issuers/{index}/issuer"), message));
        }
    }
    problems
}

/// A browser sends no cookie where an answer is open to all origins. And whoever is on the way to a page without TLS writes
/// that page, so its origin says nothing of who uses the cookie.
fn cookies_go_to_named_origins(config: &Config) -> Vec<Problem> {
    if !config.auth.refresh_cookie {
        return Vec::new();
    }
    let origins = config.api.cors_origins.iter().enumerate();
    let refused = origins.filter_map(|(index, origin)| match origin.as_str() {
        "*" => Some(problem(
            "/api/corsOrigins",
            "cannot be \"*\" with auth.refreshCookie: name the origins of your pages",
        )),
        _ if !origin.is_trustworthy() => Some(problem(
            format!("/api/corsOrigins/{index}"),
            "must be https with auth.refreshCookie (http only for localhost, 127.0.0.1 and [::1])",
        )),
        _ => None,
    });
    refused.collect()
}

/// A new account would be told from a known one by being confirmed.
fn a_confirmed_sign_up_tells(config: &Config) -> Option<Problem> {
    (config.auth.enumeration_safe && config.user_pool.auto_confirm).then(|| {
        let message =
            "cannot be true with userPool.autoConfirm, whose answer tells a new account from a known one";
        problem("/auth/enumerationSafe", message)
    })
}

/// Without a domain of its own, API Gateway's address is the only one that the API has.
fn some_address_answers(config: &Config) -> Option<Problem> {
    (config.api.disable_execute_api_endpoint && config.api.domain.is_none()).then(|| {
        let message = "leaves the API without any address: set api.domain too, or this to false";
        problem("/api/disableExecuteApiEndpoint", message)
    })
}

/// AWS WAF puts one web ACL at most before a resource.
///
/// <https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-associating-aws-resource.html>
fn a_stage_has_one_web_acl(operations: &Operations) -> Option<Problem> {
    (operations.web_acl.is_some() && operations.web_acl_arn.is_some()).then(|| {
        let message = "a stage has one web ACL: set this or operations.webAclArn to null";
        problem("/operations/webAcl", message)
    })
}

/// A regional API takes a certificate and a web ACL of its own region alone, and an alarm a topic.
fn neighbours_are_in_the_same_region(config: &Config) -> Vec<Problem> {
    let certificate = config.api.domain.as_ref().map(|domain| &domain.certificate_arn);
    let web_acl = config.operations.web_acl_arn.as_ref();
    let topic = config.operations.alarms.topic_arn.as_ref();
    [
        ("/api/domain/certificateArn", certificate.map(CertificateArn::region)),
        ("/operations/webAclArn", web_acl.map(WebAclArn::region)),
        ("/operations/alarms/topicArn", topic.map(AlarmTopicArn::region)),
    ]
    .into_iter()
    .filter_map(|(pointer, found)| {
        let found = found.filter(|found| *found != config.region.as_str())?;
        Some(problem(
            pointer,
            format!("must be one of the stack's region, {}, not of {found}", config.region),
        ))
    })
    .collect()
}

/// The widest policy that the rules can give: everything, to a caller who meets every condition.
fn policy_fits(config: &Config) -> Vec<Problem> {
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
                super::Method::ALL.len()
            ),
        ));
    }
    problems
}
