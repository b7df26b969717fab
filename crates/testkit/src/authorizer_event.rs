//! The events that API Gateway sends to an authorizer.

use serde_json::{Value, json};

/// The ARN of the method that the authorizer is asked about.
pub const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami";

/// The event of a REST API's TOKEN authorizer, for [`ARN`].
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html>
pub fn event(token: &str) -> Value {
    event_for(token, ARN)
}

/// The same for another ARN.
pub fn event_for(token: &str, arn: &str) -> Value {
    json!({ "type": "TOKEN", "authorizationToken": format!("Bearer {token}"), "methodArn": arn })
}

/// The event of a client that connects to a WebSocket API.
pub fn connect_event(token: &str) -> Value {
    json!({
        "type": "REQUEST", "requestContext": { "eventType": "CONNECT" },
        "methodArn": "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/$connect",
        "headers": { "Authorization": format!("Bearer {token}") },
    })
}
