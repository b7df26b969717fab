//! Which routes a token opens, whatever it was used for before.
//!
//! API Gateway caches the gate's answer for a token, and uses it for every later request. So an answer for
//! only one route would be right once and wrong afterwards.

use e2e::Stack;
use reqwest::Method;
use serde_json::json;

use crate::{Outcome, PASSED, checks};

checks![
    an_admin_opens_the_admin_route_and_a_user_does_not,
    the_same_token_opens_one_route_after_the_other,
    a_refusal_on_one_route_leaves_the_others_open,
    an_unknown_route_is_403,
    another_method_of_a_known_route_is_403,
];

fn assert_statuses(stack: &Stack, token: &str, asked: &[(&str, u16)]) -> Result<(), String> {
    for (path, expected) in asked {
        let answer = stack.get_with(path, token)?;
        assert_eq!(answer.status, *expected, "{path} in {asked:?}: {}", answer.body);
    }
    Ok(())
}

fn an_admin_opens_the_admin_route_and_a_user_does_not(stack: &Stack) -> Outcome {
    let (admin, user) = (stack.tokens(&stack.deployment.admin)?, stack.tokens(&stack.deployment.user)?);
    let answer = stack.get_with("/admin/ping", &admin.access_token)?;
    assert_eq!((answer.status, answer.json()), (200, json!({ "message": "pong" })));
    assert_statuses(stack, &user.access_token, &[("/admin/ping", 403)])?;
    PASSED
}

/// The tokens are new, so that the gateway has not cached an answer for them.
fn the_same_token_opens_one_route_after_the_other(stack: &Stack) -> Outcome {
    let token = stack.gatehouse.sign_in(&stack.deployment.admin)?.access_token;
    assert_statuses(stack, &token, &[("/whoami", 200), ("/admin/ping", 200), ("/whoami", 200)])?;
    let token = stack.gatehouse.sign_in(&stack.deployment.admin)?.access_token;
    assert_statuses(stack, &token, &[("/admin/ping", 200), ("/whoami", 200)])?;
    PASSED
}

fn a_refusal_on_one_route_leaves_the_others_open(stack: &Stack) -> Outcome {
    let token = stack.gatehouse.sign_in(&stack.deployment.user)?.access_token;
    assert_statuses(stack, &token, &[("/whoami", 200), ("/admin/ping", 403), ("/whoami", 200)])?;
    let token = stack.gatehouse.sign_in(&stack.deployment.user)?.access_token;
    assert_statuses(stack, &token, &[("/admin/ping", 403), ("/whoami", 200)])?;
    PASSED
}

fn an_unknown_route_is_403(stack: &Stack) -> Outcome {
    let token = &stack.tokens(&stack.deployment.admin)?.access_token;
    for path in ["/nowhere", "/whoami/more", "/admin", "/WHOAMI"] {
        assert_statuses(stack, token, &[(path, 403)])?;
        assert_eq!(stack.get(path, &[])?.status, 403, "{path} without a token");
    }
    PASSED
}

fn another_method_of_a_known_route_is_403(stack: &Stack) -> Outcome {
    let bearer = format!("Bearer {}", stack.tokens(&stack.deployment.admin)?.access_token);
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let answer = stack.ask(method.clone(), "/whoami", &[("Authorization", &bearer)])?;
        assert_eq!(answer.status, 403, "{method}: {}", answer.body);
    }
    PASSED
}
