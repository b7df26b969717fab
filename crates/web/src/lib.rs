//! What the HTTP services share: the parts of handling a request that are not business logic.
//!
//! A service lists its handlers with [`routes!`], which makes an axum `Router` of them, and passes that to [`serve`]. Then
//! every answer has a request id, every failure is a `problem+json`, every request is logged, and no request may take too
//! long or be too large.
//! This crate must not depend on Cognito, on tokens or on any single service, and must not call AWS.

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
mod routes;
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
pub use routes::route;
pub use server::{answer, serve, start};
pub use settings::Settings;
#[doc(hidden)]
pub use utoipa_axum::paste;
