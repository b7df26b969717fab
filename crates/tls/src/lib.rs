//! The TLS configuration for all HTTPS outside the AWS SDK: Mozilla's root certificates, compiled in, and the
//! cryptography of aws-lc-rs. It is for servers of other parties, whose certificates come from several
//! authorities.
//!
//! Reading the system's roots instead takes longer than the rest of a cold start. Calls to AWS need fewer
//! roots: see `crates/aws`. This crate does not decide which requests are made or how long they may take.

use std::sync::Arc;

use rustls::RootCertStore;
pub use rustls::client::Resumption;
pub use rustls::{ClientConfig, Error};

/// The configuration of a client without a certificate of its own.
///
/// # Errors
/// The cryptography supports no protocol version.
pub fn client_config() -> Result<ClientConfig, Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
