//! The proof that a person, not a program, calls a public route: a token of Cloudflare's Turnstile.
//! <https://developers.cloudflare.com/turnstile/get-started/server-side-validation/>
//!
//! The request fails unless Turnstile accepts the token, also if Turnstile is down, slow or answers something else.
//! The result does not depend on whether an address has an account, because the identity provider is called
//! afterwards. The request follows no redirect, uses no proxy, is sent once (a token is valid once) and reads at most
//! [`LARGEST_ANSWER`]. Token and secret must not be in any log or error.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use platform::config::{Config, Turnstile as Expected};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use web::{ErrorStatus, FieldError, Problem};

use crate::app::App;
use crate::caller_address::CallerAddress;
use crate::values::TurnstileToken;

/// The variable with the secret key of the widget.
const SECRET: &str = "TURNSTILE_SECRET";
/// Cloudflare's secret keys for tests: with them the dummy token of any page or program is valid.
/// <https://developers.cloudflare.com/turnstile/troubleshooting/testing/>
const ALWAYS_YES: &str = "1x0000000000000000000000000000000AA";
/// The limit for the whole request. The calls to Cognito after it also have to fit into the function's 10 s.
const TIMEOUT: Duration = Duration::from_secs(2);
/// In bytes. A real answer has a few hundred: `cdata`, the longest member, has at most 255 characters.
const LARGEST_ANSWER: usize = 16_384;
/// A real answer does not contain more.
const MOST_CODES: usize = 8;

/// The check of the tokens of one Turnstile widget.
pub struct Turnstile {
    client: Client,
    secret: SecretString,
    expected: Expected,
}

/// Why tokens cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum NoTurnstile {
    /// The secret is missing or malformed.
    #[error(
        "{SECRET} {0}, and auth.turnstile is set. Bring the widget's secret key with the deploy: the parameter \
         TurnstileSecret"
    )]
    Secret(&'static str),
    /// The TLS library offers no protocol.
    #[error("the HTTPS client cannot be made: {0}")]
    HttpClient(String),
}

/// Why a token was not accepted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Unproven {
    #[error("Turnstile refuses the token ({0})")]
    Refused(String),
    #[error("the token is of a page on {0}, and auth.turnstile.hostnames does not name it")]
    OtherHost(String),
    #[error("the token is of another action than auth.turnstile.action")]
    OtherAction,
    #[error("Turnstile refuses the secret ({0}): TurnstileSecret must be the secret key of the widget")]
    SetUp(String),
    #[error("Turnstile cannot be asked: {0}")]
    Unavailable(&'static str),
}

/// Turnstile's answer.
#[derive(Deserialize)]
struct Verdict {
    success: bool,
    #[serde(rename = "error-codes")]
    error_codes: Option<Vec<String>>,
    hostname: Option<String>,
    action: Option<String>,
}

impl App {
    /// Succeeds for people, and for everybody if no proof is required. Call it after all other checks of the request,
    /// because the call uses up the token.
    pub(crate) async fn wants_a_human(
        &self,
        proof: Option<&TurnstileToken>,
        from: Option<CallerAddress>,
    ) -> Result<(), Problem> {
        let Some(turnstile) = &self.human else { return Ok(()) };
        let token = proof.ok_or_else(missing)?;
        turnstile.check(token, from).await.map_err(problem)
    }
}

