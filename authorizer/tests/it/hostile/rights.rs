//! Class 7, for tokens that are good: if the bearer lacks the rights, the answer is a denial and never a 401.

use authorizer::DenyReason;
use serde_json::{Value, json};
use testkit::issuer::with;

use super::fixture::{claims_with, signed, without};
use super::table::Expected::{self, Allow, Deny};
use super::table::{Case, Class};

const NO_RULE: Expected = Deny(DenyReason::NoRule);

fn case(name: &str, claims: &Value, expected: Expected) -> Case {
    let why = "names of groups and scopes are compared byte by byte, whole, and not with each other";
    Class::Claims.case(name, signed(claims), expected, why)
}

pub(super) fn cases() -> Vec<Case> {
    let groups = |groups: Value| claims_with("cognito:groups", groups);
    let nobody = || groups(json!([]));
    vec![
        case("the group", &groups(json!(["guests", "staff"])), Allow),
        case("the scope", &with(nobody(), "scope", json!("a orders/read")), Allow),
        case("no groups in the list", &nobody(), NO_RULE),
        case("no list of groups", &without(nobody(), "cognito:groups"), NO_RULE),
        case("the group in capitals", &groups(json!(["STAFF", "Staff"])), NO_RULE),
        case("a group that begins alike", &groups(json!(["staff2", "staf"])), NO_RULE),
        case("two groups in one name", &groups(json!(["staff,admins"])), NO_RULE),
        case("two groups with a space between", &groups(json!(["staff admins"])), NO_RULE),
        case("two groups with a wide space between", &groups(json!(["staff\u{2003}admins"])), NO_RULE),
        case("a group with its space encoded", &groups(json!(["staff%20admins", "%73taff"])), NO_RULE),
        case("no groups but null", &groups(json!(null)), NO_RULE),
        case("groups without a name", &groups(json!([null, ""])), NO_RULE),
        case("a group beside some without a name", &groups(json!([null, "", "staff"])), Allow),
        case("a group in brackets", &groups(json!(["[staff]", "\"staff\""])), NO_RULE),
        case("a group with an unseen letter", &groups(json!(["staff\u{200b}", "\u{202e}ffats"])), NO_RULE),
        case("a group of stars", &groups(json!(["*", "s*", "staf?"])), NO_RULE),
        case("a group of letters that look alike", &groups(json!(["st\u{430}ff"])), NO_RULE),
        case("the group under another name", &with(nobody(), "groups", json!(["staff"])), NO_RULE),
        case("the group as a scope", &with(nobody(), "scope", json!("staff")), NO_RULE),
        case("the scope as a group", &groups(json!(["orders/read"])), NO_RULE),
        case("a scope that begins alike", &with(nobody(), "scope", json!("orders/readonly orders")), NO_RULE),
        case("a scope of stars", &with(nobody(), "scope", json!("* orders/*")), NO_RULE),
        case("an empty scope", &with(nobody(), "scope", json!("")), NO_RULE),
    ]
}
