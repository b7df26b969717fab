//! The file as a whole: that it is read, and every mistake told at its place, once, in one line.

use serde_json::{Value, json};

use testkit::files::TempFile;

use super::*;

#[test]
fn the_repository_s_own_file_is_valid() {
    let config = Config::parse(EMBEDDED).unwrap();
    assert_eq!(config.authorizer.rules.len(), 6);
    assert_eq!(config.api.throttle.burst.get(), 100);
}

#[test]
fn an_empty_object_is_a_valid_file_that_grants_nothing() {
    let config = Config::parse("{}").unwrap();
    assert!(config.authorizer.rules.is_empty());
    assert_eq!(config.authorizer.token_use.as_slice(), [TokenUse::Access]);
}

#[test]
fn every_mistake_is_named_with_its_place_at_once() {
    let mut file = own_file();
    set(&mut file, "/authorizer/jwks/ttl", json!(5));
    set(&mut file, "/authorizer/rules/1/routes/0", json!("FETCH /orders"));
    set(
        &mut file,
        "/authorizer/issuers",
        json!([{ "issuer": "https://login.example.com", "clientIds": ["a"] }]),
    );
    let problems = Config::parse(&file.to_string()).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "/authorizer/issuers/0/jwksUri: https://login.example.com is not a Cognito issuer, so its key set must be \
         named: set jwksUri\n\
         /authorizer/jwks/ttl: unknown field `ttl`, expected one of `ttlSeconds`, `maxStaleSeconds`, \
         `cooldownSeconds`, `timeoutMillis`, `maxBytes`, `file`\n\
         /authorizer/rules/1/routes/0: unknown method \"FETCH\": use one of DELETE, GET, HEAD, OPTIONS, PATCH, POST, \
         PUT or *"
    );
}

#[test]
fn places_in_a_list_are_counted_as_they_were_written() {
    let file = with(
        "/authorizer/rules",
        json!([
            5,
            { "routes": ["GET /a", "bad", "GET /b", "worse", "GET /c*"] },
            "no",
            { "routes": ["GET /a"], "groups": {} },
            { "routes": [] },
            { "route": ["GET /a"] },
        ]),
    );
    assert_eq!(
        pointers(&file),
        [
            "/authorizer/rules/0",
            "/authorizer/rules/1/routes/1",
            "/authorizer/rules/1/routes/3",
            "/authorizer/rules/1/routes/4",
            "/authorizer/rules/2",
            "/authorizer/rules/3/groups",
            "/authorizer/rules/4/routes",
            "/authorizer/rules/5",
            "/authorizer/rules/5/route",
        ]
    );
}

#[test]
fn one_mistake_is_told_once() {
    for (pointer, value) in
        [("/service", json!("Gate House")), ("/region", json!("useast1")), ("/unknown", json!(1))]
    {
        let mut file = own_file();
        set(&mut file, pointer, value.clone());
        assert_eq!(pointers(&file), [pointer], "{value}");
    }
}

#[test]
fn a_key_that_stands_twice_is_refused_wherever_it_is() {
    let problems = Config::parse(r#"{ "api": { "stage": "a", "stage": "b" } }"#).unwrap_err();
    assert_eq!(problems.as_slice()[0].pointer, "/api");
    assert!(problems.to_string().contains("`stage` stands twice"), "{problems}");
}

/// The file as text, once for each key of each of its objects, with that key a second time there.
fn with_each_key_twice(file: &Value) -> Vec<String> {
    fn objects(value: &Value, place: &str, found: &mut Vec<(String, Value)>) {
        match value {
            Value::Object(members) => {
                found.push((place.to_owned(), value.clone()));
                members.iter().for_each(|(key, value)| objects(value, &format!("{place}/{key}"), found));
            }
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(n, value)| objects(value, &format!("{place}/{n}"), found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    objects(file, "", &mut found);
    let mut texts = Vec::new();
    for (place, object) in found {
        for (key, value) in object.as_object().unwrap() {
            let members = &object.to_string()[1..];
            let twice = format!("{{{}:{value},{members}", json!(key));
            let mut file = file.clone();
            *file.pointer_mut(&place).unwrap() = json!("HERE");
            texts.push(file.to_string().replace("\"HERE\"", &twice));
        }
    }
    texts
}

#[test]
fn no_object_of_the_file_may_name_any_of_its_keys_twice() {
    let mut file = own_file();
    set(&mut file, "/api/domain", domain());
    set(
        &mut file,
        "/authorizer/issuers",
        json!([{ "issuer": "https://login.example.com", "jwksUri": "https://login.example.com/keys", "clientIds": ["a"] }]),
    );
    set(&mut file, "/userPool/email", email());
    set(
        &mut file,
        "/userPool/sms",
        json!({ "externalId": "ab", "region": null, "originationIdentity": null }),
    );
    set(&mut file, "/userPool/secondFactors", json!(["TOTP", "SMS"]));
    set(&mut file, "/operations/tags", json!({ "team": "shop", "stage": "prod" }));
    set(&mut file, "/operations/usagePlan", json!({ "ratePerSecond": 1, "burst": 1, "requestsPerDay": 1 }));
    assert!(Config::parse(&file.to_string()).is_ok(), "the file itself is valid");
    let texts = with_each_key_twice(&file);
    assert!(texts.len() > 70, "only {}", texts.len());
    for text in texts {
        let problems = Config::parse(&text).expect_err(&text);
        assert!(problems.to_string().contains("stands twice"), "{problems}");
    }
}

#[test]
fn text_that_is_no_json_object_is_refused_in_one_line() {
    for text in ["", "{", "[]", "null", "5", "{} x", "\u{feff}{}", "{\"a\": 1,}", &"[".repeat(100_000)] {
        let problems = Config::parse(text).unwrap_err();
        assert_eq!(problems.as_slice().len(), 1, "{problems}");
        assert_eq!(problems.to_string().lines().count(), 1, "{problems}");
    }
}

#[test]
fn a_key_of_the_file_cannot_write_lines_of_its_own_or_steer_a_terminal() {
    for key in ["a\nb", "\u{1b}[2Ja", "a\u{7f}", "\u{85}", "a\r"] {
        for file in [json!({ key: 1 }), json!({ "api": { key: 1 } })] {
            let problems = Config::parse(&file.to_string()).unwrap_err();
            assert!(problems.as_slice()[0].pointer.contains(key), "the place is exact");
            let told = problems.to_string();
            assert!(!told.contains(char::is_control), "{told:?}");
        }
    }
}

#[test]
fn a_document_of_nothing_but_mistakes_is_not_read_for_ever() {
    let fields: Vec<_> = (0..5_000).map(|number| format!("\"x{number}\": 1")).collect();
    let problems = Config::parse(&format!("{{{}}}", fields.join(","))).unwrap_err();
    assert!((50..60).contains(&problems.as_slice().len()));
}

#[test]
fn the_file_that_the_environment_names_replaces_the_embedded_one() {
    let file = TempFile::new(r#"{ "service": "other" }"#);
    let named = Config::load(|name| (name == CONFIG_FILE).then(|| file.name()));
    assert_eq!(named.unwrap().service.as_str(), "other");

    assert_eq!(Config::load(|_| None).unwrap(), Config::parse(EMBEDDED).unwrap());

    let missing = Config::load(|_| Some("/no/such/file.json".into())).unwrap_err();
    assert!(missing.to_string().contains("/no/such/file.json"), "{missing}");
}

#[test]
fn the_schema_in_the_repository_is_the_one_that_the_types_give() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config.schema.json");
    let written: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(written, schema(), "stale: cargo run -p gatehouse -- config schema > config.schema.json");
}