impl Turnstile {
    /// The widget whose secret is in the environment. `None` if the configuration has no Turnstile.
    ///
    /// # Errors
    /// The secret is missing or malformed.
    pub fn from_env(
        env: impl Fn(&str) -> Option<String>,
        config: &Config,
    ) -> Result<Option<Self>, NoTurnstile> {
        let Some(expected) = &config.auth.turnstile else { return Ok(None) };
        let secret = env(SECRET).filter(|secret| !secret.is_empty());
        let secret = secret.ok_or(NoTurnstile::Secret("is not set"))?;
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NoTurnstile::Secret("has other characters than a secret key"));
        }
        if secret == ALWAYS_YES {
            tracing::warn!(
                "TurnstileSecret is Cloudflare's secret for tests: programs get through as well as people"
            );
        }
        let client = client()?;
        Ok(Some(Self { client, secret: secret.into(), expected: expected.clone() }))
    }

    async fn check(&self, token: &TurnstileToken, from: Option<CallerAddress>) -> Result<(), Unproven> {
        let (status, body) = self.ask(token, from).await?;
        let verdict = read(status, &body)?;
        if !verdict.success {
            return Err(refusal(&verdict.error_codes.unwrap_or_default()));
        }
        self.is_of_the_page(verdict.hostname.as_deref(), verdict.action.as_deref())
    }

    /// Sends one request, which may take [`TIMEOUT`] from connecting to the end of the body.
    async fn ask(
        &self,
        token: &TurnstileToken,
        from: Option<CallerAddress>,
    ) -> Result<(StatusCode, Vec<u8>), Unproven> {
        let request = self.client.post(self.expected.verify_url());
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.body(form(&self.secret, token, from));
        let mut response = request.send().await.map_err(|error| unavailable(&error))?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unavailable(&error))? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(Unproven::Unavailable("the answer is too large"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((response.status(), body))
    }

    /// The sitekey and the action of a page are public. They bind a token to a page only because Turnstile confirms
    /// them, and a widget also works on every host below its own.
    /// <https://developers.cloudflare.com/turnstile/additional-configuration/hostname-management/>
    fn is_of_the_page(&self, hostname: Option<&str>, action: Option<&str>) -> Result<(), Unproven> {
        let hostnames = &self.expected.hostnames;
        let is_ours = |name: &str| hostnames.iter().any(|own| own.as_str().eq_ignore_ascii_case(name));
        if !hostnames.is_empty() && !hostname.is_some_and(is_ours) {
            return Err(Unproven::OtherHost(hostname.map_or("no host", printable).to_owned()));
        }
        match &self.expected.action {
            Some(own) if action != Some(own.as_str()) => Err(Unproven::OtherAction),
            _ => Ok(()),
        }
    }
}

fn form(secret: &SecretString, token: &TurnstileToken, from: Option<CallerAddress>) -> String {
    let encode = |value: &str| utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    let (secret, token) = (encode(secret.expose_secret()), encode(token.expose()));
    let address = from.map(|from| format!("&remoteip={}", encode(&from.expose()))).unwrap_or_default();
    format!("secret={secret}&response={token}{address}")
}

/// Turnstile may send a refusal as a 400 (<https://github.com/rocket-admin/rocketadmin/pull/1601>), but it accepts a
/// token only with a 200. 429 means "not now" and says nothing about the token.
fn read(status: StatusCode, body: &[u8]) -> Result<Verdict, Unproven> {
    if status != StatusCode::OK && (!status.is_client_error() || status == StatusCode::TOO_MANY_REQUESTS) {
        return Err(Unproven::Unavailable("its status is neither 200 nor that of a refusal"));
    }
    let verdict: Verdict = serde_json::from_slice(body)
        .map_err(|_| Unproven::Unavailable("the answer is not one of its own"))?;
    if verdict.success && status != StatusCode::OK {
        return Err(Unproven::Unavailable("the answer is yes and its status is not 200"));
    }
    Ok(verdict)
}

/// What a refusal means. `bad-request` is an error of the token, because the rest of the request is always the same.
/// An unknown code is an ordinary refusal.
///
/// <https://developers.cloudflare.com/turnstile/get-started/server-side-validation/#error-codes>
fn refusal(codes: &[String]) -> Unproven {
    let has = |known: &[&str]| codes.iter().any(|code| known.contains(&code.as_str()));
    let is_of_secret = has(&[
        "missing-input-secret",
        "invalid-input-secret",
        // Two older codes about the secret, which the one before was meant to replace:
        // https://github.com/cloudflare/cloudflare-docs/pull/15450
        "invalid-widget-id",
        "invalid-parsed-secret",
    ]);
    let is_of_turnstile = has(&["internal-error"]);
    let told: Vec<&str> = codes.iter().take(MOST_CODES).map(|code| printable(code)).collect();
    match (is_of_secret, is_of_turnstile) {
        (true, _) => Unproven::SetUp(told.join(", ")),
        (false, true) => Unproven::Unavailable("it has an internal error"),
        (false, false) => Unproven::Refused(told.join(", ")),
    }
}

/// Whether a name may be logged unchanged: an error code or a host. Nothing else from the answer may be logged.
fn printable(name: &str) -> &str {
    let is_name = (1..=253).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'));
    if is_name { name } else { "unprintable" }
}

fn missing() -> Problem {
    let detail = "is missing: the token of the Turnstile widget on the page";
    Problem::invalid(vec![FieldError::new("/turnstileToken", detail)])
}

