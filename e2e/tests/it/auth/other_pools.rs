//! Pools with other settings than the stack's: the function alone, with a new pool for each test.

use e2e::{Api, Function, Pool, Stack, aws};
use serde_json::{Value, json};

use super::people::{PASSWORD, answer_challenge, expect, expect_problem, session, sign_in, text};
use super::second_factor::{app, code, next_code};
use crate::{Outcome, PASSED, checks, new_address};

checks![
    a_user_chooses_how_to_sign_in_where_the_flow_is_user_auth,
    each_refresh_brings_a_new_token_where_they_rotate,
    a_required_authenticator_app_is_set_up_at_the_first_sign_in,
];

/// A pool with a client and a user, and the function that uses it, with the repository's config.json and
/// `changes` merged over it.
struct Own {
    auth: Function,
    email: String,
}

impl Own {
    fn new(stack: &Stack, pool: &Value, client: &Value, changes: &Value) -> Result<Self, String> {
        let call = |operation: &str, body: &Value| stack.aws(aws::COGNITO, operation, body);
        let mut made = json!({ "PoolName": new_address(), "UsernameAttributes": ["email"] });
        merge(&mut made, pool);
        let id = text(&call("CreateUserPool", &made)?, "/UserPool/Id")?;
        let mfa = json!({
            "UserPoolId": id,
            "MfaConfiguration": pool["MfaConfiguration"].as_str().unwrap_or("OFF"),
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        call("SetUserPoolMfaConfig", &mfa)?;
        let mut made =
            json!({ "UserPoolId": id, "ClientName": "own", "PreventUserExistenceErrors": "ENABLED" });
        merge(&mut made, client);
        let client_id = text(&call("CreateUserPoolClient", &made)?, "/UserPoolClient/ClientId")?;
        let email = new_address();
        let user = json!({ "UserPoolId": id, "Username": email });
        let with = |more: Value| {
            let mut body = user.clone();
            merge(&mut body, &more);
            body
        };
        let attributes = json!([{ "Name": "email", "Value": email }]);
        let invited = json!({
            "MessageAction": "SUPPRESS", "TemporaryPassword": PASSWORD, "UserAttributes": attributes,
        });
        call("AdminCreateUser", &with(invited))?;
        call("AdminSetUserPassword", &with(json!({ "Password": PASSWORD, "Permanent": true })))?;
        let endpoint = stack.deployment.endpoint().ok_or("the stack is in the cloud")?;
        let pool = Pool { endpoint, id, client_id, client_secret: None };
        Ok(Self { auth: Function::start(stack, &pool, changes)?, email })
    }
}

fn merge(value: &mut Value, more: &Value) {
    if let (Value::Object(members), Value::Object(more)) = (value, more) {
        members.extend(more.clone());
    }
}

fn a_user_chooses_how_to_sign_in_where_the_flow_is_user_auth(stack: &Stack) -> Outcome {
    let client = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] });
    let changes = json!({ "auth": { "flow": "USER_AUTH" } });
    let Own { auth, email } = Own::new(stack, &json!({}), &client, &changes)?;
    // At once, with a password.
    session(&expect(&sign_in(&auth, &email, PASSWORD)?, 200)?)?;
    expect_problem(&sign_in(&auth, &email, "Wrong-horse-99")?, 401, "invalid_credentials")?;

    // Or from a list, which is the same for an unknown address.
    for email in [email.clone(), new_address()] {
        let begun = expect(&auth.post("/auth/signin", &json!({ "email": email }))?, 200)?;
        let challenge = &begun["challenge"];
        assert_eq!(challenge["name"], "SELECT_CHALLENGE");
        assert_eq!(challenge["parameters"]["availableChallenges"], json!(["PASSWORD_SRP", "PASSWORD"]));
        let choose = |password: &str| {
            answer_challenge(&auth, &begun, &json!({ "answer": "PASSWORD", "password": password }))
        };
        expect_problem(&choose("Wrong-horse-99")?, 401, "invalid_credentials")?;
    }
    let begun = expect(&auth.post("/auth/signin", &json!({ "email": email }))?, 200)?;
    let chosen = answer_challenge(&auth, &begun, &json!({ "answer": "PASSWORD", "password": PASSWORD }))?;
    session(&expect(&chosen, 200)?)?;

    // A user who asks for a passkey and has none gets other options.
    let wish = json!({ "email": email, "preferredChallenge": "WEB_AUTHN" });
    let begun = expect(&auth.post("/auth/signin", &wish)?, 200)?;
    assert_eq!(begun["challenge"]["name"], "SELECT_CHALLENGE");
    PASSED
}

fn each_refresh_brings_a_new_token_where_they_rotate(stack: &Stack) -> Outcome {
    let client = json!({
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 },
    });
    let changes = json!({ "userPool": { "refreshTokenRotation": true } });
    let Own { auth, email } = Own::new(stack, &json!({}), &client, &changes)?;
    let first = session(&expect(&sign_in(&auth, &email, PASSWORD)?, 200)?)?.refresh;
    let refresh = |token: &str| auth.post("/auth/refresh", &json!({ "refreshToken": token }));
    let second = text(&expect(&refresh(&first)?, 200)?, "/tokens/refreshToken")?;
    assert_ne!(first, second);
    expect_problem(&refresh(&first)?, 401, "refresh_token_reused")?;
    // This ends no session.
    let third = text(&expect(&refresh(&second)?, 200)?, "/tokens/refreshToken")?;
    expect(&auth.post("/auth/signout", &json!({ "refreshToken": third }))?, 204)?;
    expect_problem(&refresh(&third)?, 401, "invalid_credentials")?;
    PASSED
}

fn a_required_authenticator_app_is_set_up_at_the_first_sign_in(stack: &Stack) -> Outcome {
    let pool = json!({ "MfaConfiguration": "ON" });
    let client = json!({ "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] });
    let changes = json!({ "userPool": { "mfa": "ON" } });
    let Own { auth, email } = Own::new(stack, &pool, &client, &changes)?;
    let begun = expect(&sign_in(&auth, &email, PASSWORD)?, 200)?;
    assert_eq!(begun["challenge"]["name"], "MFA_SETUP");
    assert!(begun.get("tokens").is_none());
    let app = app(&text(&begun, "/challenge/parameters/secret")?)?;
    expect_problem(&answer_challenge(&auth, &begun, &json!({ "code": "000000" }))?, 400, "invalid_code")?;
    session(&expect(&answer_challenge(&auth, &begun, &json!({ "code": code(&app) }))?, 200)?)?;

    let begun = expect(&sign_in(&auth, &email, PASSWORD)?, 200)?;
    assert_eq!(begun["challenge"]["name"], "SOFTWARE_TOKEN_MFA");
    session(&expect(&answer_challenge(&auth, &begun, &json!({ "code": next_code(&app) }))?, 200)?)?;
    PASSED
}
