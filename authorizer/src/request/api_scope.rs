//! The API and stage of a request, from the ARN in the event. This file drops the requested method and path.

use platform::config::{Partition, RESOURCE_LIMIT};

use crate::error::MalformedEvent;

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
    use super::*;

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
