//! `gatehouse explain`, with tokens that are like Cognito's, apart from what a test changes.

use serde_json::{Value, json};
use testkit::issuer::{CLIENT, ISSUER, KEY, NOW, OTHER_KEY, POOL, access_claims, id_claims, jwks, with};
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{Gatehouse, Run, gatehouse};

pub(super) const AT: [&str; 2] = ["--at", "2027-01-15T08:00:00Z"];

fn config() -> Value {
    json!({
        "userPool": { "id": POOL, "clientId": CLIENT },
        "authorizer": { "rules": [
            { "routes": ["GET /whoami", "* /user/*"] },
            { "routes": ["GET /admin/*"], "groups": { "anyOf": ["admins"] } },
            { "routes": ["GET /admin/*", "GET /whoami"], "scopes": { "allOf": ["orders/read"] } },
        ] },
    })
}

fn without_rules() -> Value {
    json!({ "userPool": { "id": POOL, "clientId": CLIENT } })
}

/// `explain` for this token on stdin, at [`NOW`], with [`config`] and with the issuer's keys in a file.
fn explain(token: &str, args: &[&str]) -> Gatehouse {
    gatehouse(&[&["explain", "-"], &AT[..], args].concat())
        .stdin(token)
        .file("config.json", &config().to_string())
        .file("jwks.json", &jwks(&[&KEY]).to_string())
}

const OFFLINE: [&str; 3] = ["--offline", "--jwks", "jwks.json"];

fn admin() -> Value {
    with(access_claims(), "cognito:groups", json!(["admins"]))
}

fn late_stranger() -> Value {
    with(with(admin(), "exp", json!(NOW - 12_059)), "client_id", json!("other"))
}

/// Asserts that no part of the token was printed. An empty part is in every text.
pub(super) fn hides(run: &Run, token: &str) {
    for part in token.split(['.', ' ']).filter(|part| part.len() > 8) {
        assert!(!run.out.contains(part) && !run.err.contains(part), "{part}: {} {}", run.out, run.err);
    }
}

