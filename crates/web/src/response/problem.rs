//! The only form in which a service reports a failure: RFC 9457 `application/problem+json`.
//!
//! A [`Problem`] has two sides. Its status, code and detail go to the caller. Its cause goes only to the log.
//! A handler returns a problem as an error; [`crate::app`] adds the request id and writes it into the answer.
//! Nothing in here may put the text of an internal error into an answer.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::layers::request_id::RequestId;

/// A status between 400 and 599, so that a problem cannot report success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorStatus(StatusCode);

impl ErrorStatus {
    /// 400: the request does not have the form that the route requires.
    pub const BAD_REQUEST: Self = Self(StatusCode::BAD_REQUEST);
    /// 401: the caller is unknown.
    pub const UNAUTHORIZED: Self = Self(StatusCode::UNAUTHORIZED);
    /// 403: the caller is known, and is not allowed to do this.
    pub const FORBIDDEN: Self = Self(StatusCode::FORBIDDEN);
    /// 404: the resource does not exist.
    pub const NOT_FOUND: Self = Self(StatusCode::NOT_FOUND);
    /// 405: the route does not have this method.
    pub const METHOD_NOT_ALLOWED: Self = Self(StatusCode::METHOD_NOT_ALLOWED);
    /// 409: the state of the resource does not allow the request.
    pub const CONFLICT: Self = Self(StatusCode::CONFLICT);
    /// 412: the resource is not as the request requires it to be.
    pub const PRECONDITION_FAILED: Self = Self(StatusCode::PRECONDITION_FAILED);
    /// 413: the body is too large.
    pub const PAYLOAD_TOO_LARGE: Self = Self(StatusCode::PAYLOAD_TOO_LARGE);
    /// 415: the body does not have a media type that the route accepts.
    pub const UNSUPPORTED_MEDIA_TYPE: Self = Self(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    /// 422: the form is right, but a value is not.
    pub const UNPROCESSABLE_ENTITY: Self = Self(StatusCode::UNPROCESSABLE_ENTITY);
    /// 428: the request must state the expected state of the resource.
    pub const PRECONDITION_REQUIRED: Self = Self(StatusCode::PRECONDITION_REQUIRED);
    /// 429: too many requests.
    pub const TOO_MANY_REQUESTS: Self = Self(StatusCode::TOO_MANY_REQUESTS);
    /// 500: the fault is ours.
    pub const INTERNAL_SERVER_ERROR: Self = Self(StatusCode::INTERNAL_SERVER_ERROR);
    /// 501: this deployment does not offer the operation.
    pub const NOT_IMPLEMENTED: Self = Self(StatusCode::NOT_IMPLEMENTED);
    /// 502: a service that we depend on gave an invalid answer.
    pub const BAD_GATEWAY: Self = Self(StatusCode::BAD_GATEWAY);
    /// 503: a service that we depend on is unavailable.
    pub const SERVICE_UNAVAILABLE: Self = Self(StatusCode::SERVICE_UNAVAILABLE);
    /// 504: the work took longer than allowed.
    pub const GATEWAY_TIMEOUT: Self = Self(StatusCode::GATEWAY_TIMEOUT);

    /// The status, if it is that of a failure.
    #[must_use]
    pub fn new(status: StatusCode) -> Option<Self> {
        (status.is_client_error() || status.is_server_error()).then_some(Self(status))
    }

    /// The status as a type of the `http` crate.
    #[must_use]
    pub const fn as_status_code(self) -> StatusCode {
        self.0
    }

    fn title(self) -> &'static str {
        self.0.canonical_reason().unwrap_or("Error")
    }
}

/// What is wrong with one value of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where: a JSON pointer (RFC 6901) into the body, or into the query as an object. Empty: the whole of
    /// it.
    pub pointer: String,
    /// What is wrong there, and how to correct it. It must not contain the value, which may be a secret.
    pub detail: Cow<'static, str>,
}

