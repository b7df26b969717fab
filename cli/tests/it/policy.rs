//! `gatehouse policy`: what config.json grants, without a token.

use super::{Run, gatehouse};

const CONFIG: &str = r#"{ "authorizer": { "rules": [
  { "routes": ["GET /whoami", "* /user/*"] },
  { "routes": ["GET /admin/*"], "groups": { "anyOf": ["admins"] } },
  { "routes": ["GET /admin/*", "GET /whoami"], "scopes": { "allOf": ["orders/read", "orders/write"] } }
] } }"#;

fn policy(args: &[&str]) -> Run {
    let run = gatehouse(&[&["policy"], args].concat()).file("config.json", CONFIG).run();
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    run
}

#[test]
fn each_route_is_printed_with_the_rules_that_grant_it() {
    insta::assert_snapshot!(policy(&[]).out, @r"
    * /user/*    /authorizer/rules/0
    GET /whoami  /authorizer/rules/0
    ");
    let all = ["--groups", "staff,admins", "--scopes", "orders/read,orders/write"];
    insta::assert_snapshot!(policy(&all).out, @r"
    * /user/*     /authorizer/rules/0
    GET /admin/*  /authorizer/rules/1, /authorizer/rules/2
    GET /whoami   /authorizer/rules/0, /authorizer/rules/2
    ");
    assert_eq!(policy(&["--scopes", "orders/read", "--groups", ""]).out, policy(&[]).out);
}

#[test]
fn nothing_is_a_result_too() {
    let run = gatehouse(&["policy", "--groups", "admins"]).file("config.json", "{}").run();
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "nothing is granted\n", ""));
    let run = gatehouse(&["policy", "--json"]).file("config.json", "{}").run();
    assert_eq!((run.code, run.out.as_str()), (0, "{\"routes\":[]}\n"));
}

#[test]
fn for_machines_the_routes_are_one_object() {
    insta::assert_snapshot!(policy(&["--json", "--groups", "admins"]).out, @r#"{"routes":[{"route":"* /user/*","rules":["/authorizer/rules/0"]},{"route":"GET /admin/*","rules":["/authorizer/rules/1"]},{"route":"GET /whoami","rules":["/authorizer/rules/0"]}]}"#);
}

#[test]
fn the_document_is_the_one_that_the_gate_answers_with() {
    insta::assert_snapshot!(policy(&["--document", "--groups", "admins"]).out, @r#"
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Action": "execute-api:Invoke",
          "Effect": "Allow",
          "Resource": [
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/DELETE/user/*",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/admin/*",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/user/*",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/HEAD/user/*",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/OPTIONS/user/*",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/PATCH/user/*",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/POST/user/*",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/PUT/user/*"
          ]
        }
      ]
    }
    "#);
    let arn = "arn:aws-cn:execute-api:cn-north-1:210987654321:zyxwvu4321/prod/POST/x";
    let run = policy(&["--document", "--arn", arn]);
    assert!(
        run.out.contains("\"arn:aws-cn:execute-api:cn-north-1:210987654321:zyxwvu4321/prod/GET/whoami\"")
    );
    let far = format!("arn:aws:execute-api:us-east-1:210987654321:zyxwvu4321/{}/POST/x", "s".repeat(450));
    let run = policy(&["--document", "--arn", &far]);
    assert!(run.out.contains("\"Deny\"") && !run.out.contains("whoami"), "{}", run.out);
    let run = gatehouse(&["policy", "--document"]).file("config.json", "{}").run();
    assert!(run.out.contains("\"Deny\"") && run.out.contains("abcdef1234/v1/*\""), "{}", run.out);
}

#[test]
fn mistakes_exit_with_2() {
    for (args, line) in [
        (&["policy", "--scopes", "orders/read orders/write"][..], "separated by commas"),
        (&["policy", "--document", "--arn", "arn:aws:s3:::x"], "an ARN is written like"),
        (&["policy", "--arn", "arn:aws:execute-api:us-east-1:123456789012:a/v1/GET/x"], "--document"),
        (&["policy", "--document", "--json"], "cannot be used with"),
        (&["policy", "--config", "nowhere.json"], "cannot be read"),
    ] {
        gatehouse(args).file("config.json", CONFIG).run().fails(2, line);
    }
}

const PARTNER: &str = "https://partner.example/pool";

/// A configuration with one rule for each condition, each with a route of its own.
fn conditions() -> String {
    with_issuers(&[partner()])
}

fn partner() -> serde_json::Value {
    serde_json::json!({ "issuer": PARTNER, "kind": "oidc", "jwksUri": "https://partner.example/keys",
        "audiences": ["x"], "claims": { "groups": "roles" } })
}

fn with_issuers(issuers: &[serde_json::Value]) -> String {
    let rules = serde_json::json!([
        { "routes": ["GET /plain"] },
        { "routes": ["GET /users"], "groups": { "anyOf": ["Domain Users"] } },
        { "routes": ["GET /comma"], "groups": { "allOf": ["a,b", "c"] } },
        { "routes": ["GET /pro"], "claims": { "custom:plan": { "anyOf": ["pro"] } } },
        { "routes": ["GET /five"], "claims": { "seats": { "anyOf": [5] }, "beta": { "anyOf": [true] } } },
        { "routes": ["GET /text-five"], "claims": { "seats": { "anyOf": ["5"] } } },
        { "routes": ["GET /roles"], "claims": {
            "realm_access.roles": { "allOf": ["x", "y"] }, "/realm_access/a.b": { "anyOf": ["z"] } } },
        { "routes": ["GET /namespaced"], "claims": { "https://example.com/r": { "anyOf": ["x"] } } },
        { "routes": ["GET /audience"], "audiences": ["https://api"] },
        { "routes": ["GET /client"], "clients": ["web"] },
        { "routes": ["GET /id"], "tokenUse": ["id"] },
        { "routes": ["GET /fresh"], "maxAuthAgeSeconds": 300 },
        { "routes": ["GET /partner"], "issuers": [PARTNER] },
        { "routes": ["GET /both"], "issuers": ["own", PARTNER], "groups": { "anyOf": ["admins"] } },
    ]);
    let authorizer = serde_json::json!({ "rules": rules, "issuers": issuers, "tokenUse": ["access", "id"] });
    serde_json::json!({ "authorizer": authorizer }).to_string()
}

/// The routes that this caller may use, apart from the one that every token of the own pool opens.
fn opens(args: &[&str]) -> Vec<String> {
    let run = gatehouse(&[&["policy", "--json"], args].concat()).file("config.json", &conditions()).run();
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{args:?}");
    let printed: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let routes =
        printed["routes"].as_array().unwrap().iter().map(|granted| granted["route"].as_str().unwrap());
    routes.filter(|route| *route != "GET /plain").map(str::to_owned).collect()
}

#[test]
fn every_condition_of_a_rule_can_be_met_by_a_flag() {
    for (args, route) in [
        (&["--groups", "staff, Domain Users"][..], "GET /users"),
        (&["--group", "Domain Users"], "GET /users"),
        (&["--group", "a,b", "--groups", "c"], "GET /comma"),
        (&["--claim", "custom:plan=pro"], "GET /pro"),
        (&["--claim", r#"custom:plan=["team","pro"]"#], "GET /pro"),
        (&["--claim", "seats=5", "--claim", "beta=true"], "GET /five"),
        (&["--claim", r#"seats="5""#], "GET /text-five"),
        (&["--claim", r#"realm_access.roles=["x","y"]"#, "--claim", "/realm_access/a.b=z"], "GET /roles"),
        (&["--claim", "/realm_access/a.b=z", "--claim", r#"realm_access={"roles":["x","y"]}"#], "GET /roles"),
        (&["--claim", "https://example.com/r=x"], "GET /namespaced"),
        (&["--audience", "https://other", "--audience", "https://api"], "GET /audience"),
        (&["--client", "web"], "GET /client"),
        (&["--token-use", "id"], "GET /id"),
        (&["--auth-age", "300"], "GET /fresh"),
    ] {
        assert_eq!(opens(args), [route], "{args:?}");
    }
    for args in [
        &[][..],
        &["--groups", "Domain", "--groups", "Users"],
        &["--groups", "a,b,c"],
        &["--claim", "custom:plan=Pro"],
        &["--claim", r#"seats="5","#, "--claim", "beta=true"],
        &["--claim", "realm_access.roles=x y"],
        &["--token-use", "access"],
        &["--auth-age", "400"],
    ] {
        assert!(opens(args).is_empty(), "{args:?}");
    }
}

#[test]
fn a_caller_of_another_issuer_opens_what_names_it() {
    assert_eq!(opens(&["--group", "admins"]), ["GET /both"]);
    assert_eq!(opens(&["--issuer", "own", "--group", "admins"]), ["GET /both"]);
    assert_eq!(opens(&["--issuer", PARTNER, "--group", "admins"]), ["GET /both", "GET /partner"]);
    let routes = |args: &[&str]| policy_of(&conditions(), args);
    assert!(
        !routes(&["--issuer", PARTNER]).contains("GET /plain"),
        "a rule without issuers is for the own pool"
    );
    for args in [&["--without-pool"][..], &["--without-pool", "--issuer", PARTNER]] {
        assert!(routes(args).contains("GET /plain"), "{args:?}: the only issuer is meant by it too");
    }
}

fn policy_of(config: &str, args: &[&str]) -> String {
    let run = gatehouse(&[&["policy"], args].concat()).file("config.json", config).run();
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{args:?}");
    run.out
}

#[test]
fn an_impossible_caller_is_refused() {
    let cognito = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_b";
    let two = with_issuers(&[partner(), serde_json::json!({ "issuer": cognito, "clientIds": ["b"] })]);
    let pool = conditions().replacen('{', r#"{"userPool":{"id":"us-east-1_a","clientId":"b"},"#, 1);
    for (config, args, line) in [
        (
            conditions(),
            &["--issuer", "https://partner.example/pool/"][..],
            "is not in authorizer.issuers (https://partner.example/pool)",
        ),
        ("{}".to_owned(), &["--issuer", PARTNER], "is not in authorizer.issuers (which is empty)"),
        (conditions(), &["--issuer", "partner"], "must be \"own\" or an issuer's URL"),
        (conditions(), &["--issuer", "own", "--without-pool"], "cannot have a token of the stack's own pool"),
        (pool, &["--without-pool"], "config.json names one (userPool.id)"),
        (two, &["--without-pool"], "name the caller's issuer with --issuer"),
        (conditions(), &["--claim", "plan"], "NAME=VALUE"),
        (conditions(), &["--claim", "a..b=1"], "must name a claim"),
        (
            conditions(),
            &["--claim", "a=1", "--claim", "a=2"],
            "--claim a: the claim already has another value",
        ),
        (
            conditions(),
            &["--claim", "a=1", "--claim", "a.b=2"],
            "--claim a.b: the claim already has another value",
        ),
        (conditions(), &["--auth-age", "1", "--claim", "auth_time=5"], "--claim auth_time"),
        (conditions(), &["--token-use", "refresh"], "access"),
        (conditions(), &["--auth-age", "soon"], "--auth-age"),
    ] {
        gatehouse(&[&["policy"], args].concat()).file("config.json", &config).run().fails(2, line);
    }
}
