//! The stack under test: the one that the environment names, else one of our own.

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

/// Set: the tests use the deployed stack that this and the other `E2E_` variables describe.
const API_URL: &str = "E2E_API_URL";

/// A deployed stack, with all that is needed to use it.
pub struct Stack {
    /// Where it is.
    pub deployment: Deployment,
    /// The admin command, set to work on it.
    pub gatehouse: Gatehouse,
    /// What must not stand in any log.
    pub secrets: Secrets,
    /// What the functions that the tests ran by themselves have printed.
    pub printed: Printed,
    client: Client,
    tokens: Mutex<HashMap<String, Arc<Tokens>>>,
    /// Started by the first test that asks for it, and ended before what it stands on.
    start_api: OnceLock<Result<StartApi>>,
    /// Ended when this is dropped, hence last.
    own: Option<LocalStack>,
}

impl Stack {
    /// Finds the stack that the environment names, or starts one.
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

    /// Whether this is AWS itself and not the stack on this machine.
    #[must_use]
    pub fn is_aws(&self) -> bool {
        self.deployment.aws_endpoint_url.is_none()
    }

    /// Sends `GET path` with these headers.
    ///
    /// # Errors
    /// There was no answer.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        self.ask(Method::GET, path, headers)
    }

    /// Sends `GET path` with `token` as a bearer token.
    ///
    /// # Errors
    /// There was no answer.
    pub fn get_with(&self, path: &str, token: &str) -> Result<Answer> {
        self.get(path, &[("Authorization", &format!("Bearer {token}"))])
    }

    /// Sends a request without a body.
    ///
    /// # Errors
    /// There was no answer.
    pub fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        self.send(method, path, headers, None)
    }

    /// Sends a request whose body is this text, JSON or not; `headers` say what it is, else it passes for
    /// JSON.
    ///
    /// # Errors
    /// There was no answer.
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

    /// Calls an operation of AWS's on this machine, as an administrator.
    ///
    /// # Errors
    /// The stack is not on this machine, or the call was refused.
    pub fn aws(&self, service: Service, operation: &str, body: &Value) -> Result<Value> {
        let endpoint = self.deployment.endpoint().ok_or("the stack is in the cloud")?;
        self.aws_at(&endpoint, service, operation, body)
    }

    /// The same at another place.
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

    /// What API Gateway has of the API on this machine, at `path` below it.
    ///
    /// # Errors
    /// The stack is not on this machine, or the call was refused.
    pub fn look_at_gateway(&self, path: &str, query: &str) -> Result<Value> {
        let (endpoint, path) = self.at_gateway(path)?;
        endpoint.look_at_gateway(&self.client, &path, query)
    }

    /// Changes what API Gateway has of the API on this machine, at `path` below it.
    ///
    /// # Errors
    /// The stack is not on this machine, or the call was refused.
    pub fn change_at_gateway(&self, path: &str, operations: &Value) -> Result<Value> {
        let (endpoint, path) = self.at_gateway(path)?;
        endpoint.change_at_gateway(&self.client, &path, operations)
    }

    fn at_gateway(&self, path: &str) -> Result<(Endpoint, String)> {
        let endpoint = self.deployment.endpoint().ok_or("the stack is in the cloud")?;
        // MiniStack's own address of the API names it.
        let rest = self.deployment.api_url.split_once("/restapis/").map(|(_, rest)| rest);
        let id = rest.and_then(|rest| rest.split('/').next()).ok_or("the API's address has no id in it")?;
        Ok((endpoint, format!("/restapis/{id}{path}")))
    }

    /// The tokens of `person`, who is signed in at the first call.
    ///
    /// # Errors
    /// The sign-in was refused.
    pub fn tokens(&self, person: &Person) -> Result<Arc<Tokens>> {
        // A failed test that held the lock left nothing half done in the map.
        let mut known = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tokens) = known.get(&person.email) {
            return Ok(Arc::clone(tokens));
        }
        let tokens = Arc::new(self.gatehouse.sign_in(person)?);
        known.insert(person.email.clone(), Arc::clone(&tokens));
        Ok(tokens)
    }

    /// The pool's public keys, where everybody can read them: a JWK Set.
    ///
    /// # Errors
    /// There was no answer.
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
    /// It could not be started; why can be read on standard error.
    pub fn start_api(&self) -> Result<&StartApi> {
        let start = || match &self.own {
            Some(_) => StartApi::start(self.secrets.clone()),
            None => Ok(StartApi::NotHere("the stack is not the tests' own".to_owned())),
        };
        self.start_api.get_or_init(start).as_ref().map_err(Clone::clone)
    }

    /// The same, where a test has asked for it.
    #[must_use]
    pub fn started_api(&self) -> Option<&StartApi> {
        self.start_api.get()?.as_ref().ok()
    }

    /// What signs tokens as the pool does. `None` where nobody but Cognito can: the caller then skips.
    ///
    /// # Errors
    /// The stack is our own and its key is not where it was.
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
