//! Reads a JWK Set (RFC 7517) and selects the keys that may verify the issuer's tokens.
//!
//! A key for another purpose is skipped, because a set may contain such keys. A set without any usable key is
//! an error.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use platform::config::Algorithm;
use platform::json::{SeenKeys, UniqueKeys};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::jwk::Jwk;
use super::public_key::PublicKey;
use crate::error::TokenError;
use crate::issuers::{SharedIssuer, TrustedIssuer};

/// The `kid` of a key (RFC 7515 section 4.1.4): 1 to 256 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyId(String);

impl KeyId {
    const MAX_BYTES: usize = 256;

    /// Makes a key id. `None` for a text that no issuer would use as one.
    #[must_use]
    pub fn parse(text: String) -> Option<Self> {
        let is_good =
            (1..=Self::MAX_BYTES).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        is_good.then_some(Self(text))
    }

    /// The id as text.
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

/// A public key, together with the issuer whose tokens it may verify. The two are never separated.
#[derive(Debug, Clone)]
pub struct VerifyingKey {
    issuer: SharedIssuer,
    key: Arc<PublicKey>,
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
    /// [`TokenError::Algorithm`]: the key is not for this algorithm. [`TokenError::Signature`]: this key did
    /// not sign `message`.
    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), TokenError> {
        self.key.verify(algorithm, message, signature)
    }
}

/// The usable keys of one issuer.
#[derive(Debug, Clone)]
pub(super) struct KeySet(HashMap<KeyId, Arc<PublicKey>>);

/// Why a document is not a usable key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeySetError {
    #[error("it is not a JWK Set")]
    NotAKeySet,
    #[error("it has no signature key for the issuer's algorithms")]
    NoUsableKey,
}

impl KeySet {
    /// Reads a complete set, for an issuer that signs with these algorithms.
    pub(super) fn parse(document: &[u8], algorithms: &[Algorithm]) -> Result<Self, KeySetError> {
        // The whole document must be UTF-8 (RFC 8259 section 8.1), including the parts that are skipped.
        let text = std::str::from_utf8(document).map_err(|_| KeySetError::NotAKeySet)?;
        let Members(members) = serde_json::from_str(text).map_err(|_| KeySetError::NotAKeySet)?;
        let mut keys: HashMap<KeyId, Option<Arc<PublicKey>>> = HashMap::new();
        for (id, jwk) in members.into_iter().filter_map(|member| Jwk::read(member.get())) {
            let key = jwk.and_then(|jwk| PublicKey::new(&jwk, algorithms)).map(Arc::new);
            // If two keys have the same id, it is unclear which one is meant, so neither is used.
            keys.entry(id).and_modify(|twin| *twin = None).or_insert(key);
        }
        let usable: HashMap<_, _> = keys.into_iter().filter_map(|(id, key)| Some((id, key?))).collect();
        if usable.is_empty() { Err(KeySetError::NoUsableKey) } else { Ok(Self(usable)) }
    }

    /// Checks an invalid signature. The first check of a process loads the arithmetic code into memory.
    /// Lambda gives a full processor while it starts the function, so it is better to do this then than while
    /// a caller waits.
    pub(super) fn warm_up(&self) {
        if let Some(key) = self.0.values().next() {
            key.warm_up();
        }
    }

    /// The key with this id, bound to its issuer.
    pub(super) fn key(&self, id: &KeyId, issuer: &SharedIssuer) -> Option<VerifyingKey> {
        self.0.get(id).map(|key| VerifyingKey { issuer: Arc::clone(issuer), key: Arc::clone(key) })
    }
}

