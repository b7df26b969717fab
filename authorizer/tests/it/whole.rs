//! Configurations that use many features, each tested with the deployed binary from config.json to API
//! Gateway's answer: forms of the own pool's issuer, claims that are handed on, groups of any name, recent
//! sign-ins, audiences, rules of many services.

use std::collections::{BTreeSet, HashMap};

use platform::identity::Identity;
use serde_json::{Value, json};
use testkit::authorizer_event::{connect_event, event, event_for};
use testkit::files::TempFile;
use testkit::issuer::{ISSUER, KEY, POOL, access_claims, current, id_claims, jwks, with};
use testkit::key_server::{KeyServer, Reply};
use testkit::runtime_api::Outcome;

use crate::support::env;
use crate::support::function::{Function, run_to_end};

const SECOND_FORM: &str = "https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_pool";

fn server() -> KeyServer {
    KeyServer::start(Reply::json(&jwks(&[&KEY])))
}

/// A running binary with its own configuration.
struct Running {
    function: Function,
    _config: TempFile,
}

impl Running {
    fn start(server: &KeyServer, config: &Value) -> Self {
        let file = TempFile::new(config.to_string());
        let mut env = env(&server.url);
        env.insert("CONFIG_FILE", file.name());
        env.insert("METRICS_NAMESPACE", "Gatehouse/test".to_owned());
        Self { function: Function::start(&env), _config: file }
    }

    /// The outcome for an access token of the own pool with these claims.
    async fn show(&mut self, changes: &[(&str, Value)]) -> Outcome {
        self.function.invoke(event(&token(changes))).await
    }

    /// All that it printed, and the audit lines among it.
    async fn stop(self) -> (Vec<Value>, Vec<Value>) {
        let printed = self.function.stop().await;
        let lines: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let decisions = lines.iter().filter(|line| line["message"] == "decision").cloned().collect();
        (lines, decisions)
    }
}

fn token(changes: &[(&str, Value)]) -> String {
    let claims = current(access_claims());
    KEY.token(&changes.iter().fold(claims, |claims, (name, value)| with(claims, name, value.clone())))
}

fn now() -> u64 {
    authorizer::UnixTime::now().secs()
}

/// The last parts of the resources that an answer allows. Empty: it denies.
fn open(outcome: &Outcome) -> Vec<&str> {
    let statement = &outcome.as_ref().unwrap()["policyDocument"]["Statement"][0];
    let resources = statement["Resource"].as_array().unwrap().iter().map(|arn| arn.as_str().unwrap());
    let tails = resources.map(|arn| arn.splitn(3, '/').nth(2).unwrap());
    if statement["Effect"] == "Allow" { tails.collect() } else { Vec::new() }
}

fn is_unauthorized(outcome: &Outcome) -> bool {
    outcome.as_ref().is_err_and(|error| error["errorMessage"] == "Unauthorized")
}

fn identity(outcome: &Outcome) -> Identity {
    let context = &outcome.as_ref().unwrap()["context"];
    Identity::from_context(|key| context[key].as_str()).unwrap()
}

fn one_rule() -> Value {
    json!({ "authorizer": { "rules": [{ "routes": ["GET /whoami"] }] } })
}

#[tokio::test]
async fn both_issuer_forms_are_the_own_pool_and_the_second_is_lazy() {
    let server = server();
    let mut gate = Running::start(&server, &one_rule());
    let first = gate.show(&[]).await;
    assert_eq!(server.count(), 1, "the second form's set is not fetched at the start");
    let second = gate.show(&[("iss", json!(SECOND_FORM))]).await;
    assert_eq!(server.count(), 2);
    for (outcome, issuer) in [(&first, ISSUER), (&second, SECOND_FORM)] {
        assert_eq!(open(outcome), ["GET/whoami"]);
        let context = &outcome.as_ref().unwrap()["context"];
        assert_eq!((&context["iss"], &context["authority"]), (&json!(issuer), &json!("own")));
    }
    assert_eq!(identity(&first).subject_key(), identity(&second).subject_key(), "one person in both");
    for stranger in [
        format!("{SECOND_FORM}/"),
        SECOND_FORM.replace("us-east-1.", "us-west-2."),
        ISSUER.replace("pool", "loop"),
    ] {
        assert!(is_unauthorized(&gate.show(&[("iss", json!(stranger))]).await), "{stranger}");
    }
    assert_eq!(server.count(), 2, "and no name of a token's makes a form");
}

