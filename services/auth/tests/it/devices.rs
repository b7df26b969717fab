//! The device that somebody signs in from: named, made known, listed, and let go.

use std::time::Duration;

use auth::Settings;
use auth::provider::{DevicePage, NewDevice, Refusal, SignInOutcome, Tokens};
use serde_json::{Value, json};
use testkit::cognito::{EMAIL, SESSION};
use testkit::request::Request;

use crate::fake::{CODE, DEVICE, Fake, PASSWORD, REFRESH_TOKEN, SALT, Script, VERIFIER, tokens};
use crate::gateway::{Caller as _, send, send_to, settings};
use crate::routes;

fn with_device() -> Tokens {
    let device = NewDevice { key: DEVICE.to_owned(), group_key: "-AbC1".to_owned() };
    Tokens { device: Some(device), ..tokens() }
}

fn willing() -> std::sync::Arc<Fake> {
    Fake::playing(Script {
        step: || SignInOutcome::SignedIn(with_device()),
        tokens: with_device,
        ..Script::default()
    })
}

fn confirmation(remember: Value) -> Request {
    let mut body = json!({ "deviceKey": DEVICE, "passwordVerifier": VERIFIER, "salt": SALT });
    if !remember.is_null() {
        body["remember"] = remember;
    }
    Request::post("/user/devices/confirm", &body).signed_in()
}

#[tokio::test]
async fn tokens_name_a_device_that_the_pool_did_not_know() {
    for name in ["POST /auth/signin", "POST /auth/challenge", "POST /auth/refresh"] {
        let answer = send(&willing(), &routes::route(name).request()).await;
        let device = &answer.json()["tokens"]["device"];
        assert_eq!(device, &json!({ "key": DEVICE, "groupKey": "-AbC1" }), "{name}");
    }
}

#[tokio::test]
async fn every_step_of_a_session_takes_the_device_s_key() {
    for (name, body, call) in [
        (
            "/auth/signin",
            json!({ "email": EMAIL, "password": PASSWORD, "deviceKey": DEVICE }),
            format!("sign_in {EMAIL} by PASSWORD on {DEVICE}"),
        ),
        (
            "/auth/challenge",
            json!({
                "name": "SMS_MFA", "session": SESSION, "username": "7f1e", "answers": { "code": CODE },
                "deviceKey": DEVICE,
            }),
            format!("respond 7f1e SMS_MFA SESSION SMS_MFA_CODE=CODE on {DEVICE}"),
        ),
        (
            "/auth/refresh",
            json!({ "refreshToken": REFRESH_TOKEN, "deviceKey": DEVICE }),
            format!("refresh REFRESH_TOKEN on {DEVICE}"),
        ),
    ] {
        let fake = Fake::willing();
        assert_eq!(send(&fake, &Request::post(name, &body)).await.status, 200, "{name}");
        assert_eq!(fake.calls(), [call]);
    }
}

/// The key is no secret, so a page may keep it; the token it may not.
#[tokio::test]
async fn with_the_cookie_the_device_s_key_stays_in_the_body() {
    let in_cookie = Settings {
        refresh_cookie: Some(Duration::from_hours(1)),
        origins: vec!["https://app.example.com".to_owned()],
        ..settings()
    };
    let fake = willing();
    let cookie = format!("__Host-refresh_token={REFRESH_TOKEN}");
    let request = Request::post("/auth/refresh", &json!({ "deviceKey": DEVICE }))
        .header("Origin", "https://app.example.com")
        .header("Cookie", &cookie);
    let answer = send_to(&fake, &in_cookie, &request).await;
    assert_eq!(fake.calls(), [format!("refresh REFRESH_TOKEN on {DEVICE}")]);
    assert_eq!(answer.json()["tokens"]["device"]["key"], DEVICE);
    assert!(!answer.header("set-cookie").unwrap().contains(DEVICE));
}

#[tokio::test]
async fn a_challenge_names_the_device_in_one_place() {
    let body = |responses: Value, device: Value| {
        json!({
            "name": "DEVICE_SRP_AUTH", "session": SESSION, "username": "7f1e",
            "answers": { "responses": responses }, "deviceKey": device,
        })
    };
    for (body, call) in [
        (body(json!({ "SRP_A": CODE }), json!(DEVICE)), format!("SRP_A=CODE on {DEVICE}")),
        (
            body(json!({ "SRP_A": CODE, "DEVICE_KEY": DEVICE }), Value::Null),
            "DEVICE_KEY=OTHER SRP_A=CODE".to_owned(),
        ),
    ] {
        let fake = Fake::willing();
        assert_eq!(send(&fake, &Request::post("/auth/challenge", &body)).await.status, 200);
        assert_eq!(fake.calls(), [format!("respond 7f1e DEVICE_SRP_AUTH SESSION {call}")]);
    }
    let fake = Fake::willing();
    let both = body(json!({ "SRP_A": CODE, "DEVICE_KEY": DEVICE }), json!(DEVICE));
    let answer = send(&fake, &Request::post("/auth/challenge", &both)).await;
    assert_eq!(answer.status_code_and_places(), "422 invalid_request [/answers/responses/DEVICE_KEY]");
    assert!(fake.calls().is_empty());
}

