//! How a Lambda function calls an AWS service: region, endpoint, credentials, TLS roots and time limits.
//!
//! A Lambda function gets all of these from its environment variables. So this crate searches no profile, no
//! metadata service and no certificates on disk, which would make an SDK client slow to start. It depends on
//! no single AWS service, and must not be used outside Lambda: use `aws-config` there.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::{RetryConfig, SharedHttpClient, TimeoutConfig};

mod stale;

/// The root certificates of Amazon Trust Services, which issues the certificates of AWS's endpoints. The
/// European Sovereign Cloud has its own roots, which no public store contains yet. Until then, Amazon Root CA
/// 1, 3 and 4 cross-sign its chains. <https://www.amazontrust.com/repository/>
///
/// A machine trusts about 140 roots. Reading all of them takes longer than the rest of the start.
const AMAZON_ROOTS: &str = include_str!("roots.pem");

/// The limits of a call. Together they stay below the shortest timeout of a function here, 10 s.
const CONNECT: Duration = Duration::from_secs(2);
const ATTEMPT: Duration = Duration::from_secs(4);
const OPERATION: Duration = Duration::from_secs(8);

/// For a service whose calls may be repeated. The second attempt is for a connection that was closed while
/// Lambda had frozen the process, and for a throttled call.
const ATTEMPTS: u32 = 2;

/// An AWS service, as environment variables name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Amazon Cognito user pools.
    CognitoIdentityProvider,
    /// Amazon `DynamoDB`.
    DynamoDb,
}

impl Service {
    /// How often and how long a call is attempted. Cognito's calls are not repeated: a repeated sign-up or
    /// request for a code would happen twice. Besides, if the SDK waited and tried again after a throttle,
    /// real accounts would be affected more often than made-up ones, and the response time would tell them
    /// apart.
    fn persistence(self) -> (RetryConfig, TimeoutConfig) {
        let limits = TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(OPERATION);
        match self {
            // There is no second attempt, so the first one gets all the time: a trigger of the pool may take
            // up to 5 s.
            // <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html>
            Self::CognitoIdentityProvider => (RetryConfig::disabled(), limits.build()),
            Self::DynamoDb => (
                RetryConfig::standard().with_max_attempts(ATTEMPTS),
                limits.operation_attempt_timeout(ATTEMPT).build(),
            ),
        }
    }

    fn http_client(self, roots: TrustStore) -> SharedHttpClient {
        let client = http_client(roots);
        match self {
            Self::CognitoIdentityProvider => SharedHttpClient::new(stale::Renewing::new(client)),
            Self::DynamoDb => client,
        }
    }

    /// <https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html>
    const fn endpoint_variable(self) -> &'static str {
        match self {
            Self::CognitoIdentityProvider => "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
            Self::DynamoDb => "AWS_ENDPOINT_URL_DYNAMODB",
        }
    }
}

/// Whether a client signs its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// With the credentials of the function's role.
    AsTheFunction,
    /// Never, for operations that need no credentials.
    Unsigned,
}

/// The region of what is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home<'a> {
    /// This region, wherever the function runs. A user pool's id contains its region.
    Region(&'a str),
    /// The function's own region, or this one if Lambda names none.
    Function(&'a str),
}

impl Home<'_> {
    fn region(self, set: impl Fn(&str) -> Option<String>) -> String {
        match self {
            Self::Region(region) => region.to_owned(),
            Self::Function(otherwise) => set("AWS_REGION").unwrap_or_else(|| otherwise.to_owned()),
        }
    }
}

/// The configuration of an SDK client for `service`. `env` looks up an environment variable.
#[must_use]
pub fn sdk_config(
    env: impl Fn(&str) -> Option<String>,
    service: Service,
    home: Home<'_>,
    signing: Signing,
) -> SdkConfig {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let region = home.region(set);
    let roots = roots(&region);
    let endpoint = set(service.endpoint_variable()).or_else(|| set("AWS_ENDPOINT_URL"));
    let credentials = match signing {
        Signing::AsTheFunction => credentials(set).map(SharedCredentialsProvider::new),
        Signing::Unsigned => None,
    };
    let (retries, limits) = service.persistence();
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .http_client(service.http_client(roots))
        .retry_config(retries)
        .timeout_config(limits);
    builder.set_endpoint_url(endpoint).set_credentials_provider(credentials);
    builder.build()
}

/// The credentials that Lambda gives a function. They are valid as long as the process lives.
fn credentials(set: impl Fn(&str) -> Option<String>) -> Option<Credentials> {
    Some(Credentials::new(
        set("AWS_ACCESS_KEY_ID")?,
        set("AWS_SECRET_ACCESS_KEY")?,
        set("AWS_SESSION_TOKEN"),
        None,
        "lambda",
    ))
}

