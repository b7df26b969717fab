//! Class 8: `Authorization` headers that are not `Bearer`, one space and one token, in TOKEN events.

use authorizer::TokenError;
use serde_json::json;
use testkit::authorizer_event::ARN;

use super::fixture::{Signer, with_header};
use super::table::Expected::Allow;
use super::table::{Case, Class, NO_EVENT, bad};

pub(super) fn cases(who: &Signer) -> Vec<Case> {
    [accepted(who), refused(who), without_a_text(who)].into_iter().flatten().collect()
}

fn accepted(who: &Signer) -> Vec<Case> {
    let token = who.good();
    ["Bearer", "bearer", "BEARER", "bEaReR"]
        .into_iter()
        .map(|scheme| {
            let why = "schemes are compared without regard to case (RFC 9110 section 11.1)";
            Class::Transport.case(who.name(scheme), with_header(&format!("{scheme} {token}")), Allow, why)
        })
        .collect()
}

fn refused(who: &Signer) -> Vec<Case> {
    let t = who.good();
    let why = "`Bearer`, one space, one token, and nothing else (RFC 6750 section 2.1)";
    [
        ("no scheme", t.clone()),
        ("the scheme alone", "Bearer".to_owned()),
        ("the scheme and a space", "Bearer ".to_owned()),
        ("the scheme and many spaces", "Bearer        ".to_owned()),
        ("two spaces", format!("Bearer  {t}")),
        ("a tab", format!("Bearer\t{t}")),
        ("a space and a tab", format!("Bearer \t{t}")),
        ("a no-break space", format!("Bearer\u{a0}{t}")),
        ("a wide space", format!("Bearer\u{2003}{t}")),
        ("no space", format!("Bearer{t}")),
        ("a colon", format!("Bearer:{t}")),
        ("a colon and a space", format!("Bearer: {t}")),
        ("an equals sign", format!("Bearer={t}")),
        ("white space in front", format!(" Bearer {t}")),
        ("white space behind", format!("Bearer {t} ")),
        ("a line end behind", format!("Bearer {t}\n")),
        ("another header behind", format!("Bearer {t}\r\nX-Groups: admins")),
        ("a NUL behind", format!("Bearer {t}\0")),
        ("two tokens", format!("Bearer {t} {t}")),
        ("two tokens and a comma", format!("Bearer {t},{t}")),
        ("two credentials", format!("Bearer {t}, Bearer {t}")),
        ("another scheme first", format!("Basic YTpi, Bearer {t}")),
        ("another scheme behind", format!("Bearer {t}, Basic YTpi")),
        ("a comma behind", format!("Bearer {t},")),
        ("a parameter", format!("Bearer token={t}")),
        ("a quoted token", format!("Bearer \"{t}\"")),
        ("a token in angle brackets", format!("Bearer <{t}>")),
        ("the scheme twice", format!("Bearer Bearer {t}")),
        ("Basic", "Basic dXNlcm5hbWU6cGFzc3dvcmQ=".to_owned()),
        ("Basic with a token", format!("Basic {t}")),
        ("Digest", "Digest username=\"ann\", realm=\"a\", nonce=\"b\"".to_owned()),
        ("DPoP", format!("DPoP {t}")),
        ("Token", format!("Token {t}")),
        ("a longer scheme", format!("XBearer {t}")),
        ("a scheme with a wide letter", format!("\u{ff22}earer {t}")),
        ("a scheme with a long s", "Bea\u{17f}er a".to_owned()),
        ("the name of the header", format!("Authorization: Bearer {t}")),
        ("a signature of AWS", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1".to_owned()),
    ]
    .into_iter()
    .map(|(name, header)| {
        Class::Transport.case(who.name(name), with_header(&header), bad(TokenError::NotBearer), why)
    })
    .collect()
}

fn without_a_text(who: &Signer) -> Vec<Case> {
    let missing = bad(TokenError::Missing);
    let event = |header| json!({ "type": "TOKEN", "authorizationToken": header, "methodArn": ARN });
    let bearer = format!("Bearer {}", who.good());
    let why = "there is no token";
    let no_text = "the gateway sends a text, so this is not its event";
    let elsewhere = json!({ "type": "TOKEN", "Authorization": bearer, "methodArn": ARN });
    vec![
        Class::Transport.case(who.name("null"), event(json!(null)), missing, why),
        Class::Transport.case(who.name("an empty text"), event(json!("")), missing, why),
        Class::Transport.case(who.name("absent"), json!({ "type": "TOKEN", "methodArn": ARN }), missing, why),
        Class::Transport.case(who.name("under another name"), elsewhere, missing, why),
        Class::Transport.case(who.name("a number"), event(json!(5)), NO_EVENT, no_text),
        Class::Transport.case(who.name("a list"), event(json!([bearer])), NO_EVENT, no_text),
        Class::Transport.case(who.name("an object"), event(json!({ "Bearer": bearer })), NO_EVENT, no_text),
    ]
}
