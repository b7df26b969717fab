//! The values that `config.json` is made of: each type holds only what its field can mean.
//!
//! A value is parsed once, here; nothing behind it checks again. No type in here knows another field.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

use super::partition::Partition;

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Integer<const MIN: u64, const MAX: u64>(u64);

impl<const MIN: u64, const MAX: u64> Integer<MIN, MAX> {
    /// A default; one out of range does not compile.
    pub(super) const fn preset(value: u64) -> Self {
        assert!(MIN <= value && value <= MAX, "a default is out of its own range");
        Self(value)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl<const MIN: u64, const MAX: u64> fmt::Display for Integer<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de, const MIN: u64, const MAX: u64> Deserialize<'de> for Integer<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        value.as_u64().filter(|number| (MIN..=MAX).contains(number)).map(Self).ok_or_else(|| {
            D::Error::custom(format!("must be a whole number from {MIN} to {MAX}, not {value}"))
        })
    }
}

/// One or more values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NonEmpty<T>(Vec<T>);

impl<T> NonEmpty<T> {
    pub(super) fn one(value: T) -> Self {
        Self(vec![value])
    }

    /// The values, in the file's order.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for NonEmpty<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = Vec::deserialize(deserializer)?;
        if values.is_empty() {
            return Err(D::Error::custom("must hold at least one entry"));
        }
        Ok(Self(values))
    }
}

/// At most [`UpToTen::MAX`] different values: `CloudFormation` has a slot in the template for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpToTen<T>(Vec<T>);

impl<T> UpToTen<T> {
    /// How many slots template.yaml has.
    pub const MAX: usize = 10;

    /// The values, in the file's order.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
}

impl<T> Default for UpToTen<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de> + Ord> Deserialize<'de> for UpToTen<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values: Vec<T> = Vec::deserialize(deserializer)?;
        if values.len() > Self::MAX {
            return Err(D::Error::custom(format!(
                "must hold at most {} entries, not {}",
                Self::MAX,
                values.len()
            )));
        }
        if values.iter().collect::<BTreeSet<_>>().len() < values.len() {
            return Err(D::Error::custom("must not name an entry twice"));
        }
        Ok(Self(values))
    }
}

/// How long `CloudWatch` Logs keeps a line, in days: one of the numbers that it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionDays(u64);

impl RetentionDays {
    /// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>
    const KNOWN: [u64; 21] =
        [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3653];
}

impl Default for RetentionDays {
    fn default() -> Self {
        Self(30)
    }
}

impl fmt::Display for RetentionDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for RetentionDays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        value.as_u64().filter(|days| Self::KNOWN.contains(days)).map(Self).ok_or_else(|| {
            let known = Self::KNOWN.map(|days| days.to_string()).join(", ");
            D::Error::custom(format!(
                "must be a number of days that CloudWatch Logs knows ({known}), not {value}"
            ))
        })
    }
}

/// How many calls of a function at once are kept for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReservedConcurrency(u64);

impl ReservedConcurrency {
    /// Ten times what an account has by itself; nobody means more by accident.
    const MAX: u64 = 10_000;
}

impl fmt::Display for ReservedConcurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for ReservedConcurrency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        match value.as_u64() {
            Some(0) => Err(D::Error::custom(
                "must not be 0, which lets nothing call the authorizer and so closes the API: set null to reserve nothing",
            )),
            Some(number) if number <= Self::MAX => Ok(Self(number)),
            _ => Err(D::Error::custom(format!(
                "must be null or a whole number from 1 to {}, not {value}",
                Self::MAX
            ))),
        }
    }
}

