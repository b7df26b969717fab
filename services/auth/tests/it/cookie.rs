//! The refresh token in a cookie: set, used, cleared, and of no use to the pages of others.

use std::time::Duration;

use auth::Settings;
use auth::provider::{Refusal, Tokens};
use serde_json::json;
use testkit::request::Request;

use crate::fake::{Fake, REFRESH_TOKEN, Script, tokens};
use crate::gateway::{Answer, send, send_to, settings};
use crate::routes;

const APP: &str = "https://app.example.com";
const SET: &str =
    "__Host-refresh_token=new.refresh.token; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=2592000";
const CLEARED: &str = "__Host-refresh_token=; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0";

fn in_cookie() -> Settings {
    Settings {
        refresh_cookie: Some(Duration::from_hours(30 * 24)),
        origins: vec![APP.to_owned()],
        ..settings()
    }
}

/// From a page of ours, with the cookie.
fn with_cookie(path: &str) -> Request {
    let cookie = format!("theme=dark; __Host-refresh_token={REFRESH_TOKEN}; lang=de");
    Request::new("POST", path).header("Origin", APP).header("Cookie", &cookie)
}

fn assert_tokens_without_refresh(answer: &Answer) {
    answer.assert_json(
        200,
        &json!({ "tokens": {
            "accessToken": "new.access.token", "idToken": "new.id.token", "expiresIn": 3600,
            "tokenType": "Bearer",
        }}),
    );
}

#[tokio::test]
async fn a_sign_in_puts_the_token_into_the_cookie_and_not_into_the_body() {
    for name in ["POST /auth/signin", "POST /auth/challenge"] {
        let answer = send_to(&Fake::willing(), &in_cookie(), &routes::route(name).request()).await;
        assert_tokens_without_refresh(&answer);
        assert_eq!(answer.header("set-cookie"), Some(SET));
    }
}

#[tokio::test]
async fn a_refresh_takes_the_cookie_and_sets_the_next_one() {
    for request in [with_cookie("/auth/refresh"), with_cookie("/auth/refresh").text("{}")] {
        let fake = Fake::willing();
        let answer = send_to(&fake, &in_cookie(), &request).await;
        assert_tokens_without_refresh(&answer);
        assert_eq!(answer.header("set-cookie"), Some(SET));
        assert_eq!(fake.calls(), ["refresh REFRESH_TOKEN"]);
    }
}

#[tokio::test]
async fn a_refresh_without_rotation_leaves_the_cookie_alone() {
    let fake = Fake::playing(Script { tokens: || Tokens { refresh: None, ..tokens() }, ..Script::default() });
    let answer = send_to(&fake, &in_cookie(), &with_cookie("/auth/refresh")).await;
    assert_tokens_without_refresh(&answer);
    assert_eq!(answer.header("set-cookie"), None);
}

/// Whatever becomes of it in Cognito: who sits down at the browser next must not find it.
#[tokio::test]
async fn a_sign_out_takes_the_cookie_away() {
    for (refusal, status_and_code) in [
        (None, "204"),
        // There is nothing to end any more, or nothing that was a session.
        (Some(Refusal::NotAuthorized), "204"),
        (Some(Refusal::Unauthorized), "204"),
        (Some(Refusal::UnsupportedTokenType), "204"),
        (Some(Refusal::InvalidParameter), "204"),
        // The client is set to revoke nothing.
        (Some(Refusal::UnsupportedOperation), "204"),
        (Some(Refusal::TooManyRequests), "429 too_many_requests"),
        (Some(Refusal::Forbidden), "403 forbidden"),
        (Some(Refusal::InternalError), "502 bad_gateway"),
        (Some(Refusal::Unreachable), "502 bad_gateway"),
        (Some(Refusal::OperationNotEnabled), "503 not_available_here"),
        (Some(Refusal::TimedOut), "504 gateway_timeout"),
    ] {
        let fake = refusal.map_or_else(Fake::willing, Fake::refusing);
        let answer = send_to(&fake, &in_cookie(), &with_cookie("/auth/signout")).await;
        assert_eq!(answer.status_and_code(), status_and_code);
        assert_eq!(answer.header("set-cookie"), Some(CLEARED), "{status_and_code}");
        assert_eq!(fake.calls(), ["revoke REFRESH_TOKEN"]);
    }
}

