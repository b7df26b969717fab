//! The answer that the gateway gets, for every kind of response.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{AppendHeaders, Response};
use axum::routing::get;
use futures_util::stream;
use serde_json::{Value, json};
use web::Context;

use crate::service::{event, settings};

fn routes() -> Router {
    let cookies = AppendHeaders([(SET_COOKIE, "a=1"), (SET_COOKIE, "b=2")]);
    let pixel: &[u8] = &[0x89, b'P', b'N', b'G'];
    let odd = HeaderValue::from_bytes(b"caf\xe9").unwrap();
    Router::new()
        .route("/cookies", get(async move || cookies))
        .route("/pixel", get(async move || ([(CONTENT_TYPE, "image/png")], pixel)))
        .route("/text", get(async || ([(CONTENT_TYPE, "text/plain")], "grün")))
        .route("/latin", get(async || ([(CONTENT_TYPE, "text/plain; charset=iso-8859-1")], b"gr\xfcn")))
        .route("/nothing", get(async || StatusCode::NO_CONTENT))
        .route("/odd", get(async move || [("x-odd", odd)]))
        .route("/broken-off", get(async || broken_off()))
        .route("/large", get(async || "x".repeat(7 * 1024 * 1024)))
        .route("/escaped", get(async || "\u{1}".repeat(2 * 1024 * 1024)))
        .route("/just-fits", get(async || "x".repeat(5 * 1024 * 1024)))
}

/// A body that fails halfway.
fn broken_off() -> Body {
    Body::from_stream(stream::iter([Ok("half"), Err(std::io::Error::other("hunter2 is away"))]))
}

/// The answer as the gateway reads it.
async fn ask(path: &str) -> Value {
    ask_of(web::app(routes(), &settings(&json!({}))), path).await
}

async fn ask_of(app: Router, path: &str) -> Value {
    let mut context = Context::default();
    "lambda-1".clone_into(&mut context.request_id);
    let answer = web::answer(&app, &event(path).to_string(), context).await.unwrap();
    serde_json::to_value(answer).unwrap()
}

#[tokio::test]
async fn an_answer_has_exactly_the_members_that_the_gateway_knows() {
    let answer = ask("/text").await;
    let mut names: Vec<&String> = answer.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["body", "isBase64Encoded", "multiValueHeaders", "statusCode"]);
    assert_eq!((&answer["statusCode"], &answer["body"]), (&json!(200), &json!("grün")));
    assert_eq!(answer["isBase64Encoded"], false);
    assert_eq!(answer["multiValueHeaders"]["content-type"], json!(["text/plain"]));
}

#[tokio::test]
async fn each_cookie_has_its_own_header() {
    assert_eq!(ask("/cookies").await["multiValueHeaders"]["set-cookie"], json!(["a=1", "b=2"]));
}

#[tokio::test]
async fn what_is_no_text_goes_as_base64() {
    for (path, body) in [("/pixel", "iVBORw=="), ("/latin", "Z3L8bg==")] {
        let answer = ask(path).await;
        assert_eq!((&answer["body"], &answer["isBase64Encoded"]), (&json!(body), &json!(true)), "{path}");
    }
}

#[tokio::test]
async fn no_body_is_an_empty_text() {
    let answer = ask("/nothing").await;
    assert_eq!((&answer["statusCode"], &answer["body"]), (&json!(204), &json!("")));
    assert_eq!(answer["isBase64Encoded"], false);
}

#[tokio::test]
async fn the_gateway_counts_the_length_itself() {
    for path in ["/text", "/nothing", "/nowhere"] {
        assert_eq!(ask(path).await["multiValueHeaders"].get(CONTENT_LENGTH.as_str()), None, "{path}");
    }
}

#[tokio::test]
async fn a_header_that_is_no_text_is_no_failure() {
    assert_eq!(ask("/odd").await["multiValueHeaders"]["x-odd"], json!(["caf\u{fffd}"]));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_problem() {
    let answer = ask("/broken-off").await;
    let problem: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!((&problem["status"], &problem["code"]), (&json!(500), &json!("internal")));
    assert_eq!(problem["requestId"], answer["multiValueHeaders"]["x-request-id"][0]);
    // The layers handled it: the id is the gateway's and not Lambda's.
    assert_ne!(problem["requestId"], "lambda-1");
    assert_eq!(answer["multiValueHeaders"]["x-content-type-options"], json!(["nosniff"]));
    assert!(!answer.to_string().contains("hunter2"), "{answer}");
}

#[tokio::test]
async fn an_answer_that_lambda_would_refuse_becomes_a_problem() {
    for (path, status) in [("/large", 500), ("/escaped", 500), ("/just-fits", 200)] {
        assert_eq!(ask(path).await["statusCode"], status, "{path}");
    }
}

#[tokio::test]
async fn a_panic_outside_the_panic_layer_becomes_a_problem_too() {
    async fn panics(_: Request, _: Next) -> Response {
        panic!("the secret of the kettle")
    }
    let app = web::app(routes(), &settings(&json!({}))).layer(from_fn(panics));
    let answer = ask_of(app, "/text").await;
    let problem: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!((&problem["status"], &problem["code"]), (&json!(500), &json!("internal")));
    assert_eq!(problem["requestId"], "lambda-1");
    assert_eq!(answer["multiValueHeaders"]["content-type"], json!(["application/problem+json"]));
    assert!(!answer.to_string().contains("kettle"), "{answer}");
}
