//! What the command cannot check, because it does not know it. The deployed gate knows all of it.

use authorizer::TrustedIssuer;
use authorizer::inspect::{Report, Step, Verdict};

/// What is unknown about the stack's own pool, and is therefore taken from the token itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Assumed {
    /// Which pool it is.
    pub(super) pool: bool,
    /// Which clients' tokens it accepts.
    pub(super) clients: bool,
}

/// What is unchecked about one token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    signature: bool,
    pool: bool,
    clients: bool,
    assumed: Assumed,
}

impl Open {
    pub(super) fn of(report: &Report, assumed: Assumed) -> Self {
        let is_own = report.issuer.as_ref().is_some_and(|issuer| issuer.is_own());
        Self {
            signature: report.verdict == Verdict::Undecided,
            pool: is_own && assumed.pool,
            clients: is_own && assumed.clients,
            assumed,
        }
    }

    /// Whether the gate's pool is only assumed.
    pub(super) const fn has_guess(self) -> bool {
        self.assumed.pool
    }

    /// Whether this issuer is the assumed pool.
    pub(super) const fn is_guess(self, issuer: &TrustedIssuer) -> bool {
        self.assumed.pool && issuer.is_own()
    }

    /// Whether everything was checked.
    pub(super) const fn is_settled(self) -> bool {
        !self.signature && !self.pool && !self.clients
    }

    /// Why a passed check says nothing. `None` if it does.
    pub(super) const fn instead_of(self, step: Step) -> Option<&'static str> {
        match step {
            Step::Issuer if self.pool => Some("the stack's own pool is not known here"),
            Step::Client if self.clients => Some("the clients of the stack's own pool are not known here"),
            _ => None,
        }
    }

    /// What was not checked. It is in capitals, so that nobody takes the rest for a yes.
    pub(super) fn words(self) -> String {
        let parts =
            [(self.signature, "THE SIGNATURE"), (self.pool, "THE ISSUER"), (self.clients, "THE CLIENT")];
        let open: Vec<_> =
            parts.into_iter().filter(|(is_open, _)| *is_open).map(|(_, words)| words).collect();
        let verb = if open.len() == 1 { "WAS" } else { "WERE" };
        format!("{} {verb} NOT CHECKED", open.join(", "))
    }

    /// How to get it checked.
    pub(super) const fn advice(self) -> &'static str {
        if self.pool || self.clients {
            "name the pool with --user-pool-id and --client-id"
        } else {
            "give the keys with --jwks, or leave --offline out"
        }
    }
}
