//! The steps of a sign-in: start it, and answer its challenges.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response as HttpResponse};
use platform::config::{AuthFlow, CustomAttribute};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use web::{FieldError, Problem};

use crate::app::App;
use crate::caller_address::CalledFrom;
use crate::challenge::{
    ChallengeResponse, ChallengeResponseBody, ChallengeResponseKind, expects, required_attributes,
};
use crate::cookie;
use crate::error::{Operation, invalid_credentials, problem_to_all};
use crate::provider::{Challenge, FirstFactor, NewDevice, NextStep, SignIn, SignInOutcome, Tokens};
use crate::totp;
use crate::values::{AttributeName, ChallengeName, DeviceKey, Email, Password, Session, Username};

web::routes!(pub(super), App: sign_in, challenge);

/// The user and the first proof.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SignInBody {
    email: Email,
    /// May be left out only if `auth.flow` is `USER_AUTH`: Cognito then offers a choice.
    password: Option<Password>,
    /// With `auth.flow` `USER_AUTH`: the first challenge, such as `EMAIL_OTP`.
    preferred_challenge: Option<ChallengeName>,
    /// The key of the user's device, if it was confirmed. A device that was forgotten since counts as a new one.
    device_key: Option<DeviceKey>,
}

impl SignInBody {
    fn into_command(self, flow: AuthFlow) -> Result<SignIn, Problem> {
        let one =
            |pointer: &str, detail: &'static str| Problem::invalid(vec![FieldError::new(pointer, detail)]);
        let first_factor = match (flow, self.password, self.preferred_challenge) {
            (AuthFlow::UserAuth, password, preferred) => FirstFactor::Choice { password, preferred },
            (AuthFlow::UserPasswordAuth, Some(password), None) => FirstFactor::Password(password),
            (AuthFlow::UserPasswordAuth, None, _) => return Err(one("/password", "is required")),
            (AuthFlow::UserPasswordAuth, Some(_), Some(_)) => {
                return Err(one("/preferredChallenge", "is for auth.flow USER_AUTH alone"));
            }
        };
        Ok(SignIn { email: self.email, first_factor, device: self.device_key })
    }
}

/// Exactly one of the three.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SignInView {
    /// The sign-in is done.
    Tokens(TokensView),
    /// There is a challenge: answer it with `POST /auth/challenge`.
    Challenge(ChallengeView),
    /// Another step must happen first.
    NextStep(NextStepView),
}

/// The tokens of a session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokensView {
    /// For the API: `Authorization: Bearer …`.
    access_token: String,
    /// Tells only the app who the user is.
    id_token: String,
    /// For new tokens. Left out if it stays the same, and with `auth.refreshCookie`.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// Seconds until the access and ID token expire.
    expires_in: i32,
    /// `Bearer`.
    token_type: String,
    /// The session's device, if the pool remembers devices and did not know this one. Confirm it with `POST
    /// /user/devices/confirm`, or the session cannot be refreshed.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<NewDeviceView>,
}

/// The values from which a device makes its password verifier.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewDeviceView {
    /// The `deviceKey` of later requests.
    key: String,
    /// Cognito's `DeviceGroupKey`.
    group_key: String,
}

impl From<NewDevice> for NewDeviceView {
    fn from(device: NewDevice) -> Self {
        Self { key: device.key, group_key: device.group_key }
    }
}

/// A challenge.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChallengeView {
    /// Cognito's name of it.
    name: String,
    /// To be sent back with the answer. Valid for some minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    /// To be sent back with the answer.
    username: String,
    /// Cognito's parameters. `MFA_SETUP` also has `secret` and `otpauthUri`.
    #[schema(value_type = std::collections::HashMap<String, Object>)]
    parameters: BTreeMap<String, Value>,
    /// The places in `answers` that an answer must fill.
    expects: Vec<String>,
}

/// The step that must happen before a sign-in.
#[derive(Serialize, ToSchema)]
pub(crate) struct NextStepView {
    name: NextStepName,
}

/// The step.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NextStep)]
pub(crate) enum NextStepName {
    /// `POST /auth/verify`, with the code that was sent.
    ConfirmSignUp,
    /// `POST /auth/forgot-password`, then `POST /auth/reset-password`.
    ResetPassword,
}

/// Start a sign-in.
#[utoipa::path(post, path = "/auth/signin", tag = "auth", request_body = SignInBody,
    responses((status = 200, description = "Tokens, a challenge or a next step", body = SignInView)))]
async fn sign_in(
    State(app): State<App>,
    CalledFrom(from): CalledFrom,
    web::Json(body): web::Json<SignInBody>,
) -> Result<HttpResponse, Problem> {
    let command = body.into_command(app.settings.flow)?;
    let account = command.email.as_str().to_owned();
    let step = app.provider.sign_in(&command, from).await;
    let is_safe = app.settings.enumeration_safe;
    let step = step.map_err(|failure| problem_to_all(Operation::SigningIn, is_safe, failure))?;
    answer(&app, &account, step)
}

