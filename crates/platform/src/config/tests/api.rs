//! The section `api`.

use serde_json::{Value, json};

use super::*;

#[test]
fn one_mistake_about_the_api_is_told_once() {
    for (pointer, value) in [
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
        ("/api/domain/ipAddressType", json!("ipv6")),
        ("/api/domain/ipAddressType", json!("DUALSTACK")),
        ("/api/disableExecuteApiEndpoint", json!(true)),
    ] {
        let mut file = own_file();
        if pointer.starts_with("/api/domain/") {
            set(&mut file, "/api/domain", domain());
        }
        set(&mut file, pointer, value.clone());
        assert_eq!(pointers(&file), [pointer], "{value}");
    }
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
fn each_throttle_has_defaults_of_its_own_for_what_is_left_out() {
    let file = json!({"api": {"throttle": {"burst": 7}}, "auth": {"throttle": {"burst": 7}}});
    let config = Config::parse(&file.to_string()).unwrap();
    let (api, auth) = (&config.api.throttle, &config.auth.throttle);
    assert_eq!((api.rate_per_second.get(), api.burst.get()), (50, 7));
    assert_eq!((auth.rate_per_second.get(), auth.burst.get()), (10, 7));
    assert_eq!(pointers(&json!({"auth": {"throttle": {"burst": 0}}})), ["/auth/throttle/burst"]);
}
