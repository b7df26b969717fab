//! Rules, and what they ask of a token.

use serde_json::{Value, json};

use super::*;

/// The file of a stack with both issuers and this rule, whose routes need not be named.
fn with_rule(rule: &Value) -> Value {
    let rule = changed(rule.clone(), "routes", json!(["GET /a"]));
    json!({ "authorizer": { "issuers": [oidc(), cognito()], "rules": [rule] } })
}

fn assert_told(cases: impl IntoIterator<Item = (Value, &'static str)>) {
    for (rule, expected) in cases {
        let expected: Vec<_> = Some(expected).filter(|name| !name.is_empty()).into_iter().collect();
        let expected: Vec<_> = expected.iter().map(|name| format!("/authorizer/rules/0/{name}")).collect();
        assert_eq!(pointers(&with_rule(&rule)), expected, "{rule}");
    }
}

#[test]
fn a_rule_s_only_route_that_is_wrong_is_not_also_called_missing() {
    let file = with("/authorizer/rules/2/routes/0", json!("GET /admin*"));
    assert_eq!(pointers(&file), ["/authorizer/rules/2/routes/0"]);
}

#[test]
fn a_rule_names_issuers_that_there_are() {
    assert_told([
        (json!({ "issuers": ["own"] }), ""),
        (json!({ "issuers": [OIDC, COGNITO, "own"] }), ""),
        (json!({ "issuers": [] }), "issuers"),
        (json!({ "issuers": "own" }), "issuers"),
        (json!({ "issuers": ["Own"] }), "issuers/0"),
        (json!({ "issuers": ["own", "idp"] }), "issuers/1"),
        (json!({ "issuers": ["https://idp.example"] }), "issuers/0"),
        (json!({ "issuers": [OIDC, "https://other.example/"] }), "issuers/1"),
        (json!({ "issuers": [COGNITO.replace("cognito-idp", "issuer-cognito-idp")] }), "issuers/0"),
    ]);
}

#[test]
fn a_rule_that_nobody_s_token_can_meet_is_told() {
    assert_told([
        (json!({ "tokenUse": ["access"] }), ""),
        (json!({ "tokenUse": ["access", "id"] }), ""),
        (json!({ "tokenUse": ["id"] }), "tokenUse"),
        (json!({ "issuers": [OIDC], "tokenUse": ["id"] }), "tokenUse"),
        (json!({ "issuers": [OIDC], "tokenUse": ["id", "access"] }), ""),
        (json!({ "issuers": [COGNITO], "tokenUse": ["id"] }), "tokenUse"),
        (json!({ "tokenUse": [] }), "tokenUse"),
        (json!({ "tokenUse": ["refresh"] }), "tokenUse/0"),
        // Which clients the own pool has, the environment says.
        (json!({ "clients": ["anyone"] }), ""),
        (json!({ "issuers": ["own", OIDC], "clients": ["anyone"] }), ""),
        (json!({ "issuers": [OIDC], "clients": ["spa", "other"] }), ""),
        (json!({ "issuers": [OIDC], "clients": ["a"] }), "clients"),
        (json!({ "issuers": [COGNITO], "clients": ["b"] }), ""),
        (json!({ "issuers": [COGNITO, OIDC], "clients": ["b"] }), ""),
        (json!({ "issuers": [COGNITO], "clients": ["spa"] }), "clients"),
        (json!({ "clients": [] }), "clients"),
        (json!({ "audiences": ["https://any"] }), ""),
        (json!({ "issuers": [OIDC], "audiences": ["https://any"] }), ""),
        (json!({ "audiences": [] }), "audiences"),
        (json!({ "issuers": [OIDC], "groups": { "anyOf": ["x"] } }), ""),
        (json!({ "claims": { "level": { "allOf": [1] } } }), ""),
        (json!({ "claims": { "level": { "allOf": [1, 2] } } }), "claims/level/allOf"),
        (json!({ "claims": { "a/b~c": { "allOf": ["x", true] } } }), "claims/a~1b~0c/allOf"),
        (json!({ "claims": { "roles": { "allOf": ["x", "y"] } } }), ""),
    ]);
}

#[test]
fn groups_and_audiences_are_of_issuers_that_have_some() {
    let rule = |rule: Value| {
        let bare = changed(changed(oidc(), "claims", json!(null)), "audiences", json!(null));
        let rule = changed(rule, "routes", json!(["GET /a"]));
        json!({ "authorizer": { "issuers": [bare, cognito()], "rules": [rule] } })
    };
    let groups = json!({ "issuers": [OIDC], "groups": { "anyOf": ["x"] } });
    assert_eq!(pointers(&rule(groups.clone())), ["/authorizer/rules/0/groups"]);
    assert!(pointers(&rule(changed(groups, "issuers", json!([OIDC, COGNITO])))).is_empty());
    let audiences = json!({ "issuers": [OIDC], "audiences": ["x"] });
    assert_eq!(pointers(&rule(audiences.clone())), ["/authorizer/rules/0/audiences"]);
    assert!(pointers(&rule(changed(audiences, "issuers", json!(["own", OIDC])))).is_empty());
}

#[test]
fn a_rule_that_names_nobody_may_be_for_the_one_issuer_of_a_stack_without_a_pool() {
    let file = |issuers: Value| json!({ "authorizer": { "issuers": issuers, "rules": [{ "routes": ["GET /a"], "tokenUse": ["id"] }] } });
    let both = changed(cognito(), "tokenUse", json!(["id"]));
    assert!(pointers(&file(json!([both]))).is_empty());
    assert_eq!(
        pointers(&file(json!([both, oidc()]))),
        ["/authorizer/rules/0/tokenUse"],
        "it is the own pool's then"
    );
}

#[test]
fn a_condition_asks_for_something() {
    assert_told([
        (json!({ "groups": {} }), "groups"),
        (json!({ "scopes": { "anyOf": null } }), "scopes"),
        (json!({ "claims": {} }), "claims"),
        (json!({ "claims": { "plan": {} } }), "claims/plan"),
        (json!({ "claims": { "plan": { "allOf": null } } }), "claims/plan"),
        (json!({ "claims": { "plan": { "anyOf": [] } } }), "claims/plan/anyOf"),
        (json!({ "claims": { "plan": { "noneOf": ["a"] } } }), "claims/plan/noneOf"),
        (json!({ "claims": ["plan"] }), "claims"),
        (json!({ "claims": null }), ""),
    ]);
}

#[test]
fn a_claim_is_asked_to_be_a_text_a_whole_number_or_a_boolean() {
    for value in
        [json!("pro"), json!(""), json!(5), json!(-5), json!(true), json!(false), json!((1_u64 << 53) - 1)]
    {
        assert_told([(json!({ "claims": { "a": { "anyOf": [value] } } }), "")]);
    }
    for value in [json!(null), json!(1.5), json!([]), json!({}), json!(1_u64 << 53), json!(u64::MAX)] {
        assert_told([(json!({ "claims": { "a": { "anyOf": ["x", value] } } }), "claims/a/anyOf/1")]);
    }
}

#[test]
fn a_place_of_a_claim_has_one_form() {
    let long = "a".repeat(257);
    for place in
        ["email", "custom:plan", "a.b.c", "/a/b", "/a~1b/c~0d", "https://example.com/a.b", "http://x/y"]
    {
        assert_told([(json!({ "claims": { place: { "anyOf": ["x"] } } }), "")]);
        assert!(pointers(&json!({ "authorizer": { "context": [place] } })).is_empty(), "{place}");
    }
    for place in ["", ".", "a.", ".a", "a..b", "/", "/a/", "/a//b", "/a~2", "/a~", "a\nb", &long] {
        let file = json!({ "authorizer": { "context": ["email", place] } });
        assert_eq!(pointers(&file), ["/authorizer/context/1"], "{place:?}");
        let rule = with_rule(&json!({ "claims": { place: { "anyOf": ["x"] } } }));
        assert_eq!(pointers(&rule).len(), 1, "{place:?}");
    }
    assert_eq!(pointers(&json!({ "authorizer": { "context": [5] } })), ["/authorizer/context/0"]);
    assert_eq!(pointers(&json!({ "authorizer": { "context": "email" } })), ["/authorizer/context"]);
}

#[test]
fn a_claim_is_asked_for_once_in_a_rule() {
    for keys in
        [r#""a":{"anyOf":["x"]},"a":{"anyOf":["y"]}"#, r#""a":{"anyOf":["x"]},"\u0061":{"anyOf":["y"]}"#]
    {
        let file = format!(r#"{{"authorizer":{{"rules":[{{"routes":["GET /a"],"claims":{{{keys}}}}}]}}}}"#);
        let problems = Config::parse(&file).unwrap_err();
        assert_eq!(problems.as_slice().len(), 1, "{problems}");
        assert!(problems.as_slice()[0].pointer.starts_with("/authorizer/rules/0/claims"), "{problems}");
        assert!(problems.to_string().contains("twice"), "{problems}");
    }
}

#[test]
fn a_sign_in_may_not_be_asked_to_be_more_recent_than_an_answer_is_kept() {
    let file = |age: Value, ttl: u64| {
        let rule = json!({ "routes": ["GET /a"], "maxAuthAgeSeconds": age });
        json!({ "authorizer": { "resultTtlSeconds": ttl, "rules": [rule] } })
    };
    for (age, ttl) in [(300, 300), (301, 300), (1, 0), (1, 1), (31_536_000, 3_600)] {
        assert!(pointers(&file(json!(age), ttl)).is_empty(), "{age} {ttl}");
    }
    for (age, ttl) in [
        (json!(299), 300),
        (json!(1), 2),
        (json!(3_599), 3_600),
        (json!(0), 0),
        (json!(-1), 0),
        (json!(1.5), 0),
        (json!("300"), 0),
    ] {
        assert_eq!(
            pointers(&file(age.clone(), ttl)),
            ["/authorizer/rules/0/maxAuthAgeSeconds"],
            "{age} {ttl}"
        );
    }
    let left_out = json!({ "authorizer": { "rules": [{ "routes": ["GET /a"], "maxAuthAgeSeconds": 299 }] } });
    assert_eq!(
        pointers(&left_out),
        ["/authorizer/rules/0/maxAuthAgeSeconds"],
        "the default of 300 counts too"
    );
}
