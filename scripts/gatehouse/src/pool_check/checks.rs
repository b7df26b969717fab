//! The table of checks: what Gatehouse needs of a pool and its client, and what follows where it is otherwise.
//!
//! Each judge is pure: what Cognito described and the configuration in, a finding out. A check that is added here goes into
//! docs/existing-pool.md too, which a test holds against this table.

use aws_sdk_cognitoidentityprovider::types::{
    AdvancedSecurityModeType, AliasAttributeType, DeletionProtectionType, EmailSendingAccountType,
    ExplicitAuthFlowsType, FeatureType, IssuerType, LambdaConfigType, PasswordPolicyType,
    PreventUserExistenceErrorTypes, TimeUnitsType, UserAttributeUpdateSettingsType, UserPoolTierType,
    UsernameAttributeType, VerifiedAttributeType,
};
use platform::config::{AuthFlow, Config, CustomAttribute, Mfa, Plan};

use crate::cognito::described::Described;
use crate::error::quoted;
use crate::pool::PoolIds;

/// What is judged.
pub(super) struct Subject<'a> {
    pub(super) found: &'a Described,
    pub(super) ids: &'a PoolIds,
    pub(super) config: &'a Config,
}

/// How a check ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Ok,
    /// It works, and not as one may think.
    Warning,
    /// Something of Gatehouse does not work.
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

/// The way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mend {
    /// An option of `update-user-pool`.
    Pool(String),
    /// An option of `update-user-pool-client`.
    Client(String),
    /// Cognito sets it when a pool is made.
    NewPool,
    By(String),
}

impl Mend {
    /// Whether the command sets back what it is not given.
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

/// What a check found.
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

/// One thing that is looked at.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) need: &'static str,
    /// Where AWS says so.
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
    ($name:literal, $need:literal, $source:expr, $judge:ident) => {
        Check { name: $name, need: $need, source: $source, judge: $judge }
    };
}

/// All of them, in the order of the output.
pub(super) static CHECKS: &[Check] = &[
    check!(
        "sign-in attributes",
        "UsernameAttributes has email",
        guide!("user-pool-settings-attributes"),
        sign_in
    ),
    check!("case", "user names in any case of their letters", api!("UsernameConfigurationType"), case),
    check!("verified email", "AutoVerifiedAttributes has email", api!("CreateUserPool"), verified),
    check!(
        "changed email",
        "AttributesRequireVerificationBeforeUpdate has email",
        api!("UserAttributeUpdateSettingsType"),
        changed
    ),
    check!(
        "sign-up",
        "AllowAdminCreateUserOnly as userPool.selfSignUp",
        api!("AdminCreateUserConfigType"),
        sign_up
    ),
    check!(
        "attributes",
        "the client writes email, what the pool requires and auth.customAttributes",
        api!("UserPoolClientType"),
        attributes
    ),
    check!("flow", "ExplicitAuthFlows has the flow of auth.flow", api!("UserPoolClientType"), flow),
    check!("refresh", "rotation as userPool.refreshTokenRotation", api!("RefreshTokenRotationType"), refresh),
    check!("client secret", "a secret as userPool.clientSecret", api!("UserPoolClientType"), secret),
    check!("revocation", "EnableTokenRevocation", guide!("token-revocation"), revocation),
    check!(
        "user existence",
        "PreventUserExistenceErrors ENABLED",
        guide!("cognito-user-pool-managing-errors"),
        existence
    ),
    check!(
        "token validity",
        "tokens live as long as userPool.tokenValidity says",
        api!("UserPoolClientType"),
        validity
    ),
    check!("devices", "no devices are tracked", guide!("amazon-cognito-user-pools-device-tracking"), devices),
    check!(
        "second factor",
        "MfaConfiguration as userPool.mfa, and a factor that people can have",
        guide!("user-pool-settings-mfa"),
        mfa
    ),
    check!("plan", "the plan that config.json needs", guide!("cognito-sign-in-feature-plans"), plan),
    check!(
        "threat protection",
        "as userPool.threatProtection, with the caller's address",
        api!("UserPoolClientType"),
        threat
    ),
    check!(
        "triggers",
        "no trigger that changes a flow",
        guide!("cognito-user-pools-working-with-lambda-triggers"),
        triggers
    ),
    check!(
        "password policy",
        "with auth.enumerationSafe that of userPool.passwordPolicy",
        api!("PasswordPolicyType"),
        passwords
    ),
    check!("mail", "a sender for more than 50 mails a day", guide!("user-pool-email"), mail),
    check!("issuer", "a form of issuer that the gate knows", api!("IssuerConfigurationType"), issuer),
    check!("region", "the pool is in config.json's region", api!("UserPoolType"), region),
    check!(
        "deletion protection",
        "DeletionProtection ACTIVE",
        guide!("user-pool-settings-deletion-protection"),
        deletion
    ),
];