#[tokio::test]
async fn the_user_is_asked_where_the_pool_says_so_and_heard_where_they_have_spoken() {
    let confirmed = format!("confirm_device ACCESS_TOKEN {DEVICE} nameless VERIFIER SALT");
    let said = |remember: bool| format!("remember_device ACCESS_TOKEN {DEVICE} {remember}");
    for (asks_user, remember, calls, remembered, is_necessary) in [
        (false, Value::Null, vec![], true, false),
        (false, json!(true), vec![], true, false),
        (false, json!(false), vec![said(false)], false, false),
        (true, Value::Null, vec![], false, true),
        (true, json!(true), vec![said(true)], true, false),
        (true, json!(false), vec![said(false)], false, false),
    ] {
        let fake = Fake::playing(Script { asks_user, ..Script::default() });
        let answer = send(&fake, &confirmation(remember.clone())).await;
        let expected = json!({ "remembered": remembered, "confirmationNecessary": is_necessary });
        answer.assert_json(200, &expected);
        let calls: Vec<String> = std::iter::once(confirmed.clone()).chain(calls).collect();
        assert_eq!(fake.calls(), calls, "{asks_user} {remember}");
    }
}

#[tokio::test]
async fn a_page_of_devices_is_as_long_as_asked_and_begins_where_the_last_one_ended() {
    for (query, call) in [
        (json!({}), "20 from the beginning"),
        (json!({ "limit": "1" }), "1 from the beginning"),
        (json!({ "limit": "60", "cursor": "further-on" }), "60 from further-on"),
    ] {
        let fake = Fake::willing();
        assert_eq!(send(&fake, &listing(&query)).await.status, 200);
        assert_eq!(fake.calls(), [format!("devices ACCESS_TOKEN {call}")]);
    }
    for (query, places) in [
        (json!({ "limit": "0" }), "[/limit]"),
        (json!({ "limit": "61" }), "[/limit]"),
        (json!({ "limit": "+1" }), "[/limit]"),
        (json!({ "limit": "" }), "[/limit]"),
        (json!({ "cursor": "" }), "[/cursor]"),
        (json!({ "cursor": "a b" }), "[/cursor]"),
        (json!({ "cursor": "x".repeat(4097) }), "[/cursor]"),
        (json!({ "page": "2" }), "[/page]"),
    ] {
        let fake = Fake::willing();
        let answer = send(&fake, &listing(&query)).await;
        assert_eq!(answer.status_code_and_places(), format!("422 invalid_request {places}"), "{query}");
        assert!(fake.calls().is_empty());
    }
}

fn listing(query: &Value) -> Request {
    let mut request = Request::new("GET", "/user/devices").signed_in();
    let multi = query.as_object().unwrap().iter().map(|(name, value)| (name.clone(), json!([value])));
    request.0["multiValueQueryStringParameters"] = Value::Object(multi.collect());
    request.0["queryStringParameters"] = query.clone();
    request
}

#[tokio::test]
async fn who_has_no_devices_gets_an_empty_list() {
    let fake = Fake::playing(Script {
        devices: || DevicePage { devices: Vec::new(), next: None },
        ..Script::default()
    });
    let answer = send(&fake, &Request::new("GET", "/user/devices").signed_in()).await;
    answer.assert_json(200, &json!({ "devices": [] }));
}

#[tokio::test]
async fn a_key_that_is_none_is_nobody_s_device_and_cognito_is_not_asked() {
    for key in ["hunter2", "confirm", "us-east-1_G", "%0A_a", "a%2Fb_c", &"a".repeat(80)] {
        let path = format!("/user/devices/{key}");
        let put = Request::new("PUT", &path).signed_in().json(&json!({ "remember": true }));
        for request in [put, Request::new("DELETE", &path).signed_in()] {
            let fake = Fake::willing();
            let status_and_code = send(&fake, &request).await.status_and_code();
            // `confirm` is a route of its own.
            let expected = if key == "confirm" { "405 method_not_allowed" } else { "404 device_not_found" };
            assert_eq!(status_and_code, expected, "{key}");
            assert!(fake.calls().is_empty());
        }
    }
}

/// A device may be forgotten elsewhere at any time. Whoever has not shown yet that the account is theirs learns nothing.
#[tokio::test]
async fn a_forgotten_device_is_told_to_its_user_alone() {
    for name in ["POST /auth/signin", "POST /auth/challenge", "POST /auth/refresh"] {
        let forgotten = send(&Fake::refusing(Refusal::DeviceNotFound), &routes::route(name).request()).await;
        let wrong = send(&Fake::refusing(Refusal::NotAuthorized), &routes::route(name).request()).await;
        assert_eq!(forgotten, wrong, "{name}");
    }
}

#[tokio::test]
async fn a_sign_out_needs_no_device() {
    let body = json!({ "refreshToken": REFRESH_TOKEN, "deviceKey": DEVICE });
    let fake = Fake::willing();
    let answer = send(&fake, &Request::post("/auth/signout", &body)).await;
    assert_eq!(answer.status_code_and_places(), "422 invalid_request [/deviceKey]");
    assert!(fake.calls().is_empty());
}
