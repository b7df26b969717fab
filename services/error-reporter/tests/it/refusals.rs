//! What the function does if Sentry refuses an event, and if the event is not one of `CloudWatch` Logs.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::http::Reply;
use testkit::net::closed_address;
use testkit::runtime_api::Outcome;

use crate::events::{event, failed, gzipped};
use crate::runtime::{run, run_within, told};
use crate::sentry::{KEY, Sentry, answer, ok};

fn three() -> String {
    event(&[failed("red"), failed("green"), failed("blue")])
}

fn error_of(answer: &Outcome) -> (&str, &str) {
    let error = answer.as_ref().unwrap_err();
    (error["errorType"].as_str().unwrap(), error["errorMessage"].as_str().unwrap())
}

/// An operator is told: Lambda counts the events that it gives up after its last attempt, which raises
/// `UnreportedErrors`.
#[test]
fn a_limit_fails_the_invoke_and_each_one_while_it_holds() {
    let limited = [
        ok(),
        answer(
            "429 Too Many Requests",
            "X-Sentry-Rate-Limits: 60:error:organization:usage_exceeded\r\nRetry-After: 60\r\n",
        ),
    ];
    let sentry = Sentry::start(&limited);
    let (answers, log) = run(&sentry.dsn(), &[three(), three()]);
    for answer in &answers {
        let (kind, message) = error_of(answer);
        assert_eq!(kind, "SentryLimited");
        assert!(
            message.contains("quota") && message.ends_with("2 errors were not reported yet"),
            "{message}"
        );
    }
    assert_eq!(sentry.events().len(), 2, "nothing is asked while it holds");
    assert_eq!(told(&log, "ERROR").len(), 2, "{log:?}");
}

#[test]
fn a_429_without_a_word_is_a_limit_and_so_is_a_200_with_one() {
    for (reply, left) in [
        (answer("429 Too Many Requests", ""), 3),
        (answer("200 OK", "X-Sentry-Rate-Limits: 60::organization\r\n"), 2),
    ] {
        let sentry = Sentry::start(&[reply]);
        let (answers, _) = run(&sentry.dsn(), &[three()]);
        let (kind, message) = error_of(&answers[0]);
        assert_eq!((kind, sentry.events().len()), ("SentryLimited", 1));
        assert!(message.ends_with(&format!("{left} errors were not reported yet")), "{message}");
    }
}

#[test]
fn after_a_limit_the_missing_events_arrive_exactly_once() {
    let sentry = Sentry::start(&[ok(), answer("429 Too Many Requests", "Retry-After: 0\r\n")]);
    let (answers, _) = run(&sentry.dsn(), &[three(), three()]);
    assert_eq!((answers[0].is_ok(), answers[1].is_ok()), (false, true));
    let codes: Vec<Value> = sentry.events().iter().map(|event| event["tags"]["code"].clone()).collect();
    assert_eq!(json!(codes), json!(["red", "green", "green", "blue"]));
}

#[test]
fn a_limit_that_is_for_something_else_or_over_stops_nothing() {
    let limited = [
        answer("200 OK", "X-Sentry-Rate-Limits: 60:transaction:organization\r\n"),
        answer("200 OK", "X-Sentry-Rate-Limits: 0:error:organization\r\n"),
    ];
    let sentry = Sentry::start(&limited);
    let (answers, log) = run(&sentry.dsn(), &[three()]);
    assert_eq!((answers[0].is_ok(), sentry.events().len(), log.len()), (true, 3, 0));
}

#[test]
fn an_event_that_sentry_refuses_is_dropped_and_others_are_sent() {
    let refused = [
        answer("413 Payload Too Large", ""),
        answer("400 Bad Request", "X-Sentry-Error: hunter2\r\n"),
        answer("307 Temporary Redirect", "Location: http://127.0.0.1:1/elsewhere\r\n"),
    ];
    let sentry = Sentry::start(&refused);
    let (answers, log) = run(&sentry.dsn(), &[three(), event(&[failed("white")])]);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(sentry.events().len(), 4);
    let statuses: Vec<&Value> = told(&log, "WARN").iter().map(|line| &line["status"]).collect();
    assert_eq!(json!(statuses), json!([413, 400, 307]));
    assert!(!json!(log).to_string().contains("hunter2"));
}

