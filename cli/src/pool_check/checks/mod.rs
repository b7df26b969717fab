//! The table of checks: what Gatehouse needs of a pool and its client, and what happens if they differ.
//!
//! Each function of a check is pure: it takes Cognito's description and the configuration, and returns a
//! finding. A new check must also be added to docs/existing-pool.md; a test compares that file with this
//! table.

mod accounts;
mod client;
mod defence;
mod delivery;

use platform::config::Config;

use crate::cognito::described::Described;
use crate::error::Error;
use crate::pool::PoolIds;

/// What the checks look at.
pub(super) struct Subject<'a> {
    pub(super) found: &'a Described,
    pub(super) ids: &'a PoolIds,
    pub(super) config: &'a Config,
}

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Ok,
    /// It works, but not as one may expect.
    Warning,
    /// A part of Gatehouse does not work.
    Broken,
}

impl Verdict {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Broken => "broken",
        }
    }
}

/// How to correct a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mend {
    /// With an option of `update-user-pool`.
    Pool(String),
    /// With an option of `update-user-pool-client`.
    Client(String),
    /// Only with a new pool, because Cognito sets this when a pool is made.
    NewPool,
    By(String),
}

impl Mend {
    /// Whether the command resets settings that it is not given.
    pub(super) const fn resets(&self) -> bool {
        matches!(self, Self::Pool(_) | Self::Client(_))
    }

    fn pool(option: &str) -> Self {
        Self::Pool(option.to_owned())
    }

    fn client(option: &str) -> Self {
        Self::Client(option.to_owned())
    }

    fn by(how: &str) -> Self {
        Self::By(how.to_owned())
    }
}

/// The result of a check, in words.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) found: String,
    pub(super) follows: String,
    pub(super) mend: Mend,
}

fn ok(found: impl Into<String>) -> Finding {
    Finding {
        verdict: Verdict::Ok,
        found: found.into(),
        follows: String::new(),
        mend: Mend::By(String::new()),
    }
}

fn warning(found: impl Into<String>, follows: impl Into<String>, mend: Mend) -> Finding {
    Finding { verdict: Verdict::Warning, found: found.into(), follows: follows.into(), mend }
}

fn broken(found: impl Into<String>, follows: impl Into<String>, mend: Mend) -> Finding {
    Finding { verdict: Verdict::Broken, ..warning(found, follows, mend) }
}

/// One check.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) need: &'static str,
    /// The AWS page that says so.
    pub(super) source: &'static str,
    pub(super) judge: fn(&Subject<'_>) -> Finding,
}

macro_rules! api {
    ($page:literal) => {
        concat!(
            "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_",
            $page,
            ".html"
        )
    };
}

macro_rules! guide {
    ($page:literal) => {
        concat!("https://docs.aws.amazon.com/cognito/latest/developerguide/", $page, ".html")
    };
}

macro_rules! check {
    ($name:literal, $need:literal, $source:expr, $judge:path) => {
        Check { name: $name, need: $need, source: $source, judge: $judge }
    };
}

const PRESENT: Check = check!("pool and client", "both are there", api!("DescribeUserPoolClient"), present);

