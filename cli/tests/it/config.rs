//! `gatehouse config`, with files as people write them.

use super::gatehouse;

const FULL: &str = r#"{
  "service": "shop",
  "userPool": {
    "id": "eu-west-1_AbC", "clientId": "client1", "name": "Shop users", "selfSignUp": false,
    "autoConfirm": true, "mfa": "ON", "clientSecret": true, "refreshTokenRotation": true,
    "groups": ["admins", "gr\u00fcn\"\\", "yes"],
    "passwordPolicy": { "minimumLength": 8, "requireSymbols": false, "temporaryPasswordValidityDays": 1 },
    "resourceServer": { "identifier": "https://shop.example/api", "scopes": ["read", "null"] },
    "tokenValidity": { "accessMinutes": 5, "idMinutes": 6, "refreshDays": 7 }
  },
  "authorizer": {
    "resultTtlSeconds": 0, "reservedConcurrency": 50,
    "issuers": [{ "issuer": "https://a.example/x$1/", "jwksUri": "https://a.example/keys", "clientIds": ["a"] }],
    "rules": [{ "routes": ["GET /x"], "scopes": { "allOf": ["shop/read"] } }]
  },
  "api": {
    "stage": "prod", "basePath": "shop", "corsOrigins": [], "throttle": { "ratePerSecond": 1, "burst": 2 },
    "domain": {
      "name": "api.shop.example", "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a1-b2",
      "hostedZoneId": "Z0ABC", "ipAddressType": "ipv4"
    },
    "disableExecuteApiEndpoint": true, "resourceMetadata": true
  },
  "auth": {
    "flow": "USER_AUTH", "refreshCookie": true, "turnstile": { "hostnames": ["app.example.com"] },
    "throttle": { "ratePerSecond": 3, "burst": 4 }
  },
  "operations": {
    "accessLogs": false, "logRetentionDays": 7, "metrics": false, "tracing": true, "rollout": "Canary10Percent5Minutes",
    "alarms": {
      "topicArn": "arn:aws:sns:us-east-1:123456789012:alarms", "serverErrors": 1, "refusedTokens": 2, "latencyMillis": 300,
      "throttledRequests": 4
    },
    "webAclArn": "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/a1-b2", "webAcl": null, "protectUserPool": false,
    "protectTables": false, "sentry": true, "ordersTable": "shop-OrdersTable-1A2B",
    "usagePlan": { "ratePerSecond": 5, "burst": 6, "requestsPerDay": 7 }, "tags": { "team": "shop" }
  }
}"#;

const WRONG: &str = r#"{
  "servce": "shop",
  "userPool": { "mfa": "sometimes", "passwordPolicy": { "minimumLength": 5 } },
  "authorizer": { "rules": [{ "routes": ["GET whoami"] }] }
}"#;

#[test]
fn a_good_file_is_called_valid() {
    let run = gatehouse(&["config", "check"]).file("config.json", "{}").run();
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "config.json is valid\n", ""));
}

#[test]
fn valid_settings_that_may_surprise_are_noted() {
    let texts = r#"{"userPool": {"messages": {"verification": {"email": {"subject": "Code", "body": "You & us:\n{####}"}}}}}"#;
    let run = gatehouse(&["config", "check"]).file("config.json", texts).run();
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let noted = "note: /userPool/messages/verification/email/body: holds an & that begins no entity";
    assert!(run.out.starts_with(&format!("config.json is valid\n{noted}")), "{}", run.out);
}

