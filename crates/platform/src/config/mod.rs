//! `config.json`, typed: the one file that a person edits.
//!
//! [`Config::load`] gives a configuration that is valid as a whole, or every problem it has. What only a
//! deployed stack knows (the ids of a pool that the stack made) is not in here but in the environment.
//!
//! This module must not read anything but the file, and must not repair what it refuses.

mod algorithm;
mod check;
mod claim;
mod custom_attributes;
mod devices;
mod email;
mod issuer;
mod messages;
mod notes;
mod operations;
mod partition;
mod plan;
mod route;
mod rule;
mod second_factor;
mod sms;
mod tags;
mod threat;
mod turnstile;
mod values;

pub use algorithm::Algorithm;
pub use check::{ANSWER_LIMIT, RESOURCE_LIMIT, WEB_SOCKET_ANSWER_LIMIT};
pub use claim::{ClaimCondition, ClaimConditions, ClaimPath, ClaimValue};
pub use custom_attributes::{CustomAttribute, CustomAttributes};
pub use devices::{Devices, Remember};
pub use email::{ConfigurationSet, Email, EmailAddress, Sender, SesIdentityArn};
pub use issuer::{Issuer, IssuerClaims, Kind};
pub use messages::{
    CodeMail, CodeMailBody, CodeSms, CodeTexts, InvitationMail, InvitationMailBody, InvitationSms,
    InvitationTexts, MailSubject, Messages,
};
pub use operations::{Alarms, Domain, IpAddressType, Operations, Rollout, UsagePlan, WebAcl};
pub use partition::Partition;
pub use plan::Plan;
pub use route::{Method, Route};
pub use rule::{Condition, IssuerName, Rule};
pub use second_factor::{SecondFactor, SecondFactors};
pub use sms::{ExternalId, OriginationIdentity, Sms, sends_directly, sms_regions};
pub use tags::{TagKey, TagValue, Tags};
pub use threat::ThreatProtection;
pub use turnstile::{Hostname, Turnstile, TurnstileAction};
pub use values::{
    AlarmTopicArn, CertificateArn, ClientId, CorsOrigin, DomainName, GroupName, HostedZoneId, HttpsUrl,
    Identifier, Integer, JwksUrl, Name, NonEmpty, PoolId, Region, ReservedConcurrency, ResourceServerId,
    RetentionDays, ScopeName, Service, Stage, TableName, UpToTen, UserPoolName, WebAclArn,
};

use serde::Deserialize;

use crate::document::{self, Problems};
use crate::identity::TokenUse;

/// The `config.json` at the root of the repository as it was when this crate was built, or the file that
/// `GATEHOUSE_CONFIG` named then: see build.rs.
const EMBEDDED: &str = include_str!(env!("GATEHOUSE_EMBEDDED_CONFIG"));

/// Names the file that replaces the embedded configuration as a whole.
pub const CONFIG_FILE: &str = "CONFIG_FILE";

/// The whole of `config.json`. Every field may be left out: a number or switch then has the value of the
/// repository's own file, a list is empty, an object is absent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Config {
    /// Where an editor finds the schema; not used otherwise.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// Names the stack's resources and the `service` field of the logs.
    pub service: Service,
    /// The AWS region that the stack is deployed to.
    pub region: Region,
    /// The Cognito user pool: an existing one, or how to make one.
    pub user_pool: UserPool,
    /// The gate.
    pub authorizer: Authorizer,
    /// The API in front of the services.
    pub api: Api,
    /// The auth service.
    pub auth: Auth,
    /// How the deployed stack is watched, rolled out and kept.
    pub operations: Operations,
}

