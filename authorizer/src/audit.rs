//! One line a decision: who, with which key, what was decided, why, how long it took. And one with the same as
//! numbers, where metrics are on.
//!
//! Never the token, and nothing that an unverified token says but its `kid`, which is short and visible
//! ASCII.

use std::sync::Arc;
use std::time::Duration;

use platform::metrics::{self, Group, Metric};

use crate::error::AuthorizeError;
use crate::issuers::SharedIssuer;
use crate::jwks::{KeyId, KeyLookup};
use crate::policy::{Answer, Decision};
use crate::token::VerifiedClaims;

/// The decision about a token that is not accepted.
const UNAUTHORIZED: &str = "unauthorized";

/// What has been learned of a request so far.
#[derive(Debug, Default)]
pub(crate) struct AuditRecord {
    issuer: Option<SharedIssuer>,
    key_id: Option<KeyId>,
    cache: Option<&'static str>,
    /// In seconds.
    key_age: Option<u64>,
    claims: Option<VerifiedClaims>,
}

impl AuditRecord {
    pub(crate) fn saw_token(&mut self, issuer: &SharedIssuer, key_id: &KeyId) {
        self.issuer = Some(Arc::clone(issuer));
        self.key_id = Some(key_id.clone());
    }

    pub(crate) fn looked_up(&mut self, found: Option<&KeyLookup>) {
        self.cache = Some(found.map_or("none", |found| found.state.code()));
        self.key_age = found.map(|found| found.age);
    }

    /// Keeps the claims, and lends them to what comes next.
    pub(crate) fn verified(&mut self, claims: VerifiedClaims) -> &VerifiedClaims {
        self.claims.insert(claims)
    }

    /// Writes the line.
    pub(crate) fn log(&self, answer: &Result<(Decision, Answer), AuthorizeError>, latency: Duration) {
        let (decision, reason) = match answer {
            Ok((Decision::Allow, _)) => ("allow", "granted"),
            Ok((Decision::Deny(refusal), _)) => ("deny", refusal.code()),
            Err(failure @ AuthorizeError::Unauthorized(_)) => (UNAUTHORIZED, failure.code()),
            Err(failure) => ("failure", failure.code()),
        };
        let detail = match answer {
            Err(AuthorizeError::Unauthorized(error)) => error.detail(),
            _ => None,
        };
        let identity = self.claims.as_ref().map(VerifiedClaims::identity);
        let latency_us = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        tracing::info!(
            decision,
            reason,
            detail,
            sub = identity.map(|identity| identity.subject.as_str()),
            client_id = identity.and_then(|identity| identity.client_id.as_deref()),
            token_use = identity.map(|identity| identity.token_use.as_str()),
            iss = self.issuer.as_ref().map(|issuer| issuer.issuer.as_str()),
            kid = self.key_id.as_ref().map(KeyId::as_str),
            jwks = self.cache,
            latency_us,
            "decision"
        );
        self.count(decision, reason, latency_us);
    }

    fn count(&self, decision: &'static str, reason: &'static str, latency_us: u64) {
        let decided = Metric::one("Decisions");
        let latency = Metric::microseconds("DecisionLatency", latency_us);
        let age = Metric::seconds("KeyAge", self.key_age.unwrap_or_default());
        let all = [decided, latency, age];
        // Without a key there is no age.
        let known = if self.key_age.is_some() { &all[..] } else { &[decided, latency] };
        let by_decision = Group { dimensions: &[("Decision", decision)], metrics: known };
        let by_reason = Group { dimensions: &[("Reason", reason)], metrics: &[decided] };
        if decision == UNAUTHORIZED {
            // To Lambda a refusal is an error of the version that runs; the alarms that take a rollout back subtract it.
            let version = [("Decision", decision), ("Version", metrics::version())];
            let by_version = Group { dimensions: &version, metrics: &[decided] };
            metrics::emit(&[by_decision, by_reason, by_version]);
        } else {
            metrics::emit(&[by_decision, by_reason]);
        }
    }
}
