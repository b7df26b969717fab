//! A store in memory, which meets the same requirements as the real one but uses no network.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use orders::calendar::{Day, Timestamp};
use orders::order::{Order, OrderId, Version};
use orders::store::{Attempt, Created, Failure, OrderStore, Page, Written};
use orders::{Fingerprint, IdempotencyKey, Owner};

type Keys = BTreeMap<(String, IdempotencyKey), (Fingerprint, Timestamp, Order)>;

#[derive(Default)]
pub(crate) struct Memory {
    orders: Mutex<BTreeMap<OrderId, Order>>,
    keys: Mutex<Keys>,
    /// What happens at the next calls instead of the call itself, the last one first.
    pub(crate) faults: Mutex<Vec<InjectedFault>>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum InjectedFault {
    Busy,
    Unreachable,
    Unusable,
    InProgress,
    /// Another request changes the order first.
    Changed,
    Gone,
}

impl Memory {
    fn next_fault(&self) -> Result<Option<InjectedFault>, Failure> {
        let cause = || "10.0.0.7 said no".into();
        match self.faults.lock().unwrap().pop() {
            Some(InjectedFault::Busy) => Err(Failure::Busy(cause())),
            Some(InjectedFault::Unreachable) => Err(Failure::Unreachable(cause())),
            Some(InjectedFault::Unusable) => Err(Failure::Unusable(cause())),
            other => Ok(other),
        }
    }

    fn page(&self, before: Option<OrderId>, limit: u16, is_wanted: impl Fn(&Order) -> bool) -> Page {
        let orders = self.orders.lock().unwrap();
        let newest_first = orders.values().rev().filter(|order| is_wanted(order));
        let older = newest_first.filter(|order| before.is_none_or(|before| order.id < before));
        let mut found: Vec<Order> = older.take(usize::from(limit) + 1).cloned().collect();
        let more = found.len() > usize::from(limit);
        found.truncate(limit.into());
        Page { orders: found, more }
    }
}

#[async_trait]
impl OrderStore for Memory {
    async fn create(&self, order: &Order, attempt: Option<&Attempt>) -> Result<Created, Failure> {
        if self.next_fault()?.is_some() {
            return Ok(Created::InProgress);
        }
        if let Some(attempt) = attempt {
            let place = (order.owner.key().to_owned(), attempt.key.clone());
            let mut keys = self.keys.lock().unwrap();
            if let Some((fingerprint, expires_at, first)) = keys.get(&place)
                && *expires_at > attempt.now
            {
                let is_same = *fingerprint == attempt.fingerprint;
                return Ok(if is_same {
                    Created::Replayed(first.clone().into())
                } else {
                    Created::KeyReused
                });
            }
            keys.insert(place, (attempt.fingerprint.clone(), attempt.expires_at(), order.clone()));
        }
        self.orders.lock().unwrap().insert(order.id, order.clone());
        Ok(Created::New)
    }

    async fn get(&self, owner: &Owner, id: OrderId) -> Result<Option<Order>, Failure> {
        self.next_fault()?;
        Ok(self.orders.lock().unwrap().get(&id).filter(|order| order.owner.key() == owner.key()).cloned())
    }

    async fn owner_of(&self, id: OrderId) -> Result<Option<Owner>, Failure> {
        self.next_fault()?;
        Ok(self.orders.lock().unwrap().get(&id).map(|order| order.owner.clone()))
    }

    async fn of_owner(&self, owner: &Owner, before: Option<OrderId>, limit: u16) -> Result<Page, Failure> {
        self.next_fault()?;
        Ok(self.page(before, limit, |order| order.owner.key() == owner.key()))
    }

    async fn of_day(&self, day: Day, before: Option<OrderId>, limit: u16) -> Result<Page, Failure> {
        self.next_fault()?;
        Ok(self.page(before, limit, |order| order.day() == day))
    }

    async fn replace(&self, order: &Order, seen: Version) -> Result<Written, Failure> {
        match self.next_fault()? {
            Some(InjectedFault::Changed) => return Ok(Written::VersionConflict),
            Some(InjectedFault::Gone) => return Ok(Written::NotFound),
            _ => {}
        }
        let mut orders = self.orders.lock().unwrap();
        Ok(match orders.get_mut(&order.id).filter(|found| found.owner.key() == order.owner.key()) {
            None => Written::NotFound,
            Some(found) if found.version != seen => Written::VersionConflict,
            Some(found) => {
                *found = order.clone();
                Written::Applied
            }
        })
    }

    async fn delete(&self, owner: &Owner, id: OrderId, seen: Version) -> Result<Written, Failure> {
        match self.next_fault()? {
            Some(InjectedFault::Changed) => return Ok(Written::VersionConflict),
            Some(InjectedFault::Gone) => return Ok(Written::NotFound),
            _ => {}
        }
        let mut orders = self.orders.lock().unwrap();
        Ok(match orders.get(&id).filter(|found| found.owner.key() == owner.key()) {
            None => Written::NotFound,
            Some(found) if found.version != seen => Written::VersionConflict,
            Some(_) => {
                orders.remove(&id);
                Written::Applied
            }
        })
    }
}

impl Memory {
    /// Stores orders without using the service.
    pub(crate) fn fill(&self, orders: impl IntoIterator<Item = Order>) {
        self.orders.lock().unwrap().extend(orders.into_iter().map(|order| (order.id, order)));
    }

    pub(crate) fn forget_one(&self) {
        self.orders.lock().unwrap().pop_first();
    }
}
