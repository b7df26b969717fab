//! All owners' orders, for administrators: listing them, and setting their status.

use serde_json::{Value, json};
use testkit::request::{Parameters, Request};

use crate::memory::InjectedFault;
use crate::service::{Caller as _, DAY, HOUR, NOON, POOL, Service, request, tea};

fn list(query: &[(&str, &str)]) -> Request {
    request("GET", "/admin/orders").by_admin().query(query)
}

fn one(method: &str, id: &str) -> Request {
    request(method, &format!("/admin/orders/{id}")).by_admin()
}

/// Sets the status of an order in the version that was seen.
fn advance(id: &str, seen: &str, status: &str) -> Request {
    one("PATCH", id).header("If-Match", seen).json(&json!({ "status": status }))
}

#[tokio::test]
async fn only_the_group_sees_them() {
    let service = Service::new();
    let id = service.placed("ann", tea()).await.id();
    for groups in ["", "staff", "Admins", "admins2", "administrators"] {
        let requests =
            [list(&[]), one("GET", &id), advance(&id, "\"1\"", "confirmed"), one("PATCH", "x").text("{")];
        for request in requests {
            let request =
                request.known_as("ann", groups, "aws.cognito.signin.user.admin orders/write admins");
            service.send(request).await.assert_problem(403, "forbidden");
        }
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
    assert!(answer.body["orders"].as_array().unwrap().iter().all(|order| order["ownerIssuer"] == POOL));
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

#[tokio::test]
async fn any_orders_status_changes_in_allowed_steps_and_nothing_else() {
    let service = Service::new();
    let placed = service.placed("ann", tea()).await;
    let id = placed.id();
    let mut expected = placed.body.clone();
    expected["owner"] = json!("ann");
    expected["ownerIssuer"] = json!(POOL);
    let read = service.send(one("GET", &id)).await;
    assert_eq!((&read.body, read.header("etag")), (&expected, Some("\"1\"")));

    service.set_time(NOON + HOUR);
    expected["updatedAt"] = json!("2026-03-10T13:00:00.000Z");
    for (version, status) in [(2, "confirmed"), (3, "shipped"), (4, "delivered")] {
        let moved = service.send(advance(&id, &format!("\"{}\"", version - 1), status)).await;
        expected["status"] = json!(status);
        expected["version"] = json!(version);
        assert_eq!((moved.status.as_u16(), &moved.body), (200, &expected));
        assert_eq!(moved.header("etag"), Some(format!("\"{version}\"").as_str()));
    }
    expected.as_object_mut().unwrap().retain(|name, _| !name.starts_with("owner"));
    let own = service.send(request("GET", &format!("/orders/{id}")).by("ann")).await;
    assert_eq!(own.body, expected, "its owner sees it");
}

#[tokio::test]
async fn only_allowed_steps_are_possible_and_cancelled_is_final() {
    let service = Service::new();
    let id = service.placed("ann", tea()).await.id();
    for status in ["shipped", "delivered"] {
        service.send(advance(&id, "*", status)).await.assert_problem(409, "transition_not_allowed");
    }
    service.advance(&id, "cancelled").await;
    for status in ["placed", "confirmed", "shipped", "delivered"] {
        service.send(advance(&id, "*", status)).await.assert_problem(409, "transition_not_allowed");
    }
    assert_eq!(service.send(one("GET", &id)).await.body["version"], 2);
}

#[tokio::test]
async fn an_administrator_changes_what_was_seen_or_nothing() {
    let service = Service::new();
    let id = service.placed("ann", tea()).await.id();
    let without = one("PATCH", &id).json(&json!({ "status": "confirmed" }));
    service.send(without).await.assert_problem(428, "precondition_required");
    service.send(advance(&id, "1", "confirmed")).await.assert_problem(400, "invalid_if_match");
    service.send(advance(&id, "\"2\"", "confirmed")).await.assert_problem(412, "precondition_failed");
    for (fault, status, code) in
        [(InjectedFault::Changed, 412, "precondition_failed"), (InjectedFault::Gone, 404, "order_not_found")]
    {
        // Both reads succeed, then another request is faster.
        for next in [fault, InjectedFault::InProgress, InjectedFault::InProgress] {
            service.inject(next);
        }
        service.send(advance(&id, "\"1\"", "confirmed")).await.assert_problem(status, code);
    }
    assert_eq!(service.send(one("GET", &id)).await.body["version"], 1);
}

#[tokio::test]
async fn the_status_is_all_that_an_administrator_can_name() {
    let service = Service::new();
    let id = service.placed("ann", tea()).await.id();
    let bodies: [(Value, &[&str]); 4] = [
        (json!({}), &[""]),
        (json!({ "status": null }), &["/status"]),
        (json!({ "status": "lost" }), &["/status"]),
        (json!({ "status": "confirmed", "quantity": 1, "owner": "root" }), &["/owner", "/quantity"]),
    ];
    for (body, places) in bodies {
        service.send(one("PATCH", &id).header("If-Match", "*").json(&body)).await.assert_places(places);
    }
}

#[tokio::test]
async fn an_unknown_id_is_not_found() {
    let service = Service::new();
    service.placed("ann", tea()).await;
    for id in ["x", "0198c5f0-0000-7000-8000-000000000000", "ORDERS%23ann", "*"] {
        service.send(one("GET", id)).await.assert_problem(404, "order_not_found");
        service.send(advance(id, "*", "confirmed")).await.assert_problem(404, "order_not_found");
    }
}
