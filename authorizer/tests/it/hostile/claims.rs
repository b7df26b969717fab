//! Class 7: claims that are missing, of the wrong type, or another party's.

use authorizer::TokenError;
use serde_json::{Value, json};
use testkit::authorizer_event::event;
use testkit::issuer::{CLIENT, ISSUER, KEY, with};

use super::fixture::{NOW, PARTNER, PARTNER_KEY, claims, claims_with, id_claims, partner_claims, without};
use super::forge;
use super::table::Expected::{self, Allow};
use super::table::{Case, Class, bad};

pub(super) fn cases() -> Vec<Case> {
    [issuers(), clients(), uses(), types(), missing(), times(), other_services()]
        .into_iter()
        .flatten()
        .collect()
}

fn case(name: impl Into<String>, claims: &Value, expected: Expected, why: &'static str) -> Case {
    Class::Claims.case(name, event(&KEY.token(claims)), expected, why)
}

fn issuers() -> Vec<Case> {
    let why = "`iss` is compared byte by byte (RFC 7519 section 4.1.1, RFC 8725 section 3.8)";
    let host = "cognito-idp.us-east-1.amazonaws.com";
    let mut cases: Vec<Case> = [
        ("with a slash behind", format!("{ISSUER}/")),
        ("of another region", ISSUER.replace("us-east-1.", "eu-west-1.")),
        ("of another pool", ISSUER.replace("_pool", "_loop")),
        ("of a pool that begins alike", format!("{ISSUER}2")),
        ("cut short", ISSUER.trim_end_matches('l').to_owned()),
        ("in the issuer- form of another pool", ISSUER.replace("cognito-idp", "issuer-cognito-idp") + "2"),
        (
            "in the issuer- form of another region",
            ISSUER.replace("cognito-idp.us-east-1", "issuer-cognito-idp.us-west-2"),
        ),
        ("in the issuer- form with a slash", ISSUER.replace("cognito-idp", "issuer-cognito-idp") + "/"),
        ("in a form that there is not", ISSUER.replace("cognito-idp", "issuer-issuer-cognito-idp")),
        ("in another partition", ISSUER.replace("amazonaws.com", "amazonaws.com.cn")),
        ("in the sovereign cloud", ISSUER.replace("amazonaws.com", "amazonaws.eu")),
        ("over plain http", ISSUER.replace("https", "http")),
        ("without a scheme", ISSUER.replace("https://", "")),
        ("with the host in capitals", ISSUER.replace(host, &host.to_uppercase())),
        ("with a port", ISSUER.replace(host, &format!("{host}:443"))),
        ("with a user", ISSUER.replace(host, &format!("{host}@evil.example"))),
        ("with a path behind", format!("{ISSUER}/.well-known/jwks.json")),
        ("with a query", format!("{ISSUER}?x=1")),
        ("with a space behind", format!("{ISSUER} ")),
        ("of the cloud in China", ISSUER.replace(".com/", ".com.cn/")),
        ("of nobody", "https://evil.example".to_owned()),
        ("that is the pool's id", "us-east-1_pool".to_owned()),
        ("that is two", format!("{ISSUER},{PARTNER}")),
    ]
    .into_iter()
    .map(|(name, iss)| {
        case(
            format!("an issuer {name}"),
            &claims_with("iss", json!(iss)),
            bad(TokenError::UntrustedIssuer),
            why,
        )
    })
    .collect();
    cases.push(case("the pool's issuer", &claims(), Allow, "the control of the others"));
    cases
}

