//! Gets a key set, either over HTTPS with the compiled-in root certificates or from a file.
//!
//! It follows no redirect, uses no proxy, keeps no connection open and sends nothing about the caller. It
//! reads at most the configured size and waits at most the configured time, including a second try. Other
//! files decide when to fetch and whether to try twice.

use std::error::Error;
use std::fs::File;
use std::io::Read as _;
use std::iter;
use std::path::Path;
use std::time::{Duration, Instant};

use platform::config::Jwks;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use super::key_set::{KeySet, KeySetError};
use crate::error::StartError;
use crate::issuers::{KeySource, TrustedIssuer};

/// Why there is no key set.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("it did not arrive within {0} ms")]
    TimedOut(u128),
    #[error("it cannot be reached: {0}")]
    Unreachable(&'static str),
    #[error("its host does not exist")]
    NoSuchHost,
    #[error("the answer is {0}, not 200")]
    Status(u16),
    #[error("it is larger than {0} bytes")]
    TooLarge(usize),
    #[error("the file cannot be read: {0}")]
    File(#[from] std::io::Error),
    #[error("{0}")]
    KeySet(#[from] KeySetError),
}

impl FetchError {
    /// Whether a second try a moment later may succeed.
    const fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Status(500..=599))
    }

    /// Whether the key server says that the set does not exist, as opposed to being down, busy or slow.
    /// Cognito answers 403 for a pool that has not opted in to the other form of its issuer
    /// (<https://github.com/awslabs/aws-jwt-verify/issues/279>). Where the form does not exist at all, its
    /// host does not exist either.
    ///
    /// 408, 425 and 429 mean "not now" (RFC 9110 section 15.5.9, RFC 8470 section 5.2, RFC 6585 section 4).
    pub(super) const fn is_definite(&self) -> bool {
        matches!(self, Self::NoSuchHost | Self::Status(400..=407 | 409..=424 | 426..=428 | 430..=499))
    }
}

/// How many tries there are within the time of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tries {
    One,
    /// A second try if the first fails early and the fault may soon be over.
    Two,
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
            .tls_backend_preconfigured(tls_config()?)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            // A connection does not survive a freeze between two invocations. One that looks open would only
            // cost time.
            .pool_max_idle_per_host(0)
            .timeout(timeout)
            .build()
            .map_err(|error| StartError::HttpClient(error.to_string()))?;
        let max_bytes = usize::try_from(config.max_bytes.get()).unwrap_or(usize::MAX);
        Ok(Self { client, timeout, max_bytes })
    }

    /// Gets a complete and usable set. All tries together have the time of one.
    pub(super) async fn fetch(&self, issuer: &TrustedIssuer, tries: Tries) -> Result<KeySet, FetchError> {
        let document = tokio::time::timeout(self.timeout, self.document(issuer, tries));
        let document = document.await.map_err(|_| self.timed_out())??;
        Ok(KeySet::parse(&document, &issuer.algorithms)?)
    }

    async fn document(&self, issuer: &TrustedIssuer, tries: Tries) -> Result<Vec<u8>, FetchError> {
        let url = match &issuer.keys {
            KeySource::Url(url) => url,
            KeySource::File(path) => return self.read(path),
        };
        let started = Instant::now();
        let pause = self.timeout / 10;
        match self.download(url).await {
            // The second try gets at least half of the time.
            Err(error)
                if tries == Tries::Two
                    && error.may_pass()
                    && started.elapsed() + pause <= self.timeout / 2 =>
            {
                let reason = error.to_string();
                tracing::info!(issuer = issuer.issuer, error = reason, "key set requested again");
                tokio::time::sleep(pause).await;
                self.download(url).await
            }
            ended => ended,
        }
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

    /// The function reads a file of its own package directly, because handing it to another thread takes
    /// longer.
    fn read(&self, path: &Path) -> Result<Vec<u8>, FetchError> {
        let mut document = Vec::new();
        let limit = self.max_bytes as u64 + 1;
        File::open(path)?.take(limit).read_to_end(&mut document)?;
        if document.len() > self.max_bytes {
            return Err(FetchError::TooLarge(self.max_bytes));
        }
        Ok(document)
    }

    /// Says which kind of error it is. reqwest's own text may contain more than a log should.
    fn unreachable(&self, error: &reqwest::Error) -> FetchError {
        if error.is_timeout() {
            return self.timed_out();
        }
        if is_no_such_host(error) {
            return FetchError::NoSuchHost;
        }
        FetchError::Unreachable(if error.is_connect() {
            "no connection (refused, host not found, or the certificate is not trusted)"
        } else if error.is_body() || error.is_decode() {
            "the answer was incomplete"
        } else {
            "the request failed"
        })
    }

    fn timed_out(&self) -> FetchError {
        FetchError::TimedOut(self.timeout.as_millis())
    }
}

