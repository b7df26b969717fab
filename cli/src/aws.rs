//! How the CLI reaches AWS: region, credentials, endpoint, time limits, and the failures that happen before a
//! service answers. The SDK itself handles `AWS_ENDPOINT_URL` and profiles.
//!
//! This file must not name a single service's operations or exceptions.

use std::time::Duration;
use std::{env, fmt};

use aws_config::identity::IdentityCache;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_smithy_runtime_api::client::result::SdkError;
use platform::config::PoolId;

use crate::cli::{ConfigFile, PoolArgs};
use crate::config;
use crate::error::{Error, quoted};
use crate::place::Place;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The limit of one attempt. Within a call, Cognito runs the pool's Lambda triggers, which may take 5 seconds
/// each.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);
/// The limit of all attempts of one call, including the loading of credentials.
const CALL_TIMEOUT: Duration = Duration::from_mins(1);
/// A credential process may first have to ask a person for a code.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(30);

/// A loaded AWS configuration that has a region.
pub(crate) struct Aws {
    pub(crate) config: SdkConfig,
    pub(crate) place: Place,
}

impl Aws {
    /// The same, in the region of the pool. The pool's id names it, and a stack may use a pool of another
    /// region.
    pub(crate) fn of_pool(&self, pool: &PoolId) -> Self {
        let region = pool.region().to_owned();
        let config = self.config.to_builder().region(Region::new(region.clone())).build();
        Self { config, place: Place { region, ..self.place.clone() } }
    }
}

/// Loads what the flags, the environment variables and the AWS profile say. If none of them names a region,
/// it is the region of the named pool, or else the one of the configuration.
pub(crate) async fn load(flags: &PoolArgs, pool: Option<&str>, file: &ConfigFile) -> Result<Aws, Error> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(CALL_TIMEOUT)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard())
        .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS_TIMEOUT).build());
    if let Some(profile) = &flags.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &flags.region {
        loader = loader.region(Region::new(region.as_str().to_owned()));
    }
    let config = loader.load().await;
    refuse_ignored_endpoint(&config)?;
    let region = match (config.region(), pool) {
        (Some(region), _) => region.clone(),
        (None, Some(region)) => Region::new(region.to_owned()),
        (None, None) => Region::new(config::region(file)?.ok_or(Error::NoRegion)?),
    };
    let place = Place { region: region.to_string(), endpoint: config.endpoint_url().map(str::to_owned) };
    let mut builder = config.into_builder();
    if let Some(profile) = &flags.profile {
        builder = builder.credentials_provider(of_profile(profile, region.clone()));
    }
    Ok(Aws { config: builder.region(region).build(), place })
}

/// The SDK prefers keys in environment variables even to a profile that was named explicitly. It would then
/// act in another account than intended.
fn of_profile(name: &str, region: Region) -> SharedCredentialsProvider {
    let config = ProviderConfig::without_region().with_region(Some(region));
    let provider = ProfileFileCredentialsProvider::builder().configure(&config).profile_name(name);
    SharedCredentialsProvider::new(provider.build())
}

/// The SDK ignores an endpoint that is not a URL, and calls AWS instead, which nobody intends.
fn refuse_ignored_endpoint(config: &SdkConfig) -> Result<(), Error> {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let wanted = is_set("AWS_ENDPOINT_URL") && !is_set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    if wanted && config.endpoint_url().is_none() { Err(Error::BadEndpoint) } else { Ok(()) }
}

/// An AWS service that the CLI calls.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its name for people.
    pub(crate) name: &'static str,
    /// Its name in IAM.
    pub(crate) iam: &'static str,
}

/// Cognito user pools. `cognito/` has their operations.
pub(crate) const COGNITO: Service = Service { name: "Amazon Cognito", iam: "cognito-idp" };

/// A call that failed.
pub(crate) struct Call<'a> {
    pub(crate) service: &'static Service,
    pub(crate) operation: &'static str,
    pub(crate) place: &'a Place,
}

