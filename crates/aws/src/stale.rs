//! Tries again if a connection turns out to be closed.
//!
//! Lambda freezes a process between two calls, and the server closes idle connections in the meantime. The
//! next request may then be written to a closed connection. It gets no answer, and the server did not act on
//! it. (hyper itself repeats a request that it has not begun to write.) This file handles only that case: the
//! connection carried an answer before, and ended without any answer to this request. A refusal is an answer,
//! so it is not repeated. A request that got no answer on a new connection is not repeated either, because
//! the server may have acted on it, nor is one that ran out of time.
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

/// How many connections are remembered. A Lambda function answers one caller at a time and has one connection
/// open. The rest is for tests, and for connections that are being closed.
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
                    // The loop ends, because each time there is one proven connection less.
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

/// Whether the connection ended without an answer. The client marks such an error as worth a second try. An
/// answer that is not HTTP is neither.
fn has_ended(error: &ConnectorError) -> bool {
    error.is_io() || error.as_other().is_some()
}

/// The object that tells which connection the request uses. The SDK adds one to the first try, but not to the
/// second.
fn connection_of(request: &mut HttpRequest) -> CaptureSmithyConnection {
    if let Some(capture) = request.extension::<CaptureSmithyConnection>() {
        return capture.clone();
    }
    let capture = CaptureSmithyConnection::new();
    request.add_extension(capture.clone());
    capture
}

/// The local addresses of the connections that have carried an answer, the latest one last.
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
