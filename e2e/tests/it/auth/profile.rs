//! The user's own account: reading, changing and deleting it.

use e2e::{Answer, Stack};
use reqwest::Method;
use serde_json::{Value, json};

use super::people::{Member, PASSWORD, Session, expect, expect_problem, session, sign_in};
use crate::{Outcome, PASSED, checks};

checks![
    the_own_account_is_read_and_changed,
    what_decides_a_users_rights_is_not_theirs_to_write,
    an_attribute_is_removed_with_null,
    an_attribute_that_the_pool_does_not_take_changes_nothing,
    a_new_address_counts_once_it_is_proven,
    a_new_number_is_not_proven,
    an_address_of_somebody_else_is_refused,
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

/// The first code that the local stack sends to verify an address. Each later one is higher by one.
const ADDRESS_CODE: &str = "246810";

fn an_attribute_is_removed_with_null(stack: &Stack) -> Outcome {
    let signed_in = Member::new(stack)?.sign_in(stack)?;
    let patch = |body: Value| signed_in.send(stack, Method::PATCH, "/user", Some(&body));
    let number = "+14155550123";
    expect(
        &patch(json!({ "name": "Ann", "phoneNumber": number, "attributes": { "zoneinfo": "UTC" } }))?,
        200,
    )?;
    let changed = expect(&patch(json!({ "name": null, "phoneNumber": null, "locale": "de" }))?, 200)?;
    assert_eq!(changed["updated"], json!(["locale"]));
    assert_eq!(changed["deleted"], json!(["name", "phone_number"]));
    let profile = signed_in.profile(stack)?;
    assert!(profile.get("name").is_none() && profile.get("phoneNumber").is_none());
    assert_eq!(profile["phoneNumberVerified"], false);
    assert_eq!(profile["attributes"], json!({ "locale": "de", "zoneinfo": "UTC" }));
    PASSED
}

fn an_attribute_that_the_pool_does_not_take_changes_nothing(stack: &Stack) -> Outcome {
    let signed_in = Member::new(stack)?.sign_in(stack)?;
    // Cognito requires ten characters in a birthdate.
    let change = json!({ "name": "Ann", "attributes": { "birthdate": "1.1.99" } });
    let answer = signed_in.send(stack, Method::PATCH, "/user", Some(&change))?;
    expect_problem(&answer, 400, "invalid_request")?;
    let profile = signed_in.profile(stack)?;
    assert_eq!((profile.get("name"), &profile["attributes"]), (None, &json!({})));
    PASSED
}

fn change_address(stack: &Stack, signed_in: &Session, address: &str) -> Result<Value, String> {
    expect(&signed_in.send(stack, Method::PATCH, "/user", Some(&json!({ "email": address })))?, 200)
}

fn prove_address(stack: &Stack, signed_in: &Session, code: &str) -> Result<Answer, String> {
    signed_in.post(stack, "/user/confirm", &json!({ "attribute": "email", "code": code }))
}

fn a_new_address_counts_once_it_is_proven(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let signed_in = member.sign_in(stack)?;
    let address = format!("moved-{}", member.email);
    let changed = change_address(stack, &signed_in, &address)?;
    assert_eq!(changed["updated"], json!(["email"]));
    let delivery = json!([{ "attribute": "email", "medium": "EMAIL", "destination": "m***@e***" }]);
    assert_eq!(changed["deliveries"], delivery);
    // Until then the old address works, and the new one belongs to nobody.
    let profile = signed_in.profile(stack)?;
    assert_eq!((&profile["email"], &profile["emailVerified"]), (&json!(member.email), &json!(true)));
    member.sign_in(stack)?;
    expect_problem(&sign_in(stack, &address, PASSWORD)?, 401, "invalid_credentials")?;

    expect_problem(&prove_address(stack, &signed_in, "000000")?, 400, "invalid_code")?;
    expect(&prove_address(stack, &signed_in, ADDRESS_CODE)?, 204)?;
    let profile = signed_in.profile(stack)?;
    assert_eq!((&profile["email"], &profile["emailVerified"]), (&json!(address), &json!(true)));
    expect_problem(&sign_in(stack, &member.email, PASSWORD)?, 401, "invalid_credentials")?;
    session(&expect(&sign_in(stack, &address, PASSWORD)?, 200)?)?;
    // A code is valid only once.
    expect_problem(&prove_address(stack, &signed_in, ADDRESS_CODE)?, 400, "invalid_code")?;
    PASSED
}

fn a_new_number_is_not_proven(stack: &Stack) -> Outcome {
    let signed_in = Member::new(stack)?.sign_in(stack)?;
    let change = json!({ "phoneNumber": "+14155550123" });
    let changed = expect(&signed_in.send(stack, Method::PATCH, "/user", Some(&change))?, 200)?;
    assert_eq!(changed["deliveries"], json!([]));
    assert_eq!(signed_in.profile(stack)?["phoneNumberVerified"], false);
    // The local stack sends no codes to phone numbers.
    let answer = signed_in.post(stack, "/user/verification-code", &json!({ "attribute": "phone_number" }))?;
    expect_problem(&answer, 502, "code_not_delivered")?;
    PASSED
}

fn an_address_of_somebody_else_is_refused(stack: &Stack) -> Outcome {
    let other = Member::new(stack)?;
    let member = Member::new(stack)?;
    let signed_in = member.sign_in(stack)?;
    for address in [other.email.clone(), other.email.to_uppercase()] {
        let answer = signed_in.send(stack, Method::PATCH, "/user", Some(&json!({ "email": address })))?;
        expect_problem(&answer, 409, "user_exists")?;
    }
    assert_eq!(signed_in.profile(stack)?["email"], member.email);
    other.sign_in(stack)?;
    PASSED
}

fn a_code_for_an_attribute_can_be_asked_for(stack: &Stack) -> Outcome {
    let signed_in = Member::new(stack)?.sign_in(stack)?;
    for _ in 0..2 {
        let answer = signed_in.post(stack, "/user/verification-code", &json!({ "attribute": "email" }))?;
        let delivery = json!({ "attribute": "email", "medium": "EMAIL", "destination": "n***@e***" });
        assert_eq!(expect(&answer, 200)?["delivery"], delivery);
    }
    expect_problem(&prove_address(stack, &signed_in, ADDRESS_CODE)?, 400, "invalid_code")?;
    expect(&prove_address(stack, &signed_in, "246811")?, 204)?;
    assert_eq!(signed_in.profile(stack)?["emailVerified"], true);
    // No code is sent without an address, or for an attribute that cannot be verified.
    let answer = signed_in.post(stack, "/user/verification-code", &json!({ "attribute": "phone_number" }))?;
    expect_problem(&answer, 400, "invalid_request")?;
    let answer = signed_in.post(stack, "/user/verification-code", &json!({ "attribute": "name" }))?;
    expect_problem(&answer, 422, "invalid_request")?;
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
        (Method::GET, "/user/devices"),
        (Method::POST, "/user/devices/confirm"),
        (Method::PUT, "/user/devices/us-east-1_0a1b"),
        (Method::DELETE, "/user/devices/us-east-1_0a1b"),
    ] {
        let answer = stack.ask(method.clone(), path, &[])?;
        assert_eq!(answer.status, 401, "{method} {path}: {}", answer.body);
    }
    PASSED
}
