//! Whatever this gate accepts, `jsonwebtoken` with strict validation accepts too. What the gate tells the
//! services about the caller is what the oracle read.
//!
//! The tokens are the own pool's, and those of an issuer of kind `oidc` with each algorithm that it may sign
//! with.
//!
//! Most cases have a right signature, so that only the gate's own reading can refuse them.

use std::cell::Cell;
use std::sync::LazyLock;

use authorizer::{BearerToken, Gate, Issuers, UnixTime, UnverifiedToken};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use platform::config::Algorithm;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use testkit::authorizer_event::event;
use testkit::idp::{self, AUDIENCE, IDP};
use testkit::issuer::{CLIENT, ISSUER, KEY, access_claims, id_claims, with};
use testkit::oracle::Told;
use testkit::{gateway, oracle};

/// One of the two JSON texts that are signed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Header,
    Claims,
}

/// A change to a JSON object. The object is stored as its members' texts, so that it can contain what no JSON
/// library writes.
#[derive(Debug, Clone)]
enum Change {
    Set(Part, String, String),
    Remove(Part, String),
    /// The member appears a second time, at the end or at the start.
    Repeat(Part, String, String, bool),
    /// The member's name has an escape in it.
    Escape(Part, String),
}

/// A change to bytes.
#[derive(Debug, Clone)]
enum Edit {
    Insert(usize, Vec<u8>),
    Replace(usize, u8),
    Remove(usize),
    Cut(usize),
    Append(Vec<u8>),
}

/// Another way to write a token.
#[derive(Debug, Clone)]
enum Spelling {
    Plain,
    Bytes(Edit),
    /// `=` at the end of a part.
    Padded(usize),
    /// With `+` and `/`.
    StandardAlphabet,
    /// Other unused bits in the last character of a part.
    StrayBits(usize, u8),
    /// Another key's signature, with our key's id.
    OtherKey,
    /// A signature with another algorithm, by our key if it can make one.
    OtherAlgorithm(Algorithm),
    MoreParts,
}

/// The kind of a token: its issuer and its use.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Access,
    Id,
    /// An access token of the other issuer, with this algorithm.
    Other(Algorithm),
}

impl Kind {
    /// The algorithm that the token is signed with: RS256 for a pool.
    const fn algorithm(self) -> Algorithm {
        match self {
            Self::Access | Self::Id => Algorithm::Rs256,
            Self::Other(algorithm) => algorithm,
        }
    }

    fn claims(self, now: UnixTime) -> Value {
        let now = now.secs();
        let claims = match self {
            Self::Access => access_claims(),
            Self::Id => id_claims(),
            Self::Other(_) => idp::claims(),
        };
        with(with(claims, "iat", json!(now - 60)), "exp", json!(now + 3_600))
    }
}

#[derive(Debug, Clone)]
struct Case {
    kind: Kind,
    changes: Vec<Change>,
    edits: Vec<(Part, Edit)>,
    spelling: Spelling,
}

impl Case {
    fn token(&self, now: UnixTime) -> String {
        let mut header = members(&idp::key(self.kind.algorithm().as_str()).header());
        let mut claims = members(&self.kind.claims(now));
        for change in &self.changes {
            change.apply(&mut header, &mut claims);
        }
        let (mut header, mut claims) = (object(&header), object(&claims));
        for (part, edit) in &self.edits {
            edit.apply(if *part == Part::Header { &mut header } else { &mut claims });
        }
        self.spelling.apply(self.kind.algorithm(), &header, &claims)
    }

    fn is_untouched(&self) -> bool {
        self.changes.is_empty() && self.edits.is_empty() && matches!(self.spelling, Spelling::Plain)
    }
}

type Members = Vec<(String, String)>;

fn members(object: &Value) -> Members {
    let members = object.as_object().unwrap().iter();
    members.map(|(name, value)| (json!(name).to_string(), value.to_string())).collect()
}

fn object(members: &Members) -> Vec<u8> {
    let members: Vec<String> = members.iter().map(|(name, value)| format!("{name}:{value}")).collect();
    format!("{{{}}}", members.join(",")).into_bytes()
}