/// The Cognito user pool.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches of a file, independent of each other")]
pub struct UserPool {
    /// An existing pool. `null`: the stack makes pool, client, groups and resource server.
    pub id: Option<PoolId>,
    /// The app client of an existing pool; goes with `id`.
    pub client_id: Option<ClientId>,
    /// The regions that the pool is replicated to: tokens that a replica mints are the pool's own too.
    pub replica_regions: Vec<Region>,
    /// Cognito's plan for a pool that the stack makes. `null`: the least that the other settings need. A higher one costs
    /// more for each user who is active in a month.
    pub plan: Option<Plan>,
    /// The name of a pool that the stack makes.
    pub name: UserPoolName,
    /// Whether people may sign up by themselves.
    pub self_sign_up: bool,
    /// Whether a sign-up counts as confirmed at once, without a code.
    pub auto_confirm: bool,
    /// Multi-factor authentication.
    pub mfa: Mfa,
    /// What the second factor can be, where `mfa` is not `OFF`: the code of an authenticator app (`TOTP`), a code by mail
    /// (`EMAIL`, which needs `email` and the plan Essentials) or by text message (`SMS`, which needs `sms`). Left out: an
    /// app alone.
    pub second_factors: SecondFactors,
    /// Whether the app client has a secret. A change of it replaces the client of a deployed stack: apps need the new
    /// id, and all sessions of the old one end. `gatehouse client` changes the secret itself.
    pub client_secret: bool,
    /// What a password must have.
    pub password_policy: PasswordPolicy,
    /// The groups that the stack makes: at most 10.
    pub groups: UpToTen<GroupName>,
    /// The resource server whose scopes machine clients ask for. `null`: none.
    pub resource_server: Option<ResourceServer>,
    /// How long tokens live.
    pub token_validity: TokenValidity,
    /// Whether each refresh gives a new refresh token and ends the old one.
    pub refresh_token_rotation: bool,
    /// Who a pool that the stack makes sends its mail as, through Amazon SES. `null`: Cognito's own sender, for 50 mails
    /// a day.
    pub email: Option<Email>,
    /// How a pool that the stack makes sends text messages. `null`: it sends none.
    pub sms: Option<Sms>,
    /// What the mails and SMS of a pool that the stack makes say. `null`: Cognito's own texts.
    pub messages: Option<Messages>,
    /// Whether Cognito judges each sign-in by its risk. Needs `clientSecret`, and costs more for each user who is active in
    /// a month. Of an existing pool: whether it does so, and its client has `EnablePropagateAdditionalUserContextData`.
    pub threat_protection: ThreatProtection,
    /// Which devices of its users a pool that the stack makes remembers. `null`: none.
    pub devices: Option<Devices>,
}

impl Default for UserPool {
    fn default() -> Self {
        Self {
            id: None,
            client_id: None,
            replica_regions: Vec::new(),
            plan: None,
            name: UserPoolName::preset("gatehouse-users"),
            self_sign_up: true,
            auto_confirm: false,
            mfa: Mfa::default(),
            second_factors: SecondFactors::default(),
            client_secret: false,
            password_policy: PasswordPolicy::default(),
            groups: UpToTen::default(),
            resource_server: None,
            token_validity: TokenValidity::default(),
            refresh_token_rotation: false,
            email: None,
            sms: None,
            messages: None,
            threat_protection: ThreatProtection::Off,
            devices: None,
        }
    }
}

/// Cognito's `MfaConfiguration`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum Mfa {
    /// Nobody is asked for a second factor.
    Off,
    /// Users who set a second factor up are asked for it.
    #[default]
    Optional,
    /// Everybody must set a second factor up.
    On,
}

/// Cognito's password policy.
#[expect(clippy::struct_excessive_bools, reason = "four independent switches, as Cognito has them")]
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PasswordPolicy {
    /// In characters.
    pub minimum_length: Integer<6, 99>,
    /// At least one of A to Z.
    pub require_uppercase: bool,
    /// At least one of a to z.
    pub require_lowercase: bool,
    /// At least one digit.
    pub require_numbers: bool,
    /// At least one symbol.
    pub require_symbols: bool,
    /// How long a password that an administrator set is good for the first sign-in.
    pub temporary_password_validity_days: Integer<1, 365>,
    /// How many of a user's last passwords may not be set again. 0: any may.
    pub history_size: Integer<0, 24>,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            minimum_length: Integer::preset(12),
            require_uppercase: true,
            require_lowercase: true,
            require_numbers: true,
            require_symbols: true,
            temporary_password_validity_days: Integer::preset(7),
            history_size: Integer::preset(0),
        }
    }
}