/// The members of `keys`, each as its original text. No member of the set may appear twice (RFC 7517 section
/// 5).
struct Members<'d>(Vec<&'d RawValue>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SetVisitor;

        impl<'de> Visitor<'de> for SetVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JWK Set")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut set: A) -> Result<Members<'de>, A::Error> {
                let mut seen = SeenKeys::default();
                let mut members = None;
                while let Some(name) = seen.next(&mut set)? {
                    if name.as_str() == "keys" {
                        members = Some(set.next_value()?);
                    } else {
                        set.next_value::<UniqueKeys>()?;
                    }
                }
                members.map(Members).ok_or_else(|| A::Error::missing_field("keys"))
            }
        }

        deserializer.deserialize_map(SetVisitor)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::jwks::public_key::samples::{ec_jwk, ed25519_jwk, rsa_jwk};

    fn ids(document: &[u8]) -> Result<Vec<String>, KeySetError> {
        let set = KeySet::parse(document, &Algorithm::ALL)?;
        let mut ids: Vec<String> = set.0.keys().map(ToString::to_string).collect();
        ids.sort();
        Ok(ids)
    }

    fn ids_of(keys: &[Value]) -> Result<Vec<String>, KeySetError> {
        ids(json!({ "keys": keys }).to_string().as_bytes())
    }

    fn named(id: &str, mut jwk: Value) -> Value {
        jwk["kid"] = json!(id);
        jwk
    }

    #[test]
    fn a_set_gives_all_its_usable_keys_of_whatever_type() {
        let keys = [named("r", rsa_jwk()), named("e", ec_jwk("P-256")), named("o", ed25519_jwk())];
        assert_eq!(ids_of(&keys), Ok(["e", "o", "r"].map(str::to_owned).to_vec()));
    }

    #[test]
    fn unusable_keys_are_skipped_and_a_set_of_only_them_is_refused() {
        let mut encryption = named("k", rsa_jwk());
        encryption["use"] = json!("enc");
        let mut unnamed = rsa_jwk();
        unnamed.as_object_mut().unwrap().remove("kid");
        for other in [
            encryption,
            unnamed,
            named("", rsa_jwk()),
            named("k", json!({ "kty": "oct", "k": "AAAA" })),
            named("k", json!({})),
            json!(null),
            json!("k"),
            json!([]),
            json!(["k"]),
        ] {
            assert_eq!(ids_of(std::slice::from_ref(&other)), Err(KeySetError::NoUsableKey), "{other}");
            let good = named("good", rsa_jwk());
            assert_eq!(ids_of(&[other.clone(), good]), Ok(vec!["good".to_owned()]), "{other}");
        }
        assert_eq!(ids_of(&[]), Err(KeySetError::NoUsableKey));
    }

    #[test]
    fn only_the_key_with_a_duplicate_member_is_skipped() {
        let (twice, good) = (r#"{"kty":"oct","kty":"RSA","kid":"k"}"#, named("good", ec_jwk("P-384")));
        for body in [format!(r#"{{"keys":[{twice},{good}]}}"#), format!(r#"{{"keys":[{good},{twice}]}}"#)] {
            assert_eq!(ids(body.as_bytes()), Ok(vec!["good".to_owned()]), "{body}");
        }
    }

    #[test]
    fn of_two_keys_with_one_id_neither_is_used_whatever_they_are() {
        let good = named("good", rsa_jwk());
        let key = |jwk| named("k", jwk);
        let mut encryption = key(rsa_jwk());
        encryption["use"] = json!("enc");
        let mut malformed = key(rsa_jwk());
        malformed["x5c"] = json!([]);
        for twin in [
            key(rsa_jwk()),
            key(ec_jwk("P-256")),
            key(ec_jwk("P-384")),
            key(ed25519_jwk()),
            key(json!({ "kty": "EC" })),
            encryption,
            malformed,
        ] {
            for keys in [
                vec![key(rsa_jwk()), twin.clone(), good.clone()],
                vec![twin.clone(), key(ec_jwk("P-256")), good.clone()],
                vec![twin.clone(), key(ed25519_jwk()), key(rsa_jwk()), good.clone()],
            ] {
                assert_eq!(ids_of(&keys), Ok(vec!["good".to_owned()]), "{twin}");
            }
        }
    }

    #[test]
    fn a_document_that_is_no_key_set_is_refused() {
        let good = named("k", rsa_jwk());
        for text in [
            String::new(),
            "{}".to_owned(),
            "[]".to_owned(),
            "null".to_owned(),
            "<html></html>".to_owned(),
            "{\"keys\":".to_owned(),
            "{\"keys\":{}}".to_owned(),
            "{\"keys\":null}".to_owned(),
            good.to_string(),
            format!("[{good}]"),
            // serde would accept this as a list of the struct's fields.
            format!("[[{good}]]"),
            format!("{{\"keys\":[{good}],\"keys\":[{good}]}}"),
            format!("{{\"keys\":[{good}],\"x\":1,\"x\":1}}"),
            format!("{{\"keys\":[{good}]}}x"),
            format!("\u{feff}{{\"keys\":[{good}]}}"),
        ] {
            assert_eq!(ids(text.as_bytes()), Err(KeySetError::NotAKeySet), "{text}");
        }
        assert_eq!(ids(format!("{{\"x\":{{}},\"keys\":[{good}]}}").as_bytes()), Ok(vec!["k".to_owned()]));
    }

    #[test]
    fn a_set_must_be_utf_8_as_a_whole() {
        let good = named("k", rsa_jwk()).to_string();
        let around = |start: &str, end: &str| [start.as_bytes(), b"\xff", end.as_bytes()].concat();
        for document in [
            around(&format!(r#"{{"keys":[{good}],"x":""#), "\"}"),
            around(&format!(r#"{{"keys":[{good},{{"kty":"oct","x":""#), "\"}]}"),
            around(&format!(r#"{{"keys":[{good},{{"kid":""#), "\"}]}"),
        ] {
            assert_eq!(
                ids(&document),
                Err(KeySetError::NotAKeySet),
                "{}",
                String::from_utf8_lossy(&document)
            );
        }
    }
}
