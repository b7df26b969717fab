//! Class 9: method ARNs that could widen a policy, and unusual ones that must work.
//!
//! The part after the stage is the caller's path. It may contain anything, and none of it may appear in the
//! answer.

use serde_json::{Value, json};
use testkit::authorizer_event::{ARN, event_for};
use testkit::issuer::KEY;

use super::fixture::claims;
use super::table::Expected::{self, Allow};
use super::table::{Case, Class, NO_ARN, NO_EVENT};

const PREFIX: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/";

pub(super) fn cases() -> Vec<Case> {
    [places(), paths(), widening(), malformed(), no_events()].into_iter().flatten().collect()
}

/// An event with a good token and this ARN.
fn case(name: impl Into<String>, arn: &str, expected: Expected, why: &'static str) -> Case {
    Class::Arn.case(name, event_for(&KEY.token(&claims()), arn), expected, why)
}

fn places() -> Vec<Case> {
    let why = "it is an API of AWS, and the policy speaks of it under its own name";
    [
        ("the cloud in China", "arn:aws-cn:execute-api:cn-north-1:123456789012:abcdef1234/v1/GET/whoami"),
        (
            "the cloud of a government",
            "arn:aws-us-gov:execute-api:us-gov-west-1:123456789012:abcdef1234/v1/GET/",
        ),
        ("a cloud apart", "arn:aws-iso-b:execute-api:us-isob-east-1:123456789012:abcdef1234/v1/GET/"),
        ("the default stage", "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/$default/GET/whoami"),
        ("a stage with other letters", "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/a-b_C9/GET/"),
        ("a WebSocket's connect", "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/$connect"),
        (
            "the console's test",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/test-invoke-stage/GET/",
        ),
    ]
    .into_iter()
    .map(|(name, arn)| case(name, arn, Allow, why))
    .chain([case(
        "a stage of 128 letters",
        &ARN.replace("/v1/", &format!("/{}/", "v".repeat(128))),
        Allow,
        why,
    )])
    .collect()
}

fn paths() -> Vec<Case> {
    let why = "the path is the caller's: it is neither looked at nor copied";
    let mut cases: Vec<Case> = [
        "GET/",
        "GET/*",
        "*",
        "*/*",
        "GET/?",
        "GET/../admin/users",
        "GET/..%2fadmin",
        "GET//",
        "//",
        "GET/%2f%2e%2e",
        "GET/${aws:username}",
        "GET/a:b:c",
        "GET/\u{e9}\u{1f600}",
        "GET/a b",
        "GET/\"]}",
        "GET/a\r\nb",
        "DELETE/admin",
    ]
    .into_iter()
    .map(|path| case(format!("the path {path:?}"), &format!("{PREFIX}{path}"), Allow, why))
    .collect();
    for length in [1_600, 1_601, 1 << 20] {
        let path = format!("GET/{}", "a".repeat(length - PREFIX.len() - "GET/".len()));
        cases.push(case(format!("{length} bytes"), &format!("{PREFIX}{path}"), Allow, why));
    }
    cases
}

/// ARNs whose prefix would open more than one API.
fn widening() -> Vec<Case> {
    let why = "a pattern in front of the path would open other APIs or stages";
    [
        "*",
        "arn:*",
        "arn:aws:execute-api:*",
        "arn:*:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/",
        "arn:aws:*:us-east-1:123456789012:abcdef1234/v1/GET/",
        "arn:aws:execute-api:*:123456789012:abcdef1234/v1/GET/",
        "arn:aws:execute-api:us-east-?:123456789012:abcdef1234/v1/GET/",
        "arn:aws:execute-api:us-east-1:*:abcdef1234/v1/GET/",
        "arn:aws:execute-api:us-east-1:123456789012:*/v1/GET/",
        "arn:aws:execute-api:us-east-1:123456789012:abcdef123?/v1/GET/",
        "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/*/GET/",
        "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v?/GET/",
        "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/${stage}/GET/",
        "arn:aws:execute-api:us-east-1:123456789012:${aws:userid}/v1/GET/",
        "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/../v1/GET/",
        "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/%2a/GET/",
        "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/$other/GET/",
    ]
    .into_iter()
    .map(|arn| case(arn, arn, NO_ARN, why))
    .collect()
}

fn malformed() -> Vec<Case> {
    let why = "it is not the ARN of a method of API Gateway";
    [
        "",
        " ",
        "nonsense",
        "arn:aws:execute-api:us-east-1:123456789012:abcdef1234",
        "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1",
        "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/",
        "arn:aws:execute-api:us-east-1:123456789012:abcdef1234//GET/",
        "arn:aws:execute-api:us-east-1:123456789012:/v1/GET/",
        "arn:aws:execute-api:us-east-1::abcdef1234/v1/GET/",
        "arn:aws:execute-api::123456789012:abcdef1234/v1/GET/",
        "arn::execute-api:us-east-1:123456789012:abcdef1234/v1/GET/",
        "arn:aws:lambda:us-east-1:123456789012:abcdef1234/v1/GET/",
        "arn:azure:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/",
        "ARN:AWS:EXECUTE-API:US-EAST-1:123456789012:ABCDEF1234/V1/GET/",
        "arn:aws:execute-api:us-east-1:12345678901:abcdef1234/v1/GET/",
        "arn:aws:execute-api:us-east-1:12345678901x:abcdef1234/v1/GET/",
        "arn:aws:execute-api:us-east-1:123456789012:abc\"def/v1/GET/",
        "arn:aws:execute-api:us-east-1\n:123456789012:abcdef1234/v1/GET/",
        "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1\0/GET/",
        "arn:aws:execute-api:us-east-1:123456789012:abcd\u{e9}f/v1/GET/",
        " arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/",
    ]
    .into_iter()
    .map(|arn| case(format!("malformed: {arn:?}"), arn, NO_ARN, why))
    .collect()
}

/// Events that are not API Gateway's, each with a good token in it.
fn no_events() -> Vec<Case> {
    let bearer = format!("Bearer {}", KEY.token(&claims()));
    let event =
        |kind: Value, arn: Value| json!({ "type": kind, "authorizationToken": bearer, "methodArn": arn });
    let why = "an event that nobody sent is not decided on";
    let case = |name: &str, event: Value, expected| Class::Arn.case(name, event, expected, why);
    vec![
        case("no ARN", json!({ "type": "TOKEN", "authorizationToken": bearer }), NO_ARN),
        case("an ARN that is null", event(json!("TOKEN"), json!(null)), NO_ARN),
        case("an ARN that is a list", event(json!("TOKEN"), json!([ARN])), NO_EVENT),
        case("the type in small letters", event(json!("token"), json!(ARN)), NO_EVENT),
        case("a type that is null", event(json!(null), json!(ARN)), NO_EVENT),
        case("no type", json!({ "authorizationToken": bearer, "methodArn": ARN }), NO_EVENT),
        case("a list of events", json!([event(json!("TOKEN"), json!(ARN))]), NO_EVENT),
        case("a text", json!(bearer), NO_EVENT),
        case("null", json!(null), NO_EVENT),
        case("an empty object", json!({}), NO_EVENT),
    ]
}
