//! Sends a gateway's event through the service, set up as in `main`, and reads the answer.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderMap, StatusCode};
use orders::calendar::Timestamp;
use orders::store::OrderStore;
use orders::{App, Clock, Rng};
use platform::config::Config;
use serde_json::{Value, json};
use testkit::request::Request;
use web::Context;

use crate::memory::{InjectedFault, Memory};

/// The stack's own pool.
pub(crate) const POOL: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI";

const REQUEST: &str = include_str!("../events/request.json");

/// 2026-03-10T12:00:00Z.
pub(crate) const NOON: u64 = 1_773_144_000_000;
pub(crate) const HOUR: u64 = 3_600_000;
pub(crate) const DAY: u64 = 24 * HOUR;

/// A clock that only moves when a test moves it, and random numbers that count up.
struct Still {
    millis: AtomicU64,
    drawn: AtomicU64,
}

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.load(Ordering::SeqCst)).unwrap()
    }
}

impl Rng for Still {
    fn random(&self) -> io::Result<[u8; 10]> {
        let number = self.drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        // The first two bytes contain the UUID's version. The count is in bytes that order the ids.
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&number);
        bytes[2] = 0;
        Ok(bytes)
    }
}

pub(crate) struct Service {
    app: App,
    pub(crate) memory: Arc<Memory>,
    still: Arc<Still>,
}

impl Service {
    pub(crate) fn new() -> Self {
        Self::with_config(&Config::load(|_| None).unwrap())
    }

    pub(crate) fn with_config(config: &Config) -> Self {
        let memory = Arc::new(Memory::default());
        let still = Arc::new(Still { millis: AtomicU64::new(NOON), drawn: AtomicU64::new(0) });
        let store: Arc<dyn OrderStore> = memory.clone();
        Self { app: App::new(store, still.clone(), still.clone(), config), memory, still }
    }

    pub(crate) fn set_time(&self, millis: u64) {
        self.still.millis.store(millis, Ordering::SeqCst);
    }

    /// The next call of the store has this result.
    pub(crate) fn inject(&self, fault: InjectedFault) {
        self.memory.faults.lock().unwrap().push(fault);
    }

    pub(crate) async fn send(&self, request: Request) -> Answer {
        let settings = web::Settings::from(&Config::load(|_| None).unwrap().api);
        let app = web::app(orders::router().with_state(self.app.clone()), &settings);
        let answer = web::answer(&app, &request.0.to_string(), Context::default()).await.unwrap();
        let body = &answer.body;
        let body = if body.is_empty() { Value::Null } else { serde_json::from_str(body).unwrap() };
        Answer { status: answer.status_code, headers: answer.multi_value_headers, body }
    }

    /// Sets an order's status as an administrator.
    pub(crate) async fn advance(&self, id: &str, status: &str) {
        let request = request("PATCH", &format!("/admin/orders/{id}")).by_admin().header("If-Match", "*");
        let answer = self.send(request.json(&json!({ "status": status }))).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["status"]),
            (200, &json!(status)),
            "{}",
            answer.body
        );
    }

    /// Places an order of `who`, and returns the answer.
    pub(crate) async fn placed(&self, who: &str, body: Value) -> Answer {
        let answer = self.send(request("POST", "/orders").by(who).json(&body)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer
    }
}

pub(crate) fn tea() -> Value {
    json!({ "item": "Tea", "quantity": 3, "price": { "amount": 450, "currency": "EUR" } })
}

/// A request without a caller, in the form in which the gateway sends it.
pub(crate) fn request(method: &str, path: &str) -> Request {
    Request::like(REQUEST, method, path)
}

/// Sets the caller of a request, as the gate would describe them.
pub(crate) trait Caller: Sized {
    /// Called by an administrator.
    fn by_admin(self) -> Self;

    /// Called by this user, who is in no group.
    fn by(self, subject: &str) -> Self;

    /// Called by this user, with these groups and scopes.
    fn known_as(self, subject: &str, groups: &str, scopes: &str) -> Self;

    /// The same caller, with a token of another issuer.
    fn said_by(self, issuer: &str, authority: &str) -> Self;
}

impl Caller for Request {
    fn by_admin(self) -> Self {
        self.known_as("root", "staff admins", "aws.cognito.signin.user.admin")
    }

    fn by(self, subject: &str) -> Self {
        self.known_as(subject, "", "aws.cognito.signin.user.admin")
    }

    fn known_as(self, subject: &str, groups: &str, scopes: &str) -> Self {
        self.authorized(json!({
            "principalId": subject,
            "sub": subject,
            "token_use": "access",
            "client_id": "client",
            "groups": groups,
            "scope": scopes,
            "iss": POOL,
            "authority": "own",
            "exp": "1773104239",
        }))
    }

    fn said_by(mut self, issuer: &str, authority: &str) -> Self {
        let context = &mut self.0["requestContext"]["authorizer"];
        context["iss"] = json!(issuer);
        context["authority"] = json!(authority);
        self
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().unwrap().to_owned()
    }

    /// The ids of a page's orders.
    pub(crate) fn ids(&self) -> Vec<String> {
        let orders = self.body["orders"].as_array().unwrap_or_else(|| panic!("{}", self.body));
        orders.iter().map(|order| order["id"].as_str().unwrap().to_owned()).collect()
    }

    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), &self.body["code"]), (status, &json!(code)), "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["requestId"], self.header("x-request-id").unwrap());
        assert!(!self.body.to_string().contains("10.0.0.7"), "{}", self.body);
    }

    /// Asserts that the problem names exactly these places.
    #[track_caller]
    pub(crate) fn assert_places(&self, places: &[&str]) {
        self.assert_problem(422, "invalid_request");
        let errors = self.body["errors"].as_array().unwrap_or_else(|| panic!("{}", self.body));
        let named: Vec<_> = errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(named, places, "{}", self.body);
    }
}