impl FieldError {
    /// `detail` says what the value at `pointer` must be.
    #[must_use]
    pub fn new(pointer: impl Into<String>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// The most errors that a problem names.
const MOST_ERRORS: usize = 50;

/// A failed request, and why it failed.
#[derive(Debug, Clone)]
pub struct Problem {
    status: ErrorStatus,
    code: Cow<'static, str>,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    origin: Origin,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

/// Who causes a problem with a 5xx status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Version,
    SetUp,
    Callers,
}

impl Problem {
    /// Client programs test for `code`: it is snake case and never changes. `detail` is for the person who
    /// reads the answer, and must not contain anything that the caller may not know.
    ///
    /// ```
    /// use web::{ErrorStatus, Problem};
    ///
    /// let problem = Problem::new(ErrorStatus::NOT_FOUND, "no_such_pet", "There is no such pet.");
    /// assert_eq!(problem.code(), "no_such_pet");
    /// ```
    #[must_use]
    pub fn new(status: ErrorStatus, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code: Cow::Borrowed(code),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            origin: Origin::Version,
            cause: None,
        }
    }

    /// The same problem, marked as one that callers can cause as often as they like, with any version of the
    /// service. Otherwise, as a 5xx, it would roll a deployment back and fill the place that errors are sent
    /// to.
    #[must_use]
    pub fn at_will(self) -> Self {
        Self { origin: Origin::Callers, ..self }
    }

    /// The same problem, marked as one that the operator has to correct. No version of the service would
    /// help.
    #[must_use]
    pub fn of_set_up(self) -> Self {
        Self { origin: Origin::SetUp, ..self }
    }

    /// Whether callers can cause it. A 501 is such a problem: everybody who asks for what this deployment
    /// does not offer gets it.
    fn is_at_will(&self) -> bool {
        self.origin == Origin::Callers || self.status == ErrorStatus::NOT_IMPLEMENTED
    }

    /// Whether somebody has to look at it. The log then has it at ERROR.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.status.0.is_server_error() && !self.is_at_will()
    }

    /// Whether it counts against the running version of the service.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        self.is_error() && self.origin != Origin::SetUp
    }

    /// 422: the route does not accept these values of the body.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self::of_values("The body is not valid for this route; errors names each place.", errors)
    }

    /// 422: the route does not accept these query parameters.
    #[must_use]
    pub fn invalid_query(errors: Vec<FieldError>) -> Self {
        Self::of_values("The query is not valid for this route; errors names each parameter.", errors)
    }

    /// A request with more mistakes than an honest one has gets the rest next time, so that a small request
    /// does not get a large answer. All lists of errors pass through here.
    fn of_values(detail: &'static str, mut errors: Vec<FieldError>) -> Self {
        errors.truncate(MOST_ERRORS);
        Self { errors, ..Self::new(ErrorStatus::UNPROCESSABLE_ENTITY, "invalid_request", detail) }
    }

    /// An internal error. The caller learns that there was one; the log says which.
    #[must_use]
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(
            ErrorStatus::INTERNAL_SERVER_ERROR,
            "internal",
            "Something failed on our side. Name the requestId when you report it.",
        )
        .caused_by(cause)
    }

    /// The same problem with its cause, which only the log gets.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(Arc::from(cause.into()));
        self
    }

    /// The same problem with the time after which the client should try again (RFC 9110 section 10.2.3).
    #[must_use]
    pub fn retry_after(self, time: Duration) -> Self {
        Self { retry_after: Some(time), ..self }
    }

    /// The problem for a library's failed answer, of which only the status is known.
    pub(crate) fn of_status(status: ErrorStatus) -> Self {
        let detail = match status {
            ErrorStatus::NOT_FOUND => "There is no such route.",
            ErrorStatus::METHOD_NOT_ALLOWED => {
                "The route does not have this method; Allow names those it has."
            }
            _ => "The request could not be served.",
        };
        let code = status.title().to_ascii_lowercase().replace([' ', '-'], "_").replace('\'', "");
        Self { code: Cow::Owned(code), ..Self::new(status, "", detail) }
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> ErrorStatus {
        self.status
    }

    /// The stable name of the problem.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What is wrong with the values of the request, one by one.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The cause and its own causes, on one line, for the log.
    pub(crate) fn cause(&self) -> Option<String> {
        let mut error: &dyn Error = self.cause.as_deref()?;
        let mut line = error.to_string();
        while let Some(source) = error.source() {
            // Writing to a String cannot fail.
            let _ = write!(line, ": {source}");
            error = source;
        }
        Some(line)
    }

    /// Writes the problem into the answer, and keeps the answer's other headers.
    pub(crate) fn write(&self, response: &mut Response, id: &RequestId) {
        *response.status_mut() = self.status.0;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // It is the length of the body that is replaced here.
        headers.remove(header::CONTENT_LENGTH);
        if self.status == ErrorStatus::UNAUTHORIZED {
            // RFC 9110 section 15.5.2 requires it on every 401. Behind a REST API no client sees it: the
            // gateway renames it to `x-amzn-Remapped-WWW-Authenticate`, and a proxy integration cannot map it
            // back. The gateway's own 401s get theirs from `GatewayResponses`. AWS does not document whether
            // HTTP APIs rename it. So no client may need it.
            // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(time) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(time.as_secs()));
        }
        *response.body_mut() = Body::from(self.render(id));
    }

    fn render(&self, id: &RequestId) -> String {
        let members = Members {
            kind: "about:blank",
            title: self.status.title(),
            status: self.status.0.as_u16(),
            detail: &self.detail,
            code: &self.code,
            request_id: id.as_str(),
            errors: &self.errors,
        };
        // Strings and a number can always be written as JSON.
        serde_json::to_string(&members).unwrap_or_default()
    }
}

