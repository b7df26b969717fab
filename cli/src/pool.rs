//! Which user pool and app client a command uses: those that flags or environment variables name, or else the
//! outputs of the deployed stack. Only this file names the `CloudFormation` SDK's operations.

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{Stack, StackStatus};
use platform::config::{ClientId, PoolId};

use crate::aws::{Aws, Call, Service};
use crate::cli::PoolArgs;
use crate::error::{Error, quoted};
use crate::place::Place;

const CLOUDFORMATION: Service = Service { name: "AWS CloudFormation", iam: "cloudformation" };

/// The names of the stack's outputs in template.yaml.
const POOL_OUTPUT: &str = "UserPoolId";
const CLIENT_OUTPUT: &str = "UserPoolClientId";
const MACHINE_CLIENT_OUTPUT: &str = "MachineClientId";

/// A user pool and one of its app clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PoolIds {
    pub(crate) pool: PoolId,
    pub(crate) client: ClientId,
}

/// What the flags and the environment variables name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PoolSelection {
    pool: Option<PoolId>,
    client: Option<ClientId>,
    /// The output that names the client if nothing else does.
    output: &'static str,
}

impl PoolSelection {
    /// Reads the two ids. An empty one counts as absent, because an unset shell variable gives one.
    pub(crate) fn parse(flags: &PoolArgs) -> Result<Self, Error> {
        let malformed = |flag| move |reason| Error::MalformedId { flag, reason };
        let pool = present(flags.user_pool_id.as_deref()).map(PoolId::new);
        let client = flags.client_id.as_deref().and_then(|ids| ids.split(',').next());
        let client = present(client).map(ClientId::new);
        Ok(Self {
            pool: pool.transpose().map_err(malformed("--user-pool-id"))?,
            client: client.transpose().map_err(malformed("--client-id"))?,
            output: CLIENT_OUTPUT,
        })
    }

    /// The same for the client of programs, which has its own flag and output.
    pub(crate) fn machine(flags: &PoolArgs, client: Option<&str>) -> Result<Self, Error> {
        let malformed = |reason| Error::MalformedId { flag: "--machine-client-id", reason };
        let client = present(client).map(ClientId::new).transpose().map_err(malformed)?;
        Ok(Self { client, output: MACHINE_CLIENT_OUTPUT, ..Self::parse(flags)? })
    }

    /// The same, completed from the configuration. A client is only used together with its own pool.
    pub(crate) fn or(self, pool: Option<&PoolId>, client: Option<&ClientId>) -> Self {
        let is_same = self.pool.is_none() || self.pool.as_ref() == pool;
        let client = self.client.or_else(|| client.filter(|_| is_same).cloned());
        Self { pool: self.pool.or_else(|| pool.cloned()), client, ..self }
    }

    /// The named pool.
    pub(crate) const fn pool(&self) -> Option<&PoolId> {
        self.pool.as_ref()
    }

    /// The region of the named pool.
    pub(crate) fn region(&self) -> Option<&str> {
        self.pool.as_ref().map(PoolId::region)
    }

    /// Completes the selection from the stack's outputs, which are read only if something is missing.
    pub(crate) async fn resolve(self, aws: &Aws, stack: &str) -> Result<PoolIds, Error> {
        match (self.pool, self.client) {
            (Some(pool), Some(client)) => Ok(PoolIds { pool, client }),
            (pool, client) => {
                let sdk = Client::new(&aws.config);
                let found = describe(&sdk, &aws.place, stack).await?;
                complete(Self { pool, client, ..self }, stack, &found)
            }
        }
    }
}

/// All app clients that are named. [`PoolSelection`] has the first of them.
pub(crate) fn clients(flags: &PoolArgs) -> Result<Vec<ClientId>, Error> {
    let named = present(flags.client_id.as_deref()).into_iter().flat_map(|ids| ids.split(','));
    named
        .map(|id| ClientId::new(id.trim()))
        .collect::<Result<_, _>>()
        .map_err(|reason| Error::MalformedId { flag: "--client-id", reason })
}

