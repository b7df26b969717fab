//! Class 12: issuers that are trusted for their own users, and claim what only the own pool may claim. Also
//! tokens of one kind of issuer in the form of another.
//!
//! `answer.rs` checks in every answer that a listed issuer opens only what names it, and that only the own
//! pool has its authority.

use std::collections::BTreeSet;

use authorizer::{DenyReason, TokenError, UnixTime};
use platform::identity::{Authority, Identity};
use serde_json::{Value, json};
use testkit::authorizer_event::event;
use testkit::files::TempFile;
use testkit::idp::{self, AUDIENCE, IDP};
use testkit::issuer::{CLIENT, ISSUER, KEY, SigningKey, with};

use super::fixture::{
    NOW, OTHER_POOL, OTHER_POOL_KEY, PARTNER, PARTNER_KEY, claims, claims_with, id_claims, idp_claims,
    other_pool_claims, partner_claims, without,
};
use super::suite::SUITES;
use super::table::Expected::{self, Allow, Deny};
use super::table::{Case, Class, bad};
use crate::support::function::Function;
use crate::support::{env, gate};

const NO_RULE: Expected = Deny(DenyReason::NoRule);

fn case(name: impl Into<String>, token: &str, expected: Expected, why: &'static str) -> Case {
    Class::Authority.case(name, event(token), expected, why)
}

