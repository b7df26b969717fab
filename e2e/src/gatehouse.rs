//! The real `gatehouse` command, used as an administrator uses it: it gets the tokens that the tests send.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde::Deserialize;

use crate::Result;
use crate::deployment::{Deployment, Person};
use crate::program;
use crate::secrets::Secrets;

/// The result of a sign-in. It has no `Debug`, because these are secrets.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    /// The gate accepts it.
    pub access_token: String,
    /// Says who the user is. The gate does not accept it.
    pub id_token: String,
    /// Gets new tokens.
    pub refresh_token: String,
}

/// The built command, and the stack that it is used with.
pub struct Gatehouse {
    binary: PathBuf,
    environment: Vec<(&'static str, String)>,
    secrets: Secrets,
}

impl Gatehouse {
    /// Builds the command from this workspace.
    pub(crate) fn build(deployment: &Deployment, secrets: Secrets) -> Result<Self> {
        let mut environment = deployment.aws_environment.clone();
        environment.push(("STACK_NAME", deployment.stack_name.clone()));
        environment.push(("USER_POOL_ID", deployment.user_pool_id.clone()));
        environment.push(("USER_POOL_CLIENT_ID", deployment.user_pool_client_id.clone()));
        Ok(Self { binary: program::build("gatehouse")?, environment, secrets })
    }

    /// Signs `person` in.
    ///
    /// # Errors
    /// The command's error message.
    pub fn sign_in(&self, person: &Person) -> Result<Tokens> {
        let output = self.run(&["token", &person.email, "--json", "--password-stdin"], &person.password)?;
        if !output.status.success() {
            return Err(format!("gatehouse token {}: {}", person.email, stderr(&output)));
        }
        let tokens: Tokens = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("gatehouse token --json did not print the tokens: {error}"))?;
        for token in [&tokens.access_token, &tokens.id_token, &tokens.refresh_token] {
            self.secrets.note("token", token);
        }
        Ok(tokens)
    }

    /// An access token for a program, with all scopes of its client.
    ///
    /// # Errors
    /// The command's error message.
    pub fn machine_token(&self) -> Result<String> {
        let output = self.run(&["machine-token"], "")?;
        if !output.status.success() {
            return Err(format!("gatehouse machine-token: {}", stderr(&output)));
        }
        let token = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        self.secrets.note("token", &token);
        Ok(token)
    }

    /// Runs the command with `password` on its standard input, because it takes no secret any other way.
    ///
    /// # Errors
    /// The command could not be run at all.
    pub fn run(&self, arguments: &[&str], password: &str) -> Result<Output> {
        self.secrets.note("password", password);
        let failed = |error: std::io::Error| format!("cannot run {}: {error}", self.binary.display());
        let mut command = Command::new(&self.binary);
        if self.environment.iter().any(|(name, _)| *name == "AWS_ACCESS_KEY_ID") {
            // The SDK would prefer them to the keys of the stack.
            command.env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN");
        }
        command.args(arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            // The command may have ended without reading its input. Then its exit code says more than this
            // error.
            let _ = writeln!(stdin, "{password}");
        }
        child.wait_with_output().map_err(failed)
    }
}

/// The command's output on standard error.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}
