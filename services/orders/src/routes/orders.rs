//! The caller's own orders: place, list, read, change and delete them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::IntoResponse;
use serde::{Deserialize, Deserializer, Serialize};
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

/// An order as its owner sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderView {
    id: OrderId,
    #[serde(flatten)]
    content: Content,
    status: OrderStatus,
    /// The `ETag` is this number between double quotes.
    version: Version,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        Self {
            created_at: order.id.created_at(),
            id: order.id,
            content: order.content,
            status: order.status,
            version: order.version,
            updated_at: order.updated_at,
        }
    }
}

/// Some orders, and what leads to the next ones.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageView {
    orders: Vec<OrderView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Which page of the own orders.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
}

pub(super) async fn list(
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

pub(super) async fn place(
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

pub(super) async fn read(
    State(app): State<App>,
    Reader(owner): Reader,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    find(&app, &owner, &id).await.map(tagged)
}

/// What is to be different: a JSON merge patch (RFC 7396), in which nothing can be removed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeBody {
    #[serde(default, deserialize_with = "not_null")]
    item: Option<Item>,
    #[serde(default, deserialize_with = "not_null")]
    quantity: Option<Quantity>,
    #[serde(default, deserialize_with = "not_null")]
    price: Option<Money>,
    #[serde(default, deserialize_with = "not_null")]
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

pub(super) async fn change(
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

pub(super) async fn delete(
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
