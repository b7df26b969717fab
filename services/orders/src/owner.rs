//! The owner of an order. Only this file makes a key of the table from the caller.

use web::Caller;

/// A caller, as the owner of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    key: String,
    subject: String,
    issuer: Option<String>,
}

impl Owner {
    /// The caller as an owner.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        let identity = caller.identity();
        let issuer = Some(identity.issuer.clone());
        Self { key: caller.subject_key(), subject: identity.subject.clone(), issuer }
    }

    /// The owner in a stored row.
    #[must_use]
    pub fn stored(key: &str, subject: &str, issuer: Option<&str>) -> Self {
        Self { key: key.to_owned(), subject: subject.to_owned(), issuer: issuer.map(str::to_owned) }
    }

    /// The key that distinguishes this owner's rows from all others'. Two forms of one pool's issuer do not
    /// make two owners, so owners are compared by this key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The subject of the identity, for display.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The issuer of the token that the order was placed with, for display. Rows that were written before the
    /// issuer was stored have none.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }
}
