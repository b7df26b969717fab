//! The program as a whole: what it logs, what it does without Cognito, and when it does not start.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::cognito;
use testkit::files::TempFile;
use testkit::net::{closed_address, silent};
use testkit::request::Request;

use crate::gateway::Caller as _;
use crate::runtime::{command, run};

const TIME: Duration = Duration::from_secs(10);

/// In all that must not be in the log.
const MARK: &str = "hunter2";

fn talkative(operation: &str, _: &Value) -> (&'static str, Value) {
    let refused = |code: &str| {
        ("400 Bad Request", json!({ "__type": code, "message": "hunter2 is wrong, policy: hunter2" }))
    };
    match operation {
        "GetTokensFromRefreshToken" => (
            "200 OK",
            json!({ "AuthenticationResult": { "AccessToken": "hunter2.a", "IdToken": "hunter2.i" } }),
        ),
        "InitiateAuth" => (
            "200 OK",
            json!({
                "ChallengeName": "SMS_MFA", "Session": "session-hunter2-session",
                "ChallengeParameters": { "USER_ID_FOR_SRP": "hunter2", "CODE_DELIVERY_DESTINATION": "hunter2" },
            }),
        ),
        "RespondToAuthChallenge" => (
            "200 OK",
            json!({ "AuthenticationResult": {
                "AccessToken": "hunter2.access", "IdToken": "hunter2.id", "RefreshToken": "hunter2.refresh",
                "ExpiresIn": 3600, "TokenType": "Bearer",
            }}),
        ),
        "ConfirmForgotPassword" => refused("InvalidPasswordException"),
        "GetUser" => refused("NotAuthorizedException"),
        "ConfirmDevice" => refused("DeviceKeyExistsException"),
        "ListDevices" => (
            "200 OK",
            json!({ "PaginationToken": "hunter2", "Devices": [
                { "DeviceKey": "hunter2_0", "DeviceAttributes": [{ "Name": "device_name", "Value": "hunter2" }] },
            ]}),
        ),
        "ForgetDevice" => (
            "400 Bad Request",
            json!({ "__type": "InvalidUserPoolConfigurationException", "message": "hunter2_0 is wrong, policy: hunter2_0" }),
        ),
        _ => refused("SomethingNewException"),
    }
}

/// A whole visit with everything marked that is nobody else's business.
fn visit() -> Vec<Request> {
    vec![
        Request::post("/auth/signin", &json!({ "email": "hunter2@example.com", "password": "hunter2" })),
        Request::post(
            "/auth/challenge",
            &json!({
                "name": "SMS_MFA", "session": "session-hunter2-session", "username": "hunter2",
                "answers": { "code": "hunter2" },
            }),
        ),
        Request::post(
            "/auth/reset-password",
            &json!({
                "email": "hunter2@example.com", "code": "hunter2", "newPassword": "hunter2",
            }),
        ),
        Request::post("/auth/refresh", &json!({ "refreshToken": "hunter2" })),
        Request::post("/auth/signout", &json!({ "refreshToken": "hunter2" })),
        Request::new("GET", "/user").vouched_for("access").header("Authorization", "Bearer hunter2"),
        Request::post(
            "/user/devices/confirm",
            &json!({
                "deviceKey": "hunter2_0", "name": "hunter2", "passwordVerifier": "hunter2", "salt": "hunter2",
            }),
        )
        .signed_in(),
        listing("hunter2"),
        Request::new("DELETE", "/user/devices/hunter2_0").signed_in(),
        Request::post("/auth/signin", &json!({ "email": "hunter2", "hunter2": "hunter2" })),
        Request::new("GET", "/hunter2"),
    ]
}

fn listing(cursor: &str) -> Request {
    let mut request = Request::new("GET", "/user/devices").signed_in();
    request.0["multiValueQueryStringParameters"] = json!({ "cursor": [cursor] });
    request.0["queryStringParameters"] = json!({ "cursor": cursor });
    request
}

