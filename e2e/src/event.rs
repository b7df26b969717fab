//! Converts a request to the event that API Gateway sends to a function (REST API, proxy integration), and
//! the function's answer to an HTTP answer.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use crate::Result;
use crate::http::Answer;
use crate::jwt::Jwt;

/// The stage, which precedes the path in the client's URL.
const STAGE: &str = "v1";

/// The event. A bearer token in `headers` counts as accepted by the gate: it is not verified.
pub(crate) fn event(method: &Method, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Value {
    let mut context = json!({
        "accountId": "123456789012",
        "apiId": "70ixmpl4fl",
        "domainName": "70ixmpl4fl.execute-api.us-east-1.amazonaws.com",
        "httpMethod": method.as_str(),
        "identity": { "sourceIp": "203.0.113.9", "userAgent": "e2e" },
        "path": format!("/{STAGE}{path}"),
        "protocol": "HTTP/1.1",
        "requestId": "77375676-7346-4b79-853a-f982474efe18",
        "resourcePath": path,
        "stage": STAGE,
    });
    if let (Some(identity), Some(context)) = (headers.iter().find_map(identity), context.as_object_mut()) {
        context.insert("authorizer".to_owned(), identity);
    }
    let one: Map<String, Value> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let all: Map<String, Value> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!([value]))).collect();
    json!({
        "resource": path,
        "path": path,
        "httpMethod": method.as_str(),
        "headers": one,
        "multiValueHeaders": all,
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": context,
        "body": body,
        "isBase64Encoded": false,
    })
}

/// What the gate hands on about a token's bearer. `crates/platform` defines it.
fn identity((name, value): &(&str, &str)) -> Option<Value> {
    let token = value.strip_prefix("Bearer ").filter(|_| name.eq_ignore_ascii_case("authorization"))?;
    let jwt = Jwt::parse(token).ok()?;
    let mut identity = Map::new();
    for (name, claim) in [("groups", "cognito:groups"), ("scope", "scope")] {
        identity.insert(name.to_owned(), jwt.names(claim).join(" ").into());
    }
    let claims = jwt.claims;
    for name in ["sub", "username", "token_use", "client_id", "iss", "exp", "jti"] {
        match claims.get(name) {
            Some(Value::String(text)) => drop(identity.insert(name.to_owned(), text.as_str().into())),
            Some(Value::Number(number)) => drop(identity.insert(name.to_owned(), number.to_string().into())),
            _ => {}
        }
    }
    identity.insert("authority".to_owned(), "own".into());
    identity.insert("principalId".to_owned(), claims.get("sub")?.clone());
    Some(Value::Object(identity))
}

/// The HTTP answer that the gateway makes from a function's answer.
pub(crate) fn answer(response: &Value) -> Result<Answer> {
    let odd = || format!("no answer of a proxy integration: {response}");
    let status = response["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
    let mut headers = HeaderMap::new();
    for (name, values) in response["multiValueHeaders"].as_object().into_iter().flatten() {
        for value in values.as_array().into_iter().flatten() {
            let name = HeaderName::try_from(name).map_err(|_| odd())?;
            headers
                .append(name, HeaderValue::try_from(value.as_str().unwrap_or_default()).map_err(|_| odd())?);
        }
    }
    let body = response["body"].as_str().unwrap_or_default().to_owned();
    Ok(Answer { status: status.ok_or_else(odd)?, headers, body })
}
