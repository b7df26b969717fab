//! Why a check failed, in one line, and what to do about it, in another: one table.
//!
//! Nothing in here decides whether a check failed.

use authorizer::inspect::{Report, Why};
use authorizer::{Failure, Issuers, MalformedEvent, Refusal, TokenError, UnixTime};

use crate::when::{distance, moment};

/// What a line of advice may speak of.
pub(super) struct Case<'r> {
    pub(super) report: &'r Report,
    pub(super) issuers: &'r Issuers,
    pub(super) now: UnixTime,
}

impl Case<'_> {
    /// Why the check failed.
    pub(super) fn why(&self, why: Why) -> String {
        match why {
            Why::Failure(Failure::Unauthorized(error)) => self.why_token(error),
            Why::Failure(Failure::KeysUnavailable) => {
                let fault = self.report.key_fault.as_deref().unwrap_or("they were asked for a moment ago");
                format!("the issuer's keys cannot be had: {fault}")
            }
            Why::Failure(Failure::MalformedEvent(error)) => error.to_string(),
            Why::Refusal(Refusal::NoRule) => "no rule grants anything to these groups and scopes".to_owned(),
            Why::Refusal(Refusal::ResourceTooLong) => {
                "a granted route is longer, as a resource of this API, than IAM takes".to_owned()
            }
            Why::Refusal(Refusal::IdentityTooLarge) => {
                "the routes and the caller's groups and scopes do not fit in an answer to API Gateway"
                    .to_owned()
            }
        }
    }

    fn why_token(&self, error: TokenError) -> String {
        let stated = self.report.stated.as_ref();
        let at = match error {
            TokenError::Expired => stated.and_then(|stated| stated.expires_at),
            TokenError::NotYetValid => stated.and_then(|stated| stated.not_before),
            TokenError::IssuedInFuture => stated.and_then(|stated| stated.issued_at),
            _ => None,
        };
        match at.map(UnixTime::from_secs) {
            Some(at) => format!("{error}: {}, {}", distance(at, self.now), moment(at)),
            None => error.to_string(),
        }
    }

    /// What to do about it.
    pub(super) fn what_to_do(&self, why: Why) -> String {
        match why {
            Why::Failure(Failure::Unauthorized(error)) => self.about_token(error),
            Why::Failure(Failure::KeysUnavailable) => {
                "check the address and the network, or give the key set with --jwks; the gate answers 500 \
                 until it has the keys"
                    .to_owned()
            }
            Why::Failure(Failure::MalformedEvent(error)) => about_event(error).to_owned(),
            Why::Refusal(Refusal::NoRule) => {
                "put the user into a group, or let the client ask for a scope, that authorizer.rules names; \
                 `gatehouse policy` shows what each opens"
                    .to_owned()
            }
            Why::Refusal(Refusal::ResourceTooLong) => {
                "shorten the path of the route, or the name of the API's stage".to_owned()
            }
            Why::Refusal(Refusal::IdentityTooLarge) => {
                "take the caller out of groups, or grant fewer routes with more `/*`".to_owned()
            }
        }
    }

    fn about_token(&self, error: TokenError) -> String {
        match error {
            TokenError::UntrustedIssuer => format!(
                "get the token from {}, or list its issuer in authorizer.issuers",
                either(self.issuers.iter().map(|issuer| issuer.issuer.as_str()))
            ),
            TokenError::TokenUse => format!(
                "send the {} token, or change the issuer's tokenUse in config.json",
                either(self.terms().flat_map(|issuer| issuer.token_use.iter().map(|own| own.as_str())))
            ),
            TokenError::Client => format!(
                "get the token through the client {}, or add its client (USER_POOL_CLIENT_ID for the own pool, \
                 clientIds for another issuer)",
                either(self.terms().flat_map(|issuer| issuer.client_ids.iter().map(String::as_str)))
            ),
            TokenError::ForbiddenHeader(name) => {
                format!("send the token as the issuer gave it: Cognito writes no such `{name}`")
            }
            TokenError::Claim(name) | TokenError::MissingClaim(name) => about_claim(name),
            other => about_text(other).to_owned(),
        }
    }

    fn terms(&self) -> impl Iterator<Item = &authorizer::TrustedIssuer> {
        self.report.issuer.as_deref().into_iter()
    }
}

fn either<'t>(names: impl Iterator<Item = &'t str>) -> String {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names.join(" or ")
}

fn about_claim(name: &str) -> String {
    match name {
        "client_id" => "only access tokens of Cognito have it: check which token this is".to_owned(),
        "aud" => "an ID token names its one client there, as a text: check which token this is".to_owned(),
        _ => format!("let the issuer write `{name}` as Cognito does; is this a token of Cognito?"),
    }
}

const fn about_text(error: TokenError) -> &'static str {
    match error {
        TokenError::Missing => "send `Authorization: Bearer`, one space and the token",
        TokenError::Repeated => "send the token once, in one place",
        TokenError::NotBearer => {
            "send `Bearer`, one space and the token: no other scheme, white space, quote, comma or `=`"
        }
        TokenError::TooLong => {
            "let the issuer put less into the token: API Gateway passes on at most 10,240 bytes"
        }
        TokenError::NotThreeParts => {
            "check that the token was copied whole, and is neither encrypted nor opaque"
        }
        TokenError::Encoding => {
            "check that the token was copied whole; it is not to be encoded a second time"
        }
        TokenError::Header | TokenError::Claims => {
            "send the token as the issuer gave it: one JSON object in each part, no key twice"
        }
        TokenError::Algorithm => "let the issuer sign with RS256, as Cognito always does",
        TokenError::NoKeyId => "let the issuer name its key in `kid`, as Cognito always does",
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
        // Advised on with the terms that they break.
        TokenError::UntrustedIssuer
        | TokenError::TokenUse
        | TokenError::Client
        | TokenError::ForbiddenHeader(_)
        | TokenError::Claim(_)
        | TokenError::MissingClaim(_) => "see the configuration",
    }
}

const fn about_event(error: MalformedEvent) -> &'static str {
    match error {
        MalformedEvent::Kind => {
            "give the event as the function got it: TOKEN, REQUEST, HTTP API payload 2.0 or WebSocket $connect"
        }
        MalformedEvent::MethodArn => "leave methodArn or routeArn as API Gateway sent it",
        MalformedEvent::IdentitySource => "make the Authorization header the authorizer's identity source",
    }
}
