//! The secrets of an app client: lists them, adds one, removes one.
//!
//! Cognito returns a value only when it makes it, and never in a list. This file keeps and prints no value.
//! <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html>

use authorizer::UnixTime;
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::Builder;
use aws_sdk_cognitoidentityprovider::config::retry::RetryConfig;
use aws_sdk_cognitoidentityprovider::error::ProvideErrorMetadata;
use secrecy::SecretString;

use super::refusal;
use crate::aws::{Aws, COGNITO, Call};
use crate::error::Error;
use crate::place::Place;
use crate::pool::PoolIds;

/// An app client whose secrets the command changes.
pub(crate) struct AppClient {
    sdk: Client,
    place: Place,
    ids: PoolIds,
}

/// What Cognito says about a secret, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// `CLIENT--SECONDS`.
    pub(crate) id: String,
    pub(crate) made: Option<UnixTime>,
}

/// A new secret.
#[derive(Debug)]
pub(crate) struct Added {
    pub(crate) id: String,
    pub(crate) value: SecretString,
}

impl AppClient {
    pub(crate) fn new(aws: &Aws, ids: PoolIds) -> Self {
        let aws = aws.of_pool(&ids.pool);
        Self { sdk: Client::new(&aws.config), place: aws.place, ids }
    }

    pub(crate) const fn ids(&self) -> &PoolIds {
        &self.ids
    }

    /// All secrets, the oldest first. There are at most two, and Cognito returns them on one page.
    pub(crate) async fn secrets(&self) -> Result<Vec<Listed>, Error> {
        let call = self.call("ListUserPoolClientSecrets");
        let request = self.sdk.list_user_pool_client_secrets().user_pool_id(self.ids.pool.as_str());
        let answer = request.client_id(self.ids.client.as_str()).send().await;
        let answer = answer.map_err(|error| refusal::of_client(&call, error, &self.ids))?;
        let listed = answer.client_secrets.unwrap_or_default().into_iter().map(|secret| {
            let made = secret.client_secret_create_date.and_then(|date| u64::try_from(date.secs()).ok());
            let id = secret.client_secret_id.ok_or_else(|| call.odd_answer())?;
            Ok(Listed { id, made: made.map(UnixTime::from_secs) })
        });
        let mut listed = listed.collect::<Result<Vec<_>, Error>>()?;
        listed.sort_by(|one, other| (one.made, &one.id).cmp(&(other.made, &other.id)));
        Ok(listed)
    }

    /// Whether Cognito returns a secret of it. A client that never had a secret cannot get one either.
    pub(crate) async fn is_confidential(&self) -> Result<bool, Error> {
        let call = self.call("DescribeUserPoolClient");
        let request = self.sdk.describe_user_pool_client().user_pool_id(self.ids.pool.as_str());
        let answer = request.client_id(self.ids.client.as_str()).send().await;
        let answer = answer.map_err(|error| refusal::of_client(&call, error, &self.ids))?;
        Ok(answer.user_pool_client.is_some_and(|client| client.client_secret.is_some()))
    }

    /// Adds a second secret, which Cognito makes.
    ///
    /// It is never tried twice. If the first answer was lost, a second try would find the first one's secret
    /// in its place.
    pub(crate) async fn add(&self) -> Result<Added, Error> {
        let call = self.call("AddUserPoolClientSecret");
        let request = self.sdk.add_user_pool_client_secret().user_pool_id(self.ids.pool.as_str());
        let request = request.client_id(self.ids.client.as_str()).customize();
        let request = request.config_override(Builder::default().retry_config(RetryConfig::disabled()));
        let answer =
            request.send().await.map_err(|error| refusal::of_added_secret(&call, error, &self.ids))?;
        let secret = answer.client_secret_descriptor.ok_or_else(|| call.odd_answer())?;
        match (secret.client_secret_id, secret.client_secret_value) {
            (Some(id), Some(value)) => Ok(Added { id, value: SecretString::from(value) }),
            _ => Err(call.odd_answer()),
        }
    }

    /// Removes an existing secret. If it no longer exists, the removal succeeded too: the answer of a first
    /// try may have been lost.
    pub(crate) async fn remove(&self, id: &str) -> Result<(), Error> {
        let call = self.call("DeleteUserPoolClientSecret");
        let request = self.sdk.delete_user_pool_client_secret().user_pool_id(self.ids.pool.as_str());
        match request.client_id(self.ids.client.as_str()).client_secret_id(id).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some(refusal::NOT_FOUND) => Ok(()),
            Err(error) => Err(refusal::refusal(&call, error, &[])),
        }
    }

    const fn call(&self, operation: &'static str) -> Call<'_> {
        Call { service: &COGNITO, operation, place: &self.place }
    }
}
