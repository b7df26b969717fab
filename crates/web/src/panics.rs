//! A panic fails its own request and nothing else.

use std::any::Any;

use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// The answer for a handler's panic.
pub(crate) fn answer(panic: Box<dyn Any + Send>) -> Response {
    problem(panic).into_response()
}

/// What is said of a panic: the caller learns nothing of it, the log learns its message.
pub(crate) fn problem(panic: Box<dyn Any + Send>) -> Problem {
    let message = match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(other) => {
            other.downcast::<&str>().map_or_else(|_| "no message".to_owned(), |text| text.to_string())
        }
    };
    Problem::internal(format!("it panicked: {message}"))
}
