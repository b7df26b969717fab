//! Another try where a connection was found dead.
//!
//! Lambda freezes a process between two calls, and the far end closes what is idle meanwhile. The first request after that
//! may be written to a connection that nobody listens to any more: it comes back without an answer, and was not acted upon.
//! (hyper itself repeats a request that it has not begun to write.) That is the only case here: a connection that has
//! carried an answer before, and an end without any answer. A refusal is an answer, and a request on a new connection that
//! got none may have been acted upon, so neither is repeated, nor is one that ran out of time.
//!
//! After RFC 9112, section 9.3.1: <https://www.rfc-editor.org/rfc/rfc9112.html#section-9.3.1>

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::connection::CaptureSmithyConnection;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// How many connections are remembered. A Lambda answers one caller at a time and has one open; the rest is room for
/// tests, and for those that are being closed.
const REMEMBERED: usize = 16;

/// An HTTP client whose connectors try again.
#[derive(Debug)]
pub(crate) struct Renewing {
    inner: SharedHttpClient,
    proven: Proven,
}

impl Renewing {
    pub(crate) fn new(inner: SharedHttpClient) -> Self {
        Self { inner, proven: Proven::default() }
    }
}

impl HttpClient for Renewing {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, proven: self.proven.clone() })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    proven: Proven,
}

impl HttpConnector for Connector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let (inner, proven) = (self.inner.clone(), self.proven.clone());
        HttpConnectorFuture::new(async move {
            loop {
                let again = request.try_clone();
                let connection = connection_of(&mut request);
                let result = inner.call(request).await;
                let address = connection.get().and_then(|connection| connection.local_addr());
                match (result, address, again) {
                    // It ends: each time there is one proven connection less.
                    (Err(error), Some(address), Some(again))
                        if proven.forget(address) && has_ended(&error) =>
                    {
                        request = again;
                    }
                    (Ok(response), Some(address), _) => {
                        proven.remember(address);
                        return Ok(response);
                    }
                    (result, ..) => return result,
                }
            }
        })
    }
}

/// Whether the connection ended without an answer. The client's own word for that is an error that is worth another try;
/// an answer that is no HTTP is neither.
fn has_ended(error: &ConnectorError) -> bool {
    error.is_io() || error.as_other().is_some()
}

/// What will tell the connection that the request goes out on. The SDK has put one there, but for the second try.
fn connection_of(request: &mut HttpRequest) -> CaptureSmithyConnection {
    if let Some(capture) = request.extension::<CaptureSmithyConnection>() {
        return capture.clone();
    }
    let capture = CaptureSmithyConnection::new();
    request.add_extension(capture.clone());
    capture
}

/// The connections that have carried an answer, by our end of them; the latest last.
#[derive(Debug, Clone, Default)]
struct Proven(Arc<Mutex<VecDeque<SocketAddr>>>);

impl Proven {
    fn remember(&self, address: SocketAddr) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&address) {
            known.push_back(address);
        }
        if known.len() > REMEMBERED {
            known.pop_front();
        }
    }

    /// Whether it was remembered.
    fn forget(&self, address: SocketAddr) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.len();
        known.retain(|one| *one != address);
        known.len() < before
    }
}
