//! Whose tokens are accepted, and on which terms: the stack's own pool, and the configured others.
//!
//! The set is fixed at start. Nothing that a token says can add to it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use platform::config::{Algorithm, ClientId, Config, HttpsUrl, Issuer, PoolId};
use platform::identity::TokenUse;

use crate::error::{StartError, TokenError};

const USER_POOL_ID: &str = "USER_POOL_ID";
const USER_POOL_CLIENT_ID: &str = "USER_POOL_CLIENT_ID";
/// The AWS SDKs' way to name another endpoint, for one service and for all: a local cloud, for example.
const ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL"];

/// Where an issuer's key set comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// Fetched from here.
    Url(String),
    /// Read from here.
    File(PathBuf),
}

/// An issuer whose tokens are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedIssuer {
    /// The `iss` claim, compared byte by byte.
    pub issuer: String,
    /// The clients whose tokens are accepted.
    pub client_ids: Vec<String>,
    /// The uses that its tokens are accepted for.
    pub token_use: Vec<TokenUse>,
    /// The algorithms that its tokens may be signed with. A Cognito pool signs with RS256.
    pub algorithms: Vec<Algorithm>,
    /// Whether it is the stack's own pool.
    pub is_own: bool,
    /// Whether it may be that no token ever names it: another form of the own pool's issuer.
    pub is_optional: bool,
    /// Where its keys are.
    pub keys: KeySource,
}

impl TrustedIssuer {
    /// A Cognito pool that is not the stack's own.
    #[must_use]
    pub fn cognito(
        issuer: String,
        client_ids: Vec<String>,
        token_use: Vec<TokenUse>,
        keys: KeySource,
    ) -> Self {
        let algorithms = vec![Algorithm::Rs256];
        Self { issuer, client_ids, token_use, algorithms, is_own: false, is_optional: false, keys }
    }

    /// Whether tokens of this use are accepted.
    ///
    /// # Errors
    /// They are not.
    pub(crate) fn accepts_use(&self, token_use: TokenUse) -> Result<(), TokenError> {
        if self.token_use.contains(&token_use) { Ok(()) } else { Err(TokenError::TokenUse) }
    }

    /// Whether tokens of this client are accepted.
    ///
    /// # Errors
    /// They are not.
    pub(crate) fn accepts_client(&self, client_id: &str) -> Result<(), TokenError> {
        if self.client_ids.iter().any(|own| own == client_id) { Ok(()) } else { Err(TokenError::Client) }
    }
}

/// An issuer, shared by everything that speaks of it.
pub(crate) type SharedIssuer = Arc<TrustedIssuer>;

/// All the issuers whose tokens are accepted, by their `iss`.
#[derive(Debug)]
pub struct Issuers(HashMap<String, SharedIssuer>);

impl Issuers {
    /// Puts the configured issuers and the stack's own pool together. `env` looks an environment variable up.
    ///
    /// # Errors
    /// What the configuration and the environment lack together.
    pub fn new(config: &Config, env: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        let own = own_pool(config, &env)?;
        if own.is_none() && config.authorizer.jwks.file.is_some() {
            return Err(StartError::FileWithoutPool);
        }
        let mut issuers = HashMap::new();
        for trusted in own.into_iter().chain(config.authorizer.issuers.iter().filter_map(listed)) {
            if let Some(own) = issuers.insert(trusted.issuer.clone(), Arc::new(trusted)) {
                return Err(StartError::PoolListedTwice(own.issuer.clone()));
            }
        }
        if issuers.is_empty() { Err(StartError::NoIssuer) } else { Ok(Self(issuers)) }
    }

    /// The issuer of exactly this name.
    #[must_use]
    pub fn get(&self, issuer: &str) -> Option<&SharedIssuer> {
        self.0.get(issuer)
    }