/// Whether a name server says that the host does not exist. If the name server cannot be reached or fails,
/// that is an outage as any other; the C libraries use other words for it. Only the words tell the two apart
/// (<https://github.com/seanmonstar/reqwest/issues/1501>). Unknown words count as an outage too.
fn is_no_such_host(error: &(dyn Error + 'static)) -> bool {
    const WORDS: [&str; 2] = [
        // https://github.com/bminor/glibc/blob/master/sysdeps/posix/gai_strerror-strs.h, EAI_NONAME
        "Name or service not known",
        // https://github.com/bminor/musl/blob/master/src/network/gai_strerror.c, EAI_NONAME
        "Name does not resolve",
    ];
    iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source()).any(|error| {
        let text = error.to_string();
        WORDS.iter().any(|words| text.ends_with(words))
    })
}

fn tls_config() -> Result<tls::ClientConfig, StartError> {
    let mut config = tls::client_config().map_err(|error| StartError::HttpClient(error.to_string()))?;
    // There is about one connection an hour, so there is no TLS session to resume.
    config.resumption = tls::Resumption::disabled();
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missing_set_is_definite_and_only_brief_faults_retry() {
        let timed_out = FetchError::TimedOut(1_500);
        let unreachable = FetchError::Unreachable("the answer was incomplete");
        for (error, is_definite, may_pass) in [
            (FetchError::Status(400), true, false),
            (FetchError::Status(403), true, false),
            (FetchError::Status(404), true, false),
            (FetchError::Status(499), true, false),
            (FetchError::Status(408), false, false),
            (FetchError::Status(425), false, false),
            (FetchError::Status(429), false, false),
            (FetchError::Status(500), false, true),
            (FetchError::Status(503), false, true),
            (FetchError::Status(302), false, false),
            (FetchError::Status(204), false, false),
            (FetchError::NoSuchHost, true, false),
            (unreachable, false, true),
            (timed_out, false, false),
            (FetchError::TooLarge(1), false, false),
            (FetchError::KeySet(KeySetError::NotAKeySet), false, false),
        ] {
            assert_eq!((error.is_definite(), error.may_pass()), (is_definite, may_pass), "{error}");
        }
    }

    #[test]
    fn a_missing_host_differs_from_a_failing_name_server() {
        #[derive(Debug, thiserror::Error)]
        #[error("dns error")]
        struct Connect(#[source] std::io::Error);

        let lookup = |words: &str| {
            let text = format!("failed to lookup address information: {words}");
            is_no_such_host(&Connect(std::io::Error::other(text)))
        };
        assert!(lookup("Name or service not known"));
        assert!(lookup("Name does not resolve"));
        assert!(!lookup("Temporary failure in name resolution"));
        assert!(!lookup("Try again"));
        assert!(!lookup("No address associated with hostname"), "there is such a host");
        assert!(!is_no_such_host(&Connect(std::io::ErrorKind::ConnectionRefused.into())));
    }
}
