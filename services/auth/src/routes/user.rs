//! The caller's account: read it, change it, prove a new address or number, sign out everywhere, delete it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use platform::config::CustomAttribute;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use web::{FieldError, Problem};

use crate::app::App;
use crate::error::{Operation, hide_account_errors, of_account};
use crate::provider::{User, Verifiable};
use crate::routes::attributes::{DeliveryView, named};
use crate::signed_in::SignedIn;
use crate::values::{AccessToken, AttributeName, AttributeValue, Attributes, Code, Email, PhoneNumber};

web::routes!(pub(super), App: read, change, delete, send_code, confirm, sign_out_everywhere);

/// The caller's account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserView {
    /// The user's id, which never changes.
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    email_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
    phone_number_verified: bool,
    /// All other attributes, by Cognito's names.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    attributes: BTreeMap<String, String>,
    mfa: MfaView,
}

/// The second factors that are on.
#[derive(Serialize, ToSchema)]
pub(crate) struct MfaView {
    /// The one that is used first, by Cognito's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred: Option<String>,
    /// All of them.
    enabled: Vec<String>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let User { mut attributes, preferred_mfa, enabled_mfa } = user;
        let mut take = |name: &str| attributes.remove(name);
        Self {
            sub: take("sub").unwrap_or_default(),
            email: take("email"),
            email_verified: take("email_verified").is_some_and(|value| value == "true"),
            name: take("name"),
            phone_number: take("phone_number"),
            phone_number_verified: take("phone_number_verified").is_some_and(|value| value == "true"),
            attributes,
            mfa: MfaView { preferred: preferred_mfa, enabled: enabled_mfa },
        }
    }
}

/// Read the caller's account.
#[utoipa::path(get, path = "/user", operation_id = "read_user", tag = "user",
    responses((status = 200, description = "The account", body = UserView)), security(("bearer" = [])))]
async fn read(State(app): State<App>, SignedIn(token): SignedIn) -> Result<Json<UserView>, Problem> {
    app.provider.user(&token).await.map(|user| Json(user.into())).map_err(of_account)
}

/// The changes, as a JSON merge patch (RFC 7396). `null` removes a value, and values that are left out do not change.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ChangeUserBody {
    /// It is valid after it was confirmed. It cannot be removed.
    #[serde(default)]
    #[schema(value_type = Email, required = false)]
    email: Patch<Email>,
    #[serde(default)]
    #[schema(value_type = Option<AttributeValue>)]
    name: Patch<AttributeValue>,
    #[serde(default)]
    #[schema(value_type = Option<PhoneNumber>)]
    phone_number: Patch<PhoneNumber>,
    #[serde(default)]
    #[schema(value_type = Option<AttributeValue>)]
    locale: Patch<AttributeValue>,
    /// Other standard attributes by Cognito's names, and those of `auth.customAttributes`.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, Option<String>>)]
    attributes: BTreeMap<String, Option<AttributeValue>>,
}

/// The change of a value.
#[derive(Default)]
enum Patch<T> {
    /// It was left out.
    #[default]
    Keep,
    /// `null`.
    Remove,
    Set(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| value.map_or(Self::Remove, Self::Set))
    }
}

/// The attributes to write, and those to remove.
struct Changes {
    written: Attributes,
    removed: Vec<AttributeName>,
}

impl Changes {
    fn note<T: Into<AttributeValue>>(&mut self, name: AttributeName, patch: Patch<T>) {
        match patch {
            Patch::Keep => {}
            Patch::Remove => self.removed.push(name),
            Patch::Set(value) => drop(self.written.insert(name, value.into())),
        }
    }
}

impl ChangeUserBody {
    fn into_changes(self, custom: &[CustomAttribute]) -> Result<Changes, Problem> {
        let mut errors = Vec::new();
        let others = named(self.attributes, custom, &mut errors);
        if !matches!(self.locale, Patch::Keep) && others.contains_key(&AttributeName::LOCALE) {
            errors.push(FieldError::new("/attributes/locale", "stands in the field locale already"));
        }
        if matches!(self.email, Patch::Remove) {
            errors.push(FieldError::new("/email", "cannot be removed: the user signs in with it"));
        }
        let mut changes = Changes { written: Attributes::new(), removed: Vec::new() };
        changes.note(AttributeName::EMAIL, self.email);
        changes.note(AttributeName::NAME, self.name);
        changes.note(AttributeName::PHONE_NUMBER, self.phone_number);
        changes.note(AttributeName::LOCALE, self.locale);
        for (name, value) in others {
            changes.note(name, value.map_or(Patch::Remove, Patch::Set));
        }
        if errors.is_empty() && changes.written.is_empty() && changes.removed.is_empty() {
            errors.push(FieldError::new("", "must name something to change"));
        }
        if errors.is_empty() { Ok(changes) } else { Err(Problem::invalid(errors)) }
    }
}