impl Change {
    fn apply(&self, header: &mut Members, claims: &mut Members) {
        let (Self::Set(part, name, ..)
        | Self::Remove(part, name)
        | Self::Repeat(part, name, ..)
        | Self::Escape(part, name)) = self;
        let members = if *part == Part::Header { header } else { claims };
        let quoted = json!(name).to_string();
        match self {
            Self::Set(_, _, value) => match members.iter_mut().find(|(own, _)| *own == quoted) {
                Some(member) => member.1.clone_from(value),
                None => members.push((quoted, value.clone())),
            },
            Self::Remove(..) => members.retain(|(own, _)| *own != quoted),
            Self::Repeat(_, _, value, at_end) => {
                members.insert(if *at_end { members.len() } else { 0 }, (quoted, value.clone()));
            }
            Self::Escape(..) => {
                let escaped: Vec<String> = name.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
                let escaped = escaped.concat();
                for (own, _) in members.iter_mut().filter(|(own, _)| *own == quoted) {
                    *own = format!("\"{escaped}\"");
                }
            }
        }
    }
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |index: &usize, length: usize| index % length.max(1);
        match self {
            Self::Insert(index, new) => {
                let index = place(index, bytes.len() + 1);
                bytes.splice(index..index, new.iter().copied());
            }
            Self::Append(new) => bytes.extend(new),
            Self::Cut(index) => bytes.truncate(place(index, bytes.len())),
            Self::Replace(index, byte) => {
                let index = place(index, bytes.len());
                bytes.iter_mut().skip(index).take(1).for_each(|own| *own = *byte);
            }
            Self::Remove(index) => {
                let index = place(index, bytes.len());
                bytes.drain(index..bytes.len().min(index + 1));
            }
        }
    }
}

impl Spelling {
    fn apply(&self, algorithm: Algorithm, header: &[u8], claims: &[u8]) -> String {
        let token = idp::key(algorithm.as_str()).token_of(header, claims);
        match self {
            Self::Plain => token,
            Self::Bytes(edit) => {
                let mut bytes = token.into_bytes();
                edit.apply(&mut bytes);
                String::from_utf8_lossy(&bytes).into_owned()
            }
            Self::Padded(part) => in_part(&token, *part, |text| format!("{text}=")),
            Self::StandardAlphabet => token.replace('-', "+").replace('_', "/"),
            Self::StrayBits(part, bits) => in_part(&token, *part, |text| {
                let (rest, last) = text.split_at(text.len() - 1);
                format!("{rest}{}", with_stray_bits(last, *bits))
            }),
            Self::OtherKey => idp::stranger(algorithm.as_str()).token_of(header, claims),
            Self::OtherAlgorithm(other) => idp::key(other.as_str()).token_of(header, claims),
            Self::MoreParts => format!("{token}.{}", STANDARD_NO_PAD.encode("x")),
        }
    }
}

fn in_part(token: &str, part: usize, change: impl Fn(&str) -> String) -> String {
    let parts: Vec<String> = token
        .split('.')
        .enumerate()
        .map(
            |(index, text)| {
                if index == part % 3 && !text.is_empty() { change(text) } else { text.to_owned() }
            },
        )
        .collect();
    parts.join(".")
}

fn with_stray_bits(character: &str, bits: u8) -> char {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let value = ALPHABET.iter().position(|own| character.as_bytes() == [*own]).unwrap_or_default();
    char::from(ALPHABET[value ^ usize::from(bits % 4)])
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![Just(Part::Header), Just(Part::Claims)]
}

fn name() -> impl Strategy<Value = (Part, String)> {
    const HEADER: &[&str] = &[
        "alg", "kid", "typ", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip", "cty",
        "enc", "url", "nonce", "x",
    ];
    const CLAIMS: &[&str] = &[
        "sub",
        "iss",
        "exp",
        "iat",
        "nbf",
        "client_id",
        "token_use",
        "aud",
        "scope",
        "cognito:groups",
        "username",
        "cognito:username",
        "jti",
        "azp",
        "cid",
        "scp",
        "nonce",
        "at_hash",
        "typ",
        "cnf",
        "realm_access",
        "email",
        "custom:plan",
        "a",
        "x",
        "",
    ];
    prop_oneof![
        prop::sample::select(HEADER).prop_map(|name| (Part::Header, name.to_owned())),
        prop::sample::select(CLAIMS).prop_map(|name| (Part::Claims, name.to_owned())),
    ]
}

