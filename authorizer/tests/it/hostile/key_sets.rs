//! Class 6: key sets with keys that must not verify any token, and answers that are not a key set.
//!
//! Each is an issuer of its own in the suite's one configuration, trusted like any other.

use std::sync::LazyLock;

use authorizer::TokenError;
use aws_lc_rs::hmac::HMAC_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use testkit::authorizer_event::event;
use testkit::issuer::{KEY, OTHER_KEY, compact, jwks, signing_input, with};
use testkit::key_server::Reply;

use super::fixture::{PARTNER_KEY, STRANGER, claims, claims_with, partner_claims};
use super::forge;
use super::suite::{Keys, Listed};
use super::table::Expected::{self, Allow};
use super::table::{Case, Class, NO_KEYS, bad};

/// Tokens with a right signature by a weak key. They were made with OpenSSL, because the library that the
/// tests sign with makes no weak keys. The private keys were deleted; the tokens never expire.
const STRENGTHS: &str = include_str!("../../fixtures/key_strengths.json");

/// An issuer's key set, and a token of that issuer.
pub(super) struct OddSet {
    name: String,
    reply: Reply,
    /// Where the keys are, if they are not at the suite's server.
    elsewhere: Option<&'static str>,
    token: String,
    expected: Expected,
    why: &'static str,
}

impl OddSet {
    fn new(name: &str, reply: Reply, token: String, expected: Expected, why: &'static str) -> Self {
        Self { name: name.to_owned(), reply, elsewhere: None, token, expected, why }
    }

    /// As an issuer.
    pub(super) fn listed(&self) -> Listed {
        let keys = match self.elsewhere {
            Some(uri) => Keys::Elsewhere(uri),
            None => Keys::Served {
                path: format!("/{}", slug(&self.name)),
                reply: self.reply.clone(),
                can_be_had: self.expected != NO_KEYS,
            },
        };
        Listed { entry: json!({ "issuer": issuer(&self.name), "clientIds": ["web"] }), keys }
    }
}

