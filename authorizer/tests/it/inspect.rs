//! An inspection never disagrees with the gate: it has the same verdict, and checks that agree with the
//! verdict.

use std::path::Path;

use authorizer::inspect::{FailureReason, Inspector, Keys, Outcome, Report, Step, Verdict};
use authorizer::{AuthorizeError, Decision, DenyReason, MalformedEvent, TokenError, UnixTime};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use testkit::authorizer_event::{ARN, event, event_for};
use testkit::issuer::{ISSUER, KEY, OTHER_KEY, access_claims, id_claims, jwks, with};
use testkit::key_server::{KeyServer, Reply};
use testkit::net::closed_address;

use crate::events;
use crate::support::{NOW, config, effect, env, gate};

fn server() -> KeyServer {
    KeyServer::start(Reply::json(&jwks(&[&KEY])))
}

/// A configuration with some leeway and with rules that some of the callers meet. One rule is too wide for a
/// large identity.
fn terms() -> Value {
    let routes: Vec<_> = (0..60).map(|n| format!("GET /route-{n:02}")).collect();
    json!({ "leewaySeconds": 5, "rules": [
        { "routes": ["GET /admin/*", "$connect"], "groups": { "anyOf": ["admins"] } },
        { "routes": routes, "groups": { "anyOf": ["many-0001"] } },
        { "routes": ["GET /reports/*"], "scopes": { "allOf": ["orders/read"] } },
    ] })
}

fn inspector(endpoint: &str, keys: &Keys) -> Inspector {
    let env = env(endpoint);
    Inspector::new(&config(&terms()), |name| env.get(name).cloned(), keys).unwrap()
}

fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims
}

fn admin() -> Value {
    with(access_claims(), "cognito:groups", json!(["admins"]))
}

/// Events for every kind of result, and with several faults at once.
fn events() -> Vec<Value> {
    let many: Vec<_> = (0..400).map(|n| format!("many-{n:04}")).collect();
    let token = KEY.token(&admin());
    let (input, signature) = token.rsplit_once('.').unwrap();
    let (header, _) = input.split_once('.').unwrap();
    let late = with(admin(), "exp", json!(NOW.secs() - 100));
    let tokens = [
        token.clone(),
        KEY.token(&access_claims()),
        KEY.token(&with(access_claims(), "scope", json!("orders/read"))),
        KEY.token(&with(access_claims(), "cognito:groups", json!(many))),
        KEY.token(&late),
        KEY.token(&with(admin(), "exp", json!(NOW.secs() - 4))),
        KEY.token(&with(admin(), "exp", json!(NOW.secs() - 5))),
        KEY.token(&with(late.clone(), "client_id", json!("other"))),
        KEY.token(&with(with(late.clone(), "client_id", json!("other")), "token_use", json!("id"))),
        KEY.token(&with(late.clone(), "cognito:groups", json!([]))),
        KEY.token(&with(admin(), "nbf", json!(NOW.secs() + 6))),
        KEY.token(&with(admin(), "iat", json!(NOW.secs() + 3_600))),
        KEY.token(&id_claims()),
        KEY.token(&with(id_claims(), "aud", json!(["web"]))),
        KEY.token(&without(admin(), "client_id")),
        KEY.token(&without(admin(), "sub")),
        KEY.token(&without(late.clone(), "token_use")),
        KEY.token(&with(admin(), "exp", json!("soon"))),
        KEY.token(&with(admin(), "iss", json!(format!("{ISSUER}/")))),
        KEY.token(&with(late.clone(), "iss", json!("https://evil.example"))),
        KEY.token_of(KEY.header().to_string(), "[]"),
        KEY.token_of("{}", late.to_string()),
        KEY.token_with(&with(KEY.header(), "jku", json!("https://evil.example")), &late),
        KEY.token_by("RS384", &admin()),
        KEY.token_with(&json!({ "alg": "none", "kid": "key-1" }), &admin()),
        KEY.token_with(&json!({ "alg": "RS256" }), &admin()),
        OTHER_KEY.token(&admin()),
        OTHER_KEY.token(&late),
        OTHER_KEY.token_with(&KEY.header(), &admin()),
        OTHER_KEY.token_with(&KEY.header(), &late),
        format!("{input}.{}", URL_SAFE_NO_PAD.encode([0; 256])),
        format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(late.to_string())),
        format!("{input}."),
        format!("{header}..{signature}"),
        format!(".{signature}.{signature}"),
        format!("{}.a.{signature}", URL_SAFE_NO_PAD.encode("{}")),
        format!("{input}.{signature}="),
        format!("{token}.x"),
        format!("{token} {token}"),
        input.to_owned(),
        "a".repeat(20_000),
        String::new(),
    ];
    let arns = ["", "*", "arn:aws:execute-api:us-east-1:123456789012:*/v1/GET/whoami"];
    let mut events: Vec<Value> = tokens.iter().map(|token| event(token)).collect();
    events.extend(arns.map(|arn| event_for(&token, arn)));
    events.extend([json!(null), json!({}), with(event(&token), "type", json!("OTHER"))]);
    // After a stage this long, no route of the rules fits into an ARN that IAM accepts.
    let far = ARN.replace("/v1/", &format!("/{}/", "s".repeat(450)));
    events.push(event_for(&token, &far));
    for kind in events::ALL {
        events.extend([token.as_str(), input].map(|token| events::event(kind, token)));
    }
    events.push(with(event(&token), "authorizationToken", json!(null)));
    events.push(with(event(&token), "authorizationToken", json!(format!("Basic {token}"))));
    events
}

