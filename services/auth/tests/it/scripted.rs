//! A Cognito that plays a script on a real socket and writes down what it was sent, before the service as `main` wires it:
//! with the real SDK client. What an exception and its text lead to is seen here as a caller and the log see it.
//!
//! An operation that no script speaks of succeeds. Nothing in here judges a request: that is for the tests.

use std::collections::HashMap;
use std::io::{self, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use auth::{App, Cognito, Settings, Turnstile};
use platform::config::Config;
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;
use web::Context;

use crate::fake::{EMAIL, SESSION};
use crate::gateway::{Answer, Request};
use crate::runtime::{read_call, write_answer};

/// What a function with `auth.turnstile` finds in its environment.
pub(crate) const TURNSTILE_SECRET: &str = "0x4AAAAAAAsecret-of_the-widget";

/// One answer of Cognito's.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    status: &'static str,
    body: Value,
}

/// An exception with its text.
pub(crate) fn refused(exception: &str, text: &str) -> Said {
    Said { status: "400 Bad Request", body: json!({ "__type": exception, "message": text }) }
}

/// A fault of Cognito's own.
pub(crate) fn failed() -> Said {
    Said { status: "500 Internal Server Error", body: json!({ "__type": "InternalErrorException" }) }
}

/// Success with this in it.
pub(crate) fn ok(body: Value) -> Said {
    Said { status: "200 OK", body }
}

/// A request as Cognito got it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sent {
    pub(crate) operation: String,
    pub(crate) body: Value,
    pub(crate) is_signed: bool,
}

/// What each operation answers next; the last answer of a script stays.
#[derive(Debug, Default)]
struct State {
    scripts: HashMap<String, Vec<Said>>,
    sent: Vec<Sent>,
}

impl State {
    fn answer(&mut self, sent: Sent) -> Said {
        let said = match self.scripts.get_mut(&sent.operation) {
            Some(script) if script.len() > 1 => script.remove(0),
            Some(script) => script[0].clone(),
            None => ok(success(&sent.operation)),
        };
        self.sent.push(sent);
        said
    }
}

pub(crate) struct Scripted {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Scripted {
    /// Listens until the tests end.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(stream.unwrap(), &state));
            }
        });
        Self { address, state }
    }

    /// From now on the operation is refused with this exception and text.
    pub(crate) fn refuse(&self, operation: &str, exception: &str, text: &str) {
        self.script(operation, vec![refused(exception, text)]);
    }

    /// From now on the operation succeeds with this.
    pub(crate) fn answer(&self, operation: &str, body: Value) {
        self.script(operation, vec![ok(body)]);
    }

    /// From now on the operation answers with these, one after the other, and then with the last.
    pub(crate) fn script(&self, operation: &str, script: Vec<Said>) {
        assert!(!script.is_empty(), "a script says something");
        self.state.lock().unwrap().scripts.insert(operation.to_owned(), script);
    }

    /// All that was sent, in its order.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.state.lock().unwrap().sent.clone()
    }

    /// The operations of it.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.sent().into_iter().map(|sent| sent.operation).collect()
    }

    /// Forgets what was sent.
    pub(crate) fn forget(&self) {
        self.state.lock().unwrap().sent.clear();
    }

    /// The pool, as a function finds it in its environment.
    pub(crate) fn cognito(&self, config: &Config) -> Cognito {
        let endpoint = format!("http://{}", self.address);
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

    /// What the service answers when this is its pool.
    pub(crate) async fn ask(&self, config: &Config, ask: &Request) -> Answer {
        let env = |name: &str| (name == "TURNSTILE_SECRET").then(|| TURNSTILE_SECRET.to_owned());
        let human = Turnstile::from_env(env, config).unwrap().map(Arc::new);
        let provider = Arc::new(self.cognito(config));
        let app = App { provider, settings: Arc::new(Settings::from(config)), human };
        let cors_credentials = config.auth.refresh_cookie;
        let settings = web::Settings { cors_credentials, ..web::Settings::from(&config.api) };
        let app = web::app(auth::router(app), &settings);
        let answer = web::answer(&app, &ask.0.to_string(), Context::default()).await.unwrap();
        Answer { status: answer.status_code, headers: answer.multi_value_headers, body: answer.body }
    }

    /// The same with the lines that were logged meanwhile. They are those of this thread: the test must not have more.
    pub(crate) async fn ask_logged(&self, config: &Config, ask: &Request) -> (Answer, Vec<Value>) {
        let lines = Lines::default();
        let subscriber =
            tracing_subscriber::fmt().json().flatten_event(true).with_writer(lines.clone()).finish();
        let listening = tracing::subscriber::set_default(subscriber);
        let answer = self.ask(config, ask).await;
        drop(listening);
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        (answer, written.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }
}

/// A configuration that says this and nothing else.
pub(crate) fn config(json: &Value) -> Config {
    Config::parse(&json.to_string()).unwrap()
}

fn serve(stream: TcpStream, state: &Mutex<State>) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    while let Some(call) = read_call(&mut reader) {
        let body = serde_json::from_slice(&call.body).unwrap();
        let sent = Sent { operation: call.operation, body, is_signed: call.is_signed };
        let Said { status, body } = state.lock().unwrap().answer(sent);
        write_answer(&mut writer, status, "Content-Type: application/x-amz-json-1.1\r\n", &body.to_string());
    }
}

/// What an operation answers that did what it was asked.
fn success(operation: &str) -> Value {
    let delivery = json!({ "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" });
    match operation {
        "SignUp" => json!({ "UserConfirmed": false, "UserSub": "7f1e", "CodeDeliveryDetails": delivery }),
        "ForgotPassword" | "ResendConfirmationCode" | "GetUserAttributeVerificationCode" => {
            json!({ "CodeDeliveryDetails": delivery })
        }
        "InitiateAuth" | "RespondToAuthChallenge" | "GetTokensFromRefreshToken" => {
            json!({ "AuthenticationResult": {
                "AccessToken": "new.access.token", "IdToken": "new.id.token", "RefreshToken": "new.refresh.token",
                "ExpiresIn": 3600, "TokenType": "Bearer",
            }})
        }
        "GetUser" => json!({
            "Username": "7f1e",
            "UserAttributes": [{ "Name": "sub", "Value": "7f1e" }, { "Name": "email", "Value": EMAIL }],
        }),
        "UpdateUserAttributes" => json!({ "CodeDeliveryDetailsList": [] }),
        "AssociateSoftwareToken" => json!({ "SecretCode": "JBSWY3DPEHPK3PXP", "Session": SESSION }),
        "VerifySoftwareToken" => json!({ "Status": "SUCCESS", "Session": SESSION }),
        "ConfirmDevice" => json!({ "UserConfirmationNecessary": false }),
        "ListDevices" => json!({ "Devices": [] }),
        _ => json!({}),
    }
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
        let (answer, log) = pool.ask_logged(&everything, &route.ask()).await;
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
