//! Limits that apply in more than one place. One test checks all the places of each limit, so that none is
//! forgotten.

use serde_json::{Map, Value, json};

use crate::service::{Answer, event, send, set_header, settings};

/// The routes that read a body. The second also accepts a request without one.
const BODIES: [&str; 2] = ["/strict", "/optional"];

async fn post(path: &str, body: &str) -> Answer {
    let mut event = event(path);
    event["httpMethod"] = json!("POST");
    event["body"] = json!(body);
    set_header(&mut event, "Content-Type", "application/json");
    send(&event, &settings(&json!({}))).await
}

/// The answer to a query whose parameters are in the form of a REST API's event.
async fn search(parameters: Map<String, Value>) -> Answer {
    let mut event = event("/search");
    let first = parameters.iter().map(|(name, values)| (name.clone(), values[0].clone()));
    event["queryStringParameters"] = Value::Object(first.collect());
    event["multiValueQueryStringParameters"] = Value::Object(parameters);
    send(&event, &settings(&json!({}))).await
}

fn many<T>(value: impl Fn(usize) -> T) -> Map<String, Value>
where
    Value: From<T>,
{
    (0..1000).map(|number| (format!("p{number}"), value(number).into())).collect()
}

#[tokio::test]
async fn no_more_than_50_mistakes_are_named_whatever_is_read() {
    let mut answers = Vec::new();
    for path in BODIES {
        answers.push(post(path, &Value::from(many(|_| "x")).to_string()).await);
    }
    // Unknown parameters, repeated parameters, and values that are not UTF-8.
    answers.push(search(many(|_| vec!["x"])).await);
    answers.push(search(many(|_| vec!["x", "y"])).await);
    answers.push(search(many(|_| vec!["%ff"])).await);
    for answer in answers {
        let problem = answer.assert_problem(422, "invalid_request");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 50, "{}", answer.body);
        assert!(answer.body.len() < 5_000, "{} bytes", answer.body.len());
    }
}

#[tokio::test]
async fn a_body_has_the_same_limit_in_base64_and_in_text_everywhere() {
    const MAX: usize = 16 * 1024;
    for path in BODIES {
        for (length, status) in [(MAX, 200), (MAX + 1, 413)] {
            let body = format!("{:length$}", r#"{"text": ""}"#);
            let answer = post(path, &body).await;
            assert_eq!(answer.status.as_u16(), status, "{length} at {path}: {}", answer.body);
            let mut event = event(path);
            event["httpMethod"] = json!("POST");
            event["isBase64Encoded"] = json!(true);
            event["body"] = json!(base64(body.as_bytes()));
            set_header(&mut event, "Content-Type", "application/json");
            let answer = send(&event, &settings(&json!({}))).await;
            assert_eq!(answer.status.as_u16(), status, "{length} in base64 at {path}: {}", answer.body);
        }
    }
}

/// JSON that is nested deeper than serde reads is unusable. Less deep, it is a value of a wrong type.
#[tokio::test]
async fn a_body_has_the_same_depth_limit_everywhere() {
    for path in BODIES {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            for (depth, status, code) in [(126, 422, "invalid_request"), (127, 400, "invalid_json")] {
                let inner = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                let answer = post(path, &format!(r#"{{"text": {inner}}}"#)).await;
                answer.assert_problem(status, code);
            }
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
