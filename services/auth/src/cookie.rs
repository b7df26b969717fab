//! The refresh token in a cookie that no script can read, and the protection against other sites' pages that make a
//! browser send it.
//!
//! Because of the prefix `__Host-`, browsers accept the cookie only over TLS, for this host alone and for all its
//! paths. So no other host of the domain can add or replace it, which `__Secure-` would allow. Browsers never send it
//! with a request from another site (`SameSite=Strict`). Because "site" is wider than "origin", a request that uses
//! it must also have one of our own origins in `Origin`. A browser adds `Origin` to every POST, and no page can
//! change it. <https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3.2>,
//! <https://fetch.spec.whatwg.org/#origin-header>

use std::time::Duration;

use ::cookie::{Cookie, SameSite, time};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use web::{ErrorStatus, Gateway, Problem};

use crate::values::RefreshToken;

const NAME: &str = "__Host-refresh_token";

/// The former name. A cookie of this name can only end its session, because any host of the domain can set one.
const FORMER_NAME: &str = "__Secure-refresh_token";

/// The most sessions that a sign-out ends. A browser has one cookie of our name, and the rest is for other cookies of
/// the same or the former name.
const ENDED_AT_ONCE: usize = 4;

/// The refresh token that the browser sent, if it is usable.
///
/// # Errors
/// The request does not come from one of `origins` or from the API's own.
pub(crate) fn refresh_token(request: &Parts, origins: &[String]) -> Result<Option<RefreshToken>, Problem> {
    hold_to_own_pages(request, origins)?;
    Ok(the_one(named(&request.headers, &[NAME])))
}

/// All of them, because a sign-out must end each session: also those in cookies of the former name, and in cookies
/// that another host set.
///
/// # Errors
/// As above.
pub(crate) fn refresh_tokens(request: &Parts, origins: &[String]) -> Result<Vec<RefreshToken>, Problem> {
    hold_to_own_pages(request, origins)?;
    let mut tokens: Vec<RefreshToken> = Vec::new();
    for value in named(&request.headers, &[NAME, FORMER_NAME]) {
        if let Ok(token) = RefreshToken::parse(value)
            && tokens.iter().all(|known| known.expose() != token.expose())
        {
            tokens.push(token);
        }
    }
    tokens.truncate(ENDED_AT_ONCE);
    Ok(tokens)
}

fn hold_to_own_pages(request: &Parts, origins: &[String]) -> Result<(), Problem> {
    let own_host = request.extensions.get::<Gateway>().and_then(Gateway::domain_name);
    if is_from_own_page(&request.headers, own_host, origins) {
        return Ok(());
    }
    Err(Problem::new(
        ErrorStatus::FORBIDDEN,
        "csrf_refused",
        "The refresh cookie counts only from the pages of api.corsOrigins: send their Origin.",
    ))
}

/// The API's own host comes from the gateway's event, if it is there. AWS documents both that `Host` is passed on and
/// that it is overwritten.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>
fn is_from_own_page(headers: &HeaderMap, own_host: Option<&str>, origins: &[String]) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return false };
    let own = own_host.or_else(|| text(header::HOST)).map(|host| format!("https://{host}"));
    own.as_deref() == Some(origin) || origins.iter().any(|known| known == origin)
}

/// A browser sends the cookie once. If there are two, it is not known which is right, so neither is used.
fn the_one(values: Vec<String>) -> Option<RefreshToken> {
    let [value] = <[String; 1]>::try_from(values).ok()?;
    RefreshToken::parse(value).ok()
}

/// The values of the cookies with these names. Those with the first name come first.
fn named(headers: &HeaderMap, names: &[&str]) -> Vec<String> {
    let cookies: Vec<_> = headers.get_all(header::COOKIE).iter().flat_map(cookies).collect();
    let of_name = |name| cookies.iter().filter(move |cookie| cookie.name() == name);
    names.iter().flat_map(|name| of_name(*name)).map(|cookie| cookie.value().to_owned()).collect()
}

/// The cookies of a header that can be ours: those in ASCII. Another cookie, for example of a sibling host, may
/// contain any bytes, and must not make ours unreadable.
///
/// It must not be taken for ours either: the crate trims all Unicode white space from a name, but a browser trims
/// only spaces and tabs. To a browser, a name that starts with U+2000 has no prefix, so any host of the domain can
/// set it. The crate would take it for our name.
/// <https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-5.6>
fn cookies(header: &HeaderValue) -> impl Iterator<Item = Cookie<'_>> {
    let pairs = header.as_bytes().split(|byte| *byte == b';').filter(|pair| pair.is_ascii());
    pairs.filter_map(|pair| Cookie::parse(str::from_utf8(pair).ok()?).ok())
}

