//! Writes one line for each decision: who asked, with which key, what was decided, why, and how long it took.
//! Where metrics are on, it writes a second line with the same facts as numbers.
//!
//! A line never contains the token. Of an unverified token it contains only the `kid`, which is short and
//! visible ASCII.

use std::sync::Arc;
use std::time::Duration;

use platform::metrics::{self, Group, Metric};

use crate::error::AuthorizeError;
use crate::issuers::SharedIssuer;
use crate::jwks::{KeyId, KeyLookup};
use crate::policy::{Answer, Decision};
use crate::token::VerifiedClaims;

/// What the log calls the decision about a token that is not accepted.
const UNAUTHORIZED: &str = "unauthorized";

/// What is known of a request so far.
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

    /// Stores the claims, and lends them to the next step.
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
        // Without a key there is no key age to report.
        let known = if self.key_age.is_some() { &all[..] } else { &[decided, latency] };
        let by_decision = Group { dimensions: &[("Decision", decision)], metrics: known };
        let by_reason = Group { dimensions: &[("Reason", reason)], metrics: &[decided] };
        if decision == UNAUTHORIZED {
            // Lambda counts a refusal as an error of the version that runs. The alarms that roll a deployment
            // back subtract these refusals.
            let version = [("Decision", decision), ("Version", metrics::version())];
            let by_version = Group { dimensions: &version, metrics: &[decided] };
            metrics::emit(&[by_decision, by_reason, by_version]);
        } else {
            metrics::emit(&[by_decision, by_reason]);
        }
    }
}
