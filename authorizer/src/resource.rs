//! The API's names as a resource: what a token's audience may say (RFC 8707, RFC 9728 section 2).
//!
//! Only an API that publishes its metadata has a name that clients can request a token for.

use platform::config::Api;

use crate::request::ApiScope;

/// The names of an API, as far as the configuration knows them.
#[derive(Debug)]
pub(crate) struct Resource {
    domain: Option<String>,
}

impl Resource {
    /// `None` when the API does not publish its metadata.
    pub(crate) fn of(api: &Api) -> Option<Self> {
        let path = api.base_path.as_ref().map(|path| format!("/{path}")).unwrap_or_default();
        let domain = api.domain.as_ref().map(|domain| format!("https://{}{path}", domain.name));
        api.resource_metadata.then_some(Self { domain })
    }

    /// The API's URL on its own domain and its URL at API Gateway, each without a slash at the end.
    pub(crate) fn names(&self, api: &ApiScope) -> Vec<String> {
        self.domain.iter().cloned().chain(api.url()).collect()
    }
}

#[cfg(test)]
mod tests {
    use platform::config::Config;
    use serde_json::{Value, json};

    use super::*;

    fn names(api: &Value, arn: &str) -> Option<Vec<String>> {
        let config = Config::parse(&json!({ "api": api }).to_string()).unwrap();
        Resource::of(&config.api).map(|resource| resource.names(&ApiScope::parse(arn).unwrap()))
    }

    #[test]
    fn an_api_is_named_by_its_own_domain_and_by_api_gateways() {
        let arn = "arn:aws-cn:execute-api:cn-north-1:123456789012:abcdef1234/v1/GET/whoami";
        let plain = "https://abcdef1234.execute-api.cn-north-1.amazonaws.com.cn/v1";
        assert_eq!(names(&json!({}), arn), None);
        assert_eq!(names(&json!({ "resourceMetadata": true }), arn).unwrap(), [plain]);
        let domain = json!({
            "resourceMetadata": true, "basePath": "shop", "domain": {
                "name": "api.example.com",
                "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234",
            },
        });
        assert_eq!(names(&domain, arn).unwrap(), ["https://api.example.com/shop", plain]);
        let default = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/$default/GET/whoami";
        let plain = "https://abcdef1234.execute-api.us-east-1.amazonaws.com";
        assert_eq!(names(&json!({ "resourceMetadata": true }), default).unwrap(), [plain]);
    }
}
