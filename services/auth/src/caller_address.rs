//! The address that a request comes from, for Cognito's threat protection.
//!
//! All requests reach Cognito from this function's addresses, so without it Cognito would see one caller. Its only
//! source is the gateway's event: anybody can write headers, so this file must not read them. It is personal data: it
//! goes only to Cognito, and is never shown.

use std::convert::Infallible;
use std::fmt;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use web::Gateway;

/// The address of the caller, IPv4 or IPv6.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CallerAddress(IpAddr);

impl CallerAddress {
    /// The address as a text.
    #[must_use]
    pub fn expose(self) -> String {
        self.0.to_string()
    }
}

impl From<IpAddr> for CallerAddress {
    fn from(address: IpAddr) -> Self {
        Self(address)
    }
}

impl fmt::Debug for CallerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// The address, if the event has one. The event of a test in the console has none.
pub(crate) struct CalledFrom(pub(crate) Option<CallerAddress>);

impl<S: Sync> FromRequestParts<S> for CalledFrom {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let address = parts.extensions.get::<Gateway>().and_then(Gateway::source_ip);
        Ok(Self(address.map(CallerAddress)))
    }
}
