//! Sessions after the sign-in: get new tokens, and sign out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::task::JoinSet;
use utoipa::ToSchema;
use web::{FieldError, OptionalJson, Problem};

use crate::app::App;
use crate::cookie;
use crate::error::{Operation, hide_account_errors, invalid_credentials, problem};
use crate::provider::{Failure, Refusal};
use crate::routes::sign_in::{SignInView, tokens_answer};
use crate::values::{DeviceKey, RefreshToken};

web::routes!(pub(super), App: refresh, sign_out);

/// The refresh token. With `auth.refreshCookie` it is in the cookie, and the body may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RefreshBody {
    refresh_token: Option<RefreshToken>,
    /// The key of the session's confirmed device. A pool that remembers devices requires it.
    device_key: Option<DeviceKey>,
}

/// The refresh token. With `auth.refreshCookie` it is in the cookie, and the body may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SignOutBody {
    refresh_token: Option<RefreshToken>,
}

/// The token in the body. `None`: it is in the cookie.
fn in_body(token: Option<RefreshToken>, app: &App) -> Result<Option<RefreshToken>, Problem> {
    let wrong = |detail| Problem::invalid(vec![FieldError::new("/refreshToken", detail)]);
    match (token, app.settings.refresh_cookie) {
        (Some(_), Some(_)) => Err(wrong("is kept in the cookie: leave it out")),
        (None, None) => Err(wrong("is required")),
        (token, _) => Ok(token),
    }
}

/// Get new tokens.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", request_body = RefreshBody,
    responses((status = 200, description = "New tokens", body = SignInView)))]
async fn refresh(
    State(app): State<App>,
    parts: Parts,
    OptionalJson(body): OptionalJson<RefreshBody>,
) -> Result<Response, Problem> {
    let token = match in_body(body.refresh_token, &app)? {
        Some(token) => token,
        // A browser may have lost its cookie.
        None => cookie::refresh_token(&parts, &app.settings.origins)?.ok_or_else(invalid_credentials)?,
    };
    match app.provider.refresh(&token, body.device_key.as_ref()).await {
        Ok(tokens) => Ok(tokens_answer(&app, tokens)),
        Err(failure) => {
            let is_reuse = failure.refusal == Refusal::RefreshTokenReuse;
            let response = problem(Operation::Refreshing, failure).into_response();
            Ok(if is_reuse { without_cookie(&app, response) } else { response })
        }
    }
}

/// End the session that the refresh token belongs to. Its access tokens stay valid until they expire. A token that is
/// no longer valid, or a missing cookie, counts as revoked. With `auth.refreshCookie`, every answer deletes the
/// cookie, even if Cognito could not be called.
#[utoipa::path(post, path = "/auth/signout", tag = "auth", request_body = SignOutBody,
    responses((status = 204, description = "The session is over")))]
async fn sign_out(
    State(app): State<App>,
    parts: Parts,
    OptionalJson(body): OptionalJson<SignOutBody>,
) -> Result<Response, Problem> {
    if let Some(token) = in_body(body.refresh_token, &app)? {
        hide_account_errors(
            Operation::SigningOut,
            app.settings.enumeration_safe,
            app.provider.revoke(&token).await,
        )?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let tokens = cookie::refresh_tokens(&parts, &app.settings.origins)?;
    let ended = end_all(&app, tokens).await;
    let response = ended.map_or_else(Problem::into_response, |()| StatusCode::NO_CONTENT.into_response());
    Ok(without_cookie(&app, response))
}

/// All at the same time: one after the other, they could exceed the function's timeout.
async fn end_all(app: &App, tokens: Vec<RefreshToken>) -> Result<(), Problem> {
    let mut ends = JoinSet::new();
    for token in tokens {
        let provider = Arc::clone(&app.provider);
        ends.spawn(async move { provider.revoke(&token).await });
    }
    let ended = ends.join_all().await.into_iter();
    let is_safe = app.settings.enumeration_safe;
    let ended = ended
        .map(|result| hide_account_errors(Operation::SigningOut, is_safe, or_lost_with_its_cookie(result)));
    ended.fold(Ok(()), Result::and)
}

/// The client may have revocation switched off. Then the session ends only in the browser, which loses the cookie.
/// And the cookie may contain something other than a refresh token, which ends nothing.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-revocation.html>
fn or_lost_with_its_cookie(result: Result<(), Failure>) -> Result<(), Failure> {
    let failure = match result {
        Ok(()) => return Ok(()),
        Err(failure) => failure,
    };
    match failure.refusal {
        Refusal::UnsupportedOperation | Refusal::UnsupportedTokenType | Refusal::InvalidParameter => {
            tracing::warn!(cause = %failure, "a sign-out took the cookie away and revoked nothing");
            Ok(())
        }
        _ => Err(failure),
    }
}

fn without_cookie(app: &App, mut response: Response) -> Response {
    if app.settings.refresh_cookie.is_some() {
        response.headers_mut().insert(header::SET_COOKIE, cookie::clear());
    }
    response
}
