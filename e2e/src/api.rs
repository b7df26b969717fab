//! What the tests send requests to: the stack behind its gateway, or one function alone.

use reqwest::Method;
use serde_json::Value;

use crate::Result;
use crate::http::Answer;

/// Accepts requests in the form in which a client makes them.
pub trait Api {
    /// Sends a request, with `body` as JSON.
    ///
    /// # Errors
    /// No answer arrived.
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
    /// No answer arrived.
    fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(Method::POST, path, &[], Some(body))
    }

    /// Sends a request with `token` as a bearer token.
    ///
    /// # Errors
    /// No answer arrived.
    fn send_as(&self, token: &str, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        self.send(method, path, &[("Authorization", &format!("Bearer {token}"))], body)
    }
}
