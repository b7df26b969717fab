//! Where a caller is, is the gateway's word: what the identity provider is told, and what Cognito is sent.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use auth::CallerAddress;
use axum::http::StatusCode;
use serde_json::{Value, json};
use testkit::cognito::{self, EMAIL, SESSION, Scripted};
use testkit::files::TempFile;
use testkit::request::Request;

use crate::fake::{CODE, Fake, NEW_PASSWORD, PASSWORD};
use crate::gateway::send;
use crate::routes;
use crate::runtime::run_in;
use crate::scripted::{Service as _, config};

/// The routes that are open to everybody and say who it is about, with a body for each. The others name a session by its
/// refresh token, and their operations take no address.
fn open_routes() -> Vec<Request> {
    [
        ("/auth/signup", json!({ "email": EMAIL, "password": PASSWORD })),
        ("/auth/verify", json!({ "email": EMAIL, "code": CODE })),
        ("/auth/resend-code", json!({ "email": EMAIL })),
        ("/auth/signin", json!({ "email": EMAIL, "password": PASSWORD })),
        (
            "/auth/challenge",
            json!({ "name": "SMS_MFA", "session": SESSION, "username": "7f1e", "answers": { "code": CODE } }),
        ),
        ("/auth/forgot-password", json!({ "email": EMAIL })),
        ("/auth/reset-password", json!({ "email": EMAIL, "code": CODE, "newPassword": NEW_PASSWORD })),
    ]
    .map(|(path, body)| Request::post(path, &body))
    .into()
}

fn address(text: &str) -> CallerAddress {
    CallerAddress::from(text.parse::<IpAddr>().unwrap())
}

async fn told(requests: &[Request]) -> Vec<Option<CallerAddress>> {
    let fake = Fake::willing();
    for request in requests {
        let answer = send(&fake, request).await;
        assert!(answer.status < StatusCode::BAD_REQUEST, "{request:?}: {}", answer.body);
    }
    fake.addresses()
}

#[tokio::test]
async fn every_open_route_hands_on_where_the_gateway_says_that_the_caller_is() {
    for (said, known) in [
        (json!("203.0.113.9"), Some(address("203.0.113.9"))),
        (json!("2001:db8::1"), Some(address("2001:db8::1"))),
        (json!("::ffff:203.0.113.9"), Some(address("203.0.113.9"))),
        (json!("test-invoke-source-ip"), None),
        (Value::Null, None),
    ] {
        let mut requests = open_routes();
        for request in &mut requests {
            request.0["requestContext"]["identity"]["sourceIp"] = said.clone();
        }
        assert_eq!(told(&requests).await, vec![known; requests.len()], "{said}");
    }
}

#[tokio::test]
async fn a_header_says_nothing_about_it() {
    let forged = "198.51.100.1";
    let requests: Vec<Request> = open_routes()
        .into_iter()
        .map(|request| {
            let request = request.header("X-Forwarded-For", forged).header("Forwarded", "for=198.51.100.1");
            request.header("X-Real-IP", forged).header("CloudFront-Viewer-Address", "198.51.100.1:443")
        })
        .collect();
    assert_eq!(told(&requests).await, vec![Some(address("203.0.113.9")); requests.len()]);
}

/// The operations that take `UserContextData`, by Cognito's API model. `GetTokensFromRefreshToken`, `AdminConfirmSignUp` and all
/// that take an access token have no member for it.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserContextDataType.html#API_UserContextDataType_SeeAlso>
const TAKE_CONTEXT: [&str; 7] = [
    "ConfirmForgotPassword",
    "ConfirmSignUp",
    "ForgotPassword",
    "InitiateAuth",
    "ResendConfirmationCode",
    "RespondToAuthChallenge",
    "SignUp",
];

/// Every route, so that an operation that is called tomorrow is not forgotten.
#[tokio::test]
async fn every_operation_that_takes_the_address_gets_it_and_no_other_does() {
    let mut seen = BTreeSet::new();
    for auto_confirm in [false, true] {
        let everything = config(&json!({ "userPool": {
            "threatProtection": "ENFORCED", "clientSecret": true, "autoConfirm": auto_confirm,
        }}));
        let pool = Scripted::start();
        for route in routes::all() {
            let answer = pool.ask(&everything, &route.request()).await;
            assert!(answer.status.is_success(), "{}: {}", route.name(), answer.body);
        }
        for sent in pool.sent() {
            let takes = TAKE_CONTEXT.contains(&sent.operation.as_str());
            let expected = if takes { json!({ "IpAddress": "203.0.113.9" }) } else { Value::Null };
            assert_eq!(sent.body["UserContextData"], expected, "{}", sent.operation);
            assert!(takes || !sent.body.to_string().contains("203.0.113.9"), "{}", sent.operation);
            seen.insert(sent.operation);
        }
    }
    assert!(
        TAKE_CONTEXT.into_iter().chain(["AdminConfirmSignUp"]).all(|name| seen.contains(name)),
        "{seen:?}"
    );
}

/// Answers a sign-in with what it was told of the caller, in the place of a token.
fn echo(_: &str, request: &Value) -> (&'static str, Value) {
    let context = request["UserContextData"].to_string();
    let tokens = json!({ "AccessToken": context, "IdToken": "i", "ExpiresIn": 60, "TokenType": "Bearer" });
    ("200 OK", json!({ "AuthenticationResult": tokens }))
}

/// The program as a whole, with this mode of threat protection in its `config.json`: what Cognito was told, and the log.
fn sign_in_with(mode: &str) -> (Value, String) {
    let config = json!({ "userPool": { "threatProtection": mode, "clientSecret": true } });
    let file = TempFile::new(config.to_string());
    let path = file.name();
    let variables = [("CONFIG_FILE", path.as_str()), ("USER_POOL_CLIENT_SECRET", "client-secret")];
    let sign_in = [Request::post("/auth/signin", &json!({ "email": EMAIL, "password": PASSWORD }))];
    let (answers, log) = run_in(&variables, &cognito::start(echo), &sign_in, Duration::from_secs(10));
    let body: Value = serde_json::from_str(answers[0]["body"].as_str().unwrap()).unwrap();
    (serde_json::from_str(body["tokens"]["accessToken"].as_str().unwrap()).unwrap(), log)
}

#[test]
fn the_program_passes_the_address_on_when_threat_protection_is_on_and_not_otherwise() {
    for mode in ["AUDIT", "ENFORCED"] {
        let (told, log) = sign_in_with(mode);
        assert_eq!(told, json!({ "IpAddress": "203.0.113.9" }), "{mode}");
        assert!(!log.contains("203.0.113.9"), "{log}");
    }
    assert_eq!(sign_in_with("OFF").0, Value::Null);
}