fn sign_in(subject: &Subject<'_>) -> Finding {
    let pool = &subject.found.pool;
    if pool.username_attributes().contains(&UsernameAttributeType::Email) {
        return ok("email");
    }
    if pool.alias_attributes().contains(&AliasAttributeType::Email) {
        let follows = "Cognito takes no address for a user name there, so every sign-up is refused";
        return broken("email is an alias", follows, Mend::NewPool);
    }
    if !pool.username_attributes().is_empty() {
        return broken("phone numbers alone", "no address is taken for a user name", Mend::NewPool);
    }
    let follows = "an address is just a name: who has another name cannot sign in by address, and a changed address is no new name";
    warning("plain user names", follows, Mend::NewPool)
}

fn case(subject: &Subject<'_>) -> Finding {
    match &subject.found.pool.username_configuration {
        Some(found) if !found.case_sensitive => ok("any case"),
        _ => warning("case-sensitive", "Ann@example.com and ann@example.com are two accounts", Mend::NewPool),
    }
}

fn verified(subject: &Subject<'_>) -> Finding {
    let pool = &subject.found.pool;
    if pool.auto_verified_attributes().contains(&VerifiedAttributeType::Email) {
        return ok("email");
    }
    let mend = Mend::pool("--auto-verified-attributes email");
    let has_trigger = pool.lambda_config().is_some_and(|config| config.pre_sign_up.is_some());
    if subject.config.user_pool.self_sign_up && !has_trigger {
        return broken(
            "not email",
            "no code comes by mail, so that nobody who signs up can confirm it",
            mend,
        );
    }
    warning("not email", "no code comes by mail at a sign-up; a changed address is not verified", mend)
}

fn changed(subject: &Subject<'_>) -> Finding {
    let settings = subject.found.pool.user_attribute_update_settings();
    let first = settings.map(UserAttributeUpdateSettingsType::attributes_require_verification_before_update);
    if first.unwrap_or_default().contains(&VerifiedAttributeType::Email) {
        return ok("email");
    }
    let mend = Mend::pool("--user-attribute-update-settings AttributesRequireVerificationBeforeUpdate=email");
    if subject.config.auth.enumeration_safe {
        let follows = "an address counts before it is proven, so that GET /user tells whether it was free (auth.enumerationSafe)";
        return broken("not email", follows, mend);
    }
    warning(
        "not email",
        "a changed address counts before it is proven: a typing error locks its user out",
        mend,
    )
}

fn sign_up(subject: &Subject<'_>) -> Finding {
    let found = subject.found.pool.admin_create_user_config();
    let closed = found.is_some_and(|found| found.allow_admin_create_user_only);
    match (subject.config.user_pool.self_sign_up, closed) {
        (true, true) => {
            let mend = Mend::pool("--admin-create-user-config AllowAdminCreateUserOnly=false");
            broken("administrators alone", "every sign-up is refused", mend)
        }
        (false, false) => {
            let mend = Mend::pool("--admin-create-user-config AllowAdminCreateUserOnly=true");
            warning("open to everybody", "people sign up although userPool.selfSignUp is false", mend)
        }
        (true, false) => ok("open to everybody"),
        (false, true) => ok("administrators alone"),
    }
}