impl Call<'_> {
    /// Handles the failures that every operation of every service has in common. It returns the error if only
    /// the service's own code can explain it.
    pub(crate) fn common_failure<E, R>(&self, error: SdkError<E, R>) -> Result<Error, E>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: fmt::Debug + 'static,
    {
        if let Some(credentials) = find_cause::<CredentialsError>(&error) {
            return Ok(credentials_failure(credentials));
        }
        Ok(match error {
            SdkError::ConstructionFailure(_) => Error::BadRequest {
                operation: self.operation,
                reason: quoted(Some(&root_cause(&error)), &[]),
            },
            SdkError::TimeoutError(_) => self.timed_out(),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => self.timed_out(),
            SdkError::DispatchFailure(_) => {
                Error::Unreachable { service: self.service.name, place: self.place.clone() }
            }
            SdkError::ServiceError(failure) => {
                let cause = failure.into_err();
                return self.common_refusal(cause.code()).ok_or(cause);
            }
            // An answer that cannot be parsed. The enum is non-exhaustive.
            _ => self.odd_answer(),
        })
    }

    pub(crate) fn odd_answer(&self) -> Error {
        Error::OddAnswer { service: self.service.name, operation: self.operation, place: self.place.clone() }
    }

    /// A refusal, reported in the service's own words.
    pub(crate) fn refused(&self, code: Option<&str>, message: String) -> Error {
        match code {
            Some(code) => Error::Refused {
                service: self.service.name,
                operation: self.operation,
                code: quoted(Some(code), &[]),
                message,
            },
            // Every AWS service names its errors. An answer without a name came from something else, for
            // example a proxy.
            None => self.odd_answer(),
        }
    }

    fn timed_out(&self) -> Error {
        Error::TimedOut { service: self.service.name, operation: self.operation, place: self.place.clone() }
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html>
    fn common_refusal(&self, code: Option<&str>) -> Option<Error> {
        let Service { name: service, iam } = *self.service;
        let operation = self.operation;
        match code? {
            "AccessDenied" | "AccessDeniedException" | "NotAuthorized" | "UnauthorizedOperation" => {
                Some(Error::AccessDenied { operation, action: format!("{iam}:{operation}") })
            }
            code @ ("ExpiredToken"
            | "ExpiredTokenException"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "InvalidAccessKeyId"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "RequestExpired"
            | "SignatureDoesNotMatch"
            | "UnrecognizedClientException") => {
                Some(Error::CredentialsRefused { service, code: code.to_owned() })
            }
            "LimitExceededException"
            | "RequestLimitExceeded"
            | "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "TooManyRequestsException" => Some(Error::Throttled { service, operation }),
            // A region without the operation answers with the first of these:
            // <https://github.com/boto/boto3/issues/1542>
            "UnknownOperationException" | "InvalidAction" | "UnsupportedOperation" => {
                Some(Error::UnknownOperation { service, operation, place: self.place.clone() })
            }
            _ => None,
        }
    }
}

fn credentials_failure(cause: &CredentialsError) -> Error {
    match cause {
        CredentialsError::CredentialsNotLoaded(_) => Error::NoCredentials,
        CredentialsError::ProviderTimedOut(_) => {
            let reason = format!("it took longer than {} seconds", CREDENTIALS_TIMEOUT.as_secs());
            Error::CredentialsFailed { reason }
        }
        _ => Error::CredentialsFailed { reason: quoted(Some(&root_cause(cause)), &[]) },
    }
}

fn find_cause<'a, T: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The innermost cause of an error.
pub(crate) fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    causes(error).last().map_or_else(String::new, ToString::to_string)
}

fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |cause| cause.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_names_an_endpoint_that_is_not_the_usual_one() {
        let usual = Place { region: "eu-west-1".into(), endpoint: None };
        let local = Place { endpoint: Some("http://127.0.0.1:4566".into()), ..usual.clone() };
        assert_eq!(usual.to_string(), "eu-west-1");
        assert_eq!(local.to_string(), "eu-west-1 at http://127.0.0.1:4566");
    }

    #[test]
    fn unloadable_credentials_differ_from_missing_ones() {
        let none = CredentialsError::not_loaded("nowhere");
        assert!(matches!(credentials_failure(&none), Error::NoCredentials));
        let slow = CredentialsError::provider_timed_out(Duration::from_secs(5));
        assert!(matches!(credentials_failure(&slow), Error::CredentialsFailed { .. }));
        let wrong = CredentialsError::invalid_configuration("profile `x` was not defined");
        assert!(credentials_failure(&wrong).to_string().contains("profile `x` was not defined"));
    }
}