#[tokio::test]
async fn a_token_of_an_unused_issuer_form_is_bad_and_raises_no_alarm() {
    // Cognito answers this for a pool that did not opt in to its second form. The local server has both forms
    // at one address.
    let server = KeyServer::start(Reply::Send(403, b"Forbidden".to_vec()));
    server.reply_first([Reply::json(&jwks(&[&KEY]))]);
    let mut gate = Running::start(&server, &one_rule());
    assert_eq!(open(&gate.show(&[]).await), ["GET/whoami"]);
    assert!(is_unauthorized(&gate.show(&[("iss", json!(SECOND_FORM))]).await));
    assert_eq!(open(&gate.show(&[]).await), ["GET/whoami"], "the first form goes on");
    let (lines, decisions) = gate.stop().await;
    let fetches: Vec<_> =
        lines.iter().filter(|line| line["KeyFetches"] == 1).map(|line| &line["Outcome"]).collect();
    assert_eq!(fetches, ["fetched", "unproven"]);
    assert!(
        lines.iter().all(|line| line["level"] != "WARN" && line["message"] != "key set not fetched"),
        "{lines:?}"
    );
    let reasons: Vec<_> = decisions.iter().map(|line| &line["reason"]).collect();
    assert_eq!(reasons, ["granted", "kid_unknown", "granted"]);
}

#[tokio::test]
async fn the_pool_s_replicas_are_the_own_pool_where_they_are_named() {
    let server = server();
    let mut config = one_rule();
    config["userPool"] = json!({ "replicaRegions": ["us-west-2", "us-east-1", "us-west-2"] });
    let mut gate = Running::start(&server, &config);
    let replica = |host: &str, region: &str| format!("https://{host}.{region}.amazonaws.com/{POOL}");
    let mut keys = BTreeSet::new();
    for host in ["cognito-idp", "issuer-cognito-idp"] {
        for region in ["us-east-1", "us-west-2"] {
            let outcome = gate.show(&[("iss", json!(replica(host, region)))]).await;
            assert_eq!(open(&outcome), ["GET/whoami"], "{host} {region}");
            assert_eq!(outcome.as_ref().unwrap()["context"]["authority"], "own");
            keys.insert(identity(&outcome).subject_key());
        }
        let elsewhere = gate.show(&[("iss", json!(replica(host, "eu-west-1")))]).await;
        assert!(is_unauthorized(&elsewhere), "{host}");
    }
    assert_eq!(keys.len(), 1, "a person is the same in every region");
}

#[tokio::test]
async fn claims_are_handed_on_as_they_are_and_never_in_part() {
    let config = json!({ "authorizer": {
        "rules": [{ "routes": ["GET /whoami", "$connect"] }],
        "context": ["email", "custom:tenant_id", "level", "verified", "roles", "address.country", "missing", "nothing"],
    } });
    let server = server();
    let mut gate = Running::start(&server, &config);
    let changes = [
        ("email", json!("ann\"@example.com")),
        ("custom:tenant_id", json!("t-1")),
        ("level", json!(3)),
        ("verified", json!(false)),
        ("roles", json!(["a b", "%"])),
        ("address", json!({ "country": "NO", "street": "Storgata 1" })),
        ("nothing", json!(null)),
        ("custom:secret", json!("kept")),
    ];
    let outcome = gate.show(&changes).await;
    let claims = outcome.as_ref().unwrap()["context"]["claims"].as_str().unwrap();
    let expected = json!({
        "email": "ann\"@example.com", "custom:tenant_id": "t-1", "level": 3, "verified": false, "roles": ["a b", "%"],
        "address.country": "NO", "nothing": null,
    });
    assert_eq!(serde_json::from_str::<Value>(claims).unwrap(), expected);
    assert_eq!(claims, expected.to_string(), "compact");
    assert_eq!(identity(&outcome).claim("custom:tenant_id"), Some(&json!("t-1")));
    let without = gate.show(&[]).await;
    assert!(without.as_ref().unwrap()["context"].get("claims").is_none(), "what there is not is absent");

    let large = [("email", json!("\"".repeat(2_500)))];
    assert_eq!(open(&gate.show(&large).await), ["$connect", "GET/whoami"]);
    let at_connect = gate.function.invoke(connect_event(&token(&large))).await;
    assert_eq!(open(&at_connect), Vec::<&str>::new(), "a WebSocket API's answer is at most 8 KB");
    assert_eq!(open(&gate.function.invoke(connect_event(&token(&changes))).await), ["$connect"]);
    let (_, decisions) = gate.stop().await;
    let reasons: Vec<_> = decisions.iter().map(|line| &line["reason"]).collect();
    assert_eq!(reasons, ["granted", "granted", "granted", "claims_too_large", "granted"]);
}

