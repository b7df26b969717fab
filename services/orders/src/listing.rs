//! Pages of orders: their size and their start, and the listing of all owners' orders across days.

use web::{FieldError, Problem};

use crate::calendar::Period;
use crate::cursor::{Cursor, Listing};
use crate::error;
use crate::order::OrderId;
use crate::store::{OrderStore, Page};

/// How many orders a page has at most.
pub type Limit = web::PageLimit<100>;

/// The order after which a listing continues.
pub(crate) fn start(listing: Listing<'_>, cursor: Option<&str>) -> Result<Option<OrderId>, Problem> {
    let Some(text) = cursor else { return Ok(None) };
    Cursor::parse(listing, text).map(Some).ok_or_else(bad_cursor)
}

/// The cursor of the page after this one.
pub(crate) fn next(listing: Listing<'_>, page: &Page) -> Option<String> {
    let last = page.orders.last().filter(|_| page.more)?;
    Some(Cursor::render(listing, last.id).into_string())
}

pub(crate) fn bad_cursor() -> Problem {
    Problem::invalid_query(vec![FieldError::new(
        "/cursor",
        "must be the nextCursor of a page of this listing",
    )])
}

/// The orders of all owners within a period, the newest first. It needs at most one query for each day of the
/// period, and one for each page of the store.
pub(crate) async fn all_orders(
    store: &dyn OrderStore,
    period: Period,
    before: Option<OrderId>,
    limit: Limit,
) -> Result<Page, Problem> {
    let newest = before.map_or(period.to(), |id| id.created_at().day());
    let mut days = period.days_backwards().skip_while(|day| *day > newest);
    let (mut day, mut before) = (days.next(), before);
    let mut orders = Vec::new();
    while let Some(current) = day {
        // One more than needed. Whether it exists tells whether another page follows.
        let missing = (usize::from(limit.get()) + 1).saturating_sub(orders.len());
        let missing = u16::try_from(missing).unwrap_or(Limit::MAX.into());
        let page = store.of_day(current, before, missing).await.map_err(error::of_store)?;
        orders.extend(page.orders);
        if orders.len() > usize::from(limit.get()) {
            orders.truncate(limit.get().into());
            return Ok(Page { orders, more: true });
        }
        before = orders.last().map(|last| last.id).or(before);
        if !page.more {
            day = days.next();
        }
    }
    Ok(Page { orders, more: false })
}
