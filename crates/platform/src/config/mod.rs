//! The types of `config.json`, the one file that people edit.
//!
//! [`Config::load`] returns a configuration that is valid as a whole, or all its problems. What only a deployed stack
//! knows (the ids of a pool that the stack made) is in the environment, not in here.
//!
//! This module must read nothing but the file, and must not repair what it refuses.

mod check;
mod notes;
mod sections;
#[cfg(test)]
mod tests;
mod values;

pub use check::{ANSWER_LIMIT, RESOURCE_LIMIT, WEB_SOCKET_ANSWER_LIMIT};
pub use sections::*;
pub use values::*;

use serde::Deserialize;

use crate::document::{self, Problems};

/// The `config.json` at the root of the repository when this crate was built, or the file that `GATEHOUSE_CONFIG`
/// named at that time: see build.rs.
const EMBEDDED: &str = include_str!(env!("GATEHOUSE_EMBEDDED_CONFIG"));

/// The variable that names a file to use instead of the embedded configuration.
pub const CONFIG_FILE: &str = "CONFIG_FILE";

/// The whole of `config.json`. Every field is optional. If it is left out, a number or switch has the value of the
/// repository's own file, a list is empty, and an object is absent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Config {
    /// The place of the schema, for editors. Nothing else uses it.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// Names the stack's resources and the `service` field of the logs.
    pub service: Service,
    /// The AWS region that the stack is deployed to.
    pub region: Region,
    /// The Cognito user pool: an existing pool, or the settings of a new one.
    pub user_pool: UserPool,
    /// The gate.
    pub authorizer: Authorizer,
    /// The API in front of the services.
    pub api: Api,
    /// The auth service.
    pub auth: Auth,
    /// How the deployed stack is monitored, rolled out and protected.
    pub operations: Operations,
}

impl Config {
    /// Reads the configuration from the file that `CONFIG_FILE` names, or else the embedded one.
    ///
    /// `env` returns the value of an environment variable.
    ///
    /// # Errors
    /// Every problem of the file at once.
    pub fn load(env: impl Fn(&str) -> Option<String>) -> Result<Self, Problems> {
        match env(CONFIG_FILE) {
            None => Self::parse(EMBEDDED),
            Some(path) => {
                let text =
                    std::fs::read_to_string(&path).map_err(|error| Problems::unreadable(&path, &error))?;
                Self::parse(&text)
            }
        }
    }

    /// Reads a configuration from its JSON text.
    ///
    /// ```
    /// use platform::config::Config;
    ///
    /// assert!(Config::parse("{}").is_ok(), "every setting has a default");
    /// let problems = Config::parse(r#"{ "region": 1, "auth": { "flow": "SRP" } }"#).unwrap_err();
    /// let places: Vec<_> = problems.as_slice().iter().map(|problem| problem.pointer.as_str()).collect();
    /// assert_eq!(places, ["/auth/flow", "/region"]);
    /// ```
    ///
    /// # Errors
    /// Every problem of the text at once.
    pub fn parse(json: &str) -> Result<Self, Problems> {
        document::read(json, check::check)
    }
}

/// The JSON Schema of `config.json`.
#[cfg(feature = "schema")]
#[must_use]
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Config);
    schema.insert("title".into(), "Gatehouse config.json".into());
    schema.to_value()
}
