//! Who may do what: this service's own checks, each a type that a handler asks for and cannot have without.
//!
//! The gate lets nobody else through; all of it is checked here again, since a rule is easily widened. A check comes
//! before the rest of the request is read, so that whoever may not is told that and nothing else.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use platform::identity::TokenUse;
use web::{Caller, ErrorStatus, Problem};

use crate::app::App;
use crate::owner::Owner;

const ADMINS: &str = "admins";

/// The scope of a person who has signed in. A program's client credentials bring scopes of resource servers alone.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetClientToken.html>
const SIGNED_IN: &str = "aws.cognito.signin.user.admin";

/// Anybody, as the owner of what is read.
pub(super) struct Reader(pub(super) Owner);

/// Somebody who may place and change orders, as their owner: a person who has signed in, or a program with the scope.
pub(super) struct Writer(pub(super) Owner);

/// An administrator, who reads everybody's orders.
pub(super) struct Administrator(());

/// An administrator whose token may also change something: an app that was allowed to read alone gets no further
/// with an administrator's token than with anybody's.
pub(super) struct WritingAdministrator(());

/// A program that may read totals.
pub(super) struct Reporter(());

/// Declares for each type what a caller must pass to be one.
macro_rules! callers {
    ($($name:ident: |$app:ident, $caller:ident| $check:expr;)*) => {$(
        impl FromRequestParts<App> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, $app: &App) -> Result<Self, Problem> {
                let $caller = Caller::from_request_parts(parts, $app).await?;
                $check
            }
        }
    )*};
}

callers! {
    Reader: |app, caller| Ok(Self(Owner::of(&caller)));
    Writer: |app, caller| may_write(app, &caller).map(|()| Self(Owner::of(&caller)));
    Administrator: |app, caller| caller.require_group(ADMINS).map(Self);
    WritingAdministrator: |app, caller| {
        caller.require_group(ADMINS)?;
        may_write(app, &caller).map(Self)
    };
    Reporter: |app, caller| {
        let scope = app.scopes.read.as_deref().ok_or_else(no_scope)?;
        caller.require_scope(scope).map(Self)
    };
}

/// An ID token has no scopes. Only a person's signing in makes one, never a program's client credentials, and the
/// gate takes one only where `tokenUse` in config.json says so.
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints-oauth-grants.html>
fn may_write(app: &App, caller: &Caller) -> Result<(), Problem> {
    if caller.said_at_home().is_some_and(|identity| identity.token_use == TokenUse::Id) {
        return Ok(());
    }
    let scopes: Vec<&str> = [SIGNED_IN].into_iter().chain(app.scopes.write.as_deref()).collect();
    caller.require_any_scope(&scopes)
}

fn no_scope() -> Problem {
    Problem::new(
        ErrorStatus::FORBIDDEN,
        "insufficient_scope",
        "Reports need a scope, and config.json names no resource server that could have it.",
    )
}
