//! Converts the gateway's event to a request. This is the only file that knows the form of events.
//!
//! The event is API Gateway's proxy event of payload format 1.0. A REST API sends it, and so does an HTTP API
//! whose integration is set to that format.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>
//!
//! A function error would count against the function, raise alarms and roll a deployment back, so nothing
//! here may cause one. Whatever a caller can write becomes a request. If it is not valid HTTP, it is marked
//! [`Malformed`] and goes through the layers, which answer 400, and log and count it like any other request.
//! Only an event that is not a request at all is an error, and is answered 500. Nothing here may panic, and
//! no answer may repeat what a caller sent.
//!
//! The request's URI consists of a path and a query. The scheme and host are in headers that anybody can
//! write, and no service needs them.

use std::net::IpAddr;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::uri::PathAndQuery;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_runtime::Context;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::response::problem::{ErrorStatus, Problem};

/// The characters that a URI's path must not contain. `%` is not among them, because the path is already
/// encoded.
const NOT_IN_A_PATH: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'?').add(b'`');

/// The characters that are encoded in a query parameter, which the gateway has decoded.
const NOT_IN_A_PARAMETER: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The event is not a request. The function was set up wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotARequest {
    /// The event comes from another AWS service, or was written by hand.
    #[error("this function answers the requests of an API Gateway API, and the event is none of them")]
    OtherEvent,
    /// An HTTP API sends this format unless its integration says otherwise.
    #[error(
        "the event has payload format 2.0: set the payload format version of the API's integration to 1.0"
    )]
    PayloadFormat,
}

/// Which part of a request is not valid HTTP. It never contains the part's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("The request cannot be read.")]
    Event,
    #[error("The request cannot be read: a part of it is not what it should be.")]
    Unreadable,
    #[error("The method is no HTTP method.")]
    Method,
    #[error("The path is no path of a URL, or path and query together are too long.")]
    Target,
    #[error("The query is no list of names and values.")]
    Query,
    #[error("A header's name has a character that none may have.")]
    HeaderName,
    #[error("A header's value has a control character.")]
    HeaderValue,
    #[error("There are too many headers.")]
    Headers,
    #[error("Host is given once, as a host name with or without a port.")]
    Host,
    #[error("The body is not the base64 that it is said to be.")]
    Body,
}

/// Whether the request has the method that the event names, and not a substitute.
pub(crate) fn is_method_known(request: &Extensions) -> bool {
    !matches!(request.get::<Malformed>(), Some(Malformed::Event | Malformed::Method))
}

/// Answers 400 to a request that is not valid HTTP, before anything else reads it.
pub(crate) async fn refuse_malformed(request: Request, next: Next) -> Response {
    let Some(malformed) = request.extensions().get::<Malformed>().copied() else {
        return next.run(request).await;
    };
    Problem::new(ErrorStatus::BAD_REQUEST, "malformed_request", malformed.to_string())
        .caused_by(malformed)
        .into_response()
}

/// The gateway's data about a request. Only the authorizer's context, the stage and the address are the
/// gateway's own. A caller can choose the request id (`x-amzn-RequestId`), the paths and the domain name.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html>
#[derive(Debug, Clone, Default)]
pub struct Gateway {
    /// The authorizer's answer, in which all values are strings, and `integrationLatency`, a number that the
    /// gateway adds.
    authorizer: Map<String, Value>,
    request_id: Option<String>,
    stage: Option<String>,
    requested_path: Option<String>,
    path: String,
    domain_name: Option<String>,
    source_ip: Option<IpAddr>,
}

impl Gateway {
    /// One string of the authorizer's context.
    pub(crate) fn authorized(&self, key: &str) -> Option<&str> {
        self.authorizer.get(key)?.as_str()
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref().filter(|id| !id.is_empty())
    }

    pub(crate) fn stage(&self) -> Option<&str> {
        self.stage.as_deref()
    }

    /// The path that the client requested, including the stage or a custom domain's base path.
    pub(crate) fn requested_path(&self) -> Option<&str> {
        self.requested_path.as_deref()
    }

    /// The path within the API, including a custom domain's base path, as it is in the event.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The host name that the client used to reach the API.
    #[must_use]
    pub fn domain_name(&self) -> Option<&str> {
        self.domain_name.as_deref()
    }

    /// The address from which the request reached the API. It belongs to whoever was connected to the API,
    /// which may be a proxy. The gateway does not take it from a header that a caller can write.
    /// <https://repost.aws/questions/QU-xMNlCuTT5m6fL60GYEcgg>
    #[must_use]
    pub const fn source_ip(&self) -> Option<IpAddr> {
        self.source_ip
    }

