//! What a configuration must be, and how its mistakes are told.

use serde_json::{Value, json};

use super::*;

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
    for (pointer, value) in [
        ("/service", json!("Gate House")),
        ("/region", json!("useast1")),
        ("/userPool/id", json!("nonsense")),
        ("/userPool/mfa", json!("SOMETIMES")),
        ("/userPool/passwordPolicy/minimumLength", json!(5)),
        ("/userPool/passwordPolicy/minimumLength", json!("12")),
        ("/userPool/passwordPolicy/minimumLength", json!(12.5)),
        ("/userPool/groups", json!(["a", "a"])),
        ("/userPool/groups", json!(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"])),
        ("/userPool/groups/0", json!("two words")),
        ("/userPool/groups/0", json!("a,b")),
        ("/userPool/resourceServer/scopes/1", json!("a/b")),
        ("/userPool/tokenValidity/accessMinutes", json!(1)),
        ("/authorizer/tokenUse", json!([])),
        ("/authorizer/tokenUse/0", json!("refresh")),
        ("/authorizer/leewaySeconds", json!(-1)),
        ("/authorizer/resultTtlSeconds", json!(3601)),
        ("/authorizer/jwks/maxStaleSeconds", json!(60)),
        ("/authorizer/jwks/cooldownSeconds", json!(1)),
        ("/authorizer/rules/0/routes", json!([])),
        ("/authorizer/rules/0/routes/0", json!("GET /a/{id}")),
        ("/authorizer/rules/2/groups/anyOf", json!([])),
        ("/authorizer/rules/2/groups/anyOf", json!("admins")),
        ("/api/stage", json!("a/b")),
        ("/api/corsOrigins/0", json!("https://app.example.com/")),
        ("/api/throttle", json!(null)),
        ("/api/domain", json!("api.example.com")),
        ("/api/domain", json!({ "name": "api.example.com" })),
        ("/api/domain/name", json!("API.example.com")),
        ("/api/domain/name", json!("localhost")),
        ("/api/domain/certificateArn", json!("arn:aws:acm:us-east-1:1234:certificate/a")),
        ("/api/domain/certificateArn", json!("arn:aws:iam:us-east-1:123456789012:certificate/a")),
        ("/api/domain/certificateArn", json!("arn:aws:acm:eu-west-1:123456789012:certificate/a-b")),
        ("/api/domain/hostedZoneId", json!("/hostedzone/Z1")),
        ("/operations/logRetentionDays", json!(31)),
        ("/operations/logRetentionDays", json!("30")),
        ("/operations/rollout", json!("Canary")),
        ("/operations/webAclArn", json!("arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b")),
        ("/operations/webAclArn", json!("arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/a/b")),
        ("/operations/alarms/topicArn", json!("alarms")),
        ("/operations/alarms/latencyMillis", json!(0)),
        ("/operations/usagePlan", json!("yes")),
        ("/auth/flow", json!("USER_SRP_AUTH")),
        ("/auth/refreshCookie", json!("yes")),
        ("/unknown", json!(1)),
    ] {
        let mut file = own_file();
        if pointer.starts_with("/api/domain/") {
            set(&mut file, "/api/domain", domain());
        }
        set(&mut file, pointer, value.clone());
        assert_eq!(pointers(&file), [pointer], "{value}");
    }
}

fn domain() -> Value {
    json!({
        "name": "api.example.com",
        "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b-2c3d",
        "hostedZoneId": "Z0123456789ABC",
    })
}

#[test]
fn a_domain_has_a_name_and_a_certificate_and_may_have_a_zone() {
    let read = |domain: Value| Config::parse(&with("/api/domain", domain).to_string()).unwrap().api.domain;
    let full = read(domain()).unwrap();
    assert_eq!((full.name.as_str(), full.certificate_arn.region()), ("api.example.com", "us-east-1"));
    assert_eq!(full.hosted_zone_id.unwrap().as_str(), "Z0123456789ABC");
    let mut without_zone = domain();
    set(&mut without_zone, "/hostedZoneId", Value::Null);
    assert_eq!(read(without_zone).unwrap().hosted_zone_id, None);
    assert_eq!(read(Value::Null), None);
}

#[test]
fn a_rule_s_only_route_that_is_wrong_is_not_also_called_missing() {
    let file = with("/authorizer/rules/2/routes/0", json!("GET /admin*"));
    assert_eq!(pointers(&file), ["/authorizer/rules/2/routes/0"]);
}

#[test]
fn a_pool_and_its_client_go_together() {
    assert_eq!(pointers(&with("/userPool/id", json!("us-east-1_abc"))), ["/userPool/clientId"]);
    assert_eq!(pointers(&with("/userPool/clientId", json!("abc"))), ["/userPool/id"]);
}

#[test]
fn an_issuer_needs_a_place_for_its_keys_and_a_client() {
    let cognito = "https://issuer-cognito-idp.eu-west-1.amazonaws.com/us-east-1_abc";
    for (issuers, expected) in [
        (json!([{ "issuer": cognito, "clientIds": ["a"] }]), vec![]),
        (json!([{ "issuer": cognito }]), vec!["/authorizer/issuers/0/clientIds"]),
        (json!([{ "issuer": cognito, "clientIds": [] }]), vec!["/authorizer/issuers/0/clientIds"]),
        (
            json!([{ "issuer": "https://a.example", "jwksUri": "http://a.example/keys", "clientIds": ["a"] }]),
            vec!["/authorizer/issuers/0/jwksUri"],
        ),
        (
            json!([{ "issuer": cognito, "clientIds": ["a"] }, { "issuer": cognito, "clientIds": ["b"] }]),
            vec!["/authorizer/issuers/1/issuer"],
        ),
    ] {
        assert_eq!(pointers(&with("/authorizer/issuers", issuers)), expected);
    }
}

#[test]
fn a_key_server_that_hangs_may_hold_no_more_than_every_second_call() {
    let file = |cooldown: u64, timeout: u64| json!({ "authorizer": { "jwks": { "cooldownSeconds": cooldown, "timeoutMillis": timeout } } });
    for (cooldown, timeout) in [(1, 1_000), (2, 1_001), (4, 4_000), (10, 1_500)] {
        assert!(pointers(&file(cooldown, timeout)).is_empty(), "{cooldown} s, {timeout} ms");
    }
    for (cooldown, timeout) in [(1, 1_001), (3, 3_001), (3, 4_000)] {
        assert_eq!(pointers(&file(cooldown, timeout)), ["/authorizer/jwks/cooldownSeconds"]);
    }
    let told = Config::parse(&file(1, 1_500).to_string()).unwrap_err().to_string();
    assert!(
        told.contains("timeoutMillis (1500 ms)") && told.contains("more than once in two calls"),
        "{told}"
    );
}

#[test]
fn rules_whose_widest_policy_would_not_fit_are_refused() {
    let routes = |count: usize| -> Value { (0..count).map(|i| format!("GET /a{i:04}")).collect() };
    assert_eq!(pointers(&with("/authorizer/rules", json!([{ "routes": routes(2_000) }]))), [""; 0]);
    assert_eq!(
        pointers(&with("/authorizer/rules", json!([{ "routes": routes(3_000) }]))),
        ["/authorizer/rules"]
    );
    let long = format!("GET /{}", "a".repeat(500));
    assert_eq!(
        pointers(&with("/authorizer/rules", json!([{ "routes": [long] }]))),
        ["/authorizer/rules/0/routes/0"]
    );
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
fn the_file_that_the_environment_names_replaces_the_embedded_one() {
    let path = std::env::temp_dir().join(format!("gatehouse-config-{}.json", std::process::id()));
    std::fs::write(&path, r#"{ "service": "other" }"#).unwrap();
    let named = Config::load(|name| (name == CONFIG_FILE).then(|| path.display().to_string()));
    std::fs::remove_file(&path).unwrap();
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

#[test]
fn a_refresh_cookie_needs_origins_by_name() {
    let with_cookie =
        |origin: &str| json!({"auth": {"refreshCookie": true}, "api": {"corsOrigins": [origin]}});
    assert_eq!(pointers(&with_cookie("*")), ["/api/corsOrigins"]);
    assert!(Config::parse(&with_cookie("https://a.example").to_string()).is_ok());
}

#[test]
fn a_sign_up_that_hides_known_addresses_cannot_confirm_at_once() {
    let file = json!({"auth": {"enumerationSafe": true}, "userPool": {"autoConfirm": true}});
    assert_eq!(pointers(&file), ["/auth/enumerationSafe"]);
}

#[test]
fn each_throttle_has_defaults_of_its_own_for_what_is_left_out() {
    let file = json!({"api": {"throttle": {"burst": 7}}, "auth": {"throttle": {"burst": 7}}});
    let config = Config::parse(&file.to_string()).unwrap();
    let (api, auth) = (&config.api.throttle, &config.auth.throttle);
    assert_eq!((api.rate_per_second.get(), api.burst.get()), (50, 7));
    assert_eq!((auth.rate_per_second.get(), auth.burst.get()), (10, 7));
    assert_eq!(pointers(&json!({"auth": {"throttle": {"burst": 0}}})), ["/auth/throttle/burst"]);
}

#[test]
fn a_document_of_nothing_but_mistakes_is_not_read_for_ever() {
    let fields: Vec<_> = (0..5_000).map(|number| format!("\"x{number}\": 1")).collect();
    let problems = Config::parse(&format!("{{{}}}", fields.join(","))).unwrap_err();
    assert!((50..60).contains(&problems.as_slice().len()));
}
