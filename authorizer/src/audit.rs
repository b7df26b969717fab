//! One line a decision: who, with which key, what was decided, why, how long it took.
//!
//! Never the token, and nothing that an unverified token says but its `kid`, which is short and visible
//! ASCII.

use std::sync::Arc;
use std::time::Duration;

use crate::error::Failure;
use crate::issuers::SharedIssuer;
use crate::jwks::{Found, KeyId};
use crate::policy::{Answer, Decision};
use crate::token::VerifiedClaims;

/// What has been learned of a request so far.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    issuer: Option<SharedIssuer>,
    key_id: Option<KeyId>,
    cache: Option<&'static str>,
    claims: Option<VerifiedClaims>,
}

impl Trail {
    pub(crate) fn saw_token(&mut self, issuer: &SharedIssuer, key_id: &KeyId) {
        self.issuer = Some(Arc::clone(issuer));
        self.key_id = Some(key_id.clone());
    }

    pub(crate) fn looked_up(&mut self, found: Option<&Found>) {
        self.cache = Some(found.map_or("none", |found| found.state.code()));
    }

    /// Keeps the claims, and lends them to what comes next.
    pub(crate) fn verified(&mut self, claims: VerifiedClaims) -> &VerifiedClaims {
        self.claims.insert(claims)
    }

    /// Writes the line.
    pub(crate) fn log(&self, answer: &Result<(Decision, Answer), Failure>, latency: Duration) {
        let (decision, reason) = match answer {
            Ok((Decision::Allow, _)) => ("allow", "granted"),
            Ok((Decision::Deny(refusal), _)) => ("deny", refusal.code()),
            Err(failure @ Failure::Unauthorized(_)) => ("unauthorized", failure.code()),
            Err(failure) => ("failure", failure.code()),
        };
        let detail = match answer {
            Err(Failure::Unauthorized(error)) => error.detail(),
            _ => None,
        };
        let identity = self.claims.as_ref().map(VerifiedClaims::identity);
        tracing::info!(
            decision,
            reason,
            detail,
            sub = identity.map(|identity| identity.subject.as_str()),
            client_id = identity.map(|identity| identity.client_id.as_str()),
            token_use = identity.map(|identity| identity.token_use.as_str()),
            iss = self.issuer.as_ref().map(|issuer| issuer.issuer.as_str()),
            kid = self.key_id.as_ref().map(KeyId::as_str),
            jwks = self.cache,
            latency_us = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX),
            "decision"
        );
    }
}
