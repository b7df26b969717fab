//! `gatehouse explain`: which conditions of which rules a token does not meet, and what is wrong with tokens
//! of issuers that are not Cognito.

use serde_json::{Value, json};
use testkit::issuer::{CLIENT, KEY, NOW, POOL, access_claims, jwks, with};

use super::explain::{AT, hides};
use super::{Run, gatehouse};

const IDP: &str = "https://idp.example/";
const API: &str = "https://api.example.com";

/// The own pool and another issuer, with these rules.
fn config(rules: &Value) -> Value {
    json!({
        "userPool": { "id": POOL, "clientId": CLIENT },
        "authorizer": {
            "issuers": [{
                "issuer": IDP, "kind": "oidc", "jwksUri": "https://idp.example/keys", "audiences": [API],
                "clientIds": ["web"], "claims": { "client": "azp", "groups": "realm_access.roles" },
            }],
            "rules": rules, "tokenUse": ["access"],
        },
    })
}

fn idp_claims() -> Value {
    json!({
        "iss": IDP, "sub": "auth0|1", "aud": [API, "https://idp.example/userinfo"], "azp": "web",
        "scope": "openid read:orders", "iat": NOW - 60, "exp": NOW + 3_540,
        "realm_access": { "roles": ["staff", "Domain Users"] },
    })
}

fn explain_with(config: &Value, claims: &Value, args: &[&str]) -> Run {
    explain_token(config, &KEY.token(claims), args)
}

fn explain_token(config: &Value, token: &str, args: &[&str]) -> Run {
    let run = gatehouse(&[&["explain", "-", "--offline", "--jwks", "jwks.json"], &AT[..], args].concat())
        .stdin(token)
        .file("config.json", &config.to_string())
        .file("jwks.json", &jwks(&[&KEY]).to_string())
        .run();
    hides(&run, token);
    assert_eq!(run.err, "");
    run
}

fn all_conditions() -> Value {
    json!([
        { "routes": ["GET /open"] },
        { "routes": ["GET /groups"], "groups": { "anyOf": ["admins", "Domain Admins"], "allOf": ["x"] } },
        { "routes": ["GET /scopes", "GET /more"], "scopes": { "allOf": ["orders/read", "orders/write"] } },
        { "routes": ["GET /claims"], "claims": {
            "custom:plan": { "anyOf": ["pro", "team"] }, "/a/b": { "anyOf": [5] }, "beta": { "anyOf": [true] } } },
        { "routes": ["GET /audience"], "audiences": ["https://a", "https://b"] },
        { "routes": ["GET /client"], "clients": ["other"] },
        { "routes": ["GET /fresh"], "maxAuthAgeSeconds": 300 },
        { "routes": ["GET /partner"], "issuers": [IDP] },
    ])
}

