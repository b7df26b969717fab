//! Proof of humanity: what is sent to Turnstile, what becomes of each of its answers, and that without a yes Cognito is
//! asked for nothing. Turnstile is a server of the tests' own on a real socket.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use platform::config::Config;
use proptest::prelude::*;
use serde_json::{Value, json};
use testkit::cognito::{EMAIL, Scripted};
use testkit::files::TempFile;
use testkit::http::{self, Reply};
use testkit::net::closed_address;
use testkit::request::Request;

use crate::fake::PASSWORD;
use crate::routes;
use crate::runtime::{command, run_in};
use crate::scripted::{Service as _, TURNSTILE_SECRET, config};

const TOKEN: &str = "0.zrSnRHO7h0HwSjSCU8oyzbjEtD8p.d62306d4ee00c77dda690f959ebbd7bd";
/// The routes that ask for a proof, and what each then has Cognito do.
const ROUTES: [(&str, &str); 3] = [
    ("POST /auth/signup", "SignUp"),
    ("POST /auth/resend-code", "ResendConfirmationCode"),
    ("POST /auth/forgot-password", "ForgotPassword"),
];

const TRUE_BODY: &str = r#"{"success": true, "hostname": "app.example.com"}"#;

fn json(body: &Value) -> Reply {
    Reply::json("200 OK", body)
}

fn yes() -> Reply {
    json(&json!({ "success": true, "error-codes": [], "hostname": "app.example.com", "action": "sign-up" }))
}

fn no(code: &str) -> Reply {
    json(&json!({ "success": false, "error-codes": [code] }))
}

struct Turnstile {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Turnstile {
    /// Answers always the same, until the tests end.
    fn answering(reply: Reply) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&asked);
        let address = http::serve(move |request| {
            let form = String::from_utf8(request.body).unwrap();
            shared.lock().unwrap().push(format!("{} {form}", request.line));
            reply.clone()
        });
        Self { address, asked }
    }

    fn url(&self) -> String {
        format!("http://{}/turnstile/v0/siteverify", self.address)
    }

    /// The configuration with this checker and these further settings of it.
    fn config(&self, more: &Value) -> Config {
        let mut turnstile = more.clone();
        turnstile["verifyUrl"] = json!(self.url());
        config(&json!({ "userPool": { "clientSecret": true }, "auth": { "turnstile": turnstile } }))
    }

    /// The first line and the form of each request.
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// The route's request with this token.
fn with_token(route: &str, token: &Value) -> Request {
    let route = routes::route(route);
    let mut body = route.body.clone();
    body["turnstileToken"] = token.clone();
    route.bare().json(&body)
}

#[tokio::test]
async fn a_yes_lets_the_request_through_and_is_asked_for_with_secret_token_and_address() {
    let (pool, turnstile) = (Scripted::start(), Turnstile::answering(yes()));
    let config =
        turnstile.config(&json!({ "hostnames": ["example.com", "app.example.com"], "action": "sign-up" }));
    for (route, operation) in ROUTES {
        let answer = pool.ask(&config, &with_token(route, &json!(TOKEN))).await;
        assert!(answer.status.is_success(), "{route}: {}", answer.body);
        assert_eq!(pool.operations(), [operation]);
        pool.forget();
    }
    let encoded = |text: &str| text.replace('-', "%2D").replace('_', "%5F").replace('.', "%2E");
    let expected = format!(
        "POST /turnstile/v0/siteverify HTTP/1.1 secret={}&response={}&remoteip=203%2E0%2E113%2E9",
        encoded(TURNSTILE_SECRET),
        encoded(TOKEN)
    );
    assert_eq!(turnstile.asked(), [expected.as_str(); 3]);
}

