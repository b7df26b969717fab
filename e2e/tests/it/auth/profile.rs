//! The own account: read, changed, deleted.

use e2e::Stack;
use reqwest::Method;
use serde_json::json;

use super::people::{Member, PASSWORD, expect, expect_problem, sign_in};
use crate::{Outcome, PASSED, checks, skipped};

checks![
    the_own_account_is_read_and_changed,
    what_decides_a_users_rights_is_not_theirs_to_write,
    an_attribute_is_removed_with_null,
    a_code_for_an_attribute_can_be_asked_for,
    a_deleted_account_is_gone,
    without_a_token_there_is_no_account,
];

fn the_own_account_is_read_and_changed(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let signed_in = member.sign_in(stack)?;
    let change = json!({
        "name": "Ann Lee",
        "phoneNumber": "+14155550123",
        "locale": "en-GB",
        "attributes": { "zoneinfo": "Europe/Zurich" },
    });
    let changed = expect(&signed_in.send(stack, Method::PATCH, "/user", Some(&change))?, 200)?;
    assert_eq!(changed["updated"], json!(["locale", "name", "phone_number", "zoneinfo"]));
    assert_eq!(changed["deleted"], json!([]));
    let profile = signed_in.profile(stack)?;
    assert_eq!(profile["email"], member.email);
    assert_eq!((&profile["name"], &profile["phoneNumber"]), (&change["name"], &change["phoneNumber"]));
    assert_eq!(profile["attributes"], json!({ "locale": "en-GB", "zoneinfo": "Europe/Zurich" }));
    PASSED
}

fn what_decides_a_users_rights_is_not_theirs_to_write(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let signed_in = member.sign_in(stack)?;
    for name in ["custom:role", "email_verified", "phone_number_verified", "sub", "cognito:groups", "email"] {
        let change = json!({ "attributes": { name: "true" } });
        let answer = signed_in.send(stack, Method::PATCH, "/user", Some(&change))?;
        let problem = expect_problem(&answer, 422, "invalid_request")?;
        assert_eq!(problem["errors"][0]["pointer"], format!("/attributes/{name}"));
    }
    let profile = signed_in.profile(stack)?;
    assert_eq!(profile["sub"], member.sub);
    assert_eq!(profile["attributes"], json!({}));
    PASSED
}

/// What the local stack's Cognito does not know is nothing that the caller could mend.
const UNKNOWN_TO_COGNITO: u16 = 500;

fn an_attribute_is_removed_with_null(stack: &Stack) -> Outcome {
    let signed_in = Member::new(stack)?.sign_in(stack)?;
    expect(&signed_in.send(stack, Method::PATCH, "/user", Some(&json!({ "name": "Ann" })))?, 200)?;
    let answer = signed_in.send(stack, Method::PATCH, "/user", Some(&json!({ "name": null })))?;
    if answer.status == UNKNOWN_TO_COGNITO {
        return Ok(skipped("the local stack has no DeleteUserAttributes; auth::other_flows has it"));
    }
    assert_eq!(expect(&answer, 200)?["deleted"], json!(["name"]));
    assert!(signed_in.profile(stack)?.get("name").is_none());
    PASSED
}

fn a_code_for_an_attribute_can_be_asked_for(stack: &Stack) -> Outcome {
    let signed_in = Member::new(stack)?.sign_in(stack)?;
    let answer = signed_in.post(stack, "/user/verification-code", &json!({ "attribute": "email" }))?;
    if answer.status == UNKNOWN_TO_COGNITO {
        return Ok(skipped("the local stack has no attribute codes; auth::other_flows has them"));
    }
    assert_eq!(expect(&answer, 200)?["delivery"]["medium"], "EMAIL");
    PASSED
}

fn a_deleted_account_is_gone(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let signed_in = member.sign_in(stack)?;
    expect(&signed_in.send(stack, Method::DELETE, "/user", None)?, 204)?;
    expect_problem(&signed_in.send(stack, Method::GET, "/user", None)?, 401, "invalid_token")?;
    expect_problem(&sign_in(stack, &member.email, PASSWORD)?, 401, "invalid_credentials")?;
    PASSED
}

fn without_a_token_there_is_no_account(stack: &Stack) -> Outcome {
    for (method, path) in [
        (Method::GET, "/user"),
        (Method::PATCH, "/user"),
        (Method::DELETE, "/user"),
        (Method::POST, "/user/verification-code"),
        (Method::POST, "/user/confirm"),
        (Method::POST, "/user/password"),
        (Method::POST, "/user/signout"),
        (Method::POST, "/user/mfa/totp"),
        (Method::POST, "/user/mfa/totp/verify"),
        (Method::PUT, "/user/mfa"),
    ] {
        let answer = stack.ask(method.clone(), path, &[])?;
        assert_eq!(answer.status, 401, "{method} {path}: {}", answer.body);
    }
    PASSED
}
