//! Sign-up, sign-in and own profile: Cognito's functions behind an API that a front end can use directly.
//!
//! `event -> route -> typed command -> IdentityProvider -> typed outcome -> answer`, and `error.rs` for failures. The
//! caller's input is parsed once, where it enters. Secrets have types that do not show them. This service must not
//! decide about access: the gate does.

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