/// The answer to a challenge.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ChallengeBody {
    name: ChallengeName,
    /// The session of the challenge. Left out if it had none, as SRP challenges may.
    session: Option<Session>,
    username: Username,
    #[serde(deserialize_with = "web::object")]
    answers: ChallengeResponseBody,
    /// The key of the user's device, if it was confirmed: the one that `POST /auth/signin` got. `DEVICE_SRP_AUTH` and
    /// `DEVICE_PASSWORD_VERIFIER` need it, here or in `answers.responses`.
    device_key: Option<DeviceKey>,
}

/// Answer a challenge of a sign-in.
#[utoipa::path(post, path = "/auth/challenge", operation_id = "answer_challenge",
    tag = "auth", request_body = ChallengeBody,
    responses((status = 200, description = "Tokens, the next challenge or a next step", body = SignInView)))]
async fn challenge(
    State(app): State<App>,
    CalledFrom(from): CalledFrom,
    web::Json(body): web::Json<ChallengeBody>,
) -> Result<HttpResponse, Problem> {
    let reply = ChallengeResponseKind::parse(body.name, body.answers, &app.settings.custom_attributes);
    let reply = reply.map_err(Problem::invalid)?;
    let response =
        ChallengeResponse { session: body.session, username: body.username, reply, device: body.device_key };
    response.check().map_err(Problem::invalid)?;
    let step = app.provider.respond(&response, from).await;
    let is_safe = app.settings.enumeration_safe && response.reply.is_first_proof(app.settings.flow);
    let step = step.map_err(|failure| problem_to_all(Operation::SigningIn, is_safe, failure))?;
    answer(&app, response.username.as_str(), step)
}

/// Makes the answer for a step.
fn answer(app: &App, account: &str, step: SignInOutcome) -> Result<HttpResponse, Problem> {
    let view = match step {
        SignInOutcome::SignedIn(tokens) => return Ok(tokens_answer(app, tokens)),
        SignInOutcome::Challenge(challenge) => {
            warn_of_unwritable(&challenge, &app.settings.custom_attributes);
            SignInView::Challenge(challenge_view(challenge, &app.settings.service, account))
        }
        // Cognito says so before it checks the password, so it would show that the account exists.
        SignInOutcome::NextStep(_) if app.settings.enumeration_safe => return Err(invalid_credentials()),
        SignInOutcome::NextStep(next) => SignInView::NextStep(NextStepView { name: next.into() }),
    };
    Ok(Json(view).into_response())
}

/// The answer with tokens. With `auth.refreshCookie`, the refresh token is in its cookie.
pub(crate) fn tokens_answer(app: &App, tokens: Tokens) -> HttpResponse {
    let cookie = app.settings.refresh_cookie.zip(tokens.refresh.as_ref());
    let cookie = cookie.map(|(life, token)| cookie::keep(token, life));
    let in_body = tokens.refresh.as_ref().filter(|_| app.settings.refresh_cookie.is_none());
    let view = SignInView::Tokens(TokensView {
        access_token: tokens.access.expose_secret().to_owned(),
        id_token: tokens.id.expose_secret().to_owned(),
        refresh_token: in_body.map(|token| token.expose().to_owned()),
        expires_in: tokens.expires_in,
        token_type: tokens.token_type,
        device: tokens.device.map(NewDeviceView::from),
    });
    let mut response = Json(view).into_response();
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    response
}

fn challenge_view(challenge: Challenge, service: &str, account: &str) -> ChallengeView {
    let name = challenge.name.as_str().to_owned();
    let mut parameters = challenge.parameters.0;
    let expects = expects(&name, &parameters);
    if let Some(key) = &challenge.totp_key {
        let key = key.expose_secret();
        parameters.insert("secret".to_owned(), key.into());
        parameters.insert("otpauthUri".to_owned(), totp::uri(service, account, key).into());
    }
    ChallengeView {
        name,
        session: challenge.session.map(|session| session.expose_secret().to_owned()),
        username: challenge.username,
        parameters,
        expects,
    }
}

/// If a pool requires an attribute that nobody may write here, only its operator can fix that. No pool does so today:
/// a pool can require only standard attributes, and all of them are writable.
fn warn_of_unwritable(challenge: &Challenge, custom: &[CustomAttribute]) {
    let unwritable: Vec<&str> = required_attributes(&challenge.parameters.0)
        .filter(|name| AttributeName::parse_required(name, custom).is_err())
        .collect();
    if !unwritable.is_empty() {
        tracing::error!(
            attributes = unwritable.join(", "),
            "the pool requires attributes that nobody may write: name them in auth.customAttributes"
        );
    }
}

impl From<NextStep> for NextStepName {
    fn from(next: NextStep) -> Self {
        match next {
            NextStep::ConfirmSignUp => Self::ConfirmSignUp,
            NextStep::ResetPassword => Self::ResetPassword,
        }
    }
}
