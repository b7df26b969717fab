//! The HTTPS client for what is not one of the AWS SDK's services: compiled-in roots, no redirects, a time limit.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};

use crate::error::Error;

/// A client that waits no longer than this for a whole answer. `is_local`: for servers on this machine, which a proxy
/// cannot reach.
pub(crate) fn client(timeout: Duration, is_local: bool) -> Result<Client, Error> {
    let failed = |error: &dyn std::error::Error| Error::NoHttps(error.to_string());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut client = Client::builder().tls_backend_preconfigured(tls);
    if is_local {
        client = client.no_proxy();
    }
    client.redirect(Policy::none()).timeout(timeout).build().map_err(|error| failed(&error))
}
