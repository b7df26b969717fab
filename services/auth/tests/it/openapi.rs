//! What the service says of its routes is what they do. What holds for all services is tested in `crates/openapi/`.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::request::Request;

use crate::fake::Fake;
use crate::gateway::{Caller as _, send};
use crate::routes;

const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "PATCH"];

fn document() -> Value {
    serde_json::to_value(auth::openapi()).unwrap()
}

/// Every operation as `POST /auth/signin`.
fn operations(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys();
        methods.map(move |method| format!("{} {path}", method.to_ascii_uppercase()))
    });
    operations.collect()
}

#[tokio::test]
async fn every_operation_is_a_route_and_every_route_an_operation() {
    let document = document();
    let described = operations(&document);
    let mut known: BTreeSet<String> = routes::all().iter().map(routes::Route::described).collect();
    known.extend(["GET /health".to_owned(), "GET /openapi.json".to_owned()]);
    assert_eq!(described, known);

    let mut paths: BTreeSet<(&str, &str)> =
        routes::all().iter().map(|route| (route.template, route.path)).collect();
    paths.extend([("/health", "/health"), ("/openapi.json", "/openapi.json")]);
    for (template, path) in paths {
        for method in METHODS {
            let answer = send(&Fake::willing(), &Request::new(method, path).signed_in()).await;
            let is_route = answer.status != 405 && answer.status != 404;
            assert_eq!(is_route, described.contains(&format!("{method} {template}")), "{method} {path}");
        }
    }
}

#[test]
fn every_answer_of_success_and_every_body_is_described() {
    let document = document();
    for route in routes::all() {
        let operation = &document["paths"][route.template][route.method.to_ascii_lowercase()];
        assert!(operation["responses"].get(route.answer.0.to_string()).is_some(), "{}", route.name());
        assert_eq!(operation.get("requestBody").is_some(), !route.body.is_null(), "{}", route.name());
    }
}

#[test]
fn every_body_is_described_by_its_own_fields() {
    let document = document();
    for route in routes::all().into_iter().filter(|route| !route.body.is_null()) {
        let operation = &document["paths"][route.template][route.method.to_ascii_lowercase()];
        let reference = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let schema = document.pointer(reference.as_str().unwrap().strip_prefix('#').unwrap()).unwrap();
        for field in route.body.as_object().unwrap().keys() {
            assert!(schema["properties"].get(field).is_some(), "{field} of {}", route.name());
        }
        let required: BTreeSet<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|field| field.as_str().unwrap())
            .collect();
        assert_eq!(required, route.required.iter().copied().collect(), "{}", route.name());
        assert_eq!(schema["additionalProperties"], false, "{}", route.name());
    }
}
