//! New accounts: sign up, prove the address, request the code again.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use platform::config::CustomAttribute;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Problem;

use crate::app::App;
use crate::caller_address::CalledFrom;
use crate::error::{Operation, hide_account_errors, problem, sign_up_disabled};
use crate::provider::{SignUp, SignedUp};
use crate::routes::attributes::{DeliveryView, named, with_fields};
use crate::values::{AttributeName, AttributeValue, Code, Email, Password, PhoneNumber, TurnstileToken};

web::routes!(pub(super), App: sign_up, verify, resend_code);

/// The values of a new account.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SignUpBody {
    email: Email,
    password: Password,
    name: Option<AttributeValue>,
    phone_number: Option<PhoneNumber>,
    /// Other standard attributes by Cognito's names, such as `locale`, and those of `auth.customAttributes`.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, AttributeValue>)]
    attributes: BTreeMap<String, AttributeValue>,
    /// The proof of humanity. Required with `auth.turnstile`, and ignored without it.
    turnstile_token: Option<TurnstileToken>,
}

impl SignUpBody {
    fn into_command(self, custom: &[CustomAttribute]) -> Result<SignUp, Problem> {
        let mut errors = Vec::new();
        let attributes = named(self.attributes, custom, &mut errors);
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        let phone_number = self.phone_number.map(AttributeValue::from);
        let fields = [(AttributeName::NAME, self.name), (AttributeName::PHONE_NUMBER, phone_number)];
        Ok(SignUp { email: self.email, password: self.password, attributes: with_fields(attributes, fields) })
    }
}

/// The account was made, or, with `auth.enumerationSafe`, existed already.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedUpView {
    /// The user's id, which never changes. Left out with `auth.enumerationSafe`.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_sub: Option<String>,
    /// Whether the user can sign in at once. If not, send the code to `POST /auth/verify` first.
    confirmed: bool,
    /// Where the code went. Left out with `auth.enumerationSafe`.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<DeliveryView>,
}

impl SignedUpView {
    /// The answer for everybody, whether the account existed or not.
    const UNIFORM: Self = Self { user_sub: None, confirmed: false, delivery: None };
}

impl From<SignedUp> for SignedUpView {
    fn from(made: SignedUp) -> Self {
        Self {
            user_sub: Some(made.user_sub),
            confirmed: made.confirmed,
            delivery: made.delivery.map(DeliveryView::from),
        }
    }
}

/// Create an account.
#[utoipa::path(post, path = "/auth/signup", tag = "auth", request_body = SignUpBody,
    responses((status = 201, description = "Made", body = SignedUpView)))]
async fn sign_up(
    State(app): State<App>,
    CalledFrom(from): CalledFrom,
    web::Json(body): web::Json<SignUpBody>,
) -> Result<(StatusCode, Json<SignedUpView>), Problem> {
    if !app.settings.self_sign_up {
        return Err(sign_up_disabled());
    }
    let proof = body.turnstile_token.clone();
    let command = body.into_command(&app.settings.custom_attributes)?;
    // This comes before the proof is used up, because it is valid once.
    app.settings.check_password(&command.password)?;
    app.wants_a_human(proof.as_ref(), from).await?;
    let made = app.provider.sign_up(&command, from).await;
    let view = if app.settings.enumeration_safe {
        hide_account_errors(Operation::SigningUp, true, made.map(drop)).map(|()| SignedUpView::UNIFORM)?
    } else {
        made.map(SignedUpView::from).map_err(|failure| problem(Operation::SigningUp, failure))?
    };
    Ok((StatusCode::CREATED, Json(view)))
}

/// The code that was sent to a new account's address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyBody {
    email: Email,
    code: Code,
}

/// Prove the address of a new account.
#[utoipa::path(post, path = "/auth/verify", operation_id = "verify_sign_up",
    tag = "auth", request_body = VerifyBody,
    responses((status = 204, description = "Proven: the user can sign in")))]
async fn verify(
    State(app): State<App>,
    CalledFrom(from): CalledFrom,
    web::Json(body): web::Json<VerifyBody>,
) -> Result<StatusCode, Problem> {
    let done = app.provider.confirm_sign_up(&body.email, &body.code, from).await;
    hide_account_errors(Operation::Verifying, app.settings.enumeration_safe, done)
        .map(|()| StatusCode::NO_CONTENT)
}

/// The account whose code is sent.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EmailBody {
    pub(crate) email: Email,
    /// The proof of humanity. Required with `auth.turnstile`, and ignored without it.
    pub(crate) turnstile_token: Option<TurnstileToken>,
}

/// The answer is the same for everybody.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeSentView {
    detail: &'static str,
}

impl CodeSentView {
    pub(crate) const UNIFORM: Self =
        Self { detail: "If there is such an account, a code is on its way to its address." };
}

/// Request the code for `POST /auth/verify` again.
#[utoipa::path(post, path = "/auth/resend-code", tag = "auth", request_body = EmailBody,
    responses((status = 200, description = "The same for everybody", body = CodeSentView)))]
async fn resend_code(
    State(app): State<App>,
    CalledFrom(from): CalledFrom,
    web::Json(body): web::Json<EmailBody>,
) -> Result<Json<CodeSentView>, Problem> {
    app.wants_a_human(body.turnstile_token.as_ref(), from).await?;
    let done = app.provider.resend_code(&body.email, from).await;
    hide_account_errors(Operation::AskingForCode, app.settings.enumeration_safe, done)
        .map(|()| Json(CodeSentView::UNIFORM))
}