fn clients() -> Vec<Case> {
    let access = "an access token names its client in `client_id`";
    let id = "an ID token names its client in `aud` (OpenID Connect Core section 2)";
    let other = bad(TokenError::Client);
    let mut cases = vec![
        case("the second client", &claims_with("client_id", json!("machine")), Allow, access),
        case(
            "no client_id, but an audience",
            &with(without(claims(), "client_id"), "aud", json!(CLIENT)),
            bad(TokenError::MissingClaim("client_id")),
            access,
        ),
        case(
            "an audience beside the client",
            &claims_with("aud", json!("https://api.example")),
            Allow,
            access,
        ),
    ];
    for client in ["other", "partner", "WEB", "web2", "we", " web", "web,machine"] {
        cases.push(case(
            format!("client {client:?}"),
            &claims_with("client_id", json!(client)),
            other,
            access,
        ));
    }
    let partner = |name: &str, claims: Value, expected| {
        Class::Claims.case(format!("an ID token {name}"), event(&PARTNER_KEY.token(&claims)), expected, id)
    };
    cases.extend([
        partner("for its client", partner_claims(), Allow),
        partner("for another client", with(partner_claims(), "aud", json!("other")), other),
        partner("for the pool's client", with(partner_claims(), "aud", json!(CLIENT)), other),
        partner(
            "for another client, with the right client_id",
            with(with(partner_claims(), "aud", json!("other")), "client_id", json!("partner")),
            other,
        ),
        partner(
            "for a list of clients",
            with(partner_claims(), "aud", json!(["partner"])),
            bad(TokenError::MissingClaim("aud")),
        ),
        partner("for nobody", without(partner_claims(), "aud"), bad(TokenError::MissingClaim("aud"))),
        partner("for null", with(partner_claims(), "aud", json!(null)), bad(TokenError::Claim("aud"))),
        partner(
            "for a list of numbers",
            with(partner_claims(), "aud", json!([5])),
            bad(TokenError::Claim("aud")),
        ),
    ]);
    cases
}

fn uses() -> Vec<Case> {
    let why = "each issuer's tokens are for the configured use alone (RFC 8725 section 3.12)";
    let access_at_partner = with(with(claims(), "iss", json!(PARTNER)), "client_id", json!("partner"));
    let partner = |name: &str, claims: &Value, error| {
        Class::Claims.case(name, event(&PARTNER_KEY.token(claims)), bad(error), why)
    };
    vec![
        case("an ID token where access is wanted", &id_claims(), bad(TokenError::TokenUse), why),
        case(
            "an ID token with a client_id",
            &with(id_claims(), "client_id", json!(CLIENT)),
            bad(TokenError::TokenUse),
            why,
        ),
        partner("an access token where an ID token is wanted", &access_at_partner, TokenError::TokenUse),
        partner(
            "an access token with an audience where an ID token is wanted",
            &with(access_at_partner.clone(), "aud", json!("partner")),
            TokenError::TokenUse,
        ),
    ]
}

/// Every claim that the gate reads, with values that it must not have.
fn types() -> Vec<Case> {
    let why = "a claim that is read has its own type, and no other is bent to it (RFC 7519 section 4)";
    let date = "a date is whole seconds, as Cognito writes it (RFC 7519 section 2)";
    let long = json!("a".repeat(513));
    let mut cases = Vec::new();
    let mut wrong = |name: &'static str, values: Vec<Value>, why| {
        for value in values {
            let text = value.to_string();
            let title = if text.len() > 60 {
                format!("{name}: {} bytes", text.len())
            } else {
                format!("{name}: {text}")
            };
            cases.push(case(title, &claims_with(name, value), bad(TokenError::Claim(name)), why));
        }
    };
    wrong("iss", vec![json!(null), json!(5), json!([ISSUER]), json!({ "iss": ISSUER }), json!("")], why);
    wrong("sub", vec![json!(null), json!(5), json!(true), json!(["a"]), json!({}), json!(""), long], why);
    wrong("client_id", vec![json!(null), json!(5), json!([CLIENT]), json!("")], why);
    wrong(
        "token_use",
        vec![
            json!(null),
            json!(true),
            json!(["access"]),
            json!("Access"),
            json!("refresh"),
            json!("access "),
        ],
        why,
    );
    wrong("aud", vec![json!(null), json!(5), json!({}), json!(""), json!([5]), json!([[CLIENT]])], why);
    wrong("username", vec![json!(null), json!(5), json!(["ann"]), json!("")], why);
    wrong("jti", vec![json!(null), json!(5), json!("")], why);
    wrong("nbf", vec![json!(null), json!("0"), json!(1.5), json!(-1)], date);
    wrong("iat", vec![json!(null), json!((*NOW - 60).to_string()), json!(1.5), json!(-1)], date);
    let exp = *NOW + 3_540;
    let float = json!(f64::from(u32::try_from(exp).unwrap()));
    wrong(
        "exp",
        vec![json!(null), json!(exp.to_string()), json!(-1), json!([exp]), json!(true), json!({})],
        date,
    );
    wrong("exp", vec![float, json!(1e18), json!(u64::MAX), json!(exp * 1_000), json!(i64::MIN)], date);
    let groups = "groups are a list of texts";
    wrong("cognito:groups", vec![json!("staff"), json!(5), json!(true), json!({ "staff": true })], groups);
    wrong(
        "cognito:groups",
        vec![json!(["staff", 5]), json!([["staff"]]), json!(["staff", { "a": 1 }])],
        groups,
    );
    let scope = "scopes are a list with single spaces (RFC 6749 section 3.3)";
    wrong("scope", vec![json!(null), json!(["orders/read"]), json!(5), json!({})], scope);
    wrong("scope", vec![json!("a  b"), json!(" a"), json!("a "), json!("a\tb"), json!(" ")], scope);
    cases
}

