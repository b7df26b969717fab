//! Class 13: keys and signatures of another algorithm's kind, for an issuer that signs with all of them. So
//! only the key decides which algorithm may verify a token.

use authorizer::TokenError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::config::Algorithm;
use serde_json::{Value, json};
use testkit::issuer::{SigningKey, compact, signing_input, with};

use super::super::fixture::without;
use super::super::table::Expected::{self, Allow};
use super::super::table::NO_KEYS;
use super::{Attack, Class, Kit, bad, is_rsa};

pub(super) fn attacks(kit: &Kit) -> Vec<Attack> {
    let own = kit.key.jwk();
    let why = "the key is for this algorithm";
    let mut attacks = vec![
        case(kit, "its own key, which says so", &own, None, Allow, why),
        case(kit, "its own key, which does not say", &without(own, "alg"), None, Allow, why),
    ];
    for other in Algorithm::ALL.into_iter().filter(|other| *other != kit.algorithm) {
        attacks.extend(keys_of(kit, other));
    }
    attacks.extend(foreign_curves(kit));
    attacks
}

/// An issuer of all algorithms with this one key, and a token that names the kit's algorithm and is signed
/// with its key or with another.
fn case(
    kit: &Kit,
    name: impl Into<String>,
    jwk: &Value,
    signer: Option<(&SigningKey, &str)>,
    expected: Expected,
    why: &'static str,
) -> Attack {
    let name = name.into();
    let publisher = kit.publisher_of(&format!("all {name}"), &Algorithm::ALL, std::slice::from_ref(jwk));
    let input = signing_input(kit.key.header().to_string(), publisher.claims().to_string());
    let (key, alg) = signer.unwrap_or((&kit.key, kit.key.alg));
    let token = compact(&input, key.sign(alg, &input));
    Attack { publisher, ..kit.attack(Class::Kinds, name, token, expected, why) }
}

/// The key of another algorithm, with a token that names this one.
fn keys_of(kit: &Kit, other: Algorithm) -> Vec<Attack> {
    let theirs = &Kit::other(other).key;
    let jwk = theirs.jwk();
    let is_shared = is_rsa(kit.algorithm) && is_rsa(other);
    let named = "a key that names its algorithm verifies by no other (RFC 7517 section 4.4)";
    let kind = "a key verifies by the algorithms of its own family and curve (RFC 8725 section 3.1)";
    let lie = "`alg` does not turn a key into another (RFC 7517 section 4.4)";
    let silent = without(jwk.clone(), "alg");
    let wrong = bad(TokenError::Algorithm);
    let by_theirs = Some((theirs, other.as_str()));
    let mut attacks = vec![
        case(kit, format!("the key for {other}"), &jwk, None, wrong, named),
        case(kit, format!("the key for {other}, which signed by {other}"), &jwk, by_theirs, wrong, named),
    ];
    if is_shared {
        let open = "an RSA key that names no algorithm is for those of the issuer (RFC 7517 section 4.4)";
        attacks.push(case(kit, format!("an RSA key that could be for {other}"), &silent, None, Allow, open));
        let name = format!("an RSA key that signed by {other}");
        attacks.push(case(kit, name, &silent, by_theirs, bad(TokenError::Signature), kind));
    } else {
        let lying = with(jwk.clone(), "alg", json!(kit.key.alg));
        let name = format!("the key for {other}, which does not say so");
        attacks.push(case(kit, name, &silent, by_theirs, wrong, kind));
        let name = format!("the key for {other}, which says that it is for this");
        attacks.push(case(kit, name, &lying, by_theirs, NO_KEYS, lie));
    }
    attacks
}

/// Curves that belong to none of the gate's algorithms, and keys that claim to be this algorithm's.
fn foreign_curves(kit: &Kit) -> Vec<Attack> {
    let why = "only P-256, P-384 and Ed25519 are for an algorithm that is known";
    let alg = kit.key.alg;
    let as_this = |jwk: Value| with(jwk, "alg", json!(alg));
    let okp = |curve: &str, size: usize| json!({ "kty": "OKP", "kid": "key-1", "use": "sig", "crv": curve, "x": URL_SAFE_NO_PAD.encode(vec![9; size]) });
    let mut attacks = vec![
        case(kit, "Ed448", &as_this(okp("Ed448", 57)), None, NO_KEYS, why),
        case(kit, "Ed448 that does not say for what", &okp("Ed448", 57), None, NO_KEYS, why),
        case(kit, "X25519", &as_this(okp("X25519", 32)), None, NO_KEYS, why),
        case(kit, "X448", &as_this(okp("X448", 56)), None, NO_KEYS, why),
    ];
    for foreign in ["ES512", "ES256K"] {
        let key = SigningKey::of("key-1", foreign);
        let signer = Some((&key, foreign));
        let honest = format!("the key for {foreign}");
        attacks.push(case(kit, honest, &key.jwk(), signer, NO_KEYS, why));
        let lying = format!("the key for {foreign}, which says that it is for this");
        attacks.push(case(kit, lying, &as_this(key.jwk()), signer, NO_KEYS, why));
        let renamed = with(as_this(key.jwk()), "crv", json!(if alg == "ES384" { "P-384" } else { "P-256" }));
        let name = format!("the key for {foreign} under the name of another curve");
        attacks.push(case(kit, name, &renamed, signer, NO_KEYS, why));
    }
    if !is_rsa(kit.algorithm) {
        let why = "a key is what its `kty` and `crv` say (RFC 7518 section 6, RFC 8037 section 2)";
        for (member, value) in [
            ("kty", "EC"),
            ("kty", "OKP"),
            ("kty", "RSA"),
            ("kty", "oct"),
            ("crv", "P-256"),
            ("crv", "P-384"),
            ("crv", "P-521"),
            ("crv", "Ed25519"),
            ("crv", "Ed448"),
            ("crv", "X25519"),
            ("crv", "p-256"),
        ] {
            if kit.key.jwk()[member] != value {
                let jwk = with(kit.key.jwk(), member, json!(value));
                attacks.push(case(
                    kit,
                    format!("its own key with {member} {value}"),
                    &jwk,
                    None,
                    NO_KEYS,
                    why,
                ));
            }
        }
    }
    attacks
}
