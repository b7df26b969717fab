//! Why a check failed and how to correct it, one line each: one table.
//!
//! This file does not decide whether a check failed. `advice/token.rs` explains what is wrong with the token
//! itself.

mod token;

use authorizer::inspect::{FailureReason, Report};
use authorizer::{AuthorizeError, DenyReason, Issuers, MalformedEvent, Principal, TokenError, UnixTime};
use platform::identity::Authority;
use serde_json::Value;

use super::event::Kind;
use super::open::Open;
use super::token::Shown;
use super::words::escaped;

/// The facts that a line of advice may use.
pub(super) struct Case<'r> {
    pub(super) report: &'r Report,
    pub(super) issuers: &'r Issuers,
    pub(super) shown: &'r Shown,
    pub(super) kind: Kind,
    pub(super) open: Open,
    pub(super) now: UnixTime,
}

impl Case<'_> {
    /// Why the check failed.
    pub(super) fn why(&self, why: FailureReason) -> String {
        match why {
            // The gate counts unavailable keys of an optional issuer as unknown keys.
            FailureReason::AuthorizeError(
                AuthorizeError::KeysUnavailable | AuthorizeError::Unauthorized(TokenError::UnknownKey),
            ) if self.report.key_fault.is_some() => self.why_no_keys(),
            FailureReason::AuthorizeError(AuthorizeError::Unauthorized(error)) => self.why_token(error),
            FailureReason::AuthorizeError(AuthorizeError::KeysUnavailable) => self.why_no_keys(),
            FailureReason::AuthorizeError(AuthorizeError::MalformedEvent(error)) => error.to_string(),
            FailureReason::DenyReason(refusal) => self.why_refused(refusal),
        }
    }

    fn why_no_keys(&self) -> String {
        let fault = self.report.key_fault.as_deref().unwrap_or("they were requested a moment ago");
        format!("the issuer's keys are unavailable: {fault}")
    }

    fn why_refused(&self, refusal: DenyReason) -> String {
        let principal = self.report.principal.as_ref();
        match refusal {
            DenyReason::NoRule => "the token meets the conditions of no rule".to_owned(),
            DenyReason::ResourceTooLong => {
                "a granted route, as a resource of this API, is longer than IAM accepts".to_owned()
            }
            DenyReason::ClaimsTooLarge => format!(
                "the claims that authorizer.context hands on do not fit in an answer to API Gateway{}",
                principal.and_then(largest_claim).unwrap_or_default()
            ),
            DenyReason::IdentityTooLarge => format!(
                "the routes and the caller's groups and scopes do not fit in an answer to API Gateway{}",
                principal.map(sizes).unwrap_or_default()
            ),
        }
    }

    /// How to correct it.
    pub(super) fn what_to_do(&self, why: FailureReason) -> String {
        let is_optional = self.report.issuer.as_ref().is_some_and(|issuer| issuer.is_optional);
        match why {
            // <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_IssuerConfigurationType.html>
            FailureReason::AuthorizeError(AuthorizeError::KeysUnavailable | AuthorizeError::Unauthorized(TokenError::UnknownKey))
                if is_optional && self.report.key_fault.is_some() =>
            {
                "get a new token from the pool: it has not switched to this form of its issuer (IssuerConfiguration), \
                 or has no replica there, so the pool did not issue this token"
                    .to_owned()
            }
            FailureReason::AuthorizeError(AuthorizeError::Unauthorized(error)) => self.about_token(error),
            FailureReason::AuthorizeError(AuthorizeError::KeysUnavailable) => {
                "check the address and the network, or give the key set with --jwks; the gate answers 500 \
                 until it has the keys"
                    .to_owned()
            }
            FailureReason::AuthorizeError(AuthorizeError::MalformedEvent(error)) => self.about_event(error),
            FailureReason::DenyReason(DenyReason::NoRule) => self.about_rules(),
            FailureReason::DenyReason(DenyReason::ResourceTooLong) => {
                "shorten the path of the route, or the name of the API's stage".to_owned()
            }
            FailureReason::DenyReason(DenyReason::ClaimsTooLarge) => {
                "name fewer claims in authorizer.context, or have the issuer write less into them".to_owned()
            }
            FailureReason::DenyReason(DenyReason::IdentityTooLarge) => {
                "take the caller out of groups, or grant fewer routes with more `/*`".to_owned()
            }
        }
    }

    fn about_rules(&self) -> String {
        match self.report.principal.as_ref().map(|principal| &principal.identity) {
            Some(identity) if identity.authority == Authority::Named => format!(
                "name {} in the issuers of a rule, together with \"own\" if it is for both: a rule without \
                 issuers is only for the stack's own pool",
                escaped(&identity.issuer)
            ),
            _ => "see below what each rule requires; `gatehouse policy` shows which routes that opens"
                .to_owned(),
        }
    }

    fn about_event(&self, error: MalformedEvent) -> String {
        match error {
            MalformedEvent::Kind => {
                "give the event as the function received it: TOKEN, REQUEST, HTTP API payload 2.0 or \
                 WebSocket $connect"
                    .to_owned()
            }
            MalformedEvent::MethodArn => "leave methodArn or routeArn as API Gateway sent it".to_owned(),
            MalformedEvent::IdentitySource => format!(
                "make {} the authorizer's only identity source: the API caches answers by its value, and \
                 this event has another source",
                self.kind.source()
            ),
        }
    }
}

fn largest_claim(principal: &Principal) -> Option<String> {
    let sizes = principal.identity.claims.iter().map(|(name, value)| (size(value), name));
    let (size, name) = sizes.max()?;
    Some(format!(": the largest is {}, of {size} bytes", escaped(name)))
}

fn size(value: &Value) -> usize {
    value.to_string().len()
}

fn sizes(principal: &Principal) -> String {
    let (groups, scopes) = (&principal.identity.groups, &principal.identity.scopes);
    let of = |names: &platform::identity::Names| (names.as_slice().len(), names.to_string().len());
    let ((groups, group_bytes), (scopes, scope_bytes)) = (of(groups), of(scopes));
    format!(": {groups} groups take {group_bytes} bytes, {scopes} scopes {scope_bytes}")
}
