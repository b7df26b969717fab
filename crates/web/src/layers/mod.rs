//! What every service does with every request and answer. `app.rs` has the order of these layers.

pub(crate) mod access_log;
pub(crate) mod cors;
pub(crate) mod limits;
pub(crate) mod panics;
pub(crate) mod request_id;
pub(crate) mod route_path;
pub(crate) mod security_headers;

pub use request_id::{REQUEST_ID_HEADER, RequestId};
