//! The sections of `config.json`, a file or folder each, by their names in the file.
//!
//! A type here holds what one section can say. What concerns several of them is in `check/`.

mod api;
mod auth;
mod authorizer;
mod operations;
pub(in crate::config) mod user_pool;

pub use api::*;
pub use auth::*;
pub use authorizer::*;
pub use operations::*;
pub use user_pool::*;
