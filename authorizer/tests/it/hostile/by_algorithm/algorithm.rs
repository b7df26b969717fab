//! Class 1: every algorithm but the issuer's, in every spelling, even if the signature is right for it.

use authorizer::TokenError;
use aws_lc_rs::hmac::{HMAC_SHA256, HMAC_SHA384, HMAC_SHA512};
use platform::config::Algorithm;
use serde_json::{Value, json};
use testkit::issuer::{SigningKey, compact, signing_input, with};

use super::super::forge;
use super::super::table::Expected::{self, Allow};
use super::{Attack, Class, Kit, bad};

pub(super) fn attacks(kit: &Kit) -> Vec<Attack> {
    [unsigned(kit), spellings(kit), secrets(kit), others(kit), unknown(kit)].into_iter().flatten().collect()
}

fn case(kit: &Kit, name: impl Into<String>, token: String, expected: Expected, why: &'static str) -> Attack {
    kit.attack(Class::Algorithm, name, token, expected, why)
}

fn header(kit: &Kit, alg: &Value) -> Value {
    with(kit.key.header(), "alg", alg.clone())
}

fn unsigned(kit: &Kit) -> Vec<Attack> {
    let why = "an unsigned token proves nothing (RFC 8725 section 3.2)";
    let wrong = bad(TokenError::Algorithm);
    let mut attacks = Vec::new();
    for alg in ["none", "None", "nOnE", "none "] {
        let input = signing_input(header(kit, &json!(alg)).to_string(), kit.claims().to_string());
        attacks.push(case(kit, format!("{alg:?} and an empty signature"), format!("{input}."), wrong, why));
        let signed = compact(&input, kit.key.sign(kit.key.alg, &input));
        attacks.push(case(kit, format!("{alg:?} and the issuer's own signature"), signed, wrong, why));
    }
    attacks
}

fn spellings(kit: &Kit) -> Vec<Attack> {
    let alg = kit.key.alg;
    let to_the_letter = "`alg` is compared byte by byte (RFC 7515 section 4.1.1)";
    let right = kit.key.token(&kit.claims());
    let escaped = format!("\\u{:04x}{}", u32::from(alg.as_bytes()[0]), &alg[1..]);
    let escaped =
        kit.key.token_of(format!(r#"{{"alg":"{escaped}","kid":"key-1"}}"#), kit.claims().to_string());
    let mut attacks = vec![
        case(kit, "its own name", right, Allow, "what the issuer signs by"),
        case(kit, "an escape in the name", escaped, Allow, "the same text (RFC 8259 section 8.3)"),
    ];
    let names = [
        alg.to_lowercase(),
        format!("{alg} "),
        format!(" {alg}"),
        format!("{alg}\0"),
        format!("{alg},none"),
        format!("{}-{}", &alg[..2], &alg[2..]),
        alg[..alg.len() - 1].to_owned(),
        format!("{alg}{alg}"),
    ];
    for name in names {
        let token = kit.key.token_with(&header(kit, &json!(name)), &kit.claims());
        attacks.push(case(kit, format!("{name:?}"), token, bad(TokenError::Algorithm), to_the_letter));
    }
    let why = "`alg` is a text (RFC 7515 section 4.1.1)";
    for value in [json!(null), json!(256), json!([alg]), json!({ alg: true })] {
        let token = kit.key.token_with(&header(kit, &value), &kit.claims());
        attacks.push(case(kit, value.to_string(), token, bad(TokenError::Header), why));
    }
    let missing = kit.key.token_with(&json!({ "kid": kit.key.id }), &kit.claims());
    let why = "`alg` is required (RFC 7515 section 4.1.1)";
    attacks.push(case(kit, "missing", missing, bad(TokenError::Algorithm), why));
    attacks
}

/// The public key as the secret of an HMAC, in each form that a careless gate might use.
fn secrets(kit: &Kit) -> Vec<Attack> {
    let [spki, own] = kit.key.public_ders();
    let pem = forge::pem("PUBLIC KEY", &spki).into_bytes();
    let why = "a public key is nobody's secret (RFC 8725 section 2.1)";
    let mut attacks = Vec::new();
    for (name, secret) in [
        ("as PEM", pem.clone()),
        ("as DER", spki),
        ("as its own standard writes it", own),
        ("as JWK", kit.key.jwk().to_string().into_bytes()),
        ("left out", Vec::new()),
    ] {
        let token = forge::hmac(HMAC_SHA256, &secret, &header(kit, &json!("HS256")), &kit.claims());
        attacks.push(case(kit, format!("HS256, the key {name}"), token, bad(TokenError::Algorithm), why));
    }
    for (name, hmac) in [("SHA-256", HMAC_SHA256), ("SHA-384", HMAC_SHA384), ("SHA-512", HMAC_SHA512)] {
        let token = forge::hmac(hmac, &pem, &kit.key.header(), &kit.claims());
        let name = format!("an HMAC with {name} under the issuer's algorithm");
        attacks.push(case(kit, name, token, bad(TokenError::Signature), why));
    }
    attacks
}

/// The other algorithms that the gate knows, with right signatures.
fn others(kit: &Kit) -> Vec<Attack> {
    let why =
        "the issuer's algorithms are configured, and a token does not add to them (RFC 8725 section 3.1)";
    let mut attacks = Vec::new();
    for other in Algorithm::ALL.into_iter().filter(|other| *other != kit.algorithm) {
        let input = signing_input(header(kit, &json!(other)).to_string(), kit.claims().to_string());
        let token = compact(&input, kit.signature_by(other, &input));
        attacks.push(case(kit, other.as_str(), token, bad(TokenError::Algorithm), why));
        let token = compact(&kit.input(), kit.signature_by(other, &kit.input()));
        let name = format!("{other} under the issuer's algorithm");
        attacks.push(case(kit, name, token, bad(TokenError::Signature), why));
    }
    attacks
}

/// Algorithms that the gate does not know, although they are sound.
fn unknown(kit: &Kit) -> Vec<Attack> {
    let why = "only algorithms that a configuration can name are known";
    ["ES512", "ES256K"]
        .into_iter()
        .flat_map(|alg| {
            let key = SigningKey::of("key-1", alg);
            let named = key.token(&kit.claims());
            let renamed = key.token_with(&kit.key.header(), &kit.claims());
            [
                case(kit, alg, named, bad(TokenError::Algorithm), why),
                case(
                    kit,
                    format!("{alg} under the issuer's algorithm"),
                    renamed,
                    bad(TokenError::Signature),
                    why,
                ),
            ]
        })
        .collect()
}
