//! The one TLS set-up for HTTPS that is not the AWS SDK's: Mozilla's root certificates, compiled in, and the
//! cryptography of aws-lc-rs. What is called by it belongs to others, whose certificates come from several
//! authorities.
//!
//! Reading the system's roots instead takes longer than the rest of a cold start. Calls to AWS have fewer roots still:
//! `crates/aws`. Which requests are made, and how long they may take, is not decided here.

use std::sync::Arc;

use rustls::RootCertStore;
pub use rustls::client::Resumption;
pub use rustls::{ClientConfig, Error};

/// For a client that shows no certificate of its own.
///
/// # Errors
/// The cryptography has no protocol version to offer.
pub fn client_config() -> Result<ClientConfig, Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
