//! The smallest protected service: it tells callers who they are. Copy it to begin another.
//!
//! Everything it knows of the caller comes from the gate, through [`web::Caller`]. It reads no token and
//! has no way to: it must not grow a dependency that could.

mod routes;
mod view;

pub use routes::{openapi, router};
