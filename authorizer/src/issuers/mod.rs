//! Whose tokens are accepted, and on which terms: those of the stack's own pool and those of the other
//! configured issuers.
//!
//! The set is fixed at start. Nothing in a token can add to it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use platform::config::{Config, Identifier, Issuer, IssuerName, Kind, NonEmpty, Rule};
use platform::identity::Authority;

use crate::error::StartError;
use crate::principal::Wanted;

mod own_pool;
mod trusted;

pub use trusted::{KeySource, Terms, TrustedIssuer};

/// An issuer, shared by all that refer to it.
pub(crate) type SharedIssuer = Arc<TrustedIssuer>;

/// All the issuers whose tokens are accepted, by their `iss`, and which claims are read from their tokens.
#[derive(Debug)]
pub struct Issuers {
    by_name: HashMap<String, SharedIssuer>,
    has_others: bool,
    wanted: Wanted,
}

impl Issuers {
    /// Combines the configured issuers with the stack's own pool. `env` looks up an environment variable.
    ///
    /// # Errors
    /// What is missing or wrong in the configuration and the environment variables.
    pub fn new(config: &Config, env: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        let own = own_pool::issuers(config, &env)?;
        let listed = &config.authorizer.issuers;
        if own.is_empty() {
            if config.authorizer.jwks.file.is_some() {
                return Err(StartError::FileWithoutPool);
            }
            each_rule_is_for_somebody(config)?;
        }
        let others = match (own.is_empty(), listed.as_slice()) {
            (true, [sole]) => vec![entry(sole, Authority::Sole)],
            _ => listed.iter().map(|issuer| entry(issuer, Authority::Named)).collect(),
        };
        let mut by_name = HashMap::new();
        for trusted in own.into_iter().chain(others.into_iter().flatten()) {
            if let Some(own) = by_name.insert(trusted.issuer.clone(), Arc::new(trusted)) {
                return Err(StartError::PoolListedTwice(own.issuer.clone()));
            }
        }
        if by_name.is_empty() {
            return Err(StartError::NoIssuer);
        }
        Ok(Self { wanted: Wanted::of(&config.authorizer), ..Self::of(by_name) })
    }

    fn of(by_name: HashMap<String, SharedIssuer>) -> Self {
        let has_others = by_name.values().any(|issuer| matches!(issuer.terms, Terms::Oidc { .. }));
        Self { by_name, has_others, wanted: Wanted::default() }
    }

    /// The issuer with exactly this name.
    #[must_use]
    pub fn get(&self, issuer: &str) -> Option<&SharedIssuer> {
        self.by_name.get(issuer)
    }

    /// Whether any of them is not a Cognito pool.
    pub(crate) const fn has_others(&self) -> bool {
        self.has_others
    }

    /// The claims that are read from a token for rules and services.
    pub(crate) const fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// The same issuers, all with their keys in this file.
    #[must_use]
    pub(crate) fn with_keys_in(mut self, file: &Path) -> Self {
        for issuer in self.by_name.values_mut() {
            Arc::make_mut(issuer).keys = KeySource::File(file.to_owned());
        }
        self
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &SharedIssuer> + Clone {
        self.by_name.values()
    }
}

impl FromIterator<SharedIssuer> for Issuers {
    /// These issuers. Only the claims that are read from every token are read from theirs.
    fn from_iter<I: IntoIterator<Item = SharedIssuer>>(issuers: I) -> Self {
        Self::of(issuers.into_iter().map(|issuer| (issuer.issuer.clone(), issuer)).collect())
    }
}

/// If a stack has several issuers and no pool of its own, a rule that names no issuer is for none of them.
fn each_rule_is_for_somebody(config: &Config) -> Result<(), StartError> {
    let issuers = &config.authorizer.issuers;
    let names_a_listed_one = |rule: &Rule| match &rule.issuers {
        Some(names) => names.as_slice().iter().any(|name| *name != IssuerName::Own),
        None => issuers.len() <= 1,
    };
    match config.authorizer.rules.iter().position(|rule| !names_a_listed_one(rule)) {
        Some(rule) if !issuers.is_empty() => Err(StartError::RuleForNobody(rule)),
        _ => Ok(()),
    }
}

/// An entry of the configuration. The configuration's check makes sure that it says where its keys are.
fn entry(issuer: &Issuer, authority: Authority) -> Option<TrustedIssuer> {
    let texts = |list: &Option<NonEmpty<Identifier>>| {
        list.iter().flat_map(NonEmpty::as_slice).map(ToString::to_string).collect()
    };
    let client_ids = texts(&issuer.client_ids);
    Some(TrustedIssuer {
        issuer: issuer.issuer.to_string(),
        authority,
        terms: match issuer.kind {
            Kind::Cognito => Terms::Cognito { client_ids, token_use: issuer.token_use().to_vec() },
            Kind::Oidc => Terms::Oidc {
                audiences: texts(&issuer.audiences),
                client_ids,
                claims: Box::new(issuer.claims.clone().unwrap_or_default()),
            },
        },
        algorithms: issuer.algorithms().to_vec(),
        is_optional: false,
        keys: KeySource::Url(issuer.jwks_url()?),
    })
}

#[cfg(test)]
mod tests {
    use platform::config::{Algorithm, ClaimPath};
    use platform::identity::TokenUse;
    use serde_json::json;