#[test]
fn every_mistake_is_named_with_its_pointer() {
    for command in ["check", "parameters"] {
        let run = gatehouse(&["config", command, "--config", "shop.json"]).file("shop.json", WRONG).run();
        run.fails(2, "error: shop.json is not valid\n");
        for pointer in [
            "/servce: ",
            "/userPool/mfa: ",
            "/userPool/passwordPolicy/minimumLength: ",
            "/authorizer/rules/0/routes/0: ",
        ] {
            assert_eq!(run.err.lines().filter(|line| line.starts_with(pointer)).count(), 1, "{}", run.err);
        }
        assert_eq!(run.err.lines().count(), 5, "{}", run.err);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    gatehouse(&["config", "check"]).run().fails(2, "error: config.json: cannot be read: ");
    gatehouse(&["config", "check", "--config", "/nowhere/x.json"]).run().fails(2, "/nowhere/x.json");
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is one list, as long as the template's")]
fn the_parameters_are_those_of_the_template() {
    let run = gatehouse(&["config", "parameters"]).file("config.json", FULL).run();
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    insta::assert_snapshot!(run.out, @r#"
    ServiceName: "shop"
    StageName: "prod"
    ExistingUserPoolId: "eu-west-1_AbC"
    ExistingUserPoolClientId: "client1"
    UserPoolPlan: "ESSENTIALS"
    UserPoolName: "Shop users"
    SelfSignUp: "false"
    AutoConfirm: "true"
    MfaConfiguration: "ON"
    ClientSecret: "true"
    TotpFactor: "true"
    EmailFactor: "false"
    SmsFactor: "false"
    PasswordMinimumLength: "8"
    PasswordRequireUppercase: "true"
    PasswordRequireLowercase: "true"
    PasswordRequireNumbers: "true"
    PasswordRequireSymbols: "false"
    TemporaryPasswordValidityDays: "1"
    PasswordHistorySize: "0"
    Groups: "admins,gr\U000000fcn\"\\,yes,-,-,-,-,-,-,-"
    ResourceServerIdentifier: "https://shop.example/api"
    ResourceServerScopes: "read,null,-,-,-,-,-,-,-,-"
    AccessTokenMinutes: "5"
    IdTokenMinutes: "6"
    RefreshTokenDays: "7"
    RefreshTokenRotation: "true"
    EmailSourceArn: ""
    EmailFrom: ""
    EmailReplyTo: ""
    EmailConfigurationSet: ""
    SmsExternalId: ""
    SmsRegion: ""
    SmsOriginationIdentity: ""
    VerificationEmailSubject: ""
    VerificationEmailMessage: ""
    VerificationEmailMessage2: ""
    VerificationEmailMessage3: ""
    VerificationEmailMessage4: ""
    VerificationEmailMessage5: ""
    VerificationSmsMessage: ""
    InvitationEmailSubject: ""
    InvitationEmailMessage: ""
    InvitationEmailMessage2: ""
    InvitationEmailMessage3: ""
    InvitationEmailMessage4: ""
    InvitationEmailMessage5: ""
    InvitationSmsMessage: ""
    SignInEmailSubject: ""
    SignInEmailMessage: ""
    SignInEmailMessage2: ""
    SignInEmailMessage3: ""
    SignInEmailMessage4: ""
    SignInEmailMessage5: ""
    SignInSmsMessage: ""
    ThreatProtection: "OFF"
    DeviceTracking: "OFF"
    DeviceSkipsSecondFactor: "false"
    AuthFlow: "USER_AUTH"
    RefreshCookie: "true"
    AuthThrottleRatePerSecond: "3"
    AuthThrottleBurst: "4"
    Turnstile: "true"
    AuthorizerResultTtlSeconds: "0"
    AuthorizerReservedConcurrency: "50"
    ThrottleRatePerSecond: "1"
    ThrottleBurst: "2"
    CorsAllowOrigin: "none"
    ResourceMetadata: "true"
    MetadataIssuers: "\"https://a.example/x\\u00241/\""
    MetadataScopes: "\"shop/read\""
    DomainName: "api.shop.example"
    DomainCertificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/a1-b2"
    DomainHostedZoneId: "Z0ABC"
    DomainIpAddressType: "ipv4"
    BasePath: "shop"
    DisableExecuteApiEndpoint: "true"
    AccessLogs: "false"
    LogRetentionDays: "7"
    Metrics: "false"
    Tracing: "true"
    Rollout: "Canary10Percent5Minutes"
    AlarmTopicArn: "arn:aws:sns:us-east-1:123456789012:alarms"
    ServerErrorThreshold: "1"
    RefusedTokenThreshold: "2"
    LatencyThresholdMillis: "300"
    ThrottledRequestThreshold: "4"
    Sentry: "true"
    WebAclArn: "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/a1-b2"
    PoolDeletionProtection: "INACTIVE"
    TableDeletionProtection: "false"
    ExistingOrdersTable: "shop-OrdersTable-1A2B"
    ManagedWebAcl: "false"
    AddressLimit: "10"
    AuthAddressLimit: "18"
    ApiKeyRequired: "true"
    KeyRatePerSecond: "5"
    KeyBurst: "6"
    KeyRequestsPerDay: "7"
    "#);
}

#[test]
fn what_no_parameter_of_the_template_can_hold_is_refused() {
    let rule =
        |number: usize| format!(r#"{{"routes": ["GET /x"], "scopes": {{"anyOf": ["{number:0>100}"]}}}}"#);
    let rules = (0..40).map(rule).collect::<Vec<_>>().join(",");
    for (served, command) in [(true, "check"), (true, "parameters"), (false, "check")] {
        let json =
            format!(r#"{{"api": {{"resourceMetadata": {served}}}, "authorizer": {{"rules": [{rules}]}}}}"#);
        let run = gatehouse(&["config", command]).file("config.json", &json).run();
        if served {
            run.fails(2, "MetadataScopes would be 4119 bytes, over the 4096 of a CloudFormation parameter");
        } else {
            assert_eq!(run.code, 0, "{}", run.err);
        }
    }
}

#[test]
fn the_schema_is_the_one_of_the_types() {
    let run = gatehouse(&["config", "schema"]).run();
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let printed: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(printed, platform::config::schema());
}

#[test]
fn an_overlay_is_merged_over_the_file() {
    let base = r#"{"service": "shop", "api": {"stage": "prod", "basePath": "shop"}, "userPool": {"groups": ["a", "b"]}}"#;
    let dev = r#"{"api": {"stage": "dev", "basePath": null}, "userPool": {"groups": ["c"]}}"#;
    let here = r#"{"region": "eu-west-1"}"#;
    let run = |command| {
        let args = ["config", command, "--overlay", "config.dev.json", "--overlay", "here.json"];
        let files = gatehouse(&args).file("config.json", base);
        files.file("config.dev.json", dev).file("here.json", here).run()
    };
    let merged = run("merge");
    assert_eq!((merged.code, merged.err.as_str()), (0, ""));
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&merged.out).unwrap(),
        serde_json::json!({
            "service": "shop", "region": "eu-west-1", "api": { "stage": "dev" }, "userPool": { "groups": ["c"] }
        })
    );
    let checked = run("check");
    assert_eq!(checked.out, "config.json with config.dev.json with here.json is valid\n");
    let parameters = run("parameters").out;
    assert!(
        parameters.contains("StageName: \"dev\"") && parameters.contains("BasePath: \"\""),
        "{parameters}"
    );
}

/// All examples of RFC 7396 appendix A: original, patch, result.
const EXAMPLES: [[&str; 3]; 15] = [
    [r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#],
    [r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#],
    [r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"],
    [r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#],
    [r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#],
    [r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#],
    [r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#],
    [r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#],
    [r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#],
    [r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#],
    [r#"{"a":"foo"}"#, "null", "null"],
    [r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#],
    [r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#],
    ["[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#],
    ["{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#],
];

/// The overlays are merged by these rules.
#[test]
fn every_example_of_the_rfc_comes_out_as_it_says() {
    for [target, patch, expected] in EXAMPLES {
        let [mut merged, patch, expected] =
            [target, patch, expected].map(|json| serde_json::from_str::<serde_json::Value>(json).unwrap());
        json_patch::merge(&mut merged, &patch);
        assert_eq!(merged, expected, "{target} with {patch}");
    }
}

#[test]
fn every_stage_of_the_repository_is_valid() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    let stages: Vec<String> = std::fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| {
            matches!(name.split('.').collect::<Vec<_>>()[..], ["config", stage, "json"] if stage != "schema")
        })
        .collect();
    assert!(stages.contains(&"config.dev.json".to_owned()), "{stages:?}");
    for stage in stages {
        let run = gatehouse(&["config", "check", "--overlay", &stage])
            .file("config.json", &read("config.json"))
            .file(&stage, &read(&stage))
            .run();
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{stage}");
    }
}

#[test]
fn tags_are_merged_by_their_keys_and_are_no_parameter() {
    let base = r#"{"operations": {"tags": {"team": "shop", "stage": "prod", "Cost Center": "4711"}}}"#;
    let dev = r#"{"operations": {"tags": {"stage": "dev", "Cost Center": null}}}"#;
    let run = |command| {
        let files = gatehouse(&["config", command, "--overlay", "config.dev.json"]).file("config.json", base);
        files.file("config.dev.json", dev).run()
    };
    let merged: serde_json::Value = serde_json::from_str(&run("merge").out).unwrap();
    assert_eq!(merged["operations"]["tags"], serde_json::json!({ "team": "shop", "stage": "dev" }));
    let parameters = run("parameters");
    assert_eq!(parameters.code, 0, "{}", parameters.err);
    assert!(!parameters.out.contains("Tags") && !parameters.out.contains("shop"), "{}", parameters.out);
}

#[test]
fn a_sender_s_name_reaches_the_template_in_ascii() {
    let config = r#"{"userPool": {"email": {
        "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
        "from": "Gr\u00fcn \ud83d\ude00 <no-reply@example.com>"
    }}}"#;
    let run = gatehouse(&["config", "parameters"]).file("config.json", config).run();
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let line = run.out.lines().find(|line| line.starts_with("EmailFrom: ")).unwrap();
    assert_eq!(line, "EmailFrom: \"=?UTF-8?B?R3LDvG4g8J+YgA==?= <no-reply@example.com>\"");
}

#[test]
fn texts_reach_the_template_as_they_are_and_a_long_one_in_parts() {
    let body = format!("<p>{{####}}</p>\n{}", "<p>gr\u{fc}n</p>".repeat(500));
    let texts = serde_json::json!({ "userPool": { "messages": {
        "verification": { "email": { "subject": "\"Code\"", "body": body }, "sms": "{####}" },
    }, "sms": {}, "secondFactors": ["TOTP", "SMS"] } });
    let run = gatehouse(&["config", "parameters"]).file("config.json", &texts.to_string()).run();
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let value = |name: &str| {
        let line = run.out.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap();
        serde_json::from_str::<String>(&line.replace("\\U0000", "\\u")).unwrap()
    };
    assert_eq!(
        (value("VerificationEmailSubject").as_str(), value("VerificationSmsMessage").as_str()),
        ("\"Code\"", "{####}")
    );
    let parts = ["", "2", "3", "4", "5"].map(|place| value(&format!("VerificationEmailMessage{place}")));
    assert_eq!(parts.concat(), body);
    assert!(parts.iter().all(|part| part.len() <= 4096) && !parts[1].is_empty());
}

#[test]
fn what_a_deploy_would_be_refused_for_is_a_mistake_before_it() {
    let config = r#"{
      "userPool": { "email": { "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com", "from": "a@b.example" } },
      "authorizer": { "reservedConcurrency": 0 },
      "api": { "disableExecuteApiEndpoint": true },
      "operations": { "ordersTable": "x", "tags": { "aws:x": "1", "y": "" } }
    }"#;
    let run = gatehouse(&["config", "check"]).file("config.json", config).run();
    run.fails(2, "error: config.json is not valid\n");
    for pointer in [
        "/userPool/email/from: ",
        "/authorizer/reservedConcurrency: ",
        "/api/disableExecuteApiEndpoint: ",
        "/operations/ordersTable: ",
        "/operations/tags",
        "/operations/tags/y: ",
    ] {
        assert!(run.err.lines().any(|line| line.starts_with(pointer)), "{pointer}: {}", run.err);
    }
}

#[test]
fn a_mistake_that_an_overlay_brings_is_named() {
    for command in ["check", "merge", "parameters"] {
        let args = ["config", command, "--overlay", "config.dev.json"];
        let with =
            |overlay: &str| gatehouse(&args).file("config.json", "{}").file("config.dev.json", overlay).run();
        with(r#"{"api": {"stge": "dev"}}"#)
            .fails(2, "error: config.json with config.dev.json is not valid\n/api/stge: ");
        with("[]").fails(2, "error: config.dev.json is not valid\n");
        with(r#"{"region": "a", "region": "b"}"#).fails(2, "error: config.dev.json is not valid\n");
        gatehouse(&args).file("config.json", "{}").run().fails(2, "config.dev.json: cannot be read");
    }
}

#[test]
fn rules_that_nobody_can_meet_are_mistakes() {
    let config = r#"{ "authorizer": { "resultTtlSeconds": 300, "rules": [
      { "routes": ["GET /a"], "issuers": ["https://partner.example"] },
      { "routes": ["GET /b"], "tokenUse": ["id"] },
      { "routes": ["GET /c"], "maxAuthAgeSeconds": 60 },
      { "routes": ["GET /d"], "claims": { "custom:plan": {}, "n": { "allOf": [1, 2] } } }
    ] } }"#;
    let run = gatehouse(&["config", "check"]).file("config.json", config).run();
    run.fails(2, "error: config.json is not valid\n");
    for pointer in
        ["0/issuers/0", "1/tokenUse", "2/maxAuthAgeSeconds", "3/claims/custom:plan", "3/claims/n/allOf"]
    {
        let line = format!("/authorizer/rules/{pointer}: ");
        assert_eq!(run.err.lines().filter(|own| own.starts_with(&line)).count(), 1, "{pointer}: {}", run.err);
    }
}
