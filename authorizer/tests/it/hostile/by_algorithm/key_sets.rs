//! Class 6: key sets with keys that must not verify any token. Only the key is wrong: each token has a right
//! signature by it, if a key of that form can sign.

use authorizer::TokenError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::config::Algorithm;
use serde_json::{Value, json};
use testkit::issuer::{compact, signing_input, with};

use super::super::fixture::without;
use super::super::forge;
use super::super::table::Expected::{self, Allow};
use super::super::table::NO_KEYS;
use super::{Attack, Class, Kit, bad, is_rsa};

pub(super) fn attacks(kit: &Kit) -> Vec<Attack> {
    let own = match kit.algorithm {
        Algorithm::Es256 | Algorithm::Es384 => points(kit),
        Algorithm::EdDsa => edwards_points(kit),
        _ => moduli(kit),
    };
    [purposes(kit), forms(kit), company(kit), own].into_iter().flatten().collect()
}

fn set(kit: &Kit, name: &str, keys: &[Value], expected: Expected, why: &'static str) -> Attack {
    kit.set(Class::KeySets, name, keys, expected, why)
}

/// A set of one key, which differs from the issuer's key in one member.
fn changed(
    kit: &Kit,
    name: &str,
    member: &str,
    value: Value,
    expected: Expected,
    why: &'static str,
) -> Attack {
    set(kit, name, &[with(kit.key.jwk(), member, value)], expected, why)
}

fn encode(bytes: impl AsRef<[u8]>) -> Value {
    json!(URL_SAFE_NO_PAD.encode(bytes))
}

fn bytes(jwk: &Value, member: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(jwk[member].as_str().unwrap()).unwrap()
}

fn purposes(kit: &Kit) -> Vec<Attack> {
    let other = "the issuer says that the key is for something else (RFC 7517 sections 4.2 to 4.4)";
    let open = "the issuer says nothing against it (RFC 7517 sections 4.2 to 4.4)";
    let both = "`use` and `key_ops` must say the same (RFC 7517 section 4.3)";
    let mut attacks = vec![
        set(kit, "no use", &[without(kit.key.jwk(), "use")], Allow, open),
        set(kit, "no alg", &[without(kit.key.jwk(), "alg")], Allow, open),
        changed(kit, "key_ops verify", "key_ops", json!(["verify"]), Allow, open),
        changed(kit, "use enc", "use", json!("enc"), NO_KEYS, other),
        changed(kit, "an empty use", "use", json!(""), NO_KEYS, other),
        changed(kit, "key_ops sign", "key_ops", json!(["sign"]), NO_KEYS, other),
        changed(kit, "key_ops of nothing", "key_ops", json!([]), NO_KEYS, other),
        changed(kit, "use sig and key_ops encrypt", "key_ops", json!(["verify", "encrypt"]), NO_KEYS, both),
    ];
    let names = Algorithm::ALL.map(Algorithm::as_str).into_iter().filter(|name| *name != kit.key.alg);
    let lower = kit.key.alg.to_lowercase();
    for name in
        names.chain(["none", "", "HS256", "RSA-OAEP", "ECDH-ES", "ES512", "ES256K", "Ed25519", &lower])
    {
        attacks.push(changed(kit, &format!("alg {name:?}"), "alg", json!(name), NO_KEYS, other));
    }
    attacks
}

/// Members that no reader needs, but that do not have the right form.
fn forms(kit: &Kit) -> Vec<Attack> {
    let form = "a member that is there is of its form, or two readers see two keys (RFC 7517 section 4)";
    let private = "a key whose private part is published is everybody's";
    let mut attacks: Vec<Attack> = [
        ("use", json!(null)),
        ("alg", json!(null)),
        ("key_ops", json!(null)),
        ("key_ops", json!("verify")),
        ("key_ops", json!(["verify", "verify"])),
        ("key_ops", json!(["verify", 5])),
        ("x5u", json!(null)),
        ("x5t", json!(5)),
        ("x5t#S256", json!([])),
        ("x5c", json!([])),
        ("x5c", json!("AAAA")),
        ("x5c", json!([null])),
        ("kty", json!([kit.key.jwk()["kty"]])),
    ]
    .into_iter()
    .map(|(member, value)| changed(kit, &format!("{member}: {value}"), member, value.clone(), NO_KEYS, form))
    .collect();
    for member in ["d", "p", "oth"] {
        attacks.push(changed(kit, &format!("with {member}"), member, json!("AAAA"), NO_KEYS, private));
    }
    attacks.push(changed(kit, "a certificate chain", "x5c", json!(["AAAA"]), Allow, "it is of its form"));
    attacks.push(changed(kit, "an unknown member", "x", json!({}), known_x(kit), "others are ignored"));
    attacks
}