#[test]
fn every_unmet_condition_is_reported_with_the_tokens_values() {
    let claims = with(access_claims(), "cognito:groups", json!(["staff", "a\u{1b}[2J"]));
    let claims = with(with(claims, "custom:plan", json!("fr\u{202e}ee")), "auth_time", json!(NOW - 3_660));
    let claims = with(with(claims, "a", json!({ "b": [5] })), "secret", json!("unasked"));
    let run = explain_with(&config(&all_conditions()), &claims, &[]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(!run.out.contains("unasked"), "{}", run.out);
    let (_, missed) = run.out.split_once("rules that are not met:\n").unwrap();
    insta::assert_snapshot!(missed, @r#"
    /authorizer/rules/1  GET /groups
      groups: requires one of "admins", "Domain Admins" and also "x"; the token has "staff", "a\u{1b}[2J"
    /authorizer/rules/2  GET /scopes, GET /more
      scopes: requires all of "orders/read", "orders/write"; the token has "aws.cognito.signin.user.admin"
    /authorizer/rules/3  GET /claims
      claims/custom:plan: requires one of "pro", "team"; the token has "fr\u{202e}ee"
      claims/~1a~1b: requires 5; the token has [5]
      claims/beta: requires true; the token has no such claim
    /authorizer/rules/4  GET /audience
      audiences: requires one of "https://a", "https://b"; the token has none
    /authorizer/rules/5  GET /client
      clients: requires "other"; the token has "web"
    /authorizer/rules/6  GET /fresh
      maxAuthAgeSeconds: requires a sign-in at most 5 min ago; the token has one 1 h 1 min ago
    /authorizer/rules/7  GET /partner
      issuers: requires "https://idp.example/"; the token has "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool"
    "#);

    let run = explain_with(
        &config(&all_conditions()),
        &with(access_claims(), "auth_time", json!(null)),
        &["--json"],
    );
    let report: Value = serde_json::from_str(&run.out).unwrap();
    insta::assert_json_snapshot!(report["unmet"][0], @r#"
    {
      "rule": "/authorizer/rules/1",
      "routes": [
        "GET /groups"
      ],
      "conditions": [
        {
          "condition": "/authorizer/rules/1/groups",
          "wanted": "one of \"admins\", \"Domain Admins\" and also \"x\"",
          "has": "none"
        }
      ]
    }
    "#);
    assert_eq!(report["unmet"].as_array().unwrap().len(), 7);
    assert_eq!(report["unmet"][5]["conditions"][0]["has"], "no auth_time");
    assert_eq!(report["unmet"][2]["conditions"][1]["condition"], "/authorizer/rules/3/claims/~1a~1b");
}

#[test]
fn a_token_of_another_issuer_is_told_that_no_rule_names_it() {
    let rules = json!([{ "routes": ["GET /admin"], "groups": { "anyOf": ["staff"] } }]);
    let run = explain_with(&config(&rules), &idp_claims(), &[]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.out, @r#"
    ok           event
    ok           form
    ok           header
    ok           claims
    ok           issuer     a listed issuer; only rules that name it are for its tokens
    ok           key        key-1
    ok           signature
    ok           times      expires in 59 min, 2027-01-15T08:59:00Z
    ok           token_use
    ok           audience
    ok           client
    FAILED       rules      the token meets the conditions of no rule
                            -> name https://idp.example/ in the issuers of a rule, together with "own" if it is for both: a rule without issuers is only for the stack's own pool

    the token says (verified):
      kid        key-1
      iss        https://idp.example/
      sub        auth0|1
      client_id  web
      aud        https://api.example.com https://idp.example/userinfo
      token_use  access
      exp        2027-01-15T08:59:00Z
      iat        2027-01-15T07:59:00Z
      groups     staff "Domain Users" (Domain%20Users in the context)
      scopes     openid read:orders

    403: the token is good, and the client gets 403 for every route
    in the audit log: no_rule_grants

    rules that are not met:
      /authorizer/rules/0  GET /admin
        issuers: requires a token of the stack's own pool, like every rule that names no issuers; the token has "https://idp.example/"
    "#);
    let rules =
        json!([{ "routes": ["GET /admin"], "issuers": [IDP], "groups": { "anyOf": ["Domain Users"] } }]);
    let run = explain_with(&config(&rules), &idp_claims(), &[]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(!run.out.contains("rules that are not met"), "{}", run.out);
}

#[test]
fn groups_without_a_configured_path_are_reported() {
    let rules =
        json!([{ "routes": ["GET /admin"], "issuers": ["own", IDP], "groups": { "anyOf": ["staff"] } }]);
    let mut config = config(&rules);
    config["authorizer"]["issuers"][0]["claims"] = json!({});
    let run = explain_with(&config, &idp_claims(), &[]);
    assert!(
        run.out.contains("the token has none, because the issuer's entry does not say where they are"),
        "{}",
        run.out
    );
}

fn without(name: &str) -> Value {
    let mut claims = idp_claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

/// Asserts that one check of a token fails with this code, reason and advice.
fn fails(token: &str, [step, code, why, advice]: [&str; 4]) {
    let run = explain_token(&config(&json!([])), token, &["--json"]);
    assert_eq!(run.code, 1);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let check = report["checks"].as_array().unwrap().iter().find(|check| check["check"] == step).unwrap();
    assert_eq!((check["result"].as_str(), check["code"].as_str()), (Some("failed"), Some(code)), "{check}");
    assert!(check["detail"].as_str().unwrap().contains(why), "{check}");
    assert!(check["todo"].as_str().unwrap().contains(advice), "{check}");
}

#[test]
fn a_possible_id_token_is_reported_with_the_sign_of_it() {
    const NO_SIGN: &str = "nothing says that it is an access token: neither at+jwt in its header nor scope, scp, client_id, cid";
    for (claims, why) in [
        (with(idp_claims(), "nonce", json!("n")), "it seems to be an ID token: it has nonce"),
        (with(with(idp_claims(), "at_hash", json!("n")), "c_hash", json!("n")), "it has at_hash, c_hash"),
        (
            with(idp_claims(), "typ", json!("ID")),
            "it does not seem to be an access token: its claim typ says \"ID\"",
        ),
        (without("scope"), NO_SIGN),
    ] {
        let advice = "send the access token; if it is one, let the issuer write at+jwt";
        fails(&KEY.token(&claims), ["token_use", "token_use_not_accepted", why, advice]);
    }
}

#[test]
fn a_claim_of_another_path_or_form_is_reported() {
    let odd = |name, value| with(idp_claims(), name, value);
    for (claims, check) in [
        (
            odd("aud", json!("https://other")),
            [
                "audience",
                "audience_not_accepted",
                "another audience",
                "for a token for https://api.example.com",
            ],
        ),
        (
            odd("azp", json!("x")),
            ["client", "client_not_accepted", "another client", "through the client web"],
        ),
        (
            odd("azp", json!(["x"])),
            [
                "claims",
                "claim_malformed",
                "`client` is malformed: it is [\"x\"]",
                "right path in claims.client",
            ],
        ),
        (
            odd("realm_access", json!({ "roles": { "a": 1 } })),
            ["claims", "claim_malformed", "`groups` is malformed: it is {\"a\":1}", "path in claims.groups"],
        ),
        (odd("cnf", json!({ "jkt": "x" })), ["claims", "claim_malformed", "`cnf`", "bound to a key"]),
        (
            without("sub"),
            ["claims", "claim_missing", "the claim `sub` is missing", "let the issuer write `sub`"],
        ),
        (
            odd("iss", json!("https://idp.example")),
            [
                "issuer",
                "issuer_not_trusted",
                "not trusted: https://idp.example",
                "https://idp.example/ differs by a slash",
            ],
        ),
        (
            odd("iss", json!("https://new.example/x")),
            [
                "issuer",
                "issuer_not_trusted",
                "https://new.example/x",
                "`gatehouse issuer add https://new.example/x`",
            ],
        ),
    ] {
        fails(&KEY.token(&claims), check);
    }
}

#[test]
fn a_header_that_is_not_for_this_gate_is_told_with_what_it_says() {
    for (header, check) in [
        (
            json!({ "alg": "ES256", "kid": KEY.id }),
            [
                "key",
                "algorithm_not_accepted",
                "it says \"ES256\"",
                "sign with RS256, or name ES256 in the algorithms",
            ],
        ),
        (
            json!({ "alg": "HS256", "kid": KEY.id }),
            [
                "header",
                "algorithm_not_accepted",
                "it says \"HS256\"",
                "let the issuer sign with a private key",
            ],
        ),
        (
            json!({ "alg": "RS256", "kid": KEY.id, "typ": "dpop+jwt" }),
            ["header", "header_forbidden", "it says \"dpop+jwt\"", "send an access token"],
        ),
        (
            json!({ "alg": "RS256", "kid": KEY.id, "jku": "https://x" }),
            ["header", "header_forbidden", "`jku`", "leave `jku` out of the header"],
        ),
    ] {
        fails(&KEY.token_with(&header, &idp_claims()), check);
    }
}

#[test]
fn claims_that_do_not_fit_are_named() {
    let mut config = config(&json!([{ "routes": ["$connect"] }]));
    config["authorizer"]["context"] = json!(["custom:small", "custom:big"]);
    let claims = with(access_claims(), "custom:small", json!("x"));
    let claims = with(claims, "custom:big", json!("\"".repeat(2_200)));
    let token = KEY.token(&claims);
    let event = json!({
        "type": "REQUEST", "methodArn": "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/$connect",
        "requestContext": { "eventType": "CONNECT" }, "queryStringParameters": { "access_token": token },
    });
    let run = gatehouse(&[&["explain", "--event", "-", "--jwks", "jwks.json"], &AT[..]].concat())
        .stdin(&event.to_string())
        .file("config.json", &config.to_string())
        .file("jwks.json", &jwks(&[&KEY]).to_string())
        .run();
    assert_eq!((run.code, run.err.as_str()), (1, ""), "{}", run.out);
    assert!(run.out.contains("in the audit log: claims_too_large"), "{}", run.out);
    assert!(run.out.contains("the largest is custom:big, of 4402 bytes"), "{}", run.out);
}
