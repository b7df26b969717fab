//! How the pool sends messages, and where its tokens come from.
//!
//! It contains only functions of the checks in `mod.rs`.

use aws_sdk_cognitoidentityprovider::types::{EmailSendingAccountType, IssuerType};

use super::{Finding, Mend, Subject, broken, ok, warning};
use crate::error::quoted;

pub(super) fn mail(subject: &Subject<'_>) -> Finding {
    let pool = &subject.found.pool;
    if let Some(failure) = pool.email_configuration_failure() {
        let found = format!("Cognito cannot send: {}", quoted(Some(failure), &[]));
        return broken(
            found,
            "no code and no invitation arrives",
            Mend::by("correct the pool's e-mail settings"),
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

pub(super) fn texts(subject: &Subject<'_>) -> Finding {
    let pool = &subject.found.pool;
    if let Some(failure) = pool.sms_configuration_failure() {
        let found = format!("Cognito cannot send: {}", quoted(Some(failure), &[]));
        return broken(
            found,
            "no code by text message arrives",
            Mend::by("correct the pool's settings for text messages"),
        );
    }
    ok(if pool.sms_configuration().is_some() { "with a role" } else { "none are sent" })
}

pub(super) fn issuer(subject: &Subject<'_>) -> Finding {
    match subject.found.pool.issuer_configuration().and_then(|issuer| issuer.r#type()) {
        None => ok("the original form"),
        Some(form @ (IssuerType::Original | IssuerType::Updated)) => ok(form.as_str()),
        Some(form) => {
            let follows = "the gate may know no such issuer, and then takes no token of the pool";
            warning(form.as_str(), follows, Mend::by("compare the iss of a token with `gatehouse explain`"))
        }
    }
}

pub(super) fn region(subject: &Subject<'_>) -> Finding {
    let (found, wanted) = (subject.ids.pool.region(), subject.config.region.as_str());
    if found == wanted {
        return ok(found);
    }
    let follows = format!("each call to Cognito goes from {wanted} to {found}: it works, and takes longer");
    warning(found, follows, Mend::by("deploy into the pool's region (config.json's region)"))
}
