//! What is wrong with a token and how to correct it, by the kind of its issuer.
//!
//! The text names the claim that a check failed on, with its value. It never contains the token itself.

use authorizer::inspect::{OF_ACCESS_TOKENS, OF_ID_TOKENS, UnverifiedView};
use authorizer::{Terms, TokenError, TrustedIssuer, UnixTime};
use platform::config::{Algorithm, IssuerClaims};
use serde_json::Value;

use super::Case;
use crate::explain::words::{either, escaped, value};
use crate::when::{distance, moment};

impl Case<'_> {
    /// Why the token is not accepted.
    pub(super) fn why_token(&self, error: TokenError) -> String {
        match self.detail(error) {
            Some(detail) => format!("{error}: {detail}"),
            None => error.to_string(),
        }
    }

    fn detail(&self, error: TokenError) -> Option<String> {
        let stated = self.report.stated.as_ref();
        let at = |date: fn(&UnverifiedView) -> Option<u64>| {
            let at = UnixTime::from_secs(stated.and_then(date)?);
            Some(format!("{}, {}", distance(at, self.now), moment(at)))
        };
        match error {
            TokenError::Expired => at(UnverifiedView::expires_at),
            TokenError::NotYetValid => at(UnverifiedView::not_before),
            TokenError::IssuedInFuture => at(UnverifiedView::issued_at),
            TokenError::UntrustedIssuer => stated?.issuer.as_deref().map(escaped),
            TokenError::Algorithm => {
                self.shown.header.get("alg").map(|alg| format!("it says {}", value(alg)))
            }
            TokenError::ForbiddenHeader("typ") => {
                self.shown.header.get("typ").map(|typ| format!("it says {}", value(typ)))
            }
            TokenError::Claim(name) => self.claim(name).map(of_no_form),
            TokenError::TokenUse => {
                self.looks().or_else(|| Some(format!("it is for {}", stated?.token_use?)))
            }
            _ => None,
        }
    }

    /// The value at the path where the gate looked for a claim of the wrong form.
    fn claim(&self, name: &str) -> Option<&Value> {
        let claims = &self.shown.claims;
        let names = self.oidc().unwrap_or_default();
        let path = match name {
            "client" => names.client,
            "groups" => names.groups,
            "scopes" => names.scopes,
            _ => None,
        };
        path.as_ref().map_or_else(|| claims.get(name), |path| path.find(claims))
    }

    /// The paths of the issuer's claims, if it is not Cognito.
    fn oidc(&self) -> Option<IssuerClaims> {
        match &self.report.issuer.as_deref()?.terms {
            Terms::Oidc { claims, .. } => Some(claims.as_ref().clone()),
            Terms::Cognito { .. } => None,
        }
    }

    /// Why a token of an issuer other than Cognito seems to be an ID token.
    fn looks(&self) -> Option<String> {
        let names = self.oidc()?;
        let claims = &self.shown.claims;
        let bears = |claim: &&&str| claims.get(**claim).is_some_and(|value| !value.is_null());
        let signs: Vec<_> = OF_ID_TOKENS.iter().filter(bears).copied().collect();
        let typ = claims.get("typ").map(|typ| format!("its claim typ says {}", value(typ)));
        Some(match (signs.as_slice(), typ, names.access) {
            ([], Some(typ), _) => format!("it does not seem to be an access token: {typ}"),
            ([], None, Some(access)) => {
                format!(
                    "nothing says that it is an access token: the claim {access} is missing (claims.access)"
                )
            }
            ([], None, None) => format!(
                "nothing says that it is an access token: neither at+jwt in its header nor {}",
                OF_ACCESS_TOKENS.join(", ")
            ),
            (signs, ..) => format!("it seems to be an ID token: it has {}", signs.join(", ")),
        })
    }

    /// How to correct it.
    pub(super) fn about_token(&self, error: TokenError) -> String {
        match error {
            TokenError::UntrustedIssuer => self.about_issuer(),
            TokenError::TokenUse => self.about_use(),
            TokenError::Client => format!(
                "get the token through the client {}, or add its client (USER_POOL_CLIENT_ID for the own pool, \
                 clientIds for another issuer)",
                either(self.terms().flat_map(|issuer| issuer.client_ids().iter().map(String::as_str)))
            ),
            TokenError::Audience => self.about_audience(),
            TokenError::Algorithm => self.about_algorithm(),
            TokenError::ForbiddenHeader("typ") => {
                "send an access token: its `typ` is JWT, at+jwt or absent".to_owned()
            }
            TokenError::ForbiddenHeader(name) => {
                format!(
                    "let the issuer leave `{name}` out of the header: keys are only read from its key set"
                )
            }
            TokenError::Claim(name) | TokenError::MissingClaim(name) => self.about_claim(name),
            TokenError::Missing => {
                format!("{}; the identity source is {}", self.kind.way(), self.kind.source())
            }
            TokenError::Repeated => format!("send the token once, in one place: {}", self.kind.way()),
            TokenError::NotBearer => {
                format!("{}: no other scheme, white space, quote, comma or `=`", self.kind.way())
            }
            other => about_text(other).to_owned(),
        }
    }

    fn terms(&self) -> impl Iterator<Item = &TrustedIssuer> {
        self.report.issuer.as_deref().into_iter()
    }

    fn about_issuer(&self) -> String {
        let names: Vec<&str> = self
            .issuers
            .iter()
            .filter(|issuer| !self.open.is_guess(issuer))
            .map(|issuer| issuer.issuer.as_str())
            .collect();
        let bare = |name: &str| name.trim_end_matches('/').to_owned();
        let of_token =
            self.report.stated.as_ref().and_then(|stated| stated.issuer.as_deref()).unwrap_or_default();
        if let Some(near) = names.iter().find(|name| bare(name) == bare(of_token)) {
            return format!(
                "write the issuer in config.json exactly as in the token: {near} differs by a slash"
            );
        }
        let pool = self.open.has_guess().then_some("the stack's own pool");
        let known = either(names.into_iter().chain(pool));
        match self.shown.issuer() {
            Some(issuer) => {
                format!(
                    "get the token from {known}, or trust its issuer too: `gatehouse issuer add {issuer}`"
                )
            }
            None => format!("get the token from {known}, or list its issuer in authorizer.issuers"),
        }
    }

    fn about_use(&self) -> String {
        match self.oidc() {
            Some(_) => "send the access token; if it is one, let the issuer write at+jwt into its header, \
                        or name in claims.access a claim that only its access tokens have"
                .to_owned(),
            None => format!(
                "send the {} token, or change the issuer's tokenUse in config.json",
                either(self.terms().flat_map(|issuer| issuer.token_use().iter().map(|own| own.as_str())))
            ),
        }
    }

    fn about_audience(&self) -> String {
        let audiences: Vec<_> = self
            .terms()
            .flat_map(|issuer| match &issuer.terms {
                Terms::Oidc { audiences, .. } => audiences.as_slice(),
                Terms::Cognito { .. } => &[],
            })
            .map(String::as_str)
            .collect();
        match (self.oidc(), audiences.as_slice()) {
            (None, _) => {
                "let the app ask for this API by its own URL (`resource`), or for no resource at all: with \
                          api.resourceMetadata a token with an `aud` is only for that API"
                    .to_owned()
            }
            (Some(_), []) => {
                "if the token's `aud` is a name of this API, list it in the issuer's audiences: without \
                 audiences, a token must not have an `aud`"
                    .to_owned()
            }
            (Some(_), names) => format!(
                "let the app ask the issuer for a token for {}, or add the API's other name to the issuer's audiences",
                either(names.iter().copied())
            ),
        }
    }

    fn about_algorithm(&self) -> String {
        let named = self.shown.header.get("alg").and_then(Value::as_str).unwrap_or_default();
        let accepted =
            either(self.terms().flat_map(|issuer| issuer.algorithms.iter().map(|own| own.as_str())));
        match (self.oidc(), Algorithm::parse(named)) {
            (Some(_), Some(named)) => format!(
                "let the issuer sign with {accepted}, or name {named} in the algorithms of its entry in authorizer.issuers"
            ),
            _ if named.starts_with("HS") => {
                "let the issuer sign with a private key: whoever can check a shared secret can also sign \
                 with it"
                    .to_owned()
            }
            (Some(_), None) => format!("let the issuer sign with {accepted}"),
            (None, _) => "let the issuer sign with RS256, as Cognito always does".to_owned(),
        }
    }

    fn about_claim(&self, name: &str) -> String {
        let is_oidc = self.oidc().is_some();
        match (name, is_oidc) {
            ("cnf", true) => "get a bearer token: this one is bound to a key (DPoP, mutual TLS), whose proof is not checked here".to_owned(),
            ("client" | "groups" | "scopes", true) => {
                format!("name the right path in claims.{name} of the issuer's entry: a string, or for \
                         groups and scopes a list of strings")
            }
            (_, true) => format!("let the issuer write `{name}` into its access tokens, in the form of RFC \
                                  7519"),
            ("client_id", false) => "only access tokens of Cognito have it: check which token this is".to_owned(),
            ("aud", false) => "an ID token names its only client there, as a string: check which token this is".to_owned(),
            ("cognito:groups", false) => "let the trigger write a list of strings, such as [\"admins\"]".to_owned(),
            (_, false) if self.report.issuer.is_none() => {
                format!("is this a token of Cognito? It writes `{name}`; tokens of an unlisted issuer are \
                         read as Cognito's")
            }
            (_, false) => format!("let the issuer write `{name}` as Cognito does; is this a token of Cognito?"),
        }
    }
}

