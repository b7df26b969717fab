//! What each route does and answers when all goes well.

use serde_json::json;
use testkit::request::Request;

use crate::fake::Fake;
use crate::gateway::{Caller as _, send};
use crate::routes;

#[tokio::test]
async fn every_route_asks_its_one_thing_and_answers_exactly() {
    for route in routes::all() {
        let fake = Fake::willing();
        let answer = send(&fake, &route.request()).await;
        let (status, body) = &route.answer;
        if body.is_null() {
            answer.assert_empty();
        } else {
            answer.assert_json(*status, body);
        }
        assert_eq!(fake.calls(), route.calls, "{}", route.name());
        assert_eq!(answer.header("set-cookie"), None, "{}", route.name());
    }
}

#[tokio::test]
async fn the_service_tells_about_itself_without_asking_anybody() {
    let fake = Fake::willing();
    send(&fake, &Request::new("GET", "/health")).await.assert_json(200, &json!({ "status": "ok" }));
    let document = send(&fake, &Request::new("GET", "/openapi.json")).await;
    assert_eq!(document.status, 200);
    assert_eq!(document.header("content-type"), Some("application/json"));
    assert_eq!(document.json()["openapi"], "3.1.0");
    assert!(fake.calls().is_empty());
}

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    for path in [
        "/",
        "/auth",
        "/auth/",
        "/auth/signin/",
        "/auth/SIGNIN",
        "/v1/auth/signin",
        "/users",
        "/user/",
        "//user",
    ] {
        let fake = Fake::willing();
        let request =
            Request::post(path, &json!({ "email": "ann@example.com", "password": "p" })).signed_in();
        assert_eq!(send(&fake, &request).await.status_and_code(), "404 not_found", "{path}");
        assert!(fake.calls().is_empty());
    }
}

#[tokio::test]
async fn another_method_is_a_problem_that_names_the_right_ones() {
    for (path, allowed) in [
        ("/auth/signin", "POST"),
        ("/auth/refresh", "POST"),
        ("/user", "DELETE,GET,HEAD,PATCH"),
        ("/user/mfa", "PUT"),
        ("/user/devices", "GET,HEAD"),
        ("/user/devices/confirm", "POST"),
        ("/user/devices/a_0", "DELETE,PUT"),
        ("/user/password", "POST"),
        ("/health", "GET,HEAD"),
        ("/openapi.json", "GET,HEAD"),
    ] {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"] {
            if allowed.split(',').any(|known| known == method) {
                continue;
            }
            let fake = Fake::willing();
            let answer = send(&fake, &Request::new(method, path).signed_in()).await;
            assert_eq!(answer.status_and_code(), "405 method_not_allowed", "{method} {path}");
            let mut allow: Vec<&str> = answer.header("allow").unwrap().split(',').collect();
            allow.sort_unstable();
            assert_eq!(allow.join(","), allowed, "{path}");
            assert!(fake.calls().is_empty());
        }
    }
}

#[tokio::test]
async fn what_a_query_says_is_not_listened_to() {
    let fake = Fake::willing();
    let mut request = Request::new("POST", "/auth/resend-code");
    request.0["queryStringParameters"] = json!({ "email": "ann@example.com" });
    request.0["multiValueQueryStringParameters"] = json!({ "email": ["ann@example.com"] });
    assert_eq!(send(&fake, &request.text("{}")).await.status_code_and_places(), "422 invalid_request []");
    assert!(fake.calls().is_empty());
}
