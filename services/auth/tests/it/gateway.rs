//! Makes gateway events, sends them through the service the way `main` wires it, and reads the answers.

use std::sync::Arc;

use auth::{App, Settings};
use axum::http::{HeaderMap, StatusCode};
use platform::config::Config;
use serde_json::{Value, json};
use testkit::request::Request;
use web::Context;

use crate::fake::{ACCESS_TOKEN, Fake};

/// Who sends a request, as the gate tells it.
pub(crate) trait Caller {
    /// A user with an access token: what the gate says of them, and the token.
    fn signed_in(self) -> Self;

    /// A user with a token of this use: what the gate says of them.
    fn vouched_for(self, token_use: &str) -> Self;
}

impl Caller for Request {
    fn signed_in(self) -> Self {
        self.vouched_for("access").header("Authorization", &format!("Bearer {ACCESS_TOKEN}"))
    }

    fn vouched_for(self, token_use: &str) -> Self {
        self.authorized(json!({
            "principalId": "7f1e", "sub": "7f1e", "username": "7f1e", "token_use": token_use,
            "client_id": "client", "groups": "", "scope": "aws.cognito.signin.user.admin",
            "authority": "own", "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI", "exp": "1773104239",
        }))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// `204`, or the status with the code of the problem: `401 invalid_credentials`.
    pub(crate) fn status_and_code(&self) -> String {
        let status = self.status.as_u16();
        if status < 400 {
            return status.to_string();
        }
        self.assert_whole_problem();
        format!("{status} {}", self.json()["code"].as_str().unwrap())
    }

    /// The same with the places of the errors behind it.
    pub(crate) fn status_code_and_places(&self) -> String {
        let mut status_and_code = self.status_and_code();
        let problem = if self.status.as_u16() < 400 { Value::Null } else { self.json() };
        for error in problem["errors"].as_array().into_iter().flatten() {
            status_and_code = format!("{status_and_code} [{}]", error["pointer"].as_str().unwrap());
            assert!(!error["detail"].as_str().unwrap().is_empty());
        }
        status_and_code
    }

    pub(crate) fn assert_json(&self, status: u16, body: &Value) {
        assert_eq!((self.status.as_u16(), &self.json()), (status, body));
        assert_eq!(self.header("content-type"), Some("application/json"));
        self.assert_not_kept();
    }

    pub(crate) fn assert_empty(&self) {
        assert_eq!((self.status.as_u16(), self.body.as_str()), (204, ""), "{}", self.body);
        self.assert_not_kept();
    }

    fn assert_whole_problem(&self) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        self.assert_not_kept();
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(problem["requestId"], self.header("x-request-id").unwrap());
        for member in ["title", "detail", "code"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
        }
        assert_eq!(self.header("www-authenticate").is_some(), self.status == 401, "{:?}", self.headers);
        assert_eq!(self.header("retry-after").is_some(), self.status == 429, "{:?}", self.headers);
    }

    fn assert_not_kept(&self) {
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(self.header("x-request-id"), Some("gateway-1"));
    }

    /// Everything of the answer that a caller could read.
    pub(crate) fn all_text(&self) -> String {
        format!("{:?} {}", self.headers, self.body)
    }
}

/// The settings that `config.json` has when nothing is said in it.
pub(crate) fn settings() -> Settings {
    Settings::from(&Config::default())
}

/// Sends it to a service that is set up as a new project is.
pub(crate) async fn send(fake: &Arc<Fake>, request: &Request) -> Answer {
    send_to(fake, &settings(), request).await
}

pub(crate) async fn send_to(fake: &Arc<Fake>, settings: &Settings, request: &Request) -> Answer {
    let app = App { provider: Arc::clone(fake) as _, settings: Arc::new(settings.clone()), human: None };
    let api = json!({ "api": { "corsOrigins": settings.origins } });
    let web_settings = web::Settings {
        cors_credentials: settings.refresh_cookie.is_some(),
        ..web::Settings::from(&Config::parse(&api.to_string()).unwrap().api)
    };
    let app = web::app(auth::router().with_state(app), &web_settings);
    let answer = web::answer(&app, &request.0.to_string(), Context::default()).await.unwrap();
    Answer { status: answer.status_code, headers: answer.multi_value_headers, body: answer.body }
}
