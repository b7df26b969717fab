//! A panic fails only its own request.

use std::any::Any;

use axum::response::{IntoResponse, Response};

use crate::response::problem::Problem;

/// The answer for a handler's panic.
pub(crate) fn answer(panic: Box<dyn Any + Send>) -> Response {
    problem(panic).into_response()
}

/// The problem for a panic. The caller learns nothing about the panic; its message goes to the log.
pub(crate) fn problem(panic: Box<dyn Any + Send>) -> Problem {
    let message = match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(other) => {
            other.downcast::<&str>().map_or_else(|_| "no message".to_owned(), |text| text.to_string())
        }
    };
    Problem::internal(format!("it panicked: {message}"))
}