fn present(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

async fn describe(client: &Client, place: &Place, stack: &str) -> Result<Stack, Error> {
    let call = Call { service: &CLOUDFORMATION, operation: "DescribeStacks", place };
    let no_stack = || Error::NoStack { stack: stack.to_owned(), place: place.clone() };
    match client.describe_stacks().stack_name(stack).send().await {
        Ok(answer) => answer.stacks.unwrap_or_default().into_iter().next().ok_or_else(no_stack),
        Err(error) => Err(call.common_failure(error).unwrap_or_else(|refusal| {
            // CloudFormation has no error of its own for this. It is a ValidationError that only its text
            // distinguishes.
            let message = refusal.message().unwrap_or_default();
            if message.contains("does not exist") {
                return no_stack();
            }
            call.refused(refusal.code(), quoted(refusal.message(), &[]))
        })),
    }
}

fn complete(named: PoolSelection, name: &str, stack: &Stack) -> Result<PoolIds, Error> {
    let own = output(stack, name, POOL_OUTPUT, PoolId::new)?;
    match (named.pool, named.client) {
        // A client of one pool does not belong to another.
        (Some(pool), None) if pool != own => Err(Error::OtherPool { pool, stack: name.to_owned(), own }),
        (_, Some(client)) => Ok(PoolIds { pool: own, client }),
        (_, None) => Ok(PoolIds { pool: own, client: output(stack, name, named.output, ClientId::new)? }),
    }
}

fn output<T>(
    stack: &Stack,
    name: &str,
    wanted: &'static str,
    parse: fn(&str) -> Result<T, String>,
) -> Result<T, Error> {
    let found = stack.outputs().iter().find(|output| output.output_key() == Some(wanted));
    let value = found.and_then(|output| output.output_value()).ok_or_else(|| Error::NoOutput {
        stack: name.to_owned(),
        output: wanted,
        status: stack.stack_status().map_or("unknown", StackStatus::as_str).to_owned(),
    })?;
    parse(value).map_err(|reason| Error::OddOutput { stack: name.to_owned(), output: wanted, reason })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::todo, reason = "the mock! macro holds one that never runs")]

    use aws_sdk_cloudformation::types::Output;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

    use super::*;

    fn flags(pool: Option<&str>, client: Option<&str>) -> PoolArgs {
        PoolArgs {
            user_pool_id: pool.map(str::to_owned),
            client_id: client.map(str::to_owned),
            ..PoolArgs::default()
        }
    }

    fn stack(outputs: &[(&str, &str)]) -> Stack {
        let outputs = outputs
            .iter()
            .map(|(key, value)| Output::builder().output_key(*key).output_value(*value).build());
        Stack::builder()
            .stack_name("gatehouse")
            .creation_time(std::time::UNIX_EPOCH.into())
            .stack_status(StackStatus::CreateComplete)
            .set_outputs(Some(outputs.collect()))
            .build()
    }

    fn whole() -> Stack {
        stack(&[("ApiUrl", "x"), ("UserPoolId", "us-east-1_Own"), ("UserPoolClientId", "own")])
    }

    fn completed(
        pool: Option<&str>,
        client: Option<&str>,
        stack: &Stack,
    ) -> Result<(String, String), String> {
        let named = PoolSelection::parse(&flags(pool, client)).unwrap();
        complete(named, "gatehouse", stack)
            .map(|ids| (ids.pool.to_string(), ids.client.to_string()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_named_comes_from_the_stack() {
        let ids = |pool: &str, client: &str| Ok((pool.to_owned(), client.to_owned()));
        assert_eq!(completed(None, None, &whole()), ids("us-east-1_Own", "own"));
        assert_eq!(completed(None, Some("mine"), &whole()), ids("us-east-1_Own", "mine"));
        assert_eq!(completed(Some("us-east-1_Own"), None, &whole()), ids("us-east-1_Own", "own"));
    }

    #[test]
    fn the_client_of_programs_is_never_that_of_people() {
        let both = stack(&[
            ("UserPoolId", "us-east-1_Own"),
            ("UserPoolClientId", "own"),
            ("MachineClientId", "machine"),
        ]);
        let machine = |flags: &PoolArgs, client, stack: &Stack| {
            let named = PoolSelection::machine(flags, client)?;
            complete(named, "gatehouse", stack).map(|ids| ids.client.to_string())
        };
        let people = flags(None, Some("people"));
        assert_eq!(machine(&people, None, &both).unwrap(), "machine");
        assert_eq!(machine(&people, Some(""), &both).unwrap(), "machine");
        assert_eq!(machine(&people, Some("mine"), &both).unwrap(), "mine");
        let error = machine(&people, None, &whole()).unwrap_err().to_string();
        assert!(error.contains("no output MachineClientId"), "{error}");
        let error = machine(&people, Some("a b"), &both).unwrap_err().to_string();
        assert!(error.starts_with("--machine-client-id must be"), "{error}");
    }

    #[test]
    fn a_client_of_the_stack_is_not_tried_on_another_pool() {
        let error = completed(Some("us-east-1_Other"), None, &whole()).unwrap_err();
        assert!(error.contains("us-east-1_Other is not that of the stack"), "{error}");
    }

    #[test]
    fn a_stack_without_the_outputs_says_which_one_is_missing() {
        let error = completed(None, None, &stack(&[("UserPoolId", "us-east-1_Own")])).unwrap_err();
        assert!(error.contains("no output UserPoolClientId (its status is CREATE_COMPLETE)"), "{error}");
        let error = completed(None, None, &stack(&[("UserPoolId", "odd id")])).unwrap_err();
        assert!(error.contains("the output UserPoolId of the stack \"gatehouse\" must be"), "{error}");
    }

    #[test]
    fn an_empty_id_counts_as_absent() {
        assert_eq!(
            PoolSelection::parse(&flags(Some(""), Some(" "))).unwrap(),
            PoolSelection { pool: None, client: None, output: CLIENT_OUTPUT }
        );
    }

    #[test]
    fn of_several_clients_the_first_is_taken() {
        let named = PoolSelection::parse(&flags(None, Some("app,machine"))).unwrap();
        assert_eq!(named.client, ClientId::new("app").ok());
    }

    #[test]
    fn all_clients_that_are_named_can_be_asked_for() {
        let named = |ids: &str| clients(&flags(None, Some(ids)));
        let ids = named("app, machine").unwrap();
        assert_eq!(ids.iter().map(ToString::to_string).collect::<Vec<_>>(), ["app", "machine"]);
        assert!(named("").unwrap().is_empty());
        assert!(named("app,,machine").unwrap_err().to_string().starts_with("--client-id must be"));
    }

    #[test]
    fn the_configuration_comes_last_and_its_client_needs_its_pool() {
        let (own, app) = (PoolId::new("us-east-1_File").unwrap(), ClientId::new("file").unwrap());
        let named = |pool, client| {
            let named = PoolSelection::parse(&flags(pool, client)).unwrap().or(Some(&own), Some(&app));
            (named.pool.unwrap().to_string(), named.client.map(|client| client.to_string()))
        };
        let ids = |pool: &str, client: Option<&str>| (pool.to_owned(), client.map(str::to_owned));
        assert_eq!(named(None, None), ids("us-east-1_File", Some("file")));
        assert_eq!(named(None, Some("mine")), ids("us-east-1_File", Some("mine")));
        assert_eq!(named(Some("us-east-1_File"), None), ids("us-east-1_File", Some("file")));
        assert_eq!(named(Some("us-east-1_Other"), None), ids("us-east-1_Other", None));
    }

    #[test]
    fn an_id_of_another_form_is_refused_by_the_name_of_its_flag() {
        let error = PoolSelection::parse(&flags(Some("pool"), None)).unwrap_err();
        assert!(error.to_string().starts_with("--user-pool-id must be"), "{error}");
        assert_eq!(error.exit_code(), 2);
        let error = PoolSelection::parse(&flags(None, Some("a b"))).unwrap_err();
        assert!(error.to_string().starts_with("--client-id must be"), "{error}");
    }

    fn answered(status: u16, body: String) -> Rule {
        mock!(Client::describe_stacks)
            .match_requests(|request| request.stack_name() == Some("gatehouse"))
            .then_http_response(move || HttpResponse::new(status.try_into().unwrap(), body.clone().into()))
    }

    async fn described(status: u16, body: String) -> Result<Stack, Error> {
        let sdk = mock_client!(aws_sdk_cloudformation, RuleMode::Sequential, [&answered(status, body)]);
        describe(&sdk, &Place { region: "us-east-1".into(), endpoint: None }, "gatehouse").await
    }

    fn refusal(code: &str, message: &str) -> String {
        format!(
            "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
        )
    }

    #[tokio::test]
    async fn refusals_of_cloudformation_say_what_to_do() {
        for (code, message, line) in [
            ("ValidationError", "Stack with id gatehouse does not exist", "there is no stack \"gatehouse\""),
            ("ValidationError", "odd name", "refuses DescribeStacks: ValidationError: odd name"),
            ("AccessDenied", "no", "allow the caller `cloudformation:DescribeStacks`"),
            ("ExpiredToken", "old", "(ExpiredToken)"),
            ("InvalidClientTokenId", "who", "(InvalidClientTokenId)"),
            ("Throttling", "Rate exceeded", "wait a little"),
        ] {
            let error = described(400, refusal(code, message)).await.unwrap_err();
            assert!(error.to_string().contains(line), "{code}: {error}");
            assert_eq!(error.exit_code(), 1);
        }
    }

    #[tokio::test]
    async fn an_answer_without_a_stack_is_no_stack() {
        let empty = "<DescribeStacksResponse><DescribeStacksResult><Stacks/></DescribeStacksResult></DescribeStacksResponse>";
        assert!(matches!(described(200, empty.to_owned()).await, Err(Error::NoStack { .. })));
        let error = described(502, "<html>bad gateway</html>".to_owned()).await.unwrap_err();
        assert!(matches!(error, Error::OddAnswer { .. }), "{error}");
    }
}
