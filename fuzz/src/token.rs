//! Any header and claims, rightly signed: what the gate then accepts, `jsonwebtoken` with strict validation
//! accepts too, and the services are told what the claims say.
//!
//! The input is the header up to the first line feed, then the claims. The key is made anew in each process:
//! no input depends on it.

use std::sync::LazyLock;

use authorizer::{BearerToken, Gate, UnixTime, UnverifiedToken};
use serde_json::{Value, json};

use crate::Outcome;
use crate::support::issuer::{KEY, OTHER_KEY};
use crate::support::{gateway, offline, oracle};

const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami";

/// Signs the two parts of `data` and shows them to the gate.
pub fn run(data: &[u8]) -> Outcome {
    static GATE: LazyLock<Gate> =
        LazyLock::new(|| offline::gate(&json!([{ "routes": ["GET /whoami"] }]), UnixTime::now()));
    let line = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (header, claims) = data.split_at(line);
    let claims = claims.get(1..).unwrap_or_default();
    if !is_well_formed(header, claims) {
        return Outcome::Refused;
    }
    let (answer, theirs) = opinions(&GATE, &KEY.token_of(header, claims));
    let Some(answer) = answer else { return Outcome::Refused };
    let theirs = theirs.expect("accepted here alone");
    assert_eq!(gateway::complaint(&answer), None);
    assert_eq!(answer["context"], oracle::context(&theirs));
    assert_eq!(answer["principalId"], oracle::principal_id(&theirs));
    let forged = OTHER_KEY.token_of(header, claims);
    assert_eq!(opinions(&GATE, &forged), (None, None), "another key's signature");
    Outcome::Accepted
}

/// Whether it is worth a signature, which costs a hundred times as much as all else.
fn is_well_formed(header: &[u8], claims: &[u8]) -> bool {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let unsigned = format!("{}.{}.AA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    BearerToken::parse_bare(&unsigned).is_ok_and(|token| UnverifiedToken::parse(&token, &offline::no_issuers()).is_ok())
}

/// What the gate answers and what the oracle reads, within one second: the oracle asks the system for the
/// time.
fn opinions(gate: &Gate, token: &str) -> (Option<Value>, Option<Value>) {
    let event = json!({ "type": "TOKEN", "authorizationToken": format!("Bearer {token}"), "methodArn": ARN });
    loop {
        let now = UnixTime::now();
        let opinions = (offline::answer(gate, &event, now).ok(), oracle::accepted(token));
        if UnixTime::now().secs() == now.secs() {
            return opinions;
        }
    }
}
