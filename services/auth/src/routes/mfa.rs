//! The caller's second factors: set up an authenticator app, and choose which are used.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{FieldError, Problem};

use crate::app::App;
use crate::error::of_account;
use crate::provider::{Factor, MfaPreference};
use crate::signed_in::SignedIn;
use crate::totp;
use crate::values::{Code, DeviceName};

web::routes!(pub(super), App: start_totp, verify_totp, prefer);

/// The key for an authenticator app.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TotpView {
    /// The key, in base32, to be typed.
    secret: String,
    /// The same as an `otpauth` URI, to be shown as a QR code.
    otpauth_uri: String,
}

/// Get a key for an authenticator app. It is valid after its first code was verified.
#[utoipa::path(post, path = "/user/mfa/totp", tag = "user",
    responses((status = 200, description = "A new key", body = TotpView)), security(("bearer" = [])))]
async fn start_totp(State(app): State<App>, SignedIn(token): SignedIn) -> Result<Json<TotpView>, Problem> {
    // The app shows a name of the account that the user knows.
    let mut user = app.provider.user(&token).await.map_err(of_account)?;
    let account =
        user.attributes.remove("email").or_else(|| user.attributes.remove("sub")).unwrap_or_default();
    let key = app.provider.start_totp(&token).await.map_err(of_account)?;
    let otpauth_uri = totp::uri(&app.settings.service, &account, key.expose_secret());
    Ok(Json(TotpView { secret: key.expose_secret().to_owned(), otpauth_uri }))
}

/// A code that the app shows.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct VerifyTotpBody {
    code: Code,
    /// What the user calls the device.
    device_name: Option<DeviceName>,
}

/// Verify the first code of the app. `PUT /user/mfa` then turns the factor on.
#[utoipa::path(post, path = "/user/mfa/totp/verify", tag = "user", request_body = VerifyTotpBody,
    responses((status = 204, description = "The app is known")), security(("bearer" = [])))]
async fn verify_totp(
    State(app): State<App>,
    SignedIn(token): SignedIn,
    web::Json(body): web::Json<VerifyTotpBody>,
) -> Result<StatusCode, Problem> {
    let done = app.provider.verify_totp(&token, &body.code, body.device_name.as_ref()).await;
    done.map(|()| StatusCode::NO_CONTENT).map_err(of_account)
}

/// Which second factors are used. A factor that is left out does not change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreferenceBody {
    /// An authenticator app.
    #[serde(default, deserialize_with = "web::optional_object")]
    totp: Option<FactorBody>,
    /// Codes by text message.
    #[serde(default, deserialize_with = "web::optional_object")]
    sms: Option<FactorBody>,
    /// Codes by e-mail.
    #[serde(default, deserialize_with = "web::optional_object")]
    email: Option<FactorBody>,
}

/// One second factor.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactorBody {
    /// Whether it is used.
    enabled: bool,
    /// Whether it is used first. Only one factor can be.
    #[serde(default)]
    preferred: bool,
}

impl PreferenceBody {
    fn into_preference(self) -> Result<MfaPreference, Problem> {
        let factors = [("/totp", self.totp), ("/sms", self.sms), ("/email", self.email)];
        let given: Vec<_> =
            factors.into_iter().filter_map(|(place, factor)| Some((place, factor?))).collect();
        let mut errors = Vec::new();
        if given.is_empty() {
            errors.push(FieldError::new("", "must name totp, sms or email"));
        }
        for (place, factor) in &given {
            if factor.preferred && !factor.enabled {
                errors.push(FieldError::new(format!("{place}/preferred"), "must be false where enabled is"));
            }
        }
        for (place, _) in given.iter().filter(|(_, factor)| factor.preferred).skip(1) {
            errors.push(FieldError::new(format!("{place}/preferred"), "must be true for one factor alone"));
        }
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        let factor = |body: FactorBody| Factor { enabled: body.enabled, preferred: body.preferred };
        Ok(MfaPreference {
            totp: self.totp.map(factor),
            sms: self.sms.map(factor),
            email: self.email.map(factor),
        })
    }
}

/// Set which second factors are used.
#[utoipa::path(put, path = "/user/mfa", operation_id = "prefer_mfa",
    tag = "user", request_body = PreferenceBody,
    responses((status = 204, description = "As said")), security(("bearer" = [])))]
async fn prefer(
    State(app): State<App>,
    SignedIn(token): SignedIn,
    web::Json(body): web::Json<PreferenceBody>,
) -> Result<StatusCode, Problem> {
    let preference = body.into_preference()?;
    let done = app.provider.prefer_mfa(&token, &preference).await;
    done.map(|()| StatusCode::NO_CONTENT).map_err(of_account)
}
