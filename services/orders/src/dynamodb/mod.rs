//! The store in Amazon `DynamoDB`: one table, one index. Only this file names the SDK.
//!
//! | row | `pk` | `sk` | `day` |
//! |---|---|---|---|
//! | an order | `ORDERS#` + owner's key | the order's id | the day it was placed |
//! | an idempotency key, until `expiresAt` | `KEYS#` + owner's key | the caller's key | none |
//!
//! Ids sort by time, so a query of one partition returns an owner's orders in order. A query of the index
//! [`BY_DAY`] (`day`, `sk`) returns the orders of a day, and also any single order by its id, because the id
//! contains the day. Every read is of one row or of one partition: there is no `Scan`. A page continues with
//! a condition on `sk`, never with an `ExclusiveStartKey`, so nothing in a request can name a partition.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};

use crate::calendar::{Day, Timestamp};
use crate::idempotency::{Attempt, Fingerprint};
use crate::order::{Amount, Content, Currency, Item, Money, Order, OrderId, OrderStatus, Quantity, Version};
use crate::owner::Owner;
use crate::store::{Created, Failure, OrderStore, Page, Written};

/// The name of the index in template.yaml.
pub const BY_DAY: &str = "by-day";

const TABLE: &str = "TABLE_NAME";
const ORDERS: &str = "ORDERS#";
const KEYS: &str = "KEYS#";

type Row = HashMap<String, AttributeValue>;

/// A table of orders.
pub struct DynamoDb {
    sdk: Client,
    table: String,
}

/// The environment variables name no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{TABLE} is not set")]
pub struct NoTable;

impl DynamoDb {
    /// The table that the environment variables name.
    ///
    /// # Errors
    /// They name none.
    pub fn from_env(env: impl Fn(&str) -> Option<String>, region: &str) -> Result<Self, NoTable> {
        let table = env(TABLE).filter(|table| !table.is_empty()).ok_or(NoTable)?;
        let home = aws::Home::Function(region);
        let config = aws::sdk_config(env, aws::Service::DynamoDb, home, aws::Signing::AsTheFunction);
        Ok(Self::new(Client::new(&config), table))
    }

    /// This table.
    #[must_use]
    pub fn new(sdk: Client, table: String) -> Self {
        Self { sdk, table }
    }

    async fn create_once(&self, order: &Order) -> Result<Created, Failure> {
        let put = self.sdk.put_item().table_name(&self.table).set_item(Some(order_row(order)));
        let put = put
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", "pk")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else { return Ok(Created::New) };
        match error.as_service_error() {
            // If an answer is lost, the SDK tries again, and then finds what it has just written.
            Some(refusal) if is_own_write(refusal.item_of_failed_condition(), order) => Ok(Created::New),
            _ => Err(failure(error)),
        }
    }

