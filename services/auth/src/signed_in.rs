//! The caller's access token, for routes about their own account.
//!
//! Cognito needs the token itself. This file takes it from the header only if the gate has vouched for the caller, so
//! Cognito never gets a token that the gate has not checked.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use platform::identity::TokenUse;
use web::{Caller, ErrorStatus, Problem};

use crate::error::invalid_token;
use crate::values::AccessToken;

/// A caller whom the gate accepted with an access token of the home issuer. Cognito gets no other token.
pub(crate) struct SignedIn(pub(crate) AccessToken);

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let identity = caller.said_at_home();
        if identity.is_none_or(|identity| identity.token_use != TokenUse::Access) {
            return Err(Problem::new(
                ErrorStatus::FORBIDDEN,
                "access_token_required",
                "This needs the access token of a sign-in here: an ID token only says who the user is.",
            ));
        }
        bearer(parts).map(Self).ok_or_else(invalid_token)
    }
}

/// RFC 6750 section 2.1. If a header was sent twice, it is not known which value the gate checked.
fn bearer(parts: &Parts) -> Option<AccessToken> {
    let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return None;
    }
    AccessToken::parse(token.to_owned()).ok()
}
