//! No answer reveals whether an address has an account.
//!
//! The only exception is sign-up, if `auth.enumerationSafe` is off: it has to tell people that they already
//! have an account.

use e2e::{Answer, Api, Stack};
use serde_json::{Value, json};

use super::people::{Member, sign_up};
use crate::{Outcome, PASSED, checks, new_address};

checks![
    a_sign_in_tells_nothing,
    a_forgotten_password_tells_nothing,
    a_code_sent_again_tells_nothing,
    a_wrong_code_tells_nothing,
    a_reset_with_a_wrong_code_tells_nothing,
];

/// All that a caller sees, except what is new in every answer.
fn seen(answer: &Answer) -> (u16, Value, Vec<Option<String>>) {
    let mut body = answer.json();
    if let Some(problem) = body.as_object_mut() {
        problem.remove("requestId");
    }
    let headers = ["content-type", "cache-control", "www-authenticate", "retry-after", "set-cookie", "vary"];
    (answer.status, body, headers.iter().map(|name| answer.header(name).map(str::to_owned)).collect())
}

/// Asserts that a request has the same answer for a known user, for a user who has not confirmed, and for an
/// unknown address.
fn assert_alike(
    stack: &Stack,
    path: &str,
    emails: &[String],
    body: impl Fn(&str) -> Value,
) -> Result<(), String> {
    let answers: Vec<_> = emails
        .iter()
        .map(|email| Ok(seen(&stack.post(path, &body(email))?)))
        .collect::<Result<_, String>>()?;
    for (email, answer) in emails.iter().zip(&answers) {
        assert_eq!(answer, &answers[0], "{path} for {email}");
    }
    Ok(())
}

fn a_sign_in_tells_nothing(stack: &Stack) -> Outcome {
    let emails = [Member::new(stack)?.email, new_address()];
    assert_alike(
        stack,
        "/auth/signin",
        &emails,
        |email| json!({ "email": email, "password": "Wrong-horse-99" }),
    )?;
    PASSED
}

fn a_forgotten_password_tells_nothing(stack: &Stack) -> Outcome {
    let emails = [Member::new(stack)?.email, sign_up(stack)?.email, new_address()];
    assert_alike(stack, "/auth/forgot-password", &emails, |email| json!({ "email": email }))?;
    PASSED
}

fn a_code_sent_again_tells_nothing(stack: &Stack) -> Outcome {
    let emails = [sign_up(stack)?.email, Member::new(stack)?.email, new_address()];
    assert_alike(stack, "/auth/resend-code", &emails, |email| json!({ "email": email }))?;
    PASSED
}

fn a_wrong_code_tells_nothing(stack: &Stack) -> Outcome {
    let emails = [sign_up(stack)?.email, Member::new(stack)?.email, new_address()];
    assert_alike(stack, "/auth/verify", &emails, |email| json!({ "email": email, "code": "000000" }))?;
    PASSED
}

fn a_reset_with_a_wrong_code_tells_nothing(stack: &Stack) -> Outcome {
    let emails = [Member::new(stack)?.email, sign_up(stack)?.email, new_address()];
    let body = |email: &str| json!({ "email": email, "code": "000000", "newPassword": "Staple-battery-7" });
    assert_alike(stack, "/auth/reset-password", &emails, body)?;
    PASSED
}
