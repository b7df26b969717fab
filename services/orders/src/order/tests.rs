//! What must hold for every order, whatever its values.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::currency::CODES;

prop_compose! {
    fn money()(amount in 0..=Amount::MAX, currency in prop::sample::select(CODES)) -> Money {
        Money { amount: Amount::new(amount.into()).unwrap(), currency: Currency::parse(currency).unwrap() }
    }
}

prop_compose! {
    fn content()(item in "[^\\pC\\pZ]{1,200}", quantity in 1..=Quantity::MAX, price in money()) -> Content {
        Content { item: Item::parse(item).unwrap(), quantity: Quantity::new(quantity.into()).unwrap(), price }
    }
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0..=253_402_300_799_999_u64).prop_map(|millis| Timestamp::from_millis(millis).unwrap())
}

fn status() -> impl Strategy<Value = OrderStatus> {
    prop::sample::select(&OrderStatus::ALL[..])
}

prop_compose! {
    fn order()(created in time(), random: [u8; 10], content in content(), status in status()) -> Order {
        let owner = Owner::stored("key", "subject", None);
        Order { status, ..Order::place(OrderId::new(created, random), owner, content) }
    }
}

prop_compose! {
    fn change()(
        item in prop::option::of(content().prop_map(|content| content.item)),
        quantity in prop::option::of(1..=Quantity::MAX),
        price in prop::option::of(money()),
        cancel: bool,
    ) -> Change {
        let quantity = quantity.map(|count| Quantity::new(count.into()).unwrap());
        Change { item, quantity, price, cancel }
    }
}

proptest! {
    #[test]
    fn an_id_knows_its_time_and_reads_back_from_text_and_bytes(now in time(), random: [u8; 10]) {
        let id = OrderId::new(now, random);
        prop_assert_eq!(id.created_at(), now);
        prop_assert_eq!(OrderId::parse(&id.to_string()), Some(id));
        prop_assert_eq!(OrderId::from_bytes(id.to_bytes()), Some(id));
        prop_assert_eq!(OrderId::parse(&id.to_string().to_uppercase()).is_some(), !id.to_string().contains(char::is_alphabetic));
    }

    #[test]
    fn ids_sort_by_time_and_as_their_texts_do(one in time(), other in time(), random: [[u8; 10]; 2]) {
        let (first, second) = (OrderId::new(one, random[0]), OrderId::new(other, random[1]));
        prop_assert_eq!(first.cmp(&second), first.to_string().cmp(&second.to_string()));
        if one != other {
            prop_assert_eq!(first < second, one < other);
        }
    }

    #[test]
    fn parsing_any_text_or_bytes_as_an_id_never_panics(text in "\\PC{0,40}", bytes: [u8; 16]) {
        if let Some(id) = OrderId::parse(&text) {
            prop_assert_eq!(id.to_string(), text);
        }
        if let Some(id) = OrderId::from_bytes(bytes) {
            prop_assert_eq!(id.to_bytes(), bytes);
            prop_assert_eq!(OrderId::parse(&id.to_string()), Some(id));
        }
    }

    #[test]
    fn what_is_ordered_survives_the_way_through_json(content in content()) {
        let json = serde_json::to_value(&content).unwrap();
        prop_assert_eq!(serde_json::from_value::<Content>(json).unwrap(), content);
    }

    #[test]
    fn a_change_makes_the_next_version_of_the_same_order_or_none(
        order in order(), change in change(), now in time()
    ) {
        let wanted = change.clone();
        match order.changed(change, now) {
            Ok(changed) => {
                prop_assert_eq!((changed.id, &changed.owner), (order.id, &order.owner));
                prop_assert_eq!(changed.version.get(), order.version.get() + 1);
                prop_assert!(changed.updated_at >= order.updated_at);
                prop_assert_eq!(changed.content.quantity, wanted.quantity.unwrap_or(order.content.quantity));
                prop_assert_eq!(changed.content.price, wanted.price.unwrap_or(order.content.price));
            }
            Err(NotAllowed::Transition(from, to)) => {
                prop_assert_eq!((from, to), (order.status, OrderStatus::Cancelled));
                prop_assert!(wanted.cancel && !from.may_become(to));
            }
            Err(NotAllowed::Settled(status)) => {
                prop_assert_eq!(status, order.status);
                prop_assert_ne!(status, OrderStatus::Placed);
            }
            Err(NotAllowed::Kept(status)) => prop_assert!(false, "nothing is removed here: {status:?}"),
        }
    }

    #[test]
    fn an_owner_can_only_cancel(order in order(), change in change(), now in time()) {
        let cancels = change.cancel;
        if let Ok(changed) = order.changed(change, now) {
            let expected = if cancels { OrderStatus::Cancelled } else { order.status };
            prop_assert_eq!(changed.status, expected);
        }
    }

    #[test]
    fn an_administrator_changes_only_the_status_in_allowed_steps(
        order in order(), status in status(), now in time()
    ) {
        match order.moved(status, now) {
            Ok(moved) => {
                prop_assert!(status == order.status || order.status.may_become(status));
                prop_assert!(moved.updated_at >= order.updated_at);
                prop_assert_eq!(moved.version.get(), order.version.get() + 1);
                let updated_at = moved.updated_at;
                prop_assert_eq!(moved, Order { status, version: Version(order.version.get() + 1), updated_at, ..order });
            }
            Err(why) => {
                prop_assert_eq!(why, NotAllowed::Transition(order.status, status));
                prop_assert!(status != order.status && !order.status.may_become(status));
            }
        }
    }

    #[test]
    fn only_an_order_that_was_not_shipped_can_be_removed(order in order()) {
        let has_left = [OrderStatus::Shipped, OrderStatus::Delivered].contains(&order.status);
        prop_assert_eq!(order.check_removal(), if has_left { Err(NotAllowed::Kept(order.status)) } else { Ok(()) });
    }

    #[test]
    fn a_total_is_exact(order in order()) {
        let exact = u128::from(order.content.price.amount.get()) * u128::from(order.content.quantity.get());
        prop_assert_eq!(u128::from(order.total()), exact);
    }
}

