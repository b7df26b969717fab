//! Class 3: texts that do not have three parts, or are too long to be read.

use authorizer::TokenError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use testkit::authorizer_event::event;
use testkit::issuer::compact;

use super::fixture::{Signer, with_header};
use super::table::Expected::{self, Allow};
use super::table::{Case, Class, bad};

const LONGEST: usize = 10_240;

pub(super) fn cases(who: &Signer) -> Vec<Case> {
    [parts(who), empty_parts(who), lengths(who), serialisations(who)].into_iter().flatten().collect()
}

fn case(who: &Signer, name: &str, token: &str, expected: Expected, why: &'static str) -> Case {
    Class::Shape.case(who.name(name), event(token), expected, why)
}

fn parts(who: &Signer) -> Vec<Case> {
    let token = who.good();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let why = "a compact JWS has three parts (RFC 7515 section 7.1)";
    let mut cases = vec![case(who, "three parts", &token, Allow, "this is the shape")];
    for (name, token) in [
        ("one part", header.to_owned()),
        ("two parts", input.to_owned()),
        ("header and signature", format!("{header}.{signature}")),
        ("two signatures", format!("{token}.{signature}")),
        ("a part before", format!("{header}.{token}")),
        ("a dot before", format!(".{token}")),
        ("a dot after", format!("{token}.")),
        ("two tokens", format!("{token}.{token}")),
        ("the payload in two parts", format!("{header}.{}.{}.{signature}", &payload[..10], &payload[10..])),
        ("one dot", ".".to_owned()),
        ("three dots", "...".to_owned()),
        ("10,000 dots", ".".repeat(10_000)),
    ] {
        cases.push(case(who, name, &token, bad(TokenError::NotThreeParts), why));
    }
    cases
}

fn empty_parts(who: &Signer) -> Vec<Case> {
    let token = who.good();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let why = "no part may be empty: there is no detached content here (RFC 7515 appendix F)";
    let mut cases = Vec::new();
    for (name, token) in [
        ("no header", format!(".{payload}.{signature}")),
        ("no payload", format!("{header}..{signature}")),
        (
            "no payload, signed so",
            compact(&format!("{header}."), who.key.sign(who.key.alg, &format!("{header}."))),
        ),
        ("no signature", format!("{input}.")),
        ("two dots", "..".to_owned()),
    ] {
        cases.push(case(who, name, &token, bad(TokenError::Encoding), why));
    }
    let why = "there is no token";
    cases.push(Class::Shape.case(
        who.name("an empty header"),
        with_header(""),
        bad(TokenError::Missing),
        why,
    ));
    cases.push(case(who, "an empty token", "", bad(TokenError::NotBearer), why));
    cases
}

/// A signed token of this many bytes, or up to two more.
fn token_of(who: &Signer, bytes: usize) -> String {
    let room = bytes - who.payload(who.claims_text("\"\"")).len();
    let filled = |filling: usize| who.payload(who.claims_text(&format!("\"{}\"", "a".repeat(filling))));
    (room * 3 / 4 - 3..room).map(filled).find(|token| token.len() >= bytes).unwrap()
}

fn lengths(who: &Signer) -> Vec<Case> {
    let why = "no gateway passes on more than 10,240 bytes of headers; what is longer is not decoded";
    let mut cases =
        vec![case(who, "a token of 10,000 bytes", &token_of(who, 10_000), Allow, "this much can arrive")];
    for (name, token) in [
        ("a signed token of 10,242 bytes", token_of(who, LONGEST + 2)),
        ("a signed token of 64 KB", token_of(who, 64 << 10)),
        ("a signed token of 1 MB", token_of(who, 1 << 20)),
        ("10,241 letters", "a".repeat(LONGEST + 1)),
        ("64 KB of letters", "a".repeat(64 << 10)),
        ("1 MB of letters", "a".repeat(1 << 20)),
        ("1 MB of dots", ".".repeat(1 << 20)),
    ] {
        cases.push(case(who, name, &token, bad(TokenError::TooLong), why));
    }
    let longest = "a".repeat(LONGEST);
    cases.push(case(who, "10,240 letters", &longest, bad(TokenError::NotThreeParts), "it has one part"));
    let spaces = with_header(&" ".repeat(1 << 20));
    cases.push(Class::Shape.case(
        who.name("a header of 1 MB of spaces"),
        spaces,
        bad(TokenError::TooLong),
        why,
    ));
    cases
}

/// RFC 7515 section 7.2 (JSON), RFC 7516 section 7.1 (JWE), RFC 7519 section 5.2 (a token in a token).
fn serialisations(who: &Signer) -> Vec<Case> {
    let token = who.good();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let (protected, payload) = input.split_once('.').unwrap();
    let flat = json!({ "protected": protected, "payload": payload, "signature": signature });
    let general = json!({
        "payload": payload, "signatures": [{ "protected": protected, "signature": signature }],
    });
    let jwe_header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RSA-OAEP","enc":"A256GCM","cty":"JWT"}"#);
    let jwe = format!("{jwe_header}.{signature}.AAAAAAAAAAAAAAAA.{payload}.AAAAAAAAAAAAAAAAAAAAAA");
    let direct = jwe.replacen(signature, "", 1);
    let nested = who.payload(&token);
    let compact_only = "this gate reads the compact serialisation alone (RFC 7519 section 3)";
    let no_jwe = "an encrypted token is another thing (RFC 7516 section 9)";
    let three = bad(TokenError::NotThreeParts);
    let signed =
        who.key.token_of(r#"{"alg":"RSA-OAEP","enc":"A256GCM","kid":"key-1"}"#, (who.claims)().to_string());
    vec![
        case(who, "flattened JSON", &flat.to_string(), bad(TokenError::NotBearer), compact_only),
        case(who, "general JSON", &general.to_string(), bad(TokenError::NotBearer), compact_only),
        case(who, "JSON in base64url", &URL_SAFE_NO_PAD.encode(flat.to_string()), three, compact_only),
        case(who, "a JWE", &jwe, three, no_jwe),
        case(who, "a JWE with a direct key", &direct, three, no_jwe),
        case(
            who,
            "three parts with a JWE's header",
            &signed,
            bad(TokenError::ForbiddenHeader("enc")),
            no_jwe,
        ),
        case(who, "a token in a token", &nested, bad(TokenError::Claims), "the payload is no JSON object"),
    ]
}
