//! Reads one key of a JWK Set (RFC 7517 section 4).
//!
//! Every member that is present must have its form, even if it is not needed here. Otherwise two readers
//! could see two different keys. This file only reads what a key says. It does not decide what the key may be
//! used for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::json::UniqueKeys;
use serde_json::{Map, Value};

use super::key_set::KeyId;

/// Members that are strings, on keys of all types (RFC 7517 sections 4.1 to 4.9).
const TEXTS: [&str; 7] = ["kty", "use", "alg", "kid", "x5u", "x5t", "x5t#S256"];

/// The private part of a key (RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// The `key_ops` that correspond to the `use` `sig` (RFC 7517 section 4.3).
const OF_SIGNATURES: [&str; 2] = ["sign", "verify"];

/// A key whose members all have the right form.
#[derive(Debug)]
pub(super) struct Jwk(Map<String, Value>);

impl Jwk {
    /// One member of a set: its id, and the key if it has the right form. `None`: it has no id.
    pub(super) fn read(json: &str) -> Option<(KeyId, Option<Self>)> {
        let Ok(Value::Object(members)) = serde_json::from_str(json) else { return None };
        let id = KeyId::parse(members.get("kid")?.as_str()?.to_owned())?;
        let is_of_its_form = serde_json::from_str::<UniqueKeys>(json).is_ok()
            && TEXTS.into_iter().all(|name| members.get(name).is_none_or(Value::is_string))
            && members.get("key_ops").is_none_or(|value| texts(value).is_some_and(|texts| differ(&texts)))
            && members.get("x5c").is_none_or(|value| texts(value).is_some_and(|texts| !texts.is_empty()));
        Some((id, is_of_its_form.then_some(Self(members))))
    }

    /// A member that is a string.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A member that contains bytes, in base64url without padding (RFC 7518 section 2).
    pub(super) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        URL_SAFE_NO_PAD.decode(self.text(name)?).ok()
    }

    /// Whether the issuer intends the key for verifying signatures, or does not say (RFC 7517 sections 4.2
    /// and 4.3). If `use` and `key_ops` are both present, they must agree.
    pub(super) fn is_for_verification(&self) -> bool {
        let operations = self.0.get("key_ops").map(|value| texts(value).unwrap_or_default());
        let may_verify = |operations: &Vec<&str>| operations.contains(&"verify");
        match self.text("use") {
            None => operations.as_ref().is_none_or(may_verify),
            Some("sig") => operations.is_none_or(|operations| {
                may_verify(&operations) && operations.iter().all(|own| OF_SIGNATURES.contains(own))
            }),
            Some(_) => false,
        }
    }

    /// Whether its private part is published too.
    pub(super) fn is_given_away(&self) -> bool {
        PRIVATE.into_iter().any(|name| self.0.contains_key(name))
    }
}

