//! The real `gatehouse` command, as an administrator uses it: it makes the tokens that the tests send.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde::Deserialize;

use crate::Result;
use crate::deployment::{Deployment, Person};
use crate::program;
use crate::secrets::Secrets;

/// What a sign-in yields. Without `Debug`: these are secrets.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    /// What the gate takes.
    pub access_token: String,
    /// Who the user is; no ticket.
    pub id_token: String,
    /// Buys new tokens.
    pub refresh_token: String,
}

/// The built command, and the stack that it is to work on.
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
    /// What the command said.
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

    /// An access token for a program, with all scopes that its client may have.
    ///
    /// # Errors
    /// What the command said.
    pub fn machine_token(&self) -> Result<String> {
        let output = self.run(&["machine-token"], "")?;
        if !output.status.success() {
            return Err(format!("gatehouse machine-token: {}", stderr(&output)));
        }
        let token = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        self.secrets.note("token", &token);
        Ok(token)
    }

    /// Runs the command with `password` on its standard input, as everything secret must come.
    ///
    /// # Errors
    /// It could not be run at all.
    pub fn run(&self, arguments: &[&str], password: &str) -> Result<Output> {
        self.secrets.note("password", password);
        let failed = |error: std::io::Error| format!("cannot run {}: {error}", self.binary.display());
        let mut command = Command::new(&self.binary);
        if self.environment.iter().any(|(name, _)| *name == "AWS_ACCESS_KEY_ID") {
            // They would go before the keys of the stack.
            command.env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN");
        }
        command.args(arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            // It may have ended without reading; its exit code then says more than this write.
            let _ = writeln!(stdin, "{password}");
        }
        child.wait_with_output().map_err(failed)
    }
}

/// What a command said on standard error.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}