    /// Takes the gateway's data out of an event. A proxy event contains the method twice. Of the other
    /// events, only an authorizer's does.
    fn take(event: &mut Value) -> Result<Self, NotARequest> {
        if event.get("version").and_then(Value::as_str) == Some("2.0") {
            return Err(NotARequest::PayloadFormat);
        }
        let path = text(event, "path").unwrap_or_default();
        let is_request = event.get("httpMethod").is_some() && event.get("methodArn").is_none();
        let context = event.get_mut("requestContext").filter(|context| context.get("httpMethod").is_some());
        let context = context.filter(|_| is_request).ok_or(NotARequest::OtherEvent)?;
        let authorizer = match context.get_mut("authorizer").map(Value::take) {
            Some(Value::Object(members)) => members,
            _ => Map::new(),
        };
        Ok(Self {
            authorizer,
            request_id: text(context, "requestId"),
            stage: text(context, "stage"),
            requested_path: text(context, "path"),
            path,
            domain_name: text(context, "domainName"),
            source_ip: source_ip(context),
        })
    }
}

/// The console's test of a method sends `test-invoke-source-ip`, which is not an address.
fn source_ip(context: &Value) -> Option<IpAddr> {
    let address: IpAddr = context.get("identity")?.get("sourceIp")?.as_str()?.parse().ok()?;
    // An IPv4 address may be written as an IPv6 address.
    Some(address.to_canonical())
}

/// A member that is a string.
fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

/// The request in the event. Its extensions contain the [`Gateway`] data, Lambda's `context`, and which part
/// of it is malformed.
///
/// # Errors
/// The event is not a request.
pub(crate) fn request(event: &str, context: Context) -> Result<Request, NotARequest> {
    // Lambda accepts only JSON, but is less strict than this reader: a string may contain half of a UTF-16
    // pair. AWS does not document that a caller cannot cause this, so the caller is assumed to have caused
    // it.
    let mut request = match serde_json::from_str(event) {
        Ok(event) => of_event(event)?,
        Err(_) => Parts { malformed: Some(Malformed::Event), ..Parts::default() }.into_request(),
    };
    request.extensions_mut().insert(context);
    Ok(request)
}

fn of_event(mut event: Value) -> Result<Request, NotARequest> {
    let gateway = Gateway::take(&mut event)?;
    let mut parts = Parts::default();
    parts.read(&mut event, gateway.path());
    let mut request = parts.into_request();
    request.extensions_mut().insert(gateway);
    Ok(request)
}

/// The parts of a request that could be read, and the first one that could not.
#[derive(Default)]
struct Parts {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Vec<u8>,
    malformed: Option<Malformed>,
}

impl Parts {
    fn read(&mut self, event: &mut Value, path: &str) {
        match method(event) {
            Ok(method) => self.method = method,
            Err(malformed) => self.note(malformed),
        }
        match query(event).and_then(|query| target(path, query.as_deref()).ok_or(Malformed::Target)) {
            Ok(uri) => self.uri = uri,
            Err(malformed) => self.note(malformed),
        }
        self.read_headers(event);
        match body(event) {
            Ok(body) => self.body = body,
            Err(malformed) => self.note(malformed),
        }
    }

    /// All values of all headers. A name in two spellings is one header with both values.
    ///
    /// Readable headers are kept even if others are unreadable: `Origin` decides who may read the 400.
    fn read_headers(&mut self, event: &Value) {
        let all = members(event, "multiValueHeaders").map_err(|malformed| self.note(malformed));
        for (name, values) in all.into_iter().flatten() {
            match values {
                Value::Array(values) => values.iter().for_each(|value| self.read_header(name, value)),
                value => self.read_header(name, value),
            }
        }
        let known: Vec<HeaderName> = self.headers.keys().cloned().collect();
        let last = members(event, "headers").map_err(|malformed| self.note(malformed));
        for (name, value) in last.into_iter().flatten() {
            if known.iter().all(|known| !known.as_str().eq_ignore_ascii_case(name)) {
                self.read_header(name, value);
            }
        }
        if !is_host_good(&self.headers) {
            self.note(Malformed::Host);
        }
    }

    /// Characters that are not ASCII are passed on as UTF-8. AWS does not document how the gateway reads such
    /// bytes.
    fn read_header(&mut self, name: &str, value: &Value) {
        let value = match value {
            Value::Null => return,
            Value::String(value) => HeaderValue::from_str(value).map_err(|_| Malformed::HeaderValue),
            _ => Err(Malformed::Unreadable),
        };
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Malformed::HeaderName);
        let added = name
            .and_then(|name| self.headers.try_append(name, value?).map_err(|_| Malformed::Headers).map(drop));
        if let Err(malformed) = added {
            self.note(malformed);
        }
    }

    fn note(&mut self, malformed: Malformed) {
        self.malformed.get_or_insert(malformed);
    }

    fn into_request(self) -> Request {
        let mut request = Request::new(Body::from(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.uri;
        *request.headers_mut() = self.headers;
        if let Some(malformed) = self.malformed {
            request.extensions_mut().insert(malformed);
        }
        request
    }
}

fn method(event: &Value) -> Result<Method, Malformed> {
    let method = event.get("httpMethod").and_then(Value::as_str).ok_or(Malformed::Method)?;
    Method::from_bytes(method.as_bytes()).map_err(|_| Malformed::Method)
}

/// The target of a request. It begins with a slash. A `?` in the path is part of the path.
pub(crate) fn target(path: &str, query: Option<&str>) -> Option<Uri> {
    if !path.starts_with('/') {
        return None;
    }
    let path = utf8_percent_encode(path, NOT_IN_A_PATH);
    let target = match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_string(),
    };
    PathAndQuery::from_maybe_shared(target).map(Uri::from).ok()
}