#[test]
fn no_status_comes_back_and_every_way_has_an_end() {
    for from in OrderStatus::ALL {
        assert!(!from.may_become(from) && !from.may_become(OrderStatus::Placed), "{from:?}");
        for to in OrderStatus::ALL.into_iter().filter(|to| from.may_become(*to)) {
            assert!(!to.may_become(from), "{from:?} {to:?}");
        }
    }
    for last in [OrderStatus::Delivered, OrderStatus::Cancelled] {
        assert!(OrderStatus::ALL.into_iter().all(|next| !last.may_become(next)), "{last:?}");
    }
}

#[test]
fn values_outside_their_limits_are_none() {
    for bad in ["", " a", "a ", "a\nb", "\u{0}"] {
        assert_eq!(Item::parse(bad.to_owned()), None, "{bad:?}");
    }
    assert!(Item::parse("ä".repeat(200)).is_some());
    assert_eq!(Item::parse("a".repeat(201)), None);
    assert_eq!((Quantity::new(0), Quantity::new(1000), Quantity::new(65_537)), (None, None, None));
    assert_eq!((Amount::new(100_000_000), Amount::new(1 << 32)), (None, None));
    assert_eq!(Version::new(0), None);
}

#[test]
fn a_number_of_another_kind_is_refused_without_being_repeated() {
    for bad in
        [json!(0), json!(-4444), json!(4444.5), json!("4444"), json!(null), json!([4444]), json!(1e300)]
    {
        let message = serde_json::from_value::<Quantity>(bad.clone()).unwrap_err().to_string();
        assert_eq!(message, Quantity::EXPECTED, "{bad}");
        if bad != json!(0) {
            assert!(serde_json::from_value::<Amount>(bad).is_err());
        }
    }
    for bad in [json!("eur"), json!("XXX"), json!(978), json!(null)] {
        assert!(serde_json::from_value::<Currency>(bad).unwrap_err().to_string().contains("ISO 4217"));
    }
}

#[test]
fn an_id_of_another_version_or_spelling_is_none() {
    for bad in [
        "",
        "0198c5f0-0000-4000-8000-000000000000",
        "0198c5f0-0000-7000-c000-000000000000",
        "0198C5F0-0000-7000-8000-000000000000",
        "0198c5f0000070008000000000000000",
        "{0198c5f0-0000-7000-8000-000000000000}",
        "urn:uuid:0198c5f0-0000-7000-8000-000000000000",
        "ffffffff-ffff-7000-8000-000000000000",
    ] {
        assert_eq!(OrderId::parse(bad), None, "{bad}");
    }
    assert!(OrderId::parse("0198c5f0-0000-7000-8000-000000000000").is_some());
}