/// What was changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangedView {
    /// The attributes that were written, by Cognito's names.
    updated: Vec<String>,
    /// Those that were removed.
    deleted: Vec<String>,
    /// Where the codes for a new address or number were sent. Send them to `POST /user/confirm`. Empty with
    /// `auth.enumerationSafe`, because somebody else's address gets no code.
    deliveries: Vec<DeliveryView>,
}

/// Change the caller's account.
#[utoipa::path(patch, path = "/user", operation_id = "change_user",
    tag = "user", request_body = ChangeUserBody,
    responses((status = 200, description = "What was changed", body = ChangedView)), security(("bearer" = [])))]
async fn change(
    State(app): State<App>,
    SignedIn(token): SignedIn,
    web::Json(body): web::Json<ChangeUserBody>,
) -> Result<Json<ChangedView>, Problem> {
    let Changes { written, removed } = body.into_changes(&app.settings.custom_attributes)?;
    let mut deliveries = Vec::new();
    if app.settings.enumeration_safe {
        write_safely(&app, &token, &written).await?;
    } else if !written.is_empty() {
        deliveries = app.provider.update(&token, &written).await.map_err(of_account)?;
    }
    if !removed.is_empty() {
        app.provider.remove(&token, &removed).await.map_err(of_account)?;
    }
    Ok(Json(ChangedView {
        updated: written.keys().map(|name| name.as_str().to_owned()).collect(),
        deleted: removed.iter().map(|name| name.as_str().to_owned()).collect(),
        deliveries: deliveries.into_iter().map(DeliveryView::from).collect(),
    }))
}

/// Writes an address or number as if it were free. Each has a call of its own, whatever its result: one that is taken
/// must not stop the others, because `GET /user` shows them, and there must be as many calls as for a free one.
async fn write_safely(app: &App, token: &AccessToken, written: &Attributes) -> Result<(), Problem> {
    let is_address =
        |name: &AttributeName| [AttributeName::EMAIL, AttributeName::PHONE_NUMBER].contains(name);
    let (addresses, others): (Attributes, Attributes) =
        written.clone().into_iter().partition(|(name, _)| is_address(name));
    if !others.is_empty() {
        app.provider.update(token, &others).await.map_err(of_account)?;
    }
    for address in addresses {
        let done = app.provider.update(token, &Attributes::from([address])).await;
        hide_account_errors(Operation::ChangingAddress, true, done.map(drop))?;
    }
    Ok(())
}

/// Delete the caller's account permanently.
#[utoipa::path(delete, path = "/user", operation_id = "delete_user", tag = "user",
    responses((status = 204, description = "The account is gone")), security(("bearer" = [])))]
async fn delete(State(app): State<App>, SignedIn(token): SignedIn) -> Result<StatusCode, Problem> {
    let done = app.provider.delete_user(&token).await;
    done.map(|()| StatusCode::NO_CONTENT).map_err(of_account)
}

/// The address or number to prove.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttributeBody {
    attribute: Verifiable,
}

/// Where the code was sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeView {
    delivery: DeliveryView,
}

/// Request a code for the caller's address or number.
#[utoipa::path(post, path = "/user/verification-code", operation_id = "send_attribute_code",
    tag = "user", request_body = AttributeBody,
    responses((status = 200, description = "The code was sent", body = CodeView)), security(("bearer" = [])))]
async fn send_code(
    State(app): State<App>,
    SignedIn(token): SignedIn,
    web::Json(body): web::Json<AttributeBody>,
) -> Result<Json<CodeView>, Problem> {
    let sent = app.provider.send_code(&token, body.attribute).await;
    let delivery = if app.settings.enumeration_safe {
        hide_account_errors(Operation::AskingForAddressCode, true, sent.map(drop))?;
        DeliveryView::of(body.attribute)
    } else {
        sent.map_err(of_account)?.into()
    };
    Ok(Json(CodeView { delivery }))
}

/// The code that was sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmBody {
    attribute: Verifiable,
    code: Code,
}

/// Prove the caller's address or number.
#[utoipa::path(post, path = "/user/confirm", operation_id = "confirm_attribute",
    tag = "user", request_body = ConfirmBody,
    responses((status = 204, description = "Proven")), security(("bearer" = [])))]
async fn confirm(
    State(app): State<App>,
    SignedIn(token): SignedIn,
    web::Json(body): web::Json<ConfirmBody>,
) -> Result<StatusCode, Problem> {
    let done = app.provider.verify(&token, body.attribute, &body.code).await;
    hide_account_errors(Operation::ProvingAddress, app.settings.enumeration_safe, done)
        .map(|()| StatusCode::NO_CONTENT)
}

/// End every session of the user. The API accepts their access tokens until these expire.
#[utoipa::path(post, path = "/user/signout", tag = "user",
    responses((status = 204, description = "Signed out everywhere")), security(("bearer" = [])))]
async fn sign_out_everywhere(
    State(app): State<App>,
    SignedIn(token): SignedIn,
) -> Result<StatusCode, Problem> {
    let done = app.provider.sign_out_everywhere(&token).await;
    done.map(|()| StatusCode::NO_CONTENT).map_err(of_account)
}
