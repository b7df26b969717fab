//! From nothing to an account.

use e2e::{Api, Stack};
use serde_json::json;

use super::people::{Member, PASSWORD, SIGN_UP_CODE, expect, expect_problem, sign_in, sign_up};
use crate::{Outcome, PASSED, checks, new_address};

checks![
    whoever_signs_up_and_verifies_can_sign_in_and_see_the_own_account,
    attributes_of_a_sign_up_are_kept,
    a_wrong_code_confirms_nothing,
    a_code_can_be_sent_again,
    an_address_has_one_account,
    a_weak_password_is_refused_with_the_reason,
];

fn whoever_signs_up_and_verifies_can_sign_in_and_see_the_own_account(stack: &Stack) -> Outcome {
    let email = new_address();
    let made = expect(&stack.post("/auth/signup", &json!({ "email": email, "password": PASSWORD }))?, 201)?;
    assert_eq!(made["confirmed"], false);
    assert_eq!(
        (&made["delivery"]["medium"], &made["delivery"]["attribute"]),
        (&json!("EMAIL"), &json!("email"))
    );
    expect(&stack.post("/auth/verify", &json!({ "email": email, "code": SIGN_UP_CODE }))?, 204)?;

    let member =
        Member { email: email.clone(), sub: made["userSub"].as_str().unwrap_or_default().to_owned() };
    let session = member.sign_in(stack)?;
    let profile = session.profile(stack)?;
    assert_eq!((&profile["sub"], &profile["email"]), (&made["userSub"], &json!(email)));
    assert_eq!(profile["mfa"]["enabled"], json!([]));
    // The same token opens the rest of the API, and says the same of its bearer.
    let whoami = expect(&stack.get_with("/whoami", &session.access)?, 200)?;
    assert_eq!((&whoami["subject"], &whoami["groups"]), (&made["userSub"], &json!([])));
    // The ID token opens nothing.
    assert_eq!(stack.get_with("/user", &session.id)?.status, 401);
    PASSED
}

fn attributes_of_a_sign_up_are_kept(stack: &Stack) -> Outcome {
    let email = new_address();
    let body = json!({
        "email": email,
        "password": PASSWORD,
        "name": "Zoë \"Z\" Lee",
        "phoneNumber": "+14155550123",
        "attributes": { "locale": "de-CH", "nickname": "zo" },
    });
    let made = expect(&stack.post("/auth/signup", &body)?, 201)?;
    expect(&stack.post("/auth/verify", &json!({ "email": email, "code": SIGN_UP_CODE }))?, 204)?;
    let member = Member { email, sub: made["userSub"].as_str().unwrap_or_default().to_owned() };
    let profile = member.sign_in(stack)?.profile(stack)?;
    assert_eq!(profile["name"], body["name"]);
    assert_eq!(profile["phoneNumber"], body["phoneNumber"]);
    assert_eq!(profile["phoneNumberVerified"], false);
    assert_eq!(profile["attributes"], body["attributes"]);
    PASSED
}

fn a_wrong_code_confirms_nothing(stack: &Stack) -> Outcome {
    let newcomer = sign_up(stack)?;
    for code in ["000000", "123457", "12345", "1234567", "654321"] {
        let answer = stack.post("/auth/verify", &json!({ "email": newcomer.email, "code": code }))?;
        expect_problem(&answer, 400, "invalid_code")?;
    }
    let answer = expect(&sign_in(stack, &newcomer.email, PASSWORD)?, 200)?;
    assert_eq!(answer, json!({ "nextStep": { "name": "confirm_sign_up" } }));
    PASSED
}

fn a_code_can_be_sent_again(stack: &Stack) -> Outcome {
    let newcomer = sign_up(stack)?;
    let sent = expect(&stack.post("/auth/resend-code", &json!({ "email": newcomer.email }))?, 200)?;
    assert!(sent["detail"].is_string());
    expect(&stack.post("/auth/verify", &json!({ "email": newcomer.email, "code": SIGN_UP_CODE }))?, 204)?;
    newcomer.sign_in(stack)?;
    PASSED
}

fn an_address_has_one_account(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let again = json!({ "email": member.email, "password": "Another-horse-9" });
    expect_problem(&stack.post("/auth/signup", &again)?, 409, "user_exists")?;
    member.sign_in(stack)?;
    PASSED
}

fn a_weak_password_is_refused_with_the_reason(stack: &Stack) -> Outcome {
    for password in ["Sh0rt-horse", "no-upper-case-9", "NO-LOWER-CASE-9", "No-number-in-it", "NoSymbolInIt99"]
    {
        let body = json!({ "email": new_address(), "password": password });
        let problem = expect_problem(&stack.post("/auth/signup", &body)?, 422, "weak_password")?;
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(!detail.contains(password), "the password is in: {detail}");
        assert!(detail.starts_with("The password does not meet the policy. "), "{detail}");
    }
    PASSED
}
