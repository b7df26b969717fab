//! The sections of `config.json`. Each is a file or folder with the section's name.
//!
//! A type here holds the settings of one section. Checks across settings are in `check/`.

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