fn slug(name: &str) -> String {
    name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

fn issuer(name: &str) -> String {
    format!("https://keys.example.com/{}", slug(name))
}

pub(super) static SETS: LazyLock<Vec<OddSet>> = LazyLock::new(|| {
    [strengths(), exponents(), purposes(), forms(), company(), kinds(), documents(), deliveries()]
        .into_iter()
        .flatten()
        .collect()
});

pub(super) fn cases() -> Vec<Case> {
    let odd_sets = SETS
        .iter()
        .map(|set| Class::KeySets.case(set.name.clone(), event(&set.token), set.expected, set.why));
    odd_sets.chain(foreign()).collect()
}

/// A token of the set's issuer, signed with [`KEY`] under its own name.
fn token(name: &str) -> String {
    KEY.token(&claims_with("iss", json!(issuer(name))))
}

/// A set of these keys, and a token that names the first one's id.
fn set(name: &str, keys: &[Value], expected: Expected, why: &'static str) -> OddSet {
    OddSet::new(name, Reply::json(&json!({ "keys": keys })), token(name), expected, why)
}

fn key_with(name: &str, value: Value) -> Value {
    with(KEY.jwk(), name, value)
}

fn key_without(name: &str) -> Value {
    super::fixture::without(KEY.jwk(), name)
}

fn strengths() -> Vec<OddSet> {
    let fixtures: Vec<Value> = serde_json::from_str(STRENGTHS).unwrap();
    let text = |fixture: &Value, name: &str| fixture[name].as_str().unwrap().to_owned();
    fixtures
        .iter()
        .map(|fixture| {
            let jwk = json!({
                "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "fixture", "n": fixture["n"], "e": fixture["e"],
            });
            let (name, token) = (text(fixture, "name"), text(fixture, "token"));
            let (expected, why) = match name.as_str() {
                "sound" => (Allow, "2048 bits and 65537: the control of the other three"),
                "exponent-3" => (NO_KEYS, "65537 is the least (NIST SP 800-56B section 6.2)"),
                _ => (NO_KEYS, "2048 bits are the least (RFC 7518 section 3.3)"),
            };
            OddSet::new(&name, Reply::json(&json!({ "keys": [jwk] })), token, expected, why)
        })
        .collect()
}

fn exponents() -> Vec<OddSet> {
    let forged = |name: &str| {
        let claims = claims_with("iss", json!(issuer(name)));
        let input = signing_input(KEY.header().to_string(), claims.to_string());
        compact(&input, forge::pkcs1_padded("RS256", &input, 256))
    };
    let one = key_with("e", json!("AQ"));
    let beside = [one.clone(), OTHER_KEY.jwk()];
    let why = "under the exponent 1 everybody can sign: this token is";
    let (alone, in_company) = ("exponent 1", "exponent 1 beside a good key");
    let mut sets = vec![
        OddSet::new(alone, Reply::json(&json!({ "keys": [one] })), forged(alone), NO_KEYS, why),
        OddSet::new(
            in_company,
            Reply::json(&json!({ "keys": beside })),
            forged(in_company),
            bad(TokenError::UnknownKey),
            why,
        ),
    ];
    let why = "no RSA key has this exponent or modulus (RFC 7518 section 6.3.1)";
    let n = KEY.modulus();
    let encode = |bytes: &[u8]| json!(URL_SAFE_NO_PAD.encode(bytes));
    let mut even = n.clone();
    *even.last_mut().unwrap() -= 1;
    for (name, jwk) in [
        ("exponent 0", key_with("e", encode(&[0]))),
        ("an even exponent", key_with("e", encode(&[1, 0, 2]))),
        ("an endless exponent", key_with("e", encode(&[0xff; 256]))),
        ("an exponent with a zero in front", key_with("e", encode(&[0, 1, 0, 1]))),
        ("an even modulus", key_with("n", encode(&even))),
        ("a modulus with a zero in front", key_with("n", encode(&[&[0], &n[..]].concat()))),
        ("an empty modulus", key_with("n", json!(""))),
        ("a modulus of 16384 bits", key_with("n", encode(&[0xff; 2_048]))),
        ("a modulus with padding", key_with("n", json!(format!("{}==", URL_SAFE_NO_PAD.encode(&n))))),
    ] {
        sets.push(set(name, &[jwk], NO_KEYS, why));
    }
    sets
}

fn purposes() -> Vec<OddSet> {
    let other = "the issuer says that the key is for something else (RFC 7517 sections 4.2 to 4.4)";
    let open = "the issuer says nothing against it (RFC 7517 sections 4.2 to 4.4)";
    [
        ("use sig and alg RS256", KEY.jwk(), Allow, open),
        ("no use", key_without("use"), Allow, open),
        ("no alg", key_without("alg"), Allow, open),
        ("key_ops verify", key_with("key_ops", json!(["verify"])), Allow, open),
        ("use enc", key_with("use", json!("enc")), NO_KEYS, other),
        ("an empty use", key_with("use", json!("")), NO_KEYS, other),
        ("key_ops encrypt", key_with("key_ops", json!(["encrypt"])), NO_KEYS, other),
        ("key_ops sign", key_with("key_ops", json!(["sign"])), NO_KEYS, other),
        ("no key_ops in the list", key_with("key_ops", json!([])), NO_KEYS, other),
        ("alg RS384", key_with("alg", json!("RS384")), NO_KEYS, other),
        ("alg PS256", key_with("alg", json!("PS256")), NO_KEYS, other),
        ("alg RSA-OAEP", key_with("alg", json!("RSA-OAEP")), NO_KEYS, other),
        ("alg HS256", key_with("alg", json!("HS256")), NO_KEYS, other),
        ("alg none", key_with("alg", json!("none")), NO_KEYS, other),
        ("alg rs256", key_with("alg", json!("rs256")), NO_KEYS, other),
    ]
    .into_iter()
    .map(|(name, jwk, expected, why)| set(name, &[jwk], expected, why))
    .collect()
}

/// Members that no reader needs, but that do not have the right form. Only the key is skipped, not the set.
fn forms() -> Vec<OddSet> {
    let form = "a member that is there is of its form, or two readers see two keys (RFC 7517 section 4)";
    let private = "a key whose private part is published is everybody's";
    let mut sets: Vec<OddSet> = [
        ("use", json!(null)),
        ("alg", json!(null)),
        ("key_ops", json!("verify")),
        ("key_ops", json!(["verify", "verify"])),
        ("key_ops", json!(["verify", "encrypt"])),
        ("x5c", json!([])),
        ("x5c", json!("AAAA")),
        ("x5t", json!(5)),
        ("x5u", json!(null)),
    ]
    .into_iter()
    .map(|(member, value)| {
        let name = format!("{member} {value}");
        set(&name, &[key_with(member, value)], NO_KEYS, form)
    })
    .collect();
    let chain = key_with("x5c", json!(["AAAA"]));
    let odd = with(OTHER_KEY.jwk(), "x5c", json!([]));
    sets.push(set("a certificate chain", &[chain], Allow, "it is of its form"));
    sets.push(set("an odd key beside a good one", &[odd, KEY.jwk()], Allow, "it is skipped alone"));
    sets.push(set("a private part", &[key_with("d", json!("AAAA"))], NO_KEYS, private));
    let jwk = KEY.jwk().to_string();
    let twice = format!("{{\"keys\":[{},\"e\":\"AQAB\"}}]}}", jwk.strip_suffix('}').unwrap());
    let name = "a member twice";
    sets.push(OddSet::new(name, Reply::Send(200, twice.into_bytes()), token(name), NO_KEYS, form));
    sets
}

/// Keys that are in a set together with others.
fn company() -> Vec<OddSet> {
    let twin = with(STRANGER.jwk(), "kid", json!(KEY.id));
    let oct = json!({ "kty": "oct", "kid": "secret", "k": "c2VjcmV0" });
    let mixed = [oct, forge::ec_jwk("curve"), json!(null), json!({ "kty": "LMS" }), KEY.jwk()];
    let unnamed = key_without("kid");
    let twins = "nobody can say which of two keys with one id is meant (RFC 7517 section 4.5)";
    let no_id = "a key without an id is nobody's: `kid` says which key (RFC 7515 section 4.1.4)";
    let unknown = bad(TokenError::UnknownKey);
    let ec = with(OTHER_KEY.jwk(), "kid", json!("x"));
    vec![
        set(
            "a good key among keys of all kinds",
            &mixed,
            Allow,
            "other keys are no reason to refuse this one",
        ),
        set("a kid twice", &[KEY.jwk(), twin.clone()], NO_KEYS, twins),
        set("a kid twice, the other first", &[twin.clone(), KEY.jwk()], NO_KEYS, twins),
        set("a kid twice, the same key", &[KEY.jwk(), KEY.jwk()], NO_KEYS, twins),
        set("a kid twice beside a good key", &[KEY.jwk(), twin, OTHER_KEY.jwk()], unknown, twins),
        set("a kid twice, once of a curve", &[KEY.jwk(), forge::ec_jwk(KEY.id), ec], unknown, twins),
        set("no kid", std::slice::from_ref(&unnamed), NO_KEYS, no_id),
        set("no kid beside a good key", &[unnamed, OTHER_KEY.jwk()], unknown, no_id),
        set("an empty kid", &[key_with("kid", json!(""))], NO_KEYS, no_id),
        set("a kid that is a number", &[key_with("kid", json!(1))], NO_KEYS, no_id),
        set("another kid in capitals", &[key_with("kid", json!("KEY-1"))], unknown, no_id),
    ]
}

/// Keys of other kinds, with tokens that they signed.
fn kinds() -> Vec<OddSet> {
    let secret = KEY.modulus();
    let oct = json!({ "kty": "oct", "kid": "key-1", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(&secret) });
    let claims_of = |name: &str| claims_with("iss", json!(issuer(name)));
    let header = |alg: &str| json!({ "alg": alg, "kid": KEY.id });
    let why = "a pool signs with RSA alone; the algorithm is not the set's to choose";
    let (by_oct, by_ec) = ("a secret key and HS256", "a key of a curve and ES256");
    let hs256 = forge::hmac(HMAC_SHA256, &secret, &header("HS256"), &claims_of(by_oct));
    let es256 = forge::es256(&header("ES256"), &claims_of(by_ec));
    let serve = |jwk: &Value| Reply::json(&json!({ "keys": [jwk] }));
    let ec = forge::ec_jwk(KEY.id);
    let certificate = json!({ "kty": "RSA", "kid": "key-1", "x5c": ["AAAA"] });
    vec![
        OddSet::new(by_oct, serve(&oct), hs256, bad(TokenError::Algorithm), why),
        OddSet::new(by_ec, serve(&ec), es256, bad(TokenError::Algorithm), why),
        set("a secret key and RS256", &[oct], NO_KEYS, why),
        set("a key of a curve and RS256", &[ec], NO_KEYS, why),
        set("no kty", &[key_without("kty")], NO_KEYS, why),
        set("kty rsa", &[key_with("kty", json!("rsa"))], NO_KEYS, why),
        set("a certificate alone", &[certificate], NO_KEYS, why),
    ]
}

/// Documents that are not a key set, although they contain the key.
fn documents() -> Vec<OddSet> {
    let good = jwks(&[&KEY]).to_string();
    let why = "a set is read whole or not at all (RFC 7517 section 5)";
    let head = good.strip_suffix('}').unwrap();
    let not_text = [head.as_bytes(), b",\"x\":\"\xff\"}"].concat();
    let big = format!("{head},\"x\":\"{}\"}}", "a".repeat(5_000_000));
    let mut sets: Vec<OddSet> = [
        ("an empty document", String::new()),
        ("an empty set", json!({ "keys": [] }).to_string()),
        ("a list of keys", json!([KEY.jwk()]).to_string()),
        ("a key by itself", KEY.jwk().to_string()),
        ("keys that are no list", json!({ "keys": { "key-1": KEY.jwk() } }).to_string()),
        ("a list in place of the set", json!([[KEY.jwk()]]).to_string()),
        ("another member twice", format!("{head},\"x\":1,\"x\":1}}")),
        ("keys twice", format!("{head},{}", &good[1..])),
        ("null", "null".to_owned()),
        ("HTML", format!("<html><body>{good}</body></html>")),
        ("a set cut short", good[..good.len() - 1].to_owned()),
        ("something behind the set", format!("{good}{good}")),
        ("a byte order mark", format!("\u{feff}{good}")),
        ("100,000 deep", "[".repeat(100_000)),
        ("5 MB", big),
    ]
    .into_iter()
    .map(|(name, body)| OddSet::new(name, Reply::Send(200, body.into_bytes()), token(name), NO_KEYS, why))
    .collect();
    let name = "a byte that is no UTF-8";
    let why = "a key set is UTF-8 as a whole (RFC 8259 section 8.1)";
    sets.push(OddSet::new(name, Reply::Send(200, not_text), token(name), NO_KEYS, why));
    sets
}

/// Failed answers, some of which contain the key.
fn deliveries() -> Vec<OddSet> {
    let good = jwks(&[&KEY]).to_string().into_bytes();
    let why = "only a whole answer of status 200 from the configured address is a key set";
    let served = [
        ("status 500", Reply::Send(500, good.clone())),
        ("status 404", Reply::Send(404, good.clone())),
        ("status 203", Reply::Send(203, good.clone())),
        ("status 204", Reply::Send(204, Vec::new())),
        ("a redirect to a good set", Reply::Redirect(format!("/{}", slug("use sig and alg RS256")))),
        ("a redirect to plain http", Reply::Redirect("http://evil.example/jwks.json".to_owned())),
        ("a connection that breaks off", Reply::BreakOff),
        ("an answer that never comes", Reply::Hang),
        ("an answer that drips", Reply::drip(good)),
    ];
    let mut sets: Vec<OddSet> =
        served.map(|(name, reply)| OddSet::new(name, reply, token(name), NO_KEYS, why)).into();
    let name = "nobody at the address";
    let nobody = OddSet::new(name, Reply::Hang, token(name), NO_KEYS, why);
    sets.push(OddSet { elsewhere: Some("http://127.0.0.1:9/jwks.json"), ..nobody });
    sets
}

/// Good keys that belong to another issuer.
fn foreign() -> Vec<Case> {
    let why = "an issuer's keys verify its own tokens alone";
    let unknown = bad(TokenError::UnknownKey);
    let case = |name: &str, token: String, expected| Class::KeySets.case(name, event(&token), expected, why);
    let renamed = PARTNER_KEY.token_with(&KEY.header(), &claims());
    vec![
        case("the partner's key for the partner", PARTNER_KEY.token(&partner_claims()), Allow),
        case("the partner's key for the pool", PARTNER_KEY.token(&claims()), unknown),
        case("the partner's key under the pool's name", renamed, bad(TokenError::Signature)),
        case("the pool's key for the partner", KEY.token(&partner_claims()), unknown),
        case(
            "the pool's key under the partner's name",
            KEY.token_with(&PARTNER_KEY.header(), &partner_claims()),
            bad(TokenError::Signature),
        ),
    ]
}