fn problem(unproven: Unproven) -> Problem {
    let problem = match unproven {
        Unproven::Refused(_) | Unproven::OtherHost(_) | Unproven::OtherAction => Problem::new(
            ErrorStatus::FORBIDDEN,
            "human_check_failed",
            "The proof of humanity does not hold. Each is good once, for five minutes: get a new turnstileToken from \
             the widget, and send the request again with it.",
        ),
        // An outage must not roll a version back or fill the list of errors, nor must a token that Turnstile's
        // firewall refuses. A wrong secret must, because it came with the version.
        Unproven::Unavailable(_) => Problem::new(
            ErrorStatus::SERVICE_UNAVAILABLE,
            "human_check_unavailable",
            "The proof of humanity cannot be checked at present. Wait, then try again with a new turnstileToken.",
        )
        .at_will(),
        Unproven::SetUp(_) => Problem::internal("see the cause"),
    };
    problem.caused_by(unproven)
}

/// reqwest's own text may contain more than a log should.
fn unavailable(error: &reqwest::Error) -> Unproven {
    Unproven::Unavailable(if error.is_timeout() {
        "it does not answer in time"
    } else if error.is_connect() {
        "no connection (refused, host not found, or the certificate is not trusted)"
    } else {
        "the request broke off"
    })
}

fn client() -> Result<Client, NoTurnstile> {
    let tls = tls::client_config().map_err(|error| NoTurnstile::HttpClient(error.to_string()))?;
    Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        // A connection does not survive the freeze between two invocations.
        .pool_max_idle_per_host(0)
        .timeout(TIMEOUT)
        .build()
        .map_err(|error| NoTurnstile::HttpClient(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(codes: &[&str]) -> Unproven {
        refusal(&codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_no_is_ours_turnstile_s_or_the_token_s() {
        for code in
            ["missing-input-secret", "invalid-input-secret", "invalid-widget-id", "invalid-parsed-secret"]
        {
            assert_eq!(codes(&[code]), Unproven::SetUp(code.to_owned()));
            assert!(matches!(codes(&["invalid-input-response", code]), Unproven::SetUp(_)), "{code}");
        }
        assert!(matches!(codes(&["internal-error"]), Unproven::Unavailable(_)));
        for code in [
            "missing-input-response",
            "invalid-input-response",
            "bad-request",
            "timeout-or-duplicate",
            "new-one",
        ] {
            assert_eq!(codes(&[code]), Unproven::Refused(code.to_owned()));
        }
        assert_eq!(codes(&[]), Unproven::Refused(String::new()));
    }

    #[test]
    fn a_wrong_secret_counts_against_the_version_and_an_outage_does_not() {
        assert!(problem(codes(&["invalid-input-secret"])).is_fault());
        assert!(!problem(codes(&["internal-error"])).is_fault());
    }

    #[test]
    fn what_is_no_name_is_not_shown() {
        assert_eq!(codes(&["a token\n"]), Unproven::Refused("unprintable".to_owned()));
        assert_eq!(codes(&["0.ABCdef"]), Unproven::Refused("unprintable".to_owned()));
        assert_eq!(codes(&["a"; 100]), Unproven::Refused(["a"; MOST_CODES].join(", ")));
    }

    #[test]
    fn only_a_yes_with_a_200_is_one() {
        let ok = StatusCode::OK;
        assert!(read(ok, br#"{"success": true}"#).unwrap().success);
        assert!(!read(ok, br#"{"success": false, "error-codes": null}"#).unwrap().success);
        assert!(!read(StatusCode::BAD_REQUEST, br#"{"success": false}"#).unwrap().success);
        for (status, body) in [
            (200, r#"{"success": "true"}"#),
            (200, r#"{"success": 1}"#),
            (200, "{}"),
            (200, "true"),
            (200, ""),
            (200, "<html>Attention Required! | Cloudflare</html>"),
            (201, r#"{"success": true}"#),
            (302, r#"{"success": true}"#),
            (400, r#"{"success": true}"#),
            (403, "<html>"),
            (429, r#"{"success": false}"#),
            (500, r#"{"success": true}"#),
            (503, r#"{"success": false}"#),
        ] {
            let read = read(StatusCode::from_u16(status).unwrap(), body.as_bytes());
            assert!(matches!(read, Err(Unproven::Unavailable(_))), "{status} {body}");
        }
    }

    #[test]
    fn a_form_has_what_was_given_and_nothing_besides() {
        let token = TurnstileToken::parse("a&secret=b+%".to_owned()).unwrap();
        let secret = SecretString::from("s3&cret");
        assert_eq!(form(&secret, &token, None), "secret=s3%26cret&response=a%26secret%3Db%2B%25");
        let from = CallerAddress::from("2001:db8::1".parse::<std::net::IpAddr>().unwrap());
        let expected = "secret=s3%26cret&response=a%26secret%3Db%2B%25&remoteip=2001%3Adb8%3A%3A1";
        assert_eq!(form(&secret, &token, Some(from)), expected);
    }
}
