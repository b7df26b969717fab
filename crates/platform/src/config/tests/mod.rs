//! What a configuration must be, and how its mistakes are told: a file or folder for each section of the file.

use serde_json::{Value, json};

use super::*;
use crate::identity::TokenUse;

mod api;
mod auth;
mod authorizer;
mod document;
mod operations;
mod user_pool;

fn own_file() -> Value {
    serde_json::from_str(EMBEDDED).unwrap()
}

/// The repository's file with one value replaced or added.
fn with(pointer: &str, value: Value) -> Value {
    let mut file = own_file();
    set(&mut file, pointer, value);
    file
}

fn set(file: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match file.pointer_mut(parent).unwrap() {
        Value::Object(object) => drop(object.insert(key.to_owned(), value)),
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        other => panic!("{parent} is {other}"),
    }
}

fn pointers(file: &Value) -> Vec<String> {
    match Config::parse(&file.to_string()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.as_slice().iter().map(|problem| problem.pointer.clone()).collect(),
    }
}

/// What is told of a file that has one problem, and where.
fn told(file: &Value) -> (String, String) {
    let problems = Config::parse(&file.to_string()).unwrap_err();
    let [problem] = problems.as_slice() else { panic!("{problems}") };
    (problem.pointer.clone(), problem.message.clone())
}

/// An object with one member replaced or added, or with `null` taken away.
fn changed(mut object: Value, name: &str, value: Value) -> Value {
    let members = object.as_object_mut().unwrap();
    if value.is_null() {
        drop(members.remove(name));
    } else {
        drop(members.insert(name.to_owned(), value));
    }
    object
}

fn domain() -> Value {
    json!({
        "name": "api.example.com",
        "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b-2c3d",
        "hostedZoneId": "Z0123456789ABC",
    })
}

fn email() -> Value {
    json!({
        "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
        "from": "Shop <no-reply@mail.example.com>",
        "replyTo": "help@other.example",
        "configurationSet": "shop_users-1",
    })
}
