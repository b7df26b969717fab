//! The HTTPS client for servers that the AWS SDK does not call: compiled-in roots, no redirects, a time
//! limit.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

use crate::error::Error;

/// A client that waits at most this long for a whole answer. `is_local`: for servers on this machine, which a
/// proxy cannot reach.
pub(crate) fn client(timeout: Duration, is_local: bool) -> Result<Client, Error> {
    let failed = |error: &dyn std::error::Error| Error::NoHttps(error.to_string());
    let tls = tls::client_config().map_err(|error| failed(&error))?;
    let mut client = Client::builder().tls_backend_preconfigured(tls);
    if is_local {
        client = client.no_proxy();
    }
    client.redirect(Policy::none()).timeout(timeout).build().map_err(|error| failed(&error))
}