/// The value of the wrong form. In a list, the first entry that is not a string.
fn of_no_form(found: &Value) -> String {
    let is_odd = |entry: &&Value| !entry.is_string() && !entry.is_null();
    match found.as_array().and_then(|list| list.iter().find(is_odd)) {
        Some(entry) => format!("its entry {} is not a string", value(entry)),
        None => format!("it is {}", value(found)),
    }
}

const fn about_text(error: TokenError) -> &'static str {
    match error {
        TokenError::TooLong => {
            "let the issuer put less into the token: API Gateway passes on at most 10,240 bytes"
        }
        TokenError::NotThreeParts => {
            "check that the token was copied whole, and is neither encrypted nor opaque"
        }
        TokenError::Encoding => "check that the token was copied whole; do not encode it a second time",
        TokenError::Header | TokenError::Claims => {
            "send the token as the issuer gave it: each part is one JSON object without duplicate keys"
        }
        TokenError::NoKeyId => "let the issuer name its key in `kid`",
        TokenError::UnknownKey => {
            "get a new token: this one is from before the issuer changed its keys, or from another stack"
        }
        TokenError::Signature => {
            "get a new token: this one was changed, cut short or not signed by the issuer"
        }
        TokenError::Expired => "get a new token: sign in again, or use the refresh token",
        TokenError::NotYetValid | TokenError::IssuedInFuture => {
            "check the clocks: the issuer's is ahead, or that of this machine is behind"
        }
        // Their advice is with the terms that they break, or with the way that the token was sent.
        TokenError::Missing
        | TokenError::Unreadable
        | TokenError::Repeated
        | TokenError::NotBearer
        | TokenError::UntrustedIssuer
        | TokenError::Algorithm
        | TokenError::TokenUse
        | TokenError::Client
        | TokenError::Audience
        | TokenError::ForbiddenHeader(_)
        | TokenError::Claim(_)
        | TokenError::MissingClaim(_) => "see the configuration",
    }
}
