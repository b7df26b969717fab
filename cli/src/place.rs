//! Where a call goes: a region, and an endpoint if it is not AWS itself.
//!
//! It must not depend on any service.

use std::fmt;

/// Where the services are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) region: String,
    pub(crate) endpoint: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.endpoint {
            Some(endpoint) => write!(f, "{} at {endpoint}", self.region),
            None => f.write_str(&self.region),
        }
    }
}
