//! What an answer is: its form for the gateway, and the form of every refusal.

pub(crate) mod answer;
pub(crate) mod problem;

pub use answer::Answer;
pub use problem::{ErrorStatus, FieldError, Problem};
