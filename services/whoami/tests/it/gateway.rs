//! Sends a gateway event through the service, the way `main` wires it, and reads the answer.

use axum::http::{HeaderMap, StatusCode};
use platform::config::Config;
use serde_json::Value;
use web::{Context, Settings};

pub(crate) const USER: &str = include_str!("../events/whoami-as-user.json");
pub(crate) const MACHINE: &str = include_str!("../events/whoami-as-machine.json");
pub(crate) const NOBODY: &str = include_str!("../events/whoami-without-authorizer.json");
pub(crate) const ADMIN_PING_AS_ADMIN: &str = include_str!("../events/admin-ping-as-admin.json");
pub(crate) const ADMIN_PING_AS_USER: &str = include_str!("../events/admin-ping-as-user.json");

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Asserts that this is a whole problem with this status and code.
    pub(crate) fn assert_problem(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["code"], code);
        assert_eq!(self.body["type"], "about:blank");
        assert_eq!(self.body["requestId"], self.header("x-request-id").unwrap());
        for member in ["title", "detail"] {
            assert!(
                self.body[member].as_str().is_some_and(|text| !text.is_empty()),
                "{member}: {}",
                self.body
            );
        }
    }
}

pub(crate) fn event(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

pub(crate) async fn send(event: &Value) -> Answer {
    let app = web::app(whoami::router(), &Settings::from(&Config::default().api));
    let answer = web::answer(&app, &event.to_string(), Context::default()).await.unwrap();
    let body = serde_json::from_str(&answer.body).unwrap();
    Answer { status: answer.status_code, headers: answer.multi_value_headers, body }
}
