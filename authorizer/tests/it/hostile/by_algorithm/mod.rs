//! The classes that depend on the algorithm, with all cases for each algorithm that an issuer may sign with,
//! and class 13: keys and signatures of another algorithm's kind.
//!
//! An attack is an issuer with its published keys, and a token that names that issuer. Each is first given to
//! the code that reads keys and verifies tokens. Then the issuer is listed as one of kind `oidc` in whole
//! gates: one suite for each algorithm, for the library and the binary. `jsonwebtoken` gives a second
//! opinion: it must accept everything that is accepted here.
//!
//! The table: `cargo test -p authorizer --test it hostile::by_algorithm -- --nocapture`

mod algorithm;
mod header;
mod key_sets;
mod kinds;
mod signature;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use authorizer::{
    AuthorizeError, BearerToken, KeyProvider, KeySource, TrustedIssuer, UnixTime, UnverifiedToken,
    VerifiedClaims,
};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use offline_gate::{RUNTIME, verified_with};
use platform::config::{Algorithm, Jwks};
use platform::identity::TokenUse;
use serde_json::{Value, json};
use testkit::authorizer_event::event;
use testkit::files::TempFile;
use testkit::issuer::{CLIENT, KEY, OTHER_KEY, SigningKey, signing_input};
use testkit::key_server::Reply;

use super::fixture::{STRANGER, claims_with};
use super::suite::{Keys, Listed, Suite};
use super::table::{Class, Expected, NO_KEYS, bad};

/// An issuer that signs with some algorithms, and the keys that it publishes.
#[derive(Debug, Clone, PartialEq)]
struct Publisher {
    issuer: String,
    algorithms: Vec<Algorithm>,
    keys: Vec<Value>,
}

struct Attack {
    algorithm: Algorithm,
    class: Class,
    name: String,
    publisher: Publisher,
    token: String,
    expected: Expected,
    why: &'static str,
}

/// What an issuer signs with, and the key of an attacker.
struct Kit {
    algorithm: Algorithm,
    key: SigningKey,
    second: SigningKey,
    /// It has the kind and the id of the first key, but is in no set.
    stranger: SigningKey,
}

static KITS: LazyLock<Vec<Kit>> = LazyLock::new(|| Algorithm::ALL.map(Kit::of).into());

static ATTACKS: LazyLock<Vec<Attack>> = LazyLock::new(|| {
    let classes =
        [algorithm::attacks, header::attacks, signature::attacks, key_sets::attacks, kinds::attacks];
    KITS.iter().flat_map(|kit| classes.iter().flat_map(move |attacks| attacks(kit))).collect()
});

fn is_rsa(algorithm: Algorithm) -> bool {
    !matches!(algorithm, Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa)
}

impl Kit {
    fn of(algorithm: Algorithm) -> Self {
        let alg = algorithm.as_str();
        let [key, second, stranger] = if is_rsa(algorithm) {
            [KEY.by(alg), OTHER_KEY.by(alg), STRANGER.by(alg)]
        } else {
            ["key-1", "key-2", "key-1"].map(|id| SigningKey::of(id, alg))
        };
        Self { algorithm, key, second, stranger }
    }

