//! How a Lambda reaches an AWS service: region, endpoint, credentials, TLS roots and time limits.
//!
//! A Lambda gets all of these from its environment, so nothing is searched for: no profile, no metadata
//! service, no certificates on disk, which is what makes an SDK client slow to start. This crate knows
//! no service of AWS, and must not be used outside Lambda: there, `aws-config` is right.

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

/// The root certificates of Amazon Trust Services, which stand behind the endpoints of AWS. Those of the European
/// Sovereign Cloud have roots of their own, which are in no public store yet; until they are, their chains are
/// cross-signed by Amazon Root CA 1, 3 and 4. <https://www.amazontrust.com/repository/>
///
/// All that a machine trusts are some 140, which take longer to read than the rest of the start.
const AMAZON_ROOTS: &str = include_str!("roots.pem");

/// What a call may take. All of it together stays within the least timeout of a function here, 10 s.
const CONNECT: Duration = Duration::from_secs(2);
const ATTEMPT: Duration = Duration::from_secs(4);
const OPERATION: Duration = Duration::from_secs(8);

/// The second try is for a connection that went stale while Lambda had frozen the process, and for a
/// throttled call.
const ATTEMPTS: u32 = 2;

/// One service of AWS, as environment variables name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Amazon Cognito user pools.
    CognitoIdentityProvider,
    /// Amazon `DynamoDB`.
    DynamoDb,
}

impl Service {
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
    /// Never: for operations that are open to everybody.
    Unsigned,
}

/// What an SDK client for `service` is made of. `env` looks an environment variable up; `region` stands
/// in where Lambda has not named one.
#[must_use]
pub fn sdk_config(
    env: impl Fn(&str) -> Option<String>,
    service: Service,
    region: &str,
    signing: Signing,
) -> SdkConfig {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let region = set("AWS_REGION").unwrap_or_else(|| region.to_owned());
    let roots = roots(&region);
    let endpoint = set(service.endpoint_variable()).or_else(|| set("AWS_ENDPOINT_URL"));
    let credentials = match signing {
        Signing::AsTheFunction => credentials(set).map(SharedCredentialsProvider::new),
        Signing::Unsigned => None,
    };
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .http_client(http_client(roots))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .operation_attempt_timeout(ATTEMPT)
                .operation_timeout(OPERATION)
                .build(),
        );
    builder.set_endpoint_url(endpoint).set_credentials_provider(credentials);
    builder.build()
}

/// What Lambda gives a function. They hold as long as the process lives.
fn credentials(set: impl Fn(&str) -> Option<String>) -> Option<Credentials> {
    Some(Credentials::new(
        set("AWS_ACCESS_KEY_ID")?,
        set("AWS_SECRET_ACCESS_KEY")?,
        set("AWS_SESSION_TOKEN"),
        None,
        "lambda",
    ))
}

/// Whose certificates are trusted. The regions in China are run by others, and AWS does not say which authority
/// stands behind their endpoints: there it is every one that Lambda's own system trusts, and a slower start.
fn roots(region: &str) -> TrustStore {
    let is_in_china = region.starts_with("cn-");
    TrustStore::empty().with_native_roots(is_in_china).with_pem_certificate(AMAZON_ROOTS)
}

fn http_client(roots: TrustStore) -> SharedHttpClient {
    let builder = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    match TlsContext::builder().with_trust_store(roots).build() {
        Ok(tls) => builder.tls_context(tls).build_https(),
        // Only a server name that is none fails there, and none was given.
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
        sdk_config(env, service, "eu-west-1", signing)
    }

    #[test]
    fn lambda_s_region_goes_before_the_configured_one() {
        let region = |variables: &[(&str, &str)]| {
            let config = config(variables, Service::DynamoDb, Signing::Unsigned);
            config.region().unwrap().to_string()
        };
        assert_eq!(region(&[]), "eu-west-1");
        assert_eq!(region(&[("AWS_REGION", "us-east-2")]), "us-east-2");
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
    fn the_system_s_own_roots_are_trusted_only_where_amazon_s_are_not_known_to_do() {
        for (region, all) in [
            ("us-east-1", false),
            ("us-gov-west-1", false),
            ("eusc-de-east-1", false),
            ("cn-north-1", true),
            ("cn-northwest-1", true),
        ] {
            // Nothing but its Debug tells what a TrustStore holds.
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
