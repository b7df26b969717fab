//! A caller's own orders in the whole stack: no access to other owners' orders, none lost, none twice.
//!
//! Every test creates its own users, so that the tests do not see each other's orders, and can run again on
//! the same stack.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use e2e::{Answer, Api, Stack};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Outcome, PASSED, checks, skipped};

checks![
    an_order_is_placed_read_changed_and_deleted,
    nobody_reaches_anothers_orders,
    all_pages_hold_every_order_once_while_others_are_placed,
    of_fifty_at_once_under_one_key_one_is_placed,
    of_two_changes_to_the_same_version_one_is_refused,
    an_administrator_sees_everybodys_and_nobody_else_does,
    only_an_administrator_sets_the_status_of_an_order,
    a_program_that_may_only_read_writes_nowhere,
    a_program_with_the_scope_gets_totals_and_nobody_else_does,
    every_refusal_of_the_service_is_a_problem_document,
];

const LEAVES_USERS: &str = "it would leave users behind in a real pool";

/// More than two pages of the largest size.
const ORDERS: usize = 250;

/// How often a request is repeated after the stage's limit has refused it, and after which pause.
const MOST_TRIES: u32 = 20;
const MOMENT: Duration = Duration::from_millis(500);

/// The pause between two orders of a thread, so that they do not use up the stage's limit.
const PACE: Duration = Duration::from_millis(150);

/// Somebody who calls the API.
#[derive(Clone)]
struct User<'a> {
    stack: &'a Stack,
    bearer: String,
}

static USERS: AtomicU32 = AtomicU32::new(0);

impl<'a> User<'a> {
    /// A user without orders.
    fn new(stack: &'a Stack) -> Result<Self, String> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let email = format!("orders-{since}-{}@example.com", USERS.fetch_add(1, Ordering::SeqCst));
        let output =
            stack.gatehouse.run(&["token", &email, "--create", "--password-stdin"], "Correct-horse-9")?;
        if !output.status.success() {
            return Err(format!("no token for {email}: {}", String::from_utf8_lossy(&output.stderr)));
        }
        Ok(Self::with(stack, String::from_utf8_lossy(&output.stdout).trim()))
    }

    fn with(stack: &'a Stack, token: &str) -> Self {
        Self { stack, bearer: format!("Bearer {token}") }
    }

    /// Sends a request, and repeats it after a pause if the stage's limit refused it.
    fn ask(
        &self,
        method: &Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let mut all = vec![("Authorization", self.bearer.as_str())];
        all.extend(headers);
        let mut answer = self.stack.send(method.clone(), path, &all, body)?;
        for _ in 0..MOST_TRIES {
            if answer.status != 429 {
                break;
            }
            thread::sleep(MOMENT);
            answer = self.stack.send(method.clone(), path, &all, body)?;
        }
        Ok(answer)
    }

    fn get(&self, path: &str) -> Result<Answer, String> {
        self.ask(&Method::GET, path, &[], None)
    }

    fn place(&self, headers: &[(&str, &str)]) -> Result<Answer, String> {
        self.ask(&Method::POST, "/orders", headers, Some(&tea()))
    }

    /// The id of a new order.
    fn placed(&self) -> Result<String, String> {
        let answer = self.place(&[])?;
        assert_eq!(answer.status, 201, "{}", answer.body);
        Ok(id(&answer.json()))
    }

    /// The ids on all pages of a listing, in order. `between` is called after each page.
    fn all(
        &self,
        path: &str,
        mut between: impl FnMut() -> Result<(), String>,
    ) -> Result<Vec<String>, String> {
        let (mut ids, mut next) = (Vec::new(), path.to_owned());
        loop {
            let answer = self.get(&next)?;
            assert_eq!(answer.status, 200, "{next}: {}", answer.body);
            let page = answer.json();
            ids.extend(page["orders"].as_array().into_iter().flatten().map(id));
            between()?;
            match page["nextCursor"].as_str() {
                Some(cursor) => next = format!("{path}&cursor={cursor}"),
                None => return Ok(ids),
            }
        }
    }
}

fn tea() -> Value {
    json!({ "item": "Tea", "quantity": 3, "price": { "amount": 450, "currency": "EUR" } })
}

fn id(order: &Value) -> String {
    order["id"].as_str().unwrap_or_default().to_owned()
}

