//! What the end-to-end tests share: a stack, a way to send requests to it, and good and bad tokens.
//!
//! The tests themselves are in `tests/it`. They use the stack as any client does, over HTTP and with the
//! `gatehouse` command. Nothing here may use its internals. The only exception is [`Forge`], which signs with
//! the local stack's own keys what Cognito would never sign. [`Function`] runs one function alone, for
//! settings that a whole stack can only have in one way.

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
pub use description::{Askers, ask_what_it_describes};
pub use forge::Forge;
pub use function::{Function, Pool};
pub use gatehouse::{Gatehouse, Tokens};
pub use http::{Answer, Client};
pub use jwt::Jwt;
pub use route::Route;
pub use secrets::{Search, Secrets};
pub use stack::Stack;
pub use start_api::{Gateway, StartApi};

/// The error is the reason why a test could not be carried out, as one line for the person who runs it.
pub type Result<T> = std::result::Result<T, String>;
