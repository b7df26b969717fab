//! The same functions behind `sam local start-api`: in containers, with sam's own gateway in front of them.
//!
//! It tests the differences between sam and AWS that docs/local.md describes. The tests are skipped if there
//! is no container engine.

use std::thread;
use std::time::{Duration, Instant};

use e2e::{Api, Gateway, Stack, StartApi};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Outcome, PASSED, checks, new_address, skipped};

checks![
    somebody_with_a_token_is_let_in,
    nobody_without_a_token_is_let_in,
    a_refused_token_is_a_502_and_reaches_no_service,
    the_admin_route_is_for_administrators,
    somebody_signs_in_and_is_let_in,
    an_order_is_placed_and_listed,
    a_public_route_needs_no_token,
    a_preflight_is_answered_and_a_refusal_says_nothing_to_a_page,
    the_gate_is_asked_each_time,
    every_request_has_the_same_id,
    no_rate_is_limited,
];

/// Longer than sam takes to pass on a container's output.
const PATIENCE: Duration = Duration::from_secs(20);

/// The burst limit of a public route in template.yaml (`AuthThrottleBurst`).
const AUTH_BURST: usize = 20;

/// The running gateway. Without one, it ends the test.
macro_rules! gateway {
    ($stack:expr) => {
        match $stack.start_api()? {
            StartApi::Running(gateway) => gateway,
            StartApi::NotHere(why) => return Ok(skipped(why)),
        }
    };
}

fn get(gateway: &Gateway, path: &str, token: &str) -> Result<(u16, Value), String> {
    let answer = gateway.send_as(token, Method::GET, path, None)?;
    Ok((answer.status, answer.json()))
}

fn somebody_with_a_token_is_let_in(stack: &Stack) -> Outcome {
    let gateway = gateway!(stack);
    for person in [&stack.deployment.user, &stack.deployment.admin] {
        let token = &stack.tokens(person)?.access_token;
        // The same function with the same caller gives the same answer.
        let elsewhere = stack.get_with("/whoami", token)?;
        assert_eq!(get(gateway, "/whoami", token)?, (200, elsewhere.json()));
    }
    PASSED
}

/// No token, and a header that is not a bearer token: the gateway itself refuses both, in its own form.
fn nobody_without_a_token_is_let_in(stack: &Stack) -> Outcome {
    let gateway = gateway!(stack);
    let token = &stack.tokens(&stack.deployment.admin)?.access_token;
    let bare: &[(&str, &str)] = &[("Authorization", token)];
    for headers in [&[], bare, &[("Authorization", "Bearer a b")]] {
        for (method, path) in
            [(Method::GET, "/whoami"), (Method::GET, "/admin/ping"), (Method::POST, "/orders")]
        {
            let answer = gateway.send(method, path, headers, None)?;
            assert_eq!((answer.status, answer.json()), (401, json!({ "message": "Unauthorized" })), "{path}");
            assert_eq!(answer.header("www-authenticate"), None);
        }
    }
    PASSED
}

/// On AWS it would be a 401: sam does not know the error text `Unauthorized`.
fn a_refused_token_is_a_502_and_reaches_no_service(stack: &Stack) -> Outcome {
    let gateway = gateway!(stack);
    let tokens = stack.tokens(&stack.deployment.admin)?;
    let refused = (502, json!({ "message": "Internal server error" }));
    let unsigned = tokens.access_token.rsplit_once('.').map_or("", |(signed, _)| signed);
    for token in [&format!("{unsigned}.{}", "A".repeat(342)), "no.token.atall", &tokens.id_token] {
        assert_eq!(stack.get_with("/whoami", token)?.status, 401);
        for path in ["/whoami", "/admin/ping", "/orders"] {
            assert_eq!(get(gateway, path, token)?, refused, "{path}");
        }
    }
    PASSED
}

fn the_admin_route_is_for_administrators(stack: &Stack) -> Outcome {
    let gateway = gateway!(stack);
    let (admin, user) = (stack.tokens(&stack.deployment.admin)?, stack.tokens(&stack.deployment.user)?);
    assert_eq!(get(gateway, "/admin/ping", &admin.access_token)?, (200, json!({ "message": "pong" })));
    assert_eq!(get(gateway, "/admin/ping", &user.access_token)?.0, 403);
    PASSED
}

fn somebody_signs_in_and_is_let_in(stack: &Stack) -> Outcome {
    let gateway = gateway!(stack);
    let user = &stack.deployment.user;
    let credentials = json!({ "email": user.email, "password": user.password });
    let answer = gateway.post("/auth/signin", &credentials)?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let tokens = &answer.json()["tokens"];
    let token = tokens["accessToken"].as_str().unwrap_or_default();
    assert_eq!(get(gateway, "/user", token)?.1["email"], json!(user.email));

    let wrong = json!({ "email": user.email, "password": "Wrong-horse-99" });
    let answer = gateway.post("/auth/signin", &wrong)?;
    assert_eq!((answer.status, &answer.json()["code"]), (401, &json!("invalid_credentials")));
    PASSED
}

