//! The way from an unknown address to an account.

use e2e::{Api, Jwt, Stack};
use serde_json::json;

use super::people::{
    Member, PASSWORD, RESENT_CODE, RESET_CODE, SIGN_UP_CODE, expect, expect_problem, session, sign_in,
    sign_up,
};
use crate::{Outcome, PASSED, checks, new_address};

checks![
    a_verified_user_can_sign_in_and_see_their_account,
    attributes_of_a_sign_up_are_kept,
    a_wrong_code_confirms_nothing,
    a_code_that_is_sent_again_is_another_one,
    a_code_is_good_once,
    codes_are_not_sent_again_without_end,
    an_address_has_one_account,
    capitals_in_an_address_make_no_other_account,
    an_account_that_is_not_confirmed_keeps_its_address,
    an_address_that_is_not_proven_resets_no_password,
    a_weak_password_is_refused_with_the_reason,
];

fn a_verified_user_can_sign_in_and_see_their_account(stack: &Stack) -> Outcome {
    let email = new_address();
    let made = expect(&stack.post("/auth/signup", &json!({ "email": email, "password": PASSWORD }))?, 201)?;
    assert_eq!(made["confirmed"], false);
    assert_eq!(
        (&made["delivery"]["medium"], &made["delivery"]["attribute"]),
        (&json!("EMAIL"), &json!("email"))
    );
    // As much of the address as Cognito shows.
    assert_eq!(made["delivery"]["destination"], "n***@e***");
    expect(&stack.post("/auth/verify", &json!({ "email": email, "code": SIGN_UP_CODE }))?, 204)?;

    let member =
        Member { email: email.clone(), sub: made["userSub"].as_str().unwrap_or_default().to_owned() };
    let session = member.sign_in(stack)?;
    let profile = session.profile(stack)?;
    assert_eq!((&profile["sub"], &profile["email"]), (&made["userSub"], &json!(email)));
    // The profile and the ID token agree about the address. In the token it is a JSON boolean.
    assert_eq!(profile["emailVerified"], true);
    assert_eq!(Jwt::parse(&session.id)?.claims["email_verified"], true);
    assert_eq!(profile["mfa"]["enabled"], json!([]));
    // The same token opens the rest of the API, which agrees about its bearer.
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

fn a_code_that_is_sent_again_is_another_one(stack: &Stack) -> Outcome {
    let newcomer = sign_up(stack)?;
    let sent = expect(&stack.post("/auth/resend-code", &json!({ "email": newcomer.email }))?, 200)?;
    assert!(sent["detail"].is_string());
    let verify = |code: &str| stack.post("/auth/verify", &json!({ "email": newcomer.email, "code": code }));
    expect_problem(&verify(SIGN_UP_CODE)?, 400, "invalid_code")?;
    expect(&verify(RESENT_CODE)?, 204)?;
    newcomer.sign_in(stack)?;
    PASSED
}

fn a_code_is_good_once(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let again = json!({ "email": member.email, "code": SIGN_UP_CODE });
    expect_problem(&stack.post("/auth/verify", &again)?, 400, "invalid_code")?;
    // A confirmed user gets the same answer as everybody else, and no code.
    expect(&stack.post("/auth/resend-code", &json!({ "email": member.email }))?, 200)?;
    let next = json!({ "email": member.email, "code": RESENT_CODE });
    expect_problem(&stack.post("/auth/verify", &next)?, 400, "invalid_code")?;
    PASSED
}

/// Cognito sends five codes an hour. <https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html>
fn codes_are_not_sent_again_without_end(stack: &Stack) -> Outcome {
    let newcomer = sign_up(stack)?;
    let resend = || stack.post("/auth/resend-code", &json!({ "email": newcomer.email }));
    for _ in 0..5 {
        expect(&resend()?, 200)?;
    }
    let answer = resend()?;
    expect_problem(&answer, 429, "too_many_requests")?;
    assert_eq!(answer.header("retry-after"), Some("900"));
    PASSED
}

fn an_address_has_one_account(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let again = json!({ "email": member.email, "password": "Another-horse-9" });
    expect_problem(&stack.post("/auth/signup", &again)?, 409, "user_exists")?;
    member.sign_in(stack)?;
    PASSED
}

fn capitals_in_an_address_make_no_other_account(stack: &Stack) -> Outcome {
    let newcomer = sign_up(stack)?;
    let shouted = newcomer.email.to_uppercase();
    let again = json!({ "email": shouted, "password": "Another-horse-9" });
    expect_problem(&stack.post("/auth/signup", &again)?, 409, "user_exists")?;
    expect(&stack.post("/auth/resend-code", &json!({ "email": shouted }))?, 200)?;
    expect(&stack.post("/auth/verify", &json!({ "email": shouted, "code": RESENT_CODE }))?, 204)?;
    let signed_in = session(&expect(&sign_in(stack, &shouted, PASSWORD)?, 200)?)?;
    assert_eq!(signed_in.profile(stack)?["sub"], newcomer.sub);

    expect(&stack.post("/auth/forgot-password", &json!({ "email": shouted }))?, 200)?;
    let reset = json!({ "email": shouted, "code": RESET_CODE, "newPassword": "Another-horse-9" });
    expect(&stack.post("/auth/reset-password", &reset)?, 204)?;
    session(&expect(&sign_in(stack, &newcomer.email, "Another-horse-9")?, 200)?)?;
    PASSED
}

fn an_account_that_is_not_confirmed_keeps_its_address(stack: &Stack) -> Outcome {
    let newcomer = sign_up(stack)?;
    let again = json!({ "email": newcomer.email, "password": "Another-horse-9" });
    expect_problem(&stack.post("/auth/signup", &again)?, 409, "user_exists")?;
    expect(&stack.post("/auth/verify", &json!({ "email": newcomer.email, "code": SIGN_UP_CODE }))?, 204)?;
    newcomer.sign_in(stack)?;
    PASSED
}

/// Otherwise a reset would be a way to avoid the verification.
fn an_address_that_is_not_proven_resets_no_password(stack: &Stack) -> Outcome {
    let newcomer = sign_up(stack)?;
    expect(&stack.post("/auth/forgot-password", &json!({ "email": newcomer.email }))?, 200)?;
    let reset = json!({ "email": newcomer.email, "code": RESET_CODE, "newPassword": "Another-horse-9" });
    expect_problem(&stack.post("/auth/reset-password", &reset)?, 400, "invalid_code")?;
    let answer = expect(&sign_in(stack, &newcomer.email, PASSWORD)?, 200)?;
    assert_eq!(answer, json!({ "nextStep": { "name": "confirm_sign_up" } }));
    PASSED
}

fn a_weak_password_is_refused_with_the_reason(stack: &Stack) -> Outcome {
    // One reason at a time: the first one that applies.
    for (password, reason) in [
        ("Sh0rt-horse", "Password not long enough"),
        ("short", "Password not long enough"),
        ("no-upper-case-9", "Password must have uppercase characters"),
        ("NO-LOWER-CASE-9", "Password must have lowercase characters"),
        ("No-number-in-it", "Password must have numeric characters"),
        ("NoSymbolInIt99", "Password must have symbol characters"),
    ] {
        let body = json!({ "email": new_address(), "password": password });
        let problem = expect_problem(&stack.post("/auth/signup", &body)?, 422, "weak_password")?;
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(!detail.contains(password), "the password is in: {detail}");
        assert_eq!(detail, format!("The password does not meet the policy. {reason}"));
    }
    PASSED
}
