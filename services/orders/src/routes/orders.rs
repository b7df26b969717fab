//! The caller's own orders: place, list, read, change and delete them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::IntoResponse;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{FieldError, Problem};

use crate::app::App;
use crate::calendar::Timestamp;
use crate::cursor::Listing;
use crate::error;
use crate::idempotency::{Attempt, Fingerprint, OptionalIdempotencyKey};
use crate::listing::{self, Limit};
use crate::order::{Change, Content, Item, Money, Order, OrderId, OrderStatus, Quantity, Version};
use crate::owner::Owner;
use crate::precondition::{self, IfMatch};
use crate::routes::callers::{Reader, Writer};
use crate::store::{Created, Page, Written};

web::routes!(pub(super), App: list, place, read, change, delete);

/// An order as its owner sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderView {
    id: OrderId,
    item: Item,
    quantity: Quantity,
    price: Money,
    status: OrderStatus,
    /// The `ETag` is this number between double quotes.
    version: Version,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        let Content { item, quantity, price } = order.content;
        Self {
            created_at: order.id.created_at(),
            id: order.id,
            item,
            quantity,
            price,
            status: order.status,
            version: order.version,
            updated_at: order.updated_at,
        }
    }
}

/// Some orders, and what leads to the next ones.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrdersView)]
struct PageView {
    /// The newest first.
    orders: Vec<OrderView>,
    /// The `cursor` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Which page of the own orders.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// How many orders at most.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 20, required = false)]
    limit: Limit,
    /// `nextCursor` of the page before.
    #[param(min_length = 32, max_length = 32, pattern = "^[A-Za-z0-9_-]{32}$")]
    cursor: Option<String>,
}

/// List the own orders.
#[utoipa::path(get, path = "/orders", operation_id = "list_orders", tag = "orders", params(ListQuery),
    responses((status = 200, description = "Some of them", body = PageView)), security(("bearer" = [])))]
async fn list(
    State(app): State<App>,
    Reader(owner): Reader,
    web::Query(query): web::Query<ListQuery>,
) -> Result<Json<PageView>, Problem> {
    let listing = Listing::Own(&owner);
    let before = listing::start(listing, query.cursor.as_deref())?;
    let page = app.store.of_owner(&owner, before, query.limit.get().into()).await.map_err(error::of_store)?;
    let next_cursor = listing::next(listing, &page);
    let Page { orders, .. } = page;
    Ok(Json(PageView { orders: orders.into_iter().map(OrderView::from).collect(), next_cursor }))
}

/// Place an order. With an `Idempotency-Key` it can be sent again for 24 hours, and is placed once.
#[utoipa::path(post, path = "/orders", operation_id = "place_order", tag = "orders", params(OptionalIdempotencyKey),
    request_body = Content,
    responses((status = 201, description = "Placed", body = OrderView, headers(
        ("ETag" = String, description = "For `If-Match`"),
        ("Location" = String, description = "Where the order is, relative to the address that was asked for."),
    ))), security(("bearer" = [])))]
async fn place(
    State(app): State<App>,
    Writer(owner): Writer,
    OptionalIdempotencyKey(key): OptionalIdempotencyKey,
    web::Json(content): web::Json<Content>,
) -> Result<impl IntoResponse, Problem> {
    let now = app.now();
    let id = OrderId::new(now, app.random().map_err(Problem::internal)?);
    let attempt = key.map(|key| Attempt { key, fingerprint: Fingerprint::of(&content), now });
    let order = Order::place(id, owner, content);
    match app.store.create(&order, attempt.as_ref()).await.map_err(error::of_store)? {
        Created::New => Ok(created(order)),
        Created::Replayed(first) => Ok(created(*first)),
        Created::KeyReused => Err(error::key_reused()),
        Created::InProgress => Err(error::key_in_work()),
    }
}

fn created(order: Order) -> impl IntoResponse + use<> {
    // Relative to the address that was asked for, which has the stage or a base path in front of `/orders`.
    let location = HeaderValue::from_str(&format!("orders/{}", order.id)).ok();
    (StatusCode::CREATED, location.map(|location| [(LOCATION, location)]), tagged(order))
}