fn failed(report: &Report) -> Vec<(Step, FailureReason)> {
    let failures = report.checks.iter().filter_map(|check| match check.outcome {
        Outcome::Failed(why) => Some((check.step, why)),
        _ => None,
    });
    failures.collect()
}

fn passed(report: &Report) -> bool {
    report.checks.iter().all(|check| check.outcome == Outcome::Passed)
}

/// Asserts that the checks explain the verdict.
fn add_up(report: &Report) {
    let failed = failed(report);
    match report.verdict {
        Verdict::Decided(Ok(Decision::Allow)) => assert!(passed(report), "{report:?}"),
        Verdict::Decided(Ok(Decision::Deny(refusal))) => {
            assert_eq!(failed, [(Step::Rules, FailureReason::DenyReason(refusal))], "{report:?}");
        }
        Verdict::Decided(Err(failure)) => {
            assert!(
                failed.iter().any(|(_, why)| *why == FailureReason::AuthorizeError(failure)),
                "{report:?}"
            );
        }
        Verdict::Undecided => {
            let withheld = report.checks.iter().any(|check| check.outcome == Outcome::Skipped);
            assert!(withheld && failed.iter().all(|(step, _)| *step == Step::Rules), "{report:?}");
        }
    }
    assert_eq!(report.checks.len(), 12);
}

async fn agrees(endpoint: &str, event: &Value, now: UnixTime) -> Report {
    let report = inspector(endpoint, &Keys::Configured).report(event, now).await;
    let authorized = gate(endpoint, &terms()).authorize(event, now).await;
    match (&report.verdict, authorized) {
        (Verdict::Decided(Ok(decision)), Ok(answer)) => {
            let expected = if *decision == Decision::Allow { "Allow" } else { "Deny" };
            assert_eq!(effect(&answer).0, expected, "{event}");
        }
        (Verdict::Decided(Err(own)), Err(failure)) => assert_eq!(*own, failure, "{event}"),
        (verdict, authorized) => panic!("{verdict:?} and {authorized:?} of {event}"),
    }
    add_up(&report);
    report
}

#[tokio::test]
async fn the_verdict_is_the_gates_and_the_checks_explain_it() {
    let server = server();
    let (mut allowed, mut denied, mut refused) = (0, 0, 0);
    for event in events() {
        match agrees(&server.url, &event, NOW).await.verdict {
            Verdict::Decided(Ok(Decision::Allow)) => allowed += 1,
            Verdict::Decided(Ok(Decision::Deny(_))) => denied += 1,
            _ => refused += 1,
        }
    }
    assert_eq!((allowed, denied, refused), (9, 2, 50));
}

#[tokio::test]
async fn without_a_key_server_the_verdict_is_the_gates_too() {
    let nobody = format!("http://{}", closed_address());
    for event in events() {
        agrees(&nobody, &event, NOW).await;
    }
    let report = agrees(&nobody, &event(&KEY.token(&admin())), NOW).await;
    assert_eq!(report.verdict, Verdict::Decided(Err(AuthorizeError::KeysUnavailable)));
    assert!(report.key_fault.unwrap().starts_with("it cannot be reached"));
}

#[tokio::test]
async fn with_the_keys_in_a_file_the_verdict_is_the_same() {
    let server = server();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("inspected.json");
    std::fs::write(&file, jwks(&[&KEY]).to_string()).unwrap();
    let keys = Keys::File(file);
    for event in events() {
        let of_file = inspector("http://127.0.0.1:9", &keys).report(&event, NOW).await;
        let fetched = inspector(&server.url, &Keys::Configured).report(&event, NOW).await;
        assert_eq!((of_file.verdict, &of_file.checks), (fetched.verdict, &fetched.checks), "{event}");
    }
}

