//! What is no HTTP, shown to the program as a whole: it answers, and fails nobody's invoke.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::cognito;
use testkit::request::Request;

use crate::runtime::run;

const TIME: Duration = Duration::from_secs(10);

#[test]
fn nobody_can_cause_an_error_of_the_function_by_what_they_write() {
    let sign_in =
        || Request::post("/auth/signin", &json!({ "email": "ann@example.com", "password": "hunter2" }));
    let requests = [
        sign_in().header("Host", "hunter2 b"),
        sign_in().header("Host", "hunter2\u{7f}"),
        sign_in().header("bad header", "hunter2"),
        sign_in().header("Cookie", "__Host-refresh_token=hunter2\n"),
        sign_in().base64("hunter2!"),
        Request::new("", "/auth/signin"),
        Request::new("POST", "hunter2"),
    ];
    let never = |operation: &str, _: &Value| -> (&'static str, Value) {
        panic!("{operation}: Cognito is asked about a request that is none")
    };
    // Of each it is seen to that it was answered, and not failed.
    let (answers, log) = run(&cognito::start(never), &requests, TIME);
    for (request, answer) in requests.iter().zip(&answers) {
        let problem: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        let expected = (&json!(400), &json!("malformed_request"));
        assert_eq!((&answer["statusCode"], &problem["code"]), expected, "{}", request.0);
        assert_eq!(problem["requestId"], "gateway-1");
    }
    assert!(!log.contains("hunter2"), "{log}");
}
