//! Proof of humanity by Cloudflare's Turnstile: which tokens the auth service accepts.
//!
//! Its secret is not in the file: the deploy supplies it (`TurnstileSecret`). `check/auth/turnstile.rs` checks
//! whether the other settings allow it.

use serde::Deserialize;

use crate::config::HttpsUrl;
use crate::config::values::is_host;
use crate::string_newtype;

/// What a token must match, besides the widget of the secret.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Turnstile {
    /// The hosts of the pages whose tokens are accepted. Empty: all hosts of the widget, and those below them.
    pub hostnames: Vec<Hostname>,
    /// The `action` that the widget on the page must have. `null`: any or none.
    pub action: Option<TurnstileAction>,
    /// The URL that checks a token, in Turnstile's protocol. `null`: Cloudflare's.
    pub verify_url: Option<HttpsUrl>,
}

impl Turnstile {
    /// Cloudflare's URL.
    ///
    /// <https://developers.cloudflare.com/turnstile/get-started/server-side-validation/>
    pub const CLOUDFLARE: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";

    /// What checks a token.
    #[must_use]
    pub fn verify_url(&self) -> &str {
        self.verify_url.as_ref().map_or(Self::CLOUDFLARE, HttpsUrl::as_str)
    }
}

string_newtype!(
    /// The host of a page, as a browser names it. `localhost` is one too.
    Hostname,
    "a host in lower case without scheme and port, such as app.example.com",
    |text| is_host(text) && !text.bytes().any(|b| b.is_ascii_uppercase())
);

string_newtype!(
    /// The `action` that a widget was rendered with.
    ///
    /// <https://developers.cloudflare.com/turnstile/get-started/client-side-rendering/widget-configurations/>
    TurnstileAction,
    "an action of 1 to 32 letters, digits, '_' and '-'",
    |text| (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostname_is_what_a_browser_calls_the_page_s_host() {
        for good in ["app.example.com", "localhost", "127.0.0.1", "xn--bcher-kva.example"] {
            assert!(Hostname::parse(good.to_owned()).is_ok(), "{good}");
        }
        for bad in
            ["", "App.example.com", "https://app.example.com", "app.example.com:443", "*.example.com", "a/b"]
        {
            assert!(Hostname::parse(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_action_is_one_that_a_widget_takes() {
        for good in ["a", "sign-up_2", &"a".repeat(32)] {
            assert!(TurnstileAction::parse(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "sign up", "gr\u{fc}n", &"a".repeat(33)] {
            assert!(TurnstileAction::parse(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn cloudflare_s_own_url_is_one_that_could_be_configured() {
        assert!(HttpsUrl::new(Turnstile::CLOUDFLARE).is_ok());
        assert_eq!(Turnstile::default().verify_url(), Turnstile::CLOUDFLARE);
    }
}
