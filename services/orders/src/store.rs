//! What the service requires of a store of orders. `dynamodb/` implements it.
//!
//! No operation takes a partition from a request. An owner comes from the caller's identity or, for
//! administrators, from the row of an order, and a read for an owner only returns that owner's rows. A store
//! makes no other decision about access.

use std::error::Error;

use async_trait::async_trait;

use crate::calendar::Day;
pub use crate::idempotency::Attempt;
use crate::order::{Order, OrderId, Version};
use crate::owner::Owner;

/// Stores orders.
#[async_trait]
pub trait OrderStore: Send + Sync {
    /// Stores a new order. With a key, it only does so if the key was not used before, and it stores both or
    /// neither.
    async fn create(&self, order: &Order, attempt: Option<&Attempt>) -> Result<Created, Failure>;

    /// The order of this owner with this id.
    async fn get(&self, owner: &Owner, id: OrderId) -> Result<Option<Order>, Failure>;

    /// The owner of the order with this id. A new order may take a moment to be found here.
    async fn owner_of(&self, id: OrderId) -> Result<Option<Owner>, Failure>;

    /// This owner's orders that are older than `before`, the newest first, at most `limit`.
    async fn of_owner(&self, owner: &Owner, before: Option<OrderId>, limit: u16) -> Result<Page, Failure>;

    /// All owners' orders of one day that are older than `before`, the newest first, at most `limit`. A new
    /// order may take a moment to be among them.
    async fn of_day(&self, day: Day, before: Option<OrderId>, limit: u16) -> Result<Page, Failure>;

    /// Replaces the order's version `seen` with `order`.
    async fn replace(&self, order: &Order, seen: Version) -> Result<Written, Failure>;

    /// Removes an order that has the version `seen`.
    async fn delete(&self, owner: &Owner, id: OrderId, seen: Version) -> Result<Written, Failure>;
}

/// The result of [`OrderStore::create`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// The order was stored.
    New,
    /// A request for the same was made with this key before. This was its result.
    Replayed(Box<Order>),
    /// A request for something else was made with this key before.
    KeyReused,
    /// Another request with this key is in progress.
    InProgress,
}

/// The result of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The change was made.
    Applied,
    /// The order has another version.
    VersionConflict,
    /// The order does not exist.
    NotFound,
}

/// Some orders, and whether there are more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The newest first.
    pub orders: Vec<Order>,
    /// Whether there are older ones.
    pub more: bool,
}

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The store is overloaded. Nothing was changed; a later try may succeed.
    #[error("the store is busy")]
    Busy(#[source] Cause),
    /// The store is unavailable, or did not answer in time. It is unknown whether a change was made.
    #[error("the store cannot be reached")]
    Unreachable(#[source] Cause),
    /// Our own fault: a missing permission, an invalid request, a row that is not a valid order.
    #[error("the store cannot be used")]
    Unusable(#[source] Cause),
}

/// The cause of a failure, which only the log gets.
pub type Cause = Box<dyn Error + Send + Sync>;
