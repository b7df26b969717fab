//! A service whose routes fail on purpose, and gateway events to call it with.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use platform::config::Config;
use serde::Deserialize;
use serde_json::{Value, json};
use web::{Context, ErrorStatus, Problem, RequestId, Settings};

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn assert_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let length = self.body.len().to_string();
        assert!(self.header("content-length").is_none_or(|told| told == length), "{:?}", self.headers);
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!((&problem["status"], &problem["code"]), (&json!(status), &json!(code)));
        assert_eq!(problem["requestId"], self.header("x-request-id").unwrap());
        problem
    }
}

fn routes() -> Router {
    Router::new()
        .route(
            "/echo",
            get(async |uri: Uri, Extension(id): Extension<RequestId>| format!("{uri} {}", id.as_str())),
        )
        .route("/cached", get(async || ([(header::CACHE_CONTROL, "max-age=60")], "kept")))
        .route("/size", post(async |body: Bytes| body.len().to_string()))
        .route("/strict", post(async |body: web::Json<Note>| body.0.text))
        .route("/optional", post(async |body: web::OptionalJson<Note>| body.0.text))
        .route("/search", get(async |query: web::Query<Note>| query.0.text))
        .route("/json", post(async |body: Json<[u8; 2]>| format!("{:?}", body.0)))
        .route("/items/{item}", get(async |Path(item): Path<String>| item))
        .route("/panic", get(panics))
        .route("/slow", get(sleeps))
        .route("/broken", get(fails))
        .route("/rude", get(async || (StatusCode::IM_A_TEAPOT, "stack trace and all")))
        .route("/reset", get(async || (StatusCode::RESET_CONTENT, "")))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    text: String,
}

async fn panics() -> Problem {
    panic!("the secret of the kettle");
}

async fn sleeps() -> &'static str {
    tokio::time::sleep(Duration::from_hours(1)).await;
    "late"
}

async fn fails() -> impl IntoResponse {
    let cause = std::io::Error::other("password hunter2 refused by 10.0.0.7");
    (
        [(header::RETRY_AFTER, "5"), (header::CACHE_CONTROL, "max-age=60")],
        Problem::new(ErrorStatus::SERVICE_UNAVAILABLE, "table_away", "Try again.").caused_by(cause),
    )
}

/// The event of a GET request. Each test changes the part that it is about.
pub(crate) fn event(path: &str) -> Value {
    let mut event: Value = serde_json::from_str(include_str!("../events/rest.json")).unwrap();
    event["path"] = json!(path);
    event["requestContext"]["path"] = json!(format!("/v1{path}"));
    event
}

pub(crate) fn set_header(event: &mut Value, name: &str, value: &str) {
    event["headers"][name] = json!(value);
    event["multiValueHeaders"][name] = json!([value]);
}

/// Settings from the `api` part of a configuration file.
pub(crate) fn settings(api: &Value) -> Settings {
    Settings::from(&Config::parse(&json!({ "api": api }).to_string()).unwrap().api)
}

pub(crate) async fn send(event: &Value, settings: &Settings) -> Answer {
    let mut context = Context::default();
    "lambda-1".clone_into(&mut context.request_id);
    context.deadline = u64::MAX / 2;
    send_with(event, settings, context).await
}

pub(crate) async fn send_with(event: &Value, settings: &Settings, context: Context) -> Answer {
    let app = web::app(routes(), settings);
    let answer = web::answer(&app, &event.to_string(), context).await.unwrap();
    assert!(!answer.is_base64_encoded);
    Answer { status: answer.status_code, headers: answer.multi_value_headers, body: answer.body }
}