pub(super) fn cases() -> Vec<Case> {
    [
        claims_of_the_own_pool(),
        subjects(),
        pool_in_the_form_of_others(),
        others_in_the_form_of_a_pool(),
        names(),
        keys(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn idp_key() -> &'static SigningKey {
    idp::key("EdDSA")
}

fn idp_with(name: &str, value: Value) -> Value {
    with(idp_claims(), name, value)
}

/// A trusted issuer: its key, its claims, and where it has groups.
fn issuers() -> [(&'static str, &'static SigningKey, Value, &'static str); 3] {
    [
        ("another pool", &OTHER_POOL_KEY, other_pool_claims(), "cognito:groups"),
        ("a partner", &PARTNER_KEY, partner_claims(), "cognito:groups"),
        ("an oidc issuer", idp_key(), idp_claims(), "realm_access"),
    ]
}

/// What the own pool's users have, in the claims of each other issuer. A rule that names no issuer is not for
/// them.
fn claims_of_the_own_pool() -> Vec<Case> {
    let why = "a rule holds for the issuers that it names, and for the own pool where it names none";
    let mut cases = Vec::new();
    for (who, key, claims, place) in issuers() {
        let groups = |names: &[&str]| {
            if place == "realm_access" { json!({ "roles": names }) } else { json!(names) }
        };
        let said = |changes: &[(&str, Value)]| {
            let claims = with(claims.clone(), place, groups(&["nobody"]));
            changes.iter().fold(claims, |claims, (name, value)| with(claims, name, value.clone()))
        };
        let staff = [(place, groups(&["staff"]))];
        let own_sub = super::fixture::claims()["sub"].clone();
        for (name, claims, expected) in [
            ("a group of a rule for it", said(&staff), Allow),
            ("no group of a rule for it", said(&[]), NO_RULE),
            ("the group admins", said(&[(place, groups(&["admins"]))]), NO_RULE),
            ("every group of the rules", said(&[(place, groups(&["admins", "wide", "own"]))]), NO_RULE),
            ("the scope orders/read", said(&[("scope", json!("orders/read"))]), NO_RULE),
            (
                "all at once",
                said(&[(place, groups(&["admins", "wide"])), ("scope", json!("orders/read"))]),
                NO_RULE,
            ),
            (
                "the group admins beside its own",
                said(&[(place, groups(&["staff", "admins", "wide"]))]),
                Allow,
            ),
            ("a subject of the own pool's", said(&[(place, groups(&["admins"])), ("sub", own_sub)]), NO_RULE),
            (
                "a user name of the own pool's",
                said(&[("username", json!("ann")), ("cognito:username", json!("ann"))]),
                NO_RULE,
            ),
            (
                "a client of the own pool's beside it",
                said(&[(place, groups(&["admins"])), ("azp", json!(CLIENT))]),
                NO_RULE,
            ),
            (
                "an own claim of the own pool's",
                said(&[("custom:plan", json!("pro")), ("custom:role", json!("admin"))]),
                NO_RULE,
            ),
            (
                "the own pool's authority",
                said(&[("authority", json!("own")), ("iss_own", json!(ISSUER))]),
                NO_RULE,
            ),
            (
                "the own pool beside it, as azp",
                said(&[("azp", json!(ISSUER)), ("amr", json!([ISSUER]))]),
                NO_RULE,
            ),
        ] {
            cases.push(case(format!("{who} says {name}"), &key.token(&claims), expected, why));
        }
    }
    let of_pool = idp_with("cognito:groups", json!(["staff", "admins"]));
    let of_pool = with(of_pool, "realm_access", json!({ "roles": [] }));
    let why = "an issuer's groups stand where its entry says, and nowhere else";
    cases.push(case("an oidc issuer says cognito:groups", &idp_key().token(&of_pool), NO_RULE, why));
    let why = "the control of the others";
    cases.push(case(
        "the own pool says the group admins",
        &KEY.token(&claims_with("cognito:groups", json!(["admins"]))),
        Allow,
        why,
    ));
    cases.push(case(
        "the own pool says the scope",
        &KEY.token(&with(claims_with("cognito:groups", json!([])), "scope", json!("orders/read"))),
        Allow,
        why,
    ));
    cases
}

fn subjects() -> Vec<Case> {
    let told = "the services read the subject as it is, and a log gets what it can hold";
    let no_name = "a control character could end a line of a log";
    let mut cases = Vec::new();
    for (name, sub, is_good) in [
        ("quotes", "a\",\"admin\":\"true".to_owned(), true),
        ("a backslash", "a\\".to_owned(), true),
        ("a backslash and a quote", "a\\\"".to_owned(), true),
        ("an equals sign", "a=22".to_owned(), true),
        ("a pipe", "auth0|1".to_owned(), true),
        ("spaces", " a b ".to_owned(), true),
        ("512 bytes of letters beyond ASCII", "\u{1f600}".repeat(128), true),
        ("letters from right to left", "\u{202e}nimda".to_owned(), true),
        ("a percent sign", "%22%0a".to_owned(), true),
        ("braces", "{\"sub\":\"root\"}".to_owned(), true),
        ("a line end", "a\nb".to_owned(), false),
        ("CR and LF", "a\r\n{\"decision\":\"allow\"}".to_owned(), false),
        ("a NUL", "a\0".to_owned(), false),
        ("an ESC", "\u{1b}[2Ja".to_owned(), false),
        ("a NEL", "a\u{85}b".to_owned(), false),
        ("513 bytes", "a".repeat(513), false),
        ("nothing", String::new(), false),
    ] {
        let expected = if is_good { Allow } else { bad(TokenError::Claim("sub")) };
        let why = if is_good { told } else { no_name };
        for (who, key, claims, _) in issuers() {
            let token = key.token(&with(claims, "sub", json!(sub)));
            cases.push(case(format!("a subject of {who} with {name}"), &token, expected, why));
        }
    }
    cases
}

/// Cognito's tokens have one form, which other issuers' needs must not loosen.
fn pool_in_the_form_of_others() -> Vec<Case> {
    let why = "a pool's tokens are held to a pool's form, whoever else is in the list";
    let exp = f64::from(u32::try_from(*NOW + 3_540).unwrap());
    let mut cases = Vec::new();
    for (who, key, claims) in
        [("the own pool", &*KEY, claims()), ("another pool", &*OTHER_POOL_KEY, other_pool_claims())]
    {
        for (name, claims, expected) in [
            (
                "a list of scopes",
                with(claims.clone(), "scope", json!(["orders/read"])),
                bad(TokenError::Claim("scope")),
            ),
            ("a date with a point", with(claims.clone(), "exp", json!(exp)), bad(TokenError::Claim("exp"))),
            (
                "a text for groups",
                with(claims.clone(), "cognito:groups", json!("staff")),
                bad(TokenError::Claim("cognito:groups")),
            ),
            (
                "no token_use but a typ",
                with(without(claims.clone(), "token_use"), "typ", json!("Bearer")),
                bad(TokenError::MissingClaim("token_use")),
            ),
            (
                "no client_id but azp",
                with(without(claims.clone(), "client_id"), "azp", json!(CLIENT)),
                bad(TokenError::MissingClaim("client_id")),
            ),
            (
                "no client_id but cid",
                with(without(claims.clone(), "client_id"), "cid", json!(CLIENT)),
                bad(TokenError::MissingClaim("client_id")),
            ),
            (
                "null for a user name",
                with(claims.clone(), "username", json!(null)),
                bad(TokenError::Claim("username")),
            ),
            (
                "roles in place of groups",
                with(
                    without(claims.clone(), "cognito:groups"),
                    "realm_access",
                    json!({ "roles": ["staff"] }),
                ),
                NO_RULE,
            ),
            (
                "scp in place of scope",
                with(without(claims.clone(), "cognito:groups"), "scp", json!(["orders/read"])),
                NO_RULE,
            ),
            ("a list of audiences beside it", with(claims.clone(), "aud", json!([AUDIENCE])), Allow),
            ("a nonce beside it", with(claims.clone(), "nonce", json!("n")), Allow),
        ] {
            cases.push(case(format!("{who}: {name}"), &key.token(&claims), expected, why));
        }
        let typed = key
            .token_with(&with(key.header(), "typ", json!("at+jwt")), &without(claims.clone(), "token_use"));
        cases.push(case(
            format!("{who}: at+jwt for token_use"),
            &typed,
            bad(TokenError::MissingClaim("token_use")),
            why,
        ));
        let listed = with(with(id_claims(), "iss", claims["iss"].clone()), "aud", json!([CLIENT]));
        cases.push(case(
            format!("{who}: an ID token for a list"),
            &key.token(&listed),
            bad(TokenError::TokenUse),
            why,
        ));
    }
    cases
}

/// What a pool's token says about itself means nothing in another issuer's token.
fn others_in_the_form_of_a_pool() -> Vec<Case> {
    let token_use = bad(TokenError::TokenUse);
    let audience = bad(TokenError::Audience);
    let sign = "`token_use` is a pool's word: an oidc issuer's token needs a sign of its own (RFC 9068)";
    let for_it = "a token is for the API that its `aud` names (RFC 7519 section 4.1.3)";
    let pool_shaped = with(with(claims(), "iss", json!(IDP)), "aud", json!(AUDIENCE));
    let no_sign = without(idp_claims(), "scope");
    [
        (
            "a pool's access token, for the API",
            with(pool_shaped.clone(), "realm_access", json!({ "roles": ["staff"] })),
            Allow,
            for_it,
        ),
        (
            "a pool's access token, whose groups are not where they should be",
            pool_shaped.clone(),
            NO_RULE,
            for_it,
        ),
        ("a pool's access token", without(pool_shaped, "aud"), audience, for_it),
        (
            "a pool's ID token, for the API",
            with(with(id_claims(), "iss", json!(IDP)), "aud", json!(AUDIENCE)),
            token_use,
            sign,
        ),
        ("a pool's ID token, for a client", with(id_claims(), "iss", json!(IDP)), token_use, sign),
        (
            "token_use access and no other sign",
            with(no_sign.clone(), "token_use", json!("access")),
            token_use,
            sign,
        ),
        ("token_use id beside a sign", idp_with("token_use", json!("id")), Allow, sign),
        ("token_use of no kind beside a sign", idp_with("token_use", json!(5)), Allow, sign),
        ("no sign at all", no_sign, token_use, sign),
    ]
    .into_iter()
    .map(|(name, claims, expected, why)| {
        case(format!("an oidc issuer: {name}"), &idp_key().token(&claims), expected, why)
    })
    .collect()
}

/// Names that differ slightly from those of the listed issuers.
fn names() -> Vec<Case> {
    let why = "`iss` is compared byte by byte, a slash at its end included (RFC 8725 section 3.8)";
    let untrusted = bad(TokenError::UntrustedIssuer);
    let mut cases = vec![case("an oidc issuer by its name", &idp_key().token(&idp_claims()), Allow, why)];
    for (name, iss) in [
        ("without its slash", IDP.trim_end_matches('/').to_owned()),
        ("with two slashes", format!("{IDP}/")),
        ("in capitals", IDP.to_uppercase()),
        ("with its host in capitals", IDP.replace("idp", "IDP")),
        ("over plain http", IDP.replace("https", "http")),
        ("with a port", IDP.replace(".com", ".com:443")),
        ("with a dot at the end of the host", IDP.replace(".com", ".com.")),
        ("with a path", format!("{IDP}realms/a")),
        ("with a query", format!("{IDP}?a")),
        ("with a space", format!("{IDP} ")),
        ("of nobody", "https://evil.example/".to_owned()),
        ("of a host that begins alike", IDP.replace(".com", ".com.evil.example")),
    ] {
        // The claims are as complete as a pool's, so that only the name is wrong.
        let claims = with(idp_with("iss", json!(iss)), "token_use", json!("access"));
        let token = idp_key().token(&with(claims, "client_id", json!(CLIENT)));
        cases.push(case(format!("an oidc issuer {name}"), &token, untrusted, why));
    }
    for (name, key, iss) in [
        ("the partner, with a slash", &*PARTNER_KEY, format!("{PARTNER}/")),
        ("another pool, with a slash", &OTHER_POOL_KEY, format!("{OTHER_POOL}/")),
        (
            "another pool in its other form",
            &OTHER_POOL_KEY,
            OTHER_POOL.replace("cognito-idp", "issuer-cognito-idp"),
        ),
    ] {
        let token = key.token(&claims_with("iss", json!(iss)));
        cases.push(case(name, &token, untrusted, why));
    }
    cases
}

/// An issuer's keys verify nothing for another issuer, and nothing with another issuer's algorithms.
fn keys() -> Vec<Case> {
    let why = "a token is verified with the keys, and by the algorithms, of the issuer that it names";
    let by = |key: &SigningKey, header: &Value, claims: &Value| key.token_with(header, claims);
    let idp_rsa = idp::key("PS256");
    vec![
        case(
            "another pool's key for the own pool",
            &OTHER_POOL_KEY.token(&claims()),
            bad(TokenError::UnknownKey),
            why,
        ),
        case(
            "another pool's key under the own pool's id",
            &by(&OTHER_POOL_KEY, &KEY.header(), &claims()),
            bad(TokenError::Signature),
            why,
        ),
        case(
            "an oidc issuer's key for the own pool",
            &idp_key().token(&claims()),
            bad(TokenError::Algorithm),
            why,
        ),
        case(
            "an oidc issuer's key under the own pool's id",
            &by(idp_key(), &KEY.header(), &claims()),
            bad(TokenError::Signature),
            why,
        ),
        case(
            "the own pool's key for an oidc issuer, by PS256",
            &idp_rsa.token(&idp_claims()),
            Allow,
            "the tests' issuer has the same key, which is its own there",
        ),
        case("the own pool's token by PS256", &idp_rsa.token(&claims()), bad(TokenError::Algorithm), why),
        case(
            "another pool's token by ES256",
            &idp::key("ES256").token(&other_pool_claims()),
            bad(TokenError::Algorithm),
            why,
        ),
        case(
            "the partner's key for an oidc issuer",
            &PARTNER_KEY.token(&idp_claims()),
            bad(TokenError::UnknownKey),
            why,
        ),
    ]
}

/// The identity that the services read from the answer to the bearer of these claims.
fn identity(answer: &Value) -> Identity {
    Identity::from_context(|key| answer["context"][key].as_str()).unwrap()
}

/// The same subject in the claims of each issuer and of the own pool.
fn one_subject() -> Vec<String> {
    let sub = claims()["sub"].clone();
    let others = issuers().map(|(_, key, claims, _)| key.token(&with(claims, "sub", sub.clone())));
    std::iter::once(KEY.token(&claims())).chain(others).collect()
}

fn assert_told_apart(answers: &[Value]) {
    let identities: Vec<Identity> = answers.iter().map(identity).collect();
    let issuers: Vec<&str> = identities.iter().map(|identity| identity.issuer.as_str()).collect();
    assert_eq!(issuers, [ISSUER, OTHER_POOL, PARTNER, IDP]);
    let (own, others) = identities.split_first().unwrap();
    assert_eq!(
        (own.authority, own.is_home(), own.subject_key()),
        (Authority::Own, true, own.subject.clone())
    );
    for other in others {
        assert_eq!(
            (other.authority, other.is_home(), &other.subject),
            (Authority::Named, false, &own.subject)
        );
    }
    let keys: BTreeSet<String> = identities.iter().map(Identity::subject_key).collect();
    assert_eq!(keys.len(), identities.len(), "no two of them share what is stored under a subject");
}

#[tokio::test]
async fn the_same_subject_of_each_issuer_is_another_caller() {
    let suite = &SUITES[0];
    let server = suite.key_server();
    let authorizer = suite.authorizer(&server.url);
    let gate = gate(&server.url, &authorizer);
    let config = TempFile::new(json!({ "authorizer": authorizer }).to_string());
    let mut env = env(&server.url);
    env.insert("CONFIG_FILE", config.name());
    let mut function = Function::start(&env);
    let (mut by_library, mut by_binary) = (Vec::new(), Vec::new());
    for token in one_subject() {
        let answer = gate.authorize(&event(&token), UnixTime::from_secs(*NOW)).await.unwrap();
        by_library.push(serde_json::to_value(answer).unwrap());
        by_binary.push(function.invoke(event(&token)).await.unwrap());
    }
    assert_told_apart(&by_library);
    assert_told_apart(&by_binary);
}
