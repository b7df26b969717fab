//! Any valid rules, for any caller. Under IAM's own matching the policy opens what a person reads in the
//! rules, and API Gateway would accept the answer.
//!
//! The input consists of lines, each with a sign and a text. Other lines are skipped:
//!
//! | line | means |
//! |---|---|
//! | `- GET /orders/*` | the current rule grants this route |
//! | `---` | the next rule begins |
//! | `i own https://a` | the rule is for the tokens of these issuers |
//! | `g a b`, `G a b` | the rule requires any, or all of these groups |
//! | `s a b`, `S a b` | the rule requires any, or all of these scopes |
//! | `c email ["a",1]`, `C email ["a"]` | the rule requires any, or all of these values of the claim |
//! | `a a b`, `l a b`, `u access` | the rule requires one of these audiences, clients, uses |
//! | `m 300` | the rule requires a sign-in at most this many seconds ago |
//! | `= own`, `= sole`, `= named` | the authority of the caller's issuer |
//! | `: a b`, `; a b` | the caller has these groups, these scopes |
//! | `. {"email":"a"}` | the caller's token has these claims |
//! | `@ arn:...` | the ARN that is called |
//! | `w` | it is a WebSocket API |
//! | `? GET/orders/1` | a request that is tried on the policy |

use authorizer::ApiScope;
use offline_gate::NOW;
use platform::identity::Authority;
use serde_json::{Map, Value, json};
use testkit::idp::{self, IDP, ROLES};
use testkit::issuer::{access_claims, with};
use testkit::reading::{Caller, Whose};
use testkit::{gateway, reading};

use crate::Outcome;

const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami";

struct Case<'d> {
    rules: Vec<Value>,
    authority: Authority,
    groups: Vec<&'d str>,
    scopes: Vec<&'d str>,
    claims: Map<String, Value>,
    arn: &'d str,
    is_web_socket: bool,
    requests: Vec<&'d str>,
}

/// Decides the case in `data`.
pub fn run(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    let case = read(&text);
    let rules = Value::Array(case.rules.clone());
    let Ok(api) = ApiScope::parse(case.arn) else { return Outcome::Refused };
    let api = if case.is_web_socket { api.of_web_sockets() } else { api };
    let claims = claims(&case);
    let Some(answer) = offline_gate::decided(&rules, case.authority, &claims, &api) else {
        return Outcome::Refused;
    };
    assert_eq!(gateway::complaint(&answer), None);
    let is_allowed = answer["policyDocument"]["Statement"][0]["Effect"] == "Allow";
    assert!(!is_allowed || answer["context"]["authority"] == case.authority.as_str(), "another's word");
    check_requests(&case, &rules, &claims, &answer, is_allowed);
    Outcome::Accepted
}

/// The claims of the caller's token.
fn claims(case: &Case) -> Value {
    let mut claims = match case.authority {
        Authority::Own => with(access_claims(), "cognito:groups", json!(case.groups)),
        Authority::Sole | Authority::Named => {
            with(idp::claims(), "realm_access", json!({ "roles": case.groups }))
        }
    };
    claims["scope"] = json!(case.scopes.join(" "));
    claims.as_object_mut().expect("an object").extend(case.claims.clone());
    claims
}

fn check_requests(case: &Case, rules: &Value, claims: &Value, answer: &Value, is_allowed: bool) {
    let now = NOW.secs();
    let caller = match case.authority {
        Authority::Own => Caller::of_pool(claims, now),
        Authority::Sole => Caller::of_other(Whose::Sole(IDP), ROLES, claims, now),
        Authority::Named => Caller::of_other(Whose::Named(IDP), ROLES, claims, now),
    };
    let front: String = case.arn.splitn(3, '/').take(2).flat_map(|part| [part, "/"]).collect();
    for tail in requests(case) {
        let is_open = gateway::opens(answer, &format!("{front}{tail}"));
        let is_asked = !case.is_web_socket || tail == "$connect";
        let is_granted = is_asked && reading::grants(rules, &caller, &tail);
        assert!(is_granted || !is_open, "wider than its rule: {tail}");
        assert!(is_open || !is_granted || !is_allowed, "narrower than its rule: {tail}");
        let elsewhere = format!("arn:aws:execute-api:us-east-1:123456789012:otherapi99/v1/{tail}");
        assert!(elsewhere.starts_with(&front) || !gateway::opens(answer, &elsewhere), "another API");
    }
}

/// The requests of the case, and some that equal a route or lie above, below or beside it.
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
        authority: Authority::Own,
        groups: vec![],
        scopes: vec![],
        claims: Map::new(),
        arn: ARN,
        is_web_socket: false,
        requests: vec![],
    };
    for line in text.lines() {
        let rule = case.rules.last_mut().expect("a rule");
        let Some((sign, text)) = line.split_once(' ') else {
            match line {
                "---" => case.rules.push(json!({ "routes": [] })),
                "w" => case.is_web_socket = true,
                _ => {}
            }
            continue;
        };
        if !read_condition(rule, sign, text) {
            read_caller(&mut case, sign, text);
        }
    }
    case
}

/// Whether the line is about the rule.
fn read_condition(rule: &mut Value, sign: &str, text: &str) -> bool {
    let (condition, part) = match sign {
        "-" => {
            rule["routes"].as_array_mut().expect("routes").push(json!(text));
            return true;
        }
        "c" | "C" => {
            let (place, values) = text.split_once(' ').unwrap_or((text, ""));
            let part = if sign == "c" { "anyOf" } else { "allOf" };
            rule["claims"][place][part] = serde_json::from_str(values).unwrap_or_default();
            return true;
        }
        "m" => {
            rule["maxAuthAgeSeconds"] = serde_json::from_str(text).unwrap_or_default();
            return true;
        }
        "g" => ("groups", Some("anyOf")),
        "G" => ("groups", Some("allOf")),
        "s" => ("scopes", Some("anyOf")),
        "S" => ("scopes", Some("allOf")),
        "i" => ("issuers", None),
        "a" => ("audiences", None),
        "l" => ("clients", None),
        "u" => ("tokenUse", None),
        _ => return false,
    };
    let names = json!(words(text));
    match part {
        Some(part) => rule[condition][part] = names,
        None => rule[condition] = names,
    }
    true
}

fn read_caller<'d>(case: &mut Case<'d>, sign: &str, text: &'d str) {
    match sign {
        "=" => {
            let known = [Authority::Own, Authority::Sole, Authority::Named];
            case.authority = known.into_iter().find(|own| own.as_str() == text).unwrap_or(case.authority);
        }
        ":" => case.groups = words(text),
        ";" => case.scopes = words(text),
        "." => case.claims.extend(serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default()),
        "@" => case.arn = text,
        "?" => case.requests.push(text),
        _ => {}
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split(' ').filter(|word| !word.is_empty()).collect()
}
