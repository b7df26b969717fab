//! The caller's devices: confirm one after a sign-in, list them, remember them, forget one.
//!
//! A device proves itself with its own secret, of which the service sees only a verifier. The routes exist with all
//! pools: a pool that remembers no devices refuses them itself.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::Problem;

use crate::app::App;
use crate::error::{nobodys_device, of_account};
use crate::provider::{Device, DevicePage, KnownDevice};
use crate::signed_in::SignedIn;
use crate::values::{Cursor, DeviceKey, DeviceName, DeviceSalt, PasswordVerifier};

web::routes!(pub(super), App: list, confirm, remember, forget);

/// A device from a sign-in, with the values that Cognito needs to check its secret.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ConfirmDeviceBody {
    /// `device.key` of the sign-in's answer.
    device_key: DeviceKey,
    /// What the user calls it.
    name: Option<DeviceName>,
    password_verifier: PasswordVerifier,
    salt: DeviceSalt,
    /// The user's answer to the question whether the device is remembered. Left out: the pool's setting decides, and
    /// the answer says whether the user has to be asked.
    remember: Option<bool>,
}

/// The result.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfirmedDeviceView {
    /// Whether the device is remembered now.
    remembered: bool,
    /// Whether the user has to be asked. Send the user's answer with `PUT /user/devices/{key}`.
    confirmation_necessary: bool,
}

/// Confirm a device. If this fails after the device was confirmed, `PUT /user/devices/{key}` does the rest.
#[utoipa::path(post, path = "/user/devices/confirm", operation_id = "confirm_device",
    tag = "user", request_body = ConfirmDeviceBody,
    responses((status = 200, description = "Known", body = ConfirmedDeviceView)), security(("bearer" = [])))]
async fn confirm(
    State(app): State<App>,
    SignedIn(token): SignedIn,
    web::Json(body): web::Json<ConfirmDeviceBody>,
) -> Result<Json<ConfirmedDeviceView>, Problem> {
    let ConfirmDeviceBody { device_key, name, password_verifier, salt, remember } = body;
    let device = KnownDevice { key: device_key, name, verifier: password_verifier, salt };
    let is_asked = app.provider.confirm_device(&token, &device).await.map_err(of_account)?;
    // If Cognito does not ask about a device, it remembers it. Then only a "no" must be sent.
    if let Some(remember) = remember.filter(|remember| is_asked || !remember) {
        app.provider.remember_device(&token, &device.key, remember).await.map_err(of_account)?;
    }
    Ok(Json(ConfirmedDeviceView {
        remembered: remember.unwrap_or(!is_asked),
        confirmation_necessary: is_asked && remember.is_none(),
    }))
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// The most devices of a page.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 60, default = 20, required = false)]
    limit: Limit,
    /// The `nextCursor` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
}

/// The most devices of a page. Cognito returns at most 60.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListDevices.html>
type Limit = web::PageLimit<60>;

/// A page of the caller's devices.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DevicesView {
    devices: Vec<DeviceView>,
    /// The `cursor` of the next page. Left out: there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A device. Times are in the form of RFC 3339.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceView {
    key: String,
    /// What the user calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<String>,
    /// When the user last signed in with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_authenticated: Option<String>,
    /// Whether it is remembered, if Cognito says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    remembered: Option<bool>,
}

impl From<Device> for DeviceView {
    fn from(device: Device) -> Self {
        let Device { key, name, created, modified, authenticated, remembered } = device;
        Self { key, name, created, last_modified: modified, last_authenticated: authenticated, remembered }
    }
}

/// List the caller's devices.
#[utoipa::path(get, path = "/user/devices", operation_id = "list_devices", tag = "user", params(ListQuery),
    responses((status = 200, description = "Some of them", body = DevicesView)), security(("bearer" = [])))]
async fn list(
    State(app): State<App>,
    SignedIn(token): SignedIn,
    web::Query(query): web::Query<ListQuery>,
) -> Result<Json<DevicesView>, Problem> {
    let page = app.provider.devices(&token, query.limit.get(), query.cursor.as_ref()).await;
    let DevicePage { devices, next } = page.map_err(of_account)?;
    Ok(Json(DevicesView { devices: devices.into_iter().map(DeviceView::from).collect(), next_cursor: next }))
}

/// Whether a device is remembered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RememberBody {
    remember: bool,
}

/// Set whether a device is remembered.
#[utoipa::path(put, path = "/user/devices/{key}", operation_id = "remember_device", tag = "user",
    params(("key" = DeviceKey, Path, description = "Of the device")), request_body = RememberBody,
    responses((status = 204, description = "As said")), security(("bearer" = [])))]
async fn remember(
    State(app): State<App>,
    SignedIn(token): SignedIn,
    Path(key): Path<String>,
    web::Json(body): web::Json<RememberBody>,
) -> Result<StatusCode, Problem> {
    let key = DeviceKey::parse(key).map_err(|_| nobodys_device())?;
    let done = app.provider.remember_device(&token, &key, body.remember).await;
    done.map(|()| StatusCode::NO_CONTENT).map_err(of_account)
}

/// Forget a device. Its sessions end, and at its next sign-in it is a new device.
#[utoipa::path(delete, path = "/user/devices/{key}", operation_id = "forget_device", tag = "user",
    params(("key" = DeviceKey, Path, description = "Of the device")),
    responses((status = 204, description = "Forgotten")), security(("bearer" = [])))]
async fn forget(
    State(app): State<App>,
    SignedIn(token): SignedIn,
    Path(key): Path<String>,
) -> Result<StatusCode, Problem> {
    let key = DeviceKey::parse(key).map_err(|_| nobodys_device())?;
    app.provider.forget_device(&token, &key).await.map(|()| StatusCode::NO_CONTENT).map_err(of_account)
}
