//! What the service wants of whoever keeps the orders. `dynamodb.rs` is the one that does.
//!
//! No operation takes a partition from a request: an owner comes from the caller's identity or, for administrators,
//! from the row of an order, and what is read for an owner is that owner's. A store decides nothing else about access.

use std::error::Error;

use async_trait::async_trait;

use crate::calendar::Day;
pub use crate::idempotency::Attempt;
use crate::order::{Order, OrderId, Version};
use crate::owner::Owner;

/// Keeps orders.
#[async_trait]
pub trait OrderStore: Send + Sync {
    /// Keeps a new order; under a key only if that key was not used before. Both or neither.
    async fn create(&self, order: &Order, attempt: Option<&Attempt>) -> Result<Created, Failure>;

    /// The order of this owner with this id.
    async fn get(&self, owner: &Owner, id: OrderId) -> Result<Option<Order>, Failure>;

    /// Whose order this is. A new one may take a moment to be known here.
    async fn owner_of(&self, id: OrderId) -> Result<Option<Owner>, Failure>;

    /// This owner's orders that are older than `before`, the newest first, at most `limit`.
    async fn of_owner(&self, owner: &Owner, before: Option<OrderId>, limit: u16) -> Result<Page, Failure>;

    /// Everybody's orders of one day that are older than `before`, the newest first, at most `limit`. An order
    /// may take a moment to be among them.
    async fn of_day(&self, day: Day, before: Option<OrderId>, limit: u16) -> Result<Page, Failure>;

    /// Puts `order` in the place of its version `seen`.
    async fn replace(&self, order: &Order, seen: Version) -> Result<Written, Failure>;

    /// Removes an order that is at version `seen`.
    async fn delete(&self, owner: &Owner, id: OrderId, seen: Version) -> Result<Written, Failure>;
}

/// What came of [`OrderStore::create`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// The order is kept.
    New,
    /// The same was asked for under this key before, and this came of it then.
    Replayed(Box<Order>),
    /// Something else was asked for under this key before.
    KeyReused,
    /// Another request with this key is being carried out.
    InProgress,
}

/// What came of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is made.
    Applied,
    /// The order is at another version.
    VersionConflict,
    /// There is no such order.
    NotFound,
}

/// Some orders, and whether there are more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The newest first.
    pub orders: Vec<Order>,
    /// Whether older ones follow.
    pub more: bool,
}

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Too much at once. Nothing was done; another try makes sense.
    #[error("the store is busy")]
    Busy(#[source] Cause),
    /// It is not there, or did not answer in time. Whether a change was made is not known.
    #[error("the store cannot be reached")]
    Unreachable(#[source] Cause),
    /// A fault of ours: a missing right, a bad request, a row that is no order.
    #[error("the store cannot be used")]
    Unusable(#[source] Cause),
}

/// What a failure is told by, for the log alone.
pub type Cause = Box<dyn Error + Send + Sync>;
