//! What the tests of all packages stand on. It depends on none of them.
//!
//! - Other sides of a socket: [`http`], [`runtime_api`], [`cognito`], [`ministack`], `key_server`
//! - Programs and files: [`function`], [`files`], [`net`]
//! - What is sent: [`request`], [`authorizer_event`], and tokens in `issuer` and `idp`
//! - Opinions to hold our code to, written apart from it: [`gateway`], [`reading`], `oracle`
//!
//! Nothing in here gets into a function: it is a dev-dependency, and of the programs that test.

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