fn missing() -> Vec<Case> {
    let why = "what is required must be there, or it would go unchecked";
    let mut cases: Vec<Case> = ["iss", "sub", "exp", "iat", "token_use", "client_id"]
        .into_iter()
        .map(|name| {
            let expected = bad(TokenError::MissingClaim(name));
            case(format!("no {name}"), &without(claims(), name), expected, why)
        })
        .collect();
    let spelled = with(without(claims(), "exp"), "EXP", json!(*NOW + 60));
    cases.push(case("exp under the name EXP", &spelled, bad(TokenError::MissingClaim("exp")), why));
    for name in ["username", "jti", "scope"] {
        let why = "a machine's token has none";
        cases.push(case(format!("no {name}"), &without(claims(), name), Allow, why));
    }
    cases
}

fn times() -> Vec<Case> {
    let now = *NOW;
    let late = "`exp` has come (RFC 7519 section 4.1.4)";
    let early = "`nbf` has not come (RFC 7519 section 4.1.5)";
    let ahead = "a token of the future was made by another clock, or by nobody";
    vec![
        case("exp of an hour ago", &claims_with("exp", json!(now - 3_600)), bad(TokenError::Expired), late),
        case("exp of this moment", &claims_with("exp", json!(now)), bad(TokenError::Expired), late),
        case("exp 0", &claims_with("exp", json!(0)), bad(TokenError::Expired), late),
        case("nbf in an hour", &claims_with("nbf", json!(now + 3_600)), bad(TokenError::NotYetValid), early),
        case("nbf of the past", &claims_with("nbf", json!(now - 60)), Allow, "it has come"),
        case(
            "iat in an hour",
            &claims_with("iat", json!(now + 3_600)),
            bad(TokenError::IssuedInFuture),
            ahead,
        ),
        case(
            "iat in 1,000 years",
            &claims_with("iat", json!(now + 31_557_600_000)),
            bad(TokenError::IssuedInFuture),
            ahead,
        ),
        case(
            "expired and for another client",
            &with(claims_with("exp", json!(now - 1)), "client_id", json!("other")),
            bad(TokenError::Expired),
            late,
        ),
    ]
}

/// Tokens that AWS makes for other purposes, as if the pool's own key had signed them.
fn other_services() -> Vec<Case> {
    let exp = *NOW + 600;
    let identity_pool = json!({
        "sub": "us-east-1:0b1c", "aud": "us-east-1:7d2e", "amr": ["authenticated", ISSUER],
        "iss": "https://cognito-identity.amazonaws.com", "exp": exp, "iat": *NOW,
    });
    let balancer =
        json!({ "sub": "0b1c", "email": "ann@example.com", "username": "ann", "exp": exp, "iss": ISSUER });
    let balancer_header = json!({
        "typ": "JWT", "kid": "0b1c", "alg": "ES256", "iss": ISSUER, "client": CLIENT, "exp": exp,
        "signer": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/1",
    });
    let why = "a token that is not the pool's is no token here, whoever made it";
    let stranger = bad(TokenError::UntrustedIssuer);
    let no_use = bad(TokenError::MissingClaim("token_use"));
    let es256 = event(&forge::es256(&balancer_header, &balancer));
    vec![
        Class::Claims.case(
            "an identity pool's token",
            event(&KEY.token_by("RS512", &identity_pool)),
            stranger,
            why,
        ),
        case("an identity pool's claims under the pool's key", &identity_pool, stranger, why),
        Class::Claims.case("a load balancer's token", es256, no_use, why),
        case("a load balancer's claims under the pool's key", &balancer, no_use, why),
    ]
}