/// One in the body is the client's to forget, so it hears that the token lives on.
#[tokio::test]
async fn a_token_in_the_body_that_could_not_be_ended_is_no_sign_out() {
    for (refusal, status_and_code) in [
        (Refusal::UnsupportedOperation, "501 not_available"),
        (Refusal::UnsupportedTokenType, "400 unsupported_token_type"),
        (Refusal::TimedOut, "504 gateway_timeout"),
    ] {
        let request = Request::post("/auth/signout", &json!({ "refreshToken": REFRESH_TOKEN }));
        let answer = send(&Fake::refusing(refusal), &request).await;
        assert_eq!((answer.status_and_code().as_str(), answer.header("set-cookie")), (status_and_code, None));
    }
}

#[tokio::test]
async fn a_token_that_was_used_twice_takes_the_cookie_away() {
    for (refusal, status_and_code, cookie) in [
        (Refusal::RefreshTokenReuse, "401 refresh_token_reused", Some(CLEARED)),
        (Refusal::NotAuthorized, "401 invalid_credentials", None),
        (Refusal::TimedOut, "504 gateway_timeout", None),
    ] {
        let fake = Fake::refusing(refusal);
        let answer = send_to(&fake, &in_cookie(), &with_cookie("/auth/refresh")).await;
        assert_eq!(answer.status_and_code(), status_and_code);
        assert_eq!(answer.header("set-cookie"), cookie);
    }
}

#[tokio::test]
async fn only_a_page_of_ours_uses_the_cookie() {
    for path in ["/auth/refresh", "/auth/signout"] {
        for origin in [
            "https://evil.example",
            "https://app.example.com.evil.example",
            "http://app.example.com",
            "https://app.example.com:8443",
            "https://APP.example.com",
            "http://api.example.com",
            "null",
            "*",
            "",
        ] {
            let fake = Fake::willing();
            let answer = send_to(&fake, &in_cookie(), &with_cookie(path).header("Origin", origin)).await;
            assert_eq!(answer.status_and_code(), "403 csrf_refused", "{origin} at {path}");
            assert_eq!(answer.header("set-cookie"), None);
            assert!(fake.calls().is_empty());
        }
        let mut nameless = with_cookie(path);
        nameless.0["headers"].as_object_mut().unwrap().remove("Origin");
        nameless.0["multiValueHeaders"].as_object_mut().unwrap().remove("Origin");
        assert_eq!(
            send_to(&Fake::willing(), &in_cookie(), &nameless).await.status_and_code(),
            "403 csrf_refused"
        );

        let own = with_cookie(path).header("Origin", "https://api.example.com");
        assert!(send_to(&Fake::willing(), &in_cookie(), &own).await.status.is_success());
    }
}

#[tokio::test]
async fn a_cookie_that_is_none_refreshes_nothing_and_is_as_good_as_signed_out() {
    for (path, expected, cleared) in
        [("/auth/refresh", "401 invalid_credentials", None), ("/auth/signout", "204", Some(CLEARED))]
    {
        for cookie in [
            "",
            "a=b",
            "refresh_token=refresh.token",
            "__host-refresh_token=refresh.token",
            "__Host-refresh_token=",
            "__Host-refresh_token=\"refresh.token\"",
            "__Host-refresh_token=a b",
        ] {
            let fake = Fake::willing();
            let answer = send_to(&fake, &in_cookie(), &with_cookie(path).header("Cookie", cookie)).await;
            assert_eq!(answer.status_and_code(), expected, "{cookie} at {path}");
            assert_eq!(answer.header("set-cookie"), cleared, "{cookie} at {path}");
            assert!(fake.calls().is_empty());
        }
    }
}