/// A JSON text, or nearly one.
fn value() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "RS256", "PS256", "ES256", "EdDSA", "none", "HS256", "JWT", "at+jwt", "Bearer", "ID", "key-1",
        "p-256", "access", "id", ISSUER, IDP, AUDIENCE, CLIENT, "a b", "a",
    ];
    const TEXTS: &[&str] = &[
        "null",
        "true",
        "{}",
        "[]",
        "[\"web\"]",
        "[\"a\",\"b\"]",
        "[1]",
        "1.5e3",
        "1e999",
        "-0",
        "0",
        "00",
        "18446744073709551616",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"\\u006bey-1\"",
        "{\"a\":1,\"a\":2}",
        "[\"orders\",\"a\"]",
        "{\"roles\":[\"a b\",null,\"%\"]}",
        "{\"roles\":\"a\"}",
        "{\"b\":[1]}",
        "4102444800.5",
    ];
    prop_oneof![
        prop::sample::select(KNOWN).prop_map(|text| json!(text).to_string()),
        prop::sample::select(TEXTS).prop_map(str::to_owned),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| format!("{number:e}")),
        (-5_i64..=5, prop_oneof![Just(1), Just(60), Just(1_000)]).prop_map(|(offset, unit)| UnixTime::now()
            .secs()
            .saturating_add_signed(offset * unit)
            .to_string()),
        ".{0,8}".prop_map(|text| json!(text).to_string()),
        (1_usize..200).prop_map(|depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth))),
    ]
}

/// A date about now, to the second.
fn date() -> impl Strategy<Value = Change> {
    let name = prop_oneof![Just("exp"), Just("nbf"), Just("iat")];
    (name, -90_i64..=90).prop_map(|(name, offset)| {
        let date = UnixTime::now().secs().saturating_add_signed(offset);
        Change::Set(Part::Claims, name.to_owned(), date.to_string())
    })
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => date(),
        4 => (name(), value()).prop_map(|((part, name), value)| Change::Set(part, name, value)),
        1 => name().prop_map(|(part, name)| Change::Remove(part, name)),
        1 => (name(), value(), any::<bool>())
            .prop_map(|((part, name), value, at_end)| Change::Repeat(part, name, value, at_end)),
        1 => name().prop_map(|(part, name)| Change::Escape(part, name)),
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    const TEXTS: &[&str] =
        &[" ", "\n", "\t", "\0", "\u{feff}", "\u{e9}", "{}", "\"", ",", ":1", "\\", "\"alg\":\"none\","];
    prop_oneof![
        (any::<usize>(), prop::sample::select(TEXTS))
            .prop_map(|(index, text)| Edit::Insert(index, text.as_bytes().to_vec())),
        (any::<usize>(), any::<u8>()).prop_map(|(index, byte)| Edit::Insert(index, vec![byte])),
        (any::<usize>(), any::<u8>()).prop_map(|(index, byte)| Edit::Replace(index, byte)),
        any::<usize>().prop_map(Edit::Remove),
        any::<usize>().prop_map(Edit::Cut),
        prop::sample::select(TEXTS).prop_map(|text| Edit::Append(text.as_bytes().to_vec())),
    ]
}

fn spelling() -> impl Strategy<Value = Spelling> {
    prop_oneof![
        20 => Just(Spelling::Plain),
        2 => edit().prop_map(Spelling::Bytes),
        1 => (0_usize..3).prop_map(Spelling::Padded),
        1 => Just(Spelling::StandardAlphabet),
        1 => (0_usize..3, any::<u8>()).prop_map(|(part, bits)| Spelling::StrayBits(part, bits)),
        1 => Just(Spelling::OtherKey),
        1 => prop::sample::select(&Algorithm::ALL[..]).prop_map(Spelling::OtherAlgorithm),
        1 => Just(Spelling::MoreParts),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let changes = prop::collection::vec(change(), 0..4);
    let edits = prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec((part(), edit()), 1..3)];
    let kind = prop_oneof![
        1 => Just(Kind::Access),
        1 => Just(Kind::Id),
        3 => prop::sample::select(&Algorithm::ALL[..]).prop_map(Kind::Other),
    ];
    (kind, changes, edits, spelling()).prop_map(|(kind, changes, edits, spelling)| Case {
        kind,
        changes,
        edits,
        spelling,
    })
}

fn gate(now: UnixTime) -> Gate {
    offline_gate::gate(&json!([{ "routes": ["GET /"], "issuers": ["own", IDP] }]), now)
}

