//! Reads an issuer's metadata: its discovery document and its key set.
//!
//! `OpenID` Connect Discovery 1.0 section 4 puts the document below the issuer's path. RFC 8414 section 3
//! puts it between host and path. Both require that the document's `issuer` is exactly the one that was asked
//! for, because otherwise anybody could pose as any issuer. This file follows no redirect, and reads at most
//! a fixed number of bytes.

use std::time::Duration;

use platform::config::{HttpsUrl, JwksUrl};
use platform::json::UniqueValue;
use reqwest::{Client, StatusCode};
use serde_json::{Map, Value};

use crate::aws::root_cause;
use crate::cli::configured;
use crate::error::{Error, Fault, quoted};
use crate::https;

/// Far more than any issuer's document or key set. The gate's own limit is part of its configuration.
const LIMIT: usize = 512 * 1024;

/// An issuer's metadata.
#[derive(Debug)]
pub(super) struct Found {
    /// The document's own URL.
    pub(super) url: String,
    pub(super) document: Map<String, Value>,
    pub(super) jwks_uri: JwksUrl,
    /// The keys of the set, of any type.
    pub(super) keys: Vec<Value>,
}

/// Reads the document and the key set, each within this time.
pub(super) async fn read(issuer: &HttpsUrl, timeout: Duration) -> Result<Found, Error> {
    let is_local = issuer.as_str().starts_with("http://");
    let reader = Reader { client: https::client(timeout, is_local)?, timeout };
    let (url, document) = reader.document(issuer).await?;
    is_of(issuer, &url, &document)?;
    let jwks_uri = jwks_uri(issuer, &url, &document)?;
    let mut set = reader.get(jwks_uri.as_str()).await.map_err(|fault| at(jwks_uri.as_str(), fault))?;
    let Some(Value::Array(keys)) = set.remove("keys") else {
        return Err(at(jwks_uri.as_str(), Fault::NotKeys));
    };
    Ok(Found { url, document, jwks_uri, keys })
}

fn at(url: &str, fault: Fault) -> Error {
    Error::Document { url: url.to_owned(), fault }
}

/// The possible URLs of the document, the usual one first.
fn places(issuer: &HttpsUrl) -> [String; 2] {
    let bare = issuer.as_str().strip_suffix('/').unwrap_or(issuer.as_str());
    let host_end = bare.find("://").map_or(0, |scheme| scheme + "://".len());
    let path_at = bare.get(host_end..).and_then(|rest| rest.find('/')).map_or(bare.len(), |at| host_end + at);
    let (host, path) = bare.split_at_checked(path_at).unwrap_or((bare, ""));
    [
        format!("{bare}/.well-known/openid-configuration"),
        format!("{host}/.well-known/oauth-authorization-server{path}"),
    ]
}

fn is_of(issuer: &HttpsUrl, url: &str, document: &Map<String, Value>) -> Result<(), Error> {
    match document.get("issuer").and_then(Value::as_str) {
        Some(said) if said == issuer.as_str() => Ok(()),
        Some(said) if said.contains(['{', '}']) => {
            Err(Error::IssuerIsTemplate { said: quoted(Some(said), &[]) })
        }
        Some(said) => Err(Error::OtherIssuer { url: url.to_owned(), said: quoted(Some(said), &[]) }),
        None => Err(at(url, Fault::NoIssuer)),
    }
}

/// The URL of the keys. Unencrypted http is only allowed for an issuer on this machine.
fn jwks_uri(issuer: &HttpsUrl, url: &str, document: &Map<String, Value>) -> Result<JwksUrl, Error> {
    let said = document.get("jwks_uri").and_then(Value::as_str).ok_or_else(|| at(url, Fault::NoKeys))?;
    let is_as_safe = said.starts_with("https://") || issuer.as_str().starts_with("http://");
    let read = configured::<JwksUrl>(said).ok().filter(|_| is_as_safe);
    read.ok_or_else(|| at(url, Fault::UnsafeKeys(quoted(Some(said), &[]))))
}

struct Reader {
    client: Client,
    timeout: Duration,
}