/// A Cognito resource server: the namespace of custom scopes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceServer {
    /// The part of a scope before the slash: `orders` in `orders/read`.
    pub identifier: ResourceServerId,
    /// The part of a scope after the slash: at most 10.
    #[serde(default)]
    pub scopes: UpToTen<ScopeName>,
}

/// How long tokens live.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TokenValidity {
    /// Access tokens, in minutes.
    pub access_minutes: Integer<5, 1440>,
    /// ID tokens, in minutes.
    pub id_minutes: Integer<5, 1440>,
    /// Refresh tokens, in days.
    pub refresh_days: Integer<1, 3650>,
}

impl Default for TokenValidity {
    fn default() -> Self {
        Self {
            access_minutes: Integer::preset(60),
            id_minutes: Integer::preset(60),
            refresh_days: Integer::preset(30),
        }
    }
}

/// What the gate accepts, and what it grants for it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Authorizer {
    /// Which tokens of the stack's own pool are accepted.
    pub token_use: NonEmpty<TokenUse>,
    /// Further issuers, beside the stack's own pool.
    pub issuers: Vec<Issuer>,
    /// Clock skew that `exp` and `nbf` are allowed, in seconds.
    pub leeway_seconds: Integer<0, 300>,
    /// How the issuers' public keys are got and kept.
    pub jwks: Jwks,
    /// How long API Gateway may reuse an answer for the same token, in seconds. 0: not at all.
    pub result_ttl_seconds: Integer<0, 3600>,
    /// How many calls at once the account keeps for the authorizer; it then gets no more either. `null`: it shares what
    /// the account has. Lambda wants 100 of the account's number left unreserved, and a new account may have 10 in all:
    /// there a deploy fails until the quota is raised.
    pub reserved_concurrency: Option<ReservedConcurrency>,
    /// Who may call what. A route that no rule grants is closed.
    pub rules: Vec<Rule>,
    /// Claims that are handed on to the services, all in one value `claims` of the context.
    pub context: Vec<ClaimPath>,
}

impl Default for Authorizer {
    fn default() -> Self {
        Self {
            token_use: NonEmpty::one(TokenUse::Access),
            issuers: Vec::new(),
            leeway_seconds: Integer::preset(0),
            jwks: Jwks::default(),
            result_ttl_seconds: Integer::preset(300),
            reserved_concurrency: None,
            rules: Vec::new(),
            context: Vec::new(),
        }
    }
}

/// How the issuers' public keys are got and kept.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Jwks {
    /// How long a fetched set counts as fresh.
    pub ttl_seconds: Integer<60, 86_400>,
    /// How long a set may be used while no newer one can be got. Not under `ttlSeconds`.
    pub max_stale_seconds: Integer<60, 604_800>,
    /// The least time between the end of one fetch from an issuer and the next that an unknown `kid` or a fault can
    /// cause. Not under `timeoutMillis`, so that a key server that hangs holds a caller no more than once in two calls.
    /// While there is no set, the pauses grow up to this.
    pub cooldown_seconds: Integer<1, 3600>,
    /// The whole time of one fetch, a second try included.
    pub timeout_millis: Integer<100, 4000>,
    /// The largest set that is read.
    pub max_bytes: Integer<1_000, 1_000_000>,
    /// A JWK Set file to use for the stack's own pool instead of fetching.
    pub file: Option<String>,
}

impl Default for Jwks {
    fn default() -> Self {
        Self {
            ttl_seconds: Integer::preset(3600),
            max_stale_seconds: Integer::preset(86_400),
            cooldown_seconds: Integer::preset(10),
            timeout_millis: Integer::preset(1500),
            max_bytes: Integer::preset(150_000),
            file: None,
        }
    }
}