/// The query, made from parameters that the gateway has already decoded.
fn query(event: &Value) -> Result<Option<String>, Malformed> {
    let mut pairs = Vec::new();
    for (name, values) in parameters(event)? {
        let values = values.as_array().map_or(std::slice::from_ref(values), Vec::as_slice);
        for value in values {
            let value = match value {
                Value::Null => "",
                Value::String(value) => value.as_str(),
                _ => return Err(Malformed::Query),
            };
            let encoded = |text| utf8_percent_encode(text, NOT_IN_A_PARAMETER);
            pairs.push(format!("{}={}", encoded(name), encoded(value)));
        }
    }
    Ok((!pairs.is_empty()).then(|| pairs.join("&")))
}

/// Every value of each name, or else the last value of each.
fn parameters(event: &Value) -> Result<impl Iterator<Item = (&String, &Value)>, Malformed> {
    let mut all = members(event, "multiValueQueryStringParameters").map_err(|_| Malformed::Query)?.peekable();
    let last = match all.peek() {
        Some(_) => None,
        None => Some(members(event, "queryStringParameters").map_err(|_| Malformed::Query)?),
    };
    Ok(all.chain(last.into_iter().flatten()))
}

fn body(event: &mut Value) -> Result<Vec<u8>, Malformed> {
    let is_base64 = event.get("isBase64Encoded") == Some(&Value::Bool(true));
    match event.get_mut("body").map(Value::take) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) if is_base64 => STANDARD.decode(text).map_err(|_| Malformed::Body),
        Some(Value::String(text)) => Ok(text.into_bytes()),
        Some(_) => Err(Malformed::Unreadable),
    }
}

/// RFC 9112 section 3.2. A real gateway always sends the header. The console's test of a method sends none.
fn is_host_good(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => true,
        (Some(host), None) => host.to_str().is_ok_and(is_host),
        (Some(_), Some(_)) => false,
    }
}

/// A name or an address, with or without a port.
fn is_host(host: &str) -> bool {
    let is_port = |text: &str| {
        text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
    };
    let is_made_of = |text: &str, allowed: fn(u8) -> bool| !text.is_empty() && text.bytes().all(allowed);
    if let Some(literal) = host.strip_prefix('[') {
        let is_address = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
        return literal
            .split_once(']')
            .is_some_and(|(address, port)| is_made_of(address, is_address) && is_port(port));
    }
    let (name, port) = host.split_at(host.find(':').unwrap_or(host.len()));
    is_made_of(name, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) && is_port(port)
}

/// The members of an object in the event. The object may be absent or `null`.
fn members<'e>(
    event: &'e Value,
    name: &str,
) -> Result<impl Iterator<Item = (&'e String, &'e Value)> + use<'e>, Malformed> {
    match event.get(name) {
        None | Some(Value::Null) => Ok(None.into_iter().flatten()),
        Some(Value::Object(members)) => Ok(Some(members.iter()).into_iter().flatten()),
        Some(_) => Err(Malformed::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_segments_and_double_slashes_stay_as_they_are() {
        for path in ["/open/../admin/ping", "//admin/ping", "/open/%2e%2e/admin/ping", "/open\\..\\admin"] {
            assert_eq!(target(path, None).unwrap().path(), path);
        }
    }

    #[test]
    fn the_address_comes_from_the_gateway_and_no_header() {
        let address = |identity: Value| {
            let context = serde_json::json!({ "httpMethod": "GET", "identity": identity });
            let mut event = serde_json::json!({
                "httpMethod": "GET", "path": "/", "requestContext": context,
                "headers": { "X-Forwarded-For": "198.51.100.1" },
            });
            Gateway::take(&mut event).unwrap().source_ip().map(|address| address.to_string())
        };
        for (said, address_of) in [
            ("203.0.113.9", Some("203.0.113.9")),
            ("2001:DB8:0:0::1", Some("2001:db8::1")),
            ("::ffff:203.0.113.9", Some("203.0.113.9")),
            ("test-invoke-source-ip", None),
            ("203.0.113.9, 198.51.100.1", None),
            ("203.0.113.9:443", None),
            ("", None),
        ] {
            assert_eq!(address(serde_json::json!({ "sourceIp": said })).as_deref(), address_of, "{said}");
        }
        for identity in
            [serde_json::json!({}), Value::Null, serde_json::json!({ "sourceIp": ["203.0.113.9"] })]
        {
            assert_eq!(address(identity), None);
        }
    }

    #[test]
    fn a_path_cannot_grow_a_query_of_its_own() {
        let uri = target("/a b?c#d", Some("e=f")).unwrap();
        assert_eq!((uri.path(), uri.query()), ("/a%20b%3Fc%23d", Some("e=f")));
    }
}
