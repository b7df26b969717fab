//! Everybody's orders, for the group `admins`.
//!
//! The gate lets nobody else through; the group is checked here again, since a rule is easily widened.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use web::{Caller, Problem};

use crate::app::App;
use crate::calendar::Day;
use crate::cursor::Listing;
use crate::listing::{self, Limit};
use crate::order::Order;
use crate::routes::Days;
use crate::routes::orders::OrderView;

const ADMINS: &str = "admins";

/// An order, and whose it is.
#[derive(Serialize)]
struct OwnedView {
    /// The owner's subject.
    owner: String,
    #[serde(flatten)]
    order: OrderView,
}

impl From<Order> for OwnedView {
    fn from(order: Order) -> Self {
        Self { owner: order.owner.subject().to_owned(), order: order.into() }
    }
}

/// Some of everybody's orders.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OwnedPageView {
    from: Day,
    to: Day,
    orders: Vec<OwnedView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Which page, of which days.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    from: Option<Day>,
    to: Option<Day>,
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    web::Query(query): web::Query<ListQuery>,
) -> Result<Json<OwnedPageView>, Problem> {
    caller.require_group(ADMINS)?;
    let period = Days { from: query.from, to: query.to }.period(app.now().day())?;
    let before = listing::start(Listing::Everyones, query.cursor.as_deref())?;
    if before.is_some_and(|id| !period.contains(id.created_at().day())) {
        return Err(listing::bad_cursor());
    }
    let page = listing::everyones(&*app.store, period, before, query.limit).await?;
    let next_cursor = listing::next(Listing::Everyones, &page);
    let orders = page.orders.into_iter().map(OwnedView::from).collect();
    Ok(Json(OwnedPageView { from: period.from(), to: period.to(), orders, next_cursor }))
}
