//! What every store must do, tested with the store in memory and with the one in `DynamoDB`.

use orders::calendar::{Day, Timestamp};
use orders::order::{Amount, Content, Currency, Item, Money, Order, OrderId, OrderStatus, Quantity, Version};
use orders::store::{Attempt, Created, OrderStore, Written};
use orders::{Fingerprint, IdempotencyKey, Owner};

use crate::memory::Memory;
use crate::service::{DAY, HOUR, NOON};

pub(crate) fn owner(name: &str) -> Owner {
    Owner::stored(name, name, Some("https://issuer"))
}

pub(crate) fn time(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

/// An order with a number that distinguishes it.
pub(crate) fn sample(who: &str, millis: u64, number: u64) -> Order {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    let price = Money { amount: Amount::new(450).unwrap(), currency: Currency::parse("EUR").unwrap() };
    let item = Item::parse(format!("tea \u{1f375} {number}")).unwrap();
    let content = Content { item, quantity: Quantity::new(3).unwrap(), price };
    Order::place(OrderId::new(time(millis), random), owner(who), content)
}

fn attempt(key: &str, order: &Order, millis: u64) -> Attempt {
    let key = IdempotencyKey::parse(key).unwrap();
    Attempt { key, fingerprint: Fingerprint::of(&order.content), now: time(millis) }
}

pub(crate) async fn create(store: &dyn OrderStore, order: &Order) {
    assert_eq!(store.create(order, None).await.unwrap(), Created::New);
}

fn next(order: &Order, status: OrderStatus) -> Order {
    Order { status, version: Version::new(order.version.get() + 1).unwrap(), ..order.clone() }
}

pub(crate) async fn an_order_comes_back_as_it_was_to_its_owner_alone(store: &dyn OrderStore) {
    let order = sample("ann", NOON, 1);
    create(store, &order).await;
    assert_eq!(store.get(&owner("ann"), order.id).await.unwrap(), Some(order.clone()));
    for other in ["bob", "an", "ann#", "ann#x", "#ann"] {
        assert_eq!(store.get(&owner(other), order.id).await.unwrap(), None, "{other}");
        assert_eq!(store.of_owner(&owner(other), None, 10).await.unwrap().orders, [], "{other}");
        assert_eq!(store.delete(&owner(other), order.id, order.version).await.unwrap(), Written::NotFound);
        let taken = Order { owner: owner(other), ..next(&order, OrderStatus::Cancelled) };
        assert_eq!(store.replace(&taken, order.version).await.unwrap(), Written::NotFound);
    }
    assert_eq!(store.get(&owner("ann"), order.id).await.unwrap(), Some(order));
}

pub(crate) async fn an_orders_owner_is_known_by_its_id_alone(store: &dyn OrderStore) {
    let (anns, bobs) = (sample("ann", NOON, 1), sample("bob", NOON, 2));
    create(store, &anns).await;
    store.create(&bobs, Some(&attempt("k", &bobs, NOON))).await.unwrap();
    assert_eq!(store.owner_of(anns.id).await.unwrap(), Some(owner("ann")));
    assert_eq!(store.owner_of(bobs.id).await.unwrap(), Some(owner("bob")));
    for nobodys in [sample("ann", NOON, 3).id, sample("ann", NOON + DAY, 1).id] {
        assert_eq!(store.owner_of(nobodys).await.unwrap(), None);
    }
    store.delete(&anns.owner, anns.id, anns.version).await.unwrap();
    assert_eq!(store.owner_of(anns.id).await.unwrap(), None);
}

pub(crate) async fn a_write_needs_the_version_that_is_there(store: &dyn OrderStore) {
    let first = sample("ann", NOON, 1);
    create(store, &first).await;
    let second = next(&first, OrderStatus::Confirmed);
    assert_eq!(store.replace(&second, Version::new(2).unwrap()).await.unwrap(), Written::VersionConflict);
    assert_eq!(store.replace(&second, first.version).await.unwrap(), Written::Applied);
    let lost = next(&first, OrderStatus::Cancelled);
    assert_eq!(store.replace(&lost, first.version).await.unwrap(), Written::VersionConflict);
    assert_eq!(store.get(&first.owner, first.id).await.unwrap(), Some(second.clone()));

    assert_eq!(store.delete(&first.owner, first.id, first.version).await.unwrap(), Written::VersionConflict);
    assert_eq!(store.delete(&first.owner, first.id, second.version).await.unwrap(), Written::Applied);
    assert_eq!(store.delete(&first.owner, first.id, second.version).await.unwrap(), Written::NotFound);
    assert_eq!(
        store.replace(&next(&second, OrderStatus::Shipped), second.version).await.unwrap(),
        Written::NotFound
    );
    assert_eq!(store.of_day(first.day(), None, 10).await.unwrap().orders, []);
}

pub(crate) async fn pages_are_cut_anywhere_and_hold_every_order_once(store: &dyn OrderStore) {
    let mut placed = Vec::new();
    for number in 0..11 {
        let order = sample("ann", NOON + number % 3, number);
        create(store, &order).await;
        create(store, &sample("bob", NOON + number % 3, 100 + number)).await;
        placed.push(order);
    }
    placed.sort_by_key(|order| std::cmp::Reverse(order.id));
    for limit in 1..=12 {
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = store.of_owner(&owner("ann"), before, limit).await.unwrap();
            assert!(page.orders.len() <= limit.into());
            before = page.orders.last().map(|order| order.id).or(before);
            seen.extend(page.orders);
            if !page.more {
                break;
            }
        }
        assert_eq!(seen, placed, "{limit} a page");
    }
}

