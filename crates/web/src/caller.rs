//! Who is calling, for a handler that wants to know.
//!
//! The only source is `requestContext.authorizer`, which API Gateway fills with what the authorizer
//! answered. No header, cookie, query or body is looked at: those are the caller's to write. When the
//! context is missing or incomplete the caller is unknown, whatever else the request holds.
//!
//! What a token says is its issuer's word. A [`Caller`] gives nothing of it away without asking whose word it is: the
//! checks count what the home issuer says, which is the stack's own pool or, where there is none, the only issuer
//! there is. Another issuer's word counts where a handler names it, and nowhere else.

use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;
use platform::identity::{ISSUER_KEY, Identity, IncompleteIdentity};
use serde_json::Value;

use crate::event::Gateway;
use crate::problem::{ErrorStatus, Problem};

/// The verified identity of the caller. A handler that takes one answers 401 to everybody else.
///
/// ```
/// use axum::{Router, routing::get};
/// use web::Caller;
///
/// /// A caller's things are found by the key that binds the subject to its issuer.
/// async fn own_key(caller: Caller) -> String {
///     caller.subject_key()
/// }
///
/// let router: Router = Router::new().route("/own-key", get(own_key));
/// # drop(router);
/// ```
#[derive(Debug, Clone)]
pub struct Caller(Identity);

impl Caller {
    /// What a service stores the caller's things under: the subject, bound to its issuer. No two callers have the same.
    #[must_use]
    pub fn subject_key(&self) -> String {
        self.0.subject_key()
    }

    /// What the home issuer says of the caller; nothing when somebody else has issued the token.
    #[must_use]
    pub fn said_at_home(&self) -> Option<&Identity> {
        self.0.is_home().then_some(&self.0)
    }

    /// What this one issuer says of the caller; nothing when it has not issued the token. `issuer` is the `iss` of its
    /// tokens, letter by letter.
    #[must_use]
    pub fn said_by(&self, issuer: &str) -> Option<&Identity> {
        (self.0.issuer == issuer).then_some(&self.0)
    }

    /// All that the token says, whoever has issued it: to show it or to write it down. It is nothing to decide by.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.0
    }

    /// A claim that `authorizer.context` in config.json hands on, when the home issuer makes it.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.said_at_home()?.claim(name)
    }

    /// Goes on only for members of `group`.
    ///
    /// The gate checks groups too; a service checks those it depends on again, because a rule in a
    /// configuration file is easily widened.
    ///
    /// # Errors
    /// A 403 problem for everybody else, the same whether the group is missing or somebody else has named it.
    pub fn require_group(&self, group: &str) -> Result<(), Problem> {
        if self.said_at_home().is_some_and(|identity| identity.groups.contains(group)) {
            return Ok(());
        }
        Err(Problem::new(
            ErrorStatus::FORBIDDEN,
            "forbidden",
            format!("This is for the group {group} alone."),
        ))
    }

    /// Goes on only for tokens with `scope`, for the same reason.
    ///
    /// # Errors
    /// A 403 problem for everybody else, in the same way.
    pub fn require_scope(&self, scope: &str) -> Result<(), Problem> {
        self.require_any_scope(&[scope])
    }

    /// Goes on only for tokens with one of these scopes at least, for the same reason.
    ///
    /// # Errors
    /// A 403 problem for everybody else, in the same way.
    pub fn require_any_scope(&self, scopes: &[&str]) -> Result<(), Problem> {
        let has_one = |identity: &Identity| scopes.iter().any(|scope| identity.scopes.contains(scope));
        if self.said_at_home().is_some_and(has_one) {
            return Ok(());
        }
        Err(Problem::new(
            ErrorStatus::FORBIDDEN,
            "insufficient_scope",
            format!("This is for tokens with the scope {} alone.", scopes.join(" or ")),
        ))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(&parts.extensions).map(Self).map_err(|incomplete| {
            Problem::new(
                ErrorStatus::UNAUTHORIZED,
                "unauthorized",
                "This needs a valid token, sent as Authorization: Bearer <token>.",
            )
            .caused_by(incomplete)
        })
    }
}

fn read(request: &Extensions) -> Result<Identity, IncompleteIdentity> {
    Identity::from_context(|key| value(request, key))
}

/// Who issued the caller's token, for the log.
pub(crate) fn issuer(request: &Extensions) -> Option<&str> {
    value(request, ISSUER_KEY)
}

fn value<'a>(request: &'a Extensions, key: &str) -> Option<&'a str> {
    request.get::<Gateway>()?.authorized(key)
}