#[track_caller]
fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, &answer.json()["code"]), (status, &json!(code)), "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
}

fn an_order_is_placed_read_changed_and_deleted(stack: &Stack) -> Outcome {
    if stack.is_aws() {
        return Ok(skipped(LEAVES_USERS));
    }
    let ann = User::new(stack)?;
    let placed = ann.place(&[])?;
    assert_eq!(placed.status, 201, "{}", placed.body);
    let (order, tag) = (placed.json(), placed.header("etag").unwrap_or_default().to_owned());
    let path = format!("/orders/{}", id(&order));
    assert_eq!(placed.header("location"), path.strip_prefix('/'));
    assert_eq!(ann.get(&path)?.json(), order);

    let cheaper = json!({ "price": { "amount": 400, "currency": "EUR" }, "quantity": 2 });
    let changed = ann.ask(&Method::PATCH, &path, &[("If-Match", &tag)], Some(&cheaper))?;
    assert_eq!((changed.status, &changed.json()["version"]), (200, &json!(2)), "{}", changed.body);
    assert_eq!(ann.get(&path)?.json(), changed.json());

    assert_problem(&ann.ask(&Method::DELETE, &path, &[], None)?, 428, "precondition_required");
    assert_problem(
        &ann.ask(&Method::DELETE, &path, &[("If-Match", &tag)], None)?,
        412,
        "precondition_failed",
    );
    let tag = changed.header("etag").unwrap_or_default();
    assert_eq!(ann.ask(&Method::DELETE, &path, &[("If-Match", tag)], None)?.status, 204);
    assert_problem(&ann.get(&path)?, 404, "order_not_found");
    PASSED
}

fn nobody_reaches_anothers_orders(stack: &Stack) -> Outcome {
    if stack.is_aws() {
        return Ok(skipped(LEAVES_USERS));
    }
    let (ann, bob) = (User::new(stack)?, User::new(stack)?);
    let mut anns = HashSet::new();
    for _ in 0..3 {
        anns.insert(ann.placed()?);
    }
    bob.placed()?;
    for id in &anns {
        let path = format!("/orders/{id}");
        let any = [("If-Match", "*")];
        assert_problem(&bob.get(&path)?, 404, "order_not_found");
        assert_problem(&bob.ask(&Method::DELETE, &path, &any, None)?, 404, "order_not_found");
        let change = json!({ "quantity": 1 });
        assert_problem(&bob.ask(&Method::PATCH, &path, &any, Some(&change))?, 404, "order_not_found");
    }
    assert!(bob.all("/orders?limit=1", || Ok(()))?.iter().all(|id| !anns.contains(id)));
    let cursor = ann.get("/orders?limit=1")?.json()["nextCursor"].as_str().unwrap_or_default().to_owned();
    assert_problem(&bob.get(&format!("/orders?cursor={cursor}"))?, 422, "invalid_request");
    assert_eq!(ann.all("/orders?limit=100", || Ok(()))?.into_iter().collect::<HashSet<_>>(), anns);
    PASSED
}

fn all_pages_hold_every_order_once_while_others_are_placed(stack: &Stack) -> Outcome {
    if stack.is_aws() {
        return Ok(skipped(LEAVES_USERS));
    }
    let ann = User::new(stack)?;
    let placed: Vec<Result<Vec<String>, String>> = thread::scope(|scope| {
        let place = || {
            let paced = |_| {
                thread::sleep(PACE);
                ann.placed()
            };
            (0..ORDERS / 5).map(paced).collect()
        };
        let threads: Vec<_> = (0..5).map(|_| scope.spawn(place)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a thread failed".into())))
            .collect()
    });
    let mut placed = placed.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    placed.sort();
    let mut seen = ann.all("/orders?limit=40", || ann.placed().map(drop))?;
    assert!(seen.is_sorted_by(|newer, older| newer > older), "the newest first, each once");
    seen.reverse();
    assert_eq!(seen, placed);
    PASSED
}

fn of_fifty_at_once_under_one_key_one_is_placed(stack: &Stack) -> Outcome {
    if stack.is_aws() {
        return Ok(skipped(LEAVES_USERS));
    }
    let ann = User::new(stack)?;
    // From here on the gateway has cached the gate's answer. This test is not about fifty gates that start at
    // once.
    assert_eq!(ann.get("/orders")?.status, 200);
    let key = [("Idempotency-Key", "fifty-at-once")];
    let answers: Vec<Result<Answer, String>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..50).map(|_| scope.spawn(|| ann.place(&key))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a thread failed".into())))
            .collect()
    });
    let orders = ann.all("/orders?limit=100", || Ok(()))?;
    assert_eq!(orders.len(), 1, "{orders:?}");
    let mut placed = 0;
    for answer in answers {
        let answer = answer?;
        if answer.status == 201 {
            placed += 1;
            assert_eq!(id(&answer.json()), orders[0]);
        } else {
            assert_problem(&answer, 409, "idempotency_key_in_work");
        }
    }
    assert!(placed > 0, "nobody was told of the order");

    let again = ann.place(&key)?;
    assert_eq!((again.status, id(&again.json())), (201, orders[0].clone()), "{}", again.body);
    let mut other = tea();
    other["quantity"] = json!(4);
    let reused = ann.ask(&Method::POST, "/orders", &key, Some(&other))?;
    assert_problem(&reused, 422, "idempotency_key_reused");
    PASSED
}

