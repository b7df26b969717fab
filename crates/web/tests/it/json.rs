//! A JSON body, from the gateway's event to a handler.

use serde_json::{Value, json};

use crate::service::{Answer, event, send, set_header, settings};

fn post(path: &str, body: &str) -> Value {
    let mut event = event(path);
    event["httpMethod"] = json!("POST");
    event["body"] = json!(body);
    set_header(&mut event, "Content-Type", "application/json");
    event
}

async fn ask(event: &Value) -> Answer {
    send(event, &settings(&json!({}))).await
}

#[tokio::test]
async fn a_handler_gets_what_the_body_says() {
    for path in ["/strict", "/optional"] {
        for (body, is_base64) in [(r#"{"text": "grün"}"#, false), ("eyJ0ZXh0IjogImdyw7xuIn0=", true)] {
            let mut event = post(path, body);
            event["isBase64Encoded"] = json!(is_base64);
            assert_eq!(ask(&event).await.body, "grün");
        }
    }
}

#[tokio::test]
async fn no_body_at_all_may_be_a_default() {
    for body in [Value::Null, json!("")] {
        let mut event = event("/optional");
        event["httpMethod"] = json!("POST");
        event["body"] = body;
        let answer = ask(&event).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
    }
    ask(&post("/optional", " ")).await.assert_problem(400, "invalid_json");
    ask(&post("/strict", "")).await.assert_problem(400, "invalid_json");
}

#[tokio::test]
async fn a_body_of_another_type_is_not_read() {
    for path in ["/strict", "/optional"] {
        let mut event = post(path, r#"{"text": "a"}"#);
        set_header(&mut event, "Content-Type", "text/plain");
        ask(&event).await.assert_problem(415, "unsupported_media_type");
    }
}

#[tokio::test]
async fn each_mistake_has_its_place_and_no_value() {
    let answer = ask(&post("/strict", r#"{"text": 4444, "colour": "hunter2"}"#)).await;
    let problem = answer.assert_problem(422, "invalid_request");
    let places: Vec<&Value> =
        problem["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(places, ["/colour", "/text"]);
    assert!(!answer.body.contains("4444") && !answer.body.contains("hunter2"), "{}", answer.body);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_no_json() {
    let mut event = post("/strict", "eyJ0ZXh0IjogIun/In0=");
    event["isBase64Encoded"] = json!(true);
    ask(&event).await.assert_problem(400, "invalid_json");
}

#[tokio::test]
async fn deep_nesting_does_no_harm() {
    for open in ["[", "{\"a\":"] {
        let body = format!("{{\"text\": {}", open.repeat(3000));
        ask(&post("/strict", &body)).await.assert_problem(400, "invalid_json");
    }
}