/// It is the stack's own table: an order that is placed here is listed there.
fn an_order_is_placed_and_listed(stack: &Stack) -> Outcome {
    let gateway = gateway!(stack);
    let token = somebody_new(stack)?;
    let tea = json!({ "item": "Tea", "quantity": 3, "price": { "amount": 450, "currency": "EUR" } });
    let placed = gateway.send_as(&token, Method::POST, "/orders", Some(&tea))?;
    assert_eq!(placed.status, 201, "{}", placed.body);
    let (status, listed) = get(gateway, "/orders", &token)?;
    assert_eq!((status, &listed["orders"]), (200, &json!([placed.json()])));
    assert_eq!(stack.get_with("/orders", &token)?.json(), listed);
    PASSED
}

fn a_public_route_needs_no_token(stack: &Stack) -> Outcome {
    let gateway = gateway!(stack);
    let answer = gateway.send(Method::GET, "/health", &[], None)?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    // sam's paths do not contain the stage.
    assert_eq!(gateway.send(Method::GET, "/v1/health", &[], None)?.status, 403);
    PASSED
}

/// sam answers preflights itself. Its refusals have no CORS headers, so a page cannot read them.
fn a_preflight_is_answered_and_a_refusal_says_nothing_to_a_page(stack: &Stack) -> Outcome {
    const ALLOWED: &str = "access-control-allow-origin";
    let gateway = gateway!(stack);
    let origin = [("Origin", "http://localhost:3000"), ("Access-Control-Request-Method", "GET")];
    let preflight = gateway.send(Method::OPTIONS, "/whoami", &origin, None)?;
    assert_eq!((preflight.status, preflight.header(ALLOWED)), (200, Some("http://localhost:3000")));
    let refusal = gateway.send(Method::GET, "/whoami", &origin, None)?;
    assert_eq!((refusal.status, refusal.header(ALLOWED)), (401, None));
    PASSED
}

/// sam ignores `resultTtlSeconds`.
fn the_gate_is_asked_each_time(stack: &Stack) -> Outcome {
    let gateway = gateway!(stack);
    let token = somebody_new(stack)?;
    let mut subject = String::new();
    for _ in 0..3 {
        let (status, body) = get(gateway, "/whoami", &token)?;
        assert_eq!(status, 200, "{body}");
        body["subject"].as_str().unwrap_or_default().clone_into(&mut subject);
    }
    assert!(!subject.is_empty());
    let give_up = Instant::now() + PATIENCE;
    loop {
        let log = gateway.log()?;
        let decisions =
            log.lines().filter(|line| line.contains(r#""decision""#) && line.contains(&subject)).count();
        if decisions == 3 {
            return PASSED;
        }
        assert!(decisions < 3 && Instant::now() < give_up, "{decisions} decisions for three requests");
        thread::sleep(Duration::from_millis(100));
    }
}

/// sam makes one id when it starts. On AWS each request has its own.
fn every_request_has_the_same_id(stack: &Stack) -> Outcome {
    let gateway = gateway!(stack);
    let token = &stack.tokens(&stack.deployment.user)?.access_token;
    let id = || {
        let answer = gateway.send_as(token, Method::GET, "/whoami", None)?;
        Ok::<_, String>(answer.header("x-request-id").map(str::to_owned))
    };
    let first = id()?;
    assert!(first.is_some());
    assert_eq!(id()?, first);
    PASSED
}

fn no_rate_is_limited(stack: &Stack) -> Outcome {
    let gateway = gateway!(stack);
    let ask = || gateway.post("/auth/signin", &json!({})).map(|answer| answer.status);
    let answers = thread::scope(|scope| {
        let threads: Vec<_> = (0..2 * AUTH_BURST).map(|_| scope.spawn(ask)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a thread failed".into())))
            .collect()
    });
    let answers: Result<Vec<u16>, String> = answers;
    assert_eq!(answers?, [422; 2 * AUTH_BURST]);
    PASSED
}

/// The token of a user without orders.
fn somebody_new(stack: &Stack) -> Result<String, String> {
    let email = new_address();
    let made = stack.gatehouse.run(&["token", &email, "--create", "--password-stdin"], "Correct-horse-9")?;
    if !made.status.success() {
        return Err(format!("no token for {email}: {}", String::from_utf8_lossy(&made.stderr)));
    }
    Ok(String::from_utf8_lossy(&made.stdout).trim().to_owned())
}
