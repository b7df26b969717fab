//! Gets a key set: over HTTPS with the compiled-in root certificates, or from a file.
//!
//! It follows no redirect, knows no proxy, keeps no connection, sends nothing about the caller, reads no
//! more than the configured size and waits no longer than the configured time. When to fetch is not its
//! business.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use platform::config::Jwks;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use rustls::client::Resumption;
use rustls::{ClientConfig, RootCertStore};

use super::key_set::{KeySet, KeySetError};
use crate::error::StartError;
use crate::issuers::{KeySource, TrustedIssuer};

/// Why there is no key set.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("it did not come within {0} ms")]
    TimedOut(u128),
    #[error("it cannot be reached: {0}")]
    Unreachable(&'static str),
    #[error("the answer is {0}, not 200")]
    Status(u16),
    #[error("it is larger than {0} bytes")]
    TooLarge(usize),
    #[error("the file cannot be read: {0}")]
    File(#[from] std::io::Error),
    #[error("{0}")]
    KeySet(#[from] KeySetError),
}

#[derive(Debug)]
pub(super) struct Fetcher {
    client: Client,
    timeout: Duration,
    max_bytes: usize,
}

impl Fetcher {
    pub(super) fn new(config: &Jwks) -> Result<Self, StartError> {
        let timeout = Duration::from_millis(config.timeout_millis.get());
        let client = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            // A connection does not outlive the freeze between two invokes; one that looks alive only costs time.
            .pool_max_idle_per_host(0)
            .timeout(timeout)
            .build()
            .map_err(|error| StartError::HttpClient(error.to_string()))?;
        let max_bytes = usize::try_from(config.max_bytes.get()).unwrap_or(usize::MAX);
        Ok(Self { client, timeout, max_bytes })
    }

    /// Gets a set, whole and usable.
    pub(super) async fn fetch(&self, issuer: &TrustedIssuer) -> Result<KeySet, FetchError> {
        let document = tokio::time::timeout(self.timeout, async {
            match &issuer.keys {
                KeySource::Url(url) => self.download(url).await,
                KeySource::File(path) => self.read(path),
            }
        });
        let document = document.await.map_err(|_| self.timed_out())??;
        Ok(KeySet::parse(&document, &issuer.algorithms)?)
    }

    async fn download(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        let mut response = self.client.get(url).send().await.map_err(|error| self.unreachable(&error))?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(&error))? {
            if body.len() + chunk.len() > self.max_bytes {
                return Err(FetchError::TooLarge(self.max_bytes));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// A file of the function's own package is read at once: a thread to wait for it takes longer than that.
    fn read(&self, path: &Path) -> Result<Vec<u8>, FetchError> {
        let mut document = Vec::new();
        let limit = self.max_bytes as u64 + 1;
        File::open(path)?.take(limit).read_to_end(&mut document)?;
        if document.len() > self.max_bytes {
            return Err(FetchError::TooLarge(self.max_bytes));
        }
        Ok(document)
    }

    /// Says what kind of error it is. reqwest's own text may name more than a log should hold.
    fn unreachable(&self, error: &reqwest::Error) -> FetchError {
        if error.is_timeout() {
            return self.timed_out();
        }
        FetchError::Unreachable(if error.is_connect() {
            "no connection (refused, no such host, or the certificate is not trusted)"
        } else if error.is_body() || error.is_decode() {
            "the answer broke off"
        } else {
            "the request failed"
        })
    }

    fn timed_out(&self) -> FetchError {
        FetchError::TimedOut(self.timeout.as_millis())
    }
}

/// Mozilla's root certificates, compiled in: reading the system's costs milliseconds of every cold start.
fn tls() -> Result<ClientConfig, StartError> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StartError::HttpClient(error.to_string()))?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    // One connection an hour: nothing to resume.
    config.resumption = Resumption::disabled();
    Ok(config)
}
