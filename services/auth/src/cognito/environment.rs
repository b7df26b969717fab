//! Reads the pool and the client from the environment.

use platform::config::{ClientId, Config, PoolId};
use secrecy::SecretString;

use aws_sdk_cognitoidentityprovider::Client;

use super::Cognito;

/// A variable of the environment that is missing or malformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {what}")]
pub struct BadEnvironment {
    variable: &'static str,
    what: String,
}

const CLIENT_ID: &str = "USER_POOL_CLIENT_ID";
const CLIENT_SECRET: &str = "USER_POOL_CLIENT_SECRET";
const POOL_ID: &str = "USER_POOL_ID";

impl Cognito {
    /// The pool and client that the environment names. If it names several clients, the first one is the app's.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub fn from_env(env: impl Fn(&str) -> Option<String>, config: &Config) -> Result<Self, BadEnvironment> {
        let bad = |variable| move |what| BadEnvironment { variable, what };
        let set = |variable| env(variable).filter(|value| !value.is_empty());
        let missing = |variable| bad(variable)("is not set".to_owned());
        let clients = set(CLIENT_ID).ok_or_else(|| missing(CLIENT_ID))?;
        let client_id = clients.split(',').next().unwrap_or_default();
        let client_id = ClientId::new(client_id).map_err(bad(CLIENT_ID))?;
        let pool_id = set(POOL_ID).ok_or_else(|| missing(POOL_ID))?;
        let pool_id = PoolId::new(&pool_id).map_err(bad(POOL_ID))?;
        let client_secret = set(CLIENT_SECRET).map(SecretString::from);
        if config.user_pool.client_secret && client_secret.is_none() {
            let what = "is not set, and userPool.clientSecret says that the client has one".to_owned();
            return Err(bad(CLIENT_SECRET)(what));
        }
        let signs = config.user_pool.auto_confirm;
        let signing = if signs { aws::Signing::AsTheFunction } else { aws::Signing::Unsigned };
        let home = aws::Home::Region(pool_id.region());
        let sdk = Client::new(&aws::sdk_config(env, aws::Service::CognitoIdentityProvider, home, signing));
        let auto_confirm = signs.then_some(pool_id);
        let tells_addresses = config.user_pool.threat_protection.is_on();
        let tells_trigger_words = config.auth.trigger_messages;
        Ok(Self { sdk, client_id, client_secret, auto_confirm, tells_addresses, tells_trigger_words })
    }
}