/// The `Set-Cookie` that keeps the token for its lifetime.
pub(crate) fn keep(token: &RefreshToken, life: Duration) -> HeaderValue {
    set(token.expose(), life)
}

/// The `Set-Cookie` that deletes it.
pub(crate) fn clear() -> HeaderValue {
    set("", Duration::ZERO)
}

fn set(value: &str, life: Duration) -> HeaderValue {
    let cookie = Cookie::build((NAME, value))
        .path("/")
        .max_age(time::Duration::try_from(life).unwrap_or(time::Duration::MAX))
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict);
    // A token contains only characters that are allowed in a header.
    let mut header = HeaderValue::from_str(&cookie.to_string()).unwrap_or(HeaderValue::from_static(""));
    header.set_sensitive(true);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_a_page_of_our_own_uses_the_cookie() {
        let origins = ["https://app.example.com".to_owned()];
        let from = |origin: &str| {
            let headers = headers(&[(header::ORIGIN, origin), (header::HOST, "api.example.com")]);
            is_from_own_page(&headers, None, &origins)
        };
        assert!(from("https://app.example.com"));
        assert!(from("https://api.example.com"));
        for foreign in [
            "https://app.example.com.evil.example",
            "http://app.example.com",
            "http://api.example.com",
            "https://app.example.com:8443",
            "https://evil.example",
            "null",
            "",
        ] {
            assert!(!from(foreign), "{foreign}");
        }
        assert!(!is_from_own_page(&headers(&[(header::HOST, "api.example.com")]), None, &origins));
    }

    #[test]
    fn the_gateway_knows_the_apis_own_host_better_than_a_header() {
        let headers =
            headers(&[(header::ORIGIN, "https://api.example.com"), (header::HOST, "lambda.internal")]);
        assert!(is_from_own_page(&headers, Some("api.example.com"), &[]));
        assert!(!is_from_own_page(&headers, Some("lambda.internal"), &[]));
        assert!(!is_from_own_page(&headers, None, &[]));
    }

    #[test]
    fn a_cookie_is_found_among_others_and_two_are_none() {
        let read = |text: &str| {
            let token = the_one(named(&headers(&[(header::COOKIE, text)]), &[NAME]));
            token.map(|token| token.expose().to_owned())
        };
        assert_eq!(read("a=b; __Host-refresh_token=abc.def=; c=d").as_deref(), Some("abc.def="));
        assert_eq!(
            read("a=\u{e9}; __Host-refresh_token=abc").as_deref(),
            Some("abc"),
            "another host's cookie"
        );
        for none in [
            "",
            "a=b",
            "refresh_token=abc",
            "__Secure-refresh_token=abc",
            "__host-refresh_token=abc",
            "__Host-refresh_token=",
            "__Host-refresh_token=a b",
            "__Host-refresh_token=a; __Host-refresh_token=b",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn what_a_browser_does_not_take_for_ours_is_not() {
        const OWN: &str = "__Host-refresh_token=own";
        let read = |text: &str| named(&headers(&[(header::COOKIE, text)]), &[NAME]);
        for blank in ['\u{2000}', '\u{3000}', '\u{a0}', '\u{85}', '\u{feff}'] {
            let planted = format!("{blank}__Host-refresh_token=planted");
            for text in [planted.clone(), format!("a=b; {planted}"), format!("a=b;{planted};c=d")] {
                assert_eq!(read(&text), [""; 0], "{text:?}");
            }
            for text in [format!("{planted}; {OWN}"), format!("{OWN}; {planted}")] {
                assert_eq!(read(&text), ["own"], "{text:?}");
            }
        }
    }

    #[test]
    fn the_cookie_is_for_this_host_alone_over_tls_and_out_of_reach_of_scripts() {
        let token = RefreshToken::parse("abc".to_owned()).unwrap();
        assert_eq!(
            keep(&token, Duration::from_mins(1)).to_str().unwrap(),
            "__Host-refresh_token=abc; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=60"
        );
        assert_eq!(
            clear().to_str().unwrap(),
            "__Host-refresh_token=; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0"
        );
        assert_eq!(format!("{:?}", keep(&token, Duration::ZERO)), "Sensitive");
    }
}
