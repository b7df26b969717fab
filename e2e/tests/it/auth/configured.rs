//! How config.json changes sign-up. The stack runs with the defaults, so the function runs alone here.

use e2e::{Api, Function, Stack};
use serde_json::json;

use super::cookie::own_pool;
use super::people::{Member, PASSWORD, expect, expect_problem, session, sign_in};
use crate::{Outcome, PASSED, checks, new_address};

checks![
    nobody_signs_up_where_self_sign_up_is_off,
    nobody_needs_a_code_where_sign_ups_are_confirmed_at_once,
    a_sign_up_tells_nothing_where_that_is_asked_for,
];

fn nobody_signs_up_where_self_sign_up_is_off(stack: &Stack) -> Outcome {
    let auth = Function::start(stack, &own_pool(stack)?, &json!({ "userPool": { "selfSignUp": false } }))?;
    let body = json!({ "email": new_address(), "password": PASSWORD });
    expect_problem(&auth.post("/auth/signup", &body)?, 403, "sign_up_disabled")?;
    PASSED
}

fn nobody_needs_a_code_where_sign_ups_are_confirmed_at_once(stack: &Stack) -> Outcome {
    let auth = Function::start(stack, &own_pool(stack)?, &json!({ "userPool": { "autoConfirm": true } }))?;
    let email = new_address();
    let made = expect(&auth.post("/auth/signup", &json!({ "email": email, "password": PASSWORD }))?, 201)?;
    assert_eq!(made["confirmed"], true);
    assert!(made.get("delivery").is_none());
    session(&expect(&sign_in(&auth, &email, PASSWORD)?, 200)?)?;
    PASSED
}

fn a_sign_up_tells_nothing_where_that_is_asked_for(stack: &Stack) -> Outcome {
    let auth = Function::start(stack, &own_pool(stack)?, &json!({ "auth": { "enumerationSafe": true } }))?;
    for email in [Member::new(stack)?.email, new_address()] {
        let body = json!({ "email": email, "password": PASSWORD });
        assert_eq!(expect(&auth.post("/auth/signup", &body)?, 201)?, json!({ "confirmed": false }));
    }
    // A user who has not confirmed gets the same answer as an unknown address.
    let unconfirmed = new_address();
    auth.post("/auth/signup", &json!({ "email": unconfirmed, "password": PASSWORD }))?;
    for email in [unconfirmed, new_address()] {
        expect_problem(&sign_in(&auth, &email, PASSWORD)?, 401, "invalid_credentials")?;
    }
    PASSED
}
