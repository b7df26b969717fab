//! An identity as this service's JSON shows it.
//!
//! A type of its own, so that the contract between gate and services can change without the public
//! answer changing with it.

use platform::identity::{Authority, Identity, TokenUse};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The answer of `GET /whoami`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdentityView {
    /// It counts only with its issuer.
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[schema(value_type = String, pattern = "^(access|id)$")]
    token_use: TokenUse,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    groups: Vec<String>,
    scopes: Vec<String>,
    issuer: String,
    /// Whose word all of this is: of the stack's own pool, of the only issuer, or of another one.
    #[schema(value_type = String, pattern = "^(own|sole|named)$")]
    authority: Authority,
    /// Seconds since the Unix epoch.
    expires_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_id: Option<String>,
    /// What `authorizer.context` in config.json hands on.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object, required = false)]
    claims: Map<String, Value>,
}

impl From<&Identity> for IdentityView {
    fn from(identity: &Identity) -> Self {
        Self {
            subject: identity.subject.clone(),
            username: identity.username.clone(),
            token_use: identity.token_use,
            client_id: identity.client_id.clone(),
            groups: identity.groups.as_slice().to_vec(),
            scopes: identity.scopes.as_slice().to_vec(),
            issuer: identity.issuer.clone(),
            authority: identity.authority,
            expires_at: identity.expires_at,
            token_id: identity.token_id.clone(),
            claims: identity.claims.clone(),
        }
    }
}
