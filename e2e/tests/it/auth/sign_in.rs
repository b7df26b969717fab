//! How a sign-in ends: with tokens, with a challenge, or with what the user has to do first.

use e2e::{Api, Stack, aws};
use serde_json::{Map, Value, json};

use super::people::{Member, PASSWORD, answer_challenge, expect, expect_problem, session, sign_in, sign_up};
use crate::{Outcome, PASSED, checks, new_address};

checks![
    a_wrong_password_is_refused,
    an_unconfirmed_user_is_told_what_to_do,
    a_temporary_password_is_replaced_at_the_first_sign_in,
    a_reset_by_an_administrator_leads_to_a_new_password,
    a_disabled_user_is_refused_like_a_wrong_password,
    an_answer_to_nobodys_challenge_is_refused,
    a_session_is_good_for_one_answer_of_one_user,
    a_new_password_has_to_meet_the_policy,
    too_many_wrong_passwords_lock_out_for_a_while,
];

const TEMPORARY: &str = "Temporary-horse-1";

/// A user whom an administrator has created with a temporary password, and the first answer to their sign-in.
fn newcomer(stack: &Stack) -> Result<(String, Value), String> {
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
    Ok((email, begun))
}

fn a_wrong_password_is_refused(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    for password in ["Wrong-horse-99", &PASSWORD.to_lowercase(), &format!("{PASSWORD}x")] {
        expect_problem(&sign_in(stack, &member.email, password)?, 401, "invalid_credentials")?;
    }
    let body = expect(&sign_in(stack, &member.email, PASSWORD)?, 200)?;
    // The minutes of config.json. The body contains nothing but the tokens.
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
    let (email, begun) = newcomer(stack)?;
    let challenge = &begun["challenge"];
    assert_eq!(challenge["name"], "NEW_PASSWORD_REQUIRED");
    assert!(challenge["expects"].as_array().is_some_and(|places| places.contains(&json!("newPassword"))));
    assert!(begun.get("tokens").is_none());
    // A value that the challenge does not ask for is refused.
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

fn a_session_is_good_for_one_answer_of_one_user(stack: &Stack) -> Outcome {
    let (email, begun) = newcomer(stack)?;
    let answers = json!({ "newPassword": PASSWORD });
    let with = |place: &str, value: &str| {
        let mut other = begun.clone();
        other["challenge"][place] = json!(value);
        answer_challenge(stack, &other, &answers)
    };
    for answer in [
        with("session", "a-session-that-nobody-was-given")?,
        with("username", &Member::new(stack)?.email)?,
        // The challenge asks for a new password.
        answer_challenge(
            stack,
            &json!({ "challenge": {
                "name": "SOFTWARE_TOKEN_MFA", "session": begun["challenge"]["session"], "username": email,
            }}),
            &json!({ "code": "123456" }),
        )?,
    ] {
        expect_problem(&answer, 401, "invalid_credentials")?;
    }
    session(&expect(&answer_challenge(stack, &begun, &answers)?, 200)?)?;
    let again = answer_challenge(stack, &begun, &json!({ "newPassword": "Staple-battery-7" }))?;
    expect_problem(&again, 401, "invalid_credentials")?;
    session(&expect(&sign_in(stack, &email, PASSWORD)?, 200)?)?;
    PASSED
}

fn a_new_password_has_to_meet_the_policy(stack: &Stack) -> Outcome {
    let (_, begun) = newcomer(stack)?;
    for weak in ["Horse-9", "weak-horse-without-numbers"] {
        let answer = answer_challenge(stack, &begun, &json!({ "newPassword": weak }))?;
        expect_problem(&answer, 422, "weak_password")?;
    }
    // The next answer may be right, without a new sign-in.
    session(&expect(&answer_challenge(stack, &begun, &json!({ "newPassword": PASSWORD }))?, 200)?)?;
    PASSED
}

fn too_many_wrong_passwords_lock_out_for_a_while(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    // Five attempts are free, and the lock after each further one is twice as long. So at least one of ten
    // meets a lock, however slow the machine is.
    for _ in 0..10 {
        let answer = sign_in(stack, &member.email, "Wrong-horse-99")?;
        if answer.status == 429 {
            expect_problem(&answer, 429, "too_many_attempts")?;
            assert_eq!(answer.header("retry-after"), Some("900"));
            return PASSED;
        }
        expect_problem(&answer, 401, "invalid_credentials")?;
    }
    Err("nobody was locked out".into())
}
