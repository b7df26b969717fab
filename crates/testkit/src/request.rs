//! The events that a REST API of API Gateway sends to a service.

use serde_json::{Value, json};

/// Query parameters.
pub type Parameters<'a> = &'a [(&'a str, &'a str)];

/// A request, in the form in which a REST API sends it to its function.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>
#[derive(Debug, Clone)]
pub struct Request(pub Value);

impl Request {
    /// A request without a caller, with the fewest members that are possible.
    pub fn new(method: &str, path: &str) -> Self {
        let context = json!({
            "requestId": "gateway-1", "stage": "v1", "path": format!("/v1{path}"), "httpMethod": method,
            "identity": { "sourceIp": "203.0.113.9" }, "accountId": "123456789012", "apiId": "api",
            "resourceId": "r", "resourcePath": path, "protocol": "HTTP/1.1",
        });
        Self(json!({
            "resource": path, "path": path, "httpMethod": method, "body": null, "isBase64Encoded": false,
            "headers": { "Host": "api.example.com" }, "multiValueHeaders": { "Host": ["api.example.com"] },
            "queryStringParameters": null, "multiValueQueryStringParameters": null, "pathParameters": null,
            "stageVariables": null, "requestContext": context,
        }))
    }

    /// The request in this event's text, with another method and path.
    pub fn like(event: &str, method: &str, path: &str) -> Self {
        let mut event: Value = serde_json::from_str(event).unwrap();
        event["httpMethod"] = json!(method);
        event["requestContext"]["httpMethod"] = json!(method);
        event["path"] = json!(path);
        event["requestContext"]["path"] = json!(format!("/v1{path}"));
        Self(event)
    }

    /// A POST with a JSON body.
    pub fn post(path: &str, body: &Value) -> Self {
        Self::new("POST", path).json(body)
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }

    /// Sets a body that is declared as JSON.
    #[must_use]
    pub fn text(mut self, body: &str) -> Self {
        self.0["body"] = json!(body);
        self.header("Content-Type", "application/json")
    }

    /// Sets a body in base64, as the gateway sends a body that is not text.
    #[must_use]
    pub fn base64(mut self, body: &str) -> Self {
        self.0["isBase64Encoded"] = json!(true);
        self.text(body)
    }

    /// Sets this header, in place of any other with the name.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.0["headers"][name] = json!(value);
        self.0["multiValueHeaders"][name] = json!([value]);
        self
    }

    /// Sets these query parameters, and no others.
    #[must_use]
    pub fn query(mut self, parameters: Parameters<'_>) -> Self {
        let mut many = json!({});
        for (name, value) in parameters {
            let values = many.as_object_mut().unwrap().entry(*name).or_insert_with(|| json!([]));
            values.as_array_mut().unwrap().push(json!(value));
        }
        self.0["queryStringParameters"] = parameters.iter().map(|(name, value)| (*name, *value)).collect();
        self.0["multiValueQueryStringParameters"] = many;
        self
    }

    /// Sets the authorizer's context, which says this about the caller.
    #[must_use]
    pub fn authorized(mut self, context: Value) -> Self {
        self.0["requestContext"]["authorizer"] = context;
        self
    }
}