pub(crate) async fn a_day_has_everybodys_orders_of_that_day(store: &dyn OrderStore) {
    let midnight = NOON - 12 * HOUR;
    let of_day = [sample("ann", midnight, 1), sample("bob", NOON, 2), sample("ann", midnight + DAY - 1, 3)];
    for order in of_day.iter().chain(&[sample("ann", midnight - 1, 4), sample("bob", midnight + DAY, 5)]) {
        create(store, order).await;
    }
    let key = sample("cid", NOON, 6);
    store.create(&key, Some(&attempt("k", &key, NOON))).await.unwrap();
    let page = store.of_day(Day::parse("2026-03-10").unwrap(), None, 10).await.unwrap();
    let numbers: Vec<_> = page.orders.iter().map(|order| order.id).collect();
    assert_eq!(numbers, [of_day[2].id, key.id, of_day[1].id, of_day[0].id], "a key's record is no order");
    let page = store.of_day(Day::parse("2026-03-10").unwrap(), Some(key.id), 1).await.unwrap();
    assert_eq!((page.orders, page.more), (vec![of_day[1].clone()], true));
}

pub(crate) async fn a_key_is_good_for_one_order_of_one_owner_for_a_day(store: &dyn OrderStore) {
    let first = sample("ann", NOON, 1);
    let again = Order { id: sample("ann", NOON, 2).id, ..first.clone() };
    assert_eq!(store.create(&first, Some(&attempt("k", &first, NOON))).await.unwrap(), Created::New);
    // Later changes of the order do not change the repeated answer.
    store.replace(&next(&first, OrderStatus::Cancelled), first.version).await.unwrap();
    let outcome = store.create(&again, Some(&attempt("k", &again, NOON + DAY - 1000))).await.unwrap();
    assert_eq!(outcome, Created::Replayed(Box::new(first.clone())));
    let mut other = again.clone();
    other.content.quantity = Quantity::new(4).unwrap();
    assert_eq!(store.create(&other, Some(&attempt("k", &other, NOON))).await.unwrap(), Created::KeyReused);
    assert_eq!(store.of_owner(&owner("ann"), None, 10).await.unwrap().orders.len(), 1);

    let bobs = sample("bob", NOON, 3);
    assert_eq!(store.create(&bobs, Some(&attempt("k", &bobs, NOON))).await.unwrap(), Created::New);
    assert_eq!(store.create(&other, Some(&attempt("K", &other, NOON))).await.unwrap(), Created::New);
    let late = sample("ann", NOON + DAY, 4);
    assert_eq!(store.create(&late, Some(&attempt("k", &late, NOON + DAY))).await.unwrap(), Created::New);
}

pub(crate) async fn of_many_at_once_under_one_key_one_is_placed(store: &dyn OrderStore) {
    let orders: Vec<Order> = (0..50)
        .map(|number| Order { content: sample("ann", NOON, 0).content, ..sample("ann", NOON, number) })
        .collect();
    let attempt = attempt("k", &orders[0], NOON);
    let mut first = None;
    let outcomes =
        futures_util::future::join_all(orders.iter().map(|order| store.create(order, Some(&attempt)))).await;
    for (order, outcome) in orders.iter().zip(outcomes) {
        match outcome.unwrap() {
            Created::New => assert_eq!(first.replace(order.clone()), None, "two were placed"),
            Created::Replayed(_) | Created::InProgress => {}
            Created::KeyReused => panic!("it is the same order"),
        }
    }
    let page = store.of_owner(&owner("ann"), None, 100).await.unwrap();
    assert_eq!(page.orders, [first.unwrap()]);
}

/// Declares a test for each requirement, with the store that `$new` makes.
macro_rules! promises {
    ($new:expr; $($promise:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $promise() {
            if let Some(store) = $new {
                $crate::contract::$promise(&store).await;
            }
        }
    )*};
    ($new:expr) => {
        $crate::contract::promises! { $new;
            an_order_comes_back_as_it_was_to_its_owner_alone,
            an_orders_owner_is_known_by_its_id_alone,
            a_write_needs_the_version_that_is_there,
            pages_are_cut_anywhere_and_hold_every_order_once,
            a_day_has_everybodys_orders_of_that_day,
            a_key_is_good_for_one_order_of_one_owner_for_a_day,
            of_many_at_once_under_one_key_one_is_placed,
        }
    };
}
pub(crate) use promises;

mod in_memory {
    use super::Memory;

    crate::contract::promises! { Some(Memory::default()) }
}
