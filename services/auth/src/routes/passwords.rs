//! Passwords: reset a forgotten one, and change the current one.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use web::Problem;

use crate::app::App;
use crate::caller_address::CalledFrom;
use crate::error::{Operation, hide_account_errors, problem};
use crate::routes::sign_up::{CodeSentView, EmailBody};
use crate::signed_in::SignedIn;
use crate::values::{Code, Email, Password};

web::routes!(pub(super), App: forgot, reset, change);

/// Request a code for setting a new password.
#[utoipa::path(post, path = "/auth/forgot-password", operation_id = "forgot_password",
    tag = "auth", request_body = EmailBody,
    responses((status = 200, description = "The same for everybody", body = CodeSentView)))]
async fn forgot(
    State(app): State<App>,
    CalledFrom(from): CalledFrom,
    web::Json(body): web::Json<EmailBody>,
) -> Result<Json<CodeSentView>, Problem> {
    app.wants_a_human(body.turnstile_token.as_ref(), from).await?;
    let done = app.provider.forgot_password(&body.email, from).await;
    hide_account_errors(Operation::AskingForCode, app.settings.enumeration_safe, done)
        .map(|()| Json(CodeSentView::UNIFORM))
}

/// The code that was sent, and the new password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ResetBody {
    email: Email,
    code: Code,
    new_password: Password,
}

/// Set a new password with the code.
#[utoipa::path(post, path = "/auth/reset-password", operation_id = "reset_password",
    tag = "auth", request_body = ResetBody,
    responses((status = 204, description = "The new password holds")))]
async fn reset(
    State(app): State<App>,
    CalledFrom(from): CalledFrom,
    web::Json(body): web::Json<ResetBody>,
) -> Result<StatusCode, Problem> {
    app.settings.check_password(&body.new_password)?;
    let done = app.provider.reset_password(&body.email, &body.code, &body.new_password, from).await;
    hide_account_errors(Operation::Resetting, app.settings.enumeration_safe, done)
        .map(|()| StatusCode::NO_CONTENT)
}

/// The current password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ChangePasswordBody {
    previous_password: Password,
    new_password: Password,
}

/// Change the caller's password.
#[utoipa::path(post, path = "/user/password", operation_id = "change_password",
    tag = "user", request_body = ChangePasswordBody,
    responses((status = 204, description = "The new password holds")), security(("bearer" = [])))]
async fn change(
    State(app): State<App>,
    SignedIn(token): SignedIn,
    web::Json(body): web::Json<ChangePasswordBody>,
) -> Result<StatusCode, Problem> {
    let done = app.provider.change_password(&token, &body.previous_password, &body.new_password).await;
    done.map(|()| StatusCode::NO_CONTENT).map_err(|failure| problem(Operation::ChangingPassword, failure))
}
