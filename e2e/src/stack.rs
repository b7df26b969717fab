//! The stack under test: the one that the environment variables name, or else one of the tests' own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use reqwest::Method;
use serde_json::Value;

use crate::Result;
use crate::api::Api;
use crate::aws::{Endpoint, Service};
use crate::deployment::{Deployment, Person};
use crate::forge::Forge;
use crate::gatehouse::{Gatehouse, Tokens};
use crate::http::{Answer, Client};
use crate::jwt::Jwt;
use crate::local_stack::LocalStack;
use crate::printed::Printed;
use crate::secrets::Secrets;
use crate::start_api::StartApi;

/// If this is set, the tests use the deployed stack that it and the other `E2E_` variables describe.
const API_URL: &str = "E2E_API_URL";

/// A deployed stack, with everything that is needed to use it.
pub struct Stack {
    /// Its address and users.
    pub deployment: Deployment,
    /// The admin command, set up to use it.
    pub gatehouse: Gatehouse,
    /// What no log may contain.
    pub secrets: Secrets,
    /// The output of the functions that the tests ran alone.
    pub printed: Printed,
    client: Client,
    tokens: Mutex<HashMap<String, Arc<Tokens>>>,
    /// The first test that needs it starts it. It must end before the stack that it depends on.
    start_api: OnceLock<Result<StartApi>>,
    /// The stack ends when this is dropped, so it is the last field.
    own: Option<LocalStack>,
}

impl Stack {
    /// Finds the stack that the environment variables name, or starts one.
    ///
    /// # Errors
    /// One line that says what is missing.
    pub fn find() -> Result<Self> {
        let env = |name: &str| std::env::var(name).ok();
        let (own, deployment) = if env(API_URL).is_some() {
            (None, Deployment::read("E2E_", env)?)
        } else {
            let (own, deployment) = LocalStack::start()?;
            (Some(own), deployment)
        };
        let secrets = Secrets::default();
        for person in [&deployment.admin, &deployment.user] {
            secrets.note("password", &person.password);
        }
        Ok(Self {
            gatehouse: Gatehouse::build(&deployment, secrets.clone())?,
            client: Client::new(deployment.aws_endpoint_url.is_some(), secrets.clone())?,
            secrets,
            printed: Printed::default(),
            tokens: Mutex::default(),
            start_api: OnceLock::new(),
            deployment,
            own,
        })
    }

    /// Whether the stack is on AWS, and not on this machine.
    #[must_use]
    pub fn is_aws(&self) -> bool {
        self.deployment.aws_endpoint_url.is_none()
    }

