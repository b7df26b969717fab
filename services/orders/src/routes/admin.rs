//! Everybody's orders, for the group `admins`: to look at, and to say how far each has come.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::ETAG;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::Problem;

use crate::app::App;
use crate::calendar::Day;
use crate::cursor::Listing;
use crate::error;
use crate::listing::{self, Limit};
use crate::order::{Order, OrderId, OrderStatus};
use crate::precondition::{self, IfMatch};
use crate::routes::Days;
use crate::routes::callers::{Administrator, WritingAdministrator};
use crate::routes::orders::{OrderView, written};

web::routes!(pub(super), App: list, read, advance);

/// An order, and whose it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OwnedOrderView)]
struct OwnedView {
    /// The owner's subject, which counts only with its issuer.
    owner: String,
    /// Absent where the order is from before it was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_issuer: Option<String>,
    #[serde(flatten)]
    order: OrderView,
}

impl From<Order> for OwnedView {
    fn from(order: Order) -> Self {
        let owner_issuer = order.owner.issuer().map(str::to_owned);
        Self { owner: order.owner.subject().to_owned(), owner_issuer, order: order.into() }
    }
}

/// Some of everybody's orders.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OwnedOrdersView)]
struct OwnedPageView {
    from: Day,
    to: Day,
    /// The newest first.
    orders: Vec<OwnedView>,
    /// The `cursor` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Which page, of which days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// The first day, at most 30 before the last. Left out: as far back as can be.
    #[param(inline)]
    from: Option<Day>,
    /// The last day. Left out: today.
    #[param(inline)]
    to: Option<Day>,
    /// How many orders at most.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 20, required = false)]
    limit: Limit,
    /// `nextCursor` of the page before.
    #[param(min_length = 32, max_length = 32, pattern = "^[A-Za-z0-9_-]{32}$")]
    cursor: Option<String>,
}

/// List everybody's orders, of at most 31 days.
#[utoipa::path(get, path = "/admin/orders", operation_id = "list_all_orders", tag = "admin", params(ListQuery),
    responses((status = 200, description = "Some of them", body = OwnedPageView)), security(("bearer" = [])))]
async fn list(
    State(app): State<App>,
    _: Administrator,
    web::Query(query): web::Query<ListQuery>,
) -> Result<Json<OwnedPageView>, Problem> {
    let period = Days { from: query.from, to: query.to }.period(app.now().day())?;
    let before = listing::start(Listing::AllOrders, query.cursor.as_deref())?;
    if before.is_some_and(|id| !period.contains(id.created_at().day())) {
        return Err(listing::bad_cursor());
    }
    let page = listing::all_orders(&*app.store, period, before, query.limit).await?;
    let next_cursor = listing::next(Listing::AllOrders, &page);
    let orders = page.orders.into_iter().map(OwnedView::from).collect();
    Ok(Json(OwnedPageView { from: period.from(), to: period.to(), orders, next_cursor }))
}

/// Read anybody's order.
#[utoipa::path(get, path = "/admin/orders/{id}", operation_id = "read_any_order", tag = "admin",
    params(("id" = OrderId, Path, description = "Of the order")),
    responses((status = 200, description = "The order", body = OwnedView, headers(("ETag" = String, description = "For `If-Match`")))),
    security(("bearer" = [])))]
async fn read(
    State(app): State<App>,
    _: Administrator,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    find(&app, &id).await.map(tagged)
}

/// How far the order has come: nothing else of somebody's order is an administrator's to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdvanceOrderBody)]
struct StatusBody {
    status: OrderStatus,
}

/// Say how far anybody's order has come.
#[utoipa::path(patch, path = "/admin/orders/{id}", operation_id = "advance_order", tag = "admin",
    params(("id" = OrderId, Path, description = "Of the order"), IfMatch), request_body = StatusBody,
    responses((status = 200, description = "The order as it is now", body = OwnedView, headers(("ETag" = String, description = "For `If-Match`")))),
    security(("bearer" = [])))]
async fn advance(
    State(app): State<App>,
    _: WritingAdministrator,
    Path(id): Path<String>,
    if_match: IfMatch,
    web::Json(body): web::Json<StatusBody>,
) -> Result<impl IntoResponse, Problem> {
    let order = find(&app, &id).await?;
    if_match.check(order.version)?;
    let moved = order.moved(body.status, app.now()).map_err(error::not_allowed)?;
    app.store.replace(&moved, order.version).await.map_err(error::of_store).and_then(written)?;
    Ok(tagged(moved))
}

/// Anybody's order with this id. Whose it is comes from the index, which is some moments behind; the order itself is
/// read where its owner reads it, so its version is the one that there is.
async fn find(app: &App, id: &str) -> Result<Order, Problem> {
    let id = OrderId::parse(id).ok_or_else(error::nobodys)?;
    let owner = app.store.owner_of(id).await.map_err(error::of_store)?.ok_or_else(error::nobodys)?;
    app.store.get(&owner, id).await.map_err(error::of_store)?.ok_or_else(error::nobodys)
}

fn tagged(order: Order) -> impl IntoResponse + use<> {
    ([(ETAG, precondition::etag(order.version))], Json(OwnedView::from(order)))
}