fn of_two_changes_to_the_same_version_one_is_refused(stack: &Stack) -> Outcome {
    if stack.is_aws() {
        return Ok(skipped(LEAVES_USERS));
    }
    let ann = User::new(stack)?;
    let path = format!("/orders/{}", ann.placed()?);
    let change = |quantity: u32| {
        ann.ask(&Method::PATCH, &path, &[("If-Match", "\"1\"")], Some(&json!({ "quantity": quantity })))
    };
    let (one, other) = thread::scope(|scope| {
        let (one, other) = (scope.spawn(|| change(11)), scope.spawn(|| change(12)));
        (one.join(), other.join())
    });
    let failed = |_| "a thread failed".to_owned();
    let (one, other) = (one.map_err(failed)??, other.map_err(failed)??);
    let (kept, lost) = if one.status == 200 { (one, other) } else { (other, one) };
    assert_eq!(kept.status, 200, "{}", kept.body);
    assert_problem(&lost, 412, "precondition_failed");
    assert_eq!(ann.get(&path)?.json(), kept.json());
    PASSED
}

fn an_administrator_sees_everybodys_and_nobody_else_does(stack: &Stack) -> Outcome {
    if stack.is_aws() {
        return Ok(skipped(LEAVES_USERS));
    }
    let (ann, bob) = (User::new(stack)?, User::new(stack)?);
    let placed = HashSet::from([ann.placed()?, bob.placed()?]);
    let admin = User::with(stack, &stack.tokens(&stack.deployment.admin)?.access_token);
    let ids = admin.all("/admin/orders?limit=100", || Ok(()))?;
    let seen: HashSet<String> = ids.iter().cloned().collect();
    assert!(placed.is_subset(&seen), "not all of {placed:?}");
    assert_eq!(seen.len(), ids.len(), "one came twice");
    assert_eq!(ann.get("/admin/orders")?.status, 403);
    let program = User::with(stack, &stack.gatehouse.machine_token()?);
    assert_eq!(program.get("/admin/orders")?.status, 403);
    PASSED
}

fn only_an_administrator_sets_the_status_of_an_order(stack: &Stack) -> Outcome {
    if stack.is_aws() {
        return Ok(skipped(LEAVES_USERS));
    }
    let ann = User::new(stack)?;
    let admin = User::with(stack, &stack.tokens(&stack.deployment.admin)?.access_token);
    let id = ann.placed()?;
    let (own, anybodys) = (format!("/orders/{id}"), format!("/admin/orders/{id}"));
    let set = |user: &User<'_>, path: &str, tag: &str, status: &str| {
        user.ask(&Method::PATCH, path, &[("If-Match", tag)], Some(&json!({ "status": status })))
    };
    for status in ["confirmed", "shipped", "delivered"] {
        assert_problem(&set(&ann, &own, "*", status)?, 403, "status_reserved");
        assert_eq!(set(&ann, &anybodys, "*", status)?.status, 403);
    }
    assert_problem(&set(&admin, &own, "*", "shipped")?, 404, "order_not_found");
    let mut tag = admin.get(&anybodys)?.header("etag").unwrap_or_default().to_owned();
    for status in ["confirmed", "shipped"] {
        let moved = set(&admin, &anybodys, &tag, status)?;
        assert_eq!((moved.status, &moved.json()["status"]), (200, &json!(status)), "{}", moved.body);
        assert_problem(&set(&admin, &anybodys, &tag, status)?, 412, "precondition_failed");
        moved.header("etag").unwrap_or_default().clone_into(&mut tag);
    }
    assert_eq!(ann.get(&own)?.json()["status"], "shipped");
    assert_problem(&set(&ann, &own, "*", "cancelled")?, 409, "transition_not_allowed");
    assert_problem(&ann.ask(&Method::DELETE, &own, &[("If-Match", "*")], None)?, 409, "order_kept");
    PASSED
}

