//! Which sign-ins the app client allows, and how long they last.
//!
//! It contains only functions of the checks in `mod.rs`.

use aws_sdk_cognitoidentityprovider::types::{
    ExplicitAuthFlowsType, FeatureType, PreventUserExistenceErrorTypes, TimeUnitsType, UserPoolClientType,
};
use platform::config::AuthFlow;

use super::{Finding, Mend, Subject, broken, ok, warning};

pub(super) fn flow(subject: &Subject<'_>) -> Finding {
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
    let mend = with_flow(flows, option);
    broken(found, format!("every sign-in is refused: the client does not allow {option}"), mend)
}

/// All flows of the client, and one more. The names from before 2019 cannot be combined with the current
/// ones.
///
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolClient.html>
fn with_flow(now: &[ExplicitAuthFlowsType], more: &str) -> Mend {
    let today = now.iter().map(|flow| match flow {
        ExplicitAuthFlowsType::AdminNoSrpAuth => "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        ExplicitAuthFlowsType::CustomAuthFlowOnly => "ALLOW_CUSTOM_AUTH",
        ExplicitAuthFlowsType::UserPasswordAuth => "ALLOW_USER_PASSWORD_AUTH",
        flow => flow.as_str(),
    });
    let all: Vec<_> = today.chain([more]).collect();
    Mend::Client(format!("--explicit-auth-flows {}", all.join(" ")))
}

/// The flow that `gatehouse token` uses.
pub(super) fn admin_flow(subject: &Subject<'_>) -> Finding {
    let taken = [ExplicitAuthFlowsType::AllowAdminUserPasswordAuth, ExplicitAuthFlowsType::AdminNoSrpAuth];
    if subject.found.client.explicit_auth_flows().iter().any(|flow| taken.contains(flow)) {
        return ok("allowed");
    }
    let mend = with_flow(subject.found.client.explicit_auth_flows(), "ALLOW_ADMIN_USER_PASSWORD_AUTH");
    warning("not allowed", "`gatehouse token` gets no token; nothing else needs it", mend)
}

pub(super) fn refresh(subject: &Subject<'_>) -> Finding {
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

pub(super) fn secret(subject: &Subject<'_>) -> Finding {
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

pub(super) fn revocation(subject: &Subject<'_>) -> Finding {
    if subject.found.client.enable_token_revocation == Some(true) {
        return ok("on");
    }
    let mend = Mend::client("--enable-token-revocation");
    warning("off", "a sign-out takes the cookie away, and the refresh token lives on", mend)
}

pub(super) fn existence(subject: &Subject<'_>) -> Finding {
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

/// A validity in seconds. None and 0 mean Cognito's default, and so does a missing unit.
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

pub(super) fn validity(subject: &Subject<'_>) -> Finding {
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

/// Whether a client can get any token at all.
fn signs_in(client: &UserPoolClientType) -> bool {
    let by_call = client
        .explicit_auth_flows()
        .iter()
        .any(|flow| !matches!(flow, ExplicitAuthFlowsType::AllowRefreshTokenAuth));
    let by_oauth = client.allowed_o_auth_flows_user_pool_client == Some(true);
    by_call || (by_oauth && !client.allowed_o_auth_flows().is_empty())
}

pub(super) fn others(subject: &Subject<'_>) -> Finding {
    let ids_where = |is_meant: fn(Option<&UserPoolClientType>) -> bool| {
        let meant = subject.found.others.iter().filter(|(_, client)| is_meant(client.as_ref()));
        meant.map(|(id, _)| id.as_str()).collect::<Vec<_>>().join(", ")
    };
    let missing = ids_where(|client| client.is_none());
    if !missing.is_empty() {
        let follows = "the gate waits for tokens that nobody can get";
        return broken(format!("not there: {missing}"), follows, Mend::by("correct the list of clients"));
    }
    let idle = ids_where(|client| !client.is_some_and(signs_in));
    if !idle.is_empty() {
        let follows = "they give no tokens: a program needs the flow client_credentials";
        let how = "give each an OAuth flow, or a flow of ExplicitAuthFlows; or leave it out of the list";
        return warning(format!("without any flow: {idle}"), follows, Mend::by(how));
    }
    let all = ids_where(|_| true);
    ok(if all.is_empty() { "none".to_owned() } else { all })
}
