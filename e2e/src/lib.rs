//! What the end-to-end tests stand on: a stack, a way to ask it, and tokens, good and bad.
//!
//! The tests themselves are in `tests/it`. They reach the stack as any client does, over HTTP and with the
//! `gatehouse` command; nothing in here may look inside it. The one exception is [`Forge`], which signs
//! with the local stack's own keys what Cognito would never sign. [`Function`] runs one function alone, for
//! what can be configured in one way only for a whole stack.

mod api;
pub mod aws;
mod cognito_local;
mod deployment;
mod description;
mod event;
mod forge;
mod function;
mod gatehouse;
mod http;
mod jwt;
mod local_stack;
mod printed;
mod program;
mod route;
mod secrets;
mod stack;
mod start_api;

pub use api::Api;
pub use cognito_local::CognitoLocal;
pub use deployment::{Deployment, Person};
pub use description::ask_what_it_describes;
pub use forge::Forge;
pub use function::{Function, Pool};
pub use gatehouse::{Gatehouse, Tokens};
pub use http::{Answer, Client};
pub use jwt::Jwt;
pub use route::Route;
pub use secrets::{Search, Secrets};
pub use stack::Stack;
pub use start_api::{Gateway, StartApi};

/// Why a test could not be carried out: one line for the person who runs it.
pub type Result<T> = std::result::Result<T, String>;
