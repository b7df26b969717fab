//! What the tests of all packages share. It depends on none of these packages.
//!
//! - Servers and clients: [`http`], [`runtime_api`], [`cognito`], [`ministack`], `key_server`
//! - Programs and files: [`function`], [`files`], [`net`]
//! - Input: [`request`], [`authorizer_event`], and tokens in `issuer` and `idp`
//! - Independent implementations to check our code against: [`gateway`], [`reading`], `oracle`
//!
//! No function contains any of it: it is only a dev-dependency, and a dependency of test programs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "in a test, what is not as expected is a failure"
)]
#![allow(clippy::must_use_candidate, reason = "a test that forgets what it asked for proves nothing anyway")]

pub mod authorizer_event;
pub mod cognito;
pub mod files;
pub mod function;
pub mod gateway;
pub mod http;
#[cfg(feature = "issuer")]
pub mod idp;
#[cfg(feature = "issuer")]
pub mod issuer;
#[cfg(feature = "key-server")]
pub mod key_server;
pub mod ministack;
pub mod net;
#[cfg(feature = "oracle")]
pub mod oracle;
pub mod reading;
pub mod request;
pub mod runtime_api;
