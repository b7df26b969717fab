//! Posts an envelope: over HTTPS with the compiled-in root certificates, within a time.
//! <https://develop.sentry.dev/sdk/foundations/transport/envelopes/>
//!
//! It follows no redirect, knows no proxy and reads of an answer no more than its status and headers. What an answer
//! means is not its business.

use std::time::Duration;

use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use sentry_types::protocol::v7::{Envelope, Event};

use crate::destination::Destination;

/// For one attempt. Sentry takes an event in within a fraction of a second.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

/// What Sentry answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) limits: Option<String>,
    pub(crate) retry_after: Option<String>,
}

/// Why there is no answer. Not reqwest's own text, which may name more than a log should hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// Not in time.
    #[error("Sentry does not answer within {} s", TIMEOUT.as_secs())]
    TimedOut,
    /// Nobody is there.
    #[error(
        "Sentry cannot be reached (refused, host not found, or the certificate is of no public authority)"
    )]
    NoConnection,
    /// Something else.
    #[error("the request to Sentry broke off")]
    BrokenOff,
}

#[derive(Debug)]
pub(crate) struct Transport {
    tls: tls::ClientConfig,
}

impl Transport {
    /// `Err`: the TLS library has no protocol to offer.
    pub(crate) fn new() -> Result<Self, tls::Error> {
        Ok(Self { tls: tls::client_config()? })
    }

    /// For the events of one invoke: a connection does not outlive the freeze between two of them.
    pub(crate) fn connect(&self) -> Result<Connection, reqwest::Error> {
        let client = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .timeout(TIMEOUT)
            .build()?;
        Ok(Connection { client })
    }
}

#[derive(Debug)]
pub(crate) struct Connection {
    client: Client,
}

impl Connection {
    /// Posts one event: an envelope has no more than one.
    /// <https://develop.sentry.dev/sdk/foundations/transport/envelope-items/>
    pub(crate) async fn post(&self, event: Event<'static>, to: &Destination) -> Result<Answer, Unreachable> {
        let mut body = Vec::new();
        // Writing to memory cannot fail, and a header that was made once can be made again.
        Envelope::from(event).to_writer(&mut body).map_err(|_| Unreachable::BrokenOff)?;
        let auth = to.auth().map_err(|_| Unreachable::BrokenOff)?;
        let request = self.client.post(to.url()).header("X-Sentry-Auth", auth);
        let request = request.header(CONTENT_TYPE, "application/x-sentry-envelope").body(body);
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        let header = |name| text(response.headers(), name);
        Ok(Answer {
            status: response.status().as_u16(),
            limits: header("x-sentry-rate-limits"),
            retry_after: header(RETRY_AFTER.as_str()),
        })
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(ToOwned::to_owned)
}

fn unreachable(error: &reqwest::Error) -> Unreachable {
    if error.is_timeout() {
        Unreachable::TimedOut
    } else if error.is_connect() {
        Unreachable::NoConnection
    } else {
        Unreachable::BrokenOff
    }
}
