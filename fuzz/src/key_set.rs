//! Any bytes as a JWK Set. Reading it never panics. A key that is read is the only one with its id, is
//! strong, has the right form, and is the key that the set contains. It verifies the tokens that were signed
//! with it and with one of its own algorithms, and no others.
//!
//! The set is read from a file, as with `authorizer.jwks.file`, for an issuer of all algorithms. `{n}`,
//! `{x256}`, `{y256}`, `{x384}`, `{y384}` and `{x25519}` in the input stand for parts of the keys that signed
//! the tokens.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use authorizer::{KeyId, KeyProvider, TrustedIssuer, UnixTime, VerifyingKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::Jwk;
use offline_gate::{NOW, RUNTIME};
use platform::config::{Algorithm, Jwks};
use serde_json::Value;
use serde_json::value::RawValue;
use testkit::files::TempFile;
use testkit::issuer::{KEY, SigningKey, access_claims};

use crate::Outcome;

/// Longer than any set is stored, so that each input is read.
const STEP: u64 = 1_000_000;

struct Bench {
    keys: KeyProvider,
    file: TempFile,
    issuer: Arc<TrustedIssuer>,
    now: UnixTime,
}

static BENCH: LazyLock<Mutex<Bench>> = LazyLock::new(|| {
    let file = TempFile::new("");
    let issuer = offline_gate::issuer(&file).as_ref().clone();
    Mutex::new(Bench {
        keys: KeyProvider::new(&Jwks::default()).expect("a key provider"),
        issuer: Arc::new(TrustedIssuer { algorithms: Algorithm::ALL.to_vec(), ..issuer }),
        file,
        now: UnixTime::from_secs(0),
    })
});

/// A key for each algorithm in its published form, and a token that it signed.
struct Ours {
    algorithm: Algorithm,
    jwk: Value,
    token: String,
}

static OURS: LazyLock<Vec<Ours>> = LazyLock::new(|| {
    let ours = |algorithm: Algorithm| {
        let key = match algorithm {
            Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => {
                SigningKey::of("key-1", algorithm.as_str())
            }
            _ => KEY.by(algorithm.as_str()),
        };
        Ours { algorithm, jwk: key.jwk(), token: key.token(&access_claims()) }
    };
    Algorithm::ALL.map(ours).into()
});

/// Which placeholder stands for which part of which key.
const PLACEHOLDERS: [(&str, Algorithm, &str); 6] = [
    ("{n}", Algorithm::Rs256, "n"),
    ("{x256}", Algorithm::Es256, "x"),
    ("{y256}", Algorithm::Es256, "y"),
    ("{x384}", Algorithm::Es384, "x"),
    ("{y384}", Algorithm::Es384, "y"),
    ("{x25519}", Algorithm::EdDsa, "x"),
];

/// Reads `data` as the issuer's key set, and looks up each key that it names.
pub fn run(data: &[u8]) -> Outcome {
    let mut bench = BENCH.lock().expect("no earlier panic");
    bench.now = UnixTime::from_secs(bench.now.secs() + STEP);
    let text = String::from_utf8_lossy(data);
    let is_text = text.as_bytes() == data;
    let set = PLACEHOLDERS.iter().fold(text.into_owned(), |set, (placeholder, algorithm, member)| {
        let ours = OURS.iter().find(|ours| ours.algorithm == *algorithm).expect("a key");
        set.replace(placeholder, ours.jwk[member].as_str().expect("a text"))
    });
    bench.file.write(if is_text { set.as_bytes() } else { data });
    let members = members(&set);
    let mut outcome = Outcome::Refused;
    for id in key_ids(&members) {
        let Some(key_id) = KeyId::parse(id.clone()) else { continue };
        let found = RUNTIME.block_on(bench.keys.key(&bench.issuer, &key_id, bench.now));
        if let Ok(found) = found {
            assert!(is_text, "a set that is not UTF-8");
            check_key(&members, &id, &found.key);
            outcome = Outcome::Accepted;
        }
    }
    // The bench is never dropped, so its file must be removed here.
    let _ = std::fs::remove_file(bench.file.path());
    outcome
}