fn attributes(subject: &Subject<'_>) -> Finding {
    let (pool, client) = (&subject.found.pool, &subject.found.client);
    let schema = pool.schema_attributes();
    let written = client.write_attributes();
    // Cognito lists what may be written only where it was named; without that it is all that is standard.
    let is_written = |name: &str| match written {
        [] => !name.starts_with("custom:"),
        some => some.iter().any(|own| own == name),
    };
    let required = schema.iter().filter(|own| own.required == Some(true));
    let required: Vec<_> = required.filter_map(|own| own.name()).filter(|name| *name != "sub").collect();
    let custom = || subject.config.auth.custom_attributes.as_slice().iter().map(CustomAttribute::as_str);
    let missing: Vec<_> =
        custom().filter(|name| !schema.iter().any(|own| own.name() == Some(*name))).collect();
    if !missing.is_empty() {
        let names = missing.join(", ");
        let follows = "the pool refuses what auth.customAttributes lets users write";
        let how = "aws cognito-idp add-custom-attributes (it cannot be taken back), or leave them out of auth.customAttributes";
        return broken(format!("the pool has no {names}"), follows, Mend::by(how));
    }
    let all = std::iter::once("email").chain(required.iter().copied()).chain(custom());
    let closed: Vec<_> = all.filter(|name| !is_written(name)).collect();
    if !closed.is_empty() {
        let follows = "a sign-up that has to bring them is refused, and so is a change of them";
        let mend = Mend::client("--write-attributes ATTRIBUTES (all that it writes now, and these)");
        return broken(format!("the client cannot write {}", closed.join(", ")), follows, mend);
    }
    let others: Vec<_> = required.into_iter().filter(|name| *name != "email").collect();
    if others.is_empty() {
        return ok("all can be written");
    }
    let found = format!("the pool requires {}", others.join(", "));
    warning(found, "each sign-up has to bring them, and `gatehouse user` cannot", Mend::NewPool)
}

fn flow(subject: &Subject<'_>) -> Finding {
    let flows = subject.found.client.explicit_auth_flows();
    let (taken, option): (&[_], _) = match subject.config.auth.flow {
        AuthFlow::UserPasswordAuth => (
            &[ExplicitAuthFlowsType::AllowUserPasswordAuth, ExplicitAuthFlowsType::UserPasswordAuth],
            "ALLOW_USER_PASSWORD_AUTH",
        ),
        AuthFlow::UserAuth => (&[ExplicitAuthFlowsType::AllowUserAuth], "ALLOW_USER_AUTH"),
    };
    let names: Vec<_> = flows.iter().map(ExplicitAuthFlowsType::as_str).collect();
    let found = if names.is_empty() { "none named".to_owned() } else { names.join(", ") };
    if flows.iter().any(|flow| taken.contains(flow)) {
        return ok(found);
    }
    let mend = Mend::Client(format!("--explicit-auth-flows {option} (and all that it has now)"));
    broken(found, format!("every sign-in is refused: the client does not allow {option}"), mend)
}

fn refresh(subject: &Subject<'_>) -> Finding {
    let rotation = subject.found.client.refresh_token_rotation();
    let rotates = rotation.is_some_and(|rotation| rotation.feature == FeatureType::Enabled);
    let found = if rotates { "refresh tokens rotate" } else { "refresh tokens do not rotate" };
    if rotates == subject.config.user_pool.refresh_token_rotation {
        return ok(found);
    }
    let mend = Mend::By(format!("set userPool.refreshTokenRotation to {rotates}"));
    let follows = if rotates {
        "refreshing works; but each one gives a new refresh token, which a client without the cookie must keep"
    } else {
        "refreshing works; but a stolen refresh token is good until it lapses"
    };
    warning(found, follows, mend)
}

fn secret(subject: &Subject<'_>) -> Finding {
    match (subject.config.user_pool.client_secret, subject.found.shows_secret) {
        (true, true) => ok("it has one"),
        (false, false) => ok("it shows none"),
        (false, true) => {
            let how = "give the deploy ExistingUserPoolClientSecret, and set userPool.clientSecret to true";
            warning("it has one", "without it Cognito refuses every sign-in", Mend::by(how))
        }
        (true, false) => {
            let follows = "either the client has none, and every sign-in is refused; or the first one was removed, and all is well";
            let how = "`gatehouse client secrets` tells which; only a new client can get a first secret";
            warning("it shows none", follows, Mend::by(how))
        }
    }
}

fn revocation(subject: &Subject<'_>) -> Finding {
    if subject.found.client.enable_token_revocation == Some(true) {
        return ok("on");
    }
    let mend = Mend::client("--enable-token-revocation");
    warning("off", "a sign-out takes the cookie away, and the refresh token lives on", mend)
}

