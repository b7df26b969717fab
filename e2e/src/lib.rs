//! What the end-to-end tests stand on: a stack, a way to ask it, and tokens, good and bad.
//!
//! The tests themselves are in `tests/it`. They reach the stack as any client does, over HTTP and with the
//! `gatehouse` command; nothing in here may look inside it. The one exception is [`Forge`], which signs
//! with the local stack's own keys what Cognito would never sign.

mod deployment;
mod forge;
mod gatehouse;
mod http;
mod jwt;
mod local_stack;
mod stack;

pub use deployment::{Deployment, Person};
pub use forge::Forge;
pub use gatehouse::{Gatehouse, Tokens};
pub use http::{Answer, Client};
pub use jwt::Jwt;
pub use stack::Stack;

/// Why a test could not be carried out: one line for the person who runs it.
pub type Result<T> = std::result::Result<T, String>;
