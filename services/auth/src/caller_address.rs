//! Where a request comes from, for Cognito's threat protection.
//!
//! All requests reach Cognito from this function's addresses, so that without it everybody would be one caller there. The
//! only source is what the gateway says; no header is looked at, which anybody can write. It is personal data: it goes to
//! Cognito alone, and is not shown.

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

/// The address, where the gateway has said one. The console's test of a method has none.
pub(crate) struct CalledFrom(pub(crate) Option<CallerAddress>);

impl<S: Sync> FromRequestParts<S> for CalledFrom {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let address = parts.extensions.get::<Gateway>().and_then(Gateway::source_ip);
        Ok(Self(address.map(CallerAddress)))
    }
}
