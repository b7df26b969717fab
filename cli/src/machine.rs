//! `gatehouse machine-token`: gets a token for a program with the client credentials grant (RFC 6749 section
//! 4.4).
//!
//! Only the token goes to stdout. The secret is only sent to the pool's own domain.

use std::io::Write;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use platform::config::ClientId;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::aws::{COGNITO, Call};
use crate::error::{Error, quoted};
use crate::https;
use crate::place::Place;

const TIMEOUT: Duration = Duration::from_secs(20);

/// A program, as the pool knows it. It has no `Debug`, because it contains a secret.
pub(crate) struct MachineClient {
    pub(crate) client: ClientId,
    pub(crate) secret: SecretString,
    /// The pool's own domain.
    pub(crate) host: String,
    pub(crate) place: Place,
}

/// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    error: Option<String>,
}

impl MachineClient {
    /// An access token with these scopes. With none, it has all scopes of the client.
    pub(crate) async fn token(&self, scopes: &[String]) -> Result<SecretString, Error> {
        let call = Call { service: &COGNITO, operation: "/oauth2/token", place: &self.place };
        let unreachable = |_| Error::Unreachable { service: COGNITO.name, place: self.place.clone() };
        let client = https::client(TIMEOUT, self.place.endpoint.is_some())?;
        let request = client.post(self.address()).header("Authorization", self.authorization());
        let request = request.header("Content-Type", "application/x-www-form-urlencoded").body(form(scopes));
        let answer = request.send().await.map_err(unreachable)?.text().await.map_err(unreachable)?;
        let answer: Answer = serde_json::from_str(&answer).map_err(|_| call.odd_answer())?;
        answer.access_token.map(SecretString::from).ok_or_else(|| {
            let advice = "the client, its secret or a scope is wrong".to_owned();
            call.refused(answer.error.as_deref(), quoted(Some(&advice), &[&self.secret]))
        })
    }

    /// On this machine the emulator answers for every domain.
    fn address(&self) -> String {
        match &self.place.endpoint {
            Some(endpoint) => format!("{}/oauth2/token", endpoint.trim_end_matches('/')),
            None => format!("https://{}/oauth2/token", self.host),
        }
    }

    fn authorization(&self) -> String {
        let pair = format!("{}:{}", self.client.as_str(), self.secret.expose_secret());
        format!("Basic {}", STANDARD.encode(pair))
    }
}

fn form(scopes: &[String]) -> String {
    let mut form = "grant_type=client_credentials".to_owned();
    if !scopes.is_empty() {
        form.push_str("&scope=");
        let escaped = |byte: u8| match byte {
            byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        form.extend(scopes.join(" ").bytes().map(escaped));
    }
    form
}

/// Prints only the token, on one line.
pub(crate) fn print(token: &SecretString, out: &mut dyn Write) -> Result<(), Error> {
    writeln!(out, "{}", token.expose_secret())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(endpoint: Option<&str>) -> MachineClient {
        MachineClient {
            client: ClientId::new("machine").unwrap(),
            secret: SecretString::from("s3cret"),
            host: "auth-1.auth.eu-west-1.amazoncognito.com".to_owned(),
            place: Place { region: "eu-west-1".to_owned(), endpoint: endpoint.map(str::to_owned) },
        }
    }

    #[test]
    fn tokens_come_from_the_pools_domain_or_from_this_machine() {
        assert_eq!(program(None).address(), "https://auth-1.auth.eu-west-1.amazoncognito.com/oauth2/token");
        for endpoint in ["http://127.0.0.1:1", "http://127.0.0.1:1/"] {
            assert_eq!(program(Some(endpoint)).address(), "http://127.0.0.1:1/oauth2/token");
        }
    }

    #[test]
    fn the_header_has_client_and_secret_and_the_form_has_scopes() {
        assert_eq!(program(None).authorization(), "Basic bWFjaGluZTpzM2NyZXQ=");
        assert_eq!(form(&[]), "grant_type=client_credentials");
        let scopes = ["https://a.b/read".to_owned(), "x&y=z".to_owned()];
        assert_eq!(form(&scopes), "grant_type=client_credentials&scope=https%3A%2F%2Fa.b%2Fread%20x%26y%3Dz");
    }
}
