//! Any header and claims, with a right signature. What the gate then accepts, `jsonwebtoken` with strict
//! validation accepts too, and the services are told what the claims say.
//!
//! The input is the header up to the first line feed, then the claims. The gate knows the own pool, and an
//! issuer of kind `oidc` that signs with all algorithms. The key is the one for the algorithm in the header.
//! Each process makes new keys: no input depends on them.

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

/// Signs the two parts of `data`, and sends the token to the gate.
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

/// The algorithm in the header, or else the one that a pool signs with.
fn algorithm(header: &[u8]) -> Algorithm {
    let header: Value = serde_json::from_slice(header).unwrap_or_default();
    header["alg"].as_str().and_then(Algorithm::parse).unwrap_or(Algorithm::Rs256)
}

/// Whether it is worth signing, which costs a hundred times as much as everything else.
fn is_well_formed(header: &[u8], claims: &[u8]) -> bool {
    static ISSUERS: LazyLock<Issuers> = LazyLock::new(offline_gate::two_issuers);
    let unsigned = format!("{}.{}.AA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    BearerToken::parse_bare(&unsigned).is_ok_and(|token| UnverifiedToken::parse(&token, &ISSUERS).is_ok())
}

/// The gate's answer and the oracle's reading, within one second, because the oracle uses the system's time.
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