#[test]
fn a_visit_leaves_one_line_a_request_and_no_secret_in_the_log() {
    let (answers, log) = run(&cognito::start(talkative), &visit(), TIME);
    let statuses: Vec<&Value> = answers.iter().map(|answer| &answer["statusCode"]).collect();
    assert_eq!(json!(statuses), json!([200, 200, 422, 200, 500, 401, 409, 200, 501, 422, 404]), "{log}");
    assert!(answers[1]["body"].as_str().unwrap().contains("hunter2.refresh"));

    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests: Vec<String> = lines
        .iter()
        .filter(|line| line["message"] == "request")
        .map(|line| {
            json!([line["route"], line["status"], line["code"], line["span"]["request_id"]]).to_string()
        })
        .collect();
    insta::assert_snapshot!(requests.join("\n"), @r#"
    ["/auth/signin",200,null,"gateway-1"]
    ["/auth/challenge",200,null,"gateway-1"]
    ["/auth/reset-password",422,"weak_password","gateway-1"]
    ["/auth/refresh",200,null,"gateway-1"]
    ["/auth/signout",500,"internal","gateway-1"]
    ["/user",401,"invalid_token","gateway-1"]
    ["/user/devices/confirm",409,"device_exists","gateway-1"]
    ["/user/devices",200,null,"gateway-1"]
    ["/user/devices/{key}",501,"not_available","gateway-1"]
    ["/auth/signin",422,"invalid_request","gateway-1"]
    ["none",404,"not_found","gateway-1"]
    "#);
    let causes: Vec<String> =
        lines.iter().filter_map(|line| line.get("cause").map(Value::to_string)).collect();
    insta::assert_snapshot!(causes.join("\n"), @r#"
    "ConfirmForgotPassword: InvalidPasswordException: [redacted] is wrong, policy: [redacted]"
    "RevokeToken: unknown exception SomethingNewException: [redacted] is wrong, policy: [redacted]"
    "GetUser: NotAuthorizedException: [redacted] is wrong, policy: [redacted]"
    "ConfirmDevice: DeviceKeyExistsException: [redacted] is wrong, policy: [redacted]"
    "ForgetDevice: UnsupportedOperationException: [redacted] is wrong, policy: [redacted]"
    "#);
    assert!(!log.contains(MARK), "{log}");
}

fn sign_in() -> [Request; 1] {
    [Request::post("/auth/signin", &json!({ "email": "ann@example.com", "password": "p" }))]
}

fn problem(answers: &[Value]) -> (Value, Value) {
    let body: Value = serde_json::from_str(answers[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(answers[0]["multiValueHeaders"]["content-type"][0], "application/problem+json");
    (answers[0]["statusCode"].clone(), body["code"].clone())
}

#[test]
fn a_cognito_that_never_answers_is_a_problem_before_the_deadline() {
    let (_listener, address) = silent();
    let time = Duration::from_secs(2);
    let (answers, log) = run(&address, &sign_in(), time);
    assert_eq!(problem(&answers), (json!(504), json!("timeout")), "{log}");
    let request = log.lines().next_back().map(|line| serde_json::from_str::<Value>(line).unwrap()).unwrap();
    assert!(Duration::from_micros(request["latency_us"].as_u64().unwrap()) < time, "{log}");
}

#[test]
fn a_cognito_that_is_not_there_is_a_problem() {
    let (answers, log) = run(&closed_address(), &sign_in(), TIME);
    assert_eq!(problem(&answers), (json!(502), json!("bad_gateway")));
    assert!(log.contains("InitiateAuth: no connection"), "{log}");
}

#[test]
fn without_a_pool_it_says_so_and_exits() {
    for variable in ["USER_POOL_ID", "USER_POOL_CLIENT_ID"] {
        for value in ["", "not an id"] {
            let output = command("127.0.0.1:9", "127.0.0.1:9").env(variable, value).output().unwrap();
            assert_eq!(output.status.code(), Some(1), "{variable}");
            let log = String::from_utf8(output.stdout).unwrap();
            let lines: Vec<&str> = log.lines().collect();
            assert!(matches!(lines.as_slice(), [line] if line.contains(variable)), "{log}");
            assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        }
    }
}

#[test]
fn a_bad_configuration_ends_it_before_the_first_event() {
    let contradiction = json!({
        "userPool": { "autoConfirm": true }, "auth": { "enumerationSafe": true, "refreshCookie": true },
        "api": { "corsOrigins": ["*"] },
    });
    let file = TempFile::new(contradiction.to_string());
    let output = command("127.0.0.1:9", "127.0.0.1:9").env("CONFIG_FILE", file.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stdout).unwrap();
    assert!(log.contains("/auth/enumerationSafe") && log.contains("/api/corsOrigins"), "{log}");
}
