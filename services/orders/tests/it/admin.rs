//! Everybody's orders, for administrators.

use serde_json::json;

use crate::service::{Ask, DAY, NOON, Parameters, Service, tea};

fn list(query: &[(&str, &str)]) -> Ask {
    Ask::new("GET", "/admin/orders").known_as("root", "staff admins", "").query(query)
}

#[tokio::test]
async fn only_the_group_sees_them() {
    let service = Service::new();
    service.placed("ann", tea()).await;
    for groups in ["", "staff", "Admins", "admins2", "administrators"] {
        let ask = Ask::new("GET", "/admin/orders").known_as("eve", groups, "orders/read admins");
        service.send(ask).await.assert_problem(403, "forbidden");
    }
    assert_eq!(service.send(list(&[])).await.ids().len(), 1);
}

#[tokio::test]
async fn they_are_everybodys_of_the_last_31_days_the_newest_first() {
    let service = Service::new();
    let mut placed = Vec::new();
    for (days_ago, who) in [(31, "ann"), (30, "bob"), (9, "ann"), (0, "bob"), (0, "cid")] {
        service.set_time(NOON - days_ago * DAY);
        placed.push(service.placed(who, tea()).await.id());
    }
    let answer = service.send(list(&[])).await;
    placed.reverse();
    assert_eq!(answer.ids(), placed[..4]);
    assert_eq!((&answer.body["from"], &answer.body["to"]), (&json!("2026-02-08"), &json!("2026-03-10")));
    let owners: Vec<_> =
        answer.body["orders"].as_array().unwrap().iter().map(|order| &order["owner"]).collect();
    assert_eq!(owners, ["cid", "bob", "ann", "bob"]);
    let older = service.send(list(&[("from", "2026-02-07"), ("to", "2026-02-07")])).await;
    assert_eq!(older.ids(), placed[4..]);
}

#[tokio::test]
async fn pages_go_on_from_day_to_day() {
    let service = Service::new();
    let mut placed = Vec::new();
    for number in 0..23 {
        service.set_time(NOON - (22 - number) / 4 * 3 * DAY);
        placed.push(service.placed("ann", tea()).await.id());
    }
    for limit in 1..=24 {
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let text = limit.to_string();
            let mut query = vec![("limit", text.as_str())];
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page = service.send(list(&query)).await;
            seen.extend(page.ids());
            cursor = page.body["nextCursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
            assert_eq!(page.ids().len(), limit, "only the last page is not full");
        }
        seen.reverse();
        assert_eq!(seen, placed, "{limit} a page");
    }
}

#[tokio::test]
async fn a_period_is_of_31_days_at_most_and_a_cursor_stays_in_its() {
    let service = Service::new();
    for days_ago in [5, 4, 0] {
        service.set_time(NOON - days_ago * DAY);
        service.placed("ann", tea()).await;
    }
    let bad: [(Parameters<'_>, &[&str]); 4] = [
        (&[("from", "2026-02-07")], &["/from"]),
        (&[("from", "2026-03-11")], &["/from"]),
        (&[("from", "2026-3-1"), ("to", "yesterday")], &["/from", "/to"]),
        (&[("day", "2026-03-01")], &["/day"]),
    ];
    for (query, places) in bad {
        service.send(list(query)).await.assert_places(places);
    }
    let page = service.send(list(&[("limit", "1")])).await;
    let cursor = page.body["nextCursor"].as_str().unwrap();
    let elsewhere = list(&[("cursor", cursor), ("to", "2026-03-09")]);
    service.send(elsewhere).await.assert_places(&["/cursor"]);
}
