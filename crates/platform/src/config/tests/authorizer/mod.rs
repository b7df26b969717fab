//! The section `authorizer`.

use serde_json::{Value, json};

use super::*;

mod issuers;
mod rules;

#[test]
fn one_mistake_about_the_gate_is_told_once() {
    for (pointer, value) in [
        ("/authorizer/tokenUse", json!([])),
        ("/authorizer/tokenUse/0", json!("refresh")),
        ("/authorizer/leewaySeconds", json!(-1)),
        ("/authorizer/resultTtlSeconds", json!(3601)),
        ("/authorizer/jwks/maxStaleSeconds", json!(60)),
        ("/authorizer/jwks/cooldownSeconds", json!(1)),
        ("/authorizer/rules/0/routes", json!([])),
        ("/authorizer/rules/0/routes/0", json!("GET /a/{id}")),
        ("/authorizer/rules/2/groups/anyOf", json!([])),
        ("/authorizer/rules/2/groups/anyOf", json!("admins")),
        ("/authorizer/reservedConcurrency", json!(0)),
        ("/authorizer/reservedConcurrency", json!(10_001)),
        ("/authorizer/reservedConcurrency", json!("5")),
    ] {
        let mut file = own_file();
        set(&mut file, pointer, value.clone());
        assert_eq!(pointers(&file), [pointer], "{value}");
    }
}

#[test]
fn an_authorizer_that_nobody_may_call_is_refused_with_the_reason() {
    let file = |value: Value| json!({ "authorizer": { "reservedConcurrency": value } });
    for good in [json!(null), json!(1), json!(10_000)] {
        assert!(pointers(&file(good)).is_empty());
    }
    let told = Config::parse(&file(json!(0)).to_string()).unwrap_err().to_string();
    assert!(told.contains("closes the API"), "{told}");
}

#[test]
fn a_key_server_that_hangs_may_hold_no_more_than_every_second_call() {
    let file = |cooldown: u64, timeout: u64| json!({ "authorizer": { "jwks": { "cooldownSeconds": cooldown, "timeoutMillis": timeout } } });
    for (cooldown, timeout) in [(1, 1_000), (2, 1_001), (4, 4_000), (10, 1_500)] {
        assert!(pointers(&file(cooldown, timeout)).is_empty(), "{cooldown} s, {timeout} ms");
    }
    for (cooldown, timeout) in [(1, 1_001), (3, 3_001), (3, 4_000)] {
        assert_eq!(pointers(&file(cooldown, timeout)), ["/authorizer/jwks/cooldownSeconds"]);
    }
    let told = Config::parse(&file(1, 1_500).to_string()).unwrap_err().to_string();
    assert!(
        told.contains("timeoutMillis (1500 ms)") && told.contains("more than once in two calls"),
        "{told}"
    );
}

#[test]
fn a_hundred_services_have_a_rule_each_and_a_policy_has_an_end_all_the_same() {
    let rules = |count: usize| -> Value {
        (0..count)
            .map(|n| json!({ "routes": [format!("* /svc{n:03}"), format!("* /svc{n:03}/*")] }))
            .collect()
    };
    let file = |rules: Value| json!({ "authorizer": { "rules": rules } });
    assert!(pointers(&file(rules(150))).is_empty());
    assert_eq!(pointers(&file(rules(250))), ["/authorizer/rules"]);
    let same = json!(vec![json!({ "routes": ["* /a", "* /a/*"] }); 250]);
    assert!(pointers(&file(same)).is_empty(), "what stands twice is granted once");
    let told = Config::parse(&file(rules(250)).to_string()).unwrap_err().to_string();
    assert!(told.contains("over the 229376 that fit"), "256 KB, less what the identity may need: {told}");
}

#[test]
fn rules_whose_widest_policy_would_not_fit_are_refused() {
    let routes = |count: usize| -> Value { (0..count).map(|i| format!("GET /a{i:04}")).collect() };
    assert_eq!(pointers(&with("/authorizer/rules", json!([{ "routes": routes(2_000) }]))), [""; 0]);
    assert_eq!(
        pointers(&with("/authorizer/rules", json!([{ "routes": routes(3_000) }]))),
        ["/authorizer/rules"]
    );
    let long = format!("GET /{}", "a".repeat(500));
    assert_eq!(
        pointers(&with("/authorizer/rules", json!([{ "routes": [long] }]))),
        ["/authorizer/rules/0/routes/0"]
    );
}

const COGNITO: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_other";

const OIDC: &str = "https://idp.example/";

fn cognito() -> Value {
    json!({ "issuer": COGNITO, "clientIds": ["a", "b"] })
}

fn oidc() -> Value {
    json!({
        "issuer": OIDC, "kind": "oidc", "jwksUri": "https://idp.example/keys", "audiences": ["https://api"],
        "clientIds": ["spa"], "algorithms": ["ES256"], "claims": { "groups": "roles" },
    })
}
