//! Sends one HTTP request and reads the whole answer. It follows no redirect, and uses no proxy for this
//! machine.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::Result;
use crate::secrets::Secrets;

/// A cold function on a loaded machine takes seconds. One that hangs must not make the tests hang.
const TIMEOUT: Duration = Duration::from_mins(1);

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    pub(crate) headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Answer {
    /// A header's value, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON. `null` if it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Sends requests over plain HTTP, or over HTTPS with compiled-in roots. It records all secrets in requests
/// and answers.
pub struct Client {
    http: reqwest::blocking::Client,
    secrets: Secrets,
}

impl Client {
    /// Builds a client.
    ///
    /// # Errors
    /// The TLS configuration is not usable.
    pub(crate) fn new(is_local: bool, secrets: Secrets) -> Result<Self> {
        let failed = |error: String| format!("cannot make an HTTP client: {error}");
        let mut builder = reqwest::blocking::Client::builder()
            .tls_backend_preconfigured(tls::client_config().map_err(|error| failed(error.to_string()))?)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT);
        if is_local {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| failed(error.to_string()))?;
        Ok(Self { http, secrets })
    }

    /// Sends a request. A `body` is sent as JSON, and declared as JSON unless `headers` have another type.
    ///
    /// # Errors
    /// No answer arrived.
    pub(crate) fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer> {
        if let Some(body) = body {
            self.secrets.note_request(body);
        }
        self.send_text(method, url, headers, body.map(Value::to_string))
    }

    /// The same with a body that need not be JSON.
    ///
    /// # Errors
    /// No answer arrived.
    pub(crate) fn send_text(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Answer> {
        let failed = |error: reqwest::Error| format!("no answer from {url}: {error}");
        let is_typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let typed = body.is_some() && !is_typed;
        let json = typed.then_some(("Content-Type", "application/json"));
        self.secrets.note_headers(headers.iter().copied());
        let headers = headers.iter().copied().chain(json);
        let mut request = headers
            .fold(self.http.request(method, url), |request, (name, value)| request.header(name, value));
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().map_err(failed)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = Answer { status, headers, body: response.text().map_err(failed)? };
        self.secrets.note_answer(&answer.json());
        self.secrets.note_headers(answer.header("set-cookie").map(|value| ("set-cookie", value)).into_iter());
        Ok(answer)
    }
}