/// A list of strings.
fn texts(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

fn differ(texts: &[&str]) -> bool {
    texts.iter().enumerate().all(|(index, text)| !texts.iter().take(index).any(|earlier| earlier == text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `None`: the key does not have the right form.
    fn read(json: &str) -> Option<Jwk> {
        let (id, jwk) = Jwk::read(json).expect(json);
        assert_eq!(id.as_str(), "k");
        jwk
    }

    fn with(name: &str, value: &Value) -> String {
        let mut jwk = json!({ "kty": "RSA", "kid": "k" });
        jwk[name] = value.clone();
        jwk.to_string()
    }

    #[test]
    fn a_member_without_an_id_is_no_key_of_a_set() {
        for json in [
            "null",
            "5",
            "\"k\"",
            "[]",
            r#"["k"]"#,
            "{}",
            r#"{"kid":null}"#,
            r#"{"kid":5}"#,
            r#"{"kid":["k"]}"#,
            r#"{"kid":""}"#,
            r#"{"kid":"k k"}"#,
            r#"{"kid":"\ud800"}"#,
            r#"{"KID":"k"}"#,
        ] {
            assert!(Jwk::read(json).is_none(), "{json}");
        }
    }

    #[test]
    fn a_member_that_is_present_must_have_its_form() {
        for name in ["use", "alg", "x5u", "x5t", "x5t#S256"] {
            assert!(read(&with(name, &json!("x"))).is_some(), "{name}");
            for value in [json!(null), json!(5), json!(true), json!(["x"]), json!({})] {
                assert!(read(&with(name, &value)).is_none(), "{name}: {value}");
            }
        }
        for value in [json!(["verify"]), json!(["sign", "verify"]), json!([]), json!(["x", "X"])] {
            assert!(read(&with("key_ops", &value)).is_some(), "{value}");
        }
        for value in [json!(["AAAA"]), json!(["AAAA", "AAAA"])] {
            assert!(read(&with("x5c", &value)).is_some(), "{value}");
        }
        assert!(read(&with("x5c", &json!([]))).is_none());
        assert!(read(&with("key_ops", &json!(["verify", "sign", "verify"]))).is_none());
        for name in ["key_ops", "x5c"] {
            for value in [json!(null), json!("verify"), json!(5), json!({}), json!([null]), json!(["a", 5])] {
                assert!(read(&with(name, &value)).is_none(), "{name}: {value}");
            }
        }
        for value in [json!(null), json!({ "a": [1] }), json!(5)] {
            assert!(read(&with("unknown", &value)).is_some(), "{value}: nobody says what its form is");
        }
    }

    #[test]
    fn a_member_may_appear_only_once() {
        for json in [
            r#"{"kty":"RSA","kid":"k","kid":"k"}"#,
            r#"{"kty":"RSA","kid":"j","kid":"k"}"#,
            r#"{"kty":"oct","kid":"k","kty":"RSA"}"#,
            r#"{"kty":"RSA","kid":"k","\u006bty":"RSA"}"#,
            r#"{"kty":"RSA","kid":"k","x":1,"x":1}"#,
            r#"{"kty":"RSA","kid":"k","x":{"a":1,"a":2}}"#,
        ] {
            assert!(read(json).is_none(), "{json}");
        }
    }

    #[test]
    fn use_and_key_ops_must_allow_verification_and_agree() {
        let is_for_verification = |used: Option<&str>, operations: Option<&[&str]>| {
            let mut jwk = json!({ "kty": "RSA", "kid": "k" });
            if let Some(used) = used {
                jwk["use"] = json!(used);
            }
            if let Some(operations) = operations {
                jwk["key_ops"] = json!(operations);
            }
            read(&jwk.to_string()).unwrap().is_for_verification()
        };
        for (used, operations) in [
            (None, None),
            (Some("sig"), None),
            (None, Some(["verify"].as_slice())),
            (None, Some(&["sign", "verify"])),
            (None, Some(&["verify", "encrypt"])),
            (Some("sig"), Some(&["verify"])),
            (Some("sig"), Some(&["verify", "sign"])),
        ] {
            assert!(is_for_verification(used, operations), "{used:?} {operations:?}");
        }
        for (used, operations) in [
            (Some("enc"), None),
            (Some(""), None),
            (Some("SIG"), None),
            (Some("enc"), Some(["verify"].as_slice())),
            (None, Some(&[])),
            (None, Some(&["sign"])),
            (None, Some(&["encrypt"])),
            (None, Some(&["Verify"])),
            (Some("sig"), Some(&[])),
            (Some("sig"), Some(&["sign"])),
            (Some("sig"), Some(&["verify", "encrypt"])),
            (Some("sig"), Some(&["verify", "else"])),
        ] {
            assert!(!is_for_verification(used, operations), "{used:?} {operations:?}");
        }
    }

    #[test]
    fn any_private_member_counts_as_a_published_private_part() {
        for name in PRIVATE {
            for value in [json!("AAAA"), json!(null), json!([])] {
                assert!(read(&with(name, &value)).unwrap().is_given_away(), "{name}: {value}");
            }
        }
        assert!(!read(&with("D", &json!("AAAA"))).unwrap().is_given_away());
    }
}
