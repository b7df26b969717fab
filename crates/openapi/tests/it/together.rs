//! Services that were written apart say nothing different under one name.

use std::collections::BTreeMap;

use serde_json::Value;

#[test]
fn no_two_services_have_a_route_in_common() {
    let mut paths = BTreeMap::new();
    for (number, service) in openapi::services().into_iter().enumerate() {
        for path in service.paths.paths.keys() {
            let other = paths.insert(path.clone(), number);
            assert_eq!(other, None, "{path} belongs to two services");
        }
    }
    assert!(!paths.is_empty());
}

#[test]
fn one_name_is_one_schema() {
    let document = serde_json::to_value(openapi::document()).unwrap();
    for service in openapi::services() {
        let components = serde_json::to_value(service.components).unwrap();
        for (name, schema) in components["schemas"].as_object().into_iter().flatten() {
            let merged: &Value = &document["components"]["schemas"][name];
            assert_eq!(merged, schema, "{name} means two things: name one of them with #[schema(as = …)]");
        }
    }
}
