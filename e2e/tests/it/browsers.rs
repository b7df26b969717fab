//! What a page in a browser needs: a preflight for every route, and CORS headers on every answer, including
//! the gateway's own refusals.

use std::collections::BTreeSet;

use e2e::{Answer, Api, Route, Stack};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Outcome, PASSED, checks, skipped};

checks![
    a_listed_page_may_read_the_services_answers,
    a_page_that_is_not_listed_may_not,
    every_route_answers_a_preflight,
    every_guarded_route_refuses_in_words_that_a_page_can_read,
    every_open_route_answers_in_words_that_a_page_can_read,
    a_page_can_read_that_a_token_does_not_allow_it,
    a_page_can_read_that_there_is_no_such_route,
    every_page_can_read_where_tokens_come_from,
];

/// The first origin other than `*` in the configuration that the stack was deployed with. It is the one that
/// the gateway names.
fn listed_origin() -> Option<String> {
    let config: Value = serde_json::from_str(include_str!("../../../config.json")).ok()?;
    let origins =
        config["api"]["corsOrigins"].as_array()?.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?;
    if origins.contains(&"*") { None } else { origins.first().map(|&origin| origin.to_owned()) }
}

const NO_ORIGIN: &str = "config.json lists no origin";

fn routes(stack: &Stack) -> Result<BTreeSet<Route>, String> {
    let routes = Route::all(stack)?;
    assert!(routes.iter().any(|route| route.is_guarded) && routes.iter().any(|route| !route.is_guarded));
    assert!(routes.len() > 20, "only {routes:?}");
    Ok(routes)
}

/// Asserts that an answer is a refusal of the gateway: a problem document that the page at `origin` can read.
#[track_caller]
fn assert_refused(answer: &Answer, origin: &str, status: u16, codes: &[&str], what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.body);
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{what}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{what}");
    let problem = answer.json();
    assert!(codes.iter().any(|code| problem["code"] == *code), "{what}: {problem}");
    assert!(
        problem["requestId"].as_str().is_some_and(|id| !id.contains('$') && id.len() > 8),
        "{what}: {problem}"
    );
}

fn a_listed_page_may_read_the_services_answers(stack: &Stack) -> Outcome {
    let Some(origin) = listed_origin() else { return Ok(skipped(NO_ORIGIN)) };
    let bearer = format!("Bearer {}", stack.tokens(&stack.deployment.user)?.access_token);
    let answer = stack.get("/whoami", &[("Authorization", &bearer), ("Origin", &origin)])?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin.as_str()));
    assert!(answer.header("vary").is_some_and(|vary| vary.eq_ignore_ascii_case("origin")));
    PASSED
}

fn a_page_that_is_not_listed_may_not(stack: &Stack) -> Outcome {
    if listed_origin().is_none() {
        return Ok(skipped(NO_ORIGIN));
    }
    let bearer = format!("Bearer {}", stack.tokens(&stack.deployment.user)?.access_token);
    let answer =
        stack.get("/whoami", &[("Authorization", &bearer), ("Origin", "https://elsewhere.example")])?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    PASSED
}

/// Whether a list of names in a header contains this name, or all names.
fn allows(answer: &Answer, header: &str, name: &str) -> bool {
    let names = answer.header(header).unwrap_or_default().split(',').map(str::trim);
    names.into_iter().any(|known| known == "*" || known.eq_ignore_ascii_case(name))
}

fn every_route_answers_a_preflight(stack: &Stack) -> Outcome {
    let Some(origin) = listed_origin() else { return Ok(skipped(NO_ORIGIN)) };
    for route in routes(stack)? {
        let method = route.method();
        let asked = [
            ("Origin", origin.as_str()),
            ("Access-Control-Request-Method", method.as_str()),
            ("Access-Control-Request-Headers", "authorization,content-type"),
        ];
        let answer = stack.ask(Method::OPTIONS, &route.path, &asked)?;
        assert!((200..300).contains(&answer.status), "{route:?}: {} {}", answer.status, answer.body);
        let allowed = answer.header("access-control-allow-origin");
        assert!(allowed == Some("*") || allowed == Some(&origin), "{route:?}: {allowed:?}");
        assert!(allows(&answer, "access-control-allow-methods", method.as_str()), "{route:?}: {answer:?}");
        for header in ["authorization", "content-type"] {
            assert!(allows(&answer, "access-control-allow-headers", header), "{route:?}: {answer:?}");
        }
    }
    PASSED
}

