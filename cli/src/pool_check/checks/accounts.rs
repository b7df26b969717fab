//! Who can have an account in the pool, under which name, and how people recover it.
//!
//! It contains only functions of the checks in `mod.rs`.

use aws_sdk_cognitoidentityprovider::types::{
    AliasAttributeType, RecoveryOptionNameType, SchemaAttributeType, UserAttributeUpdateSettingsType,
    UsernameAttributeType, VerifiedAttributeType,
};
use platform::config::CustomAttribute;

use super::{Finding, Mend, Subject, broken, ok, warning};

pub(super) fn sign_in(subject: &Subject<'_>) -> Finding {
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

pub(super) fn case(subject: &Subject<'_>) -> Finding {
    match &subject.found.pool.username_configuration {
        Some(found) if !found.case_sensitive => ok("any case"),
        _ => warning("case-sensitive", "Ann@example.com and ann@example.com are two accounts", Mend::NewPool),
    }
}

pub(super) fn verified(subject: &Subject<'_>) -> Finding {
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

pub(super) fn changed(subject: &Subject<'_>) -> Finding {
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

/// Cognito's order if the pool names none: a text message first, then a mail.
pub(super) fn recovery(subject: &Subject<'_>) -> Finding {
    let Some(setting) = subject.found.pool.account_recovery_setting() else {
        return ok("none named: a verified phone number, then a verified address");
    };
    let mut ways: Vec<_> = setting.recovery_mechanisms().iter().collect();
    ways.sort_by_key(|way| way.priority);
    let ways: Vec<_> = ways.iter().map(|way| &way.name).collect();
    let text = ways.iter().map(|way| way.as_str()).collect::<Vec<_>>().join(", ");
    let by = |ways: &str| Mend::Pool(format!("--account-recovery-setting 'RecoveryMechanisms=[{ways}]'"));
    let by_mail = || by("{Priority=1,Name=verified_email}");
    if ways.contains(&&RecoveryOptionNameType::AdminOnly) {
        return broken(text, "who forgets a password gets no code: administrators alone reset it", by_mail());
    }
    if !ways.contains(&&RecoveryOptionNameType::VerifiedEmail) {
        return warning(text, "who has no verified phone number gets no code for a new password", by_mail());
    }
    let mails_factor = subject.found.mfa.email_mfa_configuration().is_some();
    if mails_factor && ways.first() == Some(&&RecoveryOptionNameType::VerifiedEmail) {
        let follows = "Cognito sends no code for a new password to an address that gets the second factor";
        let both = "{Priority=1,Name=verified_phone_number},{Priority=2,Name=verified_email}";
        return warning(format!("{text}, and codes by mail as a second factor"), follows, by(both));
    }
    ok(text)
}

pub(super) fn sign_up(subject: &Subject<'_>) -> Finding {
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

/// Whether a client without a list may write the attribute: all standard attributes, except those that only
/// Cognito writes.
fn is_open(name: &str) -> bool {
    !name.contains(':') && !["sub", "identities", "email_verified", "phone_number_verified"].contains(&name)
}

pub(super) fn attributes(subject: &Subject<'_>) -> Finding {
    let (pool, client) = (&subject.found.pool, &subject.found.client);
    let schema = pool.schema_attributes();
    let written = client.write_attributes();
    // Cognito only returns the list of writable attributes if one was set. Without one, all standard
    // attributes are writable.
    let is_written = |name: &str| match written {
        [] => is_open(name),
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
        let now: Vec<_> = match written {
            [] => schema.iter().filter_map(SchemaAttributeType::name).filter(|name| is_open(name)).collect(),
            some => some.iter().map(String::as_str).collect(),
        };
        let mend = Mend::Client(format!("--write-attributes {}", [now, closed.clone()].concat().join(" ")));
        return broken(format!("the client cannot write {}", closed.join(", ")), follows, mend);
    }
    let others: Vec<_> = required.into_iter().filter(|name| *name != "email").collect();
    if others.is_empty() {
        return ok("all can be written");
    }
    let found = format!("the pool requires {}", others.join(", "));
    warning(found, "each sign-up has to bring them, and `gatehouse user` cannot", Mend::NewPool)
}

/// A schema attribute that cannot be changed once it has a value.
pub(super) fn mutable(subject: &Subject<'_>) -> Finding {
    let is_email = |own: &&SchemaAttributeType| own.name() == Some("email");
    match subject.found.pool.schema_attributes().iter().find(is_email) {
        Some(email) if email.mutable == Some(false) => {
            warning("it is immutable", "nobody can change an address: PATCH /user refuses it", Mend::NewPool)
        }
        _ => ok("it is mutable"),
    }
}

pub(super) fn readable(subject: &Subject<'_>) -> Finding {
    let read = subject.found.client.read_attributes();
    let is_hidden = |name: &&str| !read.is_empty() && !read.iter().any(|own| own == name);
    let hidden: Vec<_> = ["email", "email_verified"].into_iter().filter(is_hidden).collect();
    if hidden.is_empty() {
        return ok("email and email_verified");
    }
    let all: Vec<_> = read.iter().map(String::as_str).chain(hidden.iter().copied()).collect();
    let mend = Mend::Client(format!("--read-attributes {}", all.join(" ")));
    let follows = "neither GET /user nor an ID token has them";
    warning(format!("the client cannot read {}", hidden.join(", ")), follows, mend)
}
