//! Any JSON as an event. The gate never panics, and lets a caller in only with a good token in the place for
//! the event's kind. To a bad token it answers only `Unauthorized`.
//!
//! `{token}`, `{expired}` and `{forged}` in the input stand for tokens. Only the first is good.

use std::sync::LazyLock;

use authorizer::{AuthorizeError, Gate};
use offline_gate::NOW;
use serde_json::{Value, json};
use testkit::gateway;
use testkit::issuer::{KEY, OTHER_KEY, access_claims, with};

use crate::Outcome;

/// What the rules grant, as ends of ARNs.
const OPEN: [&str; 2] = ["$connect", "GET/whoami"];

/// The one of them that an authorizer of a WebSocket API is asked about.
const OPEN_TO_WEB_SOCKETS: [&str; 1] = ["$connect"];

struct Bench {
    gate: Gate,
    good: String,
    expired: String,
    forged: String,
}

static BENCH: LazyLock<Bench> = LazyLock::new(|| Bench {
    gate: offline_gate::gate(&json!([{ "routes": ["GET /whoami", "$connect"] }]), NOW),
    good: KEY.token(&access_claims()),
    expired: KEY.token(&with(access_claims(), "exp", json!(NOW.secs()))),
    forged: OTHER_KEY.token_with(&KEY.header(), &access_claims()),
});

/// Sends the event in `data` to the gate.
pub fn run(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    let text = text.replace("{token}", &BENCH.good);
    let text = text.replace("{expired}", &BENCH.expired).replace("{forged}", &BENCH.forged);
    let Ok(event) = serde_json::from_str::<Value>(&text) else { return Outcome::Refused };
    match offline_gate::answer(&BENCH.gate, &event, NOW) {
        Ok(answer) => {
            check_answer(&event, &answer);
            Outcome::Accepted
        }
        Err(failure) => {
            let is_unauthorized = matches!(failure, AuthorizeError::Unauthorized(_));
            assert_eq!(failure.to_string() == "Unauthorized", is_unauthorized);
            Outcome::Refused
        }
    }
}

fn check_answer(event: &Value, answer: &Value) {
    let shown = shown_tokens(event);
    assert!(
        !shown.is_empty() && shown.iter().all(|token| *token == BENCH.good),
        "let in without a good token"
    );
    assert_eq!(gateway::complaint(answer), None);
    let statement = &answer["policyDocument"]["Statement"][0];
    let is_allowed = statement["Effect"] == "Allow";
    let open: &[&str] = if is_connect(event) { &OPEN_TO_WEB_SOCKETS } else { &OPEN };
    let tails: &[&str] = if is_allowed { open } else { &["*"] };
    let resources = statement["Resource"].as_array().expect("resources");
    assert_eq!(resources.len(), tails.len());
    for (resource, tail) in resources.iter().zip(tails) {
        let prefix = resource.as_str().and_then(|arn| arn.strip_suffix(tail)).expect("a granted route");
        let is_of_the_event = |name: &str| event[name].as_str().is_some_and(|arn| arn.starts_with(prefix));
        assert!(is_of_the_event("methodArn") || is_of_the_event("routeArn"), "another API: {prefix}");
        assert!(is_one_api(prefix), "more than one API: {prefix}");
        let fits = open.iter().all(|tail| prefix.len() + tail.len() <= 512);
        assert_eq!(is_allowed, fits, "denied though what is granted fits");
    }
}

/// Every token of the event in a place for its kind.
fn shown_tokens(event: &Value) -> Vec<&str> {
    if event["type"] == "TOKEN" {
        return vec![bearer(&event["authorizationToken"])];
    }
    let headers =
        all_of(event, ["headers", "multiValueHeaders"], |name| name.eq_ignore_ascii_case("authorization"));
    let headers = headers.into_iter().map(bearer);
    if !is_connect(event) {
        return headers.collect();
    }
    let query = all_of(event, ["queryStringParameters", "multiValueQueryStringParameters"], |name| {
        name == "access_token"
    });
    assert!(headers.len() == 0 || query.is_empty(), "two ways to show a token");
    headers.chain(query.into_iter().map(|token| token.as_str().expect("a text"))).collect()
}

/// Whether a WebSocket client connects.
fn is_connect(event: &Value) -> bool {
    event["type"] == "REQUEST"
        && event["version"] != "2.0"
        && event["requestContext"]["eventType"] == "CONNECT"
}

fn bearer(header: &Value) -> &str {
    let (scheme, token) = header.as_str().and_then(|header| header.split_once(' ')).expect("two words");
    assert!(scheme.eq_ignore_ascii_case("bearer"), "another scheme");
    token
}

/// The values of a name in a member with single values, and in a member with lists.
fn all_of<'e>(event: &'e Value, members: [&str; 2], is_wanted: fn(&str) -> bool) -> Vec<&'e Value> {
    let [plain, listed] = members.map(|name| {
        let members = event[name].as_object().into_iter().flatten();
        members.filter(|(name, _)| is_wanted(name)).map(|(_, value)| value).collect::<Vec<_>>()
    });
    let listed: Vec<&Value> = listed.into_iter().flat_map(|list| list.as_array().expect("a list")).collect();
    assert!(plain.len() <= 1 && listed.len() <= 1, "more than one token");
    [plain, listed].concat()
}

/// Whether the prefix of an ARN names one API and one stage, without a wildcard or a variable.
fn is_one_api(prefix: &str) -> bool {
    let parts: Vec<&str> = prefix.splitn(6, ':').collect();
    let [arn, partition, service, region, account, rest] = parts.as_slice() else { return false };
    let is_plain = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let (api, stage) = rest.split_once('/').expect("a slash after the API");
    let stage = stage.strip_suffix('/').expect("a slash after the stage");
    (*arn, *service) == ("arn", "execute-api")
        && [*partition, *region, *account, api].into_iter().all(is_plain)
        && (is_plain(stage) || stage == "$default")
}
