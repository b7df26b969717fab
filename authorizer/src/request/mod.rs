//! Finds the token and the API in an API Gateway event. This is the only file that knows the form of events.
//!
//! | kind | recognised by | the token is in |
//! |---|---|---|
//! | REST API, TOKEN | `type` TOKEN | `authorizationToken` |
//! | REST API, REQUEST; HTTP API, payload 1.0 | `type` REQUEST | the `Authorization` header |
//! | HTTP API, payload 2.0 | `type` REQUEST, `version` 2.0 | the `Authorization` header |
//! | WebSocket API, `$connect` | `type` REQUEST, `requestContext.eventType` CONNECT | the header, else `access_token` in the query |
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>
//!
//! This file drops the requested method and path. They must not reach the decision, because API Gateway
//! reuses it. The code reads the event's JSON directly: the maps of `aws_lambda_events` keep only one of two
//! headers whose names differ in case, and copy each string.

use serde_json::Value;

use crate::error::{AuthorizeError, MalformedEvent, TokenError};

mod api_scope;
mod bearer_token;

pub use api_scope::ApiScope;
pub use bearer_token::BearerToken;

/// The parameter for WebSocket clients that cannot set headers, such as browsers (RFC 6750 section 2.3).
const QUERY_PARAMETER: &str = "access_token";

/// The question in an event: may the bearer of this token use this API?
#[derive(Debug)]
pub struct AuthRequest<'e> {
    /// The token in the event.
    pub token: BearerToken<'e>,
    /// The API that the token was sent to.
    pub api: ApiScope,
}

impl<'e> AuthRequest<'e> {
    /// Reads an event of any kind.
    ///
    /// # Errors
    /// [`AuthorizeError::MalformedEvent`] if it is not an API Gateway event, [`AuthorizeError::Unauthorized`]
    /// if it has no token of the right form.
    pub fn parse(event: &'e Value) -> Result<Self, AuthorizeError> {
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        let is_connect =
            event.pointer("/requestContext/eventType").and_then(Value::as_str) == Some("CONNECT");
        match (text("type"), text("version")) {
            (Some("TOKEN"), _) => Self::token_event(event),
            (Some("REQUEST"), Some("2.0")) => Self::http_api_event(event),
            (Some("REQUEST"), _) if is_connect => Self::connect_event(event),
            (Some("REQUEST"), _) => Self::rest_event(event),
            _ => Err(MalformedEvent::Kind.into()),
        }
    }

    fn token_event(event: &'e Value) -> Result<Self, AuthorizeError> {
        let (arn, header) = (text(event, "methodArn")?, text(event, "authorizationToken")?);
        let api = ApiScope::parse(arn)?;
        Ok(Self { token: BearerToken::parse(header)?, api })
    }

    fn rest_event(event: &'e Value) -> Result<Self, AuthorizeError> {
        Self::header_event(event, scope(event, "methodArn")?)
    }

    fn http_api_event(event: &'e Value) -> Result<Self, AuthorizeError> {
        Self::header_event(event, scope(event, "routeArn")?)
    }

    fn header_event(event: &'e Value, api: ApiScope) -> Result<Self, AuthorizeError> {
        let header = authorization(event)?.ok_or(TokenError::Missing)?;
        let token = BearerToken::parse(header)?;
        // The identity source is checked after the token was found: AWS does not document how the gateway
        // names two headers as one source, and anybody can send two.
        check_identity_source(event, header)?;
        Ok(Self { token, api })
    }

    fn connect_event(event: &'e Value) -> Result<Self, AuthorizeError> {
        let api = scope(event, "methodArn")?.of_web_sockets();
        let query = only_value(event, "multiValueQueryStringParameters", "queryStringParameters", |name| {
            name == QUERY_PARAMETER
        })?;
        let token = match (authorization(event)?, query) {
            (None, None) => return Err(TokenError::Missing.into()),
            // RFC 6750 section 2: a client must not use more than one way.
            (Some(_), Some(_)) => return Err(TokenError::Repeated.into()),
            (Some(header), None) => BearerToken::parse(header)?,
            (None, Some(token)) => BearerToken::parse_bare(token)?,
        };
        Ok(Self { token, api })
    }
}

