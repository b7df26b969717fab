//! What Cognito says about a pool and its app clients, for `gatehouse pool check`.
//!
//! This file changes nothing. The description of a client contains its secret, which is dropped before other
//! code sees it.

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::operation::get_user_pool_mfa_config::GetUserPoolMfaConfigOutput;
use aws_sdk_cognitoidentityprovider::types::{UserPoolClientType, UserPoolType};
use platform::config::ClientId;

use super::refusal;
use crate::aws::{Aws, COGNITO, Call};
use crate::error::Error;
use crate::place::Place;
use crate::pool::PoolIds;

/// A pool and its clients, as they are now.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) pool: UserPoolType,
    /// Without its secret.
    pub(crate) client: UserPoolClientType,
    /// Whether Cognito returned a secret. It returns none after the client's first secret was removed.
    pub(crate) shows_secret: bool,
    pub(crate) mfa: GetUserPoolMfaConfigOutput,
    /// Further clients, without their secrets. `None` for one that does not exist.
    pub(crate) others: Vec<(ClientId, Option<UserPoolClientType>)>,
}

impl Described {
    pub(crate) async fn read(aws: &Aws, ids: &PoolIds, others: &[ClientId]) -> Result<Self, Error> {
        let Aws { config, place } = aws.of_pool(&ids.pool);
        Self::of(&Client::new(&config), &place, ids, others).await
    }

    /// The same, with an existing client of the SDK.
    pub(crate) async fn of(
        sdk: &Client,
        place: &Place,
        ids: &PoolIds,
        others: &[ClientId],
    ) -> Result<Self, Error> {
        let call = |operation| Call { service: &COGNITO, operation, place };
        let (client, shows_secret) = client(sdk, place, ids).await?;

        let step = call("DescribeUserPool");
        let answer = sdk.describe_user_pool().user_pool_id(ids.pool.as_str()).send().await;
        let answer = answer.map_err(|error| refusal::refusal(&step, error, &[]))?;
        let pool = answer.user_pool.ok_or_else(|| step.odd_answer())?;

        let step = call("GetUserPoolMfaConfig");
        let answer = sdk.get_user_pool_mfa_config().user_pool_id(ids.pool.as_str()).send().await;
        let mfa = answer.map_err(|error| refusal::refusal(&step, error, &[]))?;
        let others = further(sdk, place, ids, others).await?;
        Ok(Self { pool, client, shows_secret, mfa, others })
    }
}

/// A client without its secret, and whether Cognito returned one.
async fn client(sdk: &Client, place: &Place, ids: &PoolIds) -> Result<(UserPoolClientType, bool), Error> {
    let step = Call { service: &COGNITO, operation: "DescribeUserPoolClient", place };
    let request = sdk.describe_user_pool_client().user_pool_id(ids.pool.as_str());
    let answer = request.client_id(ids.client.as_str()).send().await;
    let answer = answer.map_err(|error| refusal::of_client(&step, error, ids))?;
    let mut client = answer.user_pool_client.ok_or_else(|| step.odd_answer())?;
    let shows_secret = client.client_secret.take().is_some_and(|secret| !secret.is_empty());
    Ok((client, shows_secret))
}

async fn further(
    sdk: &Client,
    place: &Place,
    ids: &PoolIds,
    others: &[ClientId],
) -> Result<Vec<(ClientId, Option<UserPoolClientType>)>, Error> {
    let mut found = Vec::with_capacity(others.len());
    for other in others {
        let ids = PoolIds { client: other.clone(), ..ids.clone() };
        let described = match client(sdk, place, &ids).await {
            Ok((described, _)) => Some(described),
            Err(Error::NoClient { .. }) => None,
            Err(error) => return Err(error),
        };
        found.push((ids.client, described));
    }
    Ok(found)
}