    async fn create_under_key(&self, order: &Order, attempt: &Attempt) -> Result<Created, Failure> {
        // `DynamoDB` does not remove expired rows at once, so a row that still exists may have expired.
        let record = Put::builder()
            .table_name(&self.table)
            .set_item(Some(key_row(order, attempt)))
            .condition_expression("attribute_not_exists(#pk) OR #expiresAt <= :now")
            .expression_attribute_names("#pk", "pk")
            .expression_attribute_names("#expiresAt", "expiresAt")
            .expression_attribute_values(":now", number(attempt.now.seconds()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let new = Put::builder()
            .table_name(&self.table)
            .set_item(Some(order_row(order)))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", "pk");
        let mut request = self.sdk.transact_write_items();
        for put in [record, new] {
            let put = put.build().map_err(|error| Failure::Unusable(error.into()))?;
            request = request.transact_items(TransactWriteItem::builder().put(put).build());
        }
        // The SDK adds its own token to the call, so that a second try after a lost answer is carried out
        // only once.
        match request.send().await {
            Ok(_) => Ok(Created::New),
            Err(error) => not_created(error, attempt),
        }
    }

    fn query(&self, limit: u16) -> QueryFluentBuilder {
        self.sdk.query().table_name(&self.table).scan_index_forward(false).limit(i32::from(limit) + 1)
    }
}

#[async_trait]
impl OrderStore for DynamoDb {
    async fn create(&self, order: &Order, attempt: Option<&Attempt>) -> Result<Created, Failure> {
        match attempt {
            Some(attempt) => self.create_under_key(order, attempt).await,
            None => self.create_once(order).await,
        }
    }

    async fn get(&self, owner: &Owner, id: OrderId) -> Result<Option<Order>, Failure> {
        let request = self.sdk.get_item().table_name(&self.table).set_key(Some(order_key(owner, id)));
        let answer = request.consistent_read(true).send().await.map_err(failure)?;
        answer.item.as_ref().map(read_order).transpose()
    }

    async fn owner_of(&self, id: OrderId) -> Result<Option<Owner>, Failure> {
        let request = self.sdk.query().table_name(&self.table).index_name(BY_DAY).limit(1);
        let request = request
            .key_condition_expression("#day = :day AND #sk = :id")
            .expression_attribute_names("#day", "day")
            .expression_attribute_names("#sk", "sk")
            .expression_attribute_values(":day", AttributeValue::S(id.created_at().day().to_string()))
            .expression_attribute_values(":id", AttributeValue::S(id.to_string()));
        let answer = request.send().await.map_err(failure)?;
        answer.items().first().map(read_owner).transpose()
    }

    async fn of_owner(&self, owner: &Owner, before: Option<OrderId>, limit: u16) -> Result<Page, Failure> {
        let request = self.query(limit).consistent_read(true);
        page(request, ("pk", format!("{ORDERS}{}", owner.key())), before, limit).await
    }

    async fn of_day(&self, day: Day, before: Option<OrderId>, limit: u16) -> Result<Page, Failure> {
        page(self.query(limit).index_name(BY_DAY), ("day", day.to_string()), before, limit).await
    }

    async fn replace(&self, order: &Order, seen: Version) -> Result<Written, Failure> {
        let put = self.sdk.put_item().table_name(&self.table).set_item(Some(order_row(order)));
        let put = put
            .condition_expression("#version = :seen")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":seen", number(seen.get()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else { return Ok(Written::Applied) };
        let refusal = error.as_service_error();
        match refusal.filter(|refusal| refusal.is_conditional_check_failed_exception()) {
            Some(refusal) => Ok(match refusal.item_of_failed_condition() {
                None => Written::NotFound,
                // It may be the SDK's second try, as above.
                found if is_own_write(found, order) => Written::Applied,
                Some(_) => Written::VersionConflict,
            }),
            None => Err(failure(error)),
        }
    }

    async fn delete(&self, owner: &Owner, id: OrderId, seen: Version) -> Result<Written, Failure> {
        let request = self.sdk.delete_item().table_name(&self.table).set_key(Some(order_key(owner, id)));
        let request = request
            .condition_expression("#version = :seen")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":seen", number(seen.get()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = request.send().await else { return Ok(Written::Applied) };
        let refusal = error.as_service_error();
        match refusal.filter(|refusal| refusal.is_conditional_check_failed_exception()) {
            Some(refusal) if refusal.item_of_failed_condition().is_some() => Ok(Written::VersionConflict),
            Some(_) => Ok(Written::NotFound),
            None => Err(failure(error)),
        }
    }
}

/// One query of one partition, for one order more than the page has: the additional order tells whether
/// another page follows.
async fn page(
    request: QueryFluentBuilder,
    (attribute, partition): (&str, String),
    before: Option<OrderId>,
    limit: u16,
) -> Result<Page, Failure> {
    let mut request = request
        .expression_attribute_names("#partition", attribute)
        .expression_attribute_values(":partition", AttributeValue::S(partition));
    request = match before {
        None => request.key_condition_expression("#partition = :partition"),
        Some(id) => request
            .key_condition_expression("#partition = :partition AND #sk < :before")
            .expression_attribute_names("#sk", "sk")
            .expression_attribute_values(":before", AttributeValue::S(id.to_string())),
    };
    let answer = request.send().await.map_err(failure)?;
    let rows = answer.items.unwrap_or_default();
    let limit = usize::from(limit);
    // A query also ends at 1 MB, and then returns where it stopped.
    let more = rows.len() > limit || answer.last_evaluated_key.is_some();
    let orders = rows.iter().take(limit).map(read_order).collect::<Result<_, _>>()?;
    Ok(Page { orders, more })
}

/// Why a transaction with a key's record and an order was cancelled. The record is its first item.
fn not_created(error: SdkError<TransactWriteItemsError>, attempt: &Attempt) -> Result<Created, Failure> {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
    else {
        return Err(failure(error));
    };
    let reasons = cancelled.cancellation_reasons();
    let has =
        |codes: &[&str]| reasons.iter().any(|reason| reason.code().is_some_and(|code| codes.contains(&code)));
    if let Some(record) = reasons.first().filter(|reason| reason.code() == Some("ConditionalCheckFailed")) {
        return known_key(record, attempt);
    }
    if has(&["TransactionConflict"]) {
        return Ok(Created::InProgress);
    }
    if has(&["ThrottlingError", "ProvisionedThroughputExceeded"]) {
        return Err(Failure::Busy(error.into()));
    }
    Err(Failure::Unusable(error.into()))
}

fn known_key(record: &CancellationReason, attempt: &Attempt) -> Result<Created, Failure> {
    let row = record.item().ok_or_else(|| Failure::Unusable("a known key came without its record".into()))?;
    if Fingerprint::stored(text(row, "fingerprint")?) != attempt.fingerprint {
        return Ok(Created::KeyReused);
    }
    read_order(row).map(|order| Created::Replayed(Box::new(order)))
}

/// The row that a failed condition found.
trait FailedCondition {
    fn item_of_failed_condition(&self) -> Option<&Row>;
}

macro_rules! failed_condition {
    ($($operation:ident::$error:ident),*) => {$(
        impl FailedCondition for aws_sdk_dynamodb::operation::$operation::$error {
            fn item_of_failed_condition(&self) -> Option<&Row> {
                match self {
                    Self::ConditionalCheckFailedException(failed) => failed.item(),
                    _ => None,
                }
            }
        }
    )*};
}
failed_condition!(put_item::PutItemError, delete_item::DeleteItemError);

fn is_own_write(found: Option<&Row>, written: &Order) -> bool {
    found.is_some_and(|row| read_order(row).is_ok_and(|order| order == *written))
}

fn failure<E>(error: SdkError<E>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    const BUSY: [&str; 6] = [
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
        "LimitExceededException",
    ];
    match &error {
        SdkError::ServiceError(refused) => match refused.err().code() {
            Some(code) if BUSY.contains(&code) => Failure::Busy(error.into()),
            _ if refused.raw().status().is_server_error() => Failure::Unreachable(error.into()),
            _ => Failure::Unusable(error.into()),
        },
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
            Failure::Unreachable(error.into())
        }
        _ => Failure::Unusable(error.into()),
    }
}

fn order_key(owner: &Owner, id: OrderId) -> Row {
    key(ORDERS, owner, &id.to_string())
}

fn key(kind: &str, owner: &Owner, sort: &str) -> Row {
    let partition = AttributeValue::S(format!("{kind}{}", owner.key()));
    HashMap::from([("pk".to_owned(), partition), ("sk".to_owned(), AttributeValue::S(sort.to_owned()))])
}

fn order_row(order: &Order) -> Row {
    let mut row = order_key(&order.owner, order.id);
    row.extend(attributes(order));
    row.insert("day".to_owned(), AttributeValue::S(order.day().to_string()));
    row
}

/// The record of a key contains the order as it was placed, whatever happened to the order since: it is the
/// answer to a repeated request. It has no day, so it is not in the index.
fn key_row(order: &Order, attempt: &Attempt) -> Row {
    let mut row = key(KEYS, &order.owner, attempt.key.as_str());
    row.extend(attributes(order));
    row.insert("fingerprint".to_owned(), AttributeValue::S(attempt.fingerprint.as_str().to_owned()));
    row.insert("expiresAt".to_owned(), number(attempt.expires_at().seconds()));
    row
}

fn attributes(order: &Order) -> Row {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let content = &order.content;
    let attributes = [
        ("id", text(&order.id.to_string())),
        ("owner", text(order.owner.subject())),
        ("item", text(content.item.as_str())),
        ("quantity", number(content.quantity.get())),
        ("amount", number(content.price.amount.get())),
        ("currency", text(content.price.currency.code())),
        ("status", text(order.status.as_str())),
        ("version", number(order.version.get())),
        ("updatedAt", number(order.updated_at.millis())),
    ];
    let issuer = order.owner.issuer().map(|issuer| ("ownerIssuer", text(issuer)));
    attributes.into_iter().chain(issuer).map(|(name, value)| (name.to_owned(), value)).collect()
}

fn number(value: impl Into<u64>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// A row is parsed as strictly as a request, because other programs may have written to the table.
fn read_order(row: &Row) -> Result<Order, Failure> {
    Ok(Order {
        id: parsed(row, "id", OrderId::parse)?,
        owner: read_owner(row)?,
        content: Content {
            item: parsed(row, "item", |text| Item::parse(text.to_owned()))?,
            quantity: counted(row, "quantity", Quantity::new)?,
            price: Money {
                amount: counted(row, "amount", Amount::new)?,
                currency: parsed(row, "currency", Currency::parse)?,
            },
        },
        status: parsed(row, "status", OrderStatus::parse)?,
        version: counted(row, "version", Version::new)?,
        updated_at: counted(row, "updatedAt", Timestamp::from_millis)?,
    })
}

fn read_owner(row: &Row) -> Result<Owner, Failure> {
    let partition = text(row, "pk")?;
    let key = partition.split_once('#').map(|(_, key)| key).ok_or_else(|| broken("pk"))?;
    // Rows that were written before the issuer was stored have none.
    let issuer = row.contains_key("ownerIssuer").then(|| text(row, "ownerIssuer")).transpose()?;
    Ok(Owner::stored(key, text(row, "owner")?, issuer))
}

fn text<'a>(row: &'a Row, name: &'static str) -> Result<&'a str, Failure> {
    row.get(name).and_then(|value| value.as_s().ok()).map(String::as_str).ok_or_else(|| broken(name))
}

fn parsed<T>(row: &Row, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<T, Failure> {
    parse(text(row, name)?).ok_or_else(|| broken(name))
}

fn counted<T>(row: &Row, name: &'static str, new: impl Fn(u64) -> Option<T>) -> Result<T, Failure> {
    let digits = row.get(name).and_then(|value| value.as_n().ok());
    digits.and_then(|digits| digits.parse().ok()).and_then(new).ok_or_else(|| broken(name))
}

fn broken(attribute: &'static str) -> Failure {
    Failure::Unusable(format!("a row of the table has no usable `{attribute}`").into())
}