    /// Sends `GET path` with these headers.
    ///
    /// # Errors
    /// No answer arrived.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        self.ask(Method::GET, path, headers)
    }

    /// Sends `GET path` with `token` as a bearer token.
    ///
    /// # Errors
    /// No answer arrived.
    pub fn get_with(&self, path: &str, token: &str) -> Result<Answer> {
        self.get(path, &[("Authorization", &format!("Bearer {token}"))])
    }

    /// Sends a request without a body.
    ///
    /// # Errors
    /// No answer arrived.
    pub fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        self.send(method, path, headers, None)
    }

    /// Sends a request with this text as its body, whether or not it is JSON. It is declared as JSON unless
    /// `headers` have another type.
    ///
    /// # Errors
    /// No answer arrived.
    pub fn send_text(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer> {
        let url = format!("{}{path}", self.deployment.api_url);
        self.client.send_text(method, &url, headers, Some(body.to_owned()))
    }

    /// Calls an operation of the AWS emulator on this machine, as an administrator.
    ///
    /// # Errors
    /// The stack is not on this machine, or the call was refused.
    pub fn aws(&self, service: Service, operation: &str, body: &Value) -> Result<Value> {
        let endpoint = self.deployment.endpoint().ok_or("the stack is in the cloud")?;
        self.aws_at(&endpoint, service, operation, body)
    }

    /// The same at another address.
    ///
    /// # Errors
    /// The call was refused.
    pub fn aws_at(
        &self,
        endpoint: &Endpoint,
        service: Service,
        operation: &str,
        body: &Value,
    ) -> Result<Value> {
        endpoint.call(&self.client, service, operation, body)
    }

    /// Reads API Gateway's resource at `path` below the API on this machine.
    ///
    /// # Errors
    /// The stack is not on this machine, or the call was refused.
    pub fn look_at_gateway(&self, path: &str, query: &str) -> Result<Value> {
        let (endpoint, path) = self.at_gateway(path)?;
        endpoint.look_at_gateway(&self.client, &path, query)
    }

    /// Changes API Gateway's resource at `path` below the API on this machine.
    ///
    /// # Errors
    /// The stack is not on this machine, or the call was refused.
    pub fn change_at_gateway(&self, path: &str, operations: &Value) -> Result<Value> {
        let (endpoint, path) = self.at_gateway(path)?;
        endpoint.change_at_gateway(&self.client, &path, operations)
    }

    fn at_gateway(&self, path: &str) -> Result<(Endpoint, String)> {
        let endpoint = self.deployment.endpoint().ok_or("the stack is in the cloud")?;
        // MiniStack's URL of the API contains its id.
        let rest = self.deployment.api_url.split_once("/restapis/").map(|(_, rest)| rest);
        let id = rest.and_then(|rest| rest.split('/').next()).ok_or("the API's address has no id in it")?;
        Ok((endpoint, format!("/restapis/{id}{path}")))
    }

    /// The tokens of `person`. The first call signs them in.
    ///
    /// # Errors
    /// The sign-in was refused.
    pub fn tokens(&self, person: &Person) -> Result<Arc<Tokens>> {
        // A test that failed while it held the lock left the map in a valid state.
        let mut known = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tokens) = known.get(&person.email) {
            return Ok(Arc::clone(tokens));
        }
        let tokens = Arc::new(self.gatehouse.sign_in(person)?);
        known.insert(person.email.clone(), Arc::clone(&tokens));
        Ok(tokens)
    }

    /// The pool's public keys, from their public URL: a JWK Set.
    ///
    /// # Errors
    /// No answer arrived.
    pub fn jwks(&self, token: &Jwt) -> Result<Answer> {
        let issuer = match &self.deployment.aws_endpoint_url {
            Some(endpoint) => format!("{endpoint}/{}", self.deployment.user_pool_id),
            None => token.text("iss")?.to_owned(),
        };
        self.client.send(Method::GET, &format!("{issuer}/.well-known/jwks.json"), &[], None)
    }

    /// The same functions behind `sam local start-api`.
    ///
    /// # Errors
    /// It could not be started. Standard error says why.
    pub fn start_api(&self) -> Result<&StartApi> {
        let start = || match &self.own {
            Some(_) => StartApi::start(self.secrets.clone()),
            None => Ok(StartApi::NotHere("the stack is not the tests' own".to_owned())),
        };
        self.start_api.get_or_init(start).as_ref().map_err(Clone::clone)
    }

    /// The same, if a test has started it.
    #[must_use]
    pub fn started_api(&self) -> Option<&StartApi> {
        self.start_api.get()?.as_ref().ok()
    }

    /// Signs tokens as the pool does. `None` if only Cognito can: then the caller skips its test.
    ///
    /// # Errors
    /// The stack is on this machine, but its key was not found.
    pub fn forge(&self) -> Result<Option<Forge>> {
        match Forge::find(&self.deployment) {
            Ok(forge) => Ok(Some(forge)),
            Err(why) if self.own.is_some() => Err(why),
            Err(_) => Ok(None),
        }
    }
}

impl Api for Stack {
    fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer> {
        self.client.send(method, &format!("{}{path}", self.deployment.api_url), headers, body)
    }
}
