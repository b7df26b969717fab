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

use std::fmt;

use platform::config::{Partition, RESOURCE_LIMIT};
use serde_json::Value;

use crate::error::{AuthorizeError, MalformedEvent, TokenError};

/// API Gateway passes on at most this many bytes of all headers together.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
const MAX_TOKEN_BYTES: usize = 10_240;

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

/// A token as the caller sent it. Its `Debug` output hides it, because it is a credential.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BearerToken<'e>(&'e str);

impl<'e> BearerToken<'e> {
    /// Reads the value of an `Authorization` header: `Bearer` in any case, one space, the token (RFC 6750
    /// section 2.1, RFC 9110 section 11.1).
    ///
    /// # Errors
    /// What is wrong with the header.
    pub fn parse(header: &'e str) -> Result<Self, TokenError> {
        const SCHEME: &str = "bearer ";
        if header.is_empty() {
            return Err(TokenError::Missing);
        }
        if header.len() > SCHEME.len() + MAX_TOKEN_BYTES {
            return Err(TokenError::TooLong);
        }
        let (scheme, token) = header.split_at_checked(SCHEME.len()).ok_or(TokenError::NotBearer)?;
        if scheme.eq_ignore_ascii_case(SCHEME) { Self::parse_bare(token) } else { Err(TokenError::NotBearer) }
    }

    /// Reads a token without `Bearer`.
    ///
    /// # Errors
    /// The token is too long, or has a character that no token has.
    pub fn parse_bare(token: &'e str) -> Result<Self, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLong);
        }
        // The loop checks every byte, because it then handles many at a time, which is faster than stopping
        // at the first bad one.
        if token.is_empty() || !token.bytes().fold(true, |all, byte| all & is_jwt_byte(byte)) {
            return Err(TokenError::NotBearer);
        }
        Ok(Self(token))
    }

    /// The token as text. It is a credential, and must not be logged.
    #[must_use]
    pub const fn expose(&self) -> &'e str {
        self.0
    }
}

/// base64url without padding, and the dots between the parts (RFC 7515 section 2).
fn is_jwt_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

impl fmt::Debug for BearerToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken([redacted])")
    }
}

/// The API and stage that a policy is for: an ARN up to and including the slash after the stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiScope {
    prefix: String,
    is_web_socket: bool,
}

impl ApiScope {
    /// Takes the prefix `arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/` of the ARN of a
    /// method or route. It ignores the rest.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html>
    ///
    /// # Errors
    /// The ARN is not an API Gateway ARN.
    pub fn parse(method_arn: &str) -> Result<Self, MalformedEvent> {
        let prefix_len = prefix_len(method_arn).ok_or(MalformedEvent::MethodArn)?;
        let (prefix, _) = method_arn.split_at_checked(prefix_len).ok_or(MalformedEvent::MethodArn)?;
        Ok(Self { prefix: prefix.to_owned(), is_web_socket: false })
    }

    /// The prefix of the ARN of each resource of this API.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.prefix
    }

    /// The same scope, of a WebSocket API. Its only route with an authorizer is `$connect`.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html>
    #[must_use]
    pub fn of_web_sockets(self) -> Self {
        Self { is_web_socket: true, ..self }
    }

    /// Whether it is a WebSocket API.
    #[must_use]
    pub const fn is_web_socket(&self) -> bool {
        self.is_web_socket
    }

    /// The URL at which API Gateway serves the stage, without a slash at the end. The stage `$default` is at
    /// the root.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html>
    pub(crate) fn url(&self) -> Option<String> {
        let mut parts = self.prefix.splitn(6, ':');
        let region = parts.nth(3)?;
        let (api, stage) = parts.nth(1)?.trim_end_matches('/').split_once('/')?;
        let suffix = Partition::of_region(region).dns_suffix();
        let path = if stage == "$default" { String::new() } else { format!("/{stage}") };
        Some(format!("https://{api}.execute-api.{region}.{suffix}{path}"))
    }
}

