//! The caller, for handlers that need to know who is calling.
//!
//! The only source is `requestContext.authorizer`, which API Gateway fills with the authorizer's answer. No
//! header, cookie, query or body is read, because the caller writes those. If the context is missing or
//! incomplete, the caller is unknown, whatever else the request contains.
//!
//! Only a token's issuer vouches for what it says. A [`Caller`] therefore does not give access to a claim
//! without asking for the issuer: the checks accept only the claims of the home issuer, which is the stack's
//! own pool or, without such a pool, the only issuer. Another issuer's claims are accepted only where a
//! handler names that issuer.

use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;
use platform::identity::{ISSUER_KEY, Identity, IncompleteIdentity};
use serde_json::Value;

use crate::request::event::Gateway;
use crate::response::problem::{ErrorStatus, Problem};

/// The verified identity of the caller. A handler that takes one answers 401 to a request without it.
///
/// ```
/// use axum::{Router, routing::get};
/// use web::Caller;
///
/// /// A caller's data is stored under a key that contains the subject and its issuer.
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
    /// The key under which a service stores the caller's data. It contains the subject and its issuer, so no
    /// two callers have the same key.
    #[must_use]
    pub fn subject_key(&self) -> String {
        self.0.subject_key()
    }

    /// The identity, if the home issuer issued the token. `None` if another issuer did.
    #[must_use]
    pub fn said_at_home(&self) -> Option<&Identity> {
        self.0.is_home().then_some(&self.0)
    }

    /// The identity, if this issuer issued the token. `None` if another issuer did. `issuer` must be exactly
    /// the `iss` of its tokens.
    #[must_use]
    pub fn said_by(&self, issuer: &str) -> Option<&Identity> {
        (self.0.issuer == issuer).then_some(&self.0)
    }

    /// All that the token says, whoever issued it. It is for display and for records. Do not use it for
    /// decisions.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.0
    }

    /// A claim that `authorizer.context` in config.json hands on, if the home issuer issued the token.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.said_at_home()?.claim(name)
    }

    /// Lets only members of `group` go on.
    ///
    /// The gate checks groups too. A service checks the groups that it depends on again, because a rule in a
    /// configuration file is easily widened.
    ///
    /// # Errors
    /// A 403 problem for everybody else. It is the same whether the group is missing or another issuer named
    /// it.
    pub fn require_group(&self, group: &str) -> Result<(), Problem> {
        if self.said_at_home().is_some_and(|identity| identity.groups.contains(group)) {
            return Ok(());
        }
        Err(Problem::new(
            ErrorStatus::FORBIDDEN,
            "forbidden",
            format!("Only members of the group {group} may do this."),
        ))
    }

    /// Lets only tokens with `scope` go on, for the same reason.
    ///
    /// # Errors
    /// A 403 problem for everybody else, as for groups.
    pub fn require_scope(&self, scope: &str) -> Result<(), Problem> {
        self.require_any_scope(&[scope])
    }

    /// Lets only tokens with at least one of these scopes go on, for the same reason.
    ///
    /// # Errors
    /// A 403 problem for everybody else, as for groups.
    pub fn require_any_scope(&self, scopes: &[&str]) -> Result<(), Problem> {
        let has_one = |identity: &Identity| scopes.iter().any(|scope| identity.scopes.contains(scope));
        if self.said_at_home().is_some_and(has_one) {
            return Ok(());
        }
        Err(Problem::new(
            ErrorStatus::FORBIDDEN,
            "insufficient_scope",
            format!("Only tokens with the scope {} may do this.", scopes.join(" or ")),
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

/// The issuer of the caller's token, for the log.
pub(crate) fn issuer(request: &Extensions) -> Option<&str> {
    value(request, ISSUER_KEY)
}

fn value<'a>(request: &'a Extensions, key: &str) -> Option<&'a str> {
    request.get::<Gateway>()?.authorized(key)
}