/// The stack's own machine client, which only has the scope for reading.
fn a_program_that_may_only_read_writes_nowhere(stack: &Stack) -> Outcome {
    let program = User::with(stack, &stack.gatehouse.machine_token()?);
    assert_eq!(program.get("/orders")?.status, 200);
    let nobodys = "0198c5f0-0000-7000-8000-000000000000";
    let (own, anybodys) = (format!("/orders/{nobodys}"), format!("/admin/orders/{nobodys}"));
    let writes = [
        (Method::POST, "/orders"),
        (Method::PATCH, &own),
        (Method::DELETE, &own),
        (Method::PATCH, &anybodys),
        (Method::PATCH, "/user"),
        (Method::DELETE, "/user"),
        (Method::POST, "/user/password"),
        (Method::POST, "/user/signout"),
        (Method::PUT, "/user/mfa"),
        (Method::POST, "/user/devices/confirm"),
        (Method::DELETE, "/user/devices/us-east-1_0a1b"),
    ];
    for (method, path) in writes {
        let answer = program.ask(&method, path, &[("If-Match", "*")], Some(&tea()))?;
        // This is the gateway's own answer: it renames the challenge in a service's answer.
        assert_problem(&answer, 403, "forbidden");
        assert!(answer.header("www-authenticate").is_some(), "{method} {path}: {}", answer.body);
    }
    PASSED
}

fn a_program_with_the_scope_gets_totals_and_nobody_else_does(stack: &Stack) -> Outcome {
    if stack.is_aws() {
        return Ok(skipped(LEAVES_USERS));
    }
    let ann = User::new(stack)?;
    ann.placed()?;
    let program = User::with(stack, &stack.gatehouse.machine_token()?);
    let answer = program.get("/reports/orders")?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let report = answer.json();
    let today = report["to"].clone();
    let totals = report["totals"].as_array().cloned().unwrap_or_default();
    let euros = totals.iter().find(|total| total["day"] == today && total["currency"] == "EUR");
    let Some(euros) = euros else { panic!("nothing of today in {report}") };
    assert!(euros["orders"].as_u64() >= Some(1) && euros["amount"].as_u64() >= Some(1350), "{euros}");
    assert_problem(&program.get("/reports/orders?from=2020-01-01")?, 422, "invalid_request");

    let admin = User::with(stack, &stack.tokens(&stack.deployment.admin)?.access_token);
    for person in [&ann, &admin] {
        assert_eq!(person.get("/reports/orders")?.status, 403);
    }
    PASSED
}

fn every_refusal_of_the_service_is_a_problem_document(stack: &Stack) -> Outcome {
    if stack.is_aws() {
        return Ok(skipped(LEAVES_USERS));
    }
    let ann = User::new(stack)?;
    let wrong = json!({ "item": "", "quantity": 0, "price": { "amount": -1, "currency": "eur" } });
    let answer = ann.ask(&Method::POST, "/orders", &[], Some(&wrong))?;
    assert_problem(&answer, 422, "invalid_request");
    let errors = answer.json()["errors"].clone();
    let places: Vec<_> =
        errors.as_array().into_iter().flatten().map(|error| error["pointer"].clone()).collect();
    assert_eq!(places, ["/item", "/price/amount", "/price/currency", "/quantity"]);
    assert_problem(&ann.get("/orders/no-id")?, 404, "order_not_found");
    assert_problem(&ann.get("/orders?limit=0")?, 422, "invalid_request");
    assert_problem(&ann.place(&[("Idempotency-Key", "a b")])?, 400, "invalid_idempotency_key");
    PASSED
}
