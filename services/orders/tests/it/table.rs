//! The store in `DynamoDB`, with a real `DynamoDB` API: the table of template.yaml, created anew for each
//! test.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    Projection, ProjectionType, ScalarAttributeType,
};
use orders::order::{Order, OrderStatus, Version};
use orders::store::{Failure, OrderStore, Written};
use orders::{BY_DAY, DynamoDb, Owner};

use crate::contract::{create, owner, sample};
use crate::ministack;
use crate::service::NOON;

static TABLES: AtomicU32 = AtomicU32::new(0);

fn client() -> Option<Client> {
    let endpoint = ministack::endpoint()?;
    let env = move |name: &str| match name {
        "AWS_ENDPOINT_URL" => Some(endpoint.to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
        _ => None,
    };
    let home = aws::Home::Function("us-east-1");
    Some(Client::new(&aws::sdk_config(env, aws::Service::DynamoDb, home, aws::Signing::AsTheFunction)))
}

fn keys(hash: &str, range: &str) -> Vec<KeySchemaElement> {
    let key =
        |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    vec![key(hash, KeyType::Hash), key(range, KeyType::Range)]
}

async fn new_table(sdk: &Client) -> String {
    let number = TABLES.fetch_add(1, Ordering::SeqCst);
    let table = format!("orders-{}-{number}", std::process::id());
    let text = |name: &str| {
        let attribute = AttributeDefinition::builder().attribute_name(name);
        attribute.attribute_type(ScalarAttributeType::S).build().unwrap()
    };
    let all = Projection::builder().projection_type(ProjectionType::All).build();
    let index = GlobalSecondaryIndex::builder().index_name(BY_DAY).set_key_schema(Some(keys("day", "sk")));
    sdk.create_table()
        .table_name(&table)
        .set_key_schema(Some(keys("pk", "sk")))
        .set_attribute_definitions(Some(["pk", "sk", "day"].map(text).to_vec()))
        .global_secondary_indexes(index.projection(all).build().unwrap())
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
    await_active(sdk, &table).await;
    table
}

async fn await_active(sdk: &Client, table: &str) {
    loop {
        let described = sdk.describe_table().table_name(table).send().await.unwrap().table.unwrap();
        if described.table_status.unwrap().as_str() == "ACTIVE" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// None if there is no `DynamoDB` API on this machine.
async fn store() -> Option<DynamoDb> {
    let sdk = client()?;
    let table = new_table(&sdk).await;
    Some(DynamoDb::new(sdk, table))
}

crate::contract::promises! { store().await }

#[tokio::test]
async fn a_row_that_is_no_order_is_a_failure_and_not_an_order() {
    let Some(sdk) = client() else { return };
    let table = new_table(&sdk).await;
    let store = DynamoDb::new(sdk.clone(), table.clone());
    for (number, attribute) in
        ["item", "quantity", "currency", "status", "version", "owner", "ownerIssuer", "id"].iter().enumerate()
    {
        let order = sample("ann", NOON, number.try_into().unwrap());
        create(&store, &order).await;
        sdk.update_item()
            .table_name(&table)
            .key("pk", AttributeValue::S("ORDERS#ann".to_owned()))
            .key("sk", AttributeValue::S(order.id.to_string()))
            .update_expression("SET #a = :odd")
            .expression_attribute_names("#a", *attribute)
            .expression_attribute_values(":odd", AttributeValue::Bool(true))
            .send()
            .await
            .unwrap();
        let failure = store.get(&owner("ann"), order.id).await.unwrap_err();
        assert!(matches!(failure, Failure::Unusable(_)), "{attribute}: {failure:?}");
    }
}

#[tokio::test]
async fn an_old_row_without_an_issuer_stays_an_order_without_one() {
    let Some(sdk) = client() else { return };
    let table = new_table(&sdk).await;
    let store = DynamoDb::new(sdk.clone(), table.clone());
    let mut order = sample("ann", NOON, 1);
    create(&store, &order).await;
    sdk.update_item()
        .table_name(&table)
        .key("pk", AttributeValue::S("ORDERS#ann".to_owned()))
        .key("sk", AttributeValue::S(order.id.to_string()))
        .update_expression("REMOVE ownerIssuer")
        .send()
        .await
        .unwrap();
    order.owner = Owner::stored("ann", "ann", None);
    assert_eq!(store.get(&owner("ann"), order.id).await.unwrap(), Some(order.clone()));
    assert_eq!(store.owner_of(order.id).await.unwrap(), Some(order.owner.clone()));
    let confirmed = Order { status: OrderStatus::Confirmed, version: Version::new(2).unwrap(), ..order };
    assert_eq!(store.replace(&confirmed, Version::FIRST).await.unwrap(), Written::Applied);
    assert_eq!(store.of_owner(&owner("ann"), None, 10).await.unwrap().orders, [confirmed]);
}

#[tokio::test]
async fn without_its_table_the_store_is_unusable() {
    let Some(sdk) = client() else { return };
    let store = DynamoDb::new(sdk, "no-such-table".to_owned());
    let failure = store.get(&owner("ann"), sample("ann", NOON, 1).id).await.unwrap_err();
    assert!(matches!(failure, Failure::Unusable(_)), "{failure:?}");
}
