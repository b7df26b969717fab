//! For tests: a user pool whose SDK client follows a script instead of using the network.
//!
//! A script is a list of rules, which are used in order. A call that the next rule does not expect fails the
//! test.
#![allow(clippy::todo, reason = "the mock! macro holds one that never runs")]

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::retry::RetryConfig;
use aws_sdk_cognitoidentityprovider::operation::admin_create_user::AdminCreateUserInput;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use platform::config::{ClientId, PoolId};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::UserPool;
use crate::error::Error;
use crate::password::Prompter;
use crate::place::Place;
use crate::pool::PoolIds;

pub(crate) const EMAIL: &str = "ann@example.com";
pub(crate) const PASSWORD: &str = "Correct-horse-9";
pub(crate) const SESSION: &str = "session-of-twenty-characters-or-more";
pub(crate) const SUB: &str = "7f1e-sub";
/// HMAC-SHA256 with the key `client-secret` over [`SUB`] and the client id, computed with another program.
pub(crate) const SUB_HASH: &str = "121eZrsFwXVi+0NvPZxT29L9azTIu+rZhd8Lhnex5lk=";
/// The same over [`EMAIL`] and the client id.
pub(crate) const EMAIL_HASH: &str = "bi2NRA7/0N6Hk+x+V92ek4ysho+2OKn2neDTvpUNidY=";

/// One answer of Cognito, as it is sent over the network.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Ok(Value),
    Refused(&'static str, String),
    /// An answer that does not come from Cognito but from something in between.
    Garbage,
}

pub(crate) fn refused(code: &'static str, message: &str) -> Reply {
    Reply::Refused(code, message.to_owned())
}

impl Reply {
    pub(crate) fn to_response(&self) -> HttpResponse {
        let (status, body) = match self {
            Self::Ok(body) => (200, body.to_string()),
            Self::Refused(code, message) => (400, json!({ "__type": code, "message": message }).to_string()),
            Self::Garbage => (200, "<html>".to_owned()),
        };
        HttpResponse::new(status.try_into().unwrap(), body.into())
    }
}

/// `next_call!(operation, |request| ..., reply)`: the next call must be of this operation, and meet the
/// condition.
macro_rules! next_call {
    ($operation:ident, $condition:expr, $reply:expr) => {{
        let reply: $crate::cognito::scripted::Reply = $reply;
        aws_smithy_mocks::mock!(aws_sdk_cognitoidentityprovider::Client::$operation)
            .match_requests($condition)
            .then_http_response(move || reply.to_response())
    }};
}
pub(crate) use next_call;

/// How the app client allows passwords, and whether it has a secret.
pub(crate) fn app_client(flows: &[&str], secret: Option<&str>) -> Rule {
    let settings = json!({ "UserPoolClient": { "ExplicitAuthFlows": flows, "ClientSecret": secret } });
    let reply = Reply::Ok(settings);
    mock!(Client::describe_user_pool_client)
        .match_requests(|request| {
            request.user_pool_id() == Some("us-east-1_Pool") && request.client_id() == Some("client")
        })
        .then_http_response(move || reply.to_response())
}

/// A client for `ADMIN_USER_PASSWORD_AUTH` without a secret.
pub(crate) fn admin_client() -> Rule {
    app_client(&["ALLOW_ADMIN_USER_PASSWORD_AUTH"], None)
}

/// Opens the pool. `script` begins with the answer about the app client.
pub(crate) async fn open(script: &[Rule]) -> Result<UserPool, Error> {
    open_with(script, None).await
}

/// The same with a secret from a file.
pub(crate) async fn open_with(script: &[Rule], given: Option<&str>) -> Result<UserPool, Error> {
    let sdk = mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::Sequential, script, |config| {
        config.retry_config(RetryConfig::disabled())
    });
    let place = Place { region: "us-east-1".into(), endpoint: None };
    let ids =
        PoolIds { pool: PoolId::new("us-east-1_Pool").unwrap(), client: ClientId::new("client").unwrap() };
    UserPool::open_with(sdk, place, ids, given.map(SecretString::from)).await
}

/// Fails if the command stopped before the end of the script.
pub(crate) fn all_played(script: &[Rule]) {
    for (index, rule) in script.iter().enumerate() {
        assert_eq!(rule.num_calls(), 1, "rule {index}");
    }
}

/// The tokens at the end of a sign-in.
pub(crate) fn tokens() -> Reply {
    Reply::Ok(json!({ "AuthenticationResult": {
        "AccessToken": "the-access-token", "IdToken": "the-id-token", "RefreshToken": "the-refresh-token",
        "ExpiresIn": 3600, "TokenType": "Bearer",
    }}))
}

/// A challenge, with the pool's own name for the user.
pub(crate) fn challenge(name: &str, parameters: &Value) -> Reply {
    let mut all = json!({ "USER_ID_FOR_SRP": SUB });
    for (key, value) in parameters.as_object().unwrap() {
        all[key] = value.clone();
    }
    Reply::Ok(json!({ "ChallengeName": name, "Session": SESSION, "ChallengeParameters": all }))
}

/// A prompter that types what the test says, and records the notes.
#[derive(Default)]
pub(crate) struct Typist {
    pub(crate) code: Option<&'static str>,
    pub(crate) new_password: Option<&'static str>,
    pub(crate) notes: Vec<String>,
}

impl Prompter for Typist {
    fn note(&mut self, text: &str) -> Result<(), Error> {
        self.notes.push(text.to_owned());
        Ok(())
    }

    fn code(&mut self) -> Result<SecretString, Error> {
        self.code.map(SecretString::from).ok_or(Error::NoTerminal { what: "a one-time code", instead: "" })
    }

    fn new_password(&mut self) -> Result<Option<SecretString>, Error> {
        Ok(self.new_password.map(SecretString::from))
    }
}

/// Whether a new user gets this attribute.
pub(crate) fn has(request: &AdminCreateUserInput, name: &str, value: &str) -> bool {
    request
        .user_attributes()
        .iter()
        .any(|attribute| attribute.name() == name && attribute.value() == Some(value))
}
