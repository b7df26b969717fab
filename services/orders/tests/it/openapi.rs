//! What the service says of its values is what it takes.

use orders::calendar::Day;
use orders::order::{Amount, Currency, Item, OrderId, OrderStatus, Quantity};
use orders::{Cursor, IdempotencyKey, Listing};
use proptest::prelude::*;
use proptest::string::string_regex;
use serde_json::{Value, json};

use crate::service::{Caller as _, Service, request, tea};

fn document() -> Value {
    serde_json::to_value(orders::openapi()).unwrap()
}

fn schema(name: &str) -> Value {
    document()["components"]["schemas"][name].clone()
}

/// The schema of a parameter of `GET /orders` and the like.
fn parameter(operation: &str, name: &str) -> Value {
    let operation = document().pointer(operation).unwrap().clone();
    let parameters = operation["parameters"].as_array().unwrap().clone();
    parameters.into_iter().find(|parameter| parameter["name"] == name).unwrap()["schema"].clone()
}

/// Texts that a schema's pattern allows. That it holds for the whole text is tested with it.
fn allowed(schema: &Value) -> impl Strategy<Value = String> + use<> {
    let pattern = schema["pattern"].as_str().unwrap();
    let inner = pattern.strip_prefix('^').and_then(|pattern| pattern.strip_suffix('$')).unwrap();
    string_regex(inner).unwrap()
}

/// The least and the most that a schema allows.
fn ends(schema: &Value) -> (u64, u64) {
    (schema["minimum"].as_u64().unwrap(), schema["maximum"].as_u64().unwrap())
}

#[test]
fn a_number_is_taken_from_its_least_to_its_most() {
    let (least, most) = ends(&schema("Quantity"));
    assert!(Quantity::new(least).is_some() && Quantity::new(most).is_some());
    assert!(Quantity::new(least - 1).is_none() && Quantity::new(most + 1).is_none());
    let (least, most) = ends(&schema("Amount"));
    assert_eq!(least, 0);
    assert!(Amount::new(least).is_some() && Amount::new(most).is_some() && Amount::new(most + 1).is_none());
}

#[tokio::test]
async fn a_page_has_as_many_orders_as_its_limit_may_be() {
    let service = Service::new();
    for (operation, path) in
        [("/paths/~1orders/get", "/orders"), ("/paths/~1admin~1orders/get", "/admin/orders")]
    {
        let (least, most) = ends(&parameter(operation, "limit"));
        for (limit, status) in [(least - 1, 422), (least, 200), (most, 200), (most + 1, 422)] {
            let answer =
                service.send(request("GET", path).by_admin().query(&[("limit", &limit.to_string())])).await;
            assert_eq!(answer.status.as_u16(), status, "{path} {limit}");
        }
    }
}

#[test]
fn an_item_is_as_long_as_it_may_be() {
    let most = usize::try_from(schema("Item")["maxLength"].as_u64().unwrap()).unwrap();
    assert!(Item::parse("ü".repeat(most)).is_some() && Item::parse("ü".repeat(most + 1)).is_none());
    assert_eq!(schema("Item")["minLength"], 1);
    assert!(Item::parse(String::new()).is_none());
}

#[test]
fn an_item_s_pattern_refuses_what_is_refused_and_nothing_else() {
    let at_ends = class(|c| Item::parse(format!("{c}a")).is_none() && Item::parse(format!("a{c}")).is_none());
    let inside = class(|c| Item::parse(format!("a{c}a")).is_none());
    assert_eq!(schema("Item")["pattern"], format!("^[^{at_ends}]([^{inside}]*[^{at_ends}])?$"));
}

/// These characters as a pattern names them: `\u0000-\u0020\u1680`.
fn class(holds: impl Fn(char) -> bool) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for code in ('\0'..=char::MAX).filter(|c| holds(*c)).map(u32::from) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == code => *last = code,
            _ => ranges.push((code, code)),
        }
    }
    let written = ranges.into_iter().map(|(first, last)| match last - first {
        0 => format!("\\u{first:04x}"),
        1 => format!("\\u{first:04x}\\u{last:04x}"),
        _ => format!("\\u{first:04x}-\\u{last:04x}"),
    });
    written.collect()
}

#[test]
fn a_key_is_as_long_as_it_may_be() {
    let key = parameter("/paths/~1orders/post", "Idempotency-Key");
    let most = usize::try_from(key["maxLength"].as_u64().unwrap()).unwrap();
    assert!(IdempotencyKey::parse(&"k".repeat(most)).is_some());
    assert!(IdempotencyKey::parse(&"k".repeat(most + 1)).is_none());
}

#[test]
fn the_statuses_are_all_that_there_are() {
    assert_eq!(schema("OrderStatus")["enum"], json!(OrderStatus::ALL));
}

#[tokio::test]
async fn an_order_has_the_headers_that_are_promised() {
    let service = Service::new();
    let answer = service.placed("ann", tea()).await;
    let responses = &document()["paths"]["/orders"]["post"]["responses"];
    for header in responses["201"]["headers"].as_object().unwrap().keys() {
        assert!(answer.header(header).is_some(), "{header}");
    }
    let path = format!("/orders/{}", answer.id());
    let answer = service.send(request("GET", &path).by("ann")).await;
    assert!(answer.header("ETag").is_some());
}

proptest! {
    #[test]
    fn an_item_that_the_pattern_allows_is_taken(text in allowed(&schema("Item"))) {
        prop_assume!(text.chars().count() <= 200);
        prop_assert!(Item::parse(text.clone()).is_some(), "{:?}", text);
    }

    #[test]
    fn a_key_that_the_pattern_allows_is_taken(text in allowed(&parameter("/paths/~1orders/post", "Idempotency-Key"))) {
        prop_assume!(text.len() <= 128);
        prop_assert!(IdempotencyKey::parse(&text).is_some(), "{}", text);
    }

    #[test]
    fn what_the_service_makes_is_of_the_form_that_it_tells(millis in 0..=253_402_300_799_999_u64, random: [u8; 10]) {
        let id = OrderId::new(orders::calendar::Timestamp::from_millis(millis).unwrap(), random);
        let cursor = Cursor::render(Listing::AllOrders, id).into_string();
        let told = parameter("/paths/~1admin~1orders/get", "cursor");
        prop_assert_eq!(Some(cursor.len() as u64), told["maxLength"].as_u64());
        prop_assert_eq!(told["minLength"].as_u64(), told["maxLength"].as_u64());
        prop_assert_eq!(OrderId::parse(&id.to_string()), Some(id));
    }

    #[test]
    fn a_name_that_the_pattern_allows_is_an_order_s_until_the_year_9999(text in allowed(&schema("OrderId"))) {
        prop_assert_eq!(OrderId::parse(&text).is_some(), text.as_str() <= "e677d21f-dbff-7fff-bfff-ffffffffffff");
    }

    #[test]
    fn a_day_and_a_currency_are_of_the_form_that_is_told(day in allowed(&schema("Day")), code in allowed(&schema("Currency"))) {
        prop_assert_eq!(day.len(), 10);
        prop_assert!(Day::parse(&day).is_none_or(|read| read.to_string() == day));
        prop_assert_eq!(code.len(), 3);
        prop_assert!(Currency::parse(&code).is_none_or(|read| read.code() == code));
    }
}
