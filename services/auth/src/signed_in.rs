//! The caller's own access token, for what they do with their own account.
//!
//! Cognito wants the token itself for that. It is taken from the header only when the gate has vouched for
//! the caller, so that nobody reaches Cognito with a token that the gate has not seen.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use platform::identity::TokenUse;
use web::{Caller, ErrorStatus, Problem};

use crate::error::invalid_token;
use crate::values::AccessToken;

/// A caller whom the gate let in with an access token of the home issuer: no other is shown to Cognito.
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

/// RFC 6750 section 2.1. Of a header that was sent twice it is not known which value the gate has seen.
fn bearer(parts: &Parts) -> Option<AccessToken> {
    let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return None;
    }
    AccessToken::parse(token.to_owned()).ok()
}
