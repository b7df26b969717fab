//! An authenticator app: setting it up, using it, turning it off.

use std::time::{SystemTime, UNIX_EPOCH};

use e2e::Stack;
use reqwest::Method;
use serde_json::json;
use totp_rs::{Builder, Secret, Totp};

use super::people::{
    Member, PASSWORD, Session, answer_challenge, expect, expect_problem, session, sign_in, text,
};
use crate::{Outcome, PASSED, checks};

checks![
    an_authenticator_app_is_set_up_and_then_asked_for,
    a_code_of_an_authenticator_app_is_good_once,
    a_wrong_code_sets_nothing_up,
    a_factor_that_is_not_set_up_cannot_be_turned_on,
    a_second_factor_that_is_not_set_up_cannot_be_asked_for,
];

/// An app with the key from the service.
pub(super) fn app(key: &str) -> Result<Totp, String> {
    let secret = Secret::try_from_base32(key).map_err(|error| format!("the key is no base32: {error:?}"))?;
    Ok(Builder::new().with_secret(secret).build_noncompliant())
}

/// The app's current code.
pub(super) fn code(app: &Totp) -> String {
    code_in(app, 0)
}

/// The app's code half a minute later, which is already valid. Each code is valid only once, so a second code
/// within half a minute has to be this one.
pub(super) fn next_code(app: &Totp) -> String {
    code_in(app, 30)
}

fn code_in(app: &Totp, seconds: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    app.generate(now + seconds).to_string()
}

/// A user with an app that is set up and on, and one of their sessions.
fn member_with_app(stack: &Stack) -> Result<(Member, Session, Totp), String> {
    let member = Member::new(stack)?;
    let signed_in = member.sign_in(stack)?;
    let key = expect(&signed_in.send(stack, Method::POST, "/user/mfa/totp", None)?, 200)?;
    let app = app(&text(&key, "/secret")?)?;
    expect(&signed_in.post(stack, "/user/mfa/totp/verify", &json!({ "code": code(&app) }))?, 204)?;
    let prefer = json!({ "totp": { "enabled": true, "preferred": true } });
    expect(&signed_in.send(stack, Method::PUT, "/user/mfa", Some(&prefer))?, 204)?;
    Ok((member, signed_in, app))
}

fn an_authenticator_app_is_set_up_and_then_asked_for(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let signed_in = member.sign_in(stack)?;
    let key = expect(&signed_in.send(stack, Method::POST, "/user/mfa/totp", None)?, 200)?;
    let uri = text(&key, "/otpauthUri")?;
    let account = member.email.replace('@', "%40");
    let key = text(&key, "/secret")?;
    assert_eq!(uri, format!("otpauth://totp/gatehouse:{account}?secret={key}&issuer=gatehouse"));
    let app = app(&key)?;

    let verify = json!({ "code": code(&app), "deviceName": "the phone" });
    expect(&signed_in.post(stack, "/user/mfa/totp/verify", &verify)?, 204)?;
    // It is set up, but not yet required.
    assert_eq!(signed_in.profile(stack)?["mfa"], json!({ "enabled": [] }));
    member.sign_in(stack)?;
    let prefer = json!({ "totp": { "enabled": true, "preferred": true } });
    expect(&signed_in.send(stack, Method::PUT, "/user/mfa", Some(&prefer))?, 204)?;
    let mfa = &signed_in.profile(stack)?["mfa"];
    assert_eq!(mfa, &json!({ "preferred": "SOFTWARE_TOKEN_MFA", "enabled": ["SOFTWARE_TOKEN_MFA"] }));

    let begun = expect(&sign_in(stack, &member.email, PASSWORD)?, 200)?;
    assert_eq!(begun["challenge"]["name"], "SOFTWARE_TOKEN_MFA");
    assert_eq!(begun["challenge"]["expects"], json!(["code"]));
    let answer = answer_challenge(stack, &begun, &json!({ "code": "000000" }))?;
    expect_problem(&answer, 400, "invalid_code")?;
    let answer = answer_challenge(stack, &begun, &json!({ "code": next_code(&app) }))?;
    let signed_in = session(&expect(&answer, 200)?)?;
    assert_eq!(signed_in.profile(stack)?["sub"], member.sub);

    let off = json!({ "totp": { "enabled": false } });
    expect(&signed_in.send(stack, Method::PUT, "/user/mfa", Some(&off))?, 204)?;
    member.sign_in(stack)?;
    PASSED
}

fn a_code_of_an_authenticator_app_is_good_once(stack: &Stack) -> Outcome {
    let (member, _, app) = member_with_app(stack)?;
    let code = next_code(&app);
    let begun = expect(&sign_in(stack, &member.email, PASSWORD)?, 200)?;
    session(&expect(&answer_challenge(stack, &begun, &json!({ "code": code }))?, 200)?)?;
    let begun = expect(&sign_in(stack, &member.email, PASSWORD)?, 200)?;
    expect_problem(&answer_challenge(stack, &begun, &json!({ "code": code }))?, 400, "invalid_code")?;
    PASSED
}

fn a_factor_that_is_not_set_up_cannot_be_turned_on(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let signed_in = member.sign_in(stack)?;
    expect(&signed_in.send(stack, Method::POST, "/user/mfa/totp", None)?, 200)?;
    for factor in ["totp", "sms"] {
        let body = json!({ factor: { "enabled": true, "preferred": true } });
        let answer = signed_in.send(stack, Method::PUT, "/user/mfa", Some(&body))?;
        expect_problem(&answer, 409, "mfa_not_set_up")?;
    }
    // The user can still sign in.
    member.sign_in(stack)?;
    PASSED
}

fn a_wrong_code_sets_nothing_up(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let signed_in = member.sign_in(stack)?;
    // No app is being set up yet.
    let verify = json!({ "code": "000000" });
    expect_problem(&signed_in.post(stack, "/user/mfa/totp/verify", &verify)?, 400, "invalid_code")?;
    expect(&signed_in.send(stack, Method::POST, "/user/mfa/totp", None)?, 200)?;
    expect_problem(&signed_in.post(stack, "/user/mfa/totp/verify", &verify)?, 400, "invalid_code")?;
    assert_eq!(signed_in.profile(stack)?["mfa"]["enabled"], json!([]));
    member.sign_in(stack)?;
    PASSED
}

fn a_second_factor_that_is_not_set_up_cannot_be_asked_for(stack: &Stack) -> Outcome {
    let signed_in = Member::new(stack)?.sign_in(stack)?;
    for (body, pointer) in [
        (json!({}), ""),
        (json!({ "totp": { "enabled": false, "preferred": true } }), "/totp/preferred"),
        (
            json!({ "totp": { "enabled": true, "preferred": true }, "sms": { "enabled": true, "preferred": true } }),
            "/sms/preferred",
        ),
    ] {
        let answer = signed_in.send(stack, Method::PUT, "/user/mfa", Some(&body))?;
        let problem = expect_problem(&answer, 422, "invalid_request")?;
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
    PASSED
}
