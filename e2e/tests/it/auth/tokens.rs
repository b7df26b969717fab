//! The life of a session: refreshing it, and the ways to end it.

use std::time::Duration;

use e2e::{Api, Jwt, Stack};
use reqwest::Method;
use serde_json::json;

use super::people::{Member, expect, expect_problem, text};
use crate::{Outcome, PASSED, checks};

checks![
    a_refresh_token_buys_new_tokens,
    what_is_no_refresh_token_buys_none,
    after_a_sign_out_the_refresh_token_buys_nothing,
    a_sign_out_everywhere_ends_every_session,
    a_refreshed_session_is_as_old_as_its_sign_in,
    only_a_refresh_token_signs_out,
];

fn a_refresh_token_buys_new_tokens(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let session = member.sign_in(stack)?;
    let body = json!({ "refreshToken": session.refresh });
    let refreshed = expect(&stack.post("/auth/refresh", &body)?, 200)?;
    let access = text(&refreshed, "/tokens/accessToken")?;
    assert_ne!(access, session.access);
    assert_eq!(Jwt::parse(&access)?.text("sub")?, member.sub);
    // Without rotation the old refresh token stays valid.
    assert!(refreshed["tokens"].get("refreshToken").is_none());
    expect(&stack.post("/auth/refresh", &body)?, 200)?;
    expect(&stack.get_with("/user", &access)?, 200)?;
    PASSED
}

fn what_is_no_refresh_token_buys_none(stack: &Stack) -> Outcome {
    let session = Member::new(stack)?.sign_in(stack)?;
    for token in ["not-a-refresh-token", &session.access, &session.id] {
        let answer = stack.post("/auth/refresh", &json!({ "refreshToken": token }))?;
        expect_problem(&answer, 401, "invalid_credentials")?;
    }
    let answer = stack.send(Method::POST, "/auth/refresh", &[], None)?;
    let problem = expect_problem(&answer, 422, "invalid_request")?;
    assert_eq!(problem["errors"][0]["pointer"], "/refreshToken");
    PASSED
}

fn after_a_sign_out_the_refresh_token_buys_nothing(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let (ended, other) = (member.sign_in(stack)?, member.sign_in(stack)?);
    let body = json!({ "refreshToken": ended.refresh });
    expect(&stack.post("/auth/signout", &body)?, 204)?;
    expect_problem(&stack.post("/auth/refresh", &body)?, 401, "invalid_credentials")?;
    // Signing out twice is not an error, and does not affect the other session.
    expect(&stack.post("/auth/signout", &body)?, 204)?;
    expect(&stack.post("/auth/refresh", &json!({ "refreshToken": other.refresh }))?, 200)?;
    PASSED
}

fn a_sign_out_everywhere_ends_every_session(stack: &Stack) -> Outcome {
    let member = Member::new(stack)?;
    let sessions = [member.sign_in(stack)?, member.sign_in(stack)?];
    expect(&sessions[0].send(stack, Method::POST, "/user/signout", None)?, 204)?;
    for session in &sessions {
        let answer = stack.post("/auth/refresh", &json!({ "refreshToken": session.refresh }))?;
        expect_problem(&answer, 401, "invalid_credentials")?;
        // Cognito knows that the session has ended. The gate alone would accept the token until it expires.
        let answer = session.send(stack, Method::GET, "/user", None)?;
        expect_problem(&answer, 401, "invalid_token")?;
    }
    PASSED
}

/// `maxAuthAgeSeconds` is checked against this time.
fn a_refreshed_session_is_as_old_as_its_sign_in(stack: &Stack) -> Outcome {
    let session = Member::new(stack)?.sign_in(stack)?;
    let signed_in = Jwt::parse(&session.access)?;
    // The claims have whole seconds.
    std::thread::sleep(Duration::from_millis(1100));
    let body = json!({ "refreshToken": session.refresh });
    let refreshed = expect(&stack.post("/auth/refresh", &body)?, 200)?;
    for name in ["/tokens/accessToken", "/tokens/idToken"] {
        let token = Jwt::parse(&text(&refreshed, name)?)?;
        for claim in ["auth_time", "origin_jti"] {
            assert_eq!(token.claims.get(claim), signed_in.claims.get(claim), "{claim} of {name}");
        }
        assert_ne!(token.claims.get("iat"), signed_in.claims.get("iat"), "{name}");
    }
    PASSED
}

fn only_a_refresh_token_signs_out(stack: &Stack) -> Outcome {
    let session = Member::new(stack)?.sign_in(stack)?;
    for token in [&session.access, &session.id] {
        let answer = stack.post("/auth/signout", &json!({ "refreshToken": token }))?;
        expect_problem(&answer, 400, "unsupported_token_type")?;
    }
    expect(&stack.post("/auth/refresh", &json!({ "refreshToken": session.refresh }))?, 200)?;
    PASSED
}
