//! What a configuration must be, and how its mistakes are told.

use serde_json::{Value, json};
use testkit::files::TempFile;

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
        ("/operations/webAcl", json!("Managed")),
        ("/operations/webAcl", json!({ "managed": true })),
        ("/operations/webAcl", json!(true)),
        ("/operations/alarms/topicArn", json!("alarms")),
        ("/operations/alarms/topicArn", json!("arn:aws:sns:eu-west-1:123456789012:alarms")),
        ("/operations/alarms/throttledRequests", json!(0)),
        ("/operations/protectTables", json!(null)),
        ("/operations/ordersTable", json!("ab")),
        ("/operations/ordersTable", json!("a".repeat(256))),
        ("/operations/ordersTable", json!("arn:aws:dynamodb:us-east-1:123456789012:table/orders")),
        ("/operations/tags", json!(null)),
        ("/operations/tags", json!(["team"])),
        ("/operations/tags", json!({ "team": "a", "Team": "b" })),
        ("/operations/tags/team", json!("")),
        ("/operations/tags/team", json!(5)),
        ("/operations/tags/team", json!("gr\u{fc}n")),
        ("/authorizer/reservedConcurrency", json!(0)),
        ("/authorizer/reservedConcurrency", json!(10_001)),
        ("/authorizer/reservedConcurrency", json!("5")),
        ("/api/domain/ipAddressType", json!("ipv6")),
        ("/api/domain/ipAddressType", json!("DUALSTACK")),
        ("/api/disableExecuteApiEndpoint", json!(true)),
        ("/userPool/email", json!("a@example.com")),
        ("/userPool/email/from", json!(null)),
        ("/userPool/email/from", json!("no-reply")),
        ("/userPool/email/from", json!("Shop <no-reply@other.example>")),
        ("/userPool/email/replyTo", json!("Help <help@example.com>")),
        ("/userPool/email/configurationSet", json!("a b")),
        ("/userPool/email/sourceArn", json!("example.com")),
        ("/userPool/email/sourceArn", json!("arn:aws-cn:ses:cn-north-1:123456789012:identity/example.com")),
        ("/userPool/email/sender", json!("a@example.com")),
        ("/userPool/devices", json!("ALWAYS")),
        ("/userPool/devices", json!({})),
        ("/userPool/devices/remember", json!(null)),
        ("/userPool/devices/remember", json!("NEVER")),
        ("/userPool/devices/skipSecondFactor", json!("true")),
        ("/userPool/devices/forDays", json!(30)),
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
        if pointer.starts_with("/userPool/devices/") {
            set(&mut file, "/userPool/devices", json!({ "remember": "ALWAYS" }));
        }
        if pointer.starts_with("/userPool/email/") {
            set(&mut file, "/userPool/email", email());
        }
        set(&mut file, pointer, value.clone());
        assert_eq!(pointers(&file), [pointer], "{value}");
    }
}

