//! Passwords that are forgotten, and passwords that are changed.

use e2e::{Api, Stack, aws};
use reqwest::Method;
use serde_json::json;

use super::people::{Member, PASSWORD, RESET_CODE, expect, expect_problem, session, sign_in};
use crate::{Outcome, PASSED, checks};

checks![
    a_forgotten_password_is_reset_with_the_code,
    a_wrong_code_resets_nothing,
    a_second_code_for_a_reset_ends_the_first,
    a_reset_that_an_administrator_demands_is_done_with_the_code,
    the_password_is_changed_by_whoever_knows_it,
    a_password_is_not_changed_without_end,
];

const NEW_PASSWORD: &str = "Staple-battery-7";

fn a_forgotten_password_is_reset_with_the_code(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    expect(&stack.post("/auth/forgot-password", &json!({ "email": member.email }))?, 200)?;
    let weak = json!({ "email": member.email, "code": RESET_CODE, "newPassword": "weak-horse" });
    expect_problem(&stack.post("/auth/reset-password", &weak)?, 422, "weak_password")?;
    let body = json!({ "email": member.email, "code": RESET_CODE, "newPassword": NEW_PASSWORD });
    expect(&stack.post("/auth/reset-password", &body)?, 204)?;

    expect_problem(&sign_in(stack, &member.email, PASSWORD)?, 401, "invalid_credentials")?;
    session(&expect(&sign_in(stack, &member.email, NEW_PASSWORD)?, 200)?)?;
    // A code is valid only once.
    expect_problem(&stack.post("/auth/reset-password", &body)?, 400, "invalid_code")?;
    PASSED
}

fn a_wrong_code_resets_nothing(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let with = |code: &str| json!({ "email": member.email, "code": code, "newPassword": NEW_PASSWORD });
    // First before any code was sent, then with another code than the one that was sent.
    expect_problem(&stack.post("/auth/reset-password", &with(RESET_CODE))?, 400, "invalid_code")?;
    expect(&stack.post("/auth/forgot-password", &json!({ "email": member.email }))?, 200)?;
    for code in ["000000", "123456", "654322"] {
        expect_problem(&stack.post("/auth/reset-password", &with(code))?, 400, "invalid_code")?;
    }
    member.sign_in(stack)?;
    PASSED
}

fn a_second_code_for_a_reset_ends_the_first(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    for _ in 0..2 {
        expect(&stack.post("/auth/forgot-password", &json!({ "email": member.email }))?, 200)?;
    }
    let reset = |code: &str| {
        let body = json!({ "email": member.email, "code": code, "newPassword": NEW_PASSWORD });
        stack.post("/auth/reset-password", &body)
    };
    expect_problem(&reset(RESET_CODE)?, 400, "invalid_code")?;
    expect(&reset("654322")?, 204)?;
    session(&expect(&sign_in(stack, &member.email, NEW_PASSWORD)?, 200)?)?;
    PASSED
}

/// The code was mailed when the administrator demanded the reset. Until then the account cannot be used, not
/// even by a user who is signed in.
fn a_reset_that_an_administrator_demands_is_done_with_the_code(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let signed_in = member.sign_in(stack)?;
    let user = json!({ "UserPoolId": stack.deployment.user_pool_id, "Username": member.email });
    stack.aws(aws::COGNITO, "AdminResetUserPassword", &user)?;
    let answer = expect(&sign_in(stack, &member.email, PASSWORD)?, 200)?;
    assert_eq!(answer, json!({ "nextStep": { "name": "reset_password" } }));
    expect_problem(&signed_in.send(stack, Method::GET, "/user", None)?, 401, "invalid_token")?;
    let body = json!({ "email": member.email, "code": RESET_CODE, "newPassword": NEW_PASSWORD });
    expect(&stack.post("/auth/reset-password", &body)?, 204)?;
    session(&expect(&sign_in(stack, &member.email, NEW_PASSWORD)?, 200)?)?;
    PASSED
}

/// Cognito accepts five attempts an hour, whether or not they succeed.
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html>
fn a_password_is_not_changed_without_end(stack: &Stack) -> Outcome {
    let signed_in = Member::new(stack)?.sign_in(stack)?;
    let wrong = json!({ "previousPassword": "Wrong-horse-99", "newPassword": NEW_PASSWORD });
    for _ in 0..5 {
        expect_problem(&signed_in.post(stack, "/user/password", &wrong)?, 422, "invalid_request")?;
    }
    let right = json!({ "previousPassword": PASSWORD, "newPassword": NEW_PASSWORD });
    expect_problem(&signed_in.post(stack, "/user/password", &right)?, 429, "too_many_requests")?;
    PASSED
}

fn the_password_is_changed_by_whoever_knows_it(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let signed_in = member.sign_in(stack)?;
    let change = |previous: &str, new: &str| {
        signed_in.post(stack, "/user/password", &json!({ "previousPassword": previous, "newPassword": new }))
    };
    let problem = expect_problem(&change("Wrong-horse-99", NEW_PASSWORD)?, 422, "invalid_request")?;
    assert_eq!(problem["errors"][0]["pointer"], "/previousPassword");
    expect_problem(&change(PASSWORD, "weak-horse")?, 422, "weak_password")?;
    expect(&change(PASSWORD, NEW_PASSWORD)?, 204)?;
    expect_problem(&sign_in(stack, &member.email, PASSWORD)?, 401, "invalid_credentials")?;
    session(&expect(&sign_in(stack, &member.email, NEW_PASSWORD)?, 200)?)?;
    PASSED
}