    /// The kit of another algorithm.
    fn other(algorithm: Algorithm) -> &'static Self {
        KITS.iter().find(|kit| kit.algorithm == algorithm).unwrap()
    }

    /// An issuer that does everything right.
    fn publisher(&self) -> Publisher {
        Publisher {
            issuer: format!("https://{}.example.com", self.key.alg.to_lowercase()),
            algorithms: vec![self.algorithm],
            keys: vec![self.key.jwk(), self.second.jwk()],
        }
    }

    /// An issuer of its own for the attack with this name.
    fn publisher_of(&self, name: &str, algorithms: &[Algorithm], keys: &[Value]) -> Publisher {
        let slug = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let issuer = format!("{}/{slug}", self.publisher().issuer);
        Publisher { issuer, algorithms: algorithms.to_vec(), keys: keys.to_vec() }
    }

    fn claims(&self) -> Value {
        self.publisher().claims()
    }

    /// What the issuer signs.
    fn input(&self) -> String {
        signing_input(self.key.header().to_string(), self.claims().to_string())
    }

    /// The signature of `input` with another algorithm, by this kit's key if the key can make it.
    fn signature_by(&self, algorithm: Algorithm, input: &str) -> Vec<u8> {
        let can = is_rsa(self.algorithm) && is_rsa(algorithm) || self.algorithm == algorithm;
        let key = if can { &self.key } else { &Self::other(algorithm).key };
        key.sign(algorithm.as_str(), input)
    }

    fn attack(
        &self,
        class: Class,
        name: impl Into<String>,
        token: String,
        expected: Expected,
        why: &'static str,
    ) -> Attack {
        let (algorithm, publisher) = (self.algorithm, self.publisher());
        Attack { algorithm, class, name: name.into(), publisher, token, expected, why }
    }

    /// An issuer with these keys, and a token that its first key signed.
    fn set(
        &self,
        class: Class,
        name: impl Into<String>,
        keys: &[Value],
        expected: Expected,
        why: &'static str,
    ) -> Attack {
        let name = name.into();
        let publisher = self.publisher_of(&name, &[self.algorithm], keys);
        let token = self.key.token(&publisher.claims());
        Attack { algorithm: self.algorithm, class, name, publisher, token, expected, why }
    }
}

impl Publisher {
    fn claims(&self) -> Value {
        claims_with("iss", json!(self.issuer))
    }

    /// The issuer as an entry of kind `oidc`. Its tokens have their claims where Cognito's tokens have them.
    fn listed(&self, number: usize, can_be_had: bool) -> Listed {
        let entry = json!({
            "issuer": self.issuer, "kind": "oidc", "clientIds": [CLIENT], "algorithms": self.algorithms,
            "claims": { "groups": "cognito:groups" },
        });
        let reply = Reply::json(&json!({ "keys": self.keys }));
        Listed { entry, keys: Keys::Served { path: format!("/{number}"), reply, can_be_had } }
    }

    fn trusted(&self, file: &TempFile) -> Arc<TrustedIssuer> {
        let keys = KeySource::File(file.path().to_owned());
        let issuer = self.issuer.clone();
        Arc::new(TrustedIssuer {
            algorithms: self.algorithms.clone(),
            ..TrustedIssuer::cognito(issuer, vec![CLIENT.to_owned()], vec![TokenUse::Access], keys)
        })
    }
}

/// The gate's result for a token of this issuer.
fn verified(
    keys: &KeyProvider,
    issuer: &Arc<TrustedIssuer>,
    token: &str,
) -> Result<VerifiedClaims, AuthorizeError> {
    let now = UnixTime::from_secs(*super::fixture::NOW);
    let bearer = BearerToken::parse_bare(token)?;
    let parsed = UnverifiedToken::parse(&bearer, &[Arc::clone(issuer)].into_iter().collect())?;
    let found = RUNTIME.block_on(keys.key(issuer, parsed.key_id(), now))?;
    Ok(verified_with(&found.key, token, now)?)
}

/// Whether the oracle accepts the signature with the key that the token names.
fn oracle_accepts(publisher: &Publisher, token: &str) -> bool {
    let header = decode_header(token).unwrap();
    let key = publisher.keys.iter().find(|key| key["kid"] == header.kid.as_deref().unwrap()).unwrap();
    let key = DecodingKey::from_jwk(&serde_json::from_value::<Jwk>(key.clone()).unwrap()).unwrap();
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[&publisher.issuer]);
    validation.validate_aud = false;
    decode::<Value>(token, &key, &validation).is_ok()
}

