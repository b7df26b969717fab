//! The caller's own orders: all operations on them, and no access to other owners'.

use serde_json::{Value, json};
use testkit::request::Request;

use crate::memory::InjectedFault;
use crate::service::{Caller as _, HOUR, NOON, Service, request, tea};

fn one(method: &str, id: &str, who: &str) -> Request {
    request(method, &format!("/orders/{id}")).by(who)
}

#[tokio::test]
async fn a_placed_order_is_answered_with_location_and_etag() {
    let service = Service::new();
    let placed = service.placed("ann", tea()).await;
    let id = placed.id();
    assert_eq!(placed.header("location"), Some(format!("orders/{id}").as_str()));
    assert_eq!(placed.header("etag"), Some("\"1\""));
    assert_eq!(
        placed.body,
        json!({
            "id": id, "item": "Tea", "quantity": 3, "price": { "amount": 450, "currency": "EUR" },
            "status": "placed", "version": 1,
            "createdAt": "2026-03-10T12:00:00.000Z", "updatedAt": "2026-03-10T12:00:00.000Z",
        })
    );
    let read = service.send(one("GET", &id, "ann")).await;
    assert_eq!((read.status.as_u16(), &read.body), (200, &placed.body));
    assert_eq!(read.header("etag"), Some("\"1\""));
}

#[tokio::test]
async fn another_ones_order_is_not_there_whatever_is_done_to_it() {
    let service = Service::new();
    let id = service.placed("ann", tea()).await.id();
    for method in ["GET", "PATCH", "DELETE"] {
        let request =
            |id: &str| one(method, id, "bob").header("If-Match", "\"1\"").json(&json!({ "quantity": 1 }));
        let (others, nobodys) = (
            service.send(request(&id)).await,
            service.send(request("0198c5f0-0000-7000-8000-000000000000")).await,
        );
        others.assert_problem(404, "order_not_found");
        assert_eq!(others.body, nobodys.body, "they can be told apart");
    }
    assert_eq!(service.send(request("GET", "/orders").by("bob")).await.ids(), [""; 0]);
    assert_eq!(service.send(one("GET", &id, "ann")).await.body["version"], 1);
}

#[tokio::test]
async fn what_the_caller_writes_does_not_change_whose_orders_they_are() {
    let service = Service::new();
    let id = service.placed("ann", tea()).await.id();
    let forged = one("GET", &id, "bob").header("X-User", "ann").header("sub", "ann");
    service.send(forged).await.assert_problem(404, "order_not_found");
    let mut body = tea();
    body["owner"] = json!("ann");
    service.send(request("POST", "/orders").by("bob").json(&body)).await.assert_places(&["/owner"]);
    let request = request("GET", "/orders").by("bob").query(&[("owner", "ann")]);
    service.send(request).await.assert_places(&["/owner"]);
}

#[tokio::test]
async fn a_text_that_is_no_id_is_the_id_of_no_order() {
    let service = Service::new();
    for bad in ["x", "1", "ORDERS#ann", "0198c5f0-0000-4000-8000-000000000000", "%2e%2e", "*"] {
        service.send(one("GET", bad, "ann")).await.assert_problem(404, "order_not_found");
    }
}

#[tokio::test]
async fn nobody_gets_anything_without_the_gates_word() {
    let service = Service::new();
    for (method, path) in [
        ("GET", "/orders"),
        ("POST", "/orders"),
        ("GET", "/orders/x"),
        ("PATCH", "/orders/x"),
        ("DELETE", "/orders/x"),
        ("GET", "/admin/orders"),
        ("GET", "/admin/orders/x"),
        ("PATCH", "/admin/orders/x"),
        ("GET", "/reports/orders"),
    ] {
        let answer = service.send(request(method, path).header("Authorization", "Bearer x.y.z")).await;
        answer.assert_problem(401, "unauthorized");
        let mut without_subject = request(method, path).known_as("ann", "admins", "orders/read");
        without_subject.0["requestContext"]["authorizer"].as_object_mut().unwrap().remove("sub").unwrap();
        service.send(without_subject).await.assert_problem(401, "unauthorized");
    }
}

