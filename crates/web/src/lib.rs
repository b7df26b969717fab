//! What the HTTP services share: everything about a request and its answer that is not business.
//!
//! A service writes an axum `Router` and hands it to [`serve`]; from there on every answer has a request
//! id, every failure is a `problem+json`, and no request is too long, too large or unlogged. This crate
//! knows nothing of Cognito, of tokens or of any one service, and must not call AWS.

mod access_log;
mod answer;
mod app;
mod caller;
mod cors;
mod event;
mod json;
mod limits;
mod page_limit;
mod panics;
mod problem;
mod query;
mod request_id;
mod route_path;
mod security_headers;
mod server;
mod settings;

pub use answer::Answer;
pub use app::app;
pub use caller::Caller;
pub use event::{Gateway, NotARequest};
pub use json::{Json, OptionalJson, object, optional_object};
pub use lambda_runtime::Context;
pub use page_limit::PageLimit;
pub use problem::{ErrorStatus, FieldError, Problem};
pub use query::Query;
pub use request_id::{REQUEST_ID_HEADER, RequestId};
pub use server::{answer, serve, start};
pub use settings::Settings;
