//! The HTTP settings that differ between deployments.
//!
//! They are made from a configuration that was already checked, so they cannot be wrong.

use platform::config::{Api, CorsOrigin, Stage};

/// The largest request body that is read, unless a service allows more.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// How [`crate::app`] handles HTTP.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The origins whose pages may read the answers. `*`: all.
    pub cors_origins: Vec<CorsOrigin>,
    /// Whether pages of those origins may send cookies.
    pub cors_credentials: bool,
    /// The base path under which a custom domain maps this API.
    pub base_path: Option<Stage>,
    /// The largest request body that is read, in bytes.
    pub max_body_bytes: usize,
}

impl From<&Api> for Settings {
    fn from(api: &Api) -> Self {
        Self {
            cors_origins: api.cors_origins.clone(),
            cors_credentials: false,
            base_path: api.base_path.clone(),
            max_body_bytes: MAX_BODY_BYTES,
        }
    }
}