/// The gate's and the oracle's opinion on a token. The oracle uses the system's time, so both are asked
/// within one second.
fn opinions(gate: &Gate, token: &str) -> (Option<Value>, Option<Told>) {
    loop {
        let now = UnixTime::now();
        let answer = offline_gate::answer(gate, &event(token), now).ok();
        let told = oracle::told(token, &offline_gate::CONTEXT);
        if UnixTime::now().secs() == now.secs() {
            return (answer, told);
        }
    }
}

#[test]
fn the_oracle_accepts_every_token_that_the_gate_accepts() {
    const CASES: u32 = 4_000;
    let now = UnixTime::now();
    let gate = gate(now);
    let (ours, theirs) = (Cell::new(0), Cell::new(0));
    let by_algorithm: [Cell<u32>; Algorithm::ALL.len()] = Default::default();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(CASES));
    let proof = runner.run(&case(), |case| {
        let (answer, told) = opinions(&gate, &case.token(now));
        theirs.set(theirs.get() + u32::from(told.is_some()));
        if case.is_untouched() {
            prop_assert!(answer.is_some(), "an untouched token is refused");
        }
        let Some(answer) = answer else { return Ok(()) };
        ours.set(ours.get() + 1);
        if let Kind::Other(algorithm) = case.kind {
            let place = Algorithm::ALL.into_iter().position(|own| own == algorithm).unwrap();
            by_algorithm[place].set(by_algorithm[place].get() + 1);
        }
        let Some(told) = told else { return Err(TestCaseError::fail("accepted here alone")) };
        prop_assert_eq!(gateway::complaint(&answer), None);
        prop_assert_eq!(&answer["context"], &told.context);
        prop_assert_eq!(&answer["principalId"], &told.principal_id);
        Ok(())
    });
    proof.unwrap_or_else(|failure| panic!("{failure}"));
    // Without accepted cases the test proves nothing, and without refused ones that the oracle accepts it
    // proves little.
    let (ours, theirs) = (ours.get(), theirs.get());
    println!("{ours} of {CASES} accepted, {theirs} by the oracle; of the algorithms {by_algorithm:?}");
    assert!(ours > CASES / 20, "only {ours} of {CASES} cases were accepted here");
    assert!(theirs > ours + CASES / 50, "{theirs} accepted by the oracle, {ours} here: nothing is stricter");
    assert!(by_algorithm.iter().all(|count| count.get() > CASES / 200), "{by_algorithm:?}");
}

/// A shrunk case that only the gate once accepted.
#[test]
fn a_header_parameter_that_the_oracle_needs_as_text_is_text() {
    let now = UnixTime::now();
    let gate = gate(now);
    for name in ["x5t", "x5t#S256", "enc", "url", "nonce"] {
        for value in [json!(5), json!([]), json!({}), json!(true)] {
            let header = with(KEY.header(), name, value.clone());
            for kind in [Kind::Access, Kind::Other(Algorithm::Rs256)] {
                let token = KEY.token_with(&header, &kind.claims(now));
                assert_eq!(opinions(&gate, &token), (None, None), "{name} = {value}");
            }
        }
    }
}

#[test]
fn the_tests_issuer_signs_with_every_configurable_algorithm() {
    assert_eq!(idp::ALGORITHMS, Algorithm::ALL.map(Algorithm::as_str));
}

/// Reads the token for issuers of both kinds, and for none.
fn read(token: &BearerToken<'_>) {
    static ISSUERS: LazyLock<Issuers> = LazyLock::new(offline_gate::two_issuers);
    for issuers in [&*ISSUERS, &offline_gate::no_issuers()] {
        let _ = UnverifiedToken::parse(token, issuers);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn reading_any_header_never_panics(header in "(?i)(bearer |)[A-Za-z0-9_.-]{0,200}|.{0,60}") {
        if let Ok(token) = BearerToken::parse(&header) {
            read(&token);
        }
    }

    #[test]
    fn reading_any_parts_never_panics(
        header in prop::collection::vec(any::<u8>(), 0..100),
        claims in prop::collection::vec(any::<u8>(), 0..100),
        signature in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let token = [&header, &claims, &signature].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
        if let Ok(token) = BearerToken::parse_bare(&token) {
            read(&token);
        }
    }
}
