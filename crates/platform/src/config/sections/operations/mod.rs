//! The section `operations` of `config.json`: how the deployed stack is watched, rolled out and kept.
//!
//! No function reads any of it; it reaches the stack as parameters of template.yaml.

use serde::Deserialize;

use crate::config::{AlarmTopicArn, Integer, RetentionDays, TableName, WebAclArn};

mod tags;

pub use tags::{TagKey, TagValue, Tags};

/// How the deployed stack is monitored, rolled out and protected.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches of a file, independent of each other")]
pub struct Operations {
    /// Whether API Gateway writes a line for each request.
    pub access_logs: bool,
    /// How long all logs are kept, in days, including the audit lines.
    pub log_retention_days: RetentionDays,
    /// Whether the functions write metrics into their logs, for `CloudWatch`.
    pub metrics: bool,
    /// Whether requests are traced with X-Ray.
    pub tracing: bool,
    /// How a new version of a function replaces the old one.
    pub rollout: Rollout,
    /// The alarms, and where they are sent.
    pub alarms: Alarms,
    /// Whether a function sends the errors in the other functions' logs to Sentry, including timeouts and crashes.
    /// The deploy supplies the project's DSN: the parameter `SentryDsn`.
    pub sentry: bool,
    /// The regional web ACL of AWS WAF for the API. `null`: none.
    pub web_acl_arn: Option<WebAclArn>,
    /// The web ACL that the stack makes. `null`: none. A stage can have only one, so do not set `webAclArn` too.
    pub web_acl: Option<WebAcl>,
    /// Whether a pool that the stack makes can only be deleted after this is set to `false`.
    pub protect_user_pool: bool,
    /// Whether the table of orders can only be deleted after this is set to `false`.
    pub protect_tables: bool,
    /// A table of orders that an earlier stack left, in the stack's own account and region. `null`: the stack makes
    /// one. It must have the keys `pk` and `sk`, the index `by-day` of `day` and `sk` with all attributes, and delete
    /// rows by `expiresAt`, as in template.yaml, and it must not use a customer managed KMS key. The stack does not
    /// change it.
    pub orders_table: Option<TableName>,
    /// API keys for every route. `null`: none are required.
    pub usage_plan: Option<UsagePlan>,
    /// The tags of every resource of the stack.
    pub tags: Tags,
}

impl Default for Operations {
    fn default() -> Self {
        Self {
            access_logs: true,
            log_retention_days: RetentionDays::default(),
            metrics: true,
            tracing: false,
            rollout: Rollout::default(),
            alarms: Alarms::default(),
            sentry: false,
            web_acl_arn: None,
            web_acl: None,
            protect_user_pool: true,
            protect_tables: true,
            orders_table: None,
            usage_plan: None,
            tags: Tags::default(),
        }
    }
}

/// The web ACLs that the stack can make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum WebAcl {
    /// Blocks an address that sends more requests than a tenth of what `auth.throttle` (below `/auth/`) or
    /// `api.throttle` (for everything) lets through in a minute.
    Managed,
}

/// `CodeDeploy`'s ways to shift traffic to a new version. All except the first take the given time, and roll back if
/// an alarm rings meanwhile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Rollout {
    /// At once.
    #[default]
    AllAtOnce,
    /// A tenth of the traffic, then all of it after 5 minutes.
    Canary10Percent5Minutes,
    /// A tenth of the traffic, then all of it after 10 minutes.
    Canary10Percent10Minutes,
    /// A tenth of the traffic, then all of it after 15 minutes.
    Canary10Percent15Minutes,
    /// A tenth of the traffic, then all of it after 30 minutes.
    Canary10Percent30Minutes,
    /// A tenth of the traffic more each minute.
    Linear10PercentEvery1Minute,
    /// A tenth more every 2 minutes.
    Linear10PercentEvery2Minutes,
    /// A tenth more every 3 minutes.
    Linear10PercentEvery3Minutes,
    /// A tenth more every 10 minutes.
    Linear10PercentEvery10Minutes,
}

impl Rollout {
    /// `CodeDeploy`'s own word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AllAtOnce => "AllAtOnce",
            Self::Canary10Percent5Minutes => "Canary10Percent5Minutes",
            Self::Canary10Percent10Minutes => "Canary10Percent10Minutes",
            Self::Canary10Percent15Minutes => "Canary10Percent15Minutes",
            Self::Canary10Percent30Minutes => "Canary10Percent30Minutes",
            Self::Linear10PercentEvery1Minute => "Linear10PercentEvery1Minute",
            Self::Linear10PercentEvery2Minutes => "Linear10PercentEvery2Minutes",
            Self::Linear10PercentEvery3Minutes => "Linear10PercentEvery3Minutes",
            Self::Linear10PercentEvery10Minutes => "Linear10PercentEvery10Minutes",
        }
    }
}

/// The alarms, and where they are sent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Alarms {
    /// The SNS topic for alarms. `null`: alarms are only shown in `CloudWatch`.
    pub topic_arn: Option<AlarmTopicArn>,
    /// The number of 5xx answers in five minutes that raises the alarm.
    pub server_errors: Integer<1, 1_000_000>,
    /// The number of tokens refused by the gate in five minutes that raises the alarm.
    pub refused_tokens: Integer<1, 10_000_000>,
    /// The 99th percentile of the latency that raises the alarm, in milliseconds.
    pub latency_millis: Integer<10, 29_000>,
    /// The number of 429 answers in five minutes that raises the alarm. It needs `accessLogs`, from which they are
    /// counted.
    pub throttled_requests: Integer<1, 1_000_000>,
}

impl Default for Alarms {
    fn default() -> Self {
        Self {
            topic_arn: None,
            server_errors: Integer::preset(5),
            refused_tokens: Integer::preset(500),
            latency_millis: Integer::preset(2000),
            throttled_requests: Integer::preset(100),
        }
    }
}

/// The limits of one API key.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UsagePlan {
    /// Steady requests per second.
    pub rate_per_second: Integer<1, 10_000>,
    /// Requests at once.
    pub burst: Integer<1, 5_000>,
    /// Requests per day.
    pub requests_per_day: Integer<1, 2_000_000_000>,
}

impl Default for UsagePlan {
    fn default() -> Self {
        Self {
            rate_per_second: Integer::preset(50),
            burst: Integer::preset(100),
            requests_per_day: Integer::preset(1_000_000),
        }
    }
}