/// The attacks of each algorithm, as whole events for a gate that lists all their issuers.
pub(super) fn suites() -> Vec<Suite> {
    Algorithm::ALL.map(suite).into()
}

fn suite(algorithm: Algorithm) -> Suite {
    let attacks = || ATTACKS.iter().filter(move |attack| attack.algorithm == algorithm);
    let mut publishers: BTreeMap<&str, (&Publisher, bool)> = BTreeMap::new();
    for Attack { publisher, expected, .. } in attacks() {
        let (_, can_be_had) = publishers.entry(&publisher.issuer).or_insert((publisher, true));
        *can_be_had &= *expected != NO_KEYS;
    }
    let issuers = publishers.into_values().enumerate();
    let issuers =
        issuers.map(|(number, (publisher, can_be_had))| publisher.listed(number, can_be_had)).collect();
    let case = |attack: &Attack| {
        let name = format!("{algorithm}: {}", attack.name);
        attack.class.case(name, event(&attack.token), attack.expected, attack.why)
    };
    Suite { issuers, cases: attacks().map(case).collect() }
}

#[test]
fn each_attack_has_its_outcome_with_every_algorithm() {
    let provider = KeyProvider::new(&Jwks::default()).unwrap();
    let mut issuers: BTreeMap<&str, (&Publisher, Arc<TrustedIssuer>, TempFile)> = BTreeMap::new();
    let mut problems = Vec::new();
    for attack in ATTACKS.iter() {
        let publisher = &attack.publisher;
        let (known, issuer, _) = issuers.entry(&publisher.issuer).or_insert_with(|| {
            let file = TempFile::new(json!({ "keys": publisher.keys }).to_string());
            let issuer = publisher.trusted(&file);
            (publisher, issuer, file)
        });
        assert_eq!(*known, publisher, "{}: two issuers of one name", attack.name);
        let outcome = match verified(&provider, issuer, &attack.token) {
            Ok(_) => Expected::Allow,
            Err(failure) => Expected::Fail(failure),
        };
        let Attack { algorithm, class, name, expected, why, .. } = attack;
        if outcome != *expected {
            problems.push(format!(
                "{algorithm}: {class:?}: {name}: {outcome:?} and not {expected:?}, though {why}"
            ));
        }
        if outcome == Expected::Allow && !oracle_accepts(publisher, &attack.token) {
            problems.push(format!("{algorithm}: {class:?}: {name}: the oracle refuses it"));
        }
    }
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), ATTACKS.len(), problems.join("\n"));
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is for people")]
fn every_algorithm_has_cases_of_every_class_and_controls() {
    let classes = [Class::Algorithm, Class::Header, Class::Signature, Class::KeySets, Class::Kinds];
    println!("{:>8} {}", "", classes.map(|class| format!("{:>16}", format!("{class:?}"))).concat());
    for algorithm in Algorithm::ALL {
        let cells = classes.map(|class| {
            let is_of_it = |attack: &&Attack| attack.algorithm == algorithm && attack.class == class;
            let outcomes: Vec<Expected> =
                ATTACKS.iter().filter(is_of_it).map(|attack| attack.expected).collect();
            let allowed = outcomes.iter().filter(|expected| **expected == Expected::Allow).count();
            assert!(allowed >= 1, "{algorithm}: {class:?} has no control");
            assert!(outcomes.len() >= allowed + 5, "{algorithm}: {class:?} has {} cases", outcomes.len());
            format!("{:>16}", format!("{} ({allowed} let in)", outcomes.len()))
        });
        println!("{:>8} {}", algorithm.as_str(), cells.concat());
    }
    let mut names = BTreeSet::new();
    for Attack { algorithm, class, name, why, .. } in ATTACKS.iter() {
        assert!(
            names.insert((algorithm.as_str(), *class, name)),
            "{algorithm}: {class:?} has two cases named {name}"
        );
        assert!(!why.is_empty(), "{algorithm}: {class:?}: {name} does not say why");
    }
}
