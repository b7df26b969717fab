//! What the HTTP services share: the parts of handling a request that are not business logic.
//!
//! A service lists its handlers with [`routes!`], which makes an axum `Router` of them, and passes that to [`serve`]. Then
//! every answer has a request id, every failure is a `problem+json`, every request is logged, and no request may take too
//! long or be too large.
//! This crate must not depend on Cognito, on tokens or on any single service, and must not call AWS.

mod app;
mod layers;
mod request;
mod response;
mod routes;
mod server;
mod settings;

pub use app::app;
pub use lambda_runtime::Context;
pub use layers::{REQUEST_ID_HEADER, RequestId};
pub use request::{
    Caller, Gateway, Json, NotARequest, OptionalJson, PageLimit, Query, object, optional_object,
};
pub use response::{Answer, ErrorStatus, FieldError, Problem};
pub use routes::route;
pub use server::{answer, serve, start};
pub use settings::Settings;
#[doc(hidden)]
pub use utoipa_axum::paste;