#[test]
fn a_refused_key_fails_the_invocation_and_names_the_parameter() {
    for (reply, status) in [
        (answer("401 Unauthorized", ""), "401"),
        (answer("403 Forbidden", ""), "403"),
        (answer("404 Not Found", ""), "404"),
    ] {
        let sentry = Sentry::start(&[reply]);
        let (answers, log) = run(&sentry.dsn(), &[three()]);
        let (kind, message) = error_of(&answers[0]);
        assert_eq!(kind, "SentryRefused");
        assert!(
            message.contains(status) && message.contains("SentryDsn") && !message.contains(KEY),
            "{message}"
        );
        assert_eq!(sentry.events().len(), 1, "what is left would be refused as well");
        assert_eq!(told(&log, "ERROR").len(), 1, "{log:?}");
    }
}

#[test]
fn a_momentary_fault_of_sentry_gets_one_more_attempt_at_once() {
    let passing = [answer("503 Service Unavailable", ""), ok(), Reply::Close, ok()];
    let sentry = Sentry::start(&passing);
    let (answers, log) = run(&sentry.dsn(), &[three()]);
    assert_eq!((answers[0].is_ok(), log.len()), (true, 0), "{answers:?}, {log:?}");
    let events = sentry.events();
    assert_eq!(events.len(), 5);
    assert_eq!(events[0], events[1], "the same event, so that Sentry can tell");
}

#[test]
fn a_lasting_fault_of_sentry_fails_the_invocation() {
    let lasting = [ok(), answer("502 Bad Gateway", ""), answer("502 Bad Gateway", "Retry-After: 60\r\n")];
    let sentry = Sentry::start(&lasting);
    let (answers, log) = run(&sentry.dsn(), &[three(), three()]);
    assert_eq!(
        error_of(&answers[0]),
        ("SentryUnavailable", "Sentry answers 502; 2 errors were not reported yet")
    );
    assert!(answers[1].is_ok(), "a fault is no limit");
    assert_eq!(told(&log, "ERROR").len(), 1, "{log:?}");
}

#[test]
fn a_sentry_that_is_down_fails_the_invoke() {
    let (answers, log) = run(&format!("http://{KEY}@{}/42", closed_address()), &[three()]);
    let (kind, message) = error_of(&answers[0]);
    assert_eq!(kind, "SentryUnavailable");
    assert!(
        message.contains("cannot be reached") && message.ends_with("3 errors were not reported yet"),
        "{message}"
    );
    assert_eq!(told(&log, "ERROR").len(), 1, "{log:?}");
}

#[test]
fn a_sentry_that_is_slow_is_given_up_within_the_function_s_time() {
    let slow = [Reply::Silence(Duration::from_mins(1)), Reply::Silence(Duration::from_mins(1))];
    let sentry = Sentry::start(&slow);
    let started = Instant::now();
    let (answers, _) = run(&sentry.dsn(), &[three()]);
    assert_eq!(
        error_of(&answers[0]),
        ("SentryUnavailable", "Sentry does not answer within 5 s; 3 errors were not reported yet")
    );
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn events_without_time_left_wait_for_the_next_attempt() {
    let sentry = Sentry::start(&[]);
    let (answers, _) = run_within(Duration::from_secs(8), &sentry.dsn(), &[three()]);
    assert_eq!(error_of(&answers[0]), ("OutOfTime", "there was no time to report 3 more errors"));
    assert!(sentry.events().is_empty());
}

#[test]
fn a_foreign_event_fails_with_a_reason_and_the_next_is_served() {
    let sentry = Sentry::start(&[]);
    let events = [
        "{}".to_owned(),
        json!({ "Records": [{ "body": "hunter2" }] }).to_string(),
        json!({ "awslogs": { "data": "hunter2!" } }).to_string(),
        json!({ "awslogs": { "data": "aHVudGVyMg==" } }).to_string(),
        gzipped(b"hunter2"),
        gzipped(&vec![b' '; 40 << 20]),
        three(),
    ];
    let (answers, log) = run(&sentry.dsn(), &events);
    let (last, broken) = answers.split_last().unwrap();
    assert!(last.is_ok(), "{last:?}");
    assert_eq!(sentry.events().len(), 3);
    for (answer, words) in broken.iter().zip(["awslogs", "awslogs", "base64", "gzip", "form", "larger"]) {
        let (kind, message) = error_of(answer);
        assert_eq!(kind, "MalformedEvent");
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(told(&log, "ERROR").len(), 6, "{log:?}");
    assert!(!json!([answers, log]).to_string().contains("hunter2"));
}
