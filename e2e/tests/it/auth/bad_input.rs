//! Invalid requests are answered with a problem of RFC 9457.

use e2e::{Api, Stack};
use reqwest::Method;
use serde_json::{Value, json};

use super::people::expect_problem;
use crate::{Outcome, PASSED, checks};

checks![
    what_is_no_json_is_400,
    a_body_that_is_too_large_is_413,
    what_does_not_say_that_it_is_json_is_415,
    every_wrong_value_is_named_at_once_with_422,
    no_answer_repeats_a_secret,
];

const ROUTES: [&str; 9] = [
    "/auth/signup",
    "/auth/verify",
    "/auth/resend-code",
    "/auth/signin",
    "/auth/challenge",
    "/auth/refresh",
    "/auth/forgot-password",
    "/auth/reset-password",
    "/auth/signout",
];

fn what_is_no_json_is_400(stack: &Stack) -> Outcome {
    for path in ROUTES {
        let answer = stack.send_text(Method::POST, path, &[], "{\"email\": ")?;
        expect_problem(&answer, 400, "invalid_json").map_err(|why| format!("{path}: {why}"))?;
    }
    for text in [
        "[]",
        "null",
        "\"x\"",
        "{} {}",
        "{\"email\": \"a@b.co\", \"email\": \"a@b.co\"}",
        "{'email': 1}",
        "\u{feff}{}",
    ] {
        let answer = stack.send_text(Method::POST, "/auth/resend-code", &[], text)?;
        expect_problem(&answer, 400, "invalid_json").map_err(|why| format!("{text}: {why}"))?;
    }
    PASSED
}

fn a_body_that_is_too_large_is_413(stack: &Stack) -> Outcome {
    let body = json!({ "email": "a@b.co", "password": "x".repeat(16 * 1024) });
    for path in ROUTES {
        expect_problem(&stack.post(path, &body)?, 413, "payload_too_large")?;
    }
    PASSED
}

fn what_does_not_say_that_it_is_json_is_415(stack: &Stack) -> Outcome {
    let body = json!({ "email": "a@b.co" }).to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
    ] {
        for path in ROUTES {
            let answer = stack.send_text(Method::POST, path, &[("Content-Type", kind)], &body)?;
            expect_problem(&answer, 415, "unsupported_media_type")
                .map_err(|why| format!("{path}, {kind}: {why}"))?;
        }
    }
    PASSED
}

fn every_wrong_value_is_named_at_once_with_422(stack: &Stack) -> Outcome {
    let cases: [(&str, Value, &[&str]); 10] = [
        (
            "/auth/signup",
            json!({ "email": "a", "password": "", "admin": true }),
            &["/admin", "/email", "/password"],
        ),
        (
            "/auth/signup",
            json!({ "email": "a@b.co", "password": 4, "phoneNumber": "1" }),
            &["/password", "/phoneNumber"],
        ),
        (
            "/auth/signup",
            json!({ "email": "a@b.co", "password": "x", "attributes": { "custom:role": "admin" } }),
            &["/attributes/custom:role"],
        ),
        ("/auth/verify", json!({ "email": ["a@b.co"], "code": " " }), &["/code", "/email"]),
        ("/auth/resend-code", json!({ "email": null }), &["/email"]),
        ("/auth/signin", json!({ "email": "a@b.co" }), &["/password"]),
        (
            "/auth/challenge",
            json!({ "name": "sms", "session": "short", "username": "", "answers": [] }),
            &["/answers", "/name", "/session", "/username"],
        ),
        ("/auth/refresh", json!({ "refreshToken": "a b" }), &["/refreshToken"]),
        ("/auth/forgot-password", json!({ "email": "a@b..co" }), &["/email"]),
        (
            "/auth/reset-password",
            json!({ "email": "a@b.co", "code": {}, "newPassword": false }),
            &["/code", "/newPassword"],
        ),
    ];
    for (path, body, pointers) in cases {
        let problem = expect_problem(&stack.post(path, &body)?, 422, "invalid_request")
            .map_err(|why| format!("{path} {body}: {why}"))?;
        let found: Vec<_> = problem["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|error| error["pointer"].clone())
            .collect();
        assert_eq!(found, pointers, "{path} {body}");
    }
    PASSED
}

fn no_answer_repeats_a_secret(stack: &Stack) -> Outcome {
    const SECRET: &str = "Echo-horse-\u{1f40e}-99";
    for path in ROUTES {
        for body in [
            json!({ "email": SECRET, "password": SECRET, "code": SECRET, "newPassword": SECRET, "refreshToken": SECRET }),
            json!({ "email": [SECRET], "password": [SECRET], "code": { "a": SECRET }, "session": SECRET }),
            json!({ "name": SECRET, "session": SECRET, "username": SECRET, "answers": SECRET }),
        ] {
            let answer = stack.post(path, &body)?;
            assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
            assert!(!answer.body.contains(SECRET), "{path}: {}", answer.body);
        }
        let answer = stack.send_text(Method::POST, path, &[], &format!("{{\"email\": {SECRET}"))?;
        assert!(!answer.body.contains(SECRET), "{path}: {}", answer.body);
    }
    PASSED
}