/// Declares a text type: its name, what it must be in words, and the test for it.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $test:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", schemars(transparent, extend("description" = $what)))]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            const EXPECTED: &str = $what;

            fn parse(text: String) -> Result<Self, String> {
                let test: fn(&str) -> bool = $test;
                if test(&text) { Ok(Self(text)) } else { Err(format!("must be {}, not {text:?}", Self::EXPECTED)) }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(String::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }
    };
    ($(#[$doc:meta])* $name:ident = $default:literal, $what:literal, $test:expr) => {
        text!($(#[$doc])* $name, $what, $test);

        impl Default for $name {
            fn default() -> Self {
                Self($default.to_owned())
            }
        }
    };
}

pub(super) use text;

text!(
    /// The name of this deployment.
    Service = "gatehouse",
    "a name of 1 to 32 lower-case letters, digits and hyphens that starts with a letter",
    |text| text.len() <= 32
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
);

text!(
    /// An AWS region.
    Region = "us-east-1",
    "an AWS region, such as us-east-1",
    is_region
);

text!(
    /// The id of a Cognito user pool: the region, an underscore, a random part.
    PoolId,
    "a Cognito user pool id, such as us-east-1_AbCdEfGhI",
    |text| text.split_once('_').is_some_and(|(region, rest)| is_region(region) && is_alphanumeric(rest, 45))
);

/// What the hosts of a pool's issuer begin with: the two forms that there are. An administrator may switch a pool from
/// the first to the second, without interruption.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>
const ISSUER_HOSTS: [&str; 2] = ["cognito-idp", "issuer-cognito-idp"];

impl PoolId {
    /// Reads a pool id from outside the file, such as the environment.
    ///
    /// # Errors
    /// What a pool id must be.
    pub fn new(text: &str) -> Result<Self, String> {
        Self::parse(text.to_owned())
    }

    /// The region that the pool lives in.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.split_once('_').map_or("", |(region, _)| region)
    }

    /// The `iss` claim of the pool's tokens, in its first form.
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>
    #[must_use]
    pub fn issuer(&self) -> String {
        self.issuer_in(ISSUER_HOSTS[0], self.region())
    }

    /// Every `iss` that the pool's tokens can have, the first form first: both forms in the pool's own region, and in
    /// each region that it is replicated to. None twice, however often a region is named.
    #[must_use]
    pub fn issuers(&self, replicas: &[Region]) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let regions = std::iter::once(self.region()).chain(replicas.iter().map(Region::as_str));
        let regions = regions.filter(|region| seen.insert(*region));
        regions.flat_map(|region| ISSUER_HOSTS.map(|host| self.issuer_in(host, region))).collect()
    }

    fn issuer_in(&self, host: &str, region: &str) -> String {
        format!("https://{host}.{region}.{}/{}", Partition::of_region(region).dns_suffix(), self.0)
    }
}

text!(
    /// The id of an app client: the `client_id` claim of an access token, the `aud` claim of an ID token.
    ClientId,
    "an app client id of 1 to 128 letters, digits, '_', '+', '-' and '.'",
    |text| (1..=128).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-' | '.'))
);

impl ClientId {
    /// Reads a client id from outside the file, such as the environment.
    ///
    /// # Errors
    /// What a client id must be.
    pub fn new(text: &str) -> Result<Self, String> {
        Self::parse(text.to_owned())
    }
}

text!(
    /// The name of a user pool.
    UserPoolName,
    "a user pool name of 1 to 128 letters, digits, spaces and any of _+=,.@-",
    |text| (1..=128).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " _+=,.@-".contains(c))
);

impl UserPoolName {
    pub(super) fn preset(text: &str) -> Self {
        Self(text.to_owned())
    }
}

text!(
    /// The name of a group that the stack makes.
    GroupName,
    "a group name of 1 to 128 characters without white space, commas or control characters, and not '-'",
    |text| is_name(text) && !text.contains(',') && text != "-"
);

text!(
    /// A group or scope that a rule asks for.
    Name,
    "a name of 1 to 512 bytes",
    |text| (1..=512).contains(&text.len())
);

text!(
    /// What a token calls a client or an audience.
    Identifier,
    "a client or audience of 1 to 512 visible ASCII characters",
    |text| (1..=512).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
);

text!(
    /// The identifier of a resource server.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateResourceServer.html>
    ResourceServerId,
    "a resource server identifier of 1 to 256 visible ASCII characters without '\"' and '\\', and not '-'",
    |text| (1..=256).contains(&text.len()) && text.bytes().all(is_scope_byte) && text != "-"
);

text!(
    /// The name of a scope of the resource server.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ResourceServerScopeType.html>
    ScopeName,
    "a scope name of 1 to 256 visible ASCII characters without '/', ',', '\"' and '\\', and not '-'",
    |text| (1..=256).contains(&text.len())
        && text.bytes().all(|b| is_scope_byte(b) && !matches!(b, b'/' | b','))
        && text != "-"
);

text!(
    /// The name of an API Gateway stage, and a path segment.
    Stage,
    "1 to 128 letters, digits, '_' and '-'",
    |text| (1..=128).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
);

impl Stage {
    pub(super) fn preset(text: &str) -> Self {
        Self(text.to_owned())
    }
}

text!(
    /// A browser origin (RFC 6454): scheme, host and port; or `*`.
    CorsOrigin,
    "an origin such as https://app.example.com (scheme, host, optional port, no path), or *",
    |text| text == "*"
        || text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).is_some_and(is_authority)
);

