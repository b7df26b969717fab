//! What answers requests: the stack behind its gateway, or one function alone.

use reqwest::Method;
use serde_json::Value;

use crate::Result;
use crate::http::Answer;

/// Takes requests as a client makes them.
pub trait Api {
    /// Sends a request, with `body` as JSON.
    ///
    /// # Errors
    /// There was no answer.
    fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer>;

    /// Sends `POST path` without a token.
    ///
    /// # Errors
    /// There was no answer.
    fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(Method::POST, path, &[], Some(body))
    }

    /// Sends a request with `token` as a bearer token.
    ///
    /// # Errors
    /// There was no answer.
    fn send_as(&self, token: &str, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        self.send(method, path, &[("Authorization", &format!("Bearer {token}"))], body)
    }
}