/// An HTTP API caches answers by identity source, and names the source in the event: as a list in payload
/// 2.0, as one comma-separated string in 1.0. If the source were not the token, the gateway would give one
/// caller's answer to another.
fn check_identity_source(event: &Value, header: &str) -> Result<(), MalformedEvent> {
    let is_kept_by_the_token = match event.get("identitySource") {
        None | Some(Value::Null) => true,
        Some(Value::Array(sources)) => sources.is_empty() || sources.iter().any(|source| source == header),
        Some(Value::String(sources)) => {
            sources.is_empty() || sources.split(',').any(|source| source == header)
        }
        Some(_) => return Err(MalformedEvent::Kind),
    };
    if is_kept_by_the_token { Ok(()) } else { Err(MalformedEvent::IdentitySource) }
}

/// A string member of the event. One that is absent or `null` is empty.
fn text<'e>(event: &'e Value, name: &str) -> Result<&'e str, MalformedEvent> {
    match event.get(name) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(MalformedEvent::Kind),
    }
}

fn scope(event: &Value, name: &str) -> Result<ApiScope, MalformedEvent> {
    ApiScope::parse(event.get(name).and_then(Value::as_str).unwrap_or_default())
}

/// The `Authorization` header, whose name may be written in any case (RFC 9110 section 5.1).
fn authorization(event: &Value) -> Result<Option<&str>, AuthorizeError> {
    only_value(event, "multiValueHeaders", "headers", |name| name.eq_ignore_ascii_case("authorization"))
}

/// The only value of a header or query parameter. `all` names the member of the event that has every value,
/// and `last` the one that has the last value of each name. Some kinds of event have only the second.
fn only_value<'e>(
    event: &'e Value,
    all: &str,
    last: &str,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Option<&'e str>, AuthorizeError> {
    let mut of_all = Vec::new();
    for (_, values) in members(event, all)?.filter(|(name, _)| is_wanted(name)) {
        match values {
            Value::Array(values) => of_all.extend(values),
            Value::Null => of_all.push(values),
            _ => return Err(MalformedEvent::Kind.into()),
        }
    }
    let of_last: Vec<&Value> =
        members(event, last)?.filter(|(name, _)| is_wanted(name)).map(|(_, value)| value).collect();
    let value = match (of_all.as_slice(), of_last.as_slice()) {
        ([], []) => return Ok(None),
        ([value], []) | ([], [value]) => value,
        ([value], [same]) if value == same => value,
        _ => return Err(TokenError::Repeated.into()),
    };
    match value {
        Value::String(text) => Ok(Some(text)),
        // AWS does not document how a name without a value is passed on.
        Value::Null => Err(TokenError::Missing.into()),
        _ => Err(MalformedEvent::Kind.into()),
    }
}

/// The members of an object in the event. The object may be absent or `null`.
fn members<'e>(
    event: &'e Value,
    name: &str,
) -> Result<impl Iterator<Item = (&'e String, &'e Value)>, MalformedEvent> {
    match event.get(name) {
        None | Some(Value::Null) => Ok(None.into_iter().flatten()),
        Some(Value::Object(members)) => Ok(Some(members.iter()).into_iter().flatten()),
        Some(_) => Err(MalformedEvent::Kind),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami";

    #[test]
    fn a_token_event_is_read() {
        let event = json!({ "type": "TOKEN", "authorizationToken": "Bearer a.b.c", "methodArn": ARN });
        let request = AuthRequest::parse(&event).unwrap();
        assert_eq!(request.token.expose(), "a.b.c");
        assert_eq!(request.api.as_str(), "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/");
    }

    #[test]
    fn an_event_of_another_form_gets_no_decision() {
        for (event, expected) in [
            (json!(null), MalformedEvent::Kind),
            (json!([]), MalformedEvent::Kind),
            (json!({}), MalformedEvent::Kind),
            (
                json!({ "type": "token", "authorizationToken": "Bearer a.b.c", "methodArn": ARN }),
                MalformedEvent::Kind,
            ),
            (json!({ "type": "TOKEN", "authorizationToken": 5, "methodArn": ARN }), MalformedEvent::Kind),
            (json!({ "type": "TOKEN", "authorizationToken": "Bearer a.b.c" }), MalformedEvent::MethodArn),
            (
                json!({ "type": "TOKEN", "authorizationToken": "Bearer a.b.c", "methodArn": "*" }),
                MalformedEvent::MethodArn,
            ),
        ] {
            assert_eq!(
                AuthRequest::parse(&event).unwrap_err(),
                AuthorizeError::MalformedEvent(expected),
                "{event}"
            );
        }
    }

    #[test]
    fn an_event_without_a_token_is_unauthorized() {
        for token in [json!(null), json!("")] {
            let event = json!({ "type": "TOKEN", "authorizationToken": token, "methodArn": ARN });
            assert_eq!(AuthRequest::parse(&event).unwrap_err(), TokenError::Missing.into());
        }
    }
}
