//! Builds the gate for the explanation: its pool, and where the keys come from.
//!
//! The deployed function gets both from its environment variables. Here the same variables are made from
//! flags, environment variables, config.json and the stack's outputs. What remains unknown is taken from the
//! token, so that all other checks are possible. In that case no key is fetched from a URL that only the
//! token names, and the verdict is never to allow.

use std::collections::HashMap;
use std::env;
use std::fs::File;
use std::io::Write;

use authorizer::UnixTime;
use authorizer::inspect::{Check, Inspector, Keys, Outcome, Report, Step};
use platform::config::{ClientId, Config, HttpsUrl, PoolId};
use serde_json::Value;

use super::open::Assumed;
use super::token::Shown;
use crate::aws;
use crate::cli::ExplainArgs;
use crate::error::Error;
use crate::pool::{self, PoolSelection};

/// The environment variables that set another endpoint for the SDKs and the gate.
const ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL"];

/// Stands for an unknown pool if the token names none. Cognito makes no such id.
const NO_POOL: &str = "us-east-1_unknown";
const NO_CLIENT: &str = "unknown";

/// What is to be explained.
pub(super) struct Subject<'s> {
    pub(super) args: &'s ExplainArgs,
    pub(super) config: &'s Config,
    pub(super) event: &'s Value,
    pub(super) shown: &'s Shown,
    pub(super) now: UnixTime,
}

/// The gate, and what of it is assumed.
pub(super) struct Terms {
    pub(super) inspector: Inspector,
    pub(super) assumed: Assumed,
}

/// Where the keys come from. A file that cannot be opened is reported at once, whichever issuer the token
/// names.
pub(super) fn keys(args: &ExplainArgs) -> Result<Keys, Error> {
    match &args.jwks {
        Some(path) => match File::open(path) {
            Ok(_) => Ok(Keys::File(path.clone())),
            Err(reason) => Err(Error::InputUnreadable { what: path.display().to_string(), reason }),
        },
        None if args.offline => Ok(Keys::Skipped),
        None => Ok(Keys::Configured),
    }
}