/// On a curve, `x` is half of the key.
fn known_x(kit: &Kit) -> Expected {
    if is_rsa(kit.algorithm) { Allow } else { NO_KEYS }
}

fn company(kit: &Kit) -> Vec<Attack> {
    let twins = "nobody can say which of two keys with one id is meant (RFC 7517 section 4.5)";
    let unknown = bad(TokenError::UnknownKey);
    let own = kit.key.jwk();
    let second = kit.second.jwk();
    let mut attacks = vec![
        set(
            kit,
            "a good key among others",
            &[json!(null), json!({ "kty": "LMS" }), own.clone()],
            Allow,
            "they are skipped",
        ),
        set(kit, "the same key twice", &[own.clone(), own.clone()], NO_KEYS, twins),
        set(kit, "a stranger's key beside it", &[own.clone(), kit.stranger.jwk()], NO_KEYS, twins),
        set(
            kit,
            "a stranger's key in front of it",
            &[kit.stranger.jwk(), own.clone(), second.clone()],
            unknown,
            twins,
        ),
        set(kit, "no kid", &[without(own.clone(), "kid"), second.clone()], unknown, "`kid` says which key"),
        set(kit, "the second key alone", std::slice::from_ref(&second), unknown, "`kid` says which key"),
    ];
    for other in Algorithm::ALL.into_iter().filter(|other| *other != kit.algorithm) {
        let twin = Kit::other(other).key.jwk();
        let name = format!("a key for {other} of the same id");
        attacks.push(set(kit, &name, &[own.clone(), twin, second.clone()], unknown, twins));
        let stranger = with(Kit::other(other).key.jwk(), "kid", json!("other"));
        let name = format!("a key for {other} beside it");
        attacks.push(set(kit, &name, &[stranger, own.clone()], Allow, "each is for its own"));
    }
    attacks
}

fn moduli(kit: &Kit) -> Vec<Attack> {
    let why =
        "no RSA key that is fit to sign has this exponent or modulus (RFC 7518 sections 3.3, 3.5 and 6.3.1)";
    let n = kit.key.modulus();
    let mut even = n.clone();
    *even.last_mut().unwrap() -= 1;
    let mut attacks: Vec<Attack> = [
        ("exponent 3", "e", encode([3])),
        ("exponent 0", "e", encode([0])),
        ("an even exponent", "e", encode([1, 0, 2])),
        ("an endless exponent", "e", encode([0xff; 256])),
        ("an exponent with a zero in front", "e", encode([0, 1, 0, 1])),
        ("1024 bits", "n", encode(&n[..128])),
        ("2047 bits", "n", encode([&[0x7f], &n[1..]].concat())),
        ("16384 bits", "n", encode([0xff; 2_048])),
        ("an even modulus", "n", encode(even)),
        ("a modulus with a zero in front", "n", encode([&[0], &n[..]].concat())),
        ("no modulus", "n", json!(null)),
        ("crv does not turn it into a point", "kty", json!("EC")),
    ]
    .into_iter()
    .map(|(name, member, value)| changed(kit, name, member, value, NO_KEYS, why))
    .collect();
    let one = kit.publisher_of("exponent 1", &[kit.algorithm], &[with(kit.key.jwk(), "e", encode([1]))]);
    let input = signing_input(kit.key.header().to_string(), one.claims().to_string());
    let token = compact(&input, forge::pkcs1_padded(kit.key.alg, &input, n.len()));
    let why = "under the exponent 1 everybody can sign";
    let forged = kit.attack(Class::KeySets, "exponent 1", token, NO_KEYS, why);
    attacks.push(Attack { publisher: one, ..forged });
    attacks
}