fn existence(subject: &Subject<'_>) -> Finding {
    let found = subject.found.client.prevent_user_existence_errors();
    if found == Some(&PreventUserExistenceErrorTypes::Enabled) {
        return ok("ENABLED");
    }
    let mend = Mend::client("--prevent-user-existence-errors ENABLED");
    if subject.config.auth.enumeration_safe {
        return broken("LEGACY", "Cognito tells who has an account, which auth.enumerationSafe hides", mend);
    }
    warning(
        "LEGACY",
        "Cognito tells everybody who knows the client's id whether an address has an account",
        mend,
    )
}

/// A validity in seconds. None, and 0, stand for Cognito's default; so does a unit that is not named.
fn seconds(value: Option<i32>, unit: Option<&TimeUnitsType>, preset: (i64, i64)) -> i64 {
    let (default, default_unit) = preset;
    let unit = match unit {
        Some(TimeUnitsType::Seconds) => 1,
        Some(TimeUnitsType::Minutes) => 60,
        Some(TimeUnitsType::Hours) => 3600,
        Some(TimeUnitsType::Days) => 86_400,
        _ => default_unit,
    };
    value.filter(|value| *value > 0).map_or(default, |value| i64::from(value) * unit)
}

fn validity(subject: &Subject<'_>) -> Finding {
    const HOUR: i64 = 3600;
    const DAY: i64 = 86_400;
    let client = &subject.found.client;
    let units = client.token_validity_units();
    let access = units.and_then(|units| units.access_token());
    let id = units.and_then(|units| units.id_token());
    let refresh = units.and_then(|units| units.refresh_token());
    let found = [
        seconds(client.access_token_validity, access, (HOUR, HOUR)),
        seconds(client.id_token_validity, id, (HOUR, HOUR)),
        seconds(Some(client.refresh_token_validity), refresh, (30 * DAY, DAY)),
    ];
    let wanted = &subject.config.user_pool.token_validity;
    let wanted =
        [wanted.access_minutes.get() * 60, wanted.id_minutes.get() * 60, wanted.refresh_days.get() * 86_400];
    let [access, id, refresh] = found;
    let text = format!("access {access} s, ID {id} s, refresh {refresh} s");
    if found.iter().zip(wanted).all(|(found, wanted)| u64::try_from(*found) == Ok(wanted)) {
        return ok(text);
    }
    let follows = "sessions and access rights live otherwise than config.json says";
    warning(
        text,
        follows,
        Mend::by(
            "write it into userPool.tokenValidity, or change the client's --token-validity-units and its three validities",
        ),
    )
}

fn devices(subject: &Subject<'_>) -> Finding {
    if subject.found.pool.device_configuration().is_none() {
        return ok("not tracked");
    }
    let follows = "a refresh needs the deviceKey of a confirmed device: apps must confirm theirs, or people sign in anew each time the access token lapses";
    warning(
        "tracked",
        follows,
        Mend::by("have the apps play along (docs/user-pool.md), or turn it off in the pool"),
    )
}

fn mfa(subject: &Subject<'_>) -> Finding {
    let found = &subject.found.mfa;
    let mode = found.mfa_configuration().map_or("OFF", |mode| mode.as_str());
    let app = found.software_token_mfa_configuration().is_some_and(|app| app.enabled);
    let factors = [
        ("TOTP", app),
        ("EMAIL", found.email_mfa_configuration().is_some()),
        ("SMS", found.sms_mfa_configuration().is_some()),
    ];
    let factors: Vec<_> = factors.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
    let text = if mode == "OFF" { mode.to_owned() } else { format!("{mode}, {}", factors.join(", ")) };
    if mode == "ON" && factors == ["SMS"] && subject.config.user_pool.self_sign_up {
        let follows = "who signs up without a phone number never gets in, and cannot add one";
        let how =
            "aws cognito-idp set-user-pool-mfa-config with --software-token-mfa-configuration Enabled=true";
        return broken(text, follows, Mend::by(how));
    }
    let wanted = match subject.config.user_pool.mfa {
        Mfa::Off => "OFF",
        Mfa::Optional => "OPTIONAL",
        Mfa::On => "ON",
    };
    if mode == wanted {
        return ok(text);
    }
    let follows =
        format!("the pool decides: it is {mode} for everybody, whatever config.json says ({wanted})");
    warning(
        text,
        follows,
        Mend::By(format!(
            "set userPool.mfa to {mode:?}, or aws cognito-idp set-user-pool-mfa-config --mfa-configuration {wanted}"
        )),
    )
}

