//! Any text as a service's event. The service never panics. A request gets an answer that is not a fault of
//! the service, in the form that the gateway reads.

use platform::config::Config;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use web::{Context, Settings};

use crate::Outcome;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

/// Sends the event in `data` to the smallest service.
pub fn run(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    let app = web::app(whoami::router(), &Settings::from(&Config::default().api));
    let answer = runtime().block_on(web::answer(&app, &text, Context::default()));
    let event = serde_json::from_str(&text).unwrap_or(Value::Null);
    let is_request = event["version"] != "2.0"
        && event.get("httpMethod").is_some()
        && event["requestContext"].get("httpMethod").is_some();
    if let Ok(answer) = answer {
        assert!(is_request || event.is_null(), "an answer to nobody");
        check(&serde_json::to_value(&answer).expect("an answer can be written"));
        if answer.status_code == 400 { Outcome::Refused } else { Outcome::Accepted }
    } else {
        assert!(!is_request, "a failure that a caller can cause");
        Outcome::Refused
    }
}

fn check(answer: &Value) {
    let status = answer["statusCode"].as_u64().expect("a status");
    assert!((200..500).contains(&status), "a fault of the service: {answer}");
    for (name, values) in answer["multiValueHeaders"].as_object().expect("headers") {
        let values = values.as_array().expect("a list of values");
        assert!(!values.is_empty() && values.iter().all(Value::is_string), "{name}");
    }
    let body = answer["body"].as_str().expect("a body");
    if status >= 400 {
        let problem: Value = serde_json::from_str(body).expect("a problem");
        assert_eq!((&problem["status"], problem["code"].is_string()), (&answer["statusCode"], true));
    }
}
