//! What a page in a browser needs to see on answers: CORS headers, and the challenge on a 401.

use e2e::Stack;
use reqwest::Method;
use serde_json::Value;

use crate::{Outcome, PASSED, checks, skipped};

checks![
    a_listed_page_may_read_the_services_answers,
    a_page_that_is_not_listed_may_not,
    the_gateways_own_refusals_carry_the_challenge_and_cors,
    a_preflight_needs_no_token,
];

/// The local stack takes `GatewayResponses` and `Cors` in a template and does nothing with them.
const GATEWAY_HEADERS_ARE_AWS_ONLY: &str =
    "the local stack ignores gateway responses and the template's Cors";

/// The first origin of the configuration that the stack was deployed with, if it lists any but `*`.
fn listed_origin() -> Option<String> {
    let config: Value = serde_json::from_str(include_str!("../../../config.json")).ok()?;
    let origins =
        config["api"]["corsOrigins"].as_array()?.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?;
    if origins.contains(&"*") { None } else { origins.first().map(|&origin| origin.to_owned()) }
}

const NO_ORIGIN: &str = "config.json lists no origin";

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

fn the_gateways_own_refusals_carry_the_challenge_and_cors(stack: &Stack) -> Outcome {
    if !stack.is_aws() {
        return Ok(skipped(GATEWAY_HEADERS_ARE_AWS_ONLY));
    }
    let token = &stack.tokens(&stack.deployment.user)?.access_token;
    for (answer, status) in [(stack.get("/whoami", &[])?, 401), (stack.get_with("/admin/ping", token)?, 403)]
    {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Bearer")));
        assert!(answer.header("access-control-allow-origin").is_some());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(answer.json()["status"], status);
    }
    PASSED
}

fn a_preflight_needs_no_token(stack: &Stack) -> Outcome {
    if !stack.is_aws() {
        return Ok(skipped(GATEWAY_HEADERS_ARE_AWS_ONLY));
    }
    let Some(origin) = listed_origin() else { return Ok(skipped(NO_ORIGIN)) };
    let asked = [
        ("Origin", origin.as_str()),
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "authorization"),
    ];
    let answer = stack.ask(Method::OPTIONS, "/whoami", &asked)?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let allowed = answer.header("access-control-allow-headers").unwrap_or_default().to_ascii_lowercase();
    assert!(allowed.contains("authorization"), "{allowed}");
    PASSED
}
