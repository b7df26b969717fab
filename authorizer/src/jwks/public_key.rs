//! Makes a key that verifies signatures out of a JWK, for exactly the algorithms that the JWK is for.
//!
//! | JWK | algorithms |
//! |---|---|
//! | `RSA`, 2048 to 8192 bits | the one that `alg` names, or those RSA algorithms that the issuer signs with |
//! | `EC`, `P-256` | ES256 |
//! | `EC`, `P-384` | ES384 |
//! | `OKP`, `Ed25519` | `EdDSA` |
//!
//! A key that would let anybody sign is refused, whoever publishes it: a weak RSA key, a point of small
//! order, a key whose private part is published too.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
};
use platform::config::Algorithm;

use super::jwk::Jwk;
use crate::error::TokenError;

/// A public key, parsed once for each of its algorithms. Never empty.
#[derive(Debug)]
pub(super) struct PublicKey(Vec<(Algorithm, ParsedPublicKey)>);

impl PublicKey {
    /// The key, for those of the `allowed` algorithms that it is for. `None` if there is no such algorithm,
    /// or if the key must not be used.
    pub(super) fn new(jwk: &Jwk, allowed: &[Algorithm]) -> Option<Self> {
        if !jwk.is_for_verification() || jwk.is_given_away() {
            return None;
        }
        let named = match jwk.text("alg") {
            Some(name) => Some(Algorithm::parse(name)?),
            None => None,
        };
        let material = Material::of(jwk)?;
        let is_meant = |algorithm: &Algorithm| named.is_none_or(|named| named == *algorithm);
        let keys: Vec<_> = allowed
            .iter()
            .copied()
            .filter(is_meant)
            .filter_map(|algorithm| Some((algorithm, material.parsed(algorithm)?)))
            .collect();
        (!keys.is_empty()).then_some(Self(keys))
    }

    /// Checks a signature.
    ///
    /// # Errors
    /// [`TokenError::Algorithm`]: the key is not for this algorithm. [`TokenError::Signature`]: this key did
    /// not sign `message`.
    pub(super) fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), TokenError> {
        let (_, key) = self.0.iter().find(|(own, _)| *own == algorithm).ok_or(TokenError::Algorithm)?;
        key.verify_sig(message, signature).map_err(|_| TokenError::Signature)
    }

    /// Checks an invalid signature of the right length.
    pub(super) fn warm_up(&self) {
        if let Some((algorithm, key)) = self.0.first() {
            let signature: &[u8] = match algorithm {
                Algorithm::Es256 | Algorithm::EdDsa => &[1; 64],
                Algorithm::Es384 => &[1; 96],
                _ => &[1; 256],
            };
            let _ = key.verify_sig(&[], signature);
        }
    }
}

/// The members of a JWK, by key type.
enum Material {
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
    /// Points, uncompressed.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519([u8; 32]),
}

impl Material {
    fn of(jwk: &Jwk) -> Option<Self> {
        match (jwk.text("kty")?, jwk.text("crv")) {
            ("RSA", _) => {
                let (n, e) = (jwk.bytes("n")?, jwk.bytes("e")?);
                let is_sound = is_strong_modulus(&n) && is_sound_exponent(&e);
                is_sound.then_some(Self::Rsa(RsaPublicKeyComponents { n, e }))
            }
            ("EC", Some("P-256")) => point(jwk, 32).map(Self::P256),
            ("EC", Some("P-384")) => point(jwk, 48).map(Self::P384),
            ("OKP", Some("Ed25519")) => {
                let key = jwk.bytes("x")?.try_into().ok()?;
                is_strong_point(&key).then_some(Self::Ed25519(key))
            }
            _ => None,
        }
    }

