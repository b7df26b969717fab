//! Sign-up, sign-in and own profile: all of Cognito's, behind an API that a front end can use as it is.
//!
//! `event -> route -> typed command -> IdentityProvider -> typed outcome -> answer`, and `error.rs` for all
//! that goes wrong. What the caller sends is parsed once, at the edge; what is secret has a type that shows
//! nothing of it. This service decides nothing about access: that is the gate's.

mod app;
mod caller_address;
pub mod challenge;
mod cognito;
mod cookie;
mod error;
mod human;
mod password_policy;
pub mod provider;
mod refused_text;
mod routes;
mod signed_in;
mod totp;
pub mod values;

pub use app::{App, Settings};
pub use caller_address::CallerAddress;
pub use cognito::{BadEnvironment, Cognito};
pub use human::{NoTurnstile, Turnstile};
pub use refused_text::RefusedText;
pub use routes::{openapi, router};
