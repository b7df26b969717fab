//! The description of the API is the API's own.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use testkit::request::Request;

use crate::fake::Fake;
use crate::gateway::{Caller as _, send};
use crate::routes;

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

fn document() -> Value {
    serde_json::to_value(auth::openapi()).unwrap()
}

/// Every operation as `POST /auth/signin`.
fn operations(document: &Value) -> Vec<(String, &Map<String, Value>)> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter();
        item.map(move |(method, operation)| {
            assert!(METHODS.contains(&method.as_str()), "{method} {path}");
            (format!("{} {path}", method.to_ascii_uppercase()), operation.as_object().unwrap())
        })
    });
    operations.collect()
}

#[test]
fn the_golden_copy_is_up_to_date() {
    let golden = include_str!("../../../../openapi.json");
    let current = auth::openapi().to_pretty_json().unwrap();
    assert!(
        golden.trim_end() == current.trim_end(),
        "openapi.json is stale; renew it: cargo run -p auth --example openapi > openapi.json"
    );
}

#[tokio::test]
async fn every_operation_is_a_route_and_every_route_an_operation() {
    let document = document();
    let described: BTreeSet<String> = operations(&document).into_iter().map(|(name, _)| name).collect();
    let mut known: BTreeSet<String> = routes::all().iter().map(routes::Route::described).collect();
    known.extend(["GET /health".to_owned(), "GET /openapi.json".to_owned()]);
    assert_eq!(described, known);

    let mut paths: BTreeSet<(&str, &str)> =
        routes::all().iter().map(|route| (route.template, route.path)).collect();
    paths.extend([("/health", "/health"), ("/openapi.json", "/openapi.json")]);
    for (template, path) in paths {
        for method in METHODS.map(str::to_ascii_uppercase) {
            let answer = send(&Fake::willing(), &Request::new(&method, path).signed_in()).await;
            let is_route = answer.status != 405 && answer.status != 404;
            assert_eq!(is_route, described.contains(&format!("{method} {template}")), "{method} {path}");
        }
    }
}

#[test]
fn what_is_protected_says_so() {
    let document = document();
    for (name, operation) in operations(&document) {
        let is_protected = name.contains(" /user");
        let security = if is_protected { json!([{ "bearer": [] }]) } else { json!([]) };
        assert_eq!(operation.get("security"), Some(&security), "{name}");
    }
    let scheme = &document["components"]["securitySchemes"]["bearer"];
    assert_eq!((&scheme["type"], &scheme["scheme"]), (&"http".into(), &"bearer".into()));
}

#[test]
fn every_operation_says_what_a_failure_looks_like() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        for statuses in ["4XX", "5XX"] {
            let answer = &operation["responses"][statuses];
            let problem = &answer["content"]["application/problem+json"]["schema"];
            assert_eq!(problem["$ref"], "#/components/schemas/Problem", "{name}");
        }
        assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{name}");
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{id} names two operations");
    }
}

/// A REST API renames it in what a function answers.
#[test]
fn no_challenge_is_promised() {
    let document = document();
    for (name, operation) in operations(&document) {
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let promised = answer.get("headers").map(Value::to_string).unwrap_or_default();
            assert!(!promised.to_ascii_lowercase().contains("www-authenticate"), "{name} {status}");
        }
    }
    let description = document["info"]["description"].as_str().unwrap();
    assert!(description.contains("x-amzn-Remapped-WWW-Authenticate"), "{description}");
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

#[test]
fn every_reference_leads_somewhere() {
    fn check(document: &Value, part: &Value) {
        match part {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                }
                members.values().for_each(|member| check(document, member));
            }
            Value::Array(items) => items.iter().for_each(|item| check(document, item)),
            _ => {}
        }
    }
    let document = document();
    check(&document, &document);
}
