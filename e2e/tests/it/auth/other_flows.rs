//! Flows that the local stack's Cognito only has through our own patches. They are tested with the function
//! alone and cognito-local, an independent emulator, so that our own idea of Cognito is not the only one that
//! the service is tested with.

use e2e::{CognitoLocal, Function, Pool, Stack, aws};
use reqwest::Method;
use serde_json::{Value, json};

use super::people::{Member, PASSWORD, answer_challenge, expect, expect_problem, session, sign_in};
use super::second_factor::{app, code};
use crate::{Outcome, PASSED, checks, skipped};

checks![attributes_are_verified_and_removed_and_a_factor_is_chosen];

const NO_NODE: &str = "cognito-local needs Node.js, which this machine does not have";

/// One emulator serves for all of it, because it takes a second to start.
fn attributes_are_verified_and_removed_and_a_factor_is_chosen(stack: &Stack) -> Outcome {
    let Some(emulator) = CognitoLocal::start()? else { return Ok(skipped(NO_NODE)) };
    let auth = Function::start(stack, &make_pool(stack, &emulator)?, &json!({}))?;
    a_new_address_counts_once_it_is_proven(&auth)?;
    a_code_for_an_attribute_can_be_asked_for(&auth)?;
    null_removes_an_attribute(&auth)?;
    one_of_two_factors_is_chosen(&auth)?;
    PASSED
}

fn make_pool(stack: &Stack, emulator: &CognitoLocal) -> Result<Pool, String> {
    let call =
        |operation: &str, body: Value| stack.aws_at(&emulator.endpoint, aws::COGNITO, operation, &body);
    let pool = json!({
        "PoolName": "other-flows",
        "UsernameAttributes": ["email"],
        "AutoVerifiedAttributes": ["email"],
        "MfaConfiguration": "OPTIONAL",
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
    });
    let pool = call("CreateUserPool", pool)?["UserPool"]["Id"].clone();
    let client = json!({ "UserPoolId": pool, "ClientName": "other-flows" });
    let client = call("CreateUserPoolClient", client)?["UserPoolClient"]["ClientId"].clone();
    Ok(Pool {
        endpoint: emulator.endpoint.clone(),
        // Only administrators' calls name the pool, and the emulator's ids do not have AWS's form.
        id: "us-east-1_OtherFlows".to_owned(),
        client_id: client.as_str().unwrap_or_default().to_owned(),
        client_secret: None,
    })
}

fn a_new_address_counts_once_it_is_proven(auth: &Function) -> Result<(), String> {
    let member = Member::new(auth)?;
    let signed_in = member.sign_in(auth)?;
    let address = format!("moved-{}", member.email);
    let change = json!({ "email": address });
    let changed = expect(&signed_in.send(auth, Method::PATCH, "/user", Some(&change))?, 200)?;
    assert_eq!(changed["updated"], json!(["email"]));
    assert_eq!(changed["deliveries"][0]["attribute"], "email");
    assert_eq!(signed_in.profile(auth)?["email"], member.email);

    let confirm =
        |code: &str| signed_in.post(auth, "/user/confirm", &json!({ "attribute": "email", "code": code }));
    expect_problem(&confirm("000000")?, 400, "invalid_code")?;
    expect(&confirm(CognitoLocal::CODE)?, 204)?;
    let profile = signed_in.profile(auth)?;
    assert_eq!((&profile["email"], &profile["emailVerified"]), (&json!(address), &json!(true)));
    Ok(())
}

fn a_code_for_an_attribute_can_be_asked_for(auth: &Function) -> Result<(), String> {
    let signed_in = Member::new(auth)?.sign_in(auth)?;
    let attribute = json!({ "attribute": "email" });
    // cognito-local sends the code but does not say to which address, which Cognito always does. The test
    // shows below that the code was sent.
    let answer = signed_in.post(auth, "/user/verification-code", &attribute)?;
    expect_problem(&answer, 502, "bad_gateway")?;
    let confirm = json!({ "attribute": "email", "code": CognitoLocal::CODE });
    expect(&signed_in.post(auth, "/user/confirm", &confirm)?, 204)?;
    assert_eq!(signed_in.profile(auth)?["emailVerified"], true);
    for body in [json!({ "attribute": "name" }), json!({})] {
        let answer = signed_in.post(auth, "/user/verification-code", &body)?;
        expect_problem(&answer, 422, "invalid_request")?;
    }
    Ok(())
}

fn null_removes_an_attribute(auth: &Function) -> Result<(), String> {
    let signed_in = Member::new(auth)?.sign_in(auth)?;
    let patch = |body: Value| signed_in.send(auth, Method::PATCH, "/user", Some(&body));
    expect(&patch(json!({ "name": "Ann", "attributes": { "nickname": "ann", "zoneinfo": "UTC" } }))?, 200)?;
    let changed =
        expect(&patch(json!({ "name": null, "locale": "de", "attributes": { "nickname": null } }))?, 200)?;
    assert_eq!(changed["updated"], json!(["locale"]));
    assert_eq!(changed["deleted"], json!(["name", "nickname"]));
    let profile = signed_in.profile(auth)?;
    assert!(profile.get("name").is_none());
    assert_eq!(profile["attributes"], json!({ "locale": "de", "zoneinfo": "UTC" }));
    Ok(())
}

fn one_of_two_factors_is_chosen(auth: &Function) -> Result<(), String> {
    let member = Member::new(auth)?;
    let signed_in = member.sign_in(auth)?;
    let key = expect(&signed_in.send(auth, Method::POST, "/user/mfa/totp", None)?, 200)?;
    let app = app(key["secret"].as_str().unwrap_or_default())?;
    expect(&signed_in.post(auth, "/user/mfa/totp/verify", &json!({ "code": code(&app) }))?, 204)?;
    let both = json!({ "totp": { "enabled": true }, "sms": { "enabled": true } });
    expect(&signed_in.send(auth, Method::PUT, "/user/mfa", Some(&both))?, 204)?;

    let begun = expect(&sign_in(auth, &member.email, PASSWORD)?, 200)?;
    let challenge = &begun["challenge"];
    assert_eq!((&challenge["name"], &challenge["expects"]), (&json!("SELECT_MFA_TYPE"), &json!(["answer"])));
    assert_eq!(challenge["parameters"]["MFAS_CAN_CHOOSE"], json!(["SMS_MFA", "SOFTWARE_TOKEN_MFA"]));
    let chosen = answer_challenge(auth, &begun, &json!({ "answer": "SOFTWARE_TOKEN_MFA" }))?;
    let chosen = expect(&chosen, 200)?;
    assert_eq!(chosen["challenge"]["name"], "SOFTWARE_TOKEN_MFA");
    let done = answer_challenge(auth, &chosen, &json!({ "code": code(&app) }))?;
    session(&expect(&done, 200)?)?;
    Ok(())
}