impl CorsOrigin {
    /// Whether a page of this origin may hold a cookie: nobody on the way reads or writes it. On this machine that is so
    /// without TLS.
    ///
    /// <https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy>
    pub(super) fn is_trustworthy(&self) -> bool {
        let is_loopback = |authority: &str| LOOPBACK.iter().any(|host| is_at(authority, host));
        self.0.starts_with("https://") || self.0.strip_prefix("http://").is_some_and(is_loopback)
    }
}

text!(
    /// An absolute URL that is safe to fetch keys from: https, or http on this machine alone. Without user
    /// information, query or fragment.
    HttpsUrl,
    "an https URL without user, query or fragment (http only for localhost, 127.0.0.1, [::1] and host.docker.internal)",
    is_https_url
);

impl HttpsUrl {
    /// Reads a URL from outside the file, such as the environment.
    ///
    /// # Errors
    /// What such a URL must be.
    pub fn new(text: &str) -> Result<Self, String> {
        Self::parse(text.to_owned())
    }

    /// The pool whose issuer this is, in either of Cognito's two forms. The keys of these are known to
    /// stand at `/.well-known/jwks.json` below the issuer.
    #[must_use]
    pub fn cognito_pool(&self) -> Option<PoolId> {
        let (host, pool) = self.0.strip_prefix("https://")?.split_once('/')?;
        let (form, rest) = host.split_once('.')?;
        let (region, suffix) = rest.split_once('.')?;
        let is_a_pools = ISSUER_HOSTS.contains(&form)
            && is_region(region)
            && suffix == Partition::of_region(region).dns_suffix();
        is_a_pools.then(|| PoolId::new(pool).ok())?
    }

    /// Whether this is the issuer of a Cognito pool.
    #[must_use]
    pub fn is_cognito(&self) -> bool {
        self.cognito_pool().is_some()
    }
}

text!(
    /// Where a key set is: as [`HttpsUrl`], but for a query, which some issuers tell their key sets apart by.
    JwksUrl,
    "an https URL without user or fragment (http only for localhost, 127.0.0.1, [::1] and host.docker.internal)",
    |text| {
        let (url, query) = text.split_once('?').unwrap_or((text, ""));
        is_https_url(url) && text.len() <= 512 && query.bytes().all(|b| b"?/".contains(&b) || is_path_byte(b))
    }
);

text!(
    /// A domain name for the API.
    DomainName,
    "a domain name in lower case, such as api.example.com",
    |text| is_host(text) && text.contains('.') && !text.bytes().any(|b| b.is_ascii_uppercase())
);

text!(
    /// The ARN of a certificate in AWS Certificate Manager.
    CertificateArn,
    "the ARN of an ACM certificate, such as arn:aws:acm:us-east-1:123456789012:certificate/12345678-...",
    |text| is_arn(text, "acm", |resource| resource.strip_prefix("certificate/").is_some_and(is_arn_name))
);

impl CertificateArn {
    /// The region that the certificate is in.
    #[must_use]
    pub fn region(&self) -> &str {
        region_of(&self.0)
    }
}

text!(
    /// The id of a Route 53 hosted zone.
    HostedZoneId,
    "the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ",
    |text| text.starts_with('Z')
        && text.len() <= 32
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
);

text!(
    /// The ARN of a regional web ACL of AWS WAF.
    WebAclArn,
    "the ARN of a regional web ACL, such as arn:aws:wafv2:us-east-1:123456789012:regional/webacl/NAME/ID",
    |text| is_arn(text, "wafv2", |resource| resource
        .strip_prefix("regional/webacl/")
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(name, id)| is_arn_name(name) && is_arn_name(id)))
);

impl WebAclArn {
    /// The region that the web ACL is in.
    #[must_use]
    pub fn region(&self) -> &str {
        region_of(&self.0)
    }
}

text!(
    /// The ARN of an SNS topic.
    AlarmTopicArn,
    "the ARN of an SNS topic, such as arn:aws:sns:us-east-1:123456789012:alarms",
    |text| is_arn(text, "sns", is_arn_name)
);

impl AlarmTopicArn {
    /// The region that the topic is in.
    #[must_use]
    pub fn region(&self) -> &str {
        region_of(&self.0)
    }
}

