//! Which events arrive at Sentry.

use serde_json::{Value, json};

use crate::events::{GROUP, ended, event, failed, packed};
use crate::runtime::{run, told};
use crate::sentry::Sentry;

#[test]
fn each_error_of_a_batch_arrives_as_one_event_and_no_more() {
    let sentry = Sentry::start(&[]);
    let lines = [
        failed("internal"),
        json!({ "level": "INFO", "message": "request", "status": 200 }),
        json!("START RequestId: 1 Version: 17"),
        ended("timeout", "x"),
        ended("error", "Runtime.OutOfMemory"),
        ended("success", "Unauthorized"),
        ended("error", "Unauthorized"),
        json!({
            "type": "platform.initReport",
            "record": { "initializationType": "on-demand", "phase": "init", "status": "error", "errorType": "Runtime.ExitError" },
        }),
        json!({ "level": "INFO", "message": "decision", "decision": "unauthorized", "reason": "signature_wrong" }),
        json!({ "level": "INFO", "message": "decision", "decision": "failure", "reason": "keys_unavailable", "sub": "ada" }),
        json!({ "level": "ERROR", "message": "it panicked", "place": "src/order.rs:17:9", "panic": "index out of bounds" }),
    ];
    let (answers, log) = run(&sentry.dsn(), &[event(&lines)]);
    assert_eq!(answers, [Ok(Value::Null)]);
    let events = sentry.events();
    let messages: Vec<&str> = events.iter().map(|event| event["message"].as_str().unwrap()).collect();
    assert_eq!(
        messages,
        [
            "auth: the request failed: internal",
            "auth: it ran into its timeout: x",
            "auth: it crashed: Runtime.OutOfMemory",
            "auth: it did not start: Runtime.ExitError",
            "auth: the gate could not decide: keys_unavailable",
            "auth: it panicked: index out of bounds",
        ]
    );
    assert!(log.is_empty(), "{log:?}");

    let first = &events[0];
    assert_eq!(first["release"], "gatehouse-prod-auth@17");
    assert_eq!(first["environment"], "gatehouse-prod");
    assert_eq!(first["platform"], "native");
    assert_eq!(first["timestamp"], 1_795_000_000.0);
    assert_eq!(first["tags"]["log_group"], GROUP);
    assert_eq!(first["tags"]["version"], "17");
    assert_eq!(first["tags"]["request_id"], "7f3a9d10-6c1e-4c58-9f43-8d2a7e5b1c90");
    assert_eq!(events[2]["extra"]["maxMemoryUsedMB"], "20");
    assert_eq!(events[5]["fingerprint"], json!(["auth", "logged", "it panicked", "src/order.rs:17:9"]));
    assert!(events.iter().all(|event| event["user"].is_null() && event["server_name"].is_null()));
}

#[test]
fn an_event_that_is_handed_over_again_has_the_same_ids() {
    let sentry = Sentry::start(&[]);
    let twice = event(&[failed("red"), failed("green")]);
    // Two instances send it, because one instance would not report the same fault again at once.
    for _ in 0..2 {
        let (answers, _) = run(&sentry.dsn(), std::slice::from_ref(&twice));
        assert!(answers[0].is_ok(), "{answers:?}");
    }
    let ids: Vec<Value> = sentry.events().iter().map(|event| event["event_id"].clone()).collect();
    assert_eq!(ids[..2], ids[2..]);
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn equal_lines_become_one_counted_event_a_minute() {
    let sentry = Sentry::start(&[]);
    let storm = event(&vec![failed("internal"); 500]);
    let mixed = event(&[failed("internal"), failed("other"), failed("internal")]);
    let (answers, log) = run(&sentry.dsn(), &[storm.clone(), storm, mixed]);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let told: Vec<Value> =
        sentry.events().iter().map(|event| json!([event["tags"]["code"], event["extra"]["times"]])).collect();
    assert_eq!(json!(told), json!([["internal", 500], ["other", 1]]));
    let held_back: Vec<Value> = log.iter().map(|line| line["held_back"].clone()).collect();
    assert_eq!(json!(held_back), json!([500, 2]), "{log:?}");
}

#[test]
fn of_a_storm_of_different_ones_a_hundred_arrive() {
    let sentry = Sentry::start(&[]);
    let words =
        ["red", "green", "blue", "black", "white", "grey", "pink", "brown", "teal", "lime", "gold", "navy"];
    let different: Vec<Value> = words
        .iter()
        .flat_map(|one| words.iter().map(move |other| failed(&format!("{one}_{other}"))))
        .collect();
    let (answers, log) = run(&sentry.dsn(), &[event(&different)]);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(sentry.events().len(), 100);
    let warnings = told(&log, "WARN");
    let counts: Vec<_> = warnings.iter().map(|line| (&line["left_out"], &line["sent"])).collect();
    assert_eq!(json!(counts), json!([[44, 100]]));
}

#[test]
fn nothing_of_a_hostile_line_arrives_or_is_logged_but_what_may() {
    let sentry = Sentry::start(&[]);
    let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    let hostile = json!({
        "level": "ERROR", "target": "auth", "message": format!("no answer for ada@example.com, {jwt}"),
        "cause": "Authorization: Bearer abc.def; {\"password\": \"hunter2 and more\"} from 203.0.113.7 or +491701234567",
        "panic": format!("{jwt}"), "body": "hunter2", "email": "ada@example.com", "user": { "name": "Ada" },
        "cookie": "refresh=hunter2", "code": "x\r\nX-Sentry-Auth: hunter2".repeat(2_000),
        "span": { "request_id": format!("{jwt}") },
    });
    let (answers, log) =
        run(&sentry.dsn(), &[event(&[hostile, json!("{\"level\":\"ERROR\",\"x\":\"\\ud800\"}")])]);
    assert!(answers[0].is_ok(), "{answers:?}");
    let told = json!([sentry.events(), log]).to_string();
    assert_eq!(sentry.events().len(), 1);
    for secret in [
        "eyJ",
        "c2lnbmF0dXJl",
        "ada@",
        "Ada",
        "abc.def",
        "hunter2 and more",
        "203.0.113.7",
        "4917012",
        "cookie",
        "email\"",
    ] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    assert!(told.len() < 8_000, "{}", told.len());
}

#[test]
fn a_control_message_and_a_batch_without_errors_reach_nobody() {
    let sentry = Sentry::start(&[]);
    let check = json!([{ "id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE: Checking health of destination Lambda." }]);
    let quiet = event(&[json!({ "level": "WARN", "message": "m" }), json!("text")]);
    let (answers, log) =
        run(&sentry.dsn(), &[packed("CONTROL_MESSAGE", &check), quiet, packed("DATA_MESSAGE", &json!([]))]);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert!(sentry.events().is_empty() && log.is_empty(), "{log:?}");
}