    use super::*;
    use crate::token::Audience;

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
        assert_eq!(own.client_ids(), ["web", "machine"]);
        assert_eq!(own.token_use(), [TokenUse::Id]);
        let url = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc/.well-known/jwks.json";
        assert_eq!(own.keys, KeySource::Url(url.into()));
    }

    #[test]
    fn the_own_pool_has_two_issuer_forms_and_named_replicas() {
        let names = |user_pool: serde_json::Value| -> Vec<(String, bool, KeySource)> {
            let config = Config::parse(&json!({ "userPool": user_pool }).to_string()).unwrap();
            let env = |name: &str| {
                [POOL, CLIENT].iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
            };
            let issuers = Issuers::new(&config, env).unwrap();
            assert!(issuers.iter().all(|issuer| issuer.is_own()));
            let mut names: Vec<_> = issuers
                .iter()
                .map(|issuer| (issuer.issuer.clone(), issuer.is_optional, issuer.keys.clone()))
                .collect();
            names.sort_by(|a, b| a.0.cmp(&b.0));
            names
        };
        let form = |host: &str, region: &str, is_optional: bool| {
            let issuer = format!("https://{host}.{region}.amazonaws.com/eu-west-1_abc");
            let keys = KeySource::Url(format!("{issuer}/.well-known/jwks.json"));
            (issuer, is_optional, keys)
        };
        let first = form("cognito-idp", "eu-west-1", false);
        let second = form("issuer-cognito-idp", "eu-west-1", true);
        assert_eq!(names(json!({})), [first.clone(), second.clone()]);
        let replicas =
            [form("cognito-idp", "eu-west-3", true), form("issuer-cognito-idp", "eu-west-3", true)];
        let [third, fourth] = replicas;
        assert_eq!(names(json!({ "replicaRegions": ["eu-west-3"] })), [first, third, second, fourth]);
    }

    #[test]
    fn an_own_pool_audience_must_be_the_named_api() {
        let own = own(&json!({ "tokenUse": ["access", "id"] }), &[POOL, CLIENT]);
        let accepts = |audience: &Audience, token_use, resource: &[String]| {
            own.accepts_audience(audience, token_use, resource).is_ok()
        };
        let (api, other) = ("https://api.example".to_owned(), "https://other.example".to_owned());
        let named = std::slice::from_ref(&api);
        for (audience, token_use, resource, expected) in [
            (Audience::None, TokenUse::Access, named, true),
            (Audience::One(api.clone()), TokenUse::Access, named, true),
            (Audience::Several(vec![other.clone(), api.clone()]), TokenUse::Access, named, true),
            (Audience::One("web".to_owned()), TokenUse::Access, named, true),
            (Audience::One(format!("{api}/")), TokenUse::Access, named, false),
            (Audience::One(other.clone()), TokenUse::Access, named, false),
            (Audience::Several(Vec::new()), TokenUse::Access, named, false),
            (Audience::One(other.clone()), TokenUse::Access, &[], true),
            (Audience::One(other), TokenUse::Id, named, true),
        ] {
            assert_eq!(accepts(&audience, token_use, resource), expected, "{audience:?} {token_use}");
        }
    }