/// All of them, in the order of the output.
pub(super) static CHECKS: &[Check] = &[
    PRESENT,
    check!(
        "sign-in attributes",
        "UsernameAttributes has email",
        guide!("user-pool-settings-attributes"),
        accounts::sign_in
    ),
    check!(
        "case",
        "user names in any case of their letters",
        api!("UsernameConfigurationType"),
        accounts::case
    ),
    check!("verified email", "AutoVerifiedAttributes has email", api!("CreateUserPool"), accounts::verified),
    check!(
        "changed email",
        "AttributesRequireVerificationBeforeUpdate has email",
        api!("UserAttributeUpdateSettingsType"),
        accounts::changed
    ),
    check!(
        "mutable email",
        "email can be changed",
        guide!("user-pool-settings-attributes"),
        accounts::mutable
    ),
    check!(
        "account recovery",
        "a code for a new password goes to a verified address",
        api!("AccountRecoverySettingType"),
        accounts::recovery
    ),
    check!(
        "sign-up",
        "AllowAdminCreateUserOnly as userPool.selfSignUp",
        api!("AdminCreateUserConfigType"),
        accounts::sign_up
    ),
    check!(
        "attributes",
        "the client writes email, what the pool requires and auth.customAttributes",
        api!("UserPoolClientType"),
        accounts::attributes
    ),
    check!(
        "readable attributes",
        "the client reads email and email_verified",
        api!("UserPoolClientType"),
        accounts::readable
    ),
    check!("flow", "ExplicitAuthFlows has the flow of auth.flow", api!("UserPoolClientType"), client::flow),
    check!(
        "admin flow",
        "ExplicitAuthFlows has ALLOW_ADMIN_USER_PASSWORD_AUTH, for `gatehouse token`",
        api!("AdminInitiateAuth"),
        client::admin_flow
    ),
    check!(
        "refresh",
        "rotation as userPool.refreshTokenRotation",
        api!("RefreshTokenRotationType"),
        client::refresh
    ),
    check!("client secret", "a secret as userPool.clientSecret", api!("UserPoolClientType"), client::secret),
    check!("revocation", "EnableTokenRevocation", guide!("token-revocation"), client::revocation),
    check!(
        "user existence",
        "PreventUserExistenceErrors ENABLED",
        guide!("cognito-user-pool-managing-errors"),
        client::existence
    ),
    check!(
        "token validity",
        "tokens live as long as userPool.tokenValidity says",
        api!("UserPoolClientType"),
        client::validity
    ),
    check!(
        "other clients",
        "each further client is there and gives tokens",
        api!("UserPoolClientType"),
        client::others
    ),
    check!(
        "devices",
        "devices are tracked as userPool.devices",
        guide!("amazon-cognito-user-pools-device-tracking"),
        defence::devices
    ),
    check!(
        "second factor",
        "MfaConfiguration as userPool.mfa, and a factor that people can have",
        guide!("user-pool-settings-mfa"),
        defence::mfa
    ),
    check!("plan", "the plan that config.json needs", guide!("cognito-sign-in-feature-plans"), defence::plan),
    check!(
        "threat protection",
        "as userPool.threatProtection, with the caller's address",
        api!("UserPoolClientType"),
        defence::threat
    ),
    check!(
        "triggers",
        "no trigger that changes a flow",
        guide!("cognito-user-pools-working-with-lambda-triggers"),
        defence::triggers
    ),
    check!(
        "password policy",
        "with auth.enumerationSafe that of userPool.passwordPolicy",
        api!("PasswordPolicyType"),
        defence::passwords
    ),
    check!("mail", "a sender for more than 50 mails a day", guide!("user-pool-email"), delivery::mail),
    check!(
        "text messages",
        "Cognito can send those that the pool is set up for",
        guide!("user-pool-sms-settings"),
        delivery::texts
    ),
    check!(
        "issuer",
        "a form of issuer that the gate knows",
        api!("IssuerConfigurationType"),
        delivery::issuer
    ),
    check!("region", "the pool is in config.json's region", api!("UserPoolType"), delivery::region),
    check!(
        "deletion protection",
        "DeletionProtection ACTIVE",
        guide!("user-pool-settings-deletion-protection"),
        defence::deletion
    ),
];

/// The check for the existence of what is described.
fn present(_: &Subject<'_>) -> Finding {
    ok("both are there")
}

/// The only finding if the pool or client does not exist.
pub(super) fn missing(error: &Error) -> (&'static Check, Finding) {
    let how = Mend::by("correct userPool.id and userPool.clientId, or --user-pool-id and --client-id");
    (&PRESENT, broken(error.to_string(), "nobody can sign in", how))
}
