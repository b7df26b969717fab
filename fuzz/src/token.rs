//! Any header and claims, rightly signed: what the gate then accepts, `jsonwebtoken` with strict validation
//! accepts too, and the services are told what the claims say.
//!
//! The input is the header up to the first line feed, then the claims. The gate knows the own pool, and an issuer of
//! kind `oidc` that signs by all algorithms: the key is the one for the algorithm that the header names. The keys are
//! made anew in each process: no input depends on them.

use std::sync::LazyLock;

use authorizer::{BearerToken, Gate, Issuers, UnixTime, UnverifiedToken};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::config::Algorithm;
use serde_json::{Value, json};
use testkit::idp::{self, IDP};
use testkit::oracle::Told;
use testkit::{gateway, oracle};

use crate::Outcome;

const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami";

/// Signs the two parts of `data` and shows them to the gate.
pub fn run(data: &[u8]) -> Outcome {
    static GATE: LazyLock<Gate> = LazyLock::new(|| {
        let rules = json!([{ "routes": ["GET /whoami"], "issuers": ["own", IDP] }]);
        offline_gate::gate(&rules, UnixTime::now())
    });
    let line = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (header, claims) = data.split_at(line);
    let claims = claims.get(1..).unwrap_or_default();
    if !is_well_formed(header, claims) {
        return Outcome::Refused;
    }
    let algorithm = algorithm(header);
    let (answer, theirs) = opinions(&GATE, &idp::key(algorithm.as_str()).token_of(header, claims));
    let Some(answer) = answer else { return Outcome::Refused };
    let theirs = theirs.expect("accepted here alone");
    assert_eq!(gateway::complaint(&answer), None);
    assert_eq!(answer["context"], theirs.context);
    assert_eq!(answer["principalId"], theirs.principal_id);
    let forged = idp::stranger(algorithm.as_str()).token_of(header, claims);
    assert_eq!(opinions(&GATE, &forged), (None, None), "another key's signature");
    Outcome::Accepted
}

/// What the header says that the token is signed by, or what a pool signs by.
fn algorithm(header: &[u8]) -> Algorithm {
    let header: Value = serde_json::from_slice(header).unwrap_or_default();
    header["alg"].as_str().and_then(Algorithm::parse).unwrap_or(Algorithm::Rs256)
}

/// Whether it is worth a signature, which costs a hundred times as much as all else.
fn is_well_formed(header: &[u8], claims: &[u8]) -> bool {
    static ISSUERS: LazyLock<Issuers> = LazyLock::new(offline_gate::two_issuers);
    let unsigned = format!("{}.{}.AA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    BearerToken::parse_bare(&unsigned).is_ok_and(|token| UnverifiedToken::parse(&token, &ISSUERS).is_ok())
}

/// What the gate answers and what the oracle reads, within one second: the oracle asks the system for the
/// time.
fn opinions(gate: &Gate, token: &str) -> (Option<Value>, Option<Told>) {
    let event = json!({ "type": "TOKEN", "authorizationToken": format!("Bearer {token}"), "methodArn": ARN });
    loop {
        let now = UnixTime::now();
        let answer = offline_gate::answer(gate, &event, now).ok();
        let theirs = oracle::told(token, &offline_gate::CONTEXT);
        if UnixTime::now().secs() == now.secs() {
            return (answer, theirs);
        }
    }
}
