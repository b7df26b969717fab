//! The Sentry project that errors are sent to, and its key.
//!
//! Whoever has the key can send events in our name, so it is treated as a secret: this type's Debug output
//! shows only the host, and no error contains any part of the parsed text.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;
use reqwest::header::HeaderValue;
use sentry_types::{Dsn, Scheme};

/// Our name as a client (`sentry_client`).
const CLIENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
/// Longer than any real DSN. template.yaml has the same limit.
const MAX_LENGTH: usize = 512;

/// A parsed DSN: `https://KEY@HOST/PROJECT`.
/// <https://develop.sentry.dev/sdk/overview/#parsing-the-dsn>
#[derive(Clone)]
pub(crate) struct Destination {
    dsn: Dsn,
    url: Url,
}

/// Why a text is not a usable DSN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// The text is empty.
    #[error("is empty")]
    Empty,
    /// The text is longer than any DSN.
    #[error("is longer than {MAX_LENGTH} characters")]
    TooLong,
    /// The text does not have the form of a DSN.
    #[error("is not a DSN of the form https://KEY@HOST/PROJECT")]
    Form,
    /// Events would be sent over the network unencrypted.
    #[error("must begin with https://")]
    NotEncrypted,
}

impl Destination {
    pub(crate) fn parse(text: &str) -> Result<Self, DestinationError> {
        if text.is_empty() {
            return Err(DestinationError::Empty);
        }
        if text.len() > MAX_LENGTH {
            return Err(DestinationError::TooLong);
        }
        // The crate's own `envelope_api_url` would panic if the result is not a URL.
        let mut url = Url::parse(text).map_err(|_| DestinationError::Form)?;
        if url.scheme() != "https" && url.scheme() != "http"
            || url.query().is_some()
            || url.fragment().is_some()
        {
            return Err(DestinationError::Form);
        }
        let dsn: Dsn = text.parse().map_err(|_| DestinationError::Form)?;
        if !dsn.project_id().value().bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(DestinationError::Form);
        }
        if dsn.scheme() == Scheme::Http && !is_loopback(dsn.host()) {
            return Err(DestinationError::NotEncrypted);
        }
        url.set_path(&format!("{}api/{}/envelope/", dsn.path(), dsn.project_id()));
        url.set_username("").and_then(|()| url.set_password(None)).map_err(|()| DestinationError::Form)?;
        let destination = Self { dsn, url };
        // The key must be valid in a header.
        destination.auth().map(|_| destination)
    }

    /// The URL that envelopes are posted to, without the key.
    pub(crate) fn url(&self) -> Url {
        self.url.clone()
    }

    /// The value of the header `X-Sentry-Auth`.
    /// <https://develop.sentry.dev/sdk/overview/#authentication>
    pub(crate) fn auth(&self) -> Result<HeaderValue, DestinationError> {
        let text = self.dsn.to_auth(Some(CLIENT)).to_string();
        let mut value = HeaderValue::from_str(&text).map_err(|_| DestinationError::Form)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Destination").field("host", &self.dsn.host()).finish_non_exhaustive()
    }
}

/// Such events do not leave the machine: the host is a test's server.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn an_envelope_has_the_key_only_in_a_header() {
        for (dsn, url) in [
            ("https://KEY@o1.ingest.de.sentry.io/42", "https://o1.ingest.de.sentry.io/api/42/envelope/"),
            ("https://KEY:old@sentry.example.com:9000/7", "https://sentry.example.com:9000/api/7/envelope/"),
            ("https://KEY@example.com/in/a/folder/7", "https://example.com/in/a/folder/api/7/envelope/"),
            ("http://KEY@127.0.0.1:5/7", "http://127.0.0.1:5/api/7/envelope/"),
            ("http://KEY@[::1]:5/7", "http://[::1]:5/api/7/envelope/"),
            ("http://KEY@localhost/7", "http://localhost/api/7/envelope/"),
        ] {
            let destination = Destination::parse(&dsn.replace("KEY", KEY)).unwrap();
            assert_eq!(destination.url().as_str(), url);
            let auth = destination.auth().unwrap();
            assert!(auth.is_sensitive());
            let auth = auth.to_str().unwrap();
            assert!(auth.starts_with(&format!("Sentry sentry_key={KEY}, sentry_version=7")), "{auth}");
            assert!(auth.contains("sentry_client=error-reporter/"), "{auth}");
        }
    }

    #[test]
    fn what_is_no_dsn_is_refused_without_a_word_of_it() {
        let long = format!("https://{KEY}@example.com/{}", "4".repeat(500));
        for (text, expected) in [
            ("", DestinationError::Empty),
            (long.as_str(), DestinationError::TooLong),
            ("KEY", DestinationError::Form),
            ("https://example.com/42", DestinationError::Form),
            ("https://KEY@example.com", DestinationError::Form),
            ("https://KEY@example.com/", DestinationError::Form),
            ("https://KEY@example.com/42?a=b", DestinationError::Form),
            ("https://KEY@example.com/42#a", DestinationError::Form),
            ("https://KEY@example.com/project", DestinationError::Form),
            ("https://KEY@/42", DestinationError::Form),
            ("https:KEY", DestinationError::Form),
            ("ftp://KEY@example.com/42", DestinationError::Form),
            ("file://KEY@example.com/42", DestinationError::Form),
            ("http://KEY@example.com/42", DestinationError::NotEncrypted),
            ("http://KEY@localhost.example.com/42", DestinationError::NotEncrypted),
            ("http://KEY@128.0.0.1/42", DestinationError::NotEncrypted),
        ] {
            let error = Destination::parse(&text.replace("KEY", KEY)).unwrap_err();
            assert_eq!(error, expected, "{text}");
            assert!(!format!("{error} {error:?}").contains(KEY));
        }
    }

    #[test]
    fn debug_shows_where_to_and_not_the_key() {
        let destination = Destination::parse(&format!("https://{KEY}@o1.ingest.sentry.io/42")).unwrap();
        let shown = format!("{destination:?} {destination:#?}");
        assert!(shown.contains("o1.ingest.sentry.io") && !shown.contains(KEY), "{shown}");
    }
}
