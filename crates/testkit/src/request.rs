//! What a REST API of API Gateway hands to a service: a request as an event.

use serde_json::{Value, json};

/// Parameters of a query.
pub type Parameters<'a> = &'a [(&'a str, &'a str)];

/// A request, as a REST API hands it to its function.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>
#[derive(Debug, Clone)]
pub struct Request(pub Value);

impl Request {
    /// One of nobody's, with as little in it as there can be.
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

    /// The event in this text, for another method and path.
    pub fn like(event: &str, method: &str, path: &str) -> Self {
        let mut event: Value = serde_json::from_str(event).unwrap();
        event["httpMethod"] = json!(method);
        event["requestContext"]["httpMethod"] = json!(method);
        event["path"] = json!(path);
        event["requestContext"]["path"] = json!(format!("/v1{path}"));
        Self(event)
    }

    /// A POST with JSON.
    pub fn post(path: &str, body: &Value) -> Self {
        Self::new("POST", path).json(body)
    }

    /// With this body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }

    /// A body that says it is JSON.
    #[must_use]
    pub fn text(mut self, body: &str) -> Self {
        self.0["body"] = json!(body);
        self.header("Content-Type", "application/json")
    }

    /// A body in base64, as the gateway sends what is no text.
    #[must_use]
    pub fn base64(mut self, body: &str) -> Self {
        self.0["isBase64Encoded"] = json!(true);
        self.text(body)
    }

    /// With this header, in place of any other of the name.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.0["headers"][name] = json!(value);
        self.0["multiValueHeaders"][name] = json!([value]);
        self
    }

    /// With these parameters of the query and no others.
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

    /// Let through by an authorizer that says this of the caller.
    #[must_use]
    pub fn authorized(mut self, context: Value) -> Self {
        self.0["requestContext"]["authorizer"] = context;
        self
    }
}
