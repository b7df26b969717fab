//! An app client with a secret: every call has to prove that the caller knows it.

use e2e::{Api, Function, Jwt, Pool, Stack, aws};
use serde_json::{Value, json};

use super::people::{
    Member, PASSWORD, RESENT_CODE, RESET_CODE, answer_challenge, expect, expect_problem, session, sign_in,
    sign_up,
};
use crate::{Outcome, PASSED, checks, new_address};

checks![every_step_works_with_a_client_secret, a_wrong_secret_is_a_mistake_of_the_set_up_and_says_nothing];

/// Makes a client with a secret in the stack's own pool.
fn confidential_client(stack: &Stack) -> Result<Pool, String> {
    let endpoint = stack.deployment.endpoint().ok_or("the stack is in the cloud")?;
    let id = stack.deployment.user_pool_id.clone();
    let client = json!({
        "UserPoolId": id,
        "ClientName": new_address(),
        "GenerateSecret": true,
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "PreventUserExistenceErrors": "ENABLED",
    });
    let made = stack.aws(aws::COGNITO, "CreateUserPoolClient", &client)?;
    let text = |name: &str| made["UserPoolClient"][name].as_str().unwrap_or_default().to_owned();
    let secret = text("ClientSecret");
    assert!(!secret.is_empty());
    Ok(Pool { endpoint, id, client_id: text("ClientId"), client_secret: Some(secret) })
}

fn with_secret() -> Value {
    json!({ "userPool": { "clientSecret": true } })
}

fn every_step_works_with_a_client_secret(stack: &Stack) -> Outcome {
    let pool = confidential_client(stack)?;
    let auth = Function::start(stack, &pool, &with_secret())?;

    let newcomer = sign_up(&auth)?;
    expect(&auth.post("/auth/resend-code", &json!({ "email": newcomer.email }))?, 200)?;
    let verify = |code: &str| auth.post("/auth/verify", &json!({ "email": newcomer.email, "code": code }));
    expect_problem(&verify("000000")?, 400, "invalid_code")?;
    expect(&verify(RESENT_CODE)?, 204)?;
    expect_problem(&sign_in(&auth, &newcomer.email, "Wrong-horse-99")?, 401, "invalid_credentials")?;
    let signed_in = newcomer.sign_in(&auth)?;
    assert_eq!(Jwt::parse(&signed_in.access)?.text("client_id")?, pool.client_id);
    assert_eq!(signed_in.profile(&auth)?["sub"], newcomer.sub);

    // The hash is computed from the user name, which a refresh token does not contain.
    let refresh = json!({ "refreshToken": signed_in.refresh });
    expect(&auth.post("/auth/refresh", &refresh)?, 200)?;
    expect(&auth.post("/auth/signout", &refresh)?, 204)?;
    expect_problem(&auth.post("/auth/refresh", &refresh)?, 401, "invalid_credentials")?;

    expect(&auth.post("/auth/forgot-password", &json!({ "email": newcomer.email }))?, 200)?;
    let reset = json!({ "email": newcomer.email, "code": RESET_CODE, "newPassword": "Staple-battery-7" });
    expect(&auth.post("/auth/reset-password", &reset)?, 204)?;
    session(&expect(&sign_in(&auth, &newcomer.email, "Staple-battery-7")?, 200)?)?;

    answers_a_challenge(stack, &pool, &auth)?;
    PASSED
}

/// The answer to a challenge contains a hash too, computed from the user name in the challenge.
fn answers_a_challenge(stack: &Stack, pool: &Pool, auth: &Function) -> Result<(), String> {
    const TEMPORARY: &str = "Temporary-horse-1";
    let email = new_address();
    let user = json!({
        "UserPoolId": pool.id,
        "Username": email,
        "TemporaryPassword": TEMPORARY,
        "MessageAction": "SUPPRESS",
        "UserAttributes": [{ "Name": "email", "Value": email }],
    });
    stack.aws(aws::COGNITO, "AdminCreateUser", &user)?;
    let begun = expect(&sign_in(auth, &email, TEMPORARY)?, 200)?;
    let answer = answer_challenge(auth, &begun, &json!({ "newPassword": PASSWORD }))?;
    session(&expect(&answer, 200)?)?;
    Ok(())
}

fn a_wrong_secret_is_a_mistake_of_the_set_up_and_says_nothing(stack: &Stack) -> Outcome {
    let pool = confidential_client(stack)?;
    let member = Member::new(stack)?;
    let wrong = Pool { client_secret: Some("not-the-secret-of-this-client-0123456789".to_owned()), ..pool };
    let auth = Function::start(stack, &wrong, &with_secret())?;
    let answer = sign_in(&auth, &member.email, PASSWORD)?;
    assert_eq!(answer.status, 500, "{}", answer.body);
    assert!(!answer.body.to_ascii_lowercase().contains("secret"), "{}", answer.body);
    PASSED
}
