//! The gate that all cases are shown to, and the token that all of them start from.
//!
//! One configuration for all, so that one process can be shown everything: the stack's own pool with two
//! keys, a partner who is no Cognito and gives ID tokens, and an issuer for each key set of `key_sets.rs`.

use std::sync::LazyLock;

use authorizer::UnixTime;
use aws_lc_rs::rsa::KeySize;
use serde_json::{Value, json};

use super::key_sets;
use crate::support::issuer::{self, KEY, OTHER_KEY, SigningKey, jwks, with};
use crate::support::key_server::{KeyServer, Reply};
use crate::support::{ARN, POOL, event};

/// The moment that all tokens are made for: the binary knows no other time than the system's.
pub(super) static NOW: LazyLock<u64> = LazyLock::new(|| UnixTime::now().secs());

/// Another issuer that is trusted, on other terms: ID tokens for the client `partner`.
pub(super) const PARTNER: &str = "https://login.example.com";
pub(super) static PARTNER_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::new("key-3", KeySize::Rsa2048));

/// A key that no set has.
pub(super) static STRANGER: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::new("key-1", KeySize::Rsa2048));

/// All times are of the suite's moment.
fn current(claims: Value) -> Value {
    with(with(claims, "iat", json!(*NOW - 60)), "exp", json!(*NOW + 3_540))
}

/// The claims of an access token that is let in: the bearer is of the group `staff`.
pub(super) fn claims() -> Value {
    with(current(issuer::access_claims()), "cognito:groups", json!(["staff"]))
}

/// The claims of an ID token of the pool, which takes none.
pub(super) fn id_claims() -> Value {
    with(current(issuer::id_claims()), "cognito:groups", json!(["staff"]))
}

/// The claims of an ID token of the partner, which is let in.
pub(super) fn partner_claims() -> Value {
    with(with(id_claims(), "iss", json!(PARTNER)), "aud", json!("partner"))
}

/// [`claims`] with one of them replaced or added.
pub(super) fn claims_with(name: &str, value: Value) -> Value {
    with(claims(), name, value)
}

/// `claims` without one of them.
pub(super) fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims
}

/// The claims as text, with a claim `x` whose value is this text, be it JSON or not.
pub(super) fn claims_text(x: &str) -> String {
    let claims = claims().to_string();
    format!("{},\"x\":{x}}}", claims.strip_suffix('}').unwrap())
}

/// The event of a token that the pool's first key signed rightly, whatever its claims.
pub(super) fn signed(claims: &Value) -> Value {
    event(&KEY.token(claims))
}

/// An event whose `Authorization` header is this text.
pub(super) fn with_header(header: &str) -> Value {
    json!({ "type": "TOKEN", "authorizationToken": header, "methodArn": ARN })
}

/// Everything that any rule grants, as the last part of a resource.
pub(super) fn granted_tails() -> Vec<String> {
    let fixed = ["GET/whoami", "$connect", "GET/admin/*", "GET/reports/*"].map(str::to_owned);
    fixed.into_iter().chain((0..WIDE).map(|n| format!("GET/wide/{n:02}"))).collect()
}

/// So many routes that a large identity does not fit beside them.
const WIDE: usize = 45;

/// The most requests for a set that cannot be had, in the few minutes that the cases may take.
const MOST_FETCHES: usize = 12;

/// The `authorizer` section of config.json, for keys that are served at `keys`.
pub(super) fn authorizer(keys: &str) -> Value {
    let wide: Vec<_> = (0..WIDE).map(|n| format!("GET /wide/{n:02}")).collect();
    let partner = json!({
        "issuer": PARTNER, "jwksUri": format!("{keys}/partner"), "clientIds": ["partner"], "tokenUse": ["id"],
    });
    let with_odd_sets = key_sets::SETS.iter().map(|set| set.issuer_entry(keys));
    let issuers: Vec<_> = std::iter::once(partner).chain(with_odd_sets).collect();
    let names = issuers.iter().map(|entry| entry["issuer"].clone());
    let everybody: Vec<_> = std::iter::once(json!("own")).chain(names).collect();
    json!({
        "rules": [
            {
                "routes": ["GET /whoami", "$connect"], "groups": { "anyOf": ["staff"] }, "issuers": everybody,
            },
            { "routes": ["GET /admin/*"], "groups": { "anyOf": ["admins"] } },
            { "routes": ["GET /reports/*"], "scopes": { "allOf": ["orders/read"] } },
            { "routes": wide, "groups": { "anyOf": ["wide"] } },
        ],
        "issuers": issuers,
        // No second fetch of a set that was got, for as long as the cases take.
        "jwks": { "cooldownSeconds": 3_600, "timeoutMillis": 4_000 },
    })
}

/// The server of all these keys.
pub(super) fn key_server() -> KeyServer {
    let server = KeyServer::start(Reply::Send(404, Vec::new()));
    let own = format!("/{POOL}/.well-known/jwks.json");
    server.reply_at(&own, Reply::json(&jwks(&[&KEY, &OTHER_KEY])));
    server.reply_at("/partner", Reply::json(&jwks(&[&PARTNER_KEY])));
    for set in key_sets::SETS.iter() {
        server.reply_at(&set.path(), set.reply.clone());
    }
    server
}

/// However many tokens asked for keys that nobody has: each issuer's set was asked for once. One that cannot be had
/// may be asked for again, after pauses that grow.
pub(super) fn assert_each_set_was_fetched_once(server: &KeyServer) {
    let requests = server.requests();
    let asked = |path: &str| requests.iter().filter(|line| line.split(' ').nth(1) == Some(path)).count();
    let own = format!("/{POOL}/.well-known/jwks.json");
    let mut counted = 0;
    for path in [own.as_str(), "/partner"] {
        assert_eq!(asked(path), 1, "{path}");
        counted += 1;
    }
    for set in key_sets::SETS.iter().filter(|set| set.is_served()) {
        let most = if set.can_be_had() { 1 } else { MOST_FETCHES };
        let count = asked(&set.path());
        assert!((1..=most).contains(&count), "{} was asked for {count} times", set.path());
        counted += count;
    }
    assert_eq!(counted, requests.len(), "something else was asked for: {requests:?}");
}
