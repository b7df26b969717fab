//! Who is calling, for a handler that wants to know.
//!
//! The only source is `requestContext.authorizer`, which API Gateway fills with what the authorizer
//! answered. No header, cookie, query or body is looked at: those are the caller's to write. When the
//! context is missing or incomplete the caller is unknown, whatever else the request holds.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use platform::identity::{Identity, IncompleteIdentity};

use crate::problem::{ErrorStatus, Problem};

/// The verified identity of the caller. A handler that takes one answers 401 to everybody else.
#[derive(Debug, Clone)]
pub struct Caller(Identity);

impl Caller {
    /// Goes on only for members of `group`.
    ///
    /// The gate checks groups too; a service checks those it depends on again, because a rule in a
    /// configuration file is easily widened.
    ///
    /// # Errors
    /// A 403 problem for everybody else.
    pub fn require_group(&self, group: &str) -> Result<(), Problem> {
        if self.groups.contains(group) {
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
    /// A 403 problem for everybody else.
    pub fn require_scope(&self, scope: &str) -> Result<(), Problem> {
        self.require_any_scope(&[scope])
    }

    /// Goes on only for tokens with one of these scopes at least, for the same reason.
    ///
    /// # Errors
    /// A 403 problem for everybody else.
    pub fn require_any_scope(&self, scopes: &[&str]) -> Result<(), Problem> {
        if scopes.iter().any(|scope| self.scopes.contains(scope)) {
            return Ok(());
        }
        Err(Problem::new(
            ErrorStatus::FORBIDDEN,
            "insufficient_scope",
            format!("This is for tokens with the scope {} alone.", scopes.join(" or ")),
        ))
    }
}

impl Deref for Caller {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.0
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

/// Reads payload format 1.0: the REST API's, and an HTTP API's integration that is set to it.
fn read(request: &Extensions) -> Result<Identity, IncompleteIdentity> {
    let fields = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => Some(&context.authorizer.fields),
        _ => None,
    };
    Identity::from_context(|key| fields?.get(key)?.as_str())
}
