//! Whatever this gate accepts, `jsonwebtoken` with strict validation accepts too: ours is a subset.

use authorizer::{BearerToken, UnverifiedToken};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::issuer::{KEY, OTHER_KEY, SigningKey, access_claims, jwks, with};
use crate::support::key_server::{KeyServer, Reply};
use crate::support::{CLIENT, ISSUER, event, gate};

/// The system's time, because `jsonwebtoken` takes no other.
fn now() -> authorizer::UnixTime {
    authorizer::UnixTime::now()
}

fn oracle_accepts(token: &str) -> bool {
    let key = DecodingKey::from_jwk(&serde_json::from_value::<Jwk>(KEY.jwk()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.leeway = 0;
    validation.validate_nbf = true;
    validation.set_issuer(&[ISSUER]);
    validation.set_required_spec_claims(&["exp", "iss", "sub"]);
    // An access token names its client in `client_id`, which the oracle does not know.
    validation.validate_aud = false;
    decode::<Value>(token, &key, &validation).is_ok_and(|token| token.claims["client_id"] == CLIENT)
}

fn claims() -> Value {
    let now = now().0;
    with(with(access_claims(), "iat", json!(now - 60)), "exp", json!(now + 3_600))
}

#[derive(Debug, Clone)]
enum Change {
    None,
    Claim(&'static str, Value),
    Header(&'static str, Value),
    Byte(usize, u8),
    Cut(usize),
    OtherKey,
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        (-5_i64..5).prop_map(|offset| json!(now().0.saturating_add_signed(offset * 1_000))),
        "[ -~]{0,8}".prop_map(|text| json!(text)),
        Just(json!(ISSUER)),
        Just(json!(CLIENT)),
        Just(json!([CLIENT])),
        Just(json!("RS256")),
        Just(json!("key-1")),
        Just(json!("access")),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let claim = prop::sample::select(vec![
        "sub",
        "iss",
        "exp",
        "iat",
        "nbf",
        "client_id",
        "token_use",
        "aud",
        "scope",
        "cognito:groups",
        "x",
    ]);
    let header = prop::sample::select(vec!["alg", "kid", "typ", "jku", "crit", "x"]);
    prop_oneof![
        1 => Just(Change::None),
        4 => (claim, value()).prop_map(|(name, value)| Change::Claim(name, value)),
        3 => (header, value()).prop_map(|(name, value)| Change::Header(name, value)),
        3 => (any::<usize>(), any::<u8>()).prop_map(|(index, byte)| Change::Byte(index, byte)),
        1 => any::<usize>().prop_map(Change::Cut),
        1 => Just(Change::OtherKey),
    ]
}

fn token(change: &Change) -> String {
    let signed = |key: &SigningKey, header: &Value, claims: &Value| key.token_with(header, claims);
    match change {
        Change::None => signed(&KEY, &KEY.header(), &claims()),
        Change::Claim(name, value) => signed(&KEY, &KEY.header(), &with(claims(), name, value.clone())),
        Change::Header(name, value) => signed(&KEY, &with(KEY.header(), name, value.clone()), &claims()),
        Change::OtherKey => signed(&OTHER_KEY, &KEY.header(), &claims()),
        Change::Byte(index, byte) => {
            let mut bytes = KEY.token(&claims()).into_bytes();
            let index = index % bytes.len();
            bytes[index] = *byte & 0x7f;
            String::from_utf8(bytes).unwrap()
        }
        Change::Cut(length) => {
            let token = KEY.token(&claims());
            token[..length % token.len()].to_owned()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_accepted_here_is_accepted_by_the_oracle(change in change()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let token = token(&change);
        let accepted = runtime.block_on(async {
            let server = KeyServer::start(Reply::json(&jwks(&[&KEY]))).await;
            let gate = gate(&server.url, &json!({ "rules": [{ "routes": ["GET /"] }] }));
            gate.authorize(&event(&token), now()).await.is_ok()
        });
        prop_assert!(!accepted || oracle_accepts(&token), "accepted here alone: {:?}", change);
        if matches!(change, Change::None) {
            prop_assert!(accepted);
        }
    }

    #[test]
    fn parsing_never_panics(text in "[A-Za-z0-9_.-]{0,200}") {
        if let Ok(token) = BearerToken::parse(&format!("Bearer {text}")) {
            let _ = UnverifiedToken::parse(&token);
        }
    }
}
