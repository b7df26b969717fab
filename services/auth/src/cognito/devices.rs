//! The devices of a user, with Cognito's operations.

use aws_sdk_cognitoidentityprovider::primitives::{DateTime, DateTimeFormat};
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, DeviceRememberedStatusType, DeviceSecretVerifierConfigType, DeviceType,
};

use super::Cognito;
use crate::provider::{Device, DevicePage, Failure, KnownDevice};
use crate::values::{AccessToken, Cursor, DeviceKey, DeviceName};

pub(super) async fn confirm(
    cognito: &Cognito,
    token: &AccessToken,
    device: &KnownDevice,
) -> Result<bool, Failure> {
    let secret = DeviceSecretVerifierConfigType::builder().password_verifier(device.verifier.expose());
    let secret = secret.salt(device.salt.expose()).build();
    let request = cognito.sdk.confirm_device().access_token(token.expose()).device_key(device.key.as_str());
    let request = request.set_device_name(device.name.as_ref().map(DeviceName::as_str).map(str::to_owned));
    let answer = request.device_secret_verifier_config(secret).send().await;
    let name = device.name.as_ref().map_or("", DeviceName::as_str);
    let sent = [token.expose(), device.key.as_str(), name, device.verifier.expose(), device.salt.expose()];
    Ok(answer.map_err(cognito.device_failure("ConfirmDevice", &sent))?.user_confirmation_necessary)
}

pub(super) async fn list(
    cognito: &Cognito,
    token: &AccessToken,
    limit: u8,
    cursor: Option<&Cursor>,
) -> Result<DevicePage, Failure> {
    let request = cognito.sdk.list_devices().access_token(token.expose()).limit(i32::from(limit));
    let request = request.set_pagination_token(cursor.map(Cursor::as_str).map(str::to_owned));
    let sent = [token.expose(), cursor.map_or("", Cursor::as_str)];
    let answer = request.send().await.map_err(cognito.device_failure("ListDevices", &sent))?;
    let devices = answer.devices.unwrap_or_default().into_iter().filter_map(device).collect();
    Ok(DevicePage { devices, next: answer.pagination_token })
}

pub(super) async fn remember(
    cognito: &Cognito,
    token: &AccessToken,
    key: &DeviceKey,
    remembered: bool,
) -> Result<(), Failure> {
    let status = if remembered {
        DeviceRememberedStatusType::Remembered
    } else {
        DeviceRememberedStatusType::NotRemembered
    };
    let request = cognito.sdk.update_device_status().access_token(token.expose()).device_key(key.as_str());
    let answer = request.device_remembered_status(status).send().await;
    answer.map(drop).map_err(cognito.device_failure("UpdateDeviceStatus", &[token.expose(), key.as_str()]))
}

pub(super) async fn forget(cognito: &Cognito, token: &AccessToken, key: &DeviceKey) -> Result<(), Failure> {
    let request = cognito.sdk.forget_device().access_token(token.expose()).device_key(key.as_str());
    request
        .send()
        .await
        .map(drop)
        .map_err(cognito.device_failure("ForgetDevice", &[token.expose(), key.as_str()]))
}

/// A device without a key cannot be named, so it is left out.
///
/// Administrators see in the attributes whether a device is remembered. AWS does not document where a user sees it.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListDevices.html>
fn device(device: DeviceType) -> Option<Device> {
    let attributes = device.device_attributes.unwrap_or_default();
    let attribute = |names: &[&str]| {
        let found = attributes.iter().find(|attribute| names.contains(&attribute.name.as_str()));
        found.and_then(AttributeType::value).map(str::to_owned)
    };
    let remembered = attribute(&["device_remembered_status", "dev:device_remembered_status"]);
    Some(Device {
        key: device.device_key?,
        name: attribute(&["device_name"]),
        created: device.device_create_date.and_then(written),
        modified: device.device_last_modified_date.and_then(written),
        authenticated: device.device_last_authenticated_date.and_then(written),
        remembered: remembered.map(|status| status == "remembered"),
    })
}

fn written(time: DateTime) -> Option<String> {
    time.fmt(DateTimeFormat::DateTime).ok()
}
