//! Class 2: headers that name another key, or contain a key of their own.

use authorizer::TokenError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use testkit::issuer::with;

use super::super::table::Expected::{self, Allow};
use super::{Attack, Class, Kit, bad};

pub(super) fn attacks(kit: &Kit) -> Vec<Attack> {
    [names(kit), keys_of_its_own(kit), doubles(kit), rules(kit)].into_iter().flatten().collect()
}

/// Only the header differs: the rest of the token is right.
fn case(kit: &Kit, name: impl Into<String>, header: &Value, expected: Expected, why: &'static str) -> Attack {
    kit.attack(Class::Header, name, kit.key.token_with(header, &kit.claims()), expected, why)
}

fn names(kit: &Kit) -> Vec<Attack> {
    let kid = |value: Value| with(kit.key.header(), "kid", value);
    let named = "the key that `kid` names counts alone (RFC 7515 section 4.1.4)";
    let by_second = kit.second.token(&kit.claims());
    vec![
        case(kit, "the first key", &kit.key.header(), Allow, named),
        kit.attack(Class::Header, "the second key", by_second, Allow, named),
        case(kit, "the second key's name", &kid(json!("key-2")), bad(TokenError::Signature), named),
        case(kit, "an unknown name", &kid(json!("key-9")), bad(TokenError::UnknownKey), named),
        case(kit, "the algorithm as a name", &kid(json!(kit.key.alg)), bad(TokenError::UnknownKey), named),
        case(kit, "no name", &json!({ "alg": kit.key.alg }), bad(TokenError::NoKeyId), named),
        case(kit, "a name that is no text", &kid(json!(1)), bad(TokenError::Header), named),
    ]
}

/// The header contains the key of a stranger, who signed the token. The signature is right for anybody who
/// trusts the header.
fn keys_of_its_own(kit: &Kit) -> Vec<Attack> {
    let why = "a key that the token brings proves nothing (RFC 7515 section 10.3, RFC 8725 section 3.10)";
    let [spki, _] = kit.stranger.public_ders();
    [
        ("jwk", kit.stranger.jwk()),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/chain.pem")),
        ("x5c", json!([STANDARD.encode(spki)])),
    ]
    .into_iter()
    .map(|(parameter, value)| {
        let header = with(kit.stranger.header(), parameter, value);
        let token = kit.stranger.token_with(&header, &kit.claims());
        kit.attack(Class::Header, parameter, token, bad(TokenError::ForbiddenHeader(parameter)), why)
    })
    .collect()
}

fn doubles(kit: &Kit) -> Vec<Attack> {
    let alg = kit.key.alg;
    let why = "two readers could see two headers (RFC 7515 section 4)";
    [
        ("alg twice, none first", format!(r#"{{"alg":"none","alg":"{alg}","kid":"key-1"}}"#)),
        ("alg twice, none last", format!(r#"{{"alg":"{alg}","alg":"none","kid":"key-1"}}"#)),
        ("alg twice, the same", format!(r#"{{"alg":"{alg}","alg":"{alg}","kid":"key-1"}}"#)),
        ("alg twice, once with an escape", format!(r#"{{"alg":"{alg}","\u0061lg":"HS256","kid":"key-1"}}"#)),
        ("kid twice", format!(r#"{{"alg":"{alg}","kid":"key-2","kid":"key-1"}}"#)),
    ]
    .into_iter()
    .map(|(name, header)| {
        let token = kit.key.token_of(header, kit.claims().to_string());
        kit.attack(Class::Header, name, token, bad(TokenError::Header), why)
    })
    .collect()
}

fn rules(kit: &Kit) -> Vec<Attack> {
    let why = "the token asks to be read in another way, or says that it is something else";
    let mut attacks: Vec<Attack> = [
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
        ("enc", json!("A128GCM")),
        ("zip", json!("DEF")),
        ("typ", json!("JWE")),
        ("typ", json!("dpop+jwt")),
    ]
    .into_iter()
    .map(|(name, value)| {
        let header = with(kit.key.header(), name, value.clone());
        case(kit, format!("{name}: {value}"), &header, bad(TokenError::ForbiddenHeader(name)), why)
    })
    .collect();
    let typed = with(kit.key.header(), "typ", json!("application/at+jwt"));
    attacks.push(case(kit, "typ: an access token", &typed, Allow, "RFC 9068 section 2.1"));
    attacks
}