#[tokio::test]
async fn a_change_needs_the_version_that_was_seen() {
    let service = Service::new();
    let id = service.placed("ann", tea()).await.id();
    let change = || one("PATCH", &id, "ann").json(&json!({ "quantity": 5 }));
    service.send(change()).await.assert_problem(428, "precondition_required");
    service.send(change().header("If-Match", "1")).await.assert_problem(400, "invalid_if_match");
    service.send(change().header("If-Match", "W/\"1\"")).await.assert_problem(412, "precondition_failed");
    service.send(change().header("If-Match", "\"2\"")).await.assert_problem(412, "precondition_failed");

    service.set_time(NOON + HOUR);
    let changed = service.send(change().header("If-Match", "\"7\", \"1\"")).await;
    assert_eq!((changed.status.as_u16(), changed.header("etag")), (200, Some("\"2\"")));
    assert_eq!(changed.body["quantity"], 5);
    assert_eq!(changed.body["item"], "Tea");
    assert_eq!(changed.body["createdAt"], "2026-03-10T12:00:00.000Z");
    assert_eq!(changed.body["updatedAt"], "2026-03-10T13:00:00.000Z");

    service.send(change().header("If-Match", "\"1\"")).await.assert_problem(412, "precondition_failed");
    assert_eq!(service.send(change().header("If-Match", "*")).await.body["version"], 3);
}

#[tokio::test]
async fn a_write_that_comes_in_between_is_not_lost() {
    let service = Service::new();
    let id = service.placed("ann", tea()).await.id();
    for (fault, status, code) in
        [(InjectedFault::Changed, 412, "precondition_failed"), (InjectedFault::Gone, 404, "order_not_found")]
    {
        for method in ["PATCH", "DELETE"] {
            let request = one(method, &id, "ann").header("If-Match", "\"1\"").json(&json!({ "quantity": 5 }));
            // The read succeeds, then another request is faster.
            service.inject(fault);
            service.inject(InjectedFault::InProgress);
            service.send(request).await.assert_problem(status, code);
        }
    }
    assert_eq!(service.send(one("GET", &id, "ann")).await.body["version"], 1);
}

/// A change to Ann's order, in its current version.
fn change(id: &str, body: &Value) -> Request {
    one("PATCH", id, "ann").header("If-Match", "*").json(body)
}

#[tokio::test]
async fn an_owner_cancels_until_the_order_is_shipped_and_it_is_final() {
    let service = Service::new();
    let cancel = |id: &str| change(id, &json!({ "status": "cancelled" }));
    for statuses in [&[][..], &["confirmed"]] {
        let id = service.placed("ann", tea()).await.id();
        for status in statuses {
            service.advance(&id, status).await;
        }
        let cancelled = service.send(cancel(&id)).await;
        assert_eq!((cancelled.status.as_u16(), &cancelled.body["status"]), (200, &json!("cancelled")));
        let again = service.send(change(&id, &json!({ "status": "placed" }))).await;
        again.assert_problem(403, "status_reserved");
        service.send(change(&id, &json!({ "quantity": 4 }))).await.assert_problem(409, "order_settled");
    }
    let id = service.placed("ann", tea()).await.id();
    for status in ["confirmed", "shipped"] {
        service.advance(&id, status).await;
    }
    service.send(cancel(&id)).await.assert_problem(409, "transition_not_allowed");
    service.advance(&id, "delivered").await;
    service.send(cancel(&id)).await.assert_problem(409, "transition_not_allowed");
}

#[tokio::test]
async fn an_owner_never_says_how_far_the_order_has_come() {
    let service = Service::new();
    let id = service.placed("ann", tea()).await.id();
    let statuses = ["placed", "confirmed", "shipped", "delivered"];
    for (step, present) in statuses.into_iter().enumerate() {
        if step > 0 {
            service.advance(&id, present).await;
        }
        for other in statuses.into_iter().filter(|other| *other != present) {
            let alone = service.send(change(&id, &json!({ "status": other }))).await;
            alone.assert_problem(403, "status_reserved");
            let beside = service.send(change(&id, &json!({ "status": other, "quantity": 3 }))).await;
            beside.assert_problem(403, "status_reserved");
            let as_admin = one("PATCH", &id, "ann").header("If-Match", "*").json(&json!({ "status": other }));
            let as_admin = as_admin.known_as("ann", "admins", "aws.cognito.signin.user.admin");
            service.send(as_admin).await.assert_problem(403, "status_reserved");
        }
        let read = service.send(one("GET", &id, "ann")).await;
        assert_eq!(read.body["status"], present);
    }
}

#[tokio::test]
async fn a_status_that_is_there_already_is_nothing_asked_for() {
    let service = Service::new();
    let id = service.placed("ann", tea()).await.id();
    let both = service.send(change(&id, &json!({ "status": "placed", "item": "Green tea" }))).await;
    assert_eq!((both.status.as_u16(), &both.body["item"]), (200, &json!("Green tea")), "{}", both.body);
    service.advance(&id, "confirmed").await;
    service.send(change(&id, &json!({ "quantity": 4 }))).await.assert_problem(409, "order_settled");
    let same = service.send(change(&id, &json!({ "status": "confirmed", "quantity": 3 }))).await;
    assert_eq!(same.status, 200, "nothing of it is a change: {}", same.body);
}

