//! The refresh token in a cookie (`auth.refreshCookie`), which a page's scripts cannot read.

use e2e::{Answer, Api, Function, Pool, Stack};
use reqwest::Method;
use serde_json::{Value, json};

use super::people::{Member, PASSWORD, expect, expect_problem, sign_in, text};
use crate::{Outcome, PASSED, checks};

checks![
    the_refresh_token_is_in_the_cookie_and_nowhere_else,
    the_cookie_refreshes_and_signs_out_from_an_own_page,
    the_cookie_counts_from_no_other_page,
    a_page_may_send_its_cookie,
];

const OWN_PAGE: &str = "https://app.example.com";
const NAME: &str = "__Host-refresh_token";

fn start(stack: &Stack) -> Result<Function, String> {
    let pool = own_pool(stack)?;
    let changes = json!({ "auth": { "refreshCookie": true }, "api": { "corsOrigins": [OWN_PAGE] } });
    Function::start(stack, &pool, &changes)
}

/// The pool and client of the deployed stack.
pub(super) fn own_pool(stack: &Stack) -> Result<Pool, String> {
    Ok(Pool {
        endpoint: stack.deployment.endpoint().ok_or("the stack is in the cloud")?,
        id: stack.deployment.user_pool_id.clone(),
        client_id: stack.deployment.user_pool_client_id.clone(),
        client_secret: None,
    })
}

/// The cookie that a browser stores from an answer: its name and value, and its attributes.
fn cookie(answer: &Answer) -> Result<(String, Vec<String>), String> {
    let mut parts = answer.header("set-cookie").ok_or("no Set-Cookie")?.split("; ").map(str::to_owned);
    let pair = parts.next().unwrap_or_default();
    Ok((pair, parts.collect()))
}

fn signed_in(stack: &Stack, auth: &Function) -> Result<String, String> {
    let member = Member::new(stack)?;
    let answer = sign_in(auth, &member.email, PASSWORD)?;
    expect(&answer, 200)?;
    Ok(cookie(&answer)?.0)
}

fn post(
    auth: &Function,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Result<Answer, String> {
    auth.send(Method::POST, path, headers, body)
}

fn the_refresh_token_is_in_the_cookie_and_nowhere_else(stack: &Stack) -> Outcome {
    let auth = start(stack)?;
    let member = Member::new(stack)?;
    let answer = sign_in(&auth, &member.email, PASSWORD)?;
    let body = expect(&answer, 200)?;
    assert!(body["tokens"].get("refreshToken").is_none());
    text(&body, "/tokens/accessToken")?;
    let (pair, attributes) = cookie(&answer)?;
    assert!(
        pair.strip_prefix(NAME).and_then(|rest| rest.strip_prefix('=')).is_some_and(|token| token.len() > 20)
    );
    // 30 days, only for this host.
    assert_eq!(attributes, ["HttpOnly", "SameSite=Strict", "Secure", "Path=/", "Max-Age=2592000"]);
    PASSED
}

fn the_cookie_refreshes_and_signs_out_from_an_own_page(stack: &Stack) -> Outcome {
    let auth = start(stack)?;
    let cookie_pair = signed_in(stack, &auth)?;
    let among_others = format!("theme=dark; {cookie_pair}; lang=de");
    let headers = [("Origin", OWN_PAGE), ("Cookie", among_others.as_str())];

    for body in [None, Some(json!({}))] {
        let refreshed = expect(&post(&auth, "/auth/refresh", &headers, body.as_ref())?, 200)?;
        let access = text(&refreshed, "/tokens/accessToken")?;
        expect(&auth.send_as(&access, Method::GET, "/user", None)?, 200)?;
    }
    // A script must have held a token that is in the body.
    let body = json!({ "refreshToken": "some-token" });
    expect_problem(&post(&auth, "/auth/refresh", &headers, Some(&body))?, 422, "invalid_request")?;

    let answer = post(&auth, "/auth/signout", &headers, None)?;
    expect(&answer, 204)?;
    let (pair, attributes) = cookie(&answer)?;
    assert_eq!(pair, format!("{NAME}="));
    assert!(attributes.contains(&"Max-Age=0".to_owned()) && attributes.contains(&"Path=/".to_owned()));
    expect_problem(&post(&auth, "/auth/refresh", &headers, None)?, 401, "invalid_credentials")?;
    PASSED
}

fn the_cookie_counts_from_no_other_page(stack: &Stack) -> Outcome {
    let auth = start(stack)?;
    let pair = signed_in(stack, &auth)?;
    let own = ("Origin", OWN_PAGE);
    for path in ["/auth/refresh", "/auth/signout"] {
        for origin in [
            "https://evil.example",
            "https://app.example.com.evil.example",
            "http://app.example.com",
            "null",
            "",
        ] {
            let answer = post(&auth, path, &[("Origin", origin), ("Cookie", &pair)], None)?;
            expect_problem(&answer, 403, "csrf_refused")
                .map_err(|why| format!("{path} from {origin}: {why}"))?;
        }
        expect_problem(&post(&auth, path, &[("Cookie", &pair)], None)?, 403, "csrf_refused")?;
    }
    // Two cookies do not refresh a session, because it is unknown which one counts. A browser without a
    // cookie is already signed out.
    let other = format!("{NAME}=another-host-s");
    let twice = format!("{pair}; {other}");
    for headers in [vec![own], vec![own, ("Cookie", twice.as_str())]] {
        expect_problem(&post(&auth, "/auth/refresh", &headers, None)?, 401, "invalid_credentials")?;
    }
    expect(&post(&auth, "/auth/signout", &[own], None)?, 204)?;
    // None of these requests has ended the session.
    expect(&post(&auth, "/auth/refresh", &[own, ("Cookie", &pair)], None)?, 200)?;
    // Signing out with both cookies ends both sessions.
    expect(&post(&auth, "/auth/signout", &[own, ("Cookie", &twice)], None)?, 204)?;
    expect_problem(
        &post(&auth, "/auth/refresh", &[own, ("Cookie", &pair)], None)?,
        401,
        "invalid_credentials",
    )?;
    PASSED
}

fn a_page_may_send_its_cookie(stack: &Stack) -> Outcome {
    let auth = start(stack)?;
    let preflight = |origin: &str| {
        let asked = [("Origin", origin), ("Access-Control-Request-Method", "POST")];
        auth.send(Method::OPTIONS, "/auth/refresh", &asked, None)
    };
    let answer = preflight(OWN_PAGE)?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("access-control-allow-origin"), Some(OWN_PAGE));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    let answer = preflight("https://evil.example")?;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    PASSED
}
