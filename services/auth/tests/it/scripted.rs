//! The service before a Cognito that plays a script on a real socket. What an exception and its text lead to is seen here as
//! a caller and the log see it.

use std::io;
use std::sync::{Arc, Mutex};

use auth::{App, Cognito, Settings, Turnstile};
use platform::config::Config;
use serde_json::{Value, json};
use testkit::cognito::{EMAIL, Scripted, ok, refused};
use testkit::request::Request;
use tracing_subscriber::fmt::MakeWriter;
use web::Context;

use crate::gateway::{Answer, Caller as _};

/// What a function with `auth.turnstile` finds in its environment.
pub(crate) const TURNSTILE_SECRET: &str = "0x4AAAAAAAsecret-of_the-widget";

/// The service in front of a pool that plays a script, wired as `main` wires it: with the real SDK client.
pub(crate) trait Service {
    /// The pool, as a function finds it in its environment.
    fn cognito(&self, config: &Config) -> Cognito;

    /// What the service answers when this is its pool.
    async fn ask(&self, config: &Config, request: &Request) -> Answer;

    /// The same with the lines that were logged meanwhile. They are those of this thread: the test must not have more.
    async fn ask_logged(&self, config: &Config, request: &Request) -> (Answer, Vec<Value>);
}

impl Service for Scripted {
    fn cognito(&self, config: &Config) -> Cognito {
        let endpoint = format!("http://{}", self.address());
        let env = |name: &str| match name {
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER" => Some(endpoint.clone()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
            "USER_POOL_ID" => Some("us-east-1_AbCdEfGhI".to_owned()),
            "USER_POOL_CLIENT_ID" => Some("client".to_owned()),
            "USER_POOL_CLIENT_SECRET" if config.user_pool.client_secret => Some("client-secret".to_owned()),
            _ => None,
        };
        Cognito::from_env(env, config).unwrap()
    }

    async fn ask(&self, config: &Config, request: &Request) -> Answer {
        let env = |name: &str| (name == "TURNSTILE_SECRET").then(|| TURNSTILE_SECRET.to_owned());
        let human = Turnstile::from_env(env, config).unwrap().map(Arc::new);
        let provider = Arc::new(self.cognito(config));
        let app = App { provider, settings: Arc::new(Settings::from(config)), human };
        let cors_credentials = config.auth.refresh_cookie;
        let settings = web::Settings { cors_credentials, ..web::Settings::from(&config.api) };
        let app = web::app(auth::router().with_state(app), &settings);
        let answer = web::answer(&app, &request.0.to_string(), Context::default()).await.unwrap();
        Answer { status: answer.status_code, headers: answer.multi_value_headers, body: answer.body }
    }

    async fn ask_logged(&self, config: &Config, request: &Request) -> (Answer, Vec<Value>) {
        let lines = Lines::default();
        let subscriber =
            tracing_subscriber::fmt().json().flatten_event(true).with_writer(lines.clone()).finish();
        let listening = tracing::subscriber::set_default(subscriber);
        let answer = self.ask(config, request).await;
        drop(listening);
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        (answer, written.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }
}

/// A configuration that says this and nothing else.
pub(crate) fn config(json: &Value) -> Config {
    Config::parse(&json.to_string()).unwrap()
}

/// Keeps what is written.
#[derive(Debug, Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Every route does what it is for, over a real socket.
#[tokio::test]
async fn what_a_route_asks_for_goes_over_the_wire_and_comes_back() {
    let pool = Scripted::start();
    let everything = config(&json!({}));
    for route in crate::routes::all() {
        let (answer, log) = pool.ask_logged(&everything, &route.request()).await;
        assert!(answer.status.is_success(), "{}: {}", route.name(), answer.body);
        assert!(log.iter().all(|line| line["level"] != "ERROR"), "{log:?}");
        assert!(!pool.operations().is_empty(), "{}", route.name());
        pool.forget();
    }
}

#[tokio::test]
async fn a_refusal_is_logged_and_its_script_is_played_to_the_end() {
    let pool = Scripted::start();
    pool.script(
        "ForgotPassword",
        vec![refused("UserNotFoundException", "User does not exist."), ok(json!({}))],
    );
    pool.refuse("SignUp", "InternalErrorException", "no");
    let config = config(&json!({}));
    let forgot = Request::post("/auth/forgot-password", &json!({ "email": EMAIL }));
    let (answer, log) = pool.ask_logged(&config, &forgot).await;
    assert_eq!(answer.status_and_code(), "200");
    assert!(
        log.iter().any(|line| line["cause"] == "ForgotPassword: UserNotFoundException: User does not exist."),
        "{log:?}"
    );
    assert_eq!(pool.ask(&config, &forgot).await.status_and_code(), "200");
    let sign_up = Request::post("/auth/signup", &json!({ "email": EMAIL, "password": "p" }));
    assert_eq!(pool.ask(&config, &sign_up).await.status_and_code(), "502 bad_gateway");
    let sent = pool.sent();
    assert!(sent.len() >= 3 && sent.iter().all(|sent| !sent.is_signed), "{sent:?}");
    assert_eq!(sent[0].body["Username"], EMAIL);
}

#[tokio::test]
async fn an_answer_of_its_own_takes_the_place_of_the_usual_one() {
    let pool = Scripted::start();
    pool.answer("GetUser", json!({ "Username": "42", "UserAttributes": [{ "Name": "sub", "Value": "42" }] }));
    let answer = pool.ask(&config(&json!({})), &Request::new("GET", "/user").signed_in()).await;
    assert_eq!(answer.json()["sub"], "42");
}
