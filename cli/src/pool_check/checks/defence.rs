//! What protects the accounts, and how it changes a sign-in.
//!
//! It contains only functions of the checks in `mod.rs`.

use aws_sdk_cognitoidentityprovider::types::{
    AdvancedSecurityModeType, DeletionProtectionType, LambdaConfigType, PasswordPolicyType, UserPoolTierType,
};
use platform::config::{Mfa, Plan};

use super::{Finding, Mend, Subject, broken, ok, warning};

pub(super) fn devices(subject: &Subject<'_>) -> Finding {
    let tracked = subject.found.pool.device_configuration().is_some();
    match (tracked, subject.config.user_pool.devices.is_some()) {
        (true, true) => return ok("tracked, as userPool.devices says"),
        (false, false) => return ok("not tracked"),
        (false, true) => {
            let how = "take userPool.devices out, or turn devices on in the pool";
            return warning(
                "not tracked",
                "no device is remembered, whatever userPool.devices says",
                Mend::by(how),
            );
        }
        (true, false) => {}
    }
    let follows = "a refresh needs the deviceKey of a confirmed device: apps must confirm theirs, or people sign in anew each time the access token lapses";
    warning(
        "tracked",
        follows,
        Mend::by("have the apps play along (docs/user-pool.md), or turn it off in the pool"),
    )
}

pub(super) fn mfa(subject: &Subject<'_>) -> Finding {
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
    if mode != wanted {
        let follows =
            format!("the pool decides: it is {mode} for everybody, whatever config.json says ({wanted})");
        let how = format!(
            "set userPool.mfa to {mode:?}, or aws cognito-idp set-user-pool-mfa-config --mfa-configuration {wanted} and all that \
             get-user-pool-mfa-config shows"
        );
        return warning(text, follows, Mend::By(how));
    }
    ok(text)
}

pub(super) fn plan(subject: &Subject<'_>) -> Finding {
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

pub(super) fn threat(subject: &Subject<'_>) -> Finding {
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

/// The triggers of a pool, and what each means for Gatehouse.
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

pub(super) fn triggers(subject: &Subject<'_>) -> Finding {
    let found = subject.found.pool.lambda_config().map(set_triggers).unwrap_or_default();
    if found.is_empty() {
        return ok("none");
    }
    let names: Vec<_> = found.iter().map(|(name, _)| *name).collect();
    let follows: Vec<_> = found.iter().map(|(name, meaning)| format!("{name} {meaning}")).collect();
    let how = "see that each is fit for this; a failing one is a 500 and rings the alarm Misconfigurations";
    warning(names.join(", "), follows.join("; "), Mend::by(how))
}

pub(super) fn passwords(subject: &Subject<'_>) -> Finding {
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

pub(super) fn deletion(subject: &Subject<'_>) -> Finding {
    if subject.found.pool.deletion_protection() == Some(&DeletionProtectionType::Active) {
        return ok("ACTIVE");
    }
    let mend = Mend::pool("--deletion-protection ACTIVE");
    warning("INACTIVE", "one call deletes the pool with all its users", mend)
}
