//! The gate: decides for API Gateway what the bearer of a token may call.
//!
//! Data flows in one direction, and each file has one job:
//!
//! ```text
//! event  -> request   find the token, and the API it is for
//!        -> token     parse the token, trusting nothing in it
//!        -> jwks      find the issuer's key
//!        -> token     verify signature and claims
//!        -> rules     find what config.json grants to these claims
//!        -> policy    render the answer, as an IAM policy
//! ```
//!
//! No decision may depend on the requested method or path: API Gateway reuses an answer for every route of
//! the API.

mod audit;
mod clock;
mod error;
pub mod inspect;
mod issuers;
mod jwks;
mod policy;
mod principal;
mod request;
mod resource;
mod rules;
mod token;

use std::time::{Duration, Instant};

use platform::config::Config;
use serde_json::Value;

pub use clock::UnixTime;
pub use error::{AuthorizeError, MalformedEvent, StartError, TokenError};
pub use issuers::{Issuers, KeySource, Terms, TrustedIssuer};
pub use jwks::{CacheState, KeyError, KeyId, KeyLookup, KeyProvider, VerifyingKey};
pub use policy::{Answer, Decision, PolicyDocument, document, render};
pub use principal::{AUTH_TIME, Principal, Wanted};
pub use request::{ApiScope, AuthRequest, BearerToken};
pub use rules::{DenyReason, Grant, Rules, Unmet};
pub use token::{Expected, UnverifiedToken, VerifiedClaims};

use audit::AuditRecord;
use resource::Resource;

/// The whole gate, built from one configuration.
#[derive(Debug)]
pub struct Gate {
    issuers: Issuers,
    keys: KeyProvider,
    rules: Rules,
    leeway: u64,
    resource: Option<Resource>,
}

impl Gate {
    /// Builds the gate. `env` looks up an environment variable.
    ///
    /// # Errors
    /// What is missing or wrong in the configuration and the environment variables.
    pub fn new(config: &Config, env: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        Ok(Self {
            issuers: Issuers::new(config, env)?,
            keys: KeyProvider::new(&config.authorizer.jwks)?,
            rules: Rules::new(&config.authorizer.rules),
            leeway: config.authorizer.leeway_seconds.get(),
            resource: Resource::of(&config.api),
        })
    }

    /// Gets the keys of the stack's own pool before the first token needs them, and starts to get the other
    /// issuers' keys. If that fails, a set is requested again when a token needs it.
    pub async fn prefetch(&self, now: UnixTime) {
        self.keys.prefetch(self.issuers.iter(), now).await;
    }

    /// Answers one event, and writes one line to the audit log.
    ///
    /// # Errors
    /// [`AuthorizeError::Unauthorized`] for a bad token. The other errors mean that there is no decision. API
    /// Gateway caches none of them.
    pub async fn authorize(&self, event: &Value, now: UnixTime) -> Result<Answer, AuthorizeError> {
        let started = Instant::now();
        let mut record = AuditRecord::default();
        let answer = self.decide(event, now, &mut record).await;
        record.log(&answer, started.elapsed());
        answer.map(|(_, answer)| answer)
    }

    /// Answers one event in the form in which Lambda delivers it.
    ///
    /// # Errors
    /// The same as those of [`Gate::authorize`]. JSON that cannot be read is `Unauthorized`: it contains no
    /// token, and a caller must not be able to cause a failure.
    pub async fn authorize_json(&self, event: &str, now: UnixTime) -> Result<Answer, AuthorizeError> {
        if let Ok(event) = serde_json::from_str(event) {
            return self.authorize(&event, now).await;
        }
        let answer = Err(TokenError::Unreadable.into());
        AuditRecord::default().log(&answer, Duration::ZERO);
        answer.map(|(_, answer)| answer)
    }

    async fn decide(
        &self,
        event: &Value,
        now: UnixTime,
        record: &mut AuditRecord,
    ) -> Result<(Decision, Answer), AuthorizeError> {
        let request = AuthRequest::parse(event)?;
        let token = UnverifiedToken::parse(&request.token, &self.issuers)?;
        let issuer = token.issuer().ok_or(TokenError::UntrustedIssuer)?;
        record.saw_token(issuer, token.key_id());
        issuer.accepts_algorithm(token.algorithm())?;
        let found = self.keys.key(issuer, token.key_id(), now).await;
        record.looked_up(found.as_ref().ok());
        let claims = token.verify(&found?.key, &self.expected(&request.api, now))?;
        let claims = record.verified(claims);
        Ok(render(self.rules.decide(claims, now), claims, &request.api))
    }

    /// What a token for this API is checked against now, in addition to its issuer's terms.
    fn expected(&self, api: &ApiScope, now: UnixTime) -> Expected {
        let resource = self.resource.as_ref().map(|resource| resource.names(api)).unwrap_or_default();
        Expected { leeway: self.leeway, now, resource }
    }
}
