//! Any valid rules, for any caller: under IAM's own matching the policy opens what a person reads in them,
//! and the answer is one that API Gateway takes.
//!
//! The input is lines, each a sign and its text; others are skipped:
//!
//! | line | means |
//! |---|---|
//! | `- GET /orders/*` | the rule that is being written grants this route |
//! | `---` | the next rule begins |
//! | `g a b`, `G a b` | the rule asks for any, for all of these groups |
//! | `s a b`, `S a b` | the rule asks for any, for all of these scopes |
//! | `: a b`, `; a b` | the caller has these groups, these scopes |
//! | `@ arn:...` | what is called |
//! | `? GET/orders/1` | a request that is tried on the policy |

use authorizer::{ApiScope, Rules, render};
use platform::config::Config;
use serde_json::{Value, json};

use crate::Outcome;
use crate::support::issuer::{access_claims, with};
use crate::support::{NOW, gateway, offline, reading};

const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami";

struct Case<'d> {
    rules: Vec<Value>,
    groups: Vec<&'d str>,
    scopes: Vec<&'d str>,
    arn: &'d str,
    requests: Vec<&'d str>,
}

/// Decides the case in `data`.
pub fn run(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    let case = read(&text);
    let rules = Value::Array(case.rules.clone());
    let config = json!({ "authorizer": { "rules": rules } }).to_string();
    let (Ok(config), Ok(api)) = (Config::parse(&config), ApiScope::parse(case.arn)) else {
        return Outcome::Refused;
    };
    let claims = with(access_claims(), "cognito:groups", json!(case.groups));
    let claims = with(claims, "scope", json!(case.scopes.join(" ")));
    let Ok(claims) = offline::verified(&claims) else { return Outcome::Refused };
    let (_, answer) = render(Rules::new(&config.authorizer.rules).decide(&claims, NOW), &claims, &api);
    let answer = serde_json::to_value(&answer).expect("JSON");
    assert_eq!(gateway::complaint(&answer), None);
    check_requests(&case, &rules, &answer);
    Outcome::Accepted
}

fn check_requests(case: &Case, rules: &Value, answer: &Value) {
    let is_allowed = answer["policyDocument"]["Statement"][0]["Effect"] == "Allow";
    let front: String = case.arn.splitn(3, '/').take(2).flat_map(|part| [part, "/"]).collect();
    for tail in requests(case) {
        let is_open = gateway::opens(answer, &format!("{front}{tail}"));
        let is_granted = reading::grants(rules, &case.groups, &case.scopes, &tail);
        assert!(is_granted || !is_open, "wider than its rule: {tail}");
        assert!(is_open || !is_granted || !is_allowed, "narrower than its rule: {tail}");
        let elsewhere = format!("arn:aws:execute-api:us-east-1:123456789012:otherapi99/v1/{tail}");
        assert!(elsewhere.starts_with(&front) || !gateway::opens(answer, &elsewhere), "another API");
    }
}

/// The requests of the case, and some on, above, below and beside each route.
fn requests(case: &Case) -> Vec<String> {
    let mut all: Vec<String> = case.requests.iter().map(|&request| request.to_owned()).collect();
    let routes = case.rules.iter().flat_map(|rule| rule["routes"].as_array().into_iter().flatten());
    for (method, path) in routes.filter_map(|route| route.as_str()?.split_once(' ')) {
        let base = path.trim_end_matches("/*");
        for path in [path, base, &format!("{base}/x"), &format!("{base}x"), &format!("/x{path}")] {
            all.extend([method, "GET", "PATCH"].map(|method| format!("{method}{path}")));
        }
    }
    all.extend(["$connect", "$disconnect", "GET/"].map(str::to_owned));
    all
}

fn read(text: &str) -> Case<'_> {
    let mut case = Case {
        rules: vec![json!({ "routes": [] })],
        groups: vec![],
        scopes: vec![],
        arn: ARN,
        requests: vec![],
    };
    for line in text.lines() {
        let rule = case.rules.last_mut().expect("a rule");
        match line.split_once(' ') {
            None if line == "---" => case.rules.push(json!({ "routes": [] })),
            Some(("-", route)) => {
                let routes = rule["routes"].as_array_mut().expect("routes");
                routes.push(json!(route));
            }
            Some(("g", names)) => rule["groups"]["anyOf"] = json!(words(names)),
            Some(("G", names)) => rule["groups"]["allOf"] = json!(words(names)),
            Some(("s", names)) => rule["scopes"]["anyOf"] = json!(words(names)),
            Some(("S", names)) => rule["scopes"]["allOf"] = json!(words(names)),
            Some((":", names)) => case.groups = words(names),
            Some((";", names)) => case.scopes = words(names),
            Some(("@", arn)) => case.arn = arn,
            Some(("?", request)) => case.requests.push(request),
            _ => {}
        }
    }
    case
}

fn words(text: &str) -> Vec<&str> {
    text.split(' ').filter(|word| !word.is_empty()).collect()
}
