//! The refresh token in a cookie that no script can read, and the guard against pages of others that make a
//! browser send it.
//!
//! The cookie goes back to `…/auth` alone, over TLS alone, and never with a request from another site
//! (`SameSite=Strict`). Because "site" is wider than "origin", a request that uses it must also name one of
//! our own origins; a browser puts `Origin` on every POST and lets no page write it.
//! <https://www.rfc-editor.org/rfc/rfc6265>, <https://fetch.spec.whatwg.org/#origin-header>

use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use web::{ErrorStatus, Gateway, Problem};

use crate::values::RefreshToken;

/// The prefix makes browsers refuse it without `Secure`.
const NAME: &str = "__Secure-refresh_token";

/// The refresh token that the browser sent along, if there is a usable one.
///
/// # Errors
/// The request does not come from one of `origins` or from the API's own.
pub(crate) fn refresh_token(request: &Parts, origins: &[String]) -> Result<Option<RefreshToken>, Problem> {
    let own_host = request.extensions.get::<Gateway>().and_then(Gateway::domain_name);
    if !is_from_own_page(&request.headers, own_host, origins) {
        return Err(Problem::new(
            ErrorStatus::FORBIDDEN,
            "csrf_refused",
            "The refresh cookie counts only from the pages of api.corsOrigins: send their Origin.",
        ));
    }
    Ok(read(&request.headers))
}

/// The API's own host is what the gateway says it is, where it says so: of `Host`, its documents say both that it is
/// passed on and that it is overwritten.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>
fn is_from_own_page(headers: &HeaderMap, own_host: Option<&str>, origins: &[String]) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return false };
    let own = own_host.or_else(|| text(header::HOST)).map(|host| format!("https://{host}"));
    own.as_deref() == Some(origin) || origins.iter().any(|known| known == origin)
}

/// A browser sends the cookie once. Two of them cannot be told apart, so neither counts.
fn read(headers: &HeaderMap) -> Option<RefreshToken> {
    // Another cookie, a sibling host's say, may hold any bytes; it must not take this one along.
    let values = headers.get_all(header::COOKIE).iter();
    let texts: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    let pairs = texts.iter().flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(name, _)| *name == NAME).map(|(_, value)| value);
    let value = found.next()?;
    if found.next().is_some() {
        return None;
    }
    RefreshToken::parse(value.to_owned()).ok()
}

/// Where the cookie is for: everything below `/auth`, as the browser sees it.
pub(crate) struct Scope {
    path: String,
}

impl Scope {
    /// Of the request in hand, which was to one of the service's `/auth` routes.
    pub(crate) fn of(request: &Extensions) -> Self {
        let path = request.get::<Gateway>().and_then(Gateway::requested_path);
        // With the stage or the domain's base path in front, which the routes do not have.
        let prefix = path.and_then(|path| Some(path.rsplit_once("/auth/")?.0)).unwrap_or("");
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
        let prefix = if prefix.bytes().all(is_plain) { prefix } else { "" };
        Self { path: format!("{prefix}/auth") }
    }

    /// `Set-Cookie` that keeps the token for as long as it lives.
    pub(crate) fn keep(&self, token: &RefreshToken, life: Duration) -> HeaderValue {
        self.header(token.expose(), life)
    }

    /// `Set-Cookie` that takes it away.
    pub(crate) fn clear(&self) -> HeaderValue {
        self.header("", Duration::ZERO)
    }

    fn header(&self, value: &str, life: Duration) -> HeaderValue {
        let path = &self.path;
        let seconds = life.as_secs();
        let text =
            format!("{NAME}={value}; Path={path}; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict");
        // Token and path are held to characters that a header can have.
        let mut header = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
        header.set_sensitive(true);
        header
    }
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
        let read =
            |text: &str| read(&headers(&[(header::COOKIE, text)])).map(|token| token.expose().to_owned());
        assert_eq!(read("a=b; __Secure-refresh_token=abc.def=; c=d").as_deref(), Some("abc.def="));
        assert_eq!(
            read("a=\u{e9}; __Secure-refresh_token=abc").as_deref(),
            Some("abc"),
            "another host's cookie"
        );
        for none in [
            "",
            "a=b",
            "refresh_token=abc",
            "__Secure-refresh_token=",
            "__Secure-refresh_token=a b",
            "__Secure-refresh_token=a; __Secure-refresh_token=b",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn the_cookie_is_for_its_own_path_over_tls_and_out_of_reach_of_scripts() {
        let scope = Scope { path: "/v1/auth".to_owned() };
        let token = RefreshToken::parse("abc".to_owned()).unwrap();
        assert_eq!(
            scope.keep(&token, Duration::from_mins(1)).to_str().unwrap(),
            "__Secure-refresh_token=abc; Path=/v1/auth; Max-Age=60; Secure; HttpOnly; SameSite=Strict"
        );
        assert!(
            scope.clear().to_str().unwrap().starts_with("__Secure-refresh_token=; Path=/v1/auth; Max-Age=0;")
        );
        assert_eq!(format!("{:?}", scope.keep(&token, Duration::ZERO)), "Sensitive");
    }
}
