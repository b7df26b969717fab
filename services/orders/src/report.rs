//! Totals of orders, by day and currency.
//!
//! It reads the index by day, page by page, and adds up as it reads: at most [`Period::LONGEST`] days, at
//! most [`MOST_ORDERS`] orders, and never more than one page in memory. A shop with more orders needs totals
//! that are updated with each order; see ARCHITECTURE.md.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use web::Problem;

use crate::calendar::{Day, Period};
use crate::error;
use crate::order::{Currency, Order, OrderStatus};
use crate::store::OrderStore;

/// The most orders in one report.
pub(crate) const MOST_ORDERS: usize = 10_000;

/// How many orders are read at once: about 300 KB of the 1 MB that a query may return.
const PAGE: u16 = 1_000;

/// The orders of one day in one currency. Cancelled orders do not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TotalView)]
pub(crate) struct Total {
    day: Day,
    currency: Currency,
    /// The number of orders.
    orders: u64,
    /// Their total price, in minor units.
    amount: u64,
}

/// The totals so far.
#[derive(Debug, Default)]
struct Totals {
    read: usize,
    by_day_and_currency: BTreeMap<(Day, Currency), (u64, u64)>,
}

impl Totals {
    fn add(&mut self, day: Day, order: &Order) {
        if order.status != OrderStatus::Cancelled {
            let entry = self.by_day_and_currency.entry((day, order.content.price.currency)).or_default();
            entry.0 += 1;
            // Even MOST_ORDERS orders with the highest price are far from an overflow.
            entry.1 = entry.1.saturating_add(order.total());
        }
    }

    fn into_rows(self) -> Vec<Total> {
        let rows = self.by_day_and_currency.into_iter();
        rows.map(|((day, currency), (orders, amount))| Total { day, currency, orders, amount }).collect()
    }
}

/// The totals of a period, sorted by day and currency.
pub(crate) async fn totals(store: &dyn OrderStore, period: Period) -> Result<Vec<Total>, Problem> {
    let mut totals = Totals::default();
    for day in period.days_backwards() {
        add_day(store, day, &mut totals).await?;
    }
    Ok(totals.into_rows())
}

async fn add_day(store: &dyn OrderStore, day: Day, totals: &mut Totals) -> Result<(), Problem> {
    let mut before = None;
    loop {
        let page = store.of_day(day, before, PAGE).await.map_err(error::of_store)?;
        totals.read += page.orders.len();
        if totals.read > MOST_ORDERS {
            return Err(error::report_too_large(MOST_ORDERS));
        }
        page.orders.iter().for_each(|order| totals.add(day, order));
        match page.orders.last() {
            Some(last) if page.more => before = Some(last.id),
            _ => return Ok(()),
        }
    }
}