#[tokio::test]
async fn a_deleted_order_is_gone() {
    let service = Service::new();
    let id = service.placed("ann", tea()).await.id();
    let delete = || one("DELETE", &id, "ann");
    service.send(delete()).await.assert_problem(428, "precondition_required");
    service.send(delete().header("If-Match", "\"2\"")).await.assert_problem(412, "precondition_failed");
    let gone = service.send(delete().header("If-Match", "\"1\"")).await;
    assert_eq!((gone.status.as_u16(), &gone.body), (204, &Value::Null));
    service.send(one("GET", &id, "ann")).await.assert_problem(404, "order_not_found");
    service.send(delete().header("If-Match", "\"1\"")).await.assert_problem(404, "order_not_found");
}

#[tokio::test]
async fn what_has_left_is_not_removed_and_what_was_called_off_is() {
    let service = Service::new();
    let remove = |id: &str| one("DELETE", id, "ann").header("If-Match", "*");
    let id = service.placed("ann", tea()).await.id();
    service.advance(&id, "confirmed").await;
    for status in ["shipped", "delivered"] {
        service.advance(&id, status).await;
        service.send(remove(&id)).await.assert_problem(409, "order_kept");
    }
    for status in ["confirmed", "cancelled"] {
        let id = service.placed("ann", tea()).await.id();
        service.advance(&id, status).await;
        assert_eq!(service.send(remove(&id)).await.status, 204, "{status}");
    }
}

#[tokio::test]
async fn all_pages_together_are_all_orders_once_while_more_come_in() {
    let service = Service::new();
    let mut placed = Vec::new();
    for number in 0..50 {
        service.set_time(NOON + number % 7);
        placed.push(service.placed("ann", tea()).await.id());
        service.placed("bob", tea()).await;
    }
    service.set_time(NOON + 1000);
    let mut seen = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut query = vec![("limit", "7")];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = service.send(request("GET", "/orders").by("ann").query(&query)).await;
        assert_eq!(page.status, 200, "{}", page.body);
        seen.extend(page.ids());
        service.placed("ann", tea()).await;
        cursor = page.body["nextCursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    assert!(seen.is_sorted_by(|newer, older| newer > older), "the newest first");
    placed.sort();
    seen.reverse();
    assert_eq!(seen, placed);
}

#[tokio::test]
async fn the_last_page_says_that_it_is() {
    let service = Service::new();
    for _ in 0..4 {
        service.placed("ann", tea()).await;
    }
    for (limit, has_next) in [("3", true), ("4", false), ("5", false), ("100", false)] {
        let page = service.send(request("GET", "/orders").by("ann").query(&[("limit", limit)])).await;
        assert_eq!(page.body.get("nextCursor").is_some(), has_next, "{limit}: {}", page.body);
    }
}

#[tokio::test]
async fn a_cursor_is_of_one_caller_and_one_listing() {
    let service = Service::new();
    for _ in 0..3 {
        service.placed("ann", tea()).await;
        service.placed("bob", tea()).await;
    }
    let first = service.send(request("GET", "/orders").by("ann").query(&[("limit", "2")])).await;
    let cursor = first.body["nextCursor"].as_str().unwrap().to_owned();
    let with = |who: &str, cursor: &str| request("GET", "/orders").by(who).query(&[("cursor", cursor)]);
    assert_eq!(service.send(with("ann", &cursor)).await.ids().len(), 1);
    service.send(with("bob", &cursor)).await.assert_places(&["/cursor"]);
    for bad in ["", "x", "AAAA", &cursor[1..], &cursor.to_lowercase(), &format!("{cursor}A"), "%00"] {
        service.send(with("ann", bad)).await.assert_places(&["/cursor"]);
    }
    let admin = request("GET", "/admin/orders").known_as("eve", "admins", "").query(&[("cursor", &cursor)]);
    service.send(admin).await.assert_places(&["/cursor"]);
}

#[tokio::test]
async fn a_failing_store_is_told_without_its_cause() {
    let service = Service::new();
    for (fault, status, code) in [
        (InjectedFault::Busy, 503, "busy"),
        (InjectedFault::Unreachable, 503, "unavailable"),
        (InjectedFault::Unusable, 500, "internal"),
    ] {
        service.inject(fault);
        let answer = service.send(request("GET", "/orders").by("ann")).await;
        answer.assert_problem(status, code);
        assert_eq!(answer.header("retry-after").is_some(), status == 503);
    }
}