#[tokio::test]
async fn rules_and_services_can_use_groups_of_any_name() {
    let config = json!({ "authorizer": { "rules": [
        { "routes": ["GET /users"], "groups": { "anyOf": ["Domain Users"] } },
        { "routes": ["GET /domain"], "groups": { "anyOf": ["Domain", "Users", "Domain%20Users"] } },
        { "routes": ["GET /all"], "groups": { "allOf": ["100%", "Domain Users"] } },
    ] } });
    let server = server();
    let mut gate = Running::start(&server, &config);
    let groups = json!(["Domain Users", "100%", null, "", "tab\there", "\u{e5}se"]);
    let outcome = gate.show(&[("cognito:groups", groups)]).await;
    assert_eq!(open(&outcome), ["GET/all", "GET/users"]);
    assert_eq!(outcome.as_ref().unwrap()["context"]["groups"], "Domain%20Users 100%25 tab%09here \u{e5}se");
    assert_eq!(identity(&outcome).groups.as_slice(), ["Domain Users", "100%", "tab\there", "\u{e5}se"]);
    for groups in [json!(["Domain\u{a0}Users"]), json!([" Domain Users"]), json!(null), json!([null, ""])] {
        assert_eq!(
            open(&gate.show(&[("cognito:groups", groups.clone())]).await),
            Vec::<&str>::new(),
            "{groups}"
        );
    }
    let spelled = gate.show(&[("cognito:groups", json!(["Domain%20Users"]))]).await;
    assert_eq!(open(&spelled), ["GET/domain"], "a name that looks encoded is another name");
    assert_eq!(spelled.as_ref().unwrap()["context"]["groups"], "Domain%2520Users");
}

#[tokio::test]
async fn a_rule_can_ask_for_a_recent_sign_in() {
    let config = json!({ "authorizer": {
        "resultTtlSeconds": 300,
        "rules": [{ "routes": ["GET /whoami"] }, { "routes": ["POST /transfer"], "maxAuthAgeSeconds": 600 }],
    } });
    let server = server();
    let mut gate = Running::start(&server, &config);
    for (auth_time, is_recent) in [
        (json!(now() - 60), true),
        (json!(now() - 700), false),
        (json!(now() + 30), true),
        (json!(now() + 600), false),
        (json!((now() - 60).to_string()), false),
        (json!(null), false),
    ] {
        let outcome = gate.show(&[("auth_time", auth_time.clone())]).await;
        let expected: &[&str] = if is_recent { &["GET/whoami", "POST/transfer"] } else { &["GET/whoami"] };
        assert_eq!(open(&outcome), expected, "{auth_time}");
    }
}