fn points(kit: &Kit) -> Vec<Attack> {
    let length = "a coordinate is as long as the curve's field (RFC 7518 section 6.2.1.2)";
    let curve = "the point must be on the curve (RFC 8725 section 3.4, SP 800-56A section 5.6.2.3.4)";
    let jwk = kit.key.jwk();
    let mut attacks = Vec::new();
    for member in ["x", "y"] {
        let good = bytes(&jwk, member);
        let size = good.len();
        let flipped = {
            let mut coordinate = good.clone();
            coordinate[size - 1] ^= 1;
            coordinate
        };
        for (name, value, why) in [
            ("a byte shorter", encode(&good[1..]), length),
            ("a zero in front", encode([&[0], &good[..]].concat()), length),
            ("a zero behind", encode([&good[..], &[0]].concat()), length),
            ("empty", json!(""), length),
            ("with padding", json!(format!("{}=", jwk[member].as_str().unwrap())), length),
            ("a number", json!(5), length),
            ("another bit", encode(flipped), curve),
            ("0", encode(vec![0; size]), curve),
            ("all ones", encode(vec![0xff; size]), curve),
        ] {
            attacks.push(changed(kit, &format!("{member} {name}"), member, value, NO_KEYS, why));
        }
        attacks.push(set(kit, &format!("no {member}"), &[without(jwk.clone(), member)], NO_KEYS, length));
    }
    let zero = encode(vec![0; bytes(&jwk, "x").len()]);
    let infinity = with(with(jwk.clone(), "x", zero.clone()), "y", zero);
    attacks.push(set(kit, "the point at infinity", &[infinity], NO_KEYS, curve));
    let (x, y) = (bytes(&jwk, "x"), bytes(&jwk, "y"));
    let shifted = with(with(jwk.clone(), "x", encode([&x[..], &y[..1]].concat())), "y", encode(&y[1..]));
    attacks.push(set(kit, "x a byte longer and y a byte shorter", &[shifted], NO_KEYS, length));
    let swapped = with(with(jwk.clone(), "x", jwk["y"].clone()), "y", jwk["x"].clone());
    attacks.push(set(kit, "x for y", &[swapped], NO_KEYS, curve));
    attacks
}

fn edwards_points(kit: &Kit) -> Vec<Attack> {
    let length = "a key is 32 bytes (RFC 8032 section 5.1.5)";
    let good = bytes(&kit.key.jwk(), "x");
    let mut attacks: Vec<Attack> = [
        ("a byte shorter", encode(&good[1..])),
        ("a byte longer", encode([&good[..], &[0]].concat())),
        ("as SubjectPublicKeyInfo", encode(&kit.key.public_ders()[0])),
        ("empty", json!("")),
        ("a number", json!(5)),
    ]
    .into_iter()
    .map(|(name, value)| changed(kit, &format!("x {name}"), "x", value, NO_KEYS, length))
    .collect();
    // Under these points this signature is valid: under the first for every message, under the others for
    // some.
    let mut keyless = [0; 64];
    keyless[0] = 1;
    let neutral = {
        let mut y = [0; 32];
        y[0] = 1;
        y
    };
    let minus_one = [&[0xec], [0xff; 30].as_slice(), &[0x7f]].concat();
    let unreduced = [&[0xee], [0xff; 30].as_slice(), &[0x7f]].concat();
    let signed = [&neutral[..31], &[0x80]].concat();
    for (name, x) in [
        ("the neutral element", neutral.to_vec()),
        ("the neutral element in another spelling", unreduced),
        ("the neutral element with a sign", signed),
        ("a point of order 2", minus_one),
        ("a point of order 4", vec![0; 32]),
    ] {
        let name = format!("x {name}");
        let publisher = kit.publisher_of(&name, &[kit.algorithm], &[with(kit.key.jwk(), "x", encode(x))]);
        let input = signing_input(kit.key.header().to_string(), publisher.claims().to_string());
        let why = "under a point of small order everybody can sign (https://eprint.iacr.org/2020/1244)";
        let forged = kit.attack(Class::KeySets, name, compact(&input, keyless), NO_KEYS, why);
        attacks.push(Attack { publisher, ..forged });
    }
    attacks
}