    /// The same issuers, all with their keys in this file.
    #[must_use]
    pub(crate) fn with_keys_in(self, file: &Path) -> Self {
        let moved = |issuer: SharedIssuer| {
            Arc::new(TrustedIssuer { keys: KeySource::File(file.to_owned()), ..issuer.as_ref().clone() })
        };
        Self(self.0.into_iter().map(|(name, issuer)| (name, moved(issuer))).collect())
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &SharedIssuer> + Clone {
        self.0.values()
    }
}

/// The pool that the environment names, else the one in the configuration.
fn own_pool(
    config: &Config,
    env: &impl Fn(&str) -> Option<String>,
) -> Result<Option<TrustedIssuer>, StartError> {
    let pool = match env(USER_POOL_ID) {
        Some(id) => Some(PoolId::new(&id).map_err(|problem| variable(USER_POOL_ID, problem))?),
        None => config.user_pool.id.clone(),
    };
    let Some(pool) = pool else { return Ok(None) };
    let client_ids = match env(USER_POOL_CLIENT_ID) {
        Some(list) => parse_client_ids(&list)?,
        None => config.user_pool.client_id.iter().map(ToString::to_string).collect(),
    };
    if client_ids.is_empty() {
        let problem = "is not set: name the app clients whose tokens are accepted".to_owned();
        return Err(variable(USER_POOL_CLIENT_ID, problem));
    }
    let token_use = config.authorizer.token_use.as_slice().to_vec();
    let pool = TrustedIssuer::cognito(pool.issuer(), client_ids, token_use, own_keys(config, env, &pool)?);
    Ok(Some(TrustedIssuer { is_own: true, ..pool }))
}

fn own_keys(
    config: &Config,
    env: &impl Fn(&str) -> Option<String>,
    pool: &PoolId,
) -> Result<KeySource, StartError> {
    if let Some(file) = &config.authorizer.jwks.file {
        return Ok(KeySource::File(file.into()));
    }
    let endpoint = ENDPOINTS.into_iter().find_map(|name| env(name).map(|url| (name, url)));
    let base = match endpoint {
        None => pool.issuer(),
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

fn listed(issuer: &Issuer) -> Option<TrustedIssuer> {
    Some(TrustedIssuer::cognito(
        issuer.issuer.to_string(),
        issuer.client_ids.as_slice().iter().map(ToString::to_string).collect(),
        issuer.token_use.as_slice().to_vec(),
        KeySource::Url(issuer.jwks_url()?),
    ))
}

fn variable(name: &'static str, problem: String) -> StartError {
    StartError::Variable { name, problem }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const POOL: (&str, &str) = ("USER_POOL_ID", "eu-west-1_abc");
    const CLIENT: (&str, &str) = ("USER_POOL_CLIENT_ID", "web, machine");

    fn issuers(authorizer: &serde_json::Value, env: &[(&str, &str)]) -> Result<Issuers, String> {
        let config = Config::parse(&json!({ "authorizer": authorizer }).to_string()).unwrap();
        let look_up =
            |name: &str| env.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
        Issuers::new(&config, look_up).map_err(|error| error.to_string())
    }

    fn own(authorizer: &serde_json::Value, env: &[(&str, &str)]) -> TrustedIssuer {
        let issuers = issuers(authorizer, env).unwrap();
        issuers.get("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc").unwrap().as_ref().clone()
    }

    #[test]
    fn the_stack_s_own_pool_comes_from_the_environment() {
        let own = own(&json!({ "tokenUse": ["id"] }), &[POOL, CLIENT]);
        assert_eq!(own.client_ids, ["web", "machine"]);
        assert_eq!(own.token_use, [TokenUse::Id]);
        let url = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc/.well-known/jwks.json";
        assert_eq!(own.keys, KeySource::Url(url.into()));
    }

    #[test]
    fn a_local_cloud_s_keys_are_read_from_its_endpoint_and_the_issuer_stays() {
        let all = ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/");
        let one = ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://localhost:9229");
        let url = |base: &str| KeySource::Url(format!("{base}/eu-west-1_abc/.well-known/jwks.json"));
        assert_eq!(own(&json!({}), &[POOL, CLIENT, all]).keys, url("http://127.0.0.1:4566"));
        assert_eq!(own(&json!({}), &[POOL, CLIENT, all, one]).keys, url("http://localhost:9229"));
    }

    #[test]
    fn a_file_replaces_the_fetching_of_the_own_pool_s_keys() {
        let file = json!({ "jwks": { "file": "/opt/jwks.json" } });
        assert_eq!(own(&file, &[POOL, CLIENT]).keys, KeySource::File("/opt/jwks.json".into()));
        assert!(issuers(&file, &[]).unwrap_err().contains("USER_POOL_ID is not set"));
    }

    #[test]
    fn further_issuers_need_no_own_pool_and_keep_their_own_terms() {
        let other = "https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_x";
        let config = json!({ "issuers": [{ "issuer": other, "clientIds": ["b"], "tokenUse": ["id"] }] });
        let issuers = issuers(&config, &[]).unwrap();
        let found = issuers.get(other).unwrap();
        assert_eq!(
            (found.client_ids.as_slice(), found.token_use.as_slice()),
            (["b".into()].as_slice(), [TokenUse::Id].as_slice())
        );
        assert_eq!(found.keys, KeySource::Url(format!("{other}/.well-known/jwks.json")));
        assert!(issuers.get(&format!("{other}/")).is_none());
    }

    #[test]
    fn what_is_missing_or_wrong_is_told_by_name() {
        let own = json!({ "issuers": [{ "issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc", "clientIds": ["b"] }] });
        for (authorizer, env, expected) in [
            (json!({}), vec![], "no issuer is configured"),
            (json!({}), vec![("USER_POOL_ID", ""), CLIENT], "no issuer is configured"),
            (json!({}), vec![POOL], "USER_POOL_CLIENT_ID is not set"),
            (json!({}), vec![POOL, ("USER_POOL_CLIENT_ID", "a,,b")], "USER_POOL_CLIENT_ID must be"),
            (json!({}), vec![("USER_POOL_ID", "nonsense"), CLIENT], "USER_POOL_ID must be"),
            (
                json!({}),
                vec![POOL, CLIENT, ("AWS_ENDPOINT_URL", "http://example.com")],
                "AWS_ENDPOINT_URL must be",
            ),
            (own, vec![POOL, CLIENT], "is the stack's own pool already"),
        ] {
            let error = issuers(&authorizer, &env).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