/// Read an own order.
#[utoipa::path(get, path = "/orders/{id}", operation_id = "read_order", tag = "orders",
    params(("id" = OrderId, Path, description = "Of the order")),
    responses((status = 200, description = "The order", body = OrderView, headers(("ETag" = String, description = "For `If-Match`")))),
    security(("bearer" = [])))]
async fn read(
    State(app): State<App>,
    Reader(owner): Reader,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    find(&app, &owner, &id).await.map(tagged)
}

/// What is to be different: a JSON merge patch (RFC 7396), in which nothing can be removed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeOrderBody)]
struct ChangeBody {
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Item, required = false)]
    item: Option<Item>,
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Quantity, required = false)]
    quantity: Option<Quantity>,
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Money, required = false)]
    price: Option<Money>,
    /// An owner can set `cancelled`, until the order is shipped.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = OrderStatus, required = false)]
    status: Option<OrderStatus>,
}

fn not_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl ChangeBody {
    fn names_nothing(&self) -> bool {
        matches!(self, Self { item: None, quantity: None, price: None, status: None })
    }

    /// What an owner may want of this order. A status that it has already is none that is wanted.
    fn into_change(self, order: &Order) -> Result<Change, Problem> {
        let cancel = match self.status.filter(|status| *status != order.status) {
            None => false,
            Some(OrderStatus::Cancelled) => true,
            Some(_) => return Err(error::status_reserved()),
        };
        Ok(Change { item: self.item, quantity: self.quantity, price: self.price, cancel })
    }
}

/// Change an own order while it is placed, or call it off until it is shipped.
#[utoipa::path(patch, path = "/orders/{id}", operation_id = "change_order", tag = "orders",
    params(("id" = OrderId, Path, description = "Of the order"), IfMatch), request_body = ChangeBody,
    responses((status = 200, description = "The order as it is now", body = OrderView, headers(("ETag" = String, description = "For `If-Match`")))),
    security(("bearer" = [])))]
async fn change(
    State(app): State<App>,
    Writer(owner): Writer,
    Path(id): Path<String>,
    if_match: IfMatch,
    web::Json(body): web::Json<ChangeBody>,
) -> Result<impl IntoResponse, Problem> {
    if body.names_nothing() {
        return Err(Problem::invalid(vec![FieldError::new("", "must name something to change")]));
    }
    let order = find(&app, &owner, &id).await?;
    if_match.check(order.version)?;
    let change = body.into_change(&order)?;
    let changed = order.changed(change, app.now()).map_err(error::not_allowed)?;
    app.store.replace(&changed, order.version).await.map_err(error::of_store).and_then(written)?;
    Ok(tagged(changed))
}

/// Remove an own order that was not shipped.
#[utoipa::path(delete, path = "/orders/{id}", operation_id = "delete_order", tag = "orders",
    params(("id" = OrderId, Path, description = "Of the order"), IfMatch),
    responses((status = 204, description = "The order is gone")), security(("bearer" = [])))]
async fn delete(
    State(app): State<App>,
    Writer(owner): Writer,
    Path(id): Path<String>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let order = find(&app, &owner, &id).await?;
    if_match.check(order.version)?;
    order.check_removal().map_err(error::not_allowed)?;
    app.store.delete(&owner, order.id, order.version).await.map_err(error::of_store).and_then(written)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The owner's order with this id. A text that is no id is the id of no order.
async fn find(app: &App, owner: &Owner, id: &str) -> Result<Order, Problem> {
    let id = OrderId::parse(id).ok_or_else(error::not_found)?;
    app.store.get(owner, id).await.map_err(error::of_store)?.ok_or_else(error::not_found)
}

pub(super) fn written(outcome: Written) -> Result<(), Problem> {
    match outcome {
        Written::Applied => Ok(()),
        Written::VersionConflict => Err(precondition::changed_meanwhile()),
        Written::NotFound => Err(error::not_found()),
    }
}

fn tagged(order: Order) -> impl IntoResponse + use<> {
    ([(ETAG, precondition::etag(order.version))], Json(OrderView::from(order)))
}