/// Turnstile's answer, ours, whether it is an error in the log, and a word of its cause there.
fn refusals() -> Vec<(Reply, &'static str, &'static str, &'static str)> {
    let whole = |status: &str, headers: &str, body: &str| {
        Reply::Answer(status.to_owned(), headers.to_owned(), body.to_owned())
    };
    let failed = "403 human_check_failed";
    let away = "503 human_check_unavailable";
    let ours = "500 internal";
    vec![
        (no("invalid-input-response"), failed, "WARN", "invalid-input-response"),
        (no("missing-input-response"), failed, "WARN", "missing-input-response"),
        (no("timeout-or-duplicate"), failed, "WARN", "timeout-or-duplicate"),
        (no("bad-request"), failed, "WARN", "bad-request"),
        (no("something-new"), failed, "WARN", "something-new"),
        (json(&json!({ "success": false })), failed, "WARN", "refuses the token"),
        (
            whole("400 Bad Request", "", r#"{"success":false,"error-codes":["bad-request"]}"#),
            failed,
            "WARN",
            "bad-request",
        ),
        (no("missing-input-secret"), ours, "ERROR", "TurnstileSecret"),
        (no("invalid-input-secret"), ours, "ERROR", "TurnstileSecret"),
        (
            whole("400 Bad Request", "", r#"{"success":false,"error-codes":["invalid-input-secret"]}"#),
            ours,
            "ERROR",
            "TurnstileSecret",
        ),
        (no("internal-error"), away, "WARN", "internal error"),
        (Reply::Close, away, "WARN", "broke off"),
        (Reply::BreakOff(TRUE_BODY.to_owned(), 20), away, "WARN", "broke off"),
        (whole("200 OK", "", "<html>"), away, "WARN", "not one of its own"),
        (whole("200 OK", "", ""), away, "WARN", "not one of its own"),
        (whole("200 OK", "", &format!("{TRUE_BODY}{}", " ".repeat(20_000))), away, "WARN", "too large"),
        (whole("429 Too Many Requests", "", r#"{"success": false}"#), away, "WARN", "status"),
        (whole("500 Internal Server Error", "", TRUE_BODY), away, "WARN", "status"),
        (whole("201 Created", "", TRUE_BODY), away, "WARN", "status"),
        (whole("403 Forbidden", "", TRUE_BODY), away, "WARN", "status"),
    ]
}

#[tokio::test]
async fn without_a_yes_cognito_is_asked_for_nothing_and_turnstile_once() {
    for (reply, status_and_code, level, cause) in refusals() {
        let (pool, turnstile) = (Scripted::start(), Turnstile::answering(reply.clone()));
        let config = turnstile.config(&json!({}));
        for (number, (route, _)) in ROUTES.into_iter().enumerate() {
            let (answer, log) = pool.ask_logged(&config, &with_token(route, &json!(TOKEN))).await;
            assert_eq!(answer.status_and_code(), status_and_code, "{route} {reply:?}");
            assert_eq!(pool.operations(), [""; 0], "{route} {reply:?}");
            assert_eq!(turnstile.asked().len(), number + 1, "{route} {reply:?}");
            let found =
                log.iter().find(|line| line["cause"].as_str().is_some_and(|told| told.contains(cause)));
            assert_eq!(found.map(|line| &line["level"]), Some(&json!(level)), "{cause}: {log:?}");
            let told = format!("{} {log:?}", answer.all_text());
            assert!(!told.contains(TOKEN) && !told.contains(TURNSTILE_SECRET), "{told}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (pool, elsewhere) = (Scripted::start(), Turnstile::answering(yes()));
    let location: &'static str = format!("Location: {}\r\n", elsewhere.url()).leak();
    for status in ["302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let turnstile =
            Turnstile::answering(Reply::Answer(status.to_owned(), location.to_owned(), String::new()));
        let config = turnstile.config(&json!({}));
        let answer = pool.ask(&config, &with_token("POST /auth/signup", &json!(TOKEN))).await;
        assert_eq!(answer.status_and_code(), "503 human_check_unavailable", "{status}");
    }
    assert_eq!((elsewhere.asked(), pool.operations()), (vec![], vec![]));
}

/// Two seconds for the whole of an answer, however it is late.
#[tokio::test]
async fn a_slow_answer_is_none() {
    let pool = Scripted::start();
    for reply in [
        Reply::Silence(Duration::from_secs(10)),
        Reply::Drip(TRUE_BODY.to_owned(), Duration::from_millis(100)),
    ] {
        let turnstile = Turnstile::answering(reply.clone());
        let config = turnstile.config(&json!({}));
        let started = Instant::now();
        let request = with_token("POST /auth/forgot-password", &json!(TOKEN));
        let (answer, log) = pool.ask_logged(&config, &request).await;
        let time = started.elapsed();
        assert_eq!(answer.status_and_code(), "503 human_check_unavailable", "{reply:?}");
        assert!((1_900..4_500).contains(&time.as_millis()), "{reply:?}: {time:?}");
        assert!(
            log.iter().any(|line| line["cause"] == "Turnstile cannot be asked: it does not answer in time")
        );
        assert_eq!(pool.operations(), [""; 0]);
    }
}

#[tokio::test]
async fn nobody_there_is_no_yes() {
    let pool = Scripted::start();
    let nobody = closed_address();
    let config = config(&json!({
        "userPool": { "clientSecret": true },
        "auth": { "turnstile": { "verifyUrl": format!("http://{nobody}/siteverify") } },
    }));
    let answer = pool.ask(&config, &with_token("POST /auth/signup", &json!(TOKEN))).await;
    assert_eq!(
        (answer.status_and_code().as_str(), pool.operations()),
        ("503 human_check_unavailable", vec![])
    );
}

#[tokio::test]
async fn a_yes_for_another_page_is_a_no_where_pages_are_named() {
    let said = |hostname: Value, action: Value| {
        json(&json!({ "success": true, "error-codes": [], "hostname": hostname, "action": action }))
    };
    let host = json!({ "hostnames": ["app.example.com"] });
    let action = json!({ "action": "sign-up" });
    for (reply, expected, status_and_code) in [
        (said(json!("app.example.com"), json!("other")), &host, "201"),
        (said(json!("APP.example.com"), json!(null)), &host, "201"),
        (said(json!("example.com"), json!("sign-up")), &host, "403 human_check_failed"),
        (said(json!("x.app.example.com"), json!("sign-up")), &host, "403 human_check_failed"),
        (said(json!(""), json!("sign-up")), &host, "403 human_check_failed"),
        (said(json!(null), json!("sign-up")), &host, "403 human_check_failed"),
        (said(json!("evil.example"), json!("sign-up")), &action, "201"),
        (said(json!("app.example.com"), json!("SIGN-UP")), &action, "403 human_check_failed"),
        (said(json!("app.example.com"), json!("")), &action, "403 human_check_failed"),
        (said(json!("app.example.com"), json!(null)), &action, "403 human_check_failed"),
    ] {
        let (pool, turnstile) = (Scripted::start(), Turnstile::answering(reply.clone()));
        let request = with_token("POST /auth/signup", &json!(TOKEN));
        let answer = pool.ask(&turnstile.config(expected), &request).await;
        assert_eq!(answer.status_and_code(), status_and_code, "{reply:?}");
        assert_eq!(pool.operations().is_empty(), status_and_code != "201", "{reply:?}");
    }
}

#[tokio::test]
async fn a_token_is_asked_for_when_all_else_is_right() {
    let (pool, turnstile) = (Scripted::start(), Turnstile::answering(yes()));
    let config = turnstile.config(&json!({}));
    for (route, _) in ROUTES {
        for request in [routes::route(route).request(), with_token(route, &json!(null))] {
            let answer = pool.ask(&config, &request).await;
            assert_eq!(answer.status_code_and_places(), "422 invalid_request [/turnstileToken]", "{route}");
        }
        for bad in [json!(""), json!(" "), json!("a b"), json!("\u{fc}"), json!("a".repeat(2049)), json!(1)] {
            let answer = pool.ask(&config, &with_token(route, &bad)).await;
            assert_eq!(
                answer.status_code_and_places(),
                "422 invalid_request [/turnstileToken]",
                "{route} {bad}"
            );
        }
    }
    for body in [
        json!({ "email": "ann", "password": PASSWORD, "turnstileToken": TOKEN }),
        json!({ "email": EMAIL, "password": PASSWORD, "turnstileToken": TOKEN, "attributes": { "sub": "x" } }),
    ] {
        let answer = pool.ask(&config, &Request::post("/auth/signup", &body)).await;
        assert!(answer.status_code_and_places().starts_with("422 invalid_request ["), "{body}");
    }
    assert_eq!((turnstile.asked(), pool.operations()), (vec![], vec![]));
    let longest = with_token("POST /auth/resend-code", &json!("a".repeat(2048)));
    assert_eq!(pool.ask(&config, &longest).await.status_and_code(), "200");
}

#[tokio::test]
async fn a_token_that_nobody_asked_for_is_passed_over() {
    let (pool, nobody_asks) = (Scripted::start(), config(&json!({})));
    for (route, operation) in ROUTES {
        let answer = pool.ask(&nobody_asks, &with_token(route, &json!(TOKEN))).await;
        assert!(answer.status.is_success(), "{route}: {}", answer.body);
        assert_eq!(pool.operations(), [operation]);
        assert!(!format!("{:?}", pool.sent()).contains(TOKEN));
        pool.forget();
    }
}

#[tokio::test]
async fn no_other_route_asks_for_a_proof() {
    let (pool, turnstile) = (Scripted::start(), Turnstile::answering(no("invalid-input-response")));
    let config = turnstile.config(&json!({}));
    for route in routes::all() {
        let is_one = ROUTES.iter().any(|(name, _)| *name == route.name());
        let answer = pool.ask(&config, &route.request()).await;
        assert_eq!(answer.status.is_success(), !is_one, "{}: {}", route.name(), answer.body);
    }
    assert_eq!(turnstile.asked(), [""; 0]);
}

#[tokio::test]
async fn a_closed_sign_up_uses_no_token_up() {
    let (pool, turnstile) = (Scripted::start(), Turnstile::answering(yes()));
    let mut closed = turnstile.config(&json!({}));
    closed.user_pool.self_sign_up = false;
    let answer = pool.ask(&closed, &with_token("POST /auth/signup", &json!(TOKEN))).await;
    assert_eq!((answer.status_and_code().as_str(), turnstile.asked()), ("403 sign_up_disabled", vec![]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever a token is, and even where Turnstile repeats it as a code or a host.
    #[test]
    fn a_token_is_in_no_answer_and_in_no_log(token in "[!-~]{24,200}", says_yes: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let reply = json(&json!({ "success": says_yes, "error-codes": [token], "hostname": token, "action": token }));
        let (pool, turnstile) = (Scripted::start(), Turnstile::answering(reply));
        let config = turnstile.config(&json!({ "hostnames": ["app.example.com"] }));
        let request = with_token("POST /auth/resend-code", &json!(token));
        let (answer, log) = runtime.block_on(pool.ask_logged(&config, &request));
        prop_assert_eq!(answer.status_and_code(), "403 human_check_failed");
        let log = serde_json::to_string(&log).unwrap();
        let written = serde_json::to_string(&token).unwrap();
        let written = written.trim_matches('"');
        let is_name = token.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
        prop_assume!(!is_name);
        prop_assert!(!answer.all_text().contains(written) && !log.contains(written), "{}", log);
    }
}

/// A configuration that asks for proofs, as a file for a function to start with.
fn asks_for_proofs(url: &str) -> TempFile {
    let turnstile = json!({ "verifyUrl": url });
    TempFile::new(
        json!({ "userPool": { "clientSecret": true }, "auth": { "turnstile": turnstile } }).to_string(),
    )
}

#[test]
fn without_a_secret_the_function_says_so_and_does_not_start() {
    let file = asks_for_proofs("http://127.0.0.1:9");
    for secret in [None, Some(""), Some("hunter2 "), Some("hunter2\u{fc}")] {
        let mut command = command("127.0.0.1:9", "127.0.0.1:9");
        command.env("CONFIG_FILE", file.path()).env("USER_POOL_CLIENT_SECRET", "client-secret");
        command.envs(secret.map(|secret| ("TURNSTILE_SECRET", secret)));
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{secret:?}");
        let log = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = log.lines().collect();
        assert!(
            matches!(lines.as_slice(), [line] if line.contains("TURNSTILE_SECRET") && line.contains("TurnstileSecret")
            && line.contains("ERROR")),
            "{log}"
        );
        assert!(!log.contains("hunter2"), "{log}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
}

#[test]
fn a_secret_for_tests_is_told_at_the_start() {
    let turnstile = Turnstile::answering(yes());
    let file = asks_for_proofs(&turnstile.url());
    let path = file.name();
    for (secret, is_told) in [("1x0000000000000000000000000000000AA", true), (TURNSTILE_SECRET, false)] {
        let env = [
            ("CONFIG_FILE", path.as_str()),
            ("USER_POOL_CLIENT_SECRET", "client-secret"),
            ("TURNSTILE_SECRET", secret),
        ];
        let (answers, log) =
            run_in(&env, "127.0.0.1:9", &[Request::new("GET", "/health")], Duration::from_secs(10));
        assert_eq!(answers[0]["statusCode"], 200, "{log}");
        let warned = log.lines().any(|line| line.contains("WARN") && line.contains("TurnstileSecret"));
        assert_eq!(warned, is_told, "{log}");
    }
}

/// The program itself, with all that its libraries have to say.
#[test]
fn the_program_writes_neither_token_nor_secret() {
    let mut log = String::new();
    for (reply, status) in [(yes(), 200), (no("invalid-input-response"), 403), (Reply::Close, 503)] {
        let turnstile = Turnstile::answering(reply);
        let file = asks_for_proofs(&turnstile.url());
        let path = file.name();
        let env = [
            ("CONFIG_FILE", path.as_str()),
            ("USER_POOL_CLIENT_SECRET", "client-secret"),
            ("TURNSTILE_SECRET", "hunter2"),
        ];
        let cognito = testkit::cognito::start(|_, _| ("200 OK", json!({})));
        let request = with_token("POST /auth/forgot-password", &json!("hunter2"));
        let (answers, written) = run_in(&env, &cognito, &[request], Duration::from_secs(10));
        assert_eq!(answers[0]["statusCode"], status, "{written}");
        assert!(turnstile.asked()[0].contains("secret=hunter2&response=hunter2"));
        log.push_str(&written);
    }
    assert!(log.contains("human_check_failed") && !log.contains("hunter2"), "{log}");
}