/// The API in front of the services.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Api {
    /// The stage's name, and the first segment of its path.
    pub stage: Stage,
    /// The base path that a custom domain maps to the API.
    pub base_path: Option<Stage>,
    /// The origins whose pages may call the API from a browser. `*`: all.
    pub cors_origins: Vec<CorsOrigin>,
    /// The stage's limits.
    pub throttle: Throttle,
    /// A domain name of one's own in front of the API. `null`: none.
    pub domain: Option<Domain>,
    /// Whether API Gateway's own address of the API answers nobody, so that every call comes by `domain`.
    pub disable_execute_api_endpoint: bool,
    /// Whether the API tells clients where to get tokens for it (RFC 9728), at
    /// `/.well-known/oauth-protected-resource` and in the challenge of its
    /// 401. A token of the own pool that bears an `aud` must then name the API there (RFC 8707).
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
    /// Steady requests a second.
    pub rate_per_second: Integer<1, 10_000>,
    /// Requests at once.
    pub burst: Integer<1, 5_000>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { rate_per_second: Integer::preset(50), burst: Integer::preset(100) }
    }
}

/// The auth service.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Auth {
    /// How people sign in.
    pub flow: AuthFlow,
    /// Whether the refresh token lives in an `HttpOnly` cookie and never in a body.
    pub refresh_cookie: bool,
    /// Whether no answer tells of an account to who has not proven that it is theirs. A new password is then held to
    /// `userPool.passwordPolicy` before Cognito is asked: an existing pool's policy must stand there too.
    pub enumeration_safe: bool,
    /// The custom attributes that users may write by themselves, at sign-up, with a new password and in their own account:
    /// names such as `custom:department`. A pool that the stack makes has none. All others are closed, since an attribute
    /// such as `custom:role` may decide what a user can do.
    pub custom_attributes: CustomAttributes,
    /// Whether sign-up, a code sent again and a forgotten password want a proof of humanity, the token of Cloudflare's
    /// Turnstile, and of which. Needs `userPool.clientSecret`, and the deploy brings `TurnstileSecret`. `null`: no.
    pub turnstile: Option<Turnstile>,
    /// Whether a caller is told what a trigger of the pool says when it refuses. Its words then go out as the `detail` of a
    /// 403: they must be fit for everybody to read.
    pub trigger_messages: bool,
    /// The limits of each public `POST` route, for all callers together.
    pub throttle: AuthThrottle,
}

/// API Gateway's token bucket for a route that needs no token.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AuthThrottle {
    /// Steady requests a second.
    pub rate_per_second: Integer<1, 10_000>,
    /// Requests at once.
    pub burst: Integer<1, 5_000>,
}

impl Default for AuthThrottle {
    fn default() -> Self {
        Self { rate_per_second: Integer::preset(10), burst: Integer::preset(20) }
    }
}

/// Cognito's `AuthFlow` of a sign-in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthFlow {
    /// User name and password.
    #[default]
    UserPasswordAuth,
    /// Choice-based sign-in.
    UserAuth,
}

impl Config {
    /// Reads the configuration: the file that `CONFIG_FILE` names, else the embedded one.
    ///
    /// `env` looks an environment variable up.
    ///
    /// # Errors
    /// Every problem of the file at once.
    pub fn load(env: impl Fn(&str) -> Option<String>) -> Result<Self, Problems> {
        match env(CONFIG_FILE) {
            None => Self::parse(EMBEDDED),
            Some(path) => {
                let text =
                    std::fs::read_to_string(&path).map_err(|error| Problems::unreadable(&path, &error))?;
                Self::parse(&text)
            }
        }
    }

    /// Reads a configuration from its JSON text.
    ///
    /// ```
    /// use platform::config::Config;
    ///
    /// assert!(Config::parse("{}").is_ok(), "every setting has a default");
    /// let problems = Config::parse(r#"{ "region": 1, "auth": { "flow": "SRP" } }"#).unwrap_err();
    /// let places: Vec<_> = problems.as_slice().iter().map(|problem| problem.pointer.as_str()).collect();
    /// assert_eq!(places, ["/auth/flow", "/region"]);
    /// ```
    ///
    /// # Errors
    /// Every problem of the text at once.
    pub fn parse(json: &str) -> Result<Self, Problems> {
        document::read(json, check::check)
    }
}

/// The JSON Schema of `config.json`.
#[cfg(feature = "schema")]
#[must_use]
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Config);
    schema.insert("title".into(), "Gatehouse config.json".into());
    schema.to_value()
}

#[cfg(test)]
mod tests;
