//! Posts an envelope over HTTPS, with the compiled-in root certificates and a timeout.
//! <https://develop.sentry.dev/sdk/foundations/transport/envelopes/>
//!
//! It follows no redirect, uses no proxy and reads only the status and headers of an answer. Other files
//! decide what an answer means.

use std::time::Duration;

use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use sentry_types::protocol::v7::{Envelope, Event};

use crate::destination::Destination;

/// The timeout of one attempt. Sentry accepts an event within a fraction of a second.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

/// Sentry's answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) limits: Option<String>,
    pub(crate) retry_after: Option<String>,
}

/// Why there is no answer. It does not contain reqwest's own text, which may name more than a log should
/// contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// Not in time.
    #[error("Sentry does not answer within {} s", TIMEOUT.as_secs())]
    TimedOut,
    /// No connection was possible.
    #[error(
        "Sentry cannot be reached (refused, host not found, or the certificate does not come from a public \
         authority)"
    )]
    NoConnection,
    /// The connection failed later.
    #[error("the connection to Sentry failed")]
    BrokenOff,
}

#[derive(Debug)]
pub(crate) struct Transport {
    tls: tls::ClientConfig,
}

impl Transport {
    /// `Err`: the TLS library supports no protocol version.
    pub(crate) fn new() -> Result<Self, tls::Error> {
        Ok(Self { tls: tls::client_config()? })
    }

    /// A connection for the events of one invocation. It does not survive a freeze between two invocations.
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
    /// Posts one event: an envelope contains at most one.
    /// <https://develop.sentry.dev/sdk/foundations/transport/envelope-items/>
    pub(crate) async fn post(&self, event: Event<'static>, to: &Destination) -> Result<Answer, Unreachable> {
        let mut body = Vec::new();
        // Writing to memory cannot fail, and a header that was built once can be built again.
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