#[tokio::test]
async fn a_token_for_a_resource_must_name_an_api_that_has_a_name() {
    let domain = json!({
        "name": "api.example.com",
        "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b-2c3d",
    });
    let rules = json!({ "rules": [{ "routes": ["GET /whoami"] }], "tokenUse": ["access", "id"] });
    let said = json!({ "authorizer": rules, "api": { "resourceMetadata": true, "domain": domain, "basePath": "shop" } });
    let unsaid = json!({ "authorizer": rules, "api": { "domain": domain, "basePath": "shop" } });
    let server = server();
    let (mut held, mut free) = (Running::start(&server, &said), Running::start(&server, &unsaid));
    let plain = "https://abcdef1234.execute-api.us-east-1.amazonaws.com/v1";
    for (aud, is_ours) in [
        (json!("https://api.example.com/shop"), true),
        (json!(plain), true),
        (json!(["https://other.example.com", "https://api.example.com/shop"]), true),
        (json!("https://api.example.com"), false),
        (json!("https://api.example.com/shop/"), false),
        (json!("https://API.example.com/shop"), false),
        (json!("https://abcdef1234.execute-api.us-east-1.amazonaws.com"), false),
        (json!("https://other99999.execute-api.us-east-1.amazonaws.com/v1"), false),
        (json!([]), false),
        (json!("web"), true),
        (json!("strangers"), false),
    ] {
        let changes = [("aud", aud.clone())];
        assert_eq!(is_unauthorized(&held.show(&changes).await), !is_ours, "{aud}");
        assert_eq!(open(&free.show(&changes).await), ["GET/whoami"], "{aud}: nobody asks");
    }
    assert_eq!(
        open(&held.show(&[]).await),
        ["GET/whoami"],
        "a token that names none is for every API of the pool"
    );
    let id = KEY.token(&current(id_claims()));
    assert_eq!(
        open(&held.function.invoke(event(&id)).await),
        ["GET/whoami"],
        "an ID token's aud is its client"
    );
    let elsewhere = "arn:aws:execute-api:us-east-1:123456789012:other99999/v1/GET/whoami";
    let at_another = held.function.invoke(event_for(&token(&[("aud", json!(plain))]), elsewhere)).await;
    assert!(is_unauthorized(&at_another), "another API's name, where the event is of this one");
    let (_, decisions) = held.stop().await;
    assert!(decisions.iter().any(|line| line["reason"] == "audience_not_accepted"));
}

#[tokio::test]
async fn a_rule_that_is_for_no_issuer_keeps_the_gate_from_starting() {
    let entry = |name: &str| json!({ "issuer": format!("https://{name}.example"), "jwksUri": format!("https://{name}.example/keys"), "clientIds": ["a"] });
    let rules = json!([
        { "routes": ["GET /a"], "issuers": ["https://a.example"] },
        { "routes": ["GET /b"] },
    ]);
    let config = json!({ "authorizer": { "issuers": [entry("a"), entry("b")], "rules": rules } });
    let file = TempFile::new(config.to_string());
    let env = HashMap::from([("CONFIG_FILE", file.name())]);
    let (code, printed) = run_to_end(&env).await;
    assert_eq!(code, Some(1));
    assert!(printed.contains("/authorizer/rules/1 can never be met"), "{printed}");
    let server = server();
    let mut gate = Running::start(&server, &config);
    assert_eq!(open(&gate.show(&[]).await), ["GET/b"], "with a pool it is the pool's");
}

#[tokio::test]
async fn a_hundred_groups_and_the_rules_of_a_hundred_services_fit() {
    let rules: Vec<Value> = (0..100)
        .map(|n| json!({ "routes": [format!("* /svc{n:03}"), format!("* /svc{n:03}/*")], "groups": { "anyOf": [format!("{n:060}")] } }))
        .collect();
    let server = server();
    let config = json!({ "authorizer": { "rules": rules } });
    let mut gate = Running::start(&server, &config);
    let groups: Vec<String> = (0..100).map(|n| format!("{n:060}")).collect();
    let outcome = gate.show(&[("cognito:groups", json!(groups))]).await;
    let open = open(&outcome);
    assert_eq!(open.len(), 1_400, "seven methods, on and below each of a hundred paths");
    for tail in ["GET/svc000", "DELETE/svc099/*", "PATCH/svc050/*"] {
        assert!(open.contains(&tail), "{tail}");
    }
    assert_eq!(identity(&outcome).groups.as_slice(), groups, "and all hundred are told");
    println!("an answer of {} bytes", outcome.as_ref().unwrap().to_string().len());
}
