//! Whose an order is. The only place where the caller becomes a key of the table.

use web::Caller;

/// A caller, as the owner of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    key: String,
    subject: String,
    issuer: Option<String>,
}

impl Owner {
    /// The owner that a caller is.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        let identity = caller.identity();
        let issuer = Some(identity.issuer.clone());
        Self { key: caller.subject_key(), subject: identity.subject.clone(), issuer }
    }

    /// The owner of a row that was read.
    #[must_use]
    pub fn stored(key: &str, subject: &str, issuer: Option<&str>) -> Self {
        Self { key: key.to_owned(), subject: subject.to_owned(), issuer: issuer.map(str::to_owned) }
    }

    /// What tells this owner's rows from everybody else's. Two forms of one pool's issuer make no two owners, so this
    /// is what owners are compared by.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The identity's subject, to show.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Who issued the token that the order was placed with, to show. Rows from before this was kept have none.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }
}
