//! What holds for every operation, whichever service answers it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

fn document() -> Value {
    serde_json::to_value(openapi::document()).unwrap()
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

/// What stands here, or where the reference leads.
fn resolved<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    match part.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        None => part,
    }
}

#[test]
fn the_golden_copy_is_up_to_date() {
    let golden = include_str!("../../../../openapi.json");
    let current = openapi::document().to_pretty_json().unwrap();
    assert!(
        golden.trim_end() == current.trim_end(),
        "openapi.json is stale; renew it: cargo run -q -p openapi > openapi.json"
    );
}

#[test]
fn what_is_protected_says_so() {
    let document = document();
    for (name, operation) in operations(&document) {
        let is_open =
            name.contains(" /auth/") || ["GET /health", "GET /openapi.json"].contains(&name.as_str());
        let security = if is_open { json!([]) } else { json!([{ "bearer": [] }]) };
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
            let answer = resolved(&document, &operation["responses"][statuses]);
            let problem = &answer["content"]["application/problem+json"]["schema"];
            assert_eq!(problem["$ref"], "#/components/schemas/Problem", "{name}");
            assert!(answer["headers"].get("Retry-After").is_some(), "{name}");
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
            let answer = resolved(&document, answer);
            let promised = answer.get("headers").map(Value::to_string).unwrap_or_default();
            assert!(!promised.to_ascii_lowercase().contains("www-authenticate"), "{name} {status}");
        }
    }
    let description = document["info"]["description"].as_str().unwrap();
    assert!(description.contains("x-amzn-Remapped-WWW-Authenticate"), "{description}");
}

#[test]
fn every_operation_has_one_tag_and_every_tag_operations() {
    let document = document();
    let mut used = BTreeSet::new();
    for (name, operation) in operations(&document) {
        let tags = operation["tags"].as_array().unwrap();
        assert_eq!(tags.len(), 1, "{name}");
        used.insert(tags[0].as_str().unwrap().to_owned());
    }
    let declared = document["tags"].as_array().unwrap().iter();
    assert_eq!(used, declared.map(|tag| tag["name"].as_str().unwrap().to_owned()).collect());
}

#[test]
fn every_parameter_of_a_path_is_described_and_no_other() {
    let document = document();
    for (name, operation) in operations(&document) {
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let described: BTreeSet<&str> = parameters
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let named = name.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        assert_eq!(described, named.collect(), "{name}");
    }
}

#[test]
fn every_body_refuses_what_it_does_not_know() {
    let document = document();
    for (name, operation) in operations(&document) {
        if let Some(body) = operation.get("requestBody") {
            let schema = resolved(&document, &body["content"]["application/json"]["schema"]);
            assert_eq!(schema["additionalProperties"], false, "{name}");
        }
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