#[test]
fn one_mistake_about_plan_factors_and_text_messages_is_told_once() {
    for (pointer, value) in [
        ("/userPool/plan", json!("lite")),
        ("/userPool/plan", json!("FREE")),
        ("/userPool/secondFactors", json!([])),
        ("/userPool/secondFactors", json!(["TOTP", "TOTP"])),
        ("/userPool/secondFactors", json!("TOTP")),
        ("/userPool/secondFactors", json!(["TOTP", "EMAIL"])),
        ("/userPool/secondFactors", json!(["TOTP", "SMS"])),
        ("/userPool/secondFactors/0", json!("PASSKEY")),
        ("/userPool/passwordPolicy/historySize", json!(25)),
        ("/userPool/passwordPolicy/historySize", json!(-1)),
        ("/userPool/sms", json!(true)),
        ("/userPool/sms/externalId", json!("a")),
        ("/userPool/sms/region", json!("us-west-2")),
        ("/userPool/sms/region", json!("cn-north-1")),
        ("/userPool/sms/originationIdentity", json!("+12065550100")),
        (
            "/userPool/sms/originationIdentity",
            json!("arn:aws:sms-voice:eu-west-1:123456789012:phone-number/phone-0a1b"),
        ),
        ("/userPool/sms/sender", json!("SHOP")),
    ] {
        let mut file = own_file();
        if pointer.starts_with("/userPool/sms/") {
            set(&mut file, "/userPool/sms", json!({}));
            set(&mut file, "/userPool/secondFactors", json!(["TOTP", "SMS"]));
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

fn email() -> Value {
    json!({
        "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
        "from": "Shop <no-reply@mail.example.com>",
        "replyTo": "help@other.example",
        "configurationSet": "shop_users-1",
    })
}

fn texts() -> Value {
    json!({
        "verification": { "email": { "subject": "Your code", "body": "<p>{####}</p>" } },
        "invitation": { "email": { "subject": "Welcome", "body": "<p>{username}, {####}</p>" } },
        "signInCode": {},
    })
}

#[test]
fn one_mistake_in_a_text_is_told_once() {
    for (pointer, value) in [
        ("/userPool/messages", json!("Your code: {####}")),
        ("/userPool/messages/verification", json!("Your code: {####}")),
        ("/userPool/messages/verification/email/subject", json!("")),
        ("/userPool/messages/verification/email/subject", json!("Your code {####}")),
        ("/userPool/messages/verification/email/body", json!("no code")),
        ("/userPool/messages/verification/email/body", json!("{username}: {####}")),
        ("/userPool/messages/verification/email/body", json!("{{####}}")),
        ("/userPool/messages/verification/email/html", json!("{####}")),
        ("/userPool/messages/verification/sms", json!("{###}")),
        ("/userPool/messages/invitation/email/body", json!("{####}")),
        ("/userPool/messages/invitation/sms", json!("{username}")),
        ("/userPool/messages/signInCode/email", json!("{####}")),
        ("/userPool/messages/signInCode/sms", json!("a\n{####}")),
        ("/userPool/messages/signUp", json!({})),
    ] {
        let mut file = with("/userPool/messages", texts());
        set(&mut file, "/userPool/sms", json!({}));
        set(&mut file, "/userPool/secondFactors", json!(["TOTP", "SMS"]));
        set(&mut file, pointer, value.clone());
        assert_eq!(pointers(&file), [pointer], "{value}");
    }
}

#[test]
fn a_pool_has_the_texts_that_are_given_and_cognito_s_for_the_rest() {
    let read = |texts: Value| Config::parse(&with("/userPool/messages", texts).to_string()).unwrap();
    assert_eq!(read(Value::Null).user_pool.messages, None);
    let messages = read(texts()).user_pool.messages.unwrap();
    let mail = messages.verification.unwrap().email.unwrap();
    assert_eq!((mail.subject.as_str(), mail.body.as_str()), ("Your code", "<p>{####}</p>"));
    assert_eq!(messages.invitation.unwrap().sms, None);
    assert_eq!(messages.sign_in_code.unwrap().email, None);
    for missing in ["subject", "body"] {
        let mut texts = texts();
        texts["verification"]["email"].as_object_mut().unwrap().remove(missing);
        let told = Config::parse(&with("/userPool/messages", texts).to_string()).unwrap_err().to_string();
        assert!(told.contains(&format!("missing field `{missing}`")), "{told}");
    }
}

#[test]
fn a_pool_of_the_stack_sends_as_an_identity_that_the_sender_is_of() {
    let read =
        |email: Value| Config::parse(&with("/userPool/email", email).to_string()).unwrap().user_pool.email;
    assert_eq!(read(Value::Null), None);
    let full = read(email()).unwrap();
    assert_eq!((full.from.name(), full.from.address()), (Some("Shop"), "no-reply@mail.example.com"));
    let least = changed(changed(email(), "replyTo", json!(null)), "configurationSet", json!(null));
    assert_eq!(read(least.clone()).unwrap().reply_to, None);
    for missing in ["sourceArn", "from"] {
        let file = with("/userPool/email", changed(least.clone(), missing, json!(null)));
        let told = Config::parse(&file.to_string()).unwrap_err().to_string();
        assert!(told.contains(&format!("missing field `{missing}`")), "{told}");
    }
    // Which other regions Cognito takes identities of differs from one region to another.
    let elsewhere = "arn:aws:ses:eu-west-1:123456789012:identity/example.com";
    let mut file = with("/userPool/email", email());
    set(&mut file, "/userPool/email/sourceArn", json!(elsewhere));
    assert!(pointers(&file).is_empty());
}

#[test]
fn a_pool_that_the_stack_did_not_make_has_its_mail_set_elsewhere() {
    let mut file = with("/userPool/email", email());
    set(&mut file, "/userPool/id", json!("us-east-1_abc"));
    set(&mut file, "/userPool/clientId", json!("abc"));
    assert_eq!(pointers(&file), ["/userPool/email"]);
    let told = Config::parse(&file.to_string()).unwrap_err().to_string();
    assert!(told.contains("userPool.id names one that it does not change"), "{told}");
}

/// The file with these fields of `userPool`.
fn pool(fields: &[(&str, Value)]) -> Value {
    let mut file = own_file();
    for (field, value) in fields {
        set(&mut file, &format!("/userPool/{field}"), value.clone());
    }
    file
}

/// What is told of a file that has one problem, and where.
fn told(file: &Value) -> (String, String) {
    let problems = Config::parse(&file.to_string()).unwrap_err();
    let [problem] = problems.as_slice() else { panic!("{problems}") };
    (problem.pointer.clone(), problem.message.clone())
}

#[test]
fn a_pool_that_the_stack_did_not_make_has_none_of_what_the_stack_would_set() {
    for (field, value, pointer) in [
        ("plan", json!("PLUS"), "/userPool/plan"),
        ("secondFactors", json!(["TOTP", "EMAIL"]), "/userPool/secondFactors"),
        ("passwordPolicy/historySize", json!(1), "/userPool/passwordPolicy/historySize"),
        ("sms", json!({}), "/userPool/sms"),
    ] {
        let mut file = pool(&[("id", json!("us-east-1_abc")), ("clientId", json!("abc"))]);
        assert!(pointers(&file).is_empty());
        set(&mut file, &format!("/userPool/{field}"), value);
        let (place, message) = told(&file);
        assert_eq!(place, pointer);
        assert!(message.contains("userPool.id names one that it does not change"), "{message}");
    }
}

#[test]
fn a_plan_that_is_too_low_is_told_with_each_setting_that_needs_more_and_both_ways_out() {
    let mut file = pool(&[("plan", json!("LITE")), ("refreshTokenRotation", json!(true))]);
    set(&mut file, "/auth/flow", json!("USER_AUTH"));
    let (place, message) = told(&file);
    assert_eq!(place, "/userPool/plan");
    assert_eq!(
        message,
        "is LITE, but auth.flow \"USER_AUTH\" needs ESSENTIALS, userPool.refreshTokenRotation needs ESSENTIALS: set it \
         to \"ESSENTIALS\", or to null for the least that the other settings need, or set those settings back"
    );
}

#[test]
fn a_second_factor_has_what_it_needs() {
    let all = json!(["TOTP", "EMAIL", "SMS"]);
    let both = [("secondFactors", all), ("email", email()), ("sms", json!({}))];
    assert!(pointers(&pool(&both)).is_empty());
    for (fields, words) in [
        (vec![("secondFactors", json!([]))], "one at least"),
        (vec![("secondFactors", json!(["EMAIL"]))], "set userPool.email"),
        (vec![("secondFactors", json!(["SMS"]))], "set userPool.sms"),
        (vec![("sms", json!({}))], "must have SMS"),
        (
            vec![("mfa", json!("ON")), ("secondFactors", json!(["SMS"])), ("sms", json!({}))],
            "without a phone number could never sign in",
        ),
    ] {
        let (place, message) = told(&pool(&fields));
        assert_eq!(place, "/userPool/secondFactors");
        assert!(message.contains(words), "{message}");
        // Nobody is asked for a second factor.
        let off = [fields, vec![("mfa", json!("OFF"))]].concat();
        assert!(pointers(&pool(&off)).is_empty());
    }
}

#[test]
fn text_messages_alone_are_a_second_factor_where_everybody_has_a_number_or_may_go_without() {
    let alone = vec![("secondFactors", json!(["SMS"])), ("sms", json!({}))];
    let made_by_hand = vec![("mfa", json!("ON")), ("selfSignUp", json!(false))];
    assert!(pointers(&pool(&alone)).is_empty(), "it is optional");
    assert!(pointers(&pool(&[alone, made_by_hand].concat())).is_empty());
}

#[test]
fn text_messages_come_from_a_region_that_the_pool_s_may_use() {
    let sms = |region: &str, sms: Value| {
        let mut file = pool(&[("sms", sms), ("secondFactors", json!(["TOTP", "SMS"]))]);
        set(&mut file, "/region", json!(region));
        file
    };
    for (own, other) in
        [("eu-central-1", "eu-west-1"), ("ap-northeast-2", "ap-northeast-1"), ("eu-west-1", "eu-west-1")]
    {
        assert!(pointers(&sms(own, json!({ "region": other }))).is_empty(), "{own} {other}");
    }
    let (place, message) = told(&sms("ap-northeast-2", json!({ "region": "ap-northeast-2" })));
    assert_eq!(place, "/userPool/sms/region");
    assert!(message.ends_with("set it to ap-northeast-1, or leave it out"), "{message}");
    // As a sender of one's own they go past Amazon SNS.
    let sender = |region: &str| format!("arn:aws:sms-voice:{region}:123456789012:pool/pool-0a1b");
    let named = json!({ "originationIdentity": sender("eu-central-1") });
    assert!(pointers(&sms("eu-central-1", named.clone())).is_empty());
    let elsewhere = changed(named, "region", json!("eu-west-1"));
    assert_eq!(pointers(&sms("eu-central-1", elsewhere)), ["/userPool/sms/region"]);
    let unknown = json!({ "originationIdentity": sender("ap-east-1") });
    let (place, message) = told(&sms("ap-east-1", unknown));
    assert_eq!(place, "/userPool/sms/originationIdentity");
    assert!(message.contains("through Amazon SNS alone"), "{message}");
}

#[test]
fn a_pool_remembers_devices_only_where_it_is_told_which() {
    let read = |devices: Value| {
        let file = with("/userPool/devices", devices);
        Config::parse(&file.to_string()).unwrap().user_pool.devices
    };
    assert_eq!(Config::default().user_pool.devices, None);
    assert_eq!(read(Value::Null), None);
    for (text, remember) in [("ALWAYS", Remember::Always), ("IF_USER_AGREES", Remember::IfUserAgrees)] {
        assert_eq!(remember.as_str(), text);
        let least = read(json!({ "remember": text }));
        assert_eq!(least, Some(Devices { remember, skip_second_factor: false }));
        let most = read(json!({ "remember": text, "skipSecondFactor": true }));
        assert_eq!(most, Some(Devices { remember, skip_second_factor: true }));
    }
}

#[test]
fn a_device_stands_in_for_a_second_factor_only_where_there_is_one() {
    for (mfa, is_refused) in [("OFF", true), ("OPTIONAL", false), ("ON", false)] {
        for skips in [true, false] {
            let devices = json!({ "remember": "ALWAYS", "skipSecondFactor": skips });
            let mut file = with("/userPool/devices", devices);
            set(&mut file, "/userPool/mfa", json!(mfa));
            let expected =
                if skips && is_refused { vec!["/userPool/devices/skipSecondFactor"] } else { vec![] };
            assert_eq!(pointers(&file), expected, "{mfa} {skips}");
        }
    }
}

#[test]
fn a_pool_that_the_stack_did_not_make_remembers_what_it_was_told_elsewhere() {
    let mut file = with("/userPool/devices", json!({ "remember": "ALWAYS" }));
    set(&mut file, "/userPool/id", json!("us-east-1_abc"));
    set(&mut file, "/userPool/clientId", json!("abc"));
    assert_eq!(pointers(&file), ["/userPool/devices"]);
}

#[test]
fn an_api_keeps_some_address() {
    let mut file = with("/api/disableExecuteApiEndpoint", json!(true));
    let told = Config::parse(&file.to_string()).unwrap_err().to_string();
    assert!(told.contains("set api.domain too"), "{told}");
    set(&mut file, "/api/domain", domain());
    assert!(pointers(&file).is_empty());
}

#[test]
fn the_stack_makes_a_web_acl_or_takes_one_and_not_both() {
    let mut file = with("/operations/webAcl", json!("managed"));
    assert!(pointers(&file).is_empty());
    let theirs = json!("arn:aws:wafv2:us-east-1:123456789012:regional/webacl/a/b");
    set(&mut file, "/operations/webAclArn", theirs);
    assert_eq!(pointers(&file), ["/operations/webAcl"]);
    set(&mut file, "/operations/webAcl", json!(null));
    assert!(pointers(&file).is_empty());
}

#[test]
fn an_authorizer_that_nobody_may_call_is_refused_with_the_reason() {
    let file = |value: Value| json!({ "authorizer": { "reservedConcurrency": value } });
    for good in [json!(null), json!(1), json!(10_000)] {
        assert!(pointers(&file(good)).is_empty());
    }
    let told = Config::parse(&file(json!(0)).to_string()).unwrap_err().to_string();
    assert!(told.contains("closes the API"), "{told}");
}

#[test]
fn a_tag_that_is_wrong_is_told_at_its_place() {
    let file = |tags: Value| json!({ "operations": { "tags": tags } });
    assert!(pointers(&file(json!({ "team": "payments", "Cost Center": "4711" }))).is_empty());
    for (key, pointer) in
        [("aws:team", "/operations/tags"), ("a=b", "/operations/tags"), ("", "/operations/tags")]
    {
        let found = pointers(&file(json!({ "team": "x", key: "y" })));
        assert!(found.len() == 1 && found[0].starts_with(pointer), "{key:?}: {found:?}");
    }
    let wrong = file(json!({ "a": "", "b": "fine", "c": "x=y" }));
    assert_eq!(pointers(&wrong), ["/operations/tags/a", "/operations/tags/c"]);
    let many: serde_json::Map<_, _> = (0..46).map(|n| (format!("k{n}"), json!("v"))).collect();
    assert_eq!(pointers(&file(many.into())), ["/operations/tags"]);
}

#[test]
fn a_domain_has_a_name_and_a_certificate_and_may_have_a_zone() {
    let read = |domain: Value| Config::parse(&with("/api/domain", domain).to_string()).unwrap().api.domain;
    let full = read(domain()).unwrap();
    assert_eq!((full.name.as_str(), full.certificate_arn.region()), ("api.example.com", "us-east-1"));
    assert_eq!(full.ip_address_type, IpAddressType::Dualstack);
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

const COGNITO: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_other";
const OIDC: &str = "https://idp.example/";

fn cognito() -> Value {
    json!({ "issuer": COGNITO, "clientIds": ["a", "b"] })
}

fn oidc() -> Value {
    json!({
        "issuer": OIDC, "kind": "oidc", "jwksUri": "https://idp.example/keys", "audiences": ["https://api"],
        "clientIds": ["spa"], "algorithms": ["ES256"], "claims": { "groups": "roles" },
    })
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

#[test]
fn an_issuer_has_the_terms_of_its_kind_and_no_others() {
    for (entry, expected) in [
        (cognito(), ""),
        (changed(cognito(), "kind", json!("cognito")), ""),
        (changed(cognito(), "tokenUse", json!(["access", "id"])), ""),
        (changed(cognito(), "audiences", json!(["a"])), "audiences"),
        (changed(cognito(), "algorithms", json!(["RS256"])), "algorithms"),
        (changed(cognito(), "claims", json!({})), "claims"),
        (changed(cognito(), "clientIds", json!(null)), "clientIds"),
        (changed(cognito(), "kind", json!("saml")), "kind"),
        (oidc(), ""),
        (changed(oidc(), "claims", json!(null)), ""),
        (changed(oidc(), "algorithms", json!(null)), ""),
        (changed(oidc(), "audiences", json!(null)), ""),
        (changed(oidc(), "clientIds", json!(null)), ""),
        (changed(changed(oidc(), "clientIds", json!(null)), "audiences", json!(null)), "audiences"),
        (changed(oidc(), "audiences", json!([])), "audiences"),
        (changed(oidc(), "tokenUse", json!(["access"])), "tokenUse"),
        (changed(oidc(), "jwksUri", json!(null)), "jwksUri"),
        (changed(oidc(), "jwksUri", json!("http://idp.example/keys")), "jwksUri"),
        (changed(oidc(), "jwksUri", json!("https://idp.example/keys?p=a&v=2.0")), ""),
        (changed(oidc(), "issuer", json!("http://idp.example/")), "issuer"),
        (changed(oidc(), "issuer", json!("https://idp.example/?a")), "issuer"),
        (changed(oidc(), "issuer", json!(COGNITO)), "kind"),
        (changed(oidc(), "algorithms", json!([])), "algorithms"),
        (changed(oidc(), "algorithms", json!(["HS256"])), "algorithms/0"),
        (changed(oidc(), "algorithms", json!(["ES256", "none"])), "algorithms/1"),
        (changed(oidc(), "algorithms", json!(["es256"])), "algorithms/0"),
        (
            changed(
                oidc(),
                "claims",
                json!({ "client": "azp", "groups": "/a~1b/c", "scopes": "scp", "access": "sid" }),
            ),
            "",
        ),
        (changed(oidc(), "claims", json!({ "group": "roles" })), "claims/group"),
        (changed(oidc(), "claims", json!({ "groups": "a..b" })), "claims/groups"),
        (changed(oidc(), "claims", json!({ "groups": ["a"] })), "claims/groups"),
    ] {
        let file = json!({ "authorizer": { "issuers": [entry] } });
        let expected: Vec<_> = Some(expected).filter(|name| !name.is_empty()).into_iter().collect();
        let expected: Vec<_> = expected.iter().map(|name| format!("/authorizer/issuers/0/{name}")).collect();
        assert_eq!(pointers(&file), expected, "{file}");
    }
    let told = Config::parse(
        &json!({ "authorizer": { "issuers": [changed(cognito(), "audiences", json!(["a"]))] } }).to_string(),
    );
    assert!(told.unwrap_err().to_string().contains("set kind to \"oidc\""), "it says what to do");
}

#[test]
fn every_algorithm_of_the_page_can_be_named_once() {
    let names = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
    let file = json!({ "authorizer": { "issuers": [changed(oidc(), "algorithms", json!(names))] } });
    let config = Config::parse(&file.to_string()).unwrap();
    let read: Vec<_> = config.authorizer.issuers[0].algorithms().iter().map(|own| own.as_str()).collect();
    assert_eq!(read, names);
    let left_out = json!({ "authorizer": { "issuers": [changed(oidc(), "algorithms", json!(null))] } });
    let config = Config::parse(&left_out.to_string()).unwrap();
    assert_eq!(config.authorizer.issuers[0].algorithms(), [Algorithm::Rs256]);
}

/// The file of a stack with both issuers and this rule, whose routes need not be named.
fn with_rule(rule: &Value) -> Value {
    let rule = changed(rule.clone(), "routes", json!(["GET /a"]));
    json!({ "authorizer": { "issuers": [oidc(), cognito()], "rules": [rule] } })
}

fn assert_told(cases: impl IntoIterator<Item = (Value, &'static str)>) {
    for (rule, expected) in cases {
        let expected: Vec<_> = Some(expected).filter(|name| !name.is_empty()).into_iter().collect();
        let expected: Vec<_> = expected.iter().map(|name| format!("/authorizer/rules/0/{name}")).collect();
        assert_eq!(pointers(&with_rule(&rule)), expected, "{rule}");
    }
}

#[test]
fn a_rule_names_issuers_that_there_are() {
    assert_told([
        (json!({ "issuers": ["own"] }), ""),
        (json!({ "issuers": [OIDC, COGNITO, "own"] }), ""),
        (json!({ "issuers": [] }), "issuers"),
        (json!({ "issuers": "own" }), "issuers"),
        (json!({ "issuers": ["Own"] }), "issuers/0"),
        (json!({ "issuers": ["own", "idp"] }), "issuers/1"),
        (json!({ "issuers": ["https://idp.example"] }), "issuers/0"),
        (json!({ "issuers": [OIDC, "https://other.example/"] }), "issuers/1"),
        (json!({ "issuers": [COGNITO.replace("cognito-idp", "issuer-cognito-idp")] }), "issuers/0"),
    ]);
}

#[test]
fn a_rule_that_nobody_s_token_can_meet_is_told() {
    assert_told([
        (json!({ "tokenUse": ["access"] }), ""),
        (json!({ "tokenUse": ["access", "id"] }), ""),
        (json!({ "tokenUse": ["id"] }), "tokenUse"),
        (json!({ "issuers": [OIDC], "tokenUse": ["id"] }), "tokenUse"),
        (json!({ "issuers": [OIDC], "tokenUse": ["id", "access"] }), ""),
        (json!({ "issuers": [COGNITO], "tokenUse": ["id"] }), "tokenUse"),
        (json!({ "tokenUse": [] }), "tokenUse"),
        (json!({ "tokenUse": ["refresh"] }), "tokenUse/0"),
        // Which clients the own pool has, the environment says.
        (json!({ "clients": ["anyone"] }), ""),
        (json!({ "issuers": ["own", OIDC], "clients": ["anyone"] }), ""),
        (json!({ "issuers": [OIDC], "clients": ["spa", "other"] }), ""),
        (json!({ "issuers": [OIDC], "clients": ["a"] }), "clients"),
        (json!({ "issuers": [COGNITO], "clients": ["b"] }), ""),
        (json!({ "issuers": [COGNITO, OIDC], "clients": ["b"] }), ""),
        (json!({ "issuers": [COGNITO], "clients": ["spa"] }), "clients"),
        (json!({ "clients": [] }), "clients"),
        (json!({ "audiences": ["https://any"] }), ""),
        (json!({ "issuers": [OIDC], "audiences": ["https://any"] }), ""),
        (json!({ "audiences": [] }), "audiences"),
        (json!({ "issuers": [OIDC], "groups": { "anyOf": ["x"] } }), ""),
        (json!({ "claims": { "level": { "allOf": [1] } } }), ""),
        (json!({ "claims": { "level": { "allOf": [1, 2] } } }), "claims/level/allOf"),
        (json!({ "claims": { "a/b~c": { "allOf": ["x", true] } } }), "claims/a~1b~0c/allOf"),
        (json!({ "claims": { "roles": { "allOf": ["x", "y"] } } }), ""),
    ]);
}

#[test]
fn groups_and_audiences_are_of_issuers_that_have_some() {
    let rule = |rule: Value| {
        let bare = changed(changed(oidc(), "claims", json!(null)), "audiences", json!(null));
        let rule = changed(rule, "routes", json!(["GET /a"]));
        json!({ "authorizer": { "issuers": [bare, cognito()], "rules": [rule] } })
    };
    let groups = json!({ "issuers": [OIDC], "groups": { "anyOf": ["x"] } });
    assert_eq!(pointers(&rule(groups.clone())), ["/authorizer/rules/0/groups"]);
    assert!(pointers(&rule(changed(groups, "issuers", json!([OIDC, COGNITO])))).is_empty());
    let audiences = json!({ "issuers": [OIDC], "audiences": ["x"] });
    assert_eq!(pointers(&rule(audiences.clone())), ["/authorizer/rules/0/audiences"]);
    assert!(pointers(&rule(changed(audiences, "issuers", json!(["own", OIDC])))).is_empty());
}

#[test]
fn a_rule_that_names_nobody_may_be_for_the_one_issuer_of_a_stack_without_a_pool() {
    let file = |issuers: Value| json!({ "authorizer": { "issuers": issuers, "rules": [{ "routes": ["GET /a"], "tokenUse": ["id"] }] } });
    let both = changed(cognito(), "tokenUse", json!(["id"]));
    assert!(pointers(&file(json!([both]))).is_empty());
    assert_eq!(
        pointers(&file(json!([both, oidc()]))),
        ["/authorizer/rules/0/tokenUse"],
        "it is the own pool's then"
    );
}

#[test]
fn a_condition_asks_for_something() {
    assert_told([
        (json!({ "groups": {} }), "groups"),
        (json!({ "scopes": { "anyOf": null } }), "scopes"),
        (json!({ "claims": {} }), "claims"),
        (json!({ "claims": { "plan": {} } }), "claims/plan"),
        (json!({ "claims": { "plan": { "allOf": null } } }), "claims/plan"),
        (json!({ "claims": { "plan": { "anyOf": [] } } }), "claims/plan/anyOf"),
        (json!({ "claims": { "plan": { "noneOf": ["a"] } } }), "claims/plan/noneOf"),
        (json!({ "claims": ["plan"] }), "claims"),
        (json!({ "claims": null }), ""),
    ]);
}

#[test]
fn a_claim_is_asked_to_be_a_text_a_whole_number_or_a_boolean() {
    for value in
        [json!("pro"), json!(""), json!(5), json!(-5), json!(true), json!(false), json!((1_u64 << 53) - 1)]
    {
        assert_told([(json!({ "claims": { "a": { "anyOf": [value] } } }), "")]);
    }
    for value in [json!(null), json!(1.5), json!([]), json!({}), json!(1_u64 << 53), json!(u64::MAX)] {
        assert_told([(json!({ "claims": { "a": { "anyOf": ["x", value] } } }), "claims/a/anyOf/1")]);
    }
}

#[test]
fn a_place_of_a_claim_has_one_form() {
    let long = "a".repeat(257);
    for place in
        ["email", "custom:plan", "a.b.c", "/a/b", "/a~1b/c~0d", "https://example.com/a.b", "http://x/y"]
    {
        assert_told([(json!({ "claims": { place: { "anyOf": ["x"] } } }), "")]);
        assert!(pointers(&json!({ "authorizer": { "context": [place] } })).is_empty(), "{place}");
    }
    for place in ["", ".", "a.", ".a", "a..b", "/", "/a/", "/a//b", "/a~2", "/a~", "a\nb", &long] {
        let file = json!({ "authorizer": { "context": ["email", place] } });
        assert_eq!(pointers(&file), ["/authorizer/context/1"], "{place:?}");
        let rule = with_rule(&json!({ "claims": { place: { "anyOf": ["x"] } } }));
        assert_eq!(pointers(&rule).len(), 1, "{place:?}");
    }
    assert_eq!(pointers(&json!({ "authorizer": { "context": [5] } })), ["/authorizer/context/0"]);
    assert_eq!(pointers(&json!({ "authorizer": { "context": "email" } })), ["/authorizer/context"]);
}

#[test]
fn a_claim_is_asked_for_once_in_a_rule() {
    for keys in
        [r#""a":{"anyOf":["x"]},"a":{"anyOf":["y"]}"#, r#""a":{"anyOf":["x"]},"\u0061":{"anyOf":["y"]}"#]
    {
        let file = format!(r#"{{"authorizer":{{"rules":[{{"routes":["GET /a"],"claims":{{{keys}}}}}]}}}}"#);
        let problems = Config::parse(&file).unwrap_err();
        assert_eq!(problems.as_slice().len(), 1, "{problems}");
        assert!(problems.as_slice()[0].pointer.starts_with("/authorizer/rules/0/claims"), "{problems}");
        assert!(problems.to_string().contains("twice"), "{problems}");
    }
}

#[test]
fn a_sign_in_may_not_be_asked_to_be_more_recent_than_an_answer_is_kept() {
    let file = |age: Value, ttl: u64| {
        let rule = json!({ "routes": ["GET /a"], "maxAuthAgeSeconds": age });
        json!({ "authorizer": { "resultTtlSeconds": ttl, "rules": [rule] } })
    };
    for (age, ttl) in [(300, 300), (301, 300), (1, 0), (1, 1), (31_536_000, 3_600)] {
        assert!(pointers(&file(json!(age), ttl)).is_empty(), "{age} {ttl}");
    }
    for (age, ttl) in [
        (json!(299), 300),
        (json!(1), 2),
        (json!(3_599), 3_600),
        (json!(0), 0),
        (json!(-1), 0),
        (json!(1.5), 0),
        (json!("300"), 0),
    ] {
        assert_eq!(
            pointers(&file(age.clone(), ttl)),
            ["/authorizer/rules/0/maxAuthAgeSeconds"],
            "{age} {ttl}"
        );
    }
    let left_out = json!({ "authorizer": { "rules": [{ "routes": ["GET /a"], "maxAuthAgeSeconds": 299 }] } });
    assert_eq!(
        pointers(&left_out),
        ["/authorizer/rules/0/maxAuthAgeSeconds"],
        "the default of 300 counts too"
    );
}

#[test]
fn a_replica_is_in_a_region_that_there_is() {
    let file = |regions: Value| json!({ "userPool": { "replicaRegions": regions } });
    assert!(pointers(&file(json!(["us-west-2", "eusc-de-east-1", "cn-north-1"]))).is_empty());
    assert_eq!(pointers(&file(json!(["us-west-2", "mars"]))), ["/userPool/replicaRegions/1"]);
    assert_eq!(pointers(&file(json!("us-west-2"))), ["/userPool/replicaRegions"]);
}

#[test]
fn a_hundred_services_have_a_rule_each_and_a_policy_has_an_end_all_the_same() {
    let rules = |count: usize| -> Value {
        (0..count)
            .map(|n| json!({ "routes": [format!("* /svc{n:03}"), format!("* /svc{n:03}/*")] }))
            .collect()
    };
    let file = |rules: Value| json!({ "authorizer": { "rules": rules } });
    assert!(pointers(&file(rules(150))).is_empty());
    assert_eq!(pointers(&file(rules(250))), ["/authorizer/rules"]);
    let same = json!(vec![json!({ "routes": ["* /a", "* /a/*"] }); 250]);
    assert!(pointers(&file(same)).is_empty(), "what stands twice is granted once");
    let told = Config::parse(&file(rules(250)).to_string()).unwrap_err().to_string();
    assert!(told.contains("over the 229376 that fit"), "256 KB, less what the identity may need: {told}");
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

#[test]
fn a_refresh_cookie_needs_origins_by_name() {
    let with_cookie =
        |origin: &str| json!({"auth": {"refreshCookie": true}, "api": {"corsOrigins": [origin]}});
    assert_eq!(pointers(&with_cookie("*")), ["/api/corsOrigins"]);
    for origin in [
        "https://a.example",
        "http://localhost",
        "http://localhost:3000",
        "http://127.0.0.1:3000",
        "http://[::1]:3000",
    ] {
        assert!(Config::parse(&with_cookie(origin).to_string()).is_ok(), "{origin}");
    }
}

/// Whoever is on the way to such a page writes it.
#[test]
fn a_refresh_cookie_is_not_for_pages_without_tls_on_other_machines() {
    for origin in
        ["http://a.example", "http://localhost.a.example", "http://127.0.0.2", "http://localhosts:80"]
    {
        let origins = json!(["https://a.example", origin]);
        let file = json!({"auth": {"refreshCookie": true}, "api": {"corsOrigins": origins}});
        assert_eq!(pointers(&file), ["/api/corsOrigins/1"], "{origin}");
        let without = json!({"api": {"corsOrigins": origins}});
        assert!(Config::parse(&without.to_string()).is_ok(), "{origin}");
    }
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

#[test]
fn threat_protection_needs_a_secret_to_know_where_callers_are() {
    let mut file = own_file();
    for mode in ["AUDIT", "ENFORCED"] {
        set(&mut file, "/userPool/threatProtection", json!(mode));
        set(&mut file, "/userPool/clientSecret", json!(false));
        assert_eq!(pointers(&file), ["/userPool/threatProtection"], "{mode}");
        set(&mut file, "/userPool/clientSecret", json!(true));
        assert!(pointers(&file).is_empty(), "{mode}");
        // Of a pool that was made elsewhere it says how that one is set up.
        let mut other = file.clone();
        set(&mut other, "/userPool/id", json!("us-east-1_abc"));
        set(&mut other, "/userPool/clientId", json!("abc"));
        assert!(pointers(&other).is_empty(), "{mode}");
    }
    set(&mut file, "/userPool/threatProtection", json!("on"));
    assert_eq!(pointers(&file), ["/userPool/threatProtection"]);
}

#[test]
fn a_proof_of_humanity_needs_a_secret_so_that_nobody_signs_up_past_it() {
    let mut file = own_file();
    for turnstile in [json!({}), json!({"hostnames": ["app.example.com"], "action": "sign-up"})] {
        set(&mut file, "/auth/turnstile", turnstile);
        set(&mut file, "/userPool/clientSecret", json!(false));
        assert_eq!(pointers(&file), ["/auth/turnstile"]);
        set(&mut file, "/userPool/clientSecret", json!(true));
        assert!(pointers(&file).is_empty());
    }
    for (place, bad) in [
        ("hostnames/0", json!({"hostnames": ["https://app.example.com"]})),
        ("action", json!({"action": "sign up"})),
        ("verifyUrl", json!({"verifyUrl": "http://turnstile.example.com/siteverify"})),
        ("secret", json!({"secret": "0x4AAA"})),
    ] {
        set(&mut file, "/auth/turnstile", bad);
        assert_eq!(pointers(&file), [format!("/auth/turnstile/{place}")]);
    }
}

#[test]
fn a_pool_that_the_stack_did_not_make_has_its_texts_set_elsewhere() {
    let mut file = with("/userPool/messages", texts());
    set(&mut file, "/userPool/id", json!("us-east-1_abc"));
    set(&mut file, "/userPool/clientId", json!("abc"));
    assert_eq!(pointers(&file), ["/userPool/messages"]);
}

#[test]
fn a_text_that_nobody_is_sent_is_refused() {
    let mail = json!({ "subject": "Your code", "body": "<p>{####}</p>" });
    let texts = json!({
        "verification": { "sms": "{####}" },
        "invitation": { "sms": "{username}: {####}" },
        "signInCode": { "email": mail, "sms": "{####}" },
    });
    let mut file = with("/userPool/messages", texts);
    let places =
        |names: &[&str]| names.iter().map(|name| format!("/userPool/messages/{name}")).collect::<Vec<_>>();
    let all = ["invitation/sms", "signInCode/email", "signInCode/sms", "verification/sms"];
    assert_eq!(pointers(&file), places(&all));
    set(&mut file, "/userPool/sms", json!({}));
    set(&mut file, "/userPool/secondFactors", json!(["TOTP", "SMS"]));
    assert_eq!(pointers(&file), places(&["signInCode/email"]));
    set(&mut file, "/userPool/email", email());
    set(&mut file, "/userPool/secondFactors", json!(["TOTP", "SMS", "EMAIL"]));
    assert!(pointers(&file).is_empty());
    set(&mut file, "/userPool/mfa", json!("OFF"));
    assert_eq!(pointers(&file), places(&["signInCode/email", "signInCode/sms"]));
}
