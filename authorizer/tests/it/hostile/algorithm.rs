//! Class 1: every algorithm but RS256, in every spelling, even if the signature is right for it.

use authorizer::TokenError;
use aws_lc_rs::hmac::{self, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use testkit::authorizer_event::event;
use testkit::issuer::{KEY, SigningKey, compact, signing_input, with};

use super::fixture::claims;
use super::forge;
use super::table::Expected::Allow;
use super::table::{Case, Class, bad};

pub(super) fn cases() -> Vec<Case> {
    [unsigned(), spellings(), keyed_with_the_public_key(), other_algorithms(), controls()]
        .into_iter()
        .flatten()
        .collect()
}

fn case(name: impl Into<String>, token: &str, error: TokenError, why: &'static str) -> Case {
    Class::Algorithm.case(name, event(token), bad(error), why)
}

fn header(alg: &Value) -> Value {
    with(KEY.header(), "alg", alg.clone())
}

fn controls() -> Vec<Case> {
    let escaped = KEY.token_of(r#"{"alg":"\u0052S256","kid":"key-1"}"#, claims().to_string());
    let plain = KEY.token(&claims());
    vec![
        Class::Algorithm.case("RS256", event(&plain), Allow, "the one algorithm of Cognito's pools"),
        Class::Algorithm.case(
            "RS256 with an escape in its name",
            event(&escaped),
            Allow,
            "an escape is another way to write the same text (RFC 8259 section 8.3)",
        ),
    ]
}

/// RFC 7518 section 3.6: a token without a signature.
fn unsigned() -> Vec<Case> {
    let none = |alg: &str| signing_input(header(&json!(alg)).to_string(), claims().to_string());
    let why = "an unsigned token proves nothing (RFC 8725 section 3.2)";
    let mut cases = Vec::new();
    for alg in ["none", "None", "NONE", "nOnE", "none ", "none\0"] {
        let name = format!("{alg:?} and an empty signature");
        cases.push(case(name, &format!("{}.", none(alg)), TokenError::Algorithm, why));
    }
    cases.push(case("none and two parts", &none("none"), TokenError::NotThreeParts, why));
    let signed = KEY.token_with(&header(&json!("none")), &claims());
    cases.push(case("none and the pool's own signature", &signed, TokenError::Algorithm, why));
    let zero = compact(&none("none"), [0]);
    cases.push(case("none and a signature of one zero", &zero, TokenError::Algorithm, why));
    cases
}

fn spellings() -> Vec<Case> {
    let why = "`alg` is compared byte by byte (RFC 7515 section 4.1.1)";
    let mut cases = Vec::new();
    for alg in [
        "",
        "rs256",
        "Rs256",
        "RS256 ",
        " RS256",
        "RS256\0",
        "RS256\n",
        "RS-256",
        "RS256,none",
        "RSA256",
        "SHA256withRSA",
        "RS2566",
        "RS25",
        "ＲＳ256",
        "RS256\u{200b}",
    ] {
        let token = KEY.token_with(&header(&json!(alg)), &claims());
        cases.push(case(format!("{alg:?}"), &token, TokenError::Algorithm, why));
    }
    let why = "`alg` is a text (RFC 7515 section 4.1.1)";
    for alg in [json!(null), json!(256), json!(true), json!(["RS256"]), json!({ "RS256": true }), json!([])] {
        let token = KEY.token_with(&header(&alg), &claims());
        cases.push(case(alg.to_string(), &token, TokenError::Header, why));
    }
    let missing = KEY.token_with(&json!({ "kid": KEY.id }), &claims());
    let why = "`alg` is required (RFC 7515 section 4.1.1)";
    cases.push(case("missing", &missing, TokenError::Algorithm, why));
    let elsewhere = KEY.token_with(&json!({ "Alg": "RS256", "kid": KEY.id }), &claims());
    let why = "names of parameters are compared byte by byte (RFC 7515 section 4)";
    cases.push(case("under the name Alg", &elsewhere, TokenError::Algorithm, why));
    cases
}

/// The public key as the secret of an HMAC, in each form that a careless gate might use.
fn keyed_with_the_public_key() -> Vec<Case> {
    let [spki, pkcs1] = KEY.public_ders();
    let pem = forge::pem("PUBLIC KEY", &spki);
    let secrets: [(&str, Vec<u8>); 10] = [
        ("the key as PEM", pem.clone().into_bytes()),
        ("the key as PEM without the last line end", pem.trim_end().to_owned().into_bytes()),
        ("the key as PKCS #1 PEM", forge::pem("RSA PUBLIC KEY", &pkcs1).into_bytes()),
        ("the key as DER", spki),
        ("the key as PKCS #1 DER", pkcs1),
        ("the modulus", KEY.modulus()),
        ("the modulus as base64url", URL_SAFE_NO_PAD.encode(KEY.modulus()).into_bytes()),
        ("the key as JWK", KEY.jwk().to_string().into_bytes()),
        ("the key's id", KEY.id.as_bytes().to_vec()),
        ("nothing", Vec::new()),
    ];
    let why = "a public key is nobody's secret (RFC 8725 section 2.1)";
    let mut cases = Vec::new();
    for (name, secret) in secrets {
        let token = forge::hmac(HMAC_SHA256, &secret, &header(&json!("HS256")), &claims());
        cases.push(case(format!("HS256 keyed with {name}"), &token, TokenError::Algorithm, why));
    }
    let others: [(&str, hmac::Algorithm); 2] = [("HS384", HMAC_SHA384), ("HS512", HMAC_SHA512)];
    for (alg, algorithm) in others {
        let token = forge::hmac(algorithm, pem.as_bytes(), &header(&json!(alg)), &claims());
        cases.push(case(format!("{alg} keyed with the key as PEM"), &token, TokenError::Algorithm, why));
    }
    let token = forge::hmac(HMAC_SHA256, pem.as_bytes(), &KEY.header(), &claims());
    cases.push(case("an HMAC under the name RS256", &token, TokenError::Signature, why));
    cases
}

fn other_algorithms() -> Vec<Case> {
    let mut cases = Vec::new();
    let why = "the gate picks the algorithm, not the token (RFC 8725 section 3.1)";
    for alg in ["RS384", "RS512", "PS256", "PS384", "PS512"] {
        let token = KEY.token_by(alg, &claims());
        cases.push(case(format!("{alg} by the pool's key"), &token, TokenError::Algorithm, why));
    }
    for (alg, sign) in [("ES256", forge::es256 as fn(&Value, &Value) -> String), ("EdDSA", forge::eddsa)] {
        let token = sign(&header(&json!(alg)), &claims());
        cases.push(case(format!("{alg} by a key of its kind"), &token, TokenError::Algorithm, why));
        let token = sign(&KEY.header(), &claims());
        cases.push(case(format!("{alg} under the name RS256"), &token, TokenError::Signature, why));
    }
    for alg in ["ES384", "ES512", "ES256K"] {
        let key = SigningKey::of(KEY.id, alg);
        let token = key.token(&claims());
        cases.push(case(format!("{alg} by a key of its kind"), &token, TokenError::Algorithm, why));
        let token = key.token_with(&KEY.header(), &claims());
        cases.push(case(format!("{alg} under the name RS256"), &token, TokenError::Signature, why));
    }
    cases
}