impl Subject<'_> {
    /// The gate, as far as it is known. It looks for a stack only if something depends on it.
    pub(super) async fn terms(&self, keys: Keys, err: &mut dyn Write) -> Result<Terms, Error> {
        let named = PoolSelection::parse(&self.args.pool)?;
        let own = self.named_pool(&named)?;
        if own.is_whole() {
            return self.gate(&own, &keys).map(Terms::certain);
        }
        let guess = own.clone().or(self.pool_of_token());
        let inspector = self.gate(&guess, &Keys::Skipped)?;
        if !can_be_read(&inspector.report(self.event, self.now).await) {
            return Ok(Terms { inspector, assumed: own.lacks() });
        }
        let reason = match self.of_stack(named).await {
            Ok(found) => return self.gate(&own.or(found), &keys).map(Terms::certain),
            Err(reason) => reason,
        };
        if let Some(inspector) = self.without_pool(&own, &keys) {
            let trusted = "only authorizer.issuers are trusted here, as in a stack without a pool of its own";
            writeln!(err, "note: {trusted}: {reason}")?;
            return Ok(Terms::certain(inspector));
        }
        writeln!(err, "note: what depends on the stack's own pool is not checked: {reason}")?;
        // No key is fetched from a URL that only the token names.
        let is_guessed = own.pool.is_none() && !self.names_listed_issuer();
        let keys = if is_guessed && keys == Keys::Configured { Keys::Skipped } else { keys };
        Ok(Terms { inspector: self.gate(&guess, &keys)?, assumed: own.lacks() })
    }

    /// The gate of a stack with this pool.
    fn gate(&self, own: &Own, keys: &Keys) -> Result<Inspector, Error> {
        let mut environment: HashMap<&str, String> = HashMap::new();
        environment.extend(own.pool.as_ref().map(|pool| ("USER_POOL_ID", pool.to_string())));
        if !own.clients.is_empty() {
            let clients: Vec<_> = own.clients.iter().map(ToString::to_string).collect();
            environment.insert("USER_POOL_CLIENT_ID", clients.join(","));
        }
        if !self.args.offline {
            environment.extend(ENDPOINTS.iter().filter_map(|name| Some((*name, env::var(name).ok()?))));
        }
        let look_up = |name: &str| environment.get(name).cloned();
        Inspector::new(self.config, look_up, keys).map_err(Error::NoGate)
    }

    /// What flags, environment variables and config.json name. A client in config.json belongs only to the
    /// pool there.
    fn named_pool(&self, named: &PoolSelection) -> Result<Own, Error> {
        let mut clients = pool::clients(&self.args.pool)?;
        let configured = self.config.user_pool.id.as_ref();
        let pool = named.pool().or(configured).cloned();
        if clients.is_empty() && pool.as_ref() == configured {
            clients.extend(self.config.user_pool.client_id.clone());
        }
        Ok(Own { pool, clients })
    }

    async fn of_stack(&self, named: PoolSelection) -> Result<Own, Error> {
        if self.args.offline {
            return Err(Error::PoolUnknown);
        }
        let aws = aws::load(&self.args.pool, named.region(), &self.args.config).await?;
        let ids = named.resolve(&aws, self.args.pool.stack()).await?;
        Ok(Own { pool: Some(ids.pool), clients: vec![ids.client] })
    }

    /// The gate of a stack without its own pool, if this may be one. A token of a pool that is not listed is
    /// an exception: it would be called an unknown issuer's only because the stack's pool is unknown.
    fn without_pool(&self, own: &Own, keys: &Keys) -> Option<Inspector> {
        let is_nameless = own.pool.is_none() && own.clients.is_empty();
        let is_of_unlisted_pool =
            !self.names_listed_issuer() && self.shown.issuer().is_some_and(|issuer| issuer.is_cognito());
        let may_be = is_nameless && !is_of_unlisted_pool && !self.config.authorizer.issuers.is_empty();
        may_be.then(|| self.gate(&Own::default(), keys).ok())?
    }

    /// Whether the token names an issuer of the configuration, or another form of one that is a Cognito pool.
    fn names_listed_issuer(&self) -> bool {
        let Some(issuer) = self.shown.issuer() else { return false };
        let pool = issuer.cognito_pool();
        let is_same =
            |listed: &HttpsUrl| *listed == issuer || (pool.is_some() && listed.cognito_pool() == pool);
        self.config.authorizer.issuers.iter().any(|listed| is_same(&listed.issuer))
    }

    /// The pool and client that the token would have to belong to.
    fn pool_of_token(&self) -> Own {
        let named = self.shown.issuer().filter(|_| !self.names_listed_issuer());
        let pool = named.and_then(|issuer| issuer.cognito_pool());
        let client = match self.shown.text("token_use") {
            Some("id") => self.shown.text("aud"),
            _ => self.shown.text("client_id"),
        };
        let client = client.and_then(|client| ClientId::new(client).ok());
        Own {
            pool: pool.or_else(|| PoolId::new(NO_POOL).ok()),
            clients: client.or_else(|| ClientId::new(NO_CLIENT).ok()).into_iter().collect(),
        }
    }
}

/// Whether the text is a token at all, whoever issued it.
fn can_be_read(report: &Report) -> bool {
    let is_of_form = [Step::Event, Step::Form, Step::Header, Step::Claims];
    let fails =
        |check: &Check| matches!(check.outcome, Outcome::Failed(_)) && is_of_form.contains(&check.step);
    !report.checks.iter().any(fails)
}

/// The stack's own pool, as far as it is known. A gate with other issuers may have none.
#[derive(Debug, Clone, Default)]
struct Own {
    pool: Option<PoolId>,
    clients: Vec<ClientId>,
}

impl Own {
    const fn is_whole(&self) -> bool {
        self.pool.is_some() && !self.clients.is_empty()
    }

    const fn lacks(&self) -> Assumed {
        Assumed { pool: self.pool.is_none(), clients: self.clients.is_empty() }
    }

    /// The same, completed from another.
    fn or(self, other: Self) -> Self {
        Self {
            pool: self.pool.or(other.pool),
            clients: if self.clients.is_empty() { other.clients } else { self.clients },
        }
    }
}

impl Terms {
    const fn certain(inspector: Inspector) -> Self {
        Self { inspector, assumed: Assumed { pool: false, clients: false } }
    }
}