#[test]
fn a_good_token_opens_its_routes() {
    let token = KEY.token(&admin());
    let run = explain(&format!("{token}\n"), &OFFLINE).run();
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    hides(&run, &token);
    insta::assert_snapshot!(run.out, @r#"
    ok           event
    ok           form
    ok           header
    ok           claims
    ok           issuer     the stack's own pool
    ok           key        key-1
    ok           signature
    ok           times      expires in 59 min, 2027-01-15T08:59:00Z
    ok           token_use
    ok           audience
    ok           client
    ok           rules

    the token says (verified):
      kid        key-1
      iss        https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool
      sub        3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c
      client_id  web
      token_use  access
      exp        2027-01-15T08:59:00Z
      iat        2027-01-15T07:59:00Z
      groups     admins
      scopes     aws.cognito.signin.user.admin

    pass: the client may call the routes below, and gets 403 for all others

    opens:
      * /user/*     /authorizer/rules/0
      GET /admin/*  /authorizer/rules/1
      GET /whoami   /authorizer/rules/0

    rules that are not met:
      /authorizer/rules/2  GET /admin/*, GET /whoami
        scopes: requires "orders/read"; the token has "aws.cognito.signin.user.admin"
    "#);
}

#[test]
fn everything_that_is_wrong_is_reported() {
    let token = KEY.token(&late_stranger());
    let run = explain(&token, &OFFLINE).run();
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    hides(&run, &token);
    insta::assert_snapshot!(run.out, @r#"
    ok           event
    ok           form
    ok           header
    ok           claims
    ok           issuer     the stack's own pool
    ok           key        key-1
    ok           signature
    FAILED       times      the token has expired: 3 h 20 min ago, 2027-01-15T04:39:01Z
                            -> get a new token: sign in again, or use the refresh token
    ok           token_use
    ok           audience
    FAILED       client     the token is for another client
                            -> get the token through the client web, or add its client (USER_POOL_CLIENT_ID for the own pool, clientIds for another issuer)
    ok           rules

    the token says (UNVERIFIED: anybody could have written this):
      kid        key-1
      iss        https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool
      sub        3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c
      client_id  other
      token_use  access
      exp        2027-01-15T04:39:01Z
      iat        2027-01-15T07:59:00Z
      groups     admins
      scopes     aws.cognito.signin.user.admin

    401: the client gets {"message":"Unauthorized"} for every route
    in the audit log: token_expired

    would open, if it were accepted:
      * /user/*     /authorizer/rules/0
      GET /admin/*  /authorizer/rules/1
      GET /whoami   /authorizer/rules/0

    rules that are not met:
      /authorizer/rules/2  GET /admin/*, GET /whoami
        scopes: requires "orders/read"; the token has "aws.cognito.signin.user.admin"
    "#);
}

#[test]
fn without_keys_it_says_that_the_signature_was_not_checked() {
    let token = OTHER_KEY.token(&access_claims());
    let run = explain(&token, &["--offline"]).run();
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    hides(&run, &token);
    insta::assert_snapshot!(run.out, @r#"
    ok           event
    ok           form
    ok           header
    ok           claims
    ok           issuer     the stack's own pool
    not reached  key        there are no keys to check with
    not reached  signature  key must pass first
    ok           times      expires in 59 min, 2027-01-15T08:59:00Z
    ok           token_use
    ok           audience
    ok           client
    ok           rules

    the token says (UNVERIFIED: anybody could have written this):
      kid        key-2
      iss        https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool
      sub        3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c
      client_id  web
      token_use  access
      exp        2027-01-15T08:59:00Z
      iat        2027-01-15T07:59:00Z
      scopes     aws.cognito.signin.user.admin

    undecided: THE SIGNATURE WAS NOT CHECKED, everything else is right; give the keys with --jwks, or leave --offline out

    would open, if it were accepted:
      * /user/*    /authorizer/rules/0
      GET /whoami  /authorizer/rules/0

    rules that are not met:
      /authorizer/rules/1  GET /admin/*
        groups: requires "admins"; the token has none
      /authorizer/rules/2  GET /admin/*, GET /whoami
        scopes: requires "orders/read"; the token has "aws.cognito.signin.user.admin"
    "#);

    let run = explain(&token, &["--offline"]).file("config.json", &without_rules().to_string()).run();
    assert_eq!(run.code, 1);
    assert!(run.out.contains("refused: THE SIGNATURE WAS NOT CHECKED"), "{}", run.out);
}

#[test]
fn each_end_has_its_exit_code_and_its_json() {
    let (good, json) = (KEY.token(&admin()), ["--json"]);
    let routeless = without_rules().to_string();
    for (token, args, config, expected) in [
        (good.clone(), &OFFLINE[..], None, (0, "pass", json!(null), json!(null))),
        (good.clone(), &OFFLINE, Some(&routeless), (1, "forbidden", json!(403), json!("no_rule_grants"))),
        (good.clone(), &OFFLINE[..1], None, (1, "undecided", json!(null), json!(null))),
        (good.clone(), &OFFLINE[..1], Some(&routeless), (1, "refused", json!(null), json!(null))),
        (
            KEY.token(&late_stranger()),
            &OFFLINE,
            None,
            (1, "unauthorized", json!(401), json!("token_expired")),
        ),
        (
            OTHER_KEY.token_with(&KEY.header(), &admin()),
            &OFFLINE,
            None,
            (1, "unauthorized", json!(401), json!("signature_wrong")),
        ),
        (format!("{good} x"), &OFFLINE, None, (1, "unauthorized", json!(401), json!("not_bearer"))),
        ("opaque".to_owned(), &OFFLINE, None, (1, "unauthorized", json!(401), json!("not_three_parts"))),
    ] {
        let mut command = explain(&token, &[args, &json].concat());
        if let Some(config) = config {
            command = command.file("config.json", config);
        }
        let run = command.run();
        let report: Value = serde_json::from_str(&run.out).unwrap();
        let verdict = report["verdict"].as_str().unwrap();
        assert_eq!((run.code, verdict, report["status"].clone(), report["reason"].clone()), expected);
        assert_eq!(report["opens"].as_array().unwrap().is_empty(), run.code != 0, "{report}");
        hides(&run, &token);
    }
}

#[test]
fn for_machines_a_report_is_one_object() {
    let run = explain(&KEY.token(&late_stranger()), &[&OFFLINE[..], &["--json"]].concat()).run();
    let mut report: Value = serde_json::from_str(&run.out).unwrap();
    let checks = report["checks"].as_array_mut().unwrap();
    assert_eq!(checks.len(), 12);
    checks.retain(|check| check["result"] != "ok");
    insta::assert_json_snapshot!(report, @r#"
    {
      "verdict": "unauthorized",
      "status": 401,
      "reason": "token_expired",
      "checks": [
        {
          "check": "times",
          "result": "failed",
          "code": "token_expired",
          "detail": "the token has expired: 3 h 20 min ago, 2027-01-15T04:39:01Z",
          "todo": "get a new token: sign in again, or use the refresh token"
        },
        {
          "check": "client",
          "result": "failed",
          "code": "client_not_accepted",
          "detail": "the token is for another client",
          "todo": "get the token through the client web, or add its client (USER_POOL_CLIENT_ID for the own pool, clientIds for another issuer)"
        }
      ],
      "claims": {
        "verified": false,
        "kid": "key-1",
        "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool",
        "sub": "3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c",
        "client_id": "other",
        "aud": [],
        "token_use": "access",
        "exp": 1799987941,
        "iat": 1799999940,
        "nbf": null,
        "groups": [
          "admins"
        ],
        "scopes": [
          "aws.cognito.signin.user.admin"
        ]
      },
      "opens": [],
      "wouldOpen": [
        {
          "route": "* /user/*",
          "rules": [
            "/authorizer/rules/0"
          ]
        },
        {
          "route": "GET /admin/*",
          "rules": [
            "/authorizer/rules/1"
          ]
        },
        {
          "route": "GET /whoami",
          "rules": [
            "/authorizer/rules/0"
          ]
        }
      ],
      "unmet": [
        {
          "rule": "/authorizer/rules/2",
          "routes": [
            "GET /admin/*",
            "GET /whoami"
          ],
          "conditions": [
            {
              "condition": "/authorizer/rules/2/scopes",
              "wanted": "\"orders/read\"",
              "has": "\"aws.cognito.signin.user.admin\""
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn a_recorded_event_is_explained_as_it_is() {
    let token = KEY.token(&id_claims());
    let arn = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami";
    let event =
        |arn| json!({ "type": "TOKEN", "authorizationToken": format!("Bearer {token}"), "methodArn": arn });
    let at = |name: &str, event: &Value| {
        gatehouse(&[&["explain", "--event", name, "--jwks", "jwks.json"], &AT[..]].concat())
            .file("config.json", &config().to_string())
            .file("jwks.json", &jwks(&[&KEY]).to_string())
            .file("event.json", &event.to_string())
            .stdin(&event.to_string())
            .run()
    };
    for name in ["event.json", "-"] {
        let run = at(name, &event(arn));
        assert_eq!((run.code, run.err.as_str()), (1, ""));
        assert!(run.out.contains("-> send the access token"), "{}", run.out);
        hides(&run, &token);
    }
    let run = at("event.json", &event("*"));
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    assert!(run.out.contains("FAILED       event      the event's methodArn"), "{}", run.out);
    assert!(run.out.contains("500: the gate cannot decide"), "{}", run.out);
    hides(&run, &token);
}

#[tokio::test]
async fn online_the_keys_are_fetched_from_the_issuer() {
    let server = MockServer::start().await;
    let keys = ResponseTemplate::new(200).set_body_json(jwks(&[&KEY]));
    let place = format!("/{POOL}/.well-known/jwks.json");
    Mock::given(path(place.as_str())).respond_with(keys).expect(1).mount(&server).await;
    let run = explain(&KEY.token(&admin()), &[]).env("AWS_ENDPOINT_URL", &server.uri()).run();
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
}

#[test]
fn keys_that_cannot_be_fetched_are_a_500_with_the_reason() {
    let token = KEY.token(&late_stranger());
    let run = explain(&token, &[]).env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").run();
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    for line in [
        "FAILED       key        the issuer's keys are unavailable: it cannot be reached: no connection",
        "not reached  signature  key must pass first",
        "FAILED       times      the token has expired: 3 h 20 min ago",
        "500: the gate cannot decide",
    ] {
        assert!(run.out.contains(line), "{line}: {}", run.out);
    }
    hides(&run, &token);
}

#[tokio::test]
async fn an_unused_form_of_the_own_pools_issuer_is_reported() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(403)).mount(&server).await;
    let updated = with(admin(), "iss", json!(ISSUER.replace("cognito-idp", "issuer-cognito-idp")));
    let run = explain(&KEY.token(&updated), &[]).env("AWS_ENDPOINT_URL", &server.uri()).run();
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    for line in [
        "FAILED       key        the issuer's keys are unavailable: the answer is 403, not 200",
        "-> get a new token from the pool: it has not switched to this form of its issuer",
        "401: the client gets",
        "in the audit log: kid_unknown",
    ] {
        assert!(run.out.contains(line), "{line}: {}", run.out);
    }
}

#[tokio::test]
async fn offline_nothing_is_sent_to_anybody() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(500)).expect(0).mount(&server).await;
    for args in [&OFFLINE[..], &OFFLINE[..1]] {
        explain(&KEY.token(&admin()), args).env("AWS_ENDPOINT_URL", &server.uri()).run();
    }
    let nameless = explain(&KEY.token(&admin()), &OFFLINE).file("config.json", &without_pool().to_string());
    let run = nameless.env("AWS_ENDPOINT_URL", &server.uri()).run();
    assert!(run.err.contains("with --offline, name the gate's own pool"), "{}", run.err);
}

/// [`config`] in the form of the repository's own file: the stack makes the pool, so the file does not name
/// it.
fn without_pool() -> Value {
    let mut config = config();
    config.as_object_mut().unwrap().remove("userPool");
    config
}

#[tokio::test]
async fn an_unreadable_token_is_explained_without_anything_else() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(500)).expect(0).mount(&server).await;
    let header = json!({ "alg": "HS256", "kid": "k" });
    let with_odd_group = with(access_claims(), "cognito:groups", json!(["admins", 5]));
    for (token, failed) in [
        ("a.b", "FAILED       form       the token does not have three parts"),
        ("a.b.c ", "FAILED       form       the header is not `Bearer` followed by one token"),
        ("e30.e30.e30", "FAILED       header     the token's algorithm"),
        (
            &KEY.token_with(&header, &admin()),
            "FAILED       header     the token's algorithm is not accepted for its issuer: it says \"HS256\"",
        ),
        (
            &KEY.token(&with_odd_group),
            "FAILED       claims     the claim `cognito:groups` is malformed: its entry 5 is not a string",
        ),
        (
            &KEY.token(&with(admin(), "scope", json!("a  b"))),
            "FAILED       claims     the claim `scope` is malformed: it is \"a  b\"",
        ),
    ] {
        // First there is a stack to ask. Then there is none, and after that not even a region.
        let with_stack = explain(token, &[])
            .env("AWS_ENDPOINT_URL", &server.uri())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "AKIDENV")
            .env("AWS_SECRET_ACCESS_KEY", "AKIDSECRET");
        for command in [with_stack, explain(token, &[]), explain(token, &["--offline"])] {
            let run = command.file("config.json", &without_pool().to_string()).run();
            assert_eq!((run.code, run.err.as_str()), (1, ""), "{}", run.out);
            assert!(run.out.contains(failed), "{failed}: {}", run.out);
            assert!(run.out.contains("\n401: "), "{}", run.out);
            hides(&run, token);
        }
    }
}

#[test]
fn without_the_pool_only_what_needs_it_stays_unchecked() {
    let token = KEY.token(&admin());
    let bare = || explain(&token, &[]).file("config.json", &without_pool().to_string());
    let run = bare().run();
    assert_eq!(run.code, 1);
    hides(&run, &token);
    insta::assert_snapshot!(run.err, @r"note: what depends on the stack's own pool is not checked: no AWS credentials, or no AWS profile with that name: set AWS_PROFILE or pass --profile (after `aws sso login` if it uses SSO), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    insta::assert_snapshot!(run.out, @r#"
    ok           event
    ok           form
    ok           header
    ok           claims
    not reached  issuer     the stack's own pool is not known here
    not reached  key        there are no keys to check with
    not reached  signature  key must pass first
    ok           times      expires in 59 min, 2027-01-15T08:59:00Z
    ok           token_use
    ok           audience
    not reached  client     the clients of the stack's own pool are not known here
    ok           rules

    the token says (UNVERIFIED: anybody could have written this):
      kid        key-1
      iss        https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool
      sub        3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c
      client_id  web
      token_use  access
      exp        2027-01-15T08:59:00Z
      iat        2027-01-15T07:59:00Z
      groups     admins
      scopes     aws.cognito.signin.user.admin

    undecided: THE SIGNATURE, THE ISSUER, THE CLIENT WERE NOT CHECKED, everything else is right; name the pool with --user-pool-id and --client-id

    would open, if it were accepted:
      * /user/*     /authorizer/rules/0
      GET /admin/*  /authorizer/rules/1
      GET /whoami   /authorizer/rules/0

    rules that are not met:
      /authorizer/rules/2  GET /admin/*, GET /whoami
        scopes: requires "orders/read"; the token has "aws.cognito.signin.user.admin"
    "#);
    for (command, reason) in [
        (bare().env("AWS_REGION", "us-east-1"), "no AWS credentials"),
        (
            bare()
                .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
                .env("AWS_ACCESS_KEY_ID", "AKIDENV")
                .env("AWS_SECRET_ACCESS_KEY", "AKIDSECRET"),
            "AWS CloudFormation in us-east-1 at http://127.0.0.1:1 cannot be reached",
        ),
    ] {
        let run = command.run();
        assert_eq!(run.code, 1, "{}", run.err);
        assert!(run.err.contains(reason) && run.err.starts_with("note: "), "{}", run.err);
        assert!(run.out.contains("THE SIGNATURE, THE ISSUER, THE CLIENT WERE NOT CHECKED"), "{}", run.out);
    }
    // With the issuer's keys the signature is checked. Still the verdict is not to allow.
    let run = explain(&token, &OFFLINE).file("config.json", &without_pool().to_string()).run();
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("ok           signature"), "{}", run.out);
    assert!(run.out.contains("undecided: THE ISSUER, THE CLIENT WERE NOT CHECKED"), "{}", run.out);
    assert!(run.out.contains("the token says (UNVERIFIED"), "{}", run.out);
    // If the pool is known and its clients are not, only the client is unchecked.
    let known = explain(&token, &[&OFFLINE[..], &["--user-pool-id", POOL]].concat());
    let run = known.file("config.json", &without_pool().to_string()).run();
    assert!(run.out.contains("undecided: THE CLIENT WAS NOT CHECKED"), "{}", run.out);
    assert!(run.out.contains("ok           issuer"), "{}", run.out);
    // What is wrong whoever issued the token stays wrong.
    let late = KEY.token(&with(admin(), "exp", json!(NOW - 1)));
    let run = explain(&late, &["--offline"]).file("config.json", &without_pool().to_string()).run();
    assert!(run.out.contains("FAILED       times") && run.out.contains("\n401: "), "{}", run.out);
}

#[test]
fn the_pool_is_the_one_that_is_named() {
    let token = KEY.token(&with(admin(), "client_id", json!("machine")));
    let flags = ["--user-pool-id", POOL, "--client-id", "web,machine"];
    let run = explain(&token, &[&OFFLINE[..], &flags].concat()).run();
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    let run = explain(&token, &OFFLINE).env("USER_POOL_CLIENT_ID", "machine").run();
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    let run = explain(
        &token,
        &[&OFFLINE[..], &["--user-pool-id", "us-east-1_other", "--client-id", "web"]].concat(),
    );
    let run = run.run();
    assert_eq!(run.code, 1);
    assert!(
        run.out.contains("get the token from https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other")
    );
}

#[tokio::test]
async fn a_pool_that_nobody_names_comes_from_the_stack() {
    let server = MockServer::start().await;
    let keys = ResponseTemplate::new(200).set_body_json(jwks(&[&KEY]));
    Mock::given(path(format!("/{POOL}/.well-known/jwks.json"))).respond_with(keys).mount(&server).await;
    let outputs = super::aws::stack_of(POOL, CLIENT);
    Mock::given(path("/")).respond_with(outputs).expect(1).mount(&server).await;
    let run = explain(&KEY.token(&admin()), &[])
        .file("config.json", &without_pool().to_string())
        .env("AWS_ENDPOINT_URL", &server.uri())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDENV")
        .env("AWS_SECRET_ACCESS_KEY", "AKIDSECRET")
        .run();
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
}

#[test]
fn a_gate_with_other_issuers_needs_no_pool_of_its_own() {
    let issuers = json!({ "authorizer": { "issuers": [{ "issuer": ISSUER, "clientIds": [CLIENT] }],
        "rules": [{ "routes": ["GET /whoami"] }] } });
    let run = explain(&KEY.token(&admin()), &OFFLINE).file("config.json", &issuers.to_string()).run();
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(run.err.starts_with("note: only authorizer.issuers are trusted here"), "{}", run.err);
}

#[test]
fn what_a_token_says_cannot_write_over_the_report() {
    let claims = with(access_claims(), "sub", json!("ann\u{202e}nna"));
    let run = explain(&KEY.token(&claims), &OFFLINE).run();
    assert!(run.out.contains("sub        ann\\u{202e}nna"), "{}", run.out);
}

#[test]
fn mistakes_in_the_input_exit_with_2_and_repeat_none_of_it() {
    let token = KEY.token(&admin());
    for (args, stdin, line) in [
        (&["explain", "-"][..], "", "stdin is empty"),
        (&["explain", "-"], "\n", "stdin is empty"),
        (&["explain", "--event", "-"], token.as_str(), "stdin is not JSON (line 1, column 1)"),
        (&["explain", "--event", "nowhere.json"], "", "nowhere.json cannot be read"),
        (&["explain", "-", "--jwks", "nowhere.json"], &token, "nowhere.json cannot be read"),
        (&["explain", "-", "--config", "nowhere.json"], &token, "nowhere.json: cannot be read"),
        (
            &["explain", "-", "--jwks", "config.json"],
            &token,
            "config.json: it has no usable keys: it is not a JWK Set",
        ),
        (&["explain"], &token, "TOKEN"),
        (&["explain", "-", "--event", "x.json"], &token, "cannot be used with"),
        (&["explain", "-", "--at", "noon"], &token, "a time is written like 2027"),
        (&["explain", &token, &token], "", "the argument looks like a token, so it is not repeated"),
        (&["explain", "-", "--at", &token], "", "the argument looks like a token, so it is not repeated"),
        (&["explain", "-", "--user-pool-id", "x"], &token, "--user-pool-id must be"),
    ] {
        let run = gatehouse(args).stdin(stdin).file("config.json", &config().to_string()).run();
        run.fails(2, line);
        hides(&run, &token);
    }
    explain(&"a".repeat(2 << 20), &OFFLINE).run().fails(2, "stdin is longer than");
}

#[test]
fn a_token_may_be_an_argument() {
    let token = KEY.token(&admin());
    let run = gatehouse(&[&["explain", token.as_str()], &AT[..], &OFFLINE[..]].concat())
        .file("config.json", &config().to_string())
        .file("jwks.json", &jwks(&[&KEY]).to_string())
        .run();
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    hides(&run, &token);
    let help = gatehouse(&["explain", "--help"]).run();
    assert!(help.out.contains("every user of the machine can see the arguments"), "{}", help.out);
}

fn event(token: &str) -> Value {
    json!({
        "type": "REQUEST", "methodArn": "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami",
        "routeArn": "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami",
        "headers": { "Authorization": token },
    })
}

fn explain_event(event: &Value, config: &Value) -> Run {
    gatehouse(&[&["explain", "--event", "-", "--jwks", "jwks.json"], &AT[..]].concat())
        .file("config.json", &config.to_string())
        .file("jwks.json", &jwks(&[&KEY]).to_string())
        .stdin(&event.to_string())
        .run()
}

#[test]
fn each_kind_of_api_has_the_token_in_its_own_place() {
    let connect = |event: Value| with(event, "requestContext", json!({ "eventType": "CONNECT" }));
    let bearer = format!("Bearer {}", KEY.token(&admin()));
    let nothing = with(event(""), "headers", json!({}));
    for (event, kind, advice) in [
        (
            connect(nothing.clone()),
            "WebSocket API, $connect",
            "-> send the bare token as `access_token` in the query of the URL",
        ),
        (
            connect(with(event(&bearer), "queryStringParameters", json!({ "access_token": "x" }))),
            "WebSocket API, $connect",
            "-> send the token once, in one place: send the bare token as `access_token` in the query",
        ),
        (
            with(nothing.clone(), "version", json!("2.0")),
            "HTTP API",
            "the identity source is $request.header.Authorization",
        ),
        (
            nothing,
            "REST API, authorizer of type REQUEST",
            "the identity source is method.request.header.Authorization",
        ),
        (
            with(with(event(&bearer), "version", json!("2.0")), "identitySource", json!(["x"])),
            "the authorizer's identity source",
            "-> make $request.header.Authorization the authorizer's only identity source",
        ),
        (
            with(with(event(&bearer), "version", json!("1.0")), "identitySource", json!("x")),
            "the authorizer's identity source",
            "-> make $request.header.Authorization the authorizer's only identity source",
        ),
        (
            with(event(&bearer), "identitySource", json!("x")),
            "the authorizer's identity source",
            "-> make method.request.header.Authorization the authorizer's only identity source",
        ),
    ] {
        let run = explain_event(&event, &config());
        assert_eq!((run.code, run.err.as_str()), (1, ""), "{}", run.out);
        assert!(run.out.contains(kind) && run.out.contains(advice), "{event}: {}", run.out);
        hides(&run, &bearer);
    }
    let run = explain_event(&connect(with(event(""), "headers", json!({}))), &config());
    assert!(!run.out.contains("method.request"), "{}", run.out);
}

#[test]
fn a_group_with_white_space_is_shown_in_both_forms() {
    let groups = json!(["admins", "Domain Users", "100%", "a\nb"]);
    let claims = with(admin(), "cognito:groups", groups.clone());
    let run = explain(&KEY.token(&claims), &OFFLINE).run();
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    let line = "groups     admins \"Domain Users\" (Domain%20Users in the context) \"100%\" (100%25 in the context) \
                \"a\\nb\" (a%0Ab in the context)\n";
    assert!(run.out.contains(line), "{}", run.out);
    let run = explain(&KEY.token(&claims), &[&OFFLINE[..], &["--json"]].concat()).run();
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["claims"]["groups"], groups, "machines get them as they are");
}
