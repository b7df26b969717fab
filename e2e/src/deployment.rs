//! Where a deployed stack is and who may sign in to it, as `.local/env` and the environment say it.

use crate::Result;
use crate::aws::Endpoint;

/// Somebody who can sign in. Without `Debug`: it holds a password.
#[derive(Clone)]
pub struct Person {
    /// The address that names the user.
    pub email: String,
    /// What they sign in with.
    pub password: String,
}

/// What a client of the stack has to know.
pub struct Deployment {
    /// Where the API is.
    pub api_url: String,
    /// The pool that the stack trusts.
    pub user_pool_id: String,
    /// The client that the stack trusts.
    pub user_pool_client_id: String,
    pub(crate) stack_name: String,
    /// Where AWS is on this machine. `None`: in the cloud.
    pub(crate) aws_endpoint_url: Option<String>,
    /// What the AWS SDK reads from the environment.
    pub(crate) aws_environment: Vec<(&'static str, String)>,
    /// In the group `admins`.
    pub admin: Person,
    /// In no group.
    pub user: Person,
}

const AWS: [&str; 4] = ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

impl Deployment {
    /// Reads the values that `get` finds under their names, `prefix` in front. An error names all that
    /// are missing.
    pub(crate) fn read(prefix: &str, get: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let mut missing = Vec::new();
        let optional = |name: &str| get(&format!("{prefix}{name}")).filter(|value| !value.is_empty());
        let mut required = |name: &str| {
            optional(name).unwrap_or_else(|| {
                missing.push(format!("{prefix}{name}"));
                String::new()
            })
        };
        required("AWS_REGION");
        let deployment = Self {
            api_url: required("API_URL").trim_end_matches('/').to_owned(),
            user_pool_id: required("USER_POOL_ID"),
            user_pool_client_id: required("USER_POOL_CLIENT_ID"),
            stack_name: required("STACK_NAME"),
            aws_endpoint_url: optional("AWS_ENDPOINT_URL"),
            aws_environment: AWS.into_iter().filter_map(|name| Some((name, optional(name)?))).collect(),
            admin: Person { email: required("ADMIN_EMAIL"), password: required("ADMIN_PASSWORD") },
            user: Person { email: required("USER_EMAIL"), password: required("USER_PASSWORD") },
        };
        if missing.is_empty() { Ok(deployment) } else { Err(format!("not set: {}", missing.join(", "))) }
    }

    /// Where AWS is on this machine. `None`: in the cloud.
    #[must_use]
    pub fn endpoint(&self) -> Option<Endpoint> {
        let value = |name| self.aws_environment.iter().find(|(known, _)| *known == name);
        let value = |name| value(name).map(|(_, value)| value.clone()).unwrap_or_default();
        Some(Endpoint {
            url: self.aws_endpoint_url.clone()?,
            region: value("AWS_REGION"),
            key_id: value("AWS_ACCESS_KEY_ID"),
            secret_key: value("AWS_SECRET_ACCESS_KEY"),
        })
    }
}
