//! Signatures by other algorithms and other arithmetic than the pool's, really computed.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::issuer::{compact, signing_input};

static EC_KEY: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());

pub(super) fn hmac(algorithm: hmac::Algorithm, secret: &[u8], header: &Value, claims: &Value) -> String {
    let input = signing_input(header.to_string(), claims.to_string());
    compact(&input, hmac::sign(&hmac::Key::new(algorithm, secret), input.as_bytes()))
}

/// ECDSA with P-256, by one key for the whole run.
pub(super) fn es256(header: &Value, claims: &Value) -> String {
    let input = signing_input(header.to_string(), claims.to_string());
    compact(&input, EC_KEY.sign(&SystemRandom::new(), input.as_bytes()).unwrap())
}

/// The public key of [`es256`].
pub(super) fn ec_jwk(id: &str) -> Value {
    // An uncompressed point: 4, x, y.
    let (x, y) = EC_KEY.public_key().as_ref()[1..].split_at(32);
    let [x, y] = [x, y].map(|coordinate| URL_SAFE_NO_PAD.encode(coordinate));
    json!({ "kty": "EC", "crv": "P-256", "kid": id, "use": "sig", "alg": "ES256", "x": x, "y": y })
}

pub(super) fn eddsa(header: &Value, claims: &Value) -> String {
    let input = signing_input(header.to_string(), claims.to_string());
    compact(&input, Ed25519KeyPair::generate().unwrap().sign(input.as_bytes()))
}

/// EMSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 9.2). Under the exponent 1 it is its own signature,
/// which takes no key to make.
pub(super) fn pkcs1_padded(input: &str, length: usize) -> Vec<u8> {
    const DIGEST_INFO: [u8; 19] = [
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
        0x04, 0x20,
    ];
    let hash = digest(&SHA256, input.as_bytes());
    let fill = vec![0xff; length - 3 - DIGEST_INFO.len() - hash.as_ref().len()];
    [&[0, 1][..], &fill, &[0], &DIGEST_INFO, hash.as_ref()].concat()
}

/// The sum of two big-endian numbers of one length; one byte longer if it does not fit.
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

/// A PEM file of this DER (RFC 7468).
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