fn every_guarded_route_refuses_in_words_that_a_page_can_read(stack: &Stack) -> Outcome {
    let Some(origin) = listed_origin() else { return Ok(skipped(NO_ORIGIN)) };
    for route in routes(stack)?.iter().filter(|route| route.is_guarded) {
        for token in [None, Some("no-token-at-all"), Some("Bearer a.b.c")] {
            let mut headers = vec![("Origin", origin.as_str())];
            headers.extend(token.map(|token| ("Authorization", token)));
            let answer = stack.ask(route.method(), &route.path, &headers)?;
            assert_refused(&answer, &origin, 401, &["unauthorized"], &format!("{route:?} with {token:?}"));
            let challenge = answer.header("www-authenticate").unwrap_or_default();
            assert!(challenge.starts_with("Bearer realm="), "{route:?}: {challenge}");
            assert!(allows(&answer, "access-control-expose-headers", "www-authenticate"), "{route:?}");
        }
    }
    PASSED
}

/// The body is one that no route accepts, so that the request has no effect.
fn every_open_route_answers_in_words_that_a_page_can_read(stack: &Stack) -> Outcome {
    let Some(origin) = listed_origin() else { return Ok(skipped(NO_ORIGIN)) };
    for route in routes(stack)?.iter().filter(|route| !route.is_guarded) {
        let is_post = route.method() == Method::POST;
        let body = json!([]);
        let headers = [("Origin", origin.as_str())];
        let answer = stack.send(route.method(), &route.path, &headers, is_post.then_some(&body))?;
        let expected = if is_post { 200..500 } else { 200..300 };
        assert!(expected.contains(&answer.status), "{route:?}: {} {}", answer.status, answer.body);
        let allowed = answer.header("access-control-allow-origin");
        assert!(allowed == Some("*") || allowed == Some(&origin), "{route:?}: {allowed:?}");
    }
    PASSED
}

fn a_page_can_read_that_a_token_does_not_allow_it(stack: &Stack) -> Outcome {
    let Some(origin) = listed_origin() else { return Ok(skipped(NO_ORIGIN)) };
    let bearer = format!("Bearer {}", stack.tokens(&stack.deployment.user)?.access_token);
    let answer = stack.get("/admin/ping", &[("Authorization", &bearer), ("Origin", &origin)])?;
    assert_refused(&answer, &origin, 403, &["forbidden"], "/admin/ping");
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    assert!(challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
    PASSED
}

/// With a token, AWS would treat it as an invalid signature, and does not document the type of that answer.
fn a_page_can_read_that_there_is_no_such_route(stack: &Stack) -> Outcome {
    let Some(origin) = listed_origin() else { return Ok(skipped(NO_ORIGIN)) };
    let token = &stack.tokens(&stack.deployment.user)?.access_token;
    let bearer = format!("Bearer {token}");
    for (method, path) in [(Method::GET, "/nowhere"), (Method::PUT, "/whoami"), (Method::HEAD, "/health")] {
        let answer = stack.ask(method.clone(), path, &[("Origin", &origin)])?;
        if method == Method::HEAD {
            assert_eq!((answer.status, answer.body.as_str()), (403, ""));
        } else {
            assert_refused(&answer, &origin, 403, &["unknown_route"], path);
            let answer = stack.ask(method, path, &[("Origin", &origin), ("Authorization", &bearer)])?;
            assert_refused(&answer, &origin, 403, &["unknown_route", "request_refused"], path);
            assert!(!answer.body.contains(token.as_str()), "{path}");
        }
    }
    PASSED
}

fn every_page_can_read_where_tokens_come_from(stack: &Stack) -> Outcome {
    let Some(route) = routes(stack)?.into_iter().find(|route| route.path.starts_with("/.well-known/")) else {
        return Ok(skipped("the deployed configuration is unknown"));
    };
    let answer = stack.get(&route.path, &[("Origin", "https://elsewhere.example")])?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let metadata = answer.json();
    let issuers = metadata["authorization_servers"].as_array().ok_or("it names no issuer")?;
    let pool = &stack.deployment.user_pool_id;
    assert!(
        issuers.iter().any(|issuer| issuer.as_str().is_some_and(|url| url.ends_with(pool))),
        "{metadata}"
    );
    let resource = metadata["resource"].as_str().unwrap_or_default();
    assert!(resource.starts_with("https://") && !resource.contains('$'), "{metadata}");
    PASSED
}
