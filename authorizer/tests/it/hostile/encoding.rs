//! Class 4: texts that two readers could read differently, and texts that are not JSON.

use authorizer::TokenError;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::json;
use testkit::authorizer_event::event;
use testkit::issuer::{compact, with};

use super::fixture::Signer;
use super::table::Expected::{self, Allow};
use super::table::{Case, Class, bad};

pub(super) fn cases(who: &Signer) -> Vec<Case> {
    [
        alphabet(who),
        last_bits(who),
        stray_characters(who),
        header_documents(who),
        payload_documents(who),
        depths(who),
        doubles(who),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn case(who: &Signer, name: impl AsRef<str>, token: &str, expected: Expected, why: &'static str) -> Case {
    Class::Encoding.case(who.name(name.as_ref()), event(token), expected, why)
}

/// Header, payload and signature. The payload's base64url has `-` and `_`.
fn parts(who: &Signer) -> [String; 3] {
    let token = who.payload(who.claims_text("\"~~~???>>>\""));
    let mut parts = token.split('.').map(str::to_owned);
    [parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap()]
}

const PARTS: [&str; 3] = ["header", "payload", "signature"];

fn alphabet(who: &Signer) -> Vec<Case> {
    let why = "base64url has no padding, and `-` and `_` (RFC 7515 section 2)";
    let mut cases = vec![case(who, "all letters of base64url", &parts(who).join("."), Allow, why)];
    for (index, part) in PARTS.into_iter().enumerate() {
        for padding in ["=", "=="] {
            let mut padded = parts(who);
            padded[index] += padding;
            let name = format!("{part} with {padding}");
            cases.push(case(who, name, &padded.join("."), bad(TokenError::NotBearer), why));
        }
    }
    let [header, payload, signature] = parts(who);
    assert!(payload.contains(['-', '_']), "the next case needs it");
    let standard = STANDARD_NO_PAD.encode(URL_SAFE_NO_PAD.decode(&payload).unwrap());
    let written = format!("{header}.{standard}.{signature}");
    cases.push(case(who, "payload in standard base64", &written, bad(TokenError::NotBearer), why));
    let signed_so = format!("{header}.{standard}");
    let signed_so = compact(&signed_so, who.key.sign(who.key.alg, &signed_so));
    cases.push(case(who, "payload signed in standard base64", &signed_so, bad(TokenError::NotBearer), why));
    let percent = parts(who).join("%2E");
    cases.push(case(who, "dots as %2E", &percent, bad(TokenError::NotBearer), why));
    let plain = format!("{{\"alg\":\"RS256\"}}.{payload}.{signature}");
    cases.push(case(who, "header not encoded at all", &plain, bad(TokenError::NotBearer), why));
    cases
}

/// If the length of a text is not a multiple of four, its last character has unused bits. They must be zero,
/// or one token would have several spellings.
fn last_bits(who: &Signer) -> Vec<Case> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let why = "one token has one spelling: stray bits are no part of it (RFC 4648 section 3.5)";
    let mut cases = Vec::new();
    for (index, part) in PARTS.into_iter().enumerate() {
        for stray in [1, 2, 3] {
            let mut changed = odd_lengths(who);
            let last = changed[index].pop().unwrap();
            let value = ALPHABET.iter().position(|letter| char::from(*letter) == last).unwrap();
            changed[index].push(char::from(ALPHABET[value + stray]));
            let name = format!("{part} with stray bits {stray}");
            cases.push(case(who, name, &changed.join("."), bad(TokenError::Encoding), why));
        }
        let mut longer = odd_lengths(who);
        while longer[index].len() % 4 != 1 {
            longer[index].push('A');
        }
        let why = "no bytes have a base64url form of this length (RFC 4648 section 4)";
        cases.push(case(
            who,
            format!("{part} a letter too long"),
            &longer.join("."),
            bad(TokenError::Encoding),
            why,
        ));
    }
    cases.push(case(who, "parts of such lengths", &odd_lengths(who).join("."), Allow, why));
    cases
}

/// A good token in which the last character of each part has unused bits.
fn odd_lengths(who: &Signer) -> [String; 3] {
    let spaced = |json: String| {
        let spaces = (0..3).find(|spaces| (json.len() + spaces) % 3 == 1).unwrap();
        json + &" ".repeat(spaces)
    };
    let token = who.key.token_of(spaced(who.key.header().to_string()), spaced((who.claims)().to_string()));
    let mut parts = token.split('.').map(str::to_owned);
    [parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap()]
}

fn stray_characters(who: &Signer) -> Vec<Case> {
    let why = "a token has letters, digits, `-`, `_` and `.` alone (RFC 7515 section 2)";
    let token = who.good();
    let mut cases = Vec::new();
    for (name, stray) in [
        ("a space", " "),
        ("a line end", "\n"),
        ("CR and LF", "\r\n"),
        ("a tab", "\t"),
        ("a NUL", "\0"),
        ("a DEL", "\u{7f}"),
        ("a control character", "\u{1}"),
        ("a no-break space", "\u{a0}"),
        ("a space of no width", "\u{200b}"),
        ("a letter with an accent", "\u{e9}"),
        ("a wide letter", "\u{ff21}"),
        ("a replacement character", "\u{fffd}"),
        ("a byte order mark", "\u{feff}"),
    ] {
        for (place, at) in
            [("in the header", 5), ("in the signature", token.len() - 5), ("behind", token.len())]
        {
            let mut token = token.clone();
            token.insert_str(at, stray);
            cases.push(case(who, format!("{name} {place}"), &token, bad(TokenError::NotBearer), why));
        }
    }
    cases
}

fn header_documents(who: &Signer) -> Vec<Case> {
    let why = "a header is one JSON object in UTF-8 (RFC 7515 section 4)";
    let good = who.key.header().to_string();
    let documents: [(&str, Vec<u8>); 12] = [
        ("null", b"null".to_vec()),
        ("a list", br#"["RS256","key-1"]"#.to_vec()),
        ("a text", br#""RS256""#.to_vec()),
        ("a number", b"256".to_vec()),
        ("no JSON", b"RS256".to_vec()),
        ("cut short", good.trim_end_matches('}').into()),
        ("two objects", good.repeat(2).into()),
        ("something behind", format!("{good}x").into()),
        ("a byte order mark in front", format!("\u{feff}{good}").into()),
        ("a NUL behind", format!("{good}\0").into()),
        ("invalid UTF-8 in kid", b"{\"alg\":\"RS256\",\"kid\":\"key-1\xff\"}".to_vec()),
        ("UTF-16", good.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ];
    documents
        .into_iter()
        .map(|(name, document)| {
            let token = who.key.token_of(document, (who.claims)().to_string());
            case(who, format!("header: {name}"), &token, bad(TokenError::Header), why)
        })
        .collect()
}

fn payload_documents(who: &Signer) -> Vec<Case> {
    let good = (who.claims)().to_string();
    let raw = |x: &[u8]| [who.claims_text("\"").trim_end_matches('}').as_bytes(), x, b"\"}"].concat();
    let documents: [(&str, Vec<u8>); 20] = [
        ("null", b"null".to_vec()),
        ("a list of an object", format!("[{good}]").into()),
        ("a text", br#""sub""#.to_vec()),
        ("a number", b"5".to_vec()),
        ("true", b"true".to_vec()),
        ("cut short", good.trim_end_matches('}').into()),
        ("two objects", good.repeat(2).into()),
        ("a NUL behind", format!("{good}\0").into()),
        ("a byte order mark in front", format!("\u{feff}{good}").into()),
        ("UTF-16", good.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("invalid UTF-8", raw(b"\xff\xfe")),
        ("UTF-8 longer than need be", raw(b"\xc0\x80")),
        ("half a surrogate pair in UTF-8", raw(b"\xed\xa0\x80")),
        ("half a surrogate pair as an escape", raw(br"\ud800")),
        ("a line end in a text", raw(b"a\nb")),
        ("a NUL in a text", raw(b"a\0b")),
        ("a comma too many", format!("{},}}", good.strip_suffix('}').unwrap()).into()),
        ("a comment", format!("/* */{good}").into()),
        ("NaN", who.claims_text("NaN").into()),
        ("a number beyond all numbers", who.claims_text("1e999").into()),
    ];
    let why = "a claims set is one JSON object in UTF-8 (RFC 7519 section 3, RFC 8259)";
    let mut cases: Vec<Case> = documents
        .into_iter()
        .map(|(name, document)| {
            case(who, format!("payload: {name}"), &who.payload(document), bad(TokenError::Claims), why)
        })
        .collect();
    let empty = bad(TokenError::MissingClaim("iss"));
    cases.push(case(who, "payload: an empty object", &who.payload("{}"), empty, "it claims nothing"));
    let (before, after) = good.split_once("\"sub\":\"").unwrap();
    for (name, sub, error) in [
        ("invalid UTF-8", &b"a\xff"[..], TokenError::Claims),
        ("half a surrogate pair", br"a\udc00", TokenError::Claim("sub")),
    ] {
        let document = [before.as_bytes(), b"\"sub\":\"", sub, after.as_bytes()].concat();
        cases.push(case(who, format!("payload: {name} in sub"), &who.payload(document), bad(error), why));
    }
    let many: Vec<String> = (0..700).map(|n| format!(",\"x{n}\":1")).collect();
    let many = who.claims_text(&format!("1{}", many.concat()));
    cases.push(case(
        who,
        "payload: 700 claims that nobody reads",
        &who.payload(many),
        Allow,
        "each has its own name",
    ));
    let spaced = format!(" \t\r\n{good}\n");
    cases.push(case(
        who,
        "payload: white space around",
        &who.payload(spaced),
        Allow,
        "RFC 8259 section 2 allows it",
    ));
    cases
}

fn depths(who: &Signer) -> Vec<Case> {
    let why = "depth must not be paid for with the stack";
    let closed = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let deep_header = |x: &str| format!("{{\"alg\":\"RS256\",\"kid\":\"key-1\",\"x\":{x}}}");
    let plain = (who.claims)().to_string();
    vec![
        case(
            who,
            "100 deep",
            &who.payload(who.claims_text(&closed(100))),
            Allow,
            "this is deep, and harmless",
        ),
        case(who, "3,000 deep", &who.payload(who.claims_text(&closed(3_000))), bad(TokenError::Claims), why),
        case(
            who,
            "6,000 deep, not closed",
            &who.payload(who.claims_text(&"[".repeat(6_000))),
            bad(TokenError::Claims),
            why,
        ),
        case(
            who,
            "nothing but 7,000 brackets",
            &who.payload("[".repeat(7_000)),
            bad(TokenError::Claims),
            why,
        ),
        case(
            who,
            "1,000 objects deep",
            &who.payload(who.claims_text(&objects(1_000))),
            bad(TokenError::Claims),
            why,
        ),
        case(
            who,
            "100,000 deep",
            &who.payload("[".repeat(100_000)),
            bad(TokenError::TooLong),
            "it is not even decoded",
        ),
        case(
            who,
            "a header 3,000 deep",
            &who.key.token_of(deep_header(&closed(3_000)), &plain),
            bad(TokenError::Header),
            why,
        ),
        deep_claim(who, "aud", &closed(2_000), why),
        deep_claim(who, "sub", &closed(2_000), why),
        deep_claim(who, "cognito:groups", &closed(2_000), why),
    ]
}

fn deep_claim(who: &Signer, name: &'static str, value: &str, why: &'static str) -> Case {
    let mut claims = (who.claims)();
    claims.as_object_mut().unwrap().remove(name);
    let claims = claims.to_string();
    let document = format!("{},\"{name}\":{value}}}", claims.strip_suffix('}').unwrap());
    case(who, format!("{name} 2,000 deep"), &who.payload(document), bad(TokenError::Claim(name)), why)
}

fn doubles(who: &Signer) -> Vec<Case> {
    let why = "two readers could see two claims (RFC 7519 section 4)";
    let good = (who.claims)().to_string();
    let and = |more: &str| format!("{},{more}}}", good.strip_suffix('}').unwrap());
    let in_aud =
        || with((who.claims)(), "aud", json!("AUD")).to_string().replace("\"AUD\"", r#"[{"a":1,"a":2}]"#);
    [
        ("iss twice", and(r#""iss":"https://evil.example""#), TokenError::Claims),
        ("sub twice", and(r#""sub":"root""#), TokenError::Claims),
        ("sub twice, once with an escape", and(r#""s\u0075b":"root""#), TokenError::Claims),
        ("exp twice, the same", and(&format!("\"exp\":{}", (who.claims)()["exp"])), TokenError::Claims),
        (
            "cognito:groups twice",
            and(r#""cognito:groups":["a"],"cognito:groups":["admins"]"#),
            TokenError::Claims,
        ),
        ("an unknown claim twice", and(r#""x":1,"x":1"#), TokenError::Claims),
        ("a member twice inside a claim", and(r#""x":{"a":1,"a":2}"#), TokenError::Claims),
        ("a member twice deep inside a claim", and(r#""x":[[{"b":{"a":1,"a":2}}]]"#), TokenError::Claims),
        ("a member twice inside aud", in_aud(), TokenError::Claim("aud")),
    ]
    .into_iter()
    .map(|(name, document, error)| case(who, name, &who.payload(document), bad(error), why))
    .collect()
}
