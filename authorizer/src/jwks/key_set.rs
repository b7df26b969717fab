//! From a JWK Set (RFC 7517) to the RSA keys in it that RS256 tokens may be verified with.
//!
//! A key that is not for this is skipped, since a set may hold others; a set without a single usable key
//! is an error.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use platform::config::Algorithm;
use serde::Deserialize;

use crate::issuers::{SharedIssuer, TrustedIssuer};

/// The `kid` of a key (RFC 7515 section 4.1.4): 1 to 256 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyId(String);

impl KeyId {
    const MAX_BYTES: usize = 256;

    /// Takes a key id, or gives `None` for a text that no issuer would use as one.
    #[must_use]
    pub fn parse(text: String) -> Option<Self> {
        let is_good =
            (1..=Self::MAX_BYTES).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        is_good.then_some(Self(text))
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A public key, and the issuer whose tokens it may verify: the two are never apart.
#[derive(Debug, Clone)]
pub struct VerifyingKey {
    issuer: SharedIssuer,
    key: Arc<ParsedPublicKey>,
}

impl VerifyingKey {
    /// The issuer that the key belongs to.
    #[must_use]
    pub fn issuer(&self) -> &TrustedIssuer {
        &self.issuer
    }

    /// Checks a signature.
    ///
    /// # Errors
    /// It is not this key's signature of `message` by this algorithm.
    pub(crate) fn verify(
        &self,
        _algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Unspecified> {
        self.key.verify_sig(message, signature)
    }
}

/// The usable keys of one issuer.
#[derive(Debug, Clone)]
pub(super) struct KeySet(HashMap<KeyId, Arc<ParsedPublicKey>>);

/// Why a document is not a key set that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeySetError {
    #[error("it is not a JWK Set")]
    NotAKeySet,
    #[error("it has no RSA key that is for RS256 signatures")]
    NoUsableKey,
}

impl KeySet {
    /// Reads a set whole.
    pub(super) fn parse(json: &[u8], _algorithms: &[Algorithm]) -> Result<Self, KeySetError> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<serde_json::Value>,
        }

        let document: Document = serde_json::from_slice(json).map_err(|_| KeySetError::NotAKeySet)?;
        let mut keys: HashMap<KeyId, Option<Arc<ParsedPublicKey>>> = HashMap::new();
        for (id, key) in document.keys.into_iter().filter_map(read_key) {
            // Two keys of one id: nobody can say which is meant, so neither is used.
            keys.entry(id).and_modify(|twin| *twin = None).or_insert(key);
        }
        let usable: HashMap<_, _> = keys.into_iter().filter_map(|(id, key)| Some((id, key?))).collect();
        if usable.is_empty() { Err(KeySetError::NoUsableKey) } else { Ok(Self(usable)) }
    }

    /// Checks a signature that is none. The first check of a process brings the arithmetic into memory: better
    /// while Lambda starts the function, on a whole processor, than while a caller waits.
    pub(super) fn rehearse(&self) {
        if let Some(key) = self.0.values().next() {
            let _ = key.verify_sig(&[], &[1; 256]);
        }
    }

    /// The key of this id, tied to its issuer.
    pub(super) fn key(&self, id: &KeyId, issuer: &SharedIssuer) -> Option<VerifyingKey> {
        self.0.get(id).map(|key| VerifyingKey { issuer: Arc::clone(issuer), key: Arc::clone(key) })
    }
}

/// One member of a set: its id, and the key if it can be used. `None`: it has no id.
fn read_key(member: serde_json::Value) -> Option<(KeyId, Option<Arc<ParsedPublicKey>>)> {
    let id = KeyId::parse(member.get("kid")?.as_str()?.to_owned())?;
    Some((id, Jwk::deserialize(member).ok().and_then(|jwk| usable(&jwk)).map(Arc::new)))
}

fn usable(jwk: &Jwk) -> Option<ParsedPublicKey> {
    let AlgorithmParameters::RSA(rsa) = &jwk.algorithm else { return None };
    let common = &jwk.common;
    let is_for_rs256 = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature))
        && matches!(common.key_algorithm, None | Some(KeyAlgorithm::RS256))
        && common
            .key_operations
            .as_ref()
            .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    let n = URL_SAFE_NO_PAD.decode(&rsa.n).ok()?;
    let e = URL_SAFE_NO_PAD.decode(&rsa.e).ok()?;
    if !is_for_rs256 || !is_strong_modulus(&n) || !is_sound_exponent(&e) {
        return None;
    }
    RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok()
}

