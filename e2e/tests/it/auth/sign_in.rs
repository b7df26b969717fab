//! How a sign-in ends: with tokens, with a question, or with what has to happen first.

use e2e::{Api, Stack, aws};
use serde_json::{Map, json};

use super::people::{Member, PASSWORD, answer_challenge, expect, expect_problem, session, sign_in, sign_up};
use crate::{Outcome, PASSED, checks, new_address};

checks![
    a_wrong_password_is_refused,
    an_unconfirmed_user_is_told_what_to_do,
    a_temporary_password_is_replaced_at_the_first_sign_in,
    a_reset_by_an_administrator_leads_to_a_new_password,
    a_disabled_user_is_refused_like_a_wrong_password,
    an_answer_to_nobodys_challenge_is_refused,
];

fn a_wrong_password_is_refused(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    for password in ["Wrong-horse-99", &PASSWORD.to_lowercase(), &format!("{PASSWORD}x")] {
        expect_problem(&sign_in(stack, &member.email, password)?, 401, "invalid_credentials")?;
    }
    let body = expect(&sign_in(stack, &member.email, PASSWORD)?, 200)?;
    // config.json's minutes; nothing but the tokens is told.
    assert_eq!((&body["tokens"]["expiresIn"], body.as_object().map(Map::len)), (&json!(3600), Some(1)));
    PASSED
}

fn an_unconfirmed_user_is_told_what_to_do(stack: &Stack) -> Outcome {
    let newcomer = sign_up(stack)?;
    let answer = expect(&sign_in(stack, &newcomer.email, PASSWORD)?, 200)?;
    assert_eq!(answer, json!({ "nextStep": { "name": "confirm_sign_up" } }));
    PASSED
}

fn a_temporary_password_is_replaced_at_the_first_sign_in(stack: &Stack) -> Outcome {
    const TEMPORARY: &str = "Temporary-horse-1";
    let email = new_address();
    let user = json!({
        "UserPoolId": stack.deployment.user_pool_id,
        "Username": email,
        "TemporaryPassword": TEMPORARY,
        "MessageAction": "SUPPRESS",
        "UserAttributes": [{ "Name": "email", "Value": email }, { "Name": "email_verified", "Value": "true" }],
    });
    stack.aws(aws::COGNITO, "AdminCreateUser", &user)?;

    let begun = expect(&sign_in(stack, &email, TEMPORARY)?, 200)?;
    let challenge = &begun["challenge"];
    assert_eq!(challenge["name"], "NEW_PASSWORD_REQUIRED");
    assert!(challenge["expects"].as_array().is_some_and(|places| places.contains(&json!("newPassword"))));
    assert!(begun.get("tokens").is_none());
    // What the challenge does not ask for is no answer to it.
    let answer = answer_challenge(stack, &begun, &json!({ "code": "000000" }))?;
    expect_problem(&answer, 422, "invalid_request")?;

    let answer = answer_challenge(stack, &begun, &json!({ "newPassword": PASSWORD }))?;
    let signed_in = session(&expect(&answer, 200)?)?;
    let profile = signed_in.profile(stack)?;
    assert_eq!((&profile["email"], &profile["emailVerified"]), (&json!(email), &json!(true)));
    expect_problem(&sign_in(stack, &email, TEMPORARY)?, 401, "invalid_credentials")?;
    session(&expect(&sign_in(stack, &email, PASSWORD)?, 200)?)?;
    PASSED
}

fn a_reset_by_an_administrator_leads_to_a_new_password(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let user = json!({ "UserPoolId": stack.deployment.user_pool_id, "Username": member.email });
    stack.aws(aws::COGNITO, "AdminResetUserPassword", &user)?;
    let answer = expect(&sign_in(stack, &member.email, PASSWORD)?, 200)?;
    assert_eq!(answer, json!({ "nextStep": { "name": "reset_password" } }));
    PASSED
}

fn a_disabled_user_is_refused_like_a_wrong_password(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let user = json!({ "UserPoolId": stack.deployment.user_pool_id, "Username": member.email });
    stack.aws(aws::COGNITO, "AdminDisableUser", &user)?;
    expect_problem(&sign_in(stack, &member.email, PASSWORD)?, 401, "invalid_credentials")?;
    PASSED
}

fn an_answer_to_nobodys_challenge_is_refused(stack: &Stack) -> Outcome {
    let body = json!({
        "name": "SOFTWARE_TOKEN_MFA",
        "session": "a-session-that-nobody-was-given",
        "username": new_address(),
        "answers": { "code": "000000" },
    });
    expect_problem(&stack.post("/auth/challenge", &body)?, 401, "invalid_credentials")?;
    PASSED
}
