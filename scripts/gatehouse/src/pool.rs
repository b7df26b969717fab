//! Which user pool and app client a command works on: the ones that flags or environment name, else
//! the outputs of the deployed stack. The only file that names the `CloudFormation` SDK's operations.

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::Stack;

use crate::aws::{Aws, Call, Place, Service};
use crate::cli::PoolArgs;
use crate::error::{Error, quoted};

const CLOUDFORMATION: Service = Service { name: "AWS CloudFormation", iam: "cloudformation" };

/// The names of the stack's outputs in template.yaml.
const POOL_OUTPUT: &str = "UserPoolId";
const CLIENT_OUTPUT: &str = "UserPoolClientId";

/// A user pool and one of its app clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PoolIds {
    pub(crate) pool: String,
    pub(crate) client: String,
}

/// What the flags and the environment name, each of its form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pool: Option<String>,
    client: Option<String>,
}

impl Named {
    /// Reads the two ids. An empty one, which an unset shell variable gives, counts as absent.
    pub(crate) fn parse(flags: &PoolArgs) -> Result<Self, Error> {
        let pool = present(flags.user_pool_id.as_deref());
        if pool.is_some_and(|id| !is_pool_id(id)) {
            let example = "us-east-1_AbCdEf123";
            return Err(Error::MalformedId { flag: "--user-pool-id", kind: "user pool id", example });
        }
        let first = flags.client_id.as_deref().and_then(|ids| ids.split(',').next());
        let client = present(first);
        if client.is_some_and(|id| !is_client_id(id)) {
            let example = "4mq4a8ebphdn4tiri1hcqh5r2e";
            return Err(Error::MalformedId { flag: "--client-id", kind: "app client id", example });
        }
        Ok(Self { pool: pool.map(str::to_owned), client: client.map(str::to_owned) })
    }

    /// Completes what is named from the stack's outputs, which are read only if something is missing.
    pub(crate) async fn resolve(self, aws: &Aws, stack: &str) -> Result<PoolIds, Error> {
        match (self.pool, self.client) {
            (Some(pool), Some(client)) => Ok(PoolIds { pool, client }),
            (pool, client) => {
                let client_of_sdk = Client::new(&aws.config);
                let found = describe(&client_of_sdk, &aws.place, stack).await?;
                complete(pool, client, stack, &found)
            }
        }
    }
}

fn present(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// `[\w-]+_[0-9a-zA-Z]+`, at most 55 characters.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPool.html>
fn is_pool_id(text: &str) -> bool {
    text.len() <= 55
        && text.rsplit_once('_').is_some_and(|(region, id)| {
            !region.is_empty()
                && region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
                && !id.is_empty()
                && id.chars().all(|c| c.is_ascii_alphanumeric())
        })
}

/// `[\w+]+`, at most 128 characters.
fn is_client_id(text: &str) -> bool {
    text.len() <= 128 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '+')
}

async fn describe(client: &Client, place: &Place, stack: &str) -> Result<Stack, Error> {
    let call = Call { service: &CLOUDFORMATION, operation: "DescribeStacks", place };
    let no_stack = || Error::NoStack { stack: stack.to_owned(), place: place.clone() };
    match client.describe_stacks().stack_name(stack).send().await {
        Ok(answer) => answer.stacks.unwrap_or_default().into_iter().next().ok_or_else(no_stack),
        Err(error) => Err(call.common_failure(error).unwrap_or_else(|refusal| {
            // CloudFormation has no error of its own for this: a ValidationError, told by its text alone.
            let message = refusal.message().unwrap_or_default();
            if message.contains("does not exist") {
                return no_stack();
            }
            call.refused(refusal.code(), quoted(refusal.message(), &[]))
        })),
    }
}

fn complete(
    pool: Option<String>,
    client: Option<String>,
    name: &str,
    stack: &Stack,
) -> Result<PoolIds, Error> {
    let output = |wanted: &'static str| {
        let found = stack.outputs().iter().find(|output| output.output_key() == Some(wanted));
        found.and_then(|output| output.output_value()).filter(|value| !value.is_empty()).ok_or_else(|| {
            let status = stack.stack_status().map_or("unknown", |status| status.as_str()).to_owned();
            Error::NoOutput { stack: name.to_owned(), output: wanted, status }
        })
    };
    let own_pool = output(POOL_OUTPUT)?;
    match (pool, client) {
        // A client of one pool is no client of another.
        (Some(pool), None) if pool != own_pool => {
            Err(Error::OtherPool { pool, stack: name.to_owned(), own: own_pool.to_owned() })
        }
        (_, Some(client)) => Ok(PoolIds { pool: own_pool.to_owned(), client }),
        (_, None) => Ok(PoolIds { pool: own_pool.to_owned(), client: output(CLIENT_OUTPUT)?.to_owned() }),
    }
}
