//! How the table's refusals are reported, with answers in the form in which they are sent.
//! `tests/it/table.rs` tests the requests with a real API.
#![allow(clippy::todo, reason = "the mock! macro holds one that never runs")]

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use serde_json::{Value, json};

use super::*;
use crate::idempotency::IdempotencyKey;

fn order() -> Order {
    let price = Money { amount: Amount::new(450).unwrap(), currency: Currency::parse("EUR").unwrap() };
    let content =
        Content { item: Item::parse("Tea".to_owned()).unwrap(), quantity: Quantity::new(3).unwrap(), price };
    let now = Timestamp::from_millis(1_773_144_000_000).unwrap();
    Order::place(OrderId::new(now, [7; 10]), Owner::stored("ann", "ann", Some("https://issuer")), content)
}

fn attempt(order: &Order) -> Attempt {
    let key = IdempotencyKey::parse("k").unwrap();
    Attempt { key, fingerprint: Fingerprint::of(&order.content), now: order.id.created_at() }
}

/// A row as JSON.
fn wire(row: &Row) -> Value {
    let entries = row.iter().map(|(name, value)| match value {
        AttributeValue::N(digits) => (name.clone(), json!({ "N": digits })),
        other => (name.clone(), json!({ "S": other.as_s().unwrap() })),
    });
    Value::Object(entries.collect())
}

fn refusal(status: u16, code: &str, members: &Value) -> HttpResponse {
    let mut body = members.clone();
    body["__type"] = json!(format!("com.amazonaws.dynamodb.v20120810#{code}"));
    HttpResponse::new(status.try_into().unwrap(), body.to_string().into())
}

fn store(rule: &Rule) -> DynamoDb {
    let rules = [rule];
    let no_retry = |config: aws_sdk_dynamodb::config::Builder| config.retry_config(RetryConfig::disabled());
    DynamoDb::new(mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, &rules, no_retry), "table".to_owned())
}

async fn created(status: u16, code: &'static str, members: Value) -> Result<Created, Failure> {
    let rule =
        mock!(Client::transact_write_items).then_http_response(move || refusal(status, code, &members));
    let order = order();
    store(&rule).create(&order, Some(&attempt(&order))).await
}

fn cancelled(reasons: &Value) -> (u16, &'static str, Value) {
    (400, "TransactionCanceledException", json!({ "CancellationReasons": reasons, "Message": "cancelled" }))
}

async fn called_off(reasons: Value) -> Result<Created, Failure> {
    let (status, code, members) = cancelled(&reasons);
    created(status, code, members).await
}

#[tokio::test]
async fn another_transaction_on_the_key_means_in_progress() {
    let outcome = called_off(json!([{ "Code": "TransactionConflict" }, { "Code": "None" }])).await;
    assert_eq!(outcome.unwrap(), Created::InProgress);
}

#[tokio::test]
async fn a_known_key_is_replayed_or_refused_for_another_request() {
    let order = order();
    let first = Order { id: OrderId::new(order.id.created_at(), [8; 10]), ..order.clone() };
    let mut row = wire(&key_row(&first, &attempt(&first)));
    let reasons = json!([{ "Code": "ConditionalCheckFailed", "Item": row }, { "Code": "None" }]);
    assert_eq!(called_off(reasons).await.unwrap(), Created::Replayed(Box::new(first)));
    row["fingerprint"]["S"] = json!("other");
    let reasons = json!([{ "Code": "ConditionalCheckFailed", "Item": row }, { "Code": "None" }]);
    assert_eq!(called_off(reasons).await.unwrap(), Created::KeyReused);
}

#[tokio::test]
async fn a_transaction_that_was_throttled_can_be_tried_again() {
    for code in ["ThrottlingError", "ProvisionedThroughputExceeded"] {
        let failure = called_off(json!([{ "Code": "None" }, { "Code": code }])).await.unwrap_err();
        assert!(matches!(failure, Failure::Busy(_)), "{code}: {failure:?}");
    }
    let failure = called_off(json!([{ "Code": "ValidationError" }, { "Code": "None" }])).await.unwrap_err();
    assert!(matches!(failure, Failure::Unusable(_)), "{failure:?}");
}

#[tokio::test]
async fn every_refusal_is_busy_unreachable_or_a_fault_of_ours() {
    for (status, code, expected) in [
        (400, "ProvisionedThroughputExceededException", "busy"),
        (400, "RequestLimitExceeded", "busy"),
        (400, "ThrottlingException", "busy"),
        (400, "TransactionInProgressException", "busy"),
        (500, "InternalServerError", "reached"),
        (503, "ServiceUnavailable", "reached"),
        (400, "AccessDeniedException", "used"),
        (400, "ResourceNotFoundException", "used"),
        (400, "ValidationException", "used"),
    ] {
        let failure = created(status, code, json!({ "message": "no" })).await.unwrap_err().to_string();
        assert!(failure.ends_with(expected), "{code}: {failure}");
    }
}

fn condition_failed(item: Option<&Row>) -> Value {
    item.map_or(json!({}), |row| json!({ "Item": wire(row) }))
}

#[tokio::test]
async fn a_second_try_finds_what_the_first_has_written_and_is_done() {
    let order = order();
    let found = condition_failed(Some(&order_row(&order)));
    let rule = mock!(Client::put_item)
        .then_http_response(move || refusal(400, "ConditionalCheckFailedException", &found));
    assert_eq!(store(&rule).create(&order, None).await.unwrap(), Created::New);
    assert_eq!(store(&rule).replace(&order, Version::FIRST).await.unwrap(), Written::Applied);
    let other = Order { status: OrderStatus::Cancelled, ..order };
    assert_eq!(store(&rule).replace(&other, Version::FIRST).await.unwrap(), Written::VersionConflict);
    assert!(matches!(store(&rule).create(&other, None).await, Err(Failure::Unusable(_))));
}

#[tokio::test]
async fn an_invalid_answer_is_a_failure() {
    let rule = mock!(Client::get_item)
        .then_http_response(|| HttpResponse::new(200.try_into().unwrap(), "<html>".into()));
    let order = order();
    let failure = store(&rule).get(&order.owner, order.id).await.unwrap_err();
    assert!(matches!(failure, Failure::Unusable(_)), "{failure:?}");
}