/// The keys of the set, one by one. One that cannot be parsed, for example because a string contains half of
/// a UTF-16 pair, must not make the others unreadable.
fn members(set: &str) -> Vec<Value> {
    let set: HashMap<String, &RawValue> = serde_json::from_str(set).unwrap_or_default();
    let keys: Vec<&RawValue> =
        set.get("keys").and_then(|keys| serde_json::from_str(keys.get()).ok()).unwrap_or_default();
    keys.into_iter().map(|key| serde_json::from_str(key.get()).unwrap_or_default()).collect()
}

/// The ids in the set, and one that it may not contain.
fn key_ids(members: &[Value]) -> Vec<String> {
    let named = members.iter().filter_map(|member| member["kid"].as_str()).map(str::to_owned);
    let mut ids: Vec<String> = named.take(8).chain(["key-1".to_owned()]).collect();
    ids.dedup();
    ids
}

fn check_key(members: &[Value], id: &str, key: &VerifyingKey) {
    let members: Vec<&Value> = members.iter().filter(|member| member["kid"] == id).collect();
    let [member] = members.as_slice() else { panic!("{} keys of this id", members.len()) };
    check_form(member);
    match member["kty"].as_str() {
        Some("RSA") => check_rsa(&bytes(member, "n"), &bytes(member, "e")),
        Some("EC") => {
            let size = if member["crv"] == "P-256" { 32 } else { 48 };
            assert_eq!((bytes(member, "x").len(), bytes(member, "y").len()), (size, size));
        }
        _ => assert_eq!(bytes(member, "x").len(), 32),
    }
    let jwk: Jwk = serde_json::from_value((*member).clone()).expect("a key that the oracle reads");
    assert!(DecodingKey::from_jwk(&jwk).is_ok(), "a key that the oracle cannot use");
    for ours in OURS.iter() {
        let is_it = ["kty", "crv", "n", "e", "x", "y"].iter().all(|name| {
            // Members that its own type does not have mean nothing to a key.
            ours.jwk[name].is_null() || member[name] == ours.jwk[name]
        });
        let is_for_it = member["alg"].is_null() || member["alg"] == ours.algorithm.as_str();
        assert_eq!(
            verifies(key, &ours.token),
            is_it && is_for_it,
            "{}: another key or use than the set says",
            ours.algorithm
        );
    }
}

fn check_form(member: &Value) {
    let family = match (member["kty"].as_str(), member["crv"].as_str()) {
        (Some("RSA"), _) => ["RS", "PS"].as_slice(),
        (Some("EC"), Some("P-256")) => &["ES256"],
        (Some("EC"), Some("P-384")) => &["ES384"],
        (Some("OKP"), Some("Ed25519")) => &["EdDSA"],
        other => panic!("a key of {other:?}"),
    };
    let object = member.as_object().expect("an object");
    for name in ["kty", "use", "alg", "kid", "x5u", "x5t", "x5t#S256"] {
        assert!(object.get(name).is_none_or(Value::is_string), "{name} is {}", member[name]);
    }
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth"] {
        assert!(!object.contains_key(name), "a key that is given away");
    }
    for name in ["key_ops", "x5c"] {
        let is_a_list =
            |value: &Value| value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
        assert!(object.get(name).is_none_or(is_a_list), "{name} is {}", member[name]);
    }
    assert!(member["use"].is_null() || member["use"] == "sig", "use is {}", member["use"]);
    let alg = member["alg"].as_str();
    assert!(alg.is_none_or(|alg| family.iter().any(|own| alg.starts_with(own))), "alg is {alg:?}");
    let operations = member["key_ops"].as_array();
    assert!(operations.is_none_or(|operations| operations.iter().any(|operation| operation == "verify")));
}

fn bytes(member: &Value, name: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(member[name].as_str().expect("a text")).expect("base64url")
}

fn check_rsa(n: &[u8], e: &[u8]) {
    assert!(
        n[0] != 0 && (2_041..=8_192).contains(&(n.len() * 8)) && n[n.len() - 1] % 2 == 1,
        "a weak modulus"
    );
    assert!(n.len() > 256 || n[0] >= 128, "under 2048 bits");
    assert!(e[0] != 0 && e.len() >= 3 && e[e.len() - 1] % 2 == 1, "a weak exponent");
}

fn verifies(key: &VerifyingKey, token: &str) -> bool {
    offline_gate::verified_with(key, token, NOW).is_ok()
}
