//! The section `api` of `config.json`: API Gateway in front of the services.
//!
//! The services read the origins and the stage. The rest reaches the stack as parameters of template.yaml.

use serde::Deserialize;

use crate::config::{CertificateArn, CorsOrigin, DomainName, HostedZoneId, Integer, Stage};

/// The API in front of the services.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Api {
    /// The stage's name, and the first segment of its path.
    pub stage: Stage,
    /// The base path of the API on a custom domain.
    pub base_path: Option<Stage>,
    /// The origins whose pages may call the API from a browser. `*`: all.
    pub cors_origins: Vec<CorsOrigin>,
    /// The stage's limits.
    pub throttle: Throttle,
    /// A custom domain name for the API. `null`: none.
    pub domain: Option<Domain>,
    /// Whether API Gateway's own address of the API is disabled, so that every call uses `domain`.
    pub disable_execute_api_endpoint: bool,
    /// Whether the API tells clients where to get tokens for it (RFC 9728), at
    /// `/.well-known/oauth-protected-resource` and in the challenge of its 401. A token of the own pool with an `aud`
    /// must then name the API there (RFC 8707).
    pub resource_metadata: bool,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            stage: Stage::preset("v1"),
            base_path: None,
            cors_origins: Vec::new(),
            throttle: Throttle::default(),
            domain: None,
            disable_execute_api_endpoint: false,
            resource_metadata: false,
        }
    }
}

/// API Gateway's token bucket.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Throttle {
    /// Steady requests per second.
    pub rate_per_second: Integer<1, 10_000>,
    /// Requests at once.
    pub burst: Integer<1, 5_000>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { rate_per_second: Integer::preset(50), burst: Integer::preset(100) }
    }
}

/// A custom domain name for the API.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Domain {
    /// The name.
    pub name: DomainName,
    /// Its certificate in AWS Certificate Manager, in the stack's own region.
    pub certificate_arn: CertificateArn,
    /// The Route 53 zone for the name's records. `null`: the stack makes no records.
    #[serde(default)]
    pub hosted_zone_id: Option<HostedZoneId>,
    /// The kinds of addresses that the name has.
    #[serde(default)]
    pub ip_address_type: IpAddressType,
}

/// API Gateway's `IpAddressType` of a domain name.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-custom-domain-ip-address-type.html>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum IpAddressType {
    /// IPv4 and IPv6.
    #[default]
    Dualstack,
    /// IPv4 only.
    Ipv4,
}

impl IpAddressType {
    /// API Gateway's own word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dualstack => "dualstack",
            Self::Ipv4 => "ipv4",
        }
    }
}