    /// The parsed key for this algorithm, if the key has the algorithm's family and curve.
    fn parsed(&self, algorithm: Algorithm) -> Option<ParsedPublicKey> {
        match (self, algorithm) {
            (Self::Rsa(key), _) => key.to_parsed_public_key(rsa_parameters(algorithm)?).ok(),
            // Signatures have a fixed size, r and s (RFC 7518 section 3.4), and are not DER.
            (Self::P256(key), Algorithm::Es256) => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).ok(),
            (Self::P384(key), Algorithm::Es384) => ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, key).ok(),
            (Self::Ed25519(key), Algorithm::EdDsa) => ParsedPublicKey::new(&ED25519, key).ok(),
            _ => None,
        }
    }
}

/// RFC 7518 sections 3.3 and 3.5. The PSS salt is as long as the hash; these parameters require that.
const fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::Rs256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => Some(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => Some(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps256 => Some(&RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => Some(&RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => Some(&RSA_PSS_2048_8192_SHA512),
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => None,
    }
}

/// 2048 to 8192 bits without a leading zero byte, and odd, because it is a product of two odd primes (RFC
/// 7518 sections 3.3 and 6.3.1.1).
fn is_strong_modulus(n: &[u8]) -> bool {
    let leading_zeros = n.first().map_or(8, |byte| byte.leading_zeros() as usize);
    let bits = n.len() * 8 - leading_zeros.min(n.len() * 8);
    leading_zeros < 8 && (2048..=8192).contains(&bits) && n.last().is_some_and(|byte| byte % 2 == 1)
}

/// Odd and at least 65537 (NIST SP 800-56B section 6.2), and short enough that a hostile set cannot make
/// verification slow.
fn is_sound_exponent(e: &[u8]) -> bool {
    let value = e.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    (1..=4).contains(&e.len()) && e.first() != Some(&0) && value >= 65_537 && value % 2 == 1
}

/// The uncompressed point (SEC 1 section 2.3.3) of a JWK whose coordinates have exactly this length (RFC 7518
/// section 6.2.1.2). Parsing the key checks later whether the point is on the curve.
fn point(jwk: &Jwk, length: usize) -> Option<Vec<u8>> {
    let (x, y) = (jwk.bytes("x")?, jwk.bytes("y")?);
    (x.len() == length && y.len() == length).then(|| [&[4], x.as_slice(), &y].concat())
}

/// The y of those points whose order divides 8, little-endian: 0, 1, -1 and two of order 8. If one of them is
/// the public key, anybody can make a valid signature without a private key
/// (<https://eprint.iacr.org/2020/1244>).
const SMALL_ORDERS: [[u8; 32]; 5] = [
    [0; 32],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

/// Whether an Ed25519 key has its canonical form (y less than 2^255 - 19: RFC 8032 section 5.1.3) and is not
/// of small order. Whether it is on the curve is not checked here: a key that is not verifies nothing.
fn is_strong_point(key: &[u8; 32]) -> bool {
    let mut y = *key;
    // The highest bit is the sign of x.
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    let [low, rest @ .., high] = y;
    let is_below_p = low < 0xed || high < 0x7f || rest.iter().any(|byte| *byte < 0xff);
    is_below_p && !SMALL_ORDERS.contains(&y)
}

/// Keys for the tests of this folder.
#[cfg(test)]
pub(super) mod samples {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    pub(in crate::jwks) fn encode(bytes: impl AsRef<[u8]>) -> Value {
        json!(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// A modulus of `bits` bits. Nobody knows its factors.
    pub(in crate::jwks) fn modulus(bits: usize) -> Vec<u8> {
        let mut n = vec![0xff; bits.div_ceil(8)];
        n[0] >>= n.len() * 8 - bits;
        n
    }

    pub(in crate::jwks) fn rsa_jwk() -> Value {
        json!({ "kty": "RSA", "kid": "k", "n": encode(modulus(2048)), "e": "AQAB" })
    }

    /// The generator of the curve: FIPS 186-5 points at SP 800-186 sections 3.2.1.3 and 3.2.1.4.
    pub(in crate::jwks) fn ec_jwk(curve: &str) -> Value {
        let (x, y) = match curve {
            "P-256" => {
                ("axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU")
            }
            _ => (
                "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3",
                "NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f",
            ),
        };
        json!({ "kty": "EC", "kid": "k", "crv": curve, "x": x, "y": y })
    }

    /// The first key of RFC 8032 section 7.1.
    pub(in crate::jwks) fn ed25519_jwk() -> Value {
        json!({
            "kty": "OKP", "kid": "k", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::samples::{ec_jwk, ed25519_jwk, encode, modulus, rsa_jwk};
    use super::*;

    const RSA: [Algorithm; 6] = [
        Algorithm::Rs256,
        Algorithm::Rs384,
        Algorithm::Rs512,
        Algorithm::Ps256,
        Algorithm::Ps384,
        Algorithm::Ps512,
    ];

    /// The algorithms that the key is for, if the issuer signs with the `allowed` ones.
    fn algorithms(jwk: &Value, allowed: &[Algorithm]) -> Vec<Algorithm> {
        let (_, jwk) = Jwk::read(&jwk.to_string()).unwrap();
        let key = jwk.and_then(|jwk| PublicKey::new(&jwk, allowed));
        key.map(|key| key.0.iter().map(|(algorithm, _)| *algorithm).collect()).unwrap_or_default()
    }

    fn with(mut jwk: Value, name: &str, value: Value) -> Value {
        jwk[name] = value;
        jwk
    }

    fn without(mut jwk: Value, name: &str) -> Value {
        jwk.as_object_mut().unwrap().remove(name);
        jwk
    }

    /// A key of each type, and the algorithms that it is for.
    fn kinds() -> [(Value, &'static [Algorithm]); 4] {
        [
            (rsa_jwk(), &RSA),
            (ec_jwk("P-256"), &[Algorithm::Es256]),
            (ec_jwk("P-384"), &[Algorithm::Es384]),
            (ed25519_jwk(), &[Algorithm::EdDsa]),
        ]
    }

    #[test]
    fn a_key_fits_the_issuer_algorithms_of_its_family_and_curve() {
        for (jwk, own) in kinds() {
            assert_eq!(algorithms(&jwk, &Algorithm::ALL), own, "{jwk}");
            for algorithm in Algorithm::ALL {
                let expected = if own.contains(&algorithm) { vec![algorithm] } else { vec![] };
                assert_eq!(algorithms(&jwk, &[algorithm]), expected, "{jwk} and {algorithm}");
            }
        }
        assert_eq!(
            algorithms(&rsa_jwk(), &[Algorithm::Ps256, Algorithm::Es256, Algorithm::Rs256]),
            [Algorithm::Ps256, Algorithm::Rs256]
        );
    }

    #[test]
    fn a_key_that_names_its_algorithm_is_only_for_that_one() {
        for (jwk, own) in kinds() {
            for algorithm in Algorithm::ALL {
                let named = with(jwk.clone(), "alg", json!(algorithm));
                let expected = if own.contains(&algorithm) { vec![algorithm] } else { vec![] };
                assert_eq!(algorithms(&named, &Algorithm::ALL), expected, "{named}");
                let others: Vec<_> = Algorithm::ALL.into_iter().filter(|other| *other != algorithm).collect();
                assert_eq!(algorithms(&named, &others), [], "{named}");
            }
            for name in ["", "none", "RSA-OAEP", "HS256", "rs256", "ES512", "ECDH-ES", "Ed25519", "RS256 "] {
                assert_eq!(algorithms(&with(jwk.clone(), "alg", json!(name)), &Algorithm::ALL), [], "{name}");
            }
        }
    }

    #[test]
    fn a_key_of_another_type_or_curve_is_for_nothing() {
        for (jwk, _) in kinds() {
            for kty in ["oct", "rsa", "ec", "okp", "AKP", ""] {
                assert_eq!(algorithms(&with(jwk.clone(), "kty", json!(kty)), &Algorithm::ALL), [], "{kty}");
            }
            assert_eq!(algorithms(&without(jwk, "kty"), &Algorithm::ALL), []);
        }
        for (jwk, _) in kinds().into_iter().skip(1) {
            let own = jwk["crv"].clone();
            for curve in ["P-256", "P-384", "P-521", "secp256k1", "Ed25519", "Ed448", "X25519", "p-256", ""] {
                if own != curve {
                    let jwk = with(jwk.clone(), "crv", json!(curve));
                    assert_eq!(algorithms(&jwk, &Algorithm::ALL), [], "{jwk}");
                }
            }
            for jwk in [without(jwk.clone(), "crv"), with(jwk.clone(), "crv", json!([own]))] {
                assert_eq!(algorithms(&jwk, &Algorithm::ALL), [], "{jwk}");
            }
        }
        let okp_on_p_256 = with(ec_jwk("P-256"), "kty", json!("OKP"));
        let ec_on_ed25519 = with(ed25519_jwk(), "kty", json!("EC"));
        for jwk in [okp_on_p_256, ec_on_ed25519] {
            assert_eq!(algorithms(&jwk, &Algorithm::ALL), [], "{jwk}");
        }
    }

    #[test]
    fn a_key_for_another_purpose_or_with_private_part_is_refused() {
        for (jwk, own) in kinds() {
            let open = with(with(jwk.clone(), "use", json!("sig")), "key_ops", json!(["verify"]));
            assert_eq!(algorithms(&open, &Algorithm::ALL), own, "{open}");
            for (name, value) in [
                ("use", json!("enc")),
                ("use", json!(null)),
                ("key_ops", json!(["sign"])),
                ("key_ops", json!("verify")),
                ("x5c", json!([])),
                ("d", json!("AAAA")),
            ] {
                let closed = with(open.clone(), name, value);
                assert_eq!(algorithms(&closed, &Algorithm::ALL), [], "{closed}");
            }
        }
    }

    #[test]
    fn an_rsa_key_has_2048_to_8192_bits_and_a_sound_exponent() {
        for n in [modulus(2048), modulus(2049), modulus(4096), modulus(8192)] {
            assert_eq!(algorithms(&with(rsa_jwk(), "n", encode(n)), &Algorithm::ALL), RSA);
        }
        let even = [[0xff; 255].as_slice(), &[0xfe]].concat();
        let padded = [[0].as_slice(), &[0xff; 256]].concat();
        for (name, value) in [
            ("n", encode(modulus(1024))),
            ("n", encode(modulus(2047))),
            ("n", encode(modulus(8193))),
            ("n", encode(even)),
            ("n", encode(padded)),
            ("n", json!("")),
            ("n", json!("!")),
            ("n", json!(format!("{}==", encode(modulus(2048)).as_str().unwrap()))),
            ("n", json!(5)),
            ("e", json!("AQ")),
            ("e", json!("Aw")),
            ("e", json!("AQAA")),
            ("e", json!("")),
            ("e", json!("AAEAAQ")),
            ("e", encode([0xff; 8])),
            ("e", json!(null)),
        ] {
            let jwk = with(rsa_jwk(), name, value);
            assert_eq!(algorithms(&jwk, &Algorithm::ALL), [], "{jwk}");
        }
        for name in ["n", "e"] {
            assert_eq!(algorithms(&without(rsa_jwk(), name), &Algorithm::ALL), []);
        }
    }

    #[test]
    fn a_point_lies_on_its_curve_with_full_length_coordinates() {
        for curve in ["P-256", "P-384"] {
            for name in ["x", "y"] {
                let good = Jwk::read(&ec_jwk(curve).to_string()).unwrap().1.unwrap().bytes(name).unwrap();
                let changed = |index: usize| {
                    let mut bytes = good.clone();
                    bytes[index] ^= 1;
                    bytes
                };
                let zeros = vec![0; good.len()];
                for value in [
                    encode(changed(0)),
                    encode(changed(good.len() - 1)),
                    encode(&good[1..]),
                    encode(&good[..good.len() - 1]),
                    encode([&[0], &good[..]].concat()),
                    encode([&good[..], &[0]].concat()),
                    encode(zeros),
                    encode(vec![0xff; good.len()]),
                    json!(format!("{}=", encode(&good).as_str().unwrap())),
                    json!(""),
                    json!(5),
                    json!(null),
                ] {
                    let jwk = with(ec_jwk(curve), name, value);
                    assert_eq!(algorithms(&jwk, &Algorithm::ALL), [], "{jwk}");
                }
                assert_eq!(algorithms(&without(ec_jwk(curve), name), &Algorithm::ALL), []);
            }
            let zero = encode(vec![0; if curve == "P-256" { 32 } else { 48 }]);
            let nowhere = with(with(ec_jwk(curve), "x", zero.clone()), "y", zero);
            assert_eq!(algorithms(&nowhere, &Algorithm::ALL), [], "the point at infinity");
            let good = Jwk::read(&ec_jwk(curve).to_string()).unwrap().1.unwrap();
            let (x, y) = (good.bytes("x").unwrap(), good.bytes("y").unwrap());
            let shifted = with(ec_jwk(curve), "x", encode([&x[..], &y[..1]].concat()));
            let shifted = with(shifted, "y", encode(&y[1..]));
            assert_eq!(algorithms(&shifted, &Algorithm::ALL), [], "the same point, cut elsewhere");
        }
    }

    #[test]
    fn an_ed25519_key_is_canonical_and_not_of_small_order() {
        let good = Jwk::read(&ed25519_jwk().to_string()).unwrap().1.unwrap().bytes("x").unwrap();
        let signed = |mut y: [u8; 32]| {
            y[31] |= 0x80;
            y
        };
        // Between 2^255 - 19 and 2^255, little-endian.
        let unreduced = |low: u8| {
            let mut y = [0xff; 32];
            (y[0], y[31]) = (low, 0x7f);
            y
        };
        let small = SMALL_ORDERS.into_iter().chain((0xed..=0xff).map(unreduced));
        let small = small.flat_map(|y| [y, signed(y)]).map(encode);
        let lengths = [&good[1..], &[good.as_slice(), &[0]].concat(), &[]].map(encode);
        for value in small.chain(lengths).chain([json!(5), json!(null)]) {
            let jwk = with(ed25519_jwk(), "x", value);
            assert_eq!(algorithms(&jwk, &Algorithm::ALL), [], "{jwk}");
        }
        assert_eq!(algorithms(&without(ed25519_jwk(), "x"), &Algorithm::ALL), []);
        // One is just below the highest y, and one has 0xff as its highest bytes. The rule accepts both.
        let mut near = unreduced(0xeb);
        assert!(is_strong_point(&near));
        (near[0], near[15]) = (0xed, 0);
        assert!(is_strong_point(&near));
    }

    /// Why these points are refused: to sign, it is enough to try some messages, and the neutral element does
    /// not even need that.
    #[test]
    fn under_a_point_of_small_order_anybody_can_sign() {
        let mut signature = [0; 64];
        signature[0] = 1;
        let neutral = SMALL_ORDERS[1];
        let key = ParsedPublicKey::new(&ED25519, neutral).unwrap();
        assert!(key.verify_sig(b"whatever", &signature).is_ok());
        let forgeable = SMALL_ORDERS
            .iter()
            .filter(|y| {
                let key = ParsedPublicKey::new(&ED25519, y.as_slice()).unwrap();
                (0_u8..=255).any(|message| key.verify_sig(&[message], &signature).is_ok())
            })
            .count();
        assert_eq!(forgeable, SMALL_ORDERS.len());
    }
}