fn plan(subject: &Subject<'_>) -> Finding {
    let needed = subject.config.plan();
    let mend = Mend::Pool(format!("--user-pool-tier {}", needed.as_str()));
    let found = match subject.found.pool.user_pool_tier() {
        Some(UserPoolTierType::Lite) => Plan::Lite,
        Some(UserPoolTierType::Essentials) => Plan::Essentials,
        Some(UserPoolTierType::Plus) => Plan::Plus,
        _ => return warning("not told", "whether the pool has what config.json needs is not known", mend),
    };
    if found >= needed {
        return ok(found.as_str());
    }
    let follows = format!("config.json asks for what only {} has", needed.as_str());
    broken(found.as_str(), follows, mend)
}

fn threat(subject: &Subject<'_>) -> Finding {
    let add_ons = subject.found.pool.user_pool_add_ons();
    let mode = add_ons.map_or(&AdvancedSecurityModeType::Off, |add_ons| &add_ons.advanced_security_mode);
    let judges = *mode != AdvancedSecurityModeType::Off;
    let told = subject.found.client.enable_propagate_additional_user_context_data == Some(true);
    let wanted = subject.config.user_pool.threat_protection;
    if wanted.is_on() && !told {
        let follows = "the auth service sends the callers' addresses, and Cognito does not take them";
        let mend = Mend::client("--enable-propagate-additional-user-context-data");
        return broken(format!("{}, without addresses", mode.as_str()), follows, mend);
    }
    if judges && !wanted.is_on() {
        let follows = "Cognito takes the auth function's address for everybody's, and may refuse all for one";
        let mend = Mend::By(format!("set userPool.threatProtection to {:?}", mode.as_str()));
        return warning(mode.as_str(), follows, mend);
    }
    if mode.as_str() != wanted.as_str() {
        let mend = Mend::Pool(format!("--user-pool-add-ons AdvancedSecurityMode={}", wanted.as_str()));
        let follows =
            format!("Cognito does not do what userPool.threatProtection says ({})", wanted.as_str());
        return warning(mode.as_str(), follows, mend);
    }
    ok(mode.as_str())
}

/// The triggers that a pool has, and what each means for Gatehouse.
fn set_triggers(config: &LambdaConfigType) -> Vec<(&'static str, &'static str)> {
    let tokens = config.pre_token_generation.is_some() || config.pre_token_generation_config.is_some();
    let custom = config.define_auth_challenge.is_some()
        || config.create_auth_challenge.is_some()
        || config.verify_auth_challenge_response.is_some();
    [
        (
            "PreSignUp",
            "may refuse a sign-up (403 refused_by_pool) or confirm it",
            config.pre_sign_up.is_some(),
        ),
        ("PostConfirmation", "fails a confirmation when it fails", config.post_confirmation.is_some()),
        (
            "PreAuthentication",
            "may refuse a sign-in (403 refused_by_pool)",
            config.pre_authentication.is_some(),
        ),
        ("PostAuthentication", "fails a sign-in when it fails", config.post_authentication.is_some()),
        ("PreTokenGeneration", "may change the groups and scopes that rules read", tokens),
        (
            "UserMigration",
            "runs for unknown users, so that the time of an answer tells",
            config.user_migration.is_some(),
        ),
        ("CustomMessage", "has to send a code and no link", config.custom_message.is_some()),
        ("custom challenges", "are begun by no route", custom),
        ("CustomEmailSender", "sends the mails in Cognito's place", config.custom_email_sender.is_some()),
        ("CustomSMSSender", "sends the text messages in Cognito's place", config.custom_sms_sender.is_some()),
        (
            "InboundFederation",
            "changes the attributes of federated users",
            config.inbound_federation.is_some(),
        ),
    ]
    .into_iter()
    .filter_map(|(name, meaning, is_set)| is_set.then_some((name, meaning)))
    .collect()
}

