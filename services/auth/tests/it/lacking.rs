//! A Cognito that lacks an operation: a region, a partition or an emulator. It is named in the log, and the caller is told
//! that it is not available, whatever was asked for.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::cognito;
use testkit::files::TempFile;
use testkit::request::Request;

use crate::gateway::Caller as _;
use crate::routes;
use crate::runtime::{run, run_in};

const TIME: Duration = Duration::from_secs(10);

fn unknown() -> (&'static str, Value) {
    ("400 Bad Request", json!({ "__type": "com.amazon.coral.service#UnknownOperationException" }))
}

fn lacks_everything(_: &str, _: &Value) -> (&'static str, Value) {
    unknown()
}

/// Has those alone after which another one comes.
fn lacks_the_second(operation: &str, _: &Value) -> (&'static str, Value) {
    match operation {
        "SignUp" => ("200 OK", json!({ "UserConfirmed": false, "UserSub": "7f1e" })),
        "InitiateAuth" => (
            "200 OK",
            json!({
                "ChallengeName": "MFA_SETUP", "Session": "a-session-of-twenty-or-more",
                "ChallengeParameters": { "MFAS_CAN_SETUP": "[\"SOFTWARE_TOKEN_MFA\"]" },
            }),
        ),
        _ => unknown(),
    }
}

/// Each is 501 with a detail that names no operation. What the log says was lacking.
fn assert_not_available(answers: &[Value], log: &str) -> BTreeSet<String> {
    for answer in answers {
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(json!([answer["statusCode"], body["code"]]), json!([501, "not_available"]), "{log}");
        let detail = body["detail"].as_str().unwrap();
        assert!(detail.contains("does not offer this") && !detail.contains("Exception"), "{detail}");
    }
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let causes = lines.filter_map(|line| line["cause"].as_str().map(str::to_owned));
    let names = causes.map(|cause| cause.strip_suffix(": UnknownOperationException").unwrap().to_owned());
    names.collect()
}

/// `set_user_mfa_preference` and the like, as the service calls them.
fn operations_in_use() -> BTreeSet<String> {
    let source = [
        include_str!("../../src/cognito/mod.rs"),
        include_str!("../../src/cognito/sign_in.rs"),
        include_str!("../../src/cognito/devices.rs"),
    ]
    .concat();
    // `self.sdk.` in the one, `= sdk.` in the other.
    let calls =
        source.split("sdk.").skip(1).map(|rest| rest.split('(').next().unwrap().replace("mfa", "m_f_a"));
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    calls.map(|name| name.split('_').map(capital).collect()).collect()
}

#[test]
fn an_operation_that_is_lacking_is_not_available_and_named_in_the_log() {
    let requests: Vec<Request> = routes::all().iter().map(routes::Route::request).collect();
    let (answers, log) = run(&cognito::start(lacks_everything), &requests, TIME);
    let mut lacking = assert_not_available(&answers, &log);

    // Those that come second, or with other settings.
    let config = json!({ "userPool": { "autoConfirm": true, "refreshTokenRotation": true } });
    let file = TempFile::new(config.to_string());
    let path = file.name();
    let env =
        [("CONFIG_FILE", path.as_str()), ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")];
    let set_up = json!({
        "name": "MFA_SETUP", "session": "a-session-of-twenty-or-more", "username": "7f1e",
        "answers": { "code": "123456" },
    });
    let requests = [
        Request::post("/auth/signup", &json!({ "email": "ann@example.com", "password": "p" })),
        Request::post("/auth/signin", &json!({ "email": "ann@example.com", "password": "p" })),
        Request::post("/auth/challenge", &set_up),
        Request::post("/auth/refresh", &json!({ "refreshToken": "some-token" })),
        Request::new("PATCH", "/user").signed_in().json(&json!({ "name": null })),
        Request::new("POST", "/user/mfa/totp").signed_in(),
    ];
    let (answers, log) = run_in(&env, &cognito::start(lacks_the_second), &requests, TIME);
    lacking.extend(assert_not_available(&answers, &log));
    assert_eq!(lacking, operations_in_use());
}
