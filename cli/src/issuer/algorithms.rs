//! Finds out which algorithms an issuer signs with.
//!
//! The best source is a key: its `alg`, or else its curve. An RSA key without `alg` may be used with six
//! algorithms, so the discovery document's list selects among them. The list alone would be too long: it says
//! what the issuer can use for ID tokens (`OpenID` Connect Discovery section 3), not what it does use.

use platform::config::Algorithm;
use serde_json::Value;

use super::discovery::Found;
use crate::cli::AddIssuerArgs;
use crate::error::{Error, quoted};

/// The member of a discovery document that lists the algorithms of ID tokens.
const LIST: &str = "id_token_signing_alg_values_supported";

/// The algorithms to accept, and their source.
pub(super) fn choose(args: &AddIssuerArgs, found: &Found) -> Result<(Vec<Algorithm>, &'static str), Error> {
    if !args.algorithms.is_empty() {
        return Ok((args.algorithms.clone(), "as given"));
    }
    let listed = listed(found);
    let keys: Vec<Says> = found.keys.iter().filter_map(says).collect();
    let of_keys = keys.iter().filter_map(|key| match key {
        Says::Algorithm(algorithm) => Some(*algorithm),
        Says::Rsa => None,
    });
    let (of_rsa, source) = match (keys.contains(&Says::Rsa), of_document(&listed)) {
        (false, _) => (Vec::new(), "from its keys"),
        (true, list) if list.is_empty() => {
            (vec![Algorithm::Rs256], "from its keys, and RS256 for RSA keys whose algorithm is not stated")
        }
        (true, list) => (list, "from its keys, and from its document for RSA keys without an algorithm"),
    };
    let chosen: Vec<_> = of_keys.chain(of_rsa).collect();
    if chosen.is_empty() {
        return Err(Error::NoAlgorithm {
            jwks_uri: found.jwks_uri.clone(),
            listed: quoted(Some(&listed.join(", ")), &[]),
        });
    }
    // In a fixed order, each once.
    Ok((Algorithm::ALL.into_iter().filter(|algorithm| chosen.contains(algorithm)).collect(), source))
}

fn listed(found: &Found) -> Vec<&str> {
    found
        .document
        .get(LIST)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// The algorithms of the document's list that an RSA key can be used with.
fn of_document(listed: &[&str]) -> Vec<Algorithm> {
    let is_rsa = |name: &&&str| name.starts_with("RS") || name.starts_with("PS");
    listed.iter().filter(is_rsa).filter_map(|name| Algorithm::parse(name)).collect()
}

/// What a key says about its algorithm.
#[derive(Debug, PartialEq, Eq)]
enum Says {
    Algorithm(Algorithm),
    /// It is an RSA key, and says nothing more.
    Rsa,
}

/// `None`: a key that the gate cannot use (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2).
fn says(key: &Value) -> Option<Says> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    if text("use").is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    match (text("alg"), text("kty")?, text("crv")) {
        (Some(named), ..) => Algorithm::parse(named).map(Says::Algorithm),
        (None, "RSA", _) => Some(Says::Rsa),
        (None, "EC", Some("P-256")) => Some(Says::Algorithm(Algorithm::Es256)),
        (None, "EC", Some("P-384")) => Some(Says::Algorithm(Algorithm::Es384)),
        (None, "OKP", Some("Ed25519")) => Some(Says::Algorithm(Algorithm::EdDsa)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use serde_json::json;

    use super::*;
    use crate::cli::{Cli, Command, IssuerCommand, configured};

    fn chosen(listed: &Value, keys: &Value, flags: &[&str]) -> Result<String, Error> {
        let args = ["gatehouse", "issuer", "add", "https://a.example", "--audience", "x"];
        let cli = Cli::try_parse_from([&args[..], flags].concat()).unwrap();
        let Command::Issuer(IssuerCommand::Add(args)) = cli.command else { panic!("another command") };
        let found = Found {
            url: String::new(),
            document: json!({ LIST: listed }).as_object().unwrap().clone(),
            jwks_uri: configured("https://a.example/keys").unwrap(),
            keys: keys.as_array().unwrap().clone(),
        };
        let (algorithms, source) = choose(&args, &found)?;
        let names: Vec<_> = algorithms.iter().map(|algorithm| algorithm.as_str()).collect();
        Ok(format!("{} {source}", names.join(",")))
    }

    #[test]
    fn a_key_names_its_algorithm_and_the_list_completes_rsa_keys() {
        let all = json!(["RS256", "HS256", "PS512", "ES256", "none"]);
        for (listed, keys, expected) in [
            (
                &all,
                json!([{ "kty": "RSA", "use": "sig", "alg": "RS256" }, { "kty": "RSA", "use": "enc", "alg": "RSA-OAEP" }]),
                "RS256 from its keys",
            ),
            (
                &all,
                json!([{ "kty": "EC", "crv": "P-384" }, { "kty": "EC", "crv": "P-256" }, { "kty": "OKP", "crv": "Ed25519" }]),
                "ES256,ES384,EdDSA from its keys",
            ),
            (
                &json!(["RS256"]),
                json!([{ "kty": "RSA" }]),
                "RS256 from its keys, and from its document for RSA keys without an algorithm",
            ),
            (
                &all,
                json!([{ "kty": "RSA" }, { "kty": "EC", "alg": "ES256" }]),
                "RS256,PS512,ES256 from its keys, and from its document for RSA keys without an algorithm",
            ),
            (
                &json!(null),
                json!([{ "kty": "RSA" }]),
                "RS256 from its keys, and RS256 for RSA keys whose algorithm is not stated",
            ),
            (
                &json!(["ES256"]),
                json!([{ "kty": "RSA" }, 5, { "kty": "oct" }]),
                "RS256 from its keys, and RS256 for RSA keys whose algorithm is not stated",
            ),
        ] {
            assert_eq!(chosen(listed, &keys, &[]).unwrap(), expected, "{listed} {keys}");
        }
        let given =
            chosen(&all, &json!([{ "kty": "RSA" }]), &["--algorithm", "PS256", "--algorithm", "ES256"]);
        assert_eq!(given.unwrap(), "PS256,ES256 as given");
    }

    #[test]
    fn an_issuer_without_a_key_for_the_gate_is_refused() {
        for keys in [
            json!([]),
            json!([{ "kty": "oct" }]),
            json!([{ "kty": "EC", "crv": "P-521", "alg": "ES512" }]),
            json!([{ "kty": "EC", "crv": "P-521" }]),
        ] {
            let error = chosen(&json!(["HS256"]), &keys, &[]).unwrap_err().to_string();
            assert!(error.contains("https://a.example/keys") && error.contains("HS256"), "{error}");
        }
    }
}