/// Whose certificates are trusted. Other companies run the regions in China, and AWS does not say which
/// authority issues the certificates there. So a function there trusts every root of Lambda's own system, and
/// starts more slowly.
fn roots(region: &str) -> TrustStore {
    let is_in_china = region.starts_with("cn-");
    TrustStore::empty().with_native_roots(is_in_china).with_pem_certificate(AMAZON_ROOTS)
}

fn http_client(roots: TrustStore) -> SharedHttpClient {
    let builder = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    match TlsContext::builder().with_trust_store(roots).build() {
        Ok(tls) => builder.tls_context(tls).build_https(),
        // This can only fail for an invalid server name, and none was given.
        Err(_) => builder.build_https(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)], service: Service, signing: Signing) -> SdkConfig {
        let env = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        sdk_config(env, service, Home::Function("eu-west-1"), signing)
    }

    #[test]
    fn a_service_is_in_its_named_region_or_else_the_functions() {
        let region = |home, lambda: Option<&str>| {
            let env = |name: &str| lambda.filter(|_| name == "AWS_REGION").map(str::to_owned);
            let config = sdk_config(env, Service::DynamoDb, home, Signing::Unsigned);
            config.region().unwrap().to_string()
        };
        assert_eq!(region(Home::Function("eu-west-1"), None), "eu-west-1");
        assert_eq!(region(Home::Function("eu-west-1"), Some("us-east-2")), "us-east-2");
        assert_eq!(region(Home::Function("eu-west-1"), Some("")), "eu-west-1");
        for lambda in [None, Some("us-east-2")] {
            assert_eq!(region(Home::Region("eu-west-1"), lambda), "eu-west-1");
        }
    }

    #[test]
    fn only_what_may_be_repeated_is_tried_again() {
        for (service, attempts) in [(Service::CognitoIdentityProvider, 1), (Service::DynamoDb, 2)] {
            let config = config(&[], service, Signing::Unsigned);
            assert_eq!(config.retry_config().unwrap().max_attempts(), attempts, "{service:?}");
            let limits = config.timeout_config().unwrap();
            assert_eq!(limits.operation_timeout(), Some(OPERATION), "{service:?}");
            assert_eq!(limits.operation_attempt_timeout().is_some(), attempts > 1, "{service:?}");
        }
    }

    #[test]
    fn a_service_s_own_endpoint_goes_before_the_common_one() {
        let both = [
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1:2"),
        ];
        let endpoint =
            |service| config(&both, service, Signing::Unsigned).endpoint_url().map(str::to_owned).unwrap();
        assert_eq!(endpoint(Service::CognitoIdentityProvider), "http://127.0.0.1:2");
        assert_eq!(endpoint(Service::DynamoDb), "http://127.0.0.1:1");
        assert_eq!(config(&[], Service::DynamoDb, Signing::Unsigned).endpoint_url(), None);
    }

    #[test]
    fn credentials_are_there_only_to_sign() {
        let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];
        let has = |signing| config(&keys, Service::DynamoDb, signing).credentials_provider().is_some();
        assert!(has(Signing::AsTheFunction));
        assert!(!has(Signing::Unsigned));
    }

    #[test]
    fn the_systems_roots_are_trusted_only_where_amazons_may_not_do() {
        for (region, all) in [
            ("us-east-1", false),
            ("us-gov-west-1", false),
            ("eusc-de-east-1", false),
            ("cn-north-1", true),
            ("cn-northwest-1", true),
        ] {
            // Only its Debug output shows what a TrustStore contains.
            let store = format!("{:?}", roots(region));
            assert!(store.contains(&format!("enable_native_roots: {all}")), "{region}");
            assert!(!store.contains("custom_certs: []"), "{region}");
        }
    }

    #[test]
    fn the_roots_are_amazon_s_own_and_publicly_trusted() {
        let subjects: Vec<&[u8]> =
            webpki_roots::TLS_SERVER_ROOTS.iter().map(|root| root.subject.as_ref()).collect();
        let names = ["Amazon Root CA 1", "Amazon Root CA 2", "Amazon Root CA 3", "Amazon Root CA 4"];
        for name in names {
            assert!(subjects.iter().any(|subject| contains(subject, name.as_bytes())), "{name}");
        }
        let certificates: Vec<Vec<u8>> =
            AMAZON_ROOTS.split("-----BEGIN CERTIFICATE-----").skip(1).map(der).collect();
        assert_eq!(certificates.len(), 5);
        for certificate in &certificates {
            let trusted = webpki_roots::TLS_SERVER_ROOTS.iter().any(|root| {
                contains(certificate, &root.subject_public_key_info) && contains(certificate, &root.subject)
            });
            assert!(trusted, "a certificate is not among the public roots");
        }
    }

    fn der(pem: &str) -> Vec<u8> {
        use base64::Engine as _;
        let body = pem.split("-----END").next().unwrap();
        let text: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        base64::engine::general_purpose::STANDARD.decode(text).unwrap()
    }

    fn contains(haystack: &[u8], needle: &[u8]) -> bool {
        haystack.windows(needle.len()).any(|window| window == needle)
    }
}
