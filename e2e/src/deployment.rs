//! A deployed stack's address and users, as `.local/env` and the environment variables give them.

use crate::Result;
use crate::aws::Endpoint;

/// A user who can sign in. It has no `Debug`, because it contains a password.
#[derive(Clone)]
pub struct Person {
    /// The e-mail address of the user.
    pub email: String,
    /// The user's password.
    pub password: String,
}

/// What a client needs to know about the stack.
pub struct Deployment {
    /// The URL of the API.
    pub api_url: String,
    /// The pool that the stack trusts.
    pub user_pool_id: String,
    /// The client that the stack trusts.
    pub user_pool_client_id: String,
    pub(crate) stack_name: String,
    /// The URL of the AWS emulator on this machine. `None`: the stack is on AWS.
    pub(crate) aws_endpoint_url: Option<String>,
    /// The environment variables that the AWS SDK reads.
    pub(crate) aws_environment: Vec<(&'static str, String)>,
    /// In the group `admins`.
    pub admin: Person,
    /// In no group.
    pub user: Person,
}

const AWS: [&str; 4] = ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

impl Deployment {
    /// Reads the values from `get`, which finds each under its name with `prefix` in front. An error names
    /// all that are missing.
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

    /// The AWS emulator on this machine. `None`: the stack is on AWS.
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
