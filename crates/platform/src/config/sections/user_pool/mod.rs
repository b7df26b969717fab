//! The section `userPool` of `config.json`: the Cognito user pool, an existing one or one that the stack makes.
//!
//! Larger groups of settings have a file of their own. Checks across settings are in `check/user_pool/`.

use serde::Deserialize;

use crate::config::{
    ClientId, GroupName, Integer, PoolId, Region, ResourceServerId, ScopeName, UpToTen, UserPoolName,
};

mod devices;
mod email;
mod messages;
pub(in crate::config) mod plan;
mod second_factor;
mod sms;
mod threat_protection;

pub use devices::{Devices, Remember};
pub use email::{ConfigurationSet, Email, EmailAddress, Sender, SesIdentityArn};
pub use messages::{
    CodeMail, CodeMailBody, CodeSms, CodeTexts, InvitationMail, InvitationMailBody, InvitationSms,
    InvitationTexts, MailSubject, Messages,
};
pub use plan::Plan;
pub use second_factor::{Mfa, SecondFactor, SecondFactors};
pub use sms::{ExternalId, OriginationIdentity, Sms, sends_directly, sms_regions};
pub use threat_protection::ThreatProtection;

/// The Cognito user pool.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches of a file, independent of each other")]
pub struct UserPool {
    /// An existing pool. `null`: the stack makes pool, client, groups and resource server.
    pub id: Option<PoolId>,
    /// The app client of an existing pool. Required with `id`.
    pub client_id: Option<ClientId>,
    /// The regions that the pool is replicated to. The gate accepts tokens from a replica as the pool's own.
    pub replica_regions: Vec<Region>,
    /// Cognito's plan for a pool that the stack makes. `null`: the lowest plan that the other settings need. A higher
    /// plan costs more for each monthly active user.
    pub plan: Option<Plan>,
    /// The name of a pool that the stack makes.
    pub name: UserPoolName,
    /// Whether people can sign up themselves.
    pub self_sign_up: bool,
    /// Whether a sign-up is confirmed at once, without a code.
    pub auto_confirm: bool,
    /// Multi-factor authentication.
    pub mfa: Mfa,
    /// The second factors that users can have, if `mfa` is not `OFF`: the code of an authenticator app (`TOTP`), a
    /// code by mail (`EMAIL`, which needs `email` and the plan Essentials) or by text message (`SMS`, which needs
    /// `sms`). Left out: only an app.
    pub second_factors: SecondFactors,
    /// Whether the app client has a secret. If you change it, the stack replaces its client: apps need the new id,
    /// and all sessions of the old client end. `gatehouse client` changes the secret itself.
    pub client_secret: bool,
    /// The requirements for a password.
    pub password_policy: PasswordPolicy,
    /// The groups that the stack makes: at most 10.
    pub groups: UpToTen<GroupName>,
    /// The resource server whose scopes machine clients request. `null`: none.
    pub resource_server: Option<ResourceServer>,
    /// The lifetimes of tokens.
    pub token_validity: TokenValidity,
    /// Whether each refresh returns a new refresh token and ends the old one.
    pub refresh_token_rotation: bool,
    /// The sender of the mail of a pool that the stack makes, through Amazon SES. `null`: Cognito's own sender, for
    /// 50 mails a day.
    pub email: Option<Email>,
    /// How a pool that the stack makes sends text messages. `null`: it sends none.
    pub sms: Option<Sms>,
    /// The texts of the mails and SMS of a pool that the stack makes. `null`: Cognito's own texts.
    pub messages: Option<Messages>,
    /// Whether Cognito judges each sign-in by its risk. It needs `clientSecret`, and costs more for each monthly
    /// active user. For an existing pool: whether the pool does so and its client has
    /// `EnablePropagateAdditionalUserContextData`.
    pub threat_protection: ThreatProtection,
    /// The devices that a pool made by the stack remembers. `null`: none.
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
    /// How long a password from an administrator is valid for the first sign-in.
    pub temporary_password_validity_days: Integer<1, 365>,
    /// How many of a user's last passwords cannot be used again. 0: all can.
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

/// The lifetimes of tokens.
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