    fn partner(name: &str) -> serde_json::Value {
        json!({ "issuer": format!("https://{name}.example"), "jwksUri": "https://a.example/keys", "clientIds": ["a"] })
    }

    #[test]
    fn an_issuers_authority_depends_on_the_other_issuers() {
        let authority = |entries: serde_json::Value, env: &[(&str, &str)]| {
            issuers(&json!({ "issuers": entries }), env).unwrap().get("https://a.example").unwrap().authority
        };
        assert_eq!(authority(json!([partner("a")]), &[]), Authority::Sole);
        assert_eq!(authority(json!([partner("a"), partner("b")]), &[]), Authority::Named);
        assert_eq!(authority(json!([partner("a")]), &[POOL, CLIENT]), Authority::Named);
    }

    #[test]
    fn without_an_own_pool_each_rule_must_name_its_issuers() {
        let rule = |issuers: serde_json::Value| json!({ "routes": ["GET /a"], "issuers": issuers });
        let two = json!([partner("a"), partner("b")]);
        let open = json!({ "issuers": two, "rules": [rule(json!(["https://a.example"])), { "routes": ["GET /b"] }] });
        assert!(issuers(&open, &[]).unwrap_err().starts_with("/authorizer/rules/1 can never be met"));
        assert!(issuers(&open, &[POOL, CLIENT]).is_ok());
        let own = json!({ "issuers": [partner("a")], "rules": [rule(json!(["own"]))] });
        assert!(issuers(&own, &[]).unwrap_err().starts_with("/authorizer/rules/0 can never be met"));
        let sole = json!({ "issuers": [partner("a")], "rules": [{ "routes": ["GET /b"] }] });
        assert!(issuers(&sole, &[]).is_ok());
    }

    #[test]
    fn an_entry_of_another_kind_keeps_its_own_terms() {
        let entry = json!({
            "issuer": "https://idp.example/", "kind": "oidc", "jwksUri": "https://idp.example/keys?p=1",
            "audiences": ["https://api"], "algorithms": ["ES256", "PS256"], "claims": { "groups": "roles" },
        });
        let issuers = issuers(&json!({ "issuers": [entry] }), &[]).unwrap();
        let found = issuers.get("https://idp.example/").unwrap();
        assert_eq!(found.algorithms, [Algorithm::Es256, Algorithm::Ps256]);
        assert_eq!(found.keys, KeySource::Url("https://idp.example/keys?p=1".into()));
        let Terms::Oidc { audiences, client_ids, claims } = &found.terms else { panic!("another kind") };
        assert_eq!((audiences.as_slice(), client_ids.len()), (["https://api".to_owned()].as_slice(), 0));
        assert_eq!(claims.groups.as_ref().map(ClaimPath::as_str), Some("roles"));
        assert!(issuers.has_others() && found.accepts_client(None).is_ok());
    }

    #[test]
    fn an_endpoint_changes_the_key_url_but_not_the_issuer() {
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
            (found.client_ids(), found.token_use()),
            (["b".into()].as_slice(), [TokenUse::Id].as_slice())
        );
        assert_eq!(found.keys, KeySource::Url(format!("{other}/.well-known/jwks.json")));
        assert!(issuers.get(&format!("{other}/")).is_none());
    }

    #[test]
    fn what_is_missing_or_wrong_is_reported_by_name() {
        let own = json!({ "issuers": [{ "issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc", "clientIds": ["b"] }] });
        let other_form = json!({ "issuers": [{ "issuer": "https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc", "clientIds": ["b"] }] });
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
            (own, vec![POOL, CLIENT], "is a form of the stack's own pool"),
            (other_form, vec![POOL, CLIENT], "is a form of the stack's own pool"),
        ] {
            let error = issuers(&authorizer, &env).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
