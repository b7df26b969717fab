//! The gate that the token is shown to: which pool it guards for, and where the keys come from.
//!
//! The deployed function learns both from its environment; here flags, environment, config.json and the
//! stack's outputs make the same environment.

use std::collections::HashMap;
use std::env;
use std::fs::File;
use std::io::Write;

use authorizer::inspect::Keys;
use platform::config::{ClientId, Config, PoolId};

use crate::aws;
use crate::cli::ExplainArgs;
use crate::error::Error;
use crate::pool::{self, Named};

type Environment = HashMap<&'static str, String>;

/// The variables that lead the SDKs, and the gate, to another endpoint.
const ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL"];

/// Where the keys come from. A file that cannot be opened is told at once, whoever the token's issuer is.
pub(super) fn keys(args: &ExplainArgs) -> Result<Keys, Error> {
    match &args.jwks {
        Some(path) => match File::open(path) {
            Ok(_) => Ok(Keys::File(path.clone())),
            Err(reason) => Err(Error::InputUnreadable { what: path.display().to_string(), reason }),
        },
        None if args.offline => Ok(Keys::Withheld),
        None => Ok(Keys::Configured),
    }
}

/// The environment of the deployed function, as far as it is known here.
pub(super) async fn environment(
    args: &ExplainArgs,
    config: &Config,
    err: &mut dyn Write,
) -> Result<Environment, Error> {
    let mut environment = Environment::new();
    if let Some((pool, clients)) = own_pool(args, config, err).await? {
        let clients: Vec<_> = clients.iter().map(ToString::to_string).collect();
        environment.insert("USER_POOL_ID", pool.to_string());
        environment.insert("USER_POOL_CLIENT_ID", clients.join(","));
    }
    if !args.offline {
        environment.extend(ENDPOINTS.iter().filter_map(|name| Some((*name, env::var(name).ok()?))));
    }
    Ok(environment)
}

type Pool = (PoolId, Vec<ClientId>);

/// The pool that the gate guards for, and its clients. A gate with other issuers may have none.
async fn own_pool(args: &ExplainArgs, config: &Config, err: &mut dyn Write) -> Result<Option<Pool>, Error> {
    let named = Named::parse(&args.pool)?;
    let mut clients = pool::clients(&args.pool)?;
    let configured = config.user_pool.id.as_ref();
    let pool = named.pool().or(configured).cloned();
    if clients.is_empty() && pool.as_ref() == configured {
        clients.extend(config.user_pool.client_id.clone());
    }
    let may_be_absent = pool.is_none() && clients.is_empty() && !config.authorizer.issuers.is_empty();
    match pool {
        Some(pool) if !clients.is_empty() => Ok(Some((pool, clients))),
        _ if args.offline && may_be_absent => unknown(&Error::PoolUnknown, err),
        _ if args.offline => Err(Error::PoolUnknown),
        _ => match of_stack(args, named).await {
            Ok((pool, first)) => Ok(Some((pool, if clients.is_empty() { vec![first] } else { clients }))),
            Err(error) if may_be_absent => unknown(&error, err),
            Err(error) => Err(error),
        },
    }
}

fn unknown(reason: &Error, err: &mut dyn Write) -> Result<Option<Pool>, Error> {
    writeln!(err, "note: only authorizer.issuers are trusted here, not the stack's own pool: {reason}")?;
    Ok(None)
}

async fn of_stack(args: &ExplainArgs, named: Named) -> Result<(PoolId, ClientId), Error> {
    let aws = aws::load(&args.pool, named.region(), &args.config).await?;
    let ids = named.resolve(&aws, args.pool.stack()).await?;
    Ok((ids.pool, ids.client))
}