text!(
    /// The name of a table of `DynamoDB`.
    ///
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
    TableName,
    "a table's name of 3 to 255 letters, digits, '_', '-' and '.', and not its ARN",
    |text| (3..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
);

/// The region of an ARN that has one.
pub(super) fn region_of(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or("")
}

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`, with region and account.
pub(super) fn is_arn(text: &str, service: &str, is_resource: impl Fn(&str) -> bool) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", partition, named, region, account, resource]
        if *named == service
            && is_region(region)
            && *partition == Partition::of_region(region).as_str()
            && account.len() == 12
            && account.bytes().all(|b| b.is_ascii_digit())
            && is_resource(resource))
}

fn is_arn_name(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// The characters of a scope (RFC 6749 section 3.3).
fn is_scope_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\')
}

fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts.as_slice(), [first, middle @ .., last]
        if !middle.is_empty()
            && (2..=4).contains(&first.len())
            && text.len() <= 32
            && middle.iter().chain([first]).all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()))
            && is_number(last))
}

fn is_number(text: &str) -> bool {
    (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_alphanumeric(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_name(text: &str) -> bool {
    (1..=128).contains(&text.chars().count()) && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// `host` or `host:port`, where the host is a name, an IPv4 address or a bracketed IPv6 address.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    is_host(host) && port.is_none_or(|port| port.len() <= 5 && port.parse::<u16>().is_ok_and(|port| port > 0))
}

pub(super) fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    (1..=253).contains(&host.len())
        && host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

/// What this machine is called by itself.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Whether an authority is this host, at any port.
fn is_at(authority: &str, host: &str) -> bool {
    authority.strip_prefix(host).is_some_and(|port| port.is_empty() || port.starts_with(':'))
}

/// Hosts that plain http may be spoken to: they are this machine, as seen by itself or by a container.
const LOCAL_HOSTS: [&str; 4] = ["localhost", "127.0.0.1", "[::1]", "host.docker.internal"];

fn is_https_url(text: &str) -> bool {
    let (secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return false,
    };
    let authority = rest.split('/').next().unwrap_or(rest);
    let path = rest.strip_prefix(authority).unwrap_or("");
    let local = LOCAL_HOSTS.iter().any(|host| is_at(authority, host));
    text.len() <= 512
        && is_authority(authority)
        && (secure || local)
        && path.bytes().all(|b| b == b'/' || is_path_byte(b))
}

/// The characters of a path segment (RFC 3986 section 3.3).
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@".contains(&byte)
}

#[cfg(feature = "schema")]
mod json_schema {
    //! The schema's side of the types above that serde's derive cannot see through.

    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{Integer, NonEmpty, ReservedConcurrency, RetentionDays, UpToTen};

    impl<const MIN: u64, const MAX: u64> JsonSchema for Integer<MIN, MAX> {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            format!("Integer{MIN}To{MAX}").into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
        }
    }

    impl<T: JsonSchema> JsonSchema for NonEmpty<T> {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            format!("NonEmpty{}", T::schema_name()).into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "array", "items": generator.subschema_for::<T>(), "minItems": 1 })
        }
    }

    impl<T: JsonSchema> JsonSchema for UpToTen<T> {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            format!("Slots{}", T::schema_name()).into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let items = generator.subschema_for::<T>();
            json_schema!({ "type": "array", "items": items, "maxItems": Self::MAX, "uniqueItems": true })
        }
    }

    impl JsonSchema for ReservedConcurrency {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "ReservedConcurrency".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "integer", "minimum": 1, "maximum": Self::MAX })
        }
    }

    impl JsonSchema for RetentionDays {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "RetentionDays".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "integer", "enum": Self::KNOWN })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_names_its_issuer() {
        let pool = PoolId::new("eu-west-1_AbC123").unwrap();
        assert_eq!(pool.issuer(), "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC123");
        for bad in ["", "eu-west-1", "eu-west-1_", "_AbC", "eu-west-1_a b", "eu-west-1_a/b", "EU-west-1_abc"]
        {
            assert!(PoolId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pool_is_named_in_both_forms_and_by_each_replica_in_every_partition() {
        let issuers = |pool: &str, replicas: &[&str]| {
            let replicas: Vec<_> =
                replicas.iter().map(|region| Region::parse((*region).to_owned()).unwrap()).collect();
            PoolId::new(pool).unwrap().issuers(&replicas)
        };
        assert_eq!(
            issuers("us-east-1_a", &["us-west-2"]),
            [
                "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a",
                "https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_a",
                "https://cognito-idp.us-west-2.amazonaws.com/us-east-1_a",
                "https://issuer-cognito-idp.us-west-2.amazonaws.com/us-east-1_a",
            ]
        );
        let named_twice = issuers("us-east-1_a", &["us-west-2", "us-east-1", "us-west-2"]);
        assert_eq!(named_twice, issuers("us-east-1_a", &["us-west-2"]));
        for (pool, first) in [
            ("cn-north-1_a", "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_a"),
            ("us-gov-west-1_a", "https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_a"),
            ("eusc-de-east-1_a", "https://cognito-idp.eusc-de-east-1.amazonaws.eu/eusc-de-east-1_a"),
        ] {
            let issuers = issuers(pool, &[]);
            assert_eq!((issuers[0].as_str(), issuers.len()), (first, 2));
            for issuer in issuers {
                let found = HttpsUrl::new(&issuer).unwrap().cognito_pool();
                assert_eq!(found.unwrap().as_str(), pool, "{issuer}");
            }
        }
    }

    #[test]
    fn an_arn_s_partition_is_its_region_s() {
        let topic = |partition: &str, region: &str| {
            AlarmTopicArn::parse(format!("arn:{partition}:sns:{region}:123456789012:alarms")).is_ok()
        };
        for (partition, region) in [
            ("aws", "us-east-1"),
            ("aws-cn", "cn-north-1"),
            ("aws-us-gov", "us-gov-east-1"),
            ("aws-eusc", "eusc-de-east-1"),
        ] {
            assert!(topic(partition, region), "{partition}");
        }
        for (partition, region) in
            [("aws", "cn-north-1"), ("aws-eusc", "eu-central-1"), ("azure", "us-east-1")]
        {
            assert!(!topic(partition, region), "{partition} {region}");
        }
    }

    #[test]
    fn a_key_set_s_address_may_have_a_query() {
        for good in
            ["https://a.example/keys?p=b2c_1_signin", "https://a.example/keys", "http://localhost:1/k?a=/?"]
        {
            assert!(JwksUrl::parse(good.to_owned()).is_ok(), "{good}");
        }
        for bad in [
            "http://a.example/keys?p=1",
            "https://a.example/?a#b",
            "https://a.example/?a b",
            "https://u@a/?x",
        ] {
            assert!(JwksUrl::parse(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn both_forms_of_a_cognito_issuer_are_known() {
        for issuer in [
            "https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_a",
            "https://issuer-cognito-idp.eu-central-1.amazonaws.com/us-east-1_replica",
        ] {
            assert!(HttpsUrl::new(issuer).unwrap().is_cognito(), "{issuer}");
        }
        for other in [
            "https://cognito-idp.us-east-1.amazonaws.com.evil.example/us-east-1_a",
            "https://evil.example/cognito-idp.us-east-1.amazonaws.com/us-east-1_a",
            "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a/",
            "https://cognito-idp.us-east-1.amazonaws.com",
            "https://cognito-idp.evil.example/x.us-east-1.amazonaws.com/us-east-1_a",
            "https://cognito-idp.us-east-1.amazonaws.com.cn/us-east-1_a",
            "https://cognito-idp.cn-north-1.amazonaws.com/cn-north-1_a",
            "https://cognito-idp.eusc-de-east-1.amazonaws.com/eusc-de-east-1_a",
        ] {
            assert!(!HttpsUrl::new(other).unwrap().is_cognito(), "{other}");
        }
    }

    #[test]
    fn keys_are_fetched_over_https_or_from_this_machine() {
        for good in [
            "https://issuer.example",
            "https://issuer.example:8443/a/b",
            "http://localhost:9229/pool",
            "http://127.0.0.1:4566",
            "http://[::1]:80/x",
            "http://host.docker.internal:4566/pool",
        ] {
            assert!(HttpsUrl::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "issuer.example",
            "http://issuer.example",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://localhost@evil.example",
            "https://user:pass@issuer.example",
            "https://issuer.example/?x=1",
            "https://issuer.example/#x",
            "https://issuer.example:0",
            "https://issuer.example:99999",
            "https://",
            "https:///path",
            "file:///etc/passwd",
            "https://exa mple",
            "HTTPS://issuer.example",
            "https://issuer.example/\u{e9}",
        ] {
            assert!(HttpsUrl::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_origin_has_no_path() {
        for (origin, good) in [
            ("*", true),
            ("http://localhost:3000", true),
            ("https://app.example.com", true),
            ("https://app.example.com/", false),
            ("app.example.com", false),
            ("https://*.example.com", false),
            ("null", false),
        ] {
            assert_eq!(CorsOrigin::parse(origin.to_owned()).is_ok(), good, "{origin}");
        }
    }
}
