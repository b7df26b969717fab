//! `gatehouse policy`: what config.json grants, without any token.

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
fn each_route_stands_with_the_rules_that_grant_it() {
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
        (&["policy", "--groups", "a b"][..], "separated by commas"),
        (&["policy", "--scopes", "orders/read orders/write"], "separated by commas"),
        (&["policy", "--document", "--arn", "arn:aws:s3:::x"], "an ARN is written like"),
        (&["policy", "--arn", "arn:aws:execute-api:us-east-1:123456789012:a/v1/GET/x"], "--document"),
        (&["policy", "--document", "--json"], "cannot be used with"),
        (&["policy", "--config", "nowhere.json"], "cannot be read"),
    ] {
        gatehouse(args).file("config.json", CONFIG).run().fails(2, line);
    }
}