/// 2048 to 8192 bits without a leading zero byte, and odd, as a product of two odd primes is
/// (RFC 7518 sections 3.3 and 6.3.1.1).
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A modulus of `bits` bits, base64url.
    fn modulus(bits: usize) -> String {
        let mut n = vec![0xff; bits.div_ceil(8)];
        n[0] >>= n.len() * 8 - bits;
        URL_SAFE_NO_PAD.encode(n)
    }

    fn jwk() -> Value {
        json!({ "kty": "RSA", "kid": "k", "use": "sig", "alg": "RS256", "n": modulus(2048), "e": "AQAB" })
    }

    fn ids(keys: &[Value]) -> Result<Vec<String>, KeySetError> {
        let set = KeySet::parse(json!({ "keys": keys }).to_string().as_bytes(), &[Algorithm::Rs256])?;
        let mut ids: Vec<String> = set.0.keys().map(ToString::to_string).collect();
        ids.sort();
        Ok(ids)
    }

    fn with(name: &str, value: Value) -> Value {
        let mut jwk = jwk();
        jwk[name] = value;
        jwk
    }

    fn without(name: &str) -> Value {
        let mut jwk = jwk();
        jwk.as_object_mut().unwrap().remove(name);
        jwk
    }

    #[test]
    fn an_rsa_key_for_signatures_is_usable() {
        for jwk in [
            jwk(),
            without("use"),
            without("alg"),
            with("key_ops", json!(["verify"])),
            with("n", json!(modulus(4096))),
            with("n", json!(modulus(8192))),
            with("unknown", json!({ "a": 1 })),
        ] {
            assert_eq!(ids(std::slice::from_ref(&jwk)), Ok(vec!["k".to_owned()]), "{jwk}");
        }
    }

    #[test]
    fn a_key_that_is_weak_or_for_something_else_is_skipped() {
        let even = URL_SAFE_NO_PAD.encode([[0xff; 255].as_slice(), &[0xfe]].concat());
        let padded = URL_SAFE_NO_PAD.encode([[0].as_slice(), &[0xff; 256]].concat());
        for jwk in [
            with("kty", json!("oct")),
            with("kty", json!("EC")),
            with("kty", json!("OKP")),
            without("kty"),
            with("use", json!("enc")),
            with("use", json!("")),
            with("alg", json!("RS512")),
            with("alg", json!("PS256")),
            with("alg", json!("RSA-OAEP")),
            with("alg", json!("none")),
            with("key_ops", json!(["encrypt"])),
            with("key_ops", json!([])),
            with("key_ops", json!("verify")),
            with("n", json!(modulus(1024))),
            with("n", json!(modulus(2047))),
            with("n", json!(modulus(8193))),
            with("n", json!("")),
            with("n", json!("!")),
            with("n", json!(even)),
            with("n", json!(padded)),
            with("n", json!(format!("{}==", modulus(2048)))),
            without("n"),
            with("n", json!(5)),
            with("e", json!("AQ")),
            with("e", json!("Aw")),
            with("e", json!("AQAA")),
            with("e", json!("")),
            with("e", json!("AAEAAQ")),
            with("e", json!(URL_SAFE_NO_PAD.encode([0xff; 8]))),
            without("e"),
            without("kid"),
            with("kid", json!("")),
            with("kid", json!(5)),
            with("kid", json!("k k")),
            json!(null),
            json!("k"),
            json!([]),
        ] {
            assert_eq!(ids(std::slice::from_ref(&jwk)), Err(KeySetError::NoUsableKey), "{jwk}");
            let good = with("kid", json!("good"));
            assert_eq!(ids(&[jwk.clone(), good]), Ok(vec!["good".to_owned()]), "{jwk}");
        }
    }

    #[test]
    fn of_two_keys_with_one_id_neither_is_used() {
        let good = with("kid", json!("good"));
        for twin in
            [jwk(), with("n", json!(modulus(3072))), with("kty", json!("EC")), with("use", json!("enc"))]
        {
            assert_eq!(ids(&[jwk(), twin.clone(), good.clone()]), Ok(vec!["good".to_owned()]), "{twin}");
            assert_eq!(
                ids(&[twin.clone(), jwk(), jwk(), good.clone()]),
                Ok(vec!["good".to_owned()]),
                "{twin}"
            );
        }
    }

    #[test]
    fn what_is_no_key_set_is_refused() {
        for text in
            ["", "{}", "[]", "null", "<html></html>", "{\"keys\":", "{\"keys\":{}}", "{\"keys\":null}"]
        {
            assert_eq!(
                KeySet::parse(text.as_bytes(), &[Algorithm::Rs256]).unwrap_err(),
                KeySetError::NotAKeySet,
                "{text}"
            );
        }
        assert_eq!(ids(&[]), Err(KeySetError::NoUsableKey));
    }
}
