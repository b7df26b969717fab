//! Class 5: signatures that the named key did not make of exactly these two parts.

use authorizer::TokenError;
use testkit::authorizer_event::event;
use testkit::issuer::{KEY, OTHER_KEY, compact, signing_input};

use super::fixture::{STRANGER, claims, claims_with};
use super::forge;
use super::table::Expected::{self, Allow};
use super::table::{Case, Class, bad};

pub(super) fn cases() -> Vec<Case> {
    [values(), lengths(), other_paddings(), other_keys(), other_inputs()].into_iter().flatten().collect()
}

fn input() -> String {
    signing_input(KEY.header().to_string(), claims().to_string())
}

fn case(name: impl Into<String>, token: &str, expected: Expected, why: &'static str) -> Case {
    Class::Signature.case(name, event(token), expected, why)
}

/// The pool's claims with this signature.
fn wrong(name: &str, signature: impl AsRef<[u8]>, why: &'static str) -> Case {
    case(name, &compact(&input(), signature), bad(TokenError::Signature), why)
}

/// A number of the modulus's length, big-endian.
fn number(small: u8) -> Vec<u8> {
    let mut bytes = vec![0; KEY.modulus().len()];
    *bytes.last_mut().unwrap() = small;
    bytes
}

fn values() -> Vec<Case> {
    let n = KEY.modulus();
    let mut below_n = n.clone();
    // n is odd.
    *below_n.last_mut().unwrap() -= 1;
    let good = KEY.sign("RS256", &input());
    let sum = forge::sum(&good, &n);
    let why = "it takes no key to make, so that it must prove nothing";
    let out = "a signature is less than the modulus (RFC 8017 section 5.2.2)";
    vec![
        wrong("0", number(0), why),
        wrong("1", number(1), why),
        wrong("2", number(2), why),
        wrong("n - 1", below_n, why),
        wrong("n", n, out),
        wrong("the signature plus n", sum, out),
        wrong("all ones", vec![0xff; 256], out),
        wrong("the padded hash itself", forge::pkcs1_padded("RS256", &input(), 256), why),
    ]
}

fn lengths() -> Vec<Case> {
    let good = KEY.sign("RS256", &input());
    let why = "a signature is as long as the modulus (RFC 8017 section 8.2.2)";
    vec![
        case("the signature", &compact(&input(), &good), Allow, "the pool's own"),
        case("missing", &format!("{}.", input()), bad(TokenError::Encoding), why),
        wrong("one byte", [0], why),
        wrong("without its last byte", &good[..255], why),
        wrong("without its first byte", &good[1..], why),
        wrong("its first half", &good[..128], why),
        wrong("a zero in front", [&[0], &good[..]].concat(), why),
        wrong("a zero behind", [&good[..], &[0]].concat(), why),
        wrong("a line end behind", [&good[..], b"\n"].concat(), why),
        wrong("twice", good.repeat(2), why),
        wrong("2,048 zeros", vec![0; 2_048], why),
    ]
}

fn other_paddings() -> Vec<Case> {
    let why = "RS256 is RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3)";
    ["PS256", "PS384", "PS512", "RS384", "RS512"]
        .into_iter()
        .map(|alg| wrong(&format!("{alg} under the name RS256"), KEY.sign(alg, &input()), why))
        .collect()
}

fn other_keys() -> Vec<Case> {
    let payload = claims().to_string();
    let by_second = |header: String| OTHER_KEY.token_of(header, &payload);
    let by_first = KEY.token_of(OTHER_KEY.header().to_string(), &payload);
    let why = "the key that `kid` names counts alone (RFC 7515 section 4.1.4)";
    vec![
        case("the second key's under its own name", &by_second(OTHER_KEY.header().to_string()), Allow, why),
        case(
            "the second key's under the first's name",
            &by_second(KEY.header().to_string()),
            bad(TokenError::Signature),
            why,
        ),
        case("the first key's under the second's name", &by_first, bad(TokenError::Signature), why),
        wrong("a stranger's", STRANGER.sign("RS256", &input()), "anybody can have a key"),
    ]
}

fn other_inputs() -> Vec<Case> {
    let good = KEY.sign("RS256", &input());
    let (header, payload) = input().split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let decoded = format!("{}.{}", KEY.header(), claims());
    let swapped = format!("{payload}.{header}");
    let root = signing_input(KEY.header().to_string(), claims_with("sub", "root".into()).to_string());
    let typed = signing_input(r#"{"alg":"RS256","kid":"key-1","typ":"JWT"}"#, claims().to_string());
    let why = "header, dot and payload are signed, as they are encoded (RFC 7515 section 5.2)";
    let flipped = |index: usize, bit: u8| {
        let mut signature = good.clone();
        signature[index] ^= bit;
        signature
    };
    let reversed: Vec<u8> = good.iter().rev().copied().collect();
    vec![
        case("another payload", &compact(&root, &good), bad(TokenError::Signature), why),
        case("another header", &compact(&typed, &good), bad(TokenError::Signature), why),
        wrong("of the payload alone", KEY.sign("RS256", &payload), why),
        wrong("of the header alone", KEY.sign("RS256", &header), why),
        wrong("of a dot too many", KEY.sign("RS256", &format!("{}.", input())), why),
        wrong("of the decoded parts", KEY.sign("RS256", &decoded), why),
        wrong("of the parts the other way round", KEY.sign("RS256", &swapped), why),
        wrong("of nothing", KEY.sign("RS256", ""), why),
        wrong("the first bit turned", flipped(0, 0x80), why),
        wrong("the last bit turned", flipped(255, 1), why),
        wrong("a bit in the middle turned", flipped(128, 0x10), why),
        wrong("little-endian", reversed, why),
    ]
}
