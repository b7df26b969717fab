//! The binary over many invocations of every kind: each decision is right and in order, and no memory is
//! lost.
//!
//! By default it makes 20,000 invocations. `LONG_RUN_INVOKES=200000 cargo test --release -p authorizer --test
//! it long_run -- --nocapture` is the full run, and prints its figures.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use testkit::authorizer_event::{event, event_for};
use testkit::files::TempFile;
use testkit::issuer::{KEY, OTHER_KEY, access_claims, current, jwks, with};
use testkit::key_server::{KeyServer, Reply};
use testkit::runtime_api::Outcome;

use crate::support::env;
use crate::support::function::Function;

/// How much the binary's memory may grow after the warm-up, which is the first tenth of the run.
const SLACK_KIB: u64 = 2_048;

/// The number of bearers. Each has its own subject, so that an answer to another bearer's request shows.
const BEARERS: usize = 50;

fn invokes() -> usize {
    let asked = std::env::var("LONG_RUN_INVOKES").ok();
    asked.map_or(20_000, |count| count.parse().expect("LONG_RUN_INVOKES is a number"))
}

/// What the answer to an event must be.
enum Expected {
    /// A policy with this effect, for this subject.
    Policy(&'static str, String),
    Unauthorized,
    Malformed,
}

impl Expected {
    fn is_met_by(&self, outcome: &Outcome) -> bool {
        match (self, outcome) {
            (Self::Policy(effect, subject), Ok(answer)) => {
                let statement = &answer["policyDocument"]["Statement"][0];
                let known = answer["context"]["sub"] == *subject
                    || (*effect == "Deny" && answer["context"]["sub"].is_null());
                statement["Effect"] == *effect && answer["principalId"] == *subject && known
            }
            (Self::Unauthorized, Err(error)) => error["errorMessage"] == "Unauthorized",
            (Self::Malformed, Err(error)) => error["errorType"] == "MalformedEvent",
            _ => false,
        }
    }
}

/// All events. They are made before the run, because signing is slow.
struct Events {
    allowed: Vec<String>,
    denied: Vec<String>,
    refused: Vec<String>,
    malformed: Vec<Value>,
}

impl Events {
    fn new() -> Self {
        let claims = |n: usize| with(current(access_claims()), "sub", json!(subject(n)));
        let admin = |n| with(claims(n), "cognito:groups", json!(["admins"]));
        let allowed: Vec<_> = (0..BEARERS).map(|n| KEY.token(&admin(n))).collect();
        let refused = (0..BEARERS).map(|n| match n % 5 {
            0 => KEY.token(&with(admin(n), "exp", json!(1_000_000_000))),
            1 => OTHER_KEY.token_with(&KEY.header(), &admin(n)),
            2 => KEY.token(&with(admin(n), "client_id", json!("stranger"))),
            3 => graft(&allowed[n], &KEY.token(&claims(n))),
            _ => allowed[n].replace('.', ".."),
        });
        Self {
            refused: refused.collect(),
            denied: (0..BEARERS).map(|n| KEY.token(&claims(n))).collect(),
            malformed: vec![
                json!(null),
                json!([]),
                json!("text"),
                json!({}),
                json!({ "type": "TOKEN", "authorizationToken": { "a": allowed[0] } }),
                event_for(&allowed[0], "nonsense"),
                event_for(&allowed[0], ""),
            ],
            allowed,
        }
    }

    /// The `n`th event, and what its answer must be.
    fn pick(&self, n: usize) -> (Value, Expected) {
        let dice = scatter(n);
        let bearer = dice / 8 % BEARERS;
        match dice % 8 {
            0..3 => (event(&self.allowed[bearer]), Expected::Policy("Allow", subject(bearer))),
            3 => (event(&self.denied[bearer]), Expected::Policy("Deny", subject(bearer))),
            4 | 5 => (event(&self.refused[bearer]), Expected::Unauthorized),
            6 => (event(&unknown_key(&self.allowed[bearer], n)), Expected::Unauthorized),
            _ => (self.malformed[bearer % self.malformed.len()].clone(), Expected::Malformed),
        }
    }
}

fn subject(n: usize) -> String {
    format!("bearer-{n}")
}

/// The claims of one token with the signature of another.
fn graft(token: &str, other: &str) -> String {
    format!("{}.{}", token.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1)
}

/// `token`, as if signed with a key that no set has.
fn unknown_key(token: &str, n: usize) -> String {
    let header = json!({ "alg": "RS256", "kid": format!("made-up-{n}") }).to_string();
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), token.split_once('.').unwrap().1)
}

/// A number that is computed from `n` and looks random: each run has the same, irregular order.
fn scatter(n: usize) -> usize {
    let mixed = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from((mixed ^ mixed >> 29) >> 33).unwrap()
}

/// A configuration in which only admins may do anything, so that some valid tokens are denied.
fn admins_only() -> TempFile {
    let rules = json!([{ "routes": ["GET /admin/*"], "groups": { "anyOf": ["admins"] } }]);
    TempFile::new(json!({ "authorizer": { "rules": rules } }).to_string())
}

#[tokio::test]
async fn long_run_every_decision_is_right_and_memory_does_not_grow() {
    let total = invokes();
    let server = KeyServer::start(Reply::json(&jwks(&[&KEY])));
    let config = admins_only();
    let mut env = env(&server.url);
    env.insert("CONFIG_FILE", config.name());
    let mut function = Function::start(&env);
    let events = Events::new();

    let started = Instant::now();
    let mut warm = None;
    for n in 0..total {
        let (event, expected) = events.pick(n);
        let outcome = function.invoke(event).await;
        assert!(expected.is_met_by(&outcome), "invoke {n}: {outcome:?}");
        if n == total / 10 {
            warm = function.resident_kib();
        }
    }
    let (took, end) = (started.elapsed(), function.resident_kib());

    let allowed = 2 + took.as_secs() / 10;
    assert!(
        u64::try_from(server.count()).unwrap() <= allowed,
        "{} fetches, {allowed} allowed",
        server.count()
    );
    let decisions =
        function.stop().await.lines().filter(|line| line.contains(r#""message":"decision""#)).count();
    assert_eq!(decisions, total, "one line in the log for each");
    let (Some(warm), Some(end)) = (warm, end) else {
        println!("memory is not looked at: this system has no /proc");
        return;
    };
    println!(
        "{total} invokes in {took:.1?}, {} fetches; {warm} KiB at a tenth, {end} KiB at the end",
        server.count()
    );
    assert!(end < warm + SLACK_KIB, "{warm} KiB at a tenth of the run, {end} KiB at its end");
}