fn triggers(subject: &Subject<'_>) -> Finding {
    let found = subject.found.pool.lambda_config().map(set_triggers).unwrap_or_default();
    if found.is_empty() {
        return ok("none");
    }
    let names: Vec<_> = found.iter().map(|(name, _)| *name).collect();
    let follows: Vec<_> = found.iter().map(|(name, meaning)| format!("{name} {meaning}")).collect();
    let how = "see that each is fit for this; a failing one is a 500 and rings the alarm Misconfigurations";
    warning(names.join(", "), follows.join("; "), Mend::by(how))
}

fn passwords(subject: &Subject<'_>) -> Finding {
    let wanted = &subject.config.user_pool.password_policy;
    let Some(found) = subject.found.pool.policies().and_then(|policies| policies.password_policy()) else {
        return warning(
            "not told",
            "whether it is that of config.json is not known",
            Mend::by("aws cognito-idp describe-user-pool"),
        );
    };
    let text = policy(found);
    let same = found.minimum_length.and_then(|length| u64::try_from(length).ok())
        == Some(wanted.minimum_length.get())
        && found.require_uppercase == wanted.require_uppercase
        && found.require_lowercase == wanted.require_lowercase
        && found.require_numbers == wanted.require_numbers
        && found.require_symbols == wanted.require_symbols;
    if same || !subject.config.auth.enumeration_safe {
        return ok(text);
    }
    let follows = "passwords are held to userPool.passwordPolicy first: good ones are refused, or weak ones get a 201 and no account";
    broken(text, follows, Mend::by("write the pool's policy into userPool.passwordPolicy"))
}

fn policy(found: &PasswordPolicyType) -> String {
    let kinds = [
        ("upper case", found.require_uppercase),
        ("lower case", found.require_lowercase),
        ("digits", found.require_numbers),
        ("symbols", found.require_symbols),
    ];
    let kinds = kinds.iter().filter(|(_, on)| *on).map(|(name, _)| (*name).to_owned());
    let length = found.minimum_length.map_or_else(|| "?".to_owned(), |length| length.to_string());
    std::iter::once(format!("{length} characters")).chain(kinds).collect::<Vec<_>>().join(", ")
}

fn mail(subject: &Subject<'_>) -> Finding {
    let pool = &subject.found.pool;
    if let Some(failure) = pool.email_configuration_failure() {
        let found = format!("Cognito cannot send: {}", quoted(Some(failure), &[]));
        return broken(
            found,
            "no code and no invitation arrives",
            Mend::by("mend the pool's e-mail settings"),
        );
    }
    let account = pool.email_configuration().and_then(|mail| mail.email_sending_account());
    if account == Some(&EmailSendingAccountType::Developer) {
        return ok("through Amazon SES");
    }
    let follows = "Cognito sends 50 mails a day, and then no code and no invitation";
    let option = "--email-configuration EmailSendingAccount=DEVELOPER,SourceArn=ARN_OF_A_VERIFIED_IDENTITY,From=ADDRESS";
    warning("COGNITO_DEFAULT", follows, Mend::pool(option))
}

fn issuer(subject: &Subject<'_>) -> Finding {
    match subject.found.pool.issuer_configuration().and_then(|issuer| issuer.r#type()) {
        None => ok("the original form"),
        Some(form @ (IssuerType::Original | IssuerType::Updated)) => ok(form.as_str()),
        Some(form) => {
            let follows = "the gate may know no such issuer, and then takes no token of the pool";
            warning(form.as_str(), follows, Mend::by("compare the iss of a token with `gatehouse explain`"))
        }
    }
}

fn region(subject: &Subject<'_>) -> Finding {
    let (found, wanted) = (subject.ids.pool.region(), subject.config.region.as_str());
    if found == wanted {
        return ok(found);
    }
    let follows = format!("each call to Cognito goes from {wanted} to {found}: it works, and takes longer");
    warning(found, follows, Mend::by("deploy into the pool's region (config.json's region)"))
}

fn deletion(subject: &Subject<'_>) -> Finding {
    if subject.found.pool.deletion_protection() == Some(&DeletionProtectionType::Active) {
        return ok("ACTIVE");
    }
    let mend = Mend::pool("--deletion-protection ACTIVE");
    warning("INACTIVE", "one call deletes the pool with all its users", mend)
}
