//! What a request is, from the gateway's event to a handler's arguments.

pub(crate) mod caller;
pub(crate) mod event;
mod json;
mod page_limit;
mod query;

pub use caller::Caller;
pub use event::{Gateway, NotARequest};
pub use json::{Json, OptionalJson, object, optional_object};
pub use page_limit::PageLimit;
pub use query::Query;
