//! Computes real signatures with other algorithms and other arithmetic than the pool's.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use testkit::issuer::{SigningKey, compact, signing_input, with};

static P256_KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::of("curve", "ES256"));

pub(super) fn hmac(algorithm: hmac::Algorithm, secret: &[u8], header: &Value, claims: &Value) -> String {
    let input = signing_input(header.to_string(), claims.to_string());
    compact(&input, hmac::sign(&hmac::Key::new(algorithm, secret), input.as_bytes()))
}

/// ECDSA with P-256, with one key for the whole run.
pub(super) fn es256(header: &Value, claims: &Value) -> String {
    P256_KEY.token_with(header, claims)
}

/// The public key of [`es256`].
pub(super) fn ec_jwk(id: &str) -> Value {
    with(P256_KEY.jwk(), "kid", json!(id))
}

pub(super) fn eddsa(header: &Value, claims: &Value) -> String {
    SigningKey::of("edwards", "EdDSA").token_with(header, claims)
}

/// EMSA-PKCS1-v1_5 with the hash of this algorithm (RFC 8017 section 9.2). With the exponent 1 this is its
/// own signature, so no private key is needed.
pub(super) fn pkcs1_padded(alg: &str, input: &str, length: usize) -> Vec<u8> {
    let (hash, id) = match alg {
        "RS384" => (&SHA384, 2),
        "RS512" => (&SHA512, 3),
        _ => (&SHA256, 1),
    };
    let hash = digest(hash, input.as_bytes());
    let size = u8::try_from(hash.as_ref().len()).unwrap();
    let digest_info =
        [0x30, size + 17, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, id, 5, 0, 4, size];
    let fill = vec![0xff; length - 3 - digest_info.len() - hash.as_ref().len()];
    [&[0, 1][..], &fill, &[0], &digest_info, hash.as_ref()].concat()
}

/// The order of a curve's group (SP 800-186 sections 3.2.1.3 and 3.2.1.4), big-endian.
pub(super) fn order(alg: &str) -> Vec<u8> {
    let digits = match alg {
        "ES256" => "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        "ES384" => {
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
        }
        // RFC 8032 section 5.1.
        "EdDSA" => "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed",
        _ => panic!("{alg} is of no curve"),
    };
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// An ECDSA signature as DER, the usual form outside JOSE (RFC 3279 section 2.2.3).
pub(super) fn der(signature: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let digits: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
        let sign: &[u8] = if digits.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
        let size = u8::try_from(sign.len() + digits.len()).unwrap();
        [&[2, size], sign, &digits].concat()
    };
    let (r, s) = signature.split_at(signature.len() / 2);
    let both = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(both.len()).unwrap()], both.as_slice()].concat()
}

/// The sum of two big-endian numbers of the same length. It is one byte longer if there is a carry.
pub(super) fn sum(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut digits: Vec<u8> = Vec::new();
    for (a, b) in a.iter().rev().zip(b.iter().rev()) {
        let [high, low] = (u16::from(*a) + u16::from(*b) + carry).to_be_bytes();
        carry = u16::from(high);
        digits.push(low);
    }
    if carry > 0 {
        digits.push(1);
    }
    digits.reverse();
    digits
}

/// The difference of two big-endian numbers of the same length, of which the first is larger.
pub(super) fn difference(a: &[u8], b: &[u8]) -> Vec<u8> {
    let complement: Vec<u8> = b.iter().map(|byte| !byte).collect();
    let mut one = vec![0; b.len()];
    *one.last_mut().unwrap() = 1;
    // The carry out of the number cancels the excess of the complement.
    let negative = sum(&complement, &one);
    sum(a, &negative[negative.len() - b.len()..])[1..].to_vec()
}

/// A PEM file of this DER (RFC 7468).
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
