//! The stack's own pool: the environment variables name it, or else the configuration does.

use platform::config::{ClientId, Config, HttpsUrl, PoolId};
use platform::identity::Authority;

use super::{KeySource, TrustedIssuer};
use crate::error::StartError;

const USER_POOL_ID: &str = "USER_POOL_ID";

const USER_POOL_CLIENT_ID: &str = "USER_POOL_CLIENT_ID";

/// The AWS SDKs' environment variables for another endpoint, for one service and for all services. A local
/// cloud uses them, for example.
const ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL"];

/// The pool that the environment variables name, or else the one in the configuration. There is one issuer
/// for each form of the pool's `iss`; the form that every pool starts with comes first. Empty: the stack has
/// no pool of its own.
pub(super) fn issuers(
    config: &Config,
    env: &impl Fn(&str) -> Option<String>,
) -> Result<Vec<TrustedIssuer>, StartError> {
    let pool = match env(USER_POOL_ID) {
        Some(id) => Some(PoolId::new(&id).map_err(|problem| variable(USER_POOL_ID, problem))?),
        None => config.user_pool.id.clone(),
    };
    let Some(pool) = pool else { return Ok(Vec::new()) };
    let client_ids = match env(USER_POOL_CLIENT_ID) {
        Some(list) => parse_client_ids(&list)?,
        None => config.user_pool.client_id.iter().map(ToString::to_string).collect(),
    };
    if client_ids.is_empty() {
        let problem = "is not set: name the app clients whose tokens are accepted".to_owned();
        return Err(variable(USER_POOL_CLIENT_ID, problem));
    }
    let token_use = config.authorizer.token_use.as_slice();
    let forms = pool.issuers(&config.user_pool.replica_regions).into_iter().enumerate();
    forms
        .map(|(place, issuer)| {
            let keys = own_keys(config, env, &pool, &issuer)?;
            let form = TrustedIssuer::cognito(issuer, client_ids.clone(), token_use.to_vec(), keys);
            Ok(TrustedIssuer { authority: Authority::Own, is_optional: place > 0, ..form })
        })
        .collect()
}

fn own_keys(
    config: &Config,
    env: &impl Fn(&str) -> Option<String>,
    pool: &PoolId,
    issuer: &str,
) -> Result<KeySource, StartError> {
    if let Some(file) = &config.authorizer.jwks.file {
        return Ok(KeySource::File(file.into()));
    }
    let endpoint = ENDPOINTS.into_iter().find_map(|name| env(name).map(|url| (name, url)));
    let base = match endpoint {
        None => issuer.to_owned(),
        Some((name, url)) => {
            let url = HttpsUrl::new(url.trim_end_matches('/')).map_err(|problem| variable(name, problem))?;
            format!("{url}/{pool}")
        }
    };
    Ok(KeySource::Url(format!("{base}/.well-known/jwks.json")))
}

fn parse_client_ids(list: &str) -> Result<Vec<String>, StartError> {
    list.split(',')
        .map(|id| ClientId::new(id.trim()).map(|id| id.to_string()))
        .collect::<Result<_, _>>()
        .map_err(|problem| variable(USER_POOL_CLIENT_ID, problem))
}

fn variable(name: &'static str, problem: String) -> StartError {
    StartError::Variable { name, problem }
}
