//! Any bytes as a JWK Set: reading it never panics, and a key that comes out of it is the only one of its id,
//! strong, for RS256 signatures, and the key that the set says.
//!
//! The set is handed over as a file, as `authorizer.jwks.file` does. `{n}` in the input stands for the modulus
//! of the key that signed a token.

use std::sync::{Arc, LazyLock, Mutex};

use authorizer::{BearerToken, KeyId, KeyProvider, TrustedIssuer, UnixTime, UnverifiedToken, VerifyingKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::Jwk;
use platform::config::Jwks;
use serde_json::Value;

use crate::Outcome;
use crate::support::NOW;
use crate::support::issuer::{KEY, access_claims};
use crate::support::offline::{self, KeyFile, RUNTIME};

/// Longer than any set is kept, so that each input is read.
const STEP: u64 = 1_000_000;

struct Bench {
    keys: KeyProvider,
    file: KeyFile,
    issuer: Arc<TrustedIssuer>,
    modulus: String,
    now: UnixTime,
}

static BENCH: LazyLock<Mutex<Bench>> = LazyLock::new(|| {
    let file = KeyFile::new(b"");
    Mutex::new(Bench {
        keys: KeyProvider::new(&Jwks::default()).expect("a key provider"),
        issuer: offline::issuer(&file),
        file,
        modulus: KEY.jwk()["n"].as_str().expect("a modulus").to_owned(),
        now: UnixTime::from_secs(0),
    })
});

/// Reads `data` as the issuer's key set, and asks for each key that it names.
pub fn run(data: &[u8]) -> Outcome {
    let mut bench = BENCH.lock().expect("no earlier panic");
    bench.now = UnixTime::from_secs(bench.now.secs() + STEP);
    let text = String::from_utf8_lossy(data);
    let is_text = text.as_bytes() == data;
    let set = text.replace("{n}", &bench.modulus);
    bench.file.write(if is_text { set.as_bytes() } else { data });
    let document: Value = serde_json::from_str(&set).unwrap_or_default();
    let mut outcome = Outcome::Refused;
    for id in key_ids(&document) {
        let Some(key_id) = KeyId::parse(id.clone()) else { continue };
        let found = RUNTIME.block_on(bench.keys.key(&bench.issuer, &key_id, bench.now));
        if let Ok(found) = found {
            check_key(&document, &id, &found.key, &bench.modulus);
            outcome = Outcome::Accepted;
        }
    }
    // The bench is never dropped, so its file would stay behind.
    let _ = std::fs::remove_file(&bench.file.0);
    outcome
}

/// The ids that the set names, and one that it may not.
fn key_ids(document: &Value) -> Vec<String> {
    let members = document["keys"].as_array().into_iter().flatten();
    let named = members.filter_map(|member| member["kid"].as_str()).map(str::to_owned);
    let mut ids: Vec<String> = named.take(8).chain(["key-1".to_owned()]).collect();
    ids.dedup();
    ids
}

fn check_key(document: &Value, id: &str, key: &VerifyingKey, modulus: &str) {
    let members: Vec<&Value> = document["keys"]
        .as_array()
        .expect("a list of keys")
        .iter()
        .filter(|member| member["kid"] == id)
        .collect();
    let [member] = members.as_slice() else { panic!("{} keys of this id", members.len()) };
    assert_eq!(member["kty"], "RSA");
    for (name, wanted) in [("use", "sig"), ("alg", "RS256")] {
        assert!(member[name].is_null() || member[name] == wanted, "{name} is {}", member[name]);
    }
    let operations = member["key_ops"].as_array();
    assert!(operations.is_none_or(|operations| operations.iter().any(|operation| operation == "verify")));
    let bytes =
        |name: &str| URL_SAFE_NO_PAD.decode(member[name].as_str().expect("a text")).expect("base64url");
    let (n, e) = (bytes("n"), bytes("e"));
    assert!(
        n[0] != 0 && (2_041..=8_192).contains(&(n.len() * 8)) && n[n.len() - 1] % 2 == 1,
        "a weak modulus"
    );
    assert!(n.len() > 256 || n[0] >= 128, "under 2048 bits");
    assert!(e[0] != 0 && e.len() >= 3 && e[e.len() - 1] % 2 == 1, "a weak exponent");
    let jwk: Jwk = serde_json::from_value((*member).clone()).expect("a key that the oracle reads");
    assert!(DecodingKey::from_jwk(&jwk).is_ok(), "a key that the oracle cannot use");
    let is_ours = member["n"] == modulus && member["e"] == "AQAB";
    assert_eq!(verifies_our_token(key), is_ours, "another key than the set says");
}

fn verifies_our_token(key: &VerifyingKey) -> bool {
    static TOKEN: LazyLock<String> = LazyLock::new(|| KEY.token(&access_claims()));
    let token = BearerToken::parse_bare(&TOKEN).expect("a token");
    UnverifiedToken::parse(&token).expect("a token").verify(key, 0, NOW).is_ok()
}