impl Reader {
    /// The document, and the URL where it was found.
    async fn document(&self, issuer: &HttpsUrl) -> Result<(String, Map<String, Value>), Error> {
        let [first, second] = places(issuer);
        match self.get(&first).await {
            Ok(document) => Ok((first, document)),
            Err(Fault::Status(404)) => match self.get(&second).await {
                Ok(document) => Ok((second, document)),
                Err(Fault::Status(404)) => Err(Error::NoDocument { first, second }),
                Err(fault) => Err(at(&second, fault)),
            },
            Err(fault) => Err(at(&first, fault)),
        }
    }

    async fn get(&self, url: &str) -> Result<Map<String, Value>, Fault> {
        let mut answer = self.client.get(url).send().await.map_err(|error| self.fault(&error))?;
        match answer.status() {
            StatusCode::OK => {}
            status if status.is_redirection() => return Err(Fault::Redirect(status.as_u16())),
            status => return Err(Fault::Status(status.as_u16())),
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.fault(&error))? {
            if body.len() + chunk.len() > LIMIT {
                return Err(Fault::TooLarge(LIMIT));
            }
            body.extend_from_slice(&chunk);
        }
        match serde_json::from_slice(&body) {
            Ok(UniqueValue(Value::Object(document))) => Ok(document),
            _ => Err(Fault::NotJson),
        }
    }

    fn fault(&self, error: &reqwest::Error) -> Fault {
        if error.is_timeout() {
            return Fault::TimedOut(self.timeout.as_secs());
        }
        Fault::Unreachable(quoted(Some(&root_cause(error)), &[]))
    }
}

#[cfg(test)]
mod tests {
    use wiremock::matchers::{any, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    fn url(text: &str) -> HttpsUrl {
        HttpsUrl::new(text).unwrap()
    }

    #[test]
    fn a_document_stands_below_the_issuer_or_before_its_path() {
        for (issuer, first, second) in [
            (
                "https://a.example",
                "https://a.example/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://a.example:8443/x/y/",
                "https://a.example:8443/x/y/.well-known/openid-configuration",
                "https://a.example:8443/.well-known/oauth-authorization-server/x/y",
            ),
        ] {
            assert_eq!(places(&url(issuer)), [first, second], "{issuer}");
        }
    }

    #[tokio::test]
    async fn a_hanging_server_is_given_up_after_the_timeout() {
        let server = MockServer::start().await;
        let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(30)).set_body_string("{}");
        Mock::given(any()).respond_with(slow).mount(&server).await;
        let error = read(&url(&server.uri()), Duration::from_millis(300)).await.unwrap_err();
        assert!(matches!(error, Error::Document { fault: Fault::TimedOut(_), .. }), "{error}");
    }

    #[tokio::test]
    async fn keys_of_a_remote_issuer_are_never_fetched_unencrypted() {
        let document = |keys: &str| serde_json::from_str(&format!(r#"{{"jwks_uri":"{keys}"}}"#)).unwrap();
        let (far, near) = (url("https://a.example"), url("http://localhost:1"));
        let read = |issuer: &HttpsUrl, keys: &str| jwks_uri(issuer, "u", &document(keys)).is_ok();
        assert!(read(&far, "https://keys.example/k?p=1") && read(&near, "http://127.0.0.1/k"));
        for keys in
            ["http://localhost/k", "http://a.example/k", "file:///etc/passwd", "https://u:p@a.example/k", ""]
        {
            assert!(!read(&far, keys), "{keys}");
        }
        assert!(!read(&near, "http://a.example/k"));
    }

    #[tokio::test]
    async fn a_key_set_is_fetched_as_strictly_as_the_document() {
        for (keys, expected) in [
            (ResponseTemplate::new(302).insert_header("location", "/other"), "302"),
            (ResponseTemplate::new(200).set_body_string("<html>"), "not a JSON object"),
            (ResponseTemplate::new(200).set_body_string("{}"), "not a key set"),
        ] {
            let server = MockServer::start().await;
            let document =
                serde_json::json!({ "issuer": server.uri(), "jwks_uri": format!("{}/keys", server.uri()) });
            let document = ResponseTemplate::new(200).set_body_json(document);
            Mock::given(path("/.well-known/openid-configuration"))
                .respond_with(document)
                .mount(&server)
                .await;
            Mock::given(path("/keys")).respond_with(keys).mount(&server).await;
            let error = read(&url(&server.uri()), Duration::from_secs(5)).await.unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("/keys"), "{error}");
        }
    }
}