#[tokio::test]
async fn without_keys_only_what_no_signature_could_save_is_refused() {
    let server = server();
    let mut undecided = 0;
    for event in events() {
        let report = inspector("http://127.0.0.1:9", &Keys::Skipped).report(&event, NOW).await;
        add_up(&report);
        let authorized = gate(&server.url, &terms()).authorize(&event, NOW).await;
        match report.verdict {
            Verdict::Decided(Err(AuthorizeError::Unauthorized(_))) => {
                assert!(matches!(authorized, Err(AuthorizeError::Unauthorized(_))), "{event}");
            }
            Verdict::Decided(Err(failure)) => assert_eq!(authorized.unwrap_err(), failure),
            Verdict::Decided(Ok(_)) => panic!("decided without a signature: {event}"),
            Verdict::Undecided => {
                undecided += 1;
                let of_keys = [TokenError::Signature.into(), TokenError::UnknownKey.into()];
                let held = authorized.is_ok() || of_keys.contains(&authorized.unwrap_err());
                assert!(held, "{event}");
            }
        }
    }
    assert_eq!(undecided, 14);
}

#[tokio::test]
async fn everything_that_is_wrong_is_reported_not_only_the_first() {
    let server = server();
    let late = with(with(access_claims(), "exp", json!(NOW.secs() - 5)), "client_id", json!("other"));
    let report = agrees(&server.url, &event(&OTHER_KEY.token_with(&KEY.header(), &late)), NOW).await;
    let steps: Vec<Step> = failed(&report).into_iter().map(|(step, _)| step).collect();
    assert_eq!(steps, [Step::Signature, Step::Times, Step::Client, Step::Rules]);

    let stranger = with(late, "iss", json!("https://evil.example"));
    let report = agrees(&server.url, &event(&KEY.token_with(&json!({}), &stranger)), NOW).await;
    let outcome = |step| report.checks.iter().find(|check| check.step == step).unwrap().outcome;
    assert_eq!(outcome(Step::Header), TokenError::Algorithm.into());
    assert_eq!(outcome(Step::Claims), Outcome::Passed);
    assert_eq!(outcome(Step::Issuer), TokenError::UntrustedIssuer.into());
    assert_eq!(outcome(Step::Key), Outcome::NotReached(Step::Issuer));
    assert_eq!(outcome(Step::Signature), Outcome::NotReached(Step::Key));
    assert_eq!(outcome(Step::Times), TokenError::Expired.into());
    assert_eq!(outcome(Step::Client), Outcome::NotReached(Step::Issuer));
}

#[tokio::test]
async fn an_event_of_another_service_has_no_token_to_check() {
    let server = server();
    let report = agrees(&server.url, &event_for(&KEY.token(&admin()), "*"), NOW).await;
    assert_eq!(
        failed(&report),
        [(Step::Event, FailureReason::AuthorizeError(MalformedEvent::MethodArn.into()))]
    );
    assert_eq!((report.stated, report.key_id, report.issuer), (None, None, None));
}

#[tokio::test]
async fn an_inspection_fetches_only_trusted_keys_and_only_once() {
    let server = server();
    let stranger = KeyServer::start(Reply::json(&jwks(&[&OTHER_KEY])));
    let claims = with(admin(), "iss", json!(stranger.url));
    agrees(&server.url, &event(&OTHER_KEY.token(&claims)), NOW).await;
    assert_eq!((stranger.count(), server.count()), (0, 0));

    inspector(&server.url, &Keys::Configured).report(&event(&OTHER_KEY.token(&admin())), NOW).await;
    assert_eq!(server.count(), 1);
    inspector(&server.url, &Keys::Skipped).report(&event(&KEY.token(&admin())), NOW).await;
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_too_large_identity_fails_the_rules_even_without_keys() {
    let token = KEY.token(&with(access_claims(), "cognito:groups", json!([" ".repeat(3_000)])));
    let event = testkit::authorizer_event::connect_event(&token);
    let mut terms = terms();
    terms["rules"] = json!([{ "routes": ["$connect"] }]);
    let env = crate::support::env("http://127.0.0.1:9");
    let config = crate::support::config(&terms);
    let inspector = Inspector::new(&config, |name| env.get(name).cloned(), &Keys::Skipped).unwrap();
    let report = inspector.report(&event, NOW).await;
    assert_eq!(failed(&report), [(Step::Rules, FailureReason::DenyReason(DenyReason::IdentityTooLarge))]);
}

#[tokio::test]
async fn a_report_holds_no_token() {
    let server = server();
    let token = KEY.token(&admin());
    let report = inspector(&server.url, &Keys::Configured).report(&event(&token), NOW).await;
    let shown = format!("{report:?}");
    for part in token.split('.') {
        assert!(!shown.contains(part), "{shown}");
    }
}
