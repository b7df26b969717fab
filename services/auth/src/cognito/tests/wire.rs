//! A user pool whose SDK client plays a script, and writes down what would go over the wire.
//!
//! A script is a list of rules, used up in order; a call that the next rule does not expect fails the test.

use std::sync::{Arc, Mutex};

use aws_sdk_cognitoidentityprovider::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_cognitoidentityprovider::config::retry::RetryConfig;
use aws_sdk_cognitoidentityprovider::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_cognitoidentityprovider::error::BoxError;
use aws_smithy_mocks::{Rule, RuleMode, mock_client};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use platform::config::{ClientId, PoolId};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::cognito::Cognito;

pub(super) const EMAIL: &str = "ann@example.com";
/// HMAC-SHA256 with the key `client-secret` over [`EMAIL`] and the client id, computed elsewhere.
pub(super) const EMAIL_HASH: &str = "bi2NRA7/0N6Hk+x+V92ek4ysho+2OKn2neDTvpUNidY=";
pub(super) const SUB: &str = "7f1e-sub";
/// The same over [`SUB`] and the client id.
pub(super) const SUB_HASH: &str = "121eZrsFwXVi+0NvPZxT29L9azTIu+rZhd8Lhnex5lk=";
pub(super) const SESSION: &str = "session-of-twenty-characters-or-more";

/// How the app client and the pool are set up.
#[expect(clippy::struct_excessive_bools, reason = "they are settings of a client, independent of each other")]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Client {
    pub(super) has_secret: bool,
    pub(super) auto_confirms: bool,
    pub(super) tells_addresses: bool,
    pub(super) tells_trigger_words: bool,
}

pub(super) const PUBLIC: Client =
    Client { has_secret: false, auto_confirms: false, tells_addresses: false, tells_trigger_words: false };
pub(super) const CONFIDENTIAL: Client = Client { has_secret: true, ..PUBLIC };
pub(super) const PROTECTED: Client = Client { tells_addresses: true, ..CONFIDENTIAL };
pub(super) const AUTO_CONFIRMING: Client = Client { auto_confirms: true, ..PUBLIC };

/// One answer, as it comes over the wire.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: String,
}

pub(super) fn ok(body: &Value) -> Reply {
    Reply { status: 200, body: body.to_string() }
}

pub(super) fn refused(code: &str, message: &str) -> Reply {
    Reply { status: 400, body: json!({ "__type": code, "message": message }).to_string() }
}

/// Tokens, as a sign-in ends.
pub(super) fn tokens() -> Reply {
    ok(&json!({ "AuthenticationResult": {
        "AccessToken": "the-access-token", "IdToken": "the-id-token", "RefreshToken": "the-refresh-token",
        "ExpiresIn": 3600, "TokenType": "Bearer",
    }}))
}

/// A challenge with these parameters.
pub(super) fn challenge(name: &str, parameters: &Value) -> Reply {
    ok(&json!({ "ChallengeName": name, "Session": SESSION, "ChallengeParameters": parameters }))
}

impl Reply {
    pub(super) fn to_response(&self) -> HttpResponse {
        HttpResponse::new(self.status.try_into().unwrap(), self.body.clone().into())
    }
}

/// `call!(operation, reply)`: the next call is of this operation and gets this reply.
macro_rules! call {
    ($operation:ident, $reply:expr) => {{
        let reply: $crate::cognito::tests::wire::Reply = $reply;
        aws_smithy_mocks::mock!(aws_sdk_cognitoidentityprovider::Client::$operation)
            .then_http_response(move || reply.to_response())
    }};
}
pub(super) use call;

/// Writes down each request as `[operation, body]`, with `"signed"` behind when it is.
#[derive(Debug, Clone, Default)]
struct Tap(Arc<Mutex<Vec<Value>>>);

impl Intercept for Tap {
    fn name(&self) -> &'static str {
        "Tap"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let target = request.headers().get("x-amz-target").unwrap();
        let operation = target.strip_prefix("AWSCognitoIdentityProviderService.").unwrap();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let sent = match request.headers().get("authorization") {
            None => json!([operation, body]),
            Some(_) => json!([operation, body, "signed"]),
        };
        self.0.lock().unwrap().push(sent);
        Ok(())
    }
}

/// Does `act` against a pool that plays `script` to its end: what came of it, and the requests.
pub(super) async fn play<T>(
    client: Client,
    script: &[Rule],
    act: impl AsyncFnOnce(&Cognito) -> T,
) -> (T, Value) {
    let tap = Tap::default();
    let sdk = mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::Sequential, script, |config| {
        config.retry_config(RetryConfig::disabled()).interceptor(tap.clone())
    });
    let cognito = Cognito {
        sdk,
        client_id: ClientId::new("client").unwrap(),
        client_secret: client.has_secret.then(|| SecretString::from("client-secret")),
        auto_confirm: client.auto_confirms.then(|| PoolId::new("us-east-1_Pool").unwrap()),
        tells_addresses: client.tells_addresses,
        tells_trigger_words: client.tells_trigger_words,
    };
    let outcome = act(&cognito).await;
    for (index, rule) in script.iter().enumerate() {
        assert_eq!(rule.num_calls(), 1, "call {index} of the script");
    }
    let sent = tap.0.lock().unwrap().clone();
    (outcome, Value::Array(sent))
}
