//! Signed calls to the AWS emulator on this machine, for what an administrator does without a command. They
//! use AWS's JSON protocol, and API Gateway's REST protocol, in which a path names the resource.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::fmt::Write as _;

use aws_lc_rs::{digest, hmac};
use reqwest::Method;
use serde_json::Value;
use time::OffsetDateTime;

use crate::Result;
use crate::http::Client;

/// An AWS service: its name in signatures, and the prefix of its operations.
#[derive(Clone, Copy)]
pub struct Service {
    signed_for: &'static str,
    target: &'static str,
}

/// Amazon Cognito user pools.
pub const COGNITO: Service =
    Service { signed_for: "cognito-idp", target: "AWSCognitoIdentityProviderService" };

/// Amazon `CloudWatch` Logs.
pub const LOGS: Service = Service { signed_for: "logs", target: "Logs_20140328" };

/// The URL of the AWS emulator on this machine, and the credentials to call it with.
#[derive(Clone)]
pub struct Endpoint {
    /// Such as `http://127.0.0.1:4566`.
    pub url: String,
    pub(crate) region: String,
    pub(crate) key_id: String,
    pub(crate) secret_key: String,
}

impl Endpoint {
    /// Calls `operation`, and returns the answer.
    ///
    /// # Errors
    /// No answer arrived, or the call was refused.
    pub(crate) fn call(
        &self,
        client: &Client,
        service: Service,
        operation: &str,
        body: &Value,
    ) -> Result<Value> {
        let target = format!("{}.{operation}", service.target);
        let date = amz_date(OffsetDateTime::now_utc());
        let host = self.url.trim_start_matches("http://");
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("host", host),
            ("x-amz-date", &date),
            ("x-amz-target", &target),
        ];
        let request = Unsigned { method: Method::POST, path: "/", query: "", body: Some(body) };
        self.send(client, service.signed_for, &request, &headers, &date)
            .map_err(|why| format!("{operation}: {why}"))
    }

    /// Reads the resource of API Gateway at `path`, which starts with a slash. `query` is sorted by name.
    ///
    /// # Errors
    /// No answer arrived, or the call was refused.
    pub(crate) fn look_at_gateway(&self, client: &Client, path: &str, query: &str) -> Result<Value> {
        self.ask_gateway(client, &Unsigned { method: Method::GET, path, query, body: None })
    }

    /// Changes the resource of API Gateway at `path`, with operations of its form of JSON Patch.
    ///
    /// # Errors
    /// No answer arrived, or the call was refused.
    pub(crate) fn change_at_gateway(&self, client: &Client, path: &str, operations: &Value) -> Result<Value> {
        let body = Some(operations);
        self.ask_gateway(client, &Unsigned { method: Method::PATCH, path, query: "", body })
    }

    fn ask_gateway(&self, client: &Client, request: &Unsigned) -> Result<Value> {
        let date = amz_date(OffsetDateTime::now_utc());
        let host = self.url.trim_start_matches("http://");
        let headers = [("content-type", "application/json"), ("host", host), ("x-amz-date", &date)];
        self.send(client, "apigateway", request, &headers, &date)
            .map_err(|why| format!("{} {}: {why}", request.method, request.path))
    }

    fn send(
        &self,
        client: &Client,
        signed_for: &str,
        request: &Unsigned,
        headers: &[(&str, &str)],
        date: &str,
    ) -> Result<Value> {
        let authorization = self.authorization(signed_for, request, headers, date);
        let headers: Vec<_> =
            headers.iter().copied().chain([("authorization", authorization.as_str())]).collect();
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        let url = format!("{}{}{query}", self.url, request.path);
        let answer = client.send(request.method.clone(), &url, &headers, request.body)?;
        if answer.status == 200 {
            return Ok(answer.json());
        }
        Err(format!("{} {}", answer.status, answer.body))
    }

    fn authorization(
        &self,
        signed_for: &str,
        unsigned: &Unsigned,
        headers: &[(&str, &str)],
        date: &str,
    ) -> String {
        let body = unsigned.body.map(Value::to_string).unwrap_or_default();
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let mut request = format!("{}\n{}\n{}\n", unsigned.method, unsigned.path, unsigned.query);
        for (name, value) in headers {
            let _ = writeln!(request, "{name}:{value}");
        }
        let _ = write!(request, "\n{names}\n{}", sha256(&body));
        let day = date.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/{signed_for}/aws4_request", self.region);
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256(&request));
        let seed = format!("AWS4{}", self.secret_key).into_bytes();
        let key = scope.split('/').fold(seed, |key, part| keyed(&key, part));
        let signature = hex(&keyed(&key, &to_sign));
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.key_id
        )
    }
}

/// What is signed, apart from the headers.
struct Unsigned<'a> {
    method: Method,
    path: &'a str,
    query: &'a str,
    body: Option<&'a Value>,
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `20260131T235959Z`.
fn amz_date(time: OffsetDateTime) -> String {
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second) = time.to_hms();
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}