/// The members of RFC 9457 section 3.1, and three of our own. `errors` has the form that its section 3 shows.
#[derive(Serialize)]
struct Members<'a> {
    /// `about:blank`: the title is the status's, and `code` distinguishes the problems.
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    #[serde(rename = "requestId")]
    request_id: &'a str,
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
}

impl IntoResponse for Problem {
    /// The answer does not have its body yet: the body needs the request id, which [`crate::app`] knows.
    fn into_response(self) -> Response {
        let mut response = self.status.0.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The problem that an answer reports. `None` if the answer is not a failure.
pub(crate) fn of_response(response: &mut Response) -> Option<Problem> {
    let status = ErrorStatus::new(response.status())?;
    Some(response.extensions_mut().remove::<Problem>().unwrap_or_else(|| Problem::of_status(status)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_status_of_success_can_be_a_problem() {
        for status in 100..1000 {
            let status = StatusCode::from_u16(status).unwrap();
            let is_failure = (400..600).contains(&status.as_u16());
            assert_eq!(ErrorStatus::new(status).is_some(), is_failure, "{status}");
        }
    }

    #[test]
    fn a_problem_that_callers_can_cause_is_no_error_and_no_fault() {
        let told = |problem: Problem| (problem.is_error(), problem.is_fault());
        for (status, expected) in [
            (500, (true, true)),
            (503, (true, true)),
            (504, (true, true)),
            (501, (false, false)),
            (429, (false, false)),
        ] {
            let of = || Problem::of_status(ErrorStatus::new(StatusCode::from_u16(status).unwrap()).unwrap());
            assert_eq!(told(of()), expected, "{status}");
            assert_eq!(told(of().at_will()), (false, false), "{status}");
            assert_eq!(told(of().of_set_up()), (expected.0, false), "{status}");
        }
    }

    #[test]
    fn the_members_are_those_of_the_rfc_with_code_and_request_id() {
        let problem = Problem::new(ErrorStatus::CONFLICT, "order_exists", "There is one \"already\".");
        assert_eq!(
            problem.render(&RequestId::new("r-1")),
            r#"{"type":"about:blank","title":"Conflict","status":409,"detail":"There is one \"already\".","code":"order_exists","requestId":"r-1"}"#
        );
    }

    #[test]
    fn a_request_full_of_mistakes_has_no_endless_answer() {
        let errors = vec![FieldError::new("/a", "must be b"); 1000];
        for of in [Problem::invalid, Problem::invalid_query] {
            assert_eq!(of(errors.clone()).errors().len(), MOST_ERRORS);
        }
    }

    #[test]
    fn causes_are_one_line_in_the_log_and_never_in_the_answer() {
        #[derive(Debug, thiserror::Error)]
        #[error("the table is away")]
        struct Outer(#[source] std::io::Error);

        let problem = Problem::internal(Outer(std::io::Error::other("10.0.0.7 refused")));
        assert_eq!(problem.cause().as_deref(), Some("the table is away: 10.0.0.7 refused"));
        let body = problem.render(&RequestId::new("r-1"));
        assert!(!body.contains("table") && !body.contains("10.0.0.7"), "{body}");
    }

    #[test]
    fn every_status_of_a_library_gets_a_snake_case_code() {
        for status in (400..600).filter_map(|status| ErrorStatus::new(StatusCode::from_u16(status).ok()?)) {
            let problem = Problem::of_status(status);
            let is_snake_case = problem.code().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(is_snake_case && !problem.code().is_empty(), "{status:?}: {}", problem.code());
        }
    }
}