/// The rest is ignored, however long it is, because it is the caller's path, and no caller may cause a
/// failure. (API Gateway itself answers 414 beyond 1,600 bytes, but AWS does not document what it counts.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>)
fn prefix_len(arn: &str) -> Option<usize> {
    let mut parts = arn.splitn(6, ':');
    let mut part = || parts.next();
    let is_prefix_good = part()? == "arn"
        && is_partition(part()?)
        && part()? == "execute-api"
        && is_made_of(part()?, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && is_account(part()?);
    let (api, rest) = part()?.split_once('/')?;
    let (stage, method_and_path) = rest.split_once('/')?;
    let is_good = is_prefix_good
        && is_made_of(api, |b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && (stage == "$default"
            || is_made_of(stage, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')))
        && !method_and_path.is_empty();
    let length = arn.len() - method_and_path.len();
    (is_good && length < RESOURCE_LIMIT).then_some(length)
}

fn is_partition(text: &str) -> bool {
    text == "aws"
        || text
            .strip_prefix("aws-")
            .is_some_and(|rest| is_made_of(rest, |b| b.is_ascii_lowercase() || b == b'-'))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && is_made_of(text, |b| b.is_ascii_digit())
}

fn is_made_of(text: &str, allowed: fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(allowed)
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
    fn an_event_of_another_form_is_not_decided_on() {
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

    #[test]
    fn the_scheme_is_bearer_in_any_case_and_one_space() {
        for header in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", "bEaReR a.b.c"] {
            assert_eq!(BearerToken::parse(header).unwrap().expose(), "a.b.c");
        }
        for header in [
            "a.b.c",
            "Bearer",
            "Bearer ",
            "Bearer  a.b.c",
            "Bearer\ta.b.c",
            " Bearer a.b.c",
            "Bearer a.b.c ",
            "Bearer a.b.c d.e.f",
            "Bearer a.b.c,d.e.f",
            "Bearer a.b.c, Bearer a.b.c",
            "Basic YTpi",
            "Digest a",
            "Bearera.b.c",
            "Bearer a.b.c\n",
            "Bearer a\0b",
            "Bearer a.b.c=",
            "Bearer a+b/c",
            "Bearer \u{e9}.b.c",
            "Bearer\u{a0}a.b.c",
            "\u{feff}Bearer a.b.c",
            "Beare\u{e9} a",
        ] {
            assert_eq!(BearerToken::parse(header), Err(TokenError::NotBearer), "{header:?}");
        }
    }

    #[test]
    fn a_token_that_no_gateway_would_pass_on_is_not_even_decoded() {
        let longest = format!("Bearer {}", "a".repeat(MAX_TOKEN_BYTES));
        assert!(BearerToken::parse(&longest).is_ok());
        assert_eq!(BearerToken::parse(&format!("{longest}a")), Err(TokenError::TooLong));
        assert_eq!(BearerToken::parse(&".".repeat(1 << 20)), Err(TokenError::TooLong));
    }

    #[test]
    fn a_token_prints_as_nothing() {
        let token = BearerToken::parse("Bearer secret.secret.secret").unwrap();
        assert!(!format!("{token:?}").contains("secret"));
    }

    #[test]
    fn every_partition_and_stage_name_works() {
        for prefix in [
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/",
            "arn:aws-cn:execute-api:cn-north-1:123456789012:abcdef1234/prod/",
            "arn:aws-us-gov:execute-api:us-gov-west-1:123456789012:abcdef1234/a-b_C/",
            "arn:aws-eusc:execute-api:eusc-de-east-1:123456789012:abcdef1234/v1/",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/$default/",
        ] {
            let long = format!("GET/{}", "a".repeat(1 << 20));
            for tail in
                ["GET/", "GET/a/b", "$connect", "GET/../x", "GET//", "GET/%2f*?${aws:x}", "GET/\u{e9}", &long]
            {
                assert_eq!(ApiScope::parse(&format!("{prefix}{tail}")).unwrap().as_str(), prefix, "{tail}");
            }
        }
    }

    #[test]
    fn an_arn_that_could_widen_a_policy_is_refused() {
        for arn in [
            "",
            "*",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/",
            "arn:aws:execute-api:us-east-1:123456789012:*/v1/GET/",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/*/GET/",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v?/GET/",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/${x}/GET/",
            "arn:aws:execute-api:us-east-1:123456789012:abcdef1234//GET/",
            "arn:aws:execute-api:*:123456789012:abcdef1234/v1/GET/",
            "arn:aws:execute-api::123456789012:abcdef1234/v1/GET/",
            "arn:aws:execute-api:us-east-1:*:abcdef1234/v1/GET/",
            "arn:aws:execute-api:us-east-1:12345678901:abcdef1234/v1/GET/",
            "arn:aws:lambda:us-east-1:123456789012:abcdef1234/v1/GET/",
            "arn:azure:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/",
            "arn:aws\":execute-api:us-east-1:123456789012:abcdef1234/v1/GET/",
        ] {
            assert_eq!(ApiScope::parse(arn), Err(MalformedEvent::MethodArn), "{arn}");
        }
        let api_of =
            |length| format!("arn:aws:execute-api:us-east-1:123456789012:{}/v1/GET/", "a".repeat(length));
        assert!(ApiScope::parse(&api_of(400)).is_ok());
        assert_eq!(ApiScope::parse(&api_of(512)), Err(MalformedEvent::MethodArn), "no resource would fit");
    }
}