/// Another host of the domain may have set the one, or the other, of the former name.
#[tokio::test]
async fn of_two_cookies_none_refreshes_and_a_sign_out_ends_both() {
    for (cookie, revoked) in [
        ("__Host-refresh_token=refresh.token; __Host-refresh_token=other", 2),
        ("__Host-refresh_token=refresh.token; a=b; __Host-refresh_token=refresh.token", 1),
        ("__Secure-refresh_token=refresh.token", 1),
        ("__Secure-refresh_token=refresh.token; __Secure-refresh_token=other", 2),
    ] {
        let fake = Fake::willing();
        let request = with_cookie("/auth/refresh").header("Cookie", cookie);
        let answer = send_to(&fake, &in_cookie(), &request).await;
        assert_eq!(answer.status_and_code(), "401 invalid_credentials", "{cookie}");
        assert!(fake.calls().is_empty());

        let request = with_cookie("/auth/signout").header("Cookie", cookie);
        let answer = send_to(&fake, &in_cookie(), &request).await;
        answer.assert_empty();
        assert_eq!(answer.header("set-cookie"), Some(CLEARED));
        assert_eq!(fake.calls().len(), revoked, "{cookie}");
        assert!(fake.calls().contains(&"revoke REFRESH_TOKEN".to_owned()));
    }
}

#[tokio::test]
async fn one_of_the_former_name_beside_ours_does_not_count() {
    let cookie = format!("__Secure-refresh_token=other; __Host-refresh_token={REFRESH_TOKEN}");
    let fake = Fake::willing();
    let request = with_cookie("/auth/refresh").header("Cookie", &cookie);
    assert_tokens_without_refresh(&send_to(&fake, &in_cookie(), &request).await);
    assert_eq!(fake.calls(), ["refresh REFRESH_TOKEN"]);
}

/// Each of them is a call to Cognito.
#[tokio::test]
async fn a_sign_out_ends_a_few_sessions_and_its_own_among_them() {
    let tossed: Vec<String> = (0..50).map(|number| format!("__Secure-refresh_token=t{number}")).collect();
    let cookie = format!("{}; __Host-refresh_token={REFRESH_TOKEN}", tossed.join("; "));
    let fake = Fake::willing();
    let request = with_cookie("/auth/signout").header("Cookie", &cookie);
    send_to(&fake, &in_cookie(), &request).await.assert_empty();
    assert_eq!(fake.calls().len(), 4);
    assert!(fake.calls().contains(&"revoke REFRESH_TOKEN".to_owned()));
}

#[tokio::test]
async fn each_mode_takes_the_token_from_its_one_place() {
    for path in ["/auth/refresh", "/auth/signout"] {
        let fake = Fake::willing();
        let both = with_cookie(path).json(&json!({ "refreshToken": REFRESH_TOKEN }));
        let answer = send_to(&fake, &in_cookie(), &both).await;
        assert_eq!(answer.status_code_and_places(), "422 invalid_request [/refreshToken]");
        let answer = send(&fake, &with_cookie(path)).await;
        assert_eq!(answer.status_code_and_places(), "422 invalid_request [/refreshToken]");
        assert!(fake.calls().is_empty());
    }
}

#[tokio::test]
async fn pages_send_cookies_along_only_where_there_is_one() {
    let request = routes::route("POST /auth/signin").request().header("Origin", APP);
    let with = send_to(&Fake::willing(), &in_cookie(), &request).await;
    assert_eq!(with.header("access-control-allow-origin"), Some(APP));
    assert_eq!(with.header("access-control-allow-credentials"), Some("true"));
    let foreign = request.clone().header("Origin", "https://evil.example");
    let foreign = send_to(&Fake::willing(), &in_cookie(), &foreign).await;
    assert_eq!(foreign.header("access-control-allow-origin"), None);
    let without =
        send_to(&Fake::willing(), &Settings { refresh_cookie: None, ..in_cookie() }, &request).await;
    assert_eq!(without.header("access-control-allow-origin"), Some(APP));
    assert_eq!(without.header("access-control-allow-credentials"), None);
    assert_eq!(without.header("set-cookie"), None);
}
