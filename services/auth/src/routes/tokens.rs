//! The life of a session after its beginning: new tokens, and its end.

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use web::{FieldError, OptionalJson, Problem};

use crate::app::App;
use crate::cookie::{self, Scope};
use crate::error::{Doing, invalid_credentials, passed_over, problem};
use crate::provider::Refusal;
use crate::routes::sign_in::{SignInView, tokens_answer};
use crate::values::{DeviceKey, RefreshToken};

/// The refresh token; with `auth.refreshCookie` the cookie holds it, and the body may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RefreshBody {
    refresh_token: Option<RefreshToken>,
    /// The confirmed device that the session belongs to. A pool that remembers devices refreshes nothing without it.
    device_key: Option<DeviceKey>,
}

/// The refresh token; with `auth.refreshCookie` the cookie holds it, and the body may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SignOutBody {
    refresh_token: Option<RefreshToken>,
}

/// The token, from the one place where it is kept. A browser may have lost its cookie.
fn token(in_body: Option<RefreshToken>, app: &App, parts: &Parts) -> Result<Option<RefreshToken>, Problem> {
    let wrong = |detail| Problem::invalid(vec![FieldError::new("/refreshToken", detail)]);
    match (in_body, app.settings.refresh_cookie) {
        (Some(token), None) => Ok(Some(token)),
        (None, None) => Err(wrong("is required")),
        (Some(_), Some(_)) => Err(wrong("is kept in the cookie: leave it out")),
        (None, Some(_)) => cookie::refresh_token(parts, &app.settings.origins),
    }
}

/// Make new tokens.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", request_body = RefreshBody,
    responses((status = 200, description = "New tokens", body = SignInView)))]
pub(crate) async fn refresh(
    State(app): State<App>,
    parts: Parts,
    OptionalJson(body): OptionalJson<RefreshBody>,
) -> Result<Response, Problem> {
    let token = token(body.refresh_token, &app, &parts)?.ok_or_else(invalid_credentials)?;
    match app.provider.refresh(&token, body.device_key.as_ref()).await {
        Ok(tokens) => Ok(tokens_answer(&app, &parts, tokens)),
        Err(failure) => {
            let is_reuse = failure.refusal == Refusal::RefreshTokenReuse;
            let response = problem(Doing::Refreshing, failure).into_response();
            Ok(if is_reuse { without_cookie(&app, &parts, response) } else { response })
        }
    }
}

/// End the session that the refresh token belongs to. Access tokens that it has given live on until they
/// expire. A token that is no use any more, or a cookie that is gone, is as good as revoked.
#[utoipa::path(post, path = "/auth/signout", tag = "auth", request_body = SignOutBody,
    responses((status = 204, description = "The session is over")))]
pub(crate) async fn sign_out(
    State(app): State<App>,
    parts: Parts,
    OptionalJson(body): OptionalJson<SignOutBody>,
) -> Result<Response, Problem> {
    if let Some(token) = token(body.refresh_token, &app, &parts)? {
        passed_over(Doing::SigningOut, app.settings.enumeration_safe, app.provider.revoke(&token).await)?;
    }
    Ok(without_cookie(&app, &parts, StatusCode::NO_CONTENT.into_response()))
}

fn without_cookie(app: &App, parts: &Parts, mut response: Response) -> Response {
    if app.settings.refresh_cookie.is_some() {
        response.headers_mut().insert(header::SET_COOKIE, Scope::of(&parts.extensions).clear());
    }
    response
}
