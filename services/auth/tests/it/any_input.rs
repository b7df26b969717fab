//! Whatever comes in, what goes out is one of the documented answers.

use std::sync::Arc;

use auth::provider::Refusal;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use testkit::request::Request;
use tokio::runtime::{Builder, Runtime};

use crate::fake::Fake;
use crate::gateway::{Answer, Caller as _, send};
use crate::refusals;
use crate::routes::{self, Route};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

fn answer(fake: &Arc<Fake>, request: &Request) -> Answer {
    runtime().block_on(send(fake, request))
}

fn any_route() -> impl Strategy<Value = Route> {
    (0..routes::all().len()).prop_map(|index| routes::all().swap_remove(index))
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        select(vec!["ann@example.com", "+14155550123", "123456", "SMS_MFA", "PASSWORD"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((any_key(), inner), 0..6)
                .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

/// Keys that routes know, among others.
fn any_key() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 28] = [
        "email",
        "password",
        "name",
        "phoneNumber",
        "attributes",
        "code",
        "session",
        "username",
        "answers",
        "refreshToken",
        "newPassword",
        "previousPassword",
        "attribute",
        "deviceName",
        "totp",
        "sms",
        "enabled",
        "preferred",
        "locale",
        "credential",
        "responses",
        "answer",
        "preferredChallenge",
        "birthdate",
        "deviceKey",
        "passwordVerifier",
        "salt",
        "remember",
    ];
    prop_oneof![select(KNOWN.to_vec()).prop_map(str::to_owned), ".{0,12}".prop_map(String::from)]
}

/// The route's own body with some members replaced.
fn any_variation() -> impl Strategy<Value = (Route, Value)> {
    (any_route(), vec((any_key(), any_json()), 0..3)).prop_map(|(route, members)| {
        let mut body = if route.body.is_object() { route.body.clone() } else { json!({}) };
        for (key, value) in members {
            body[key] = value;
        }
        (route, body)
    })
}

fn is_documented(route: &Route, status_and_code: &str) -> bool {
    let of_input = [
        "400 invalid_json",
        "401 unauthorized",
        "401 invalid_token",
        "401 invalid_credentials",
        "413 payload_too_large",
        "415 unsupported_media_type",
        "422 invalid_request",
    ];
    of_input.contains(&status_and_code) || route.answer.0.to_string() == status_and_code
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_gets_a_documented_answer((route, body) in any_variation()) {
        let status_and_code = answer(&Fake::willing(), &route.bare().json(&body)).status_and_code();
        prop_assert!(is_documented(&route, &status_and_code), "{status_and_code} at {}", route.name());
    }

    #[test]
    fn any_value_at_all_gets_a_documented_answer(route in any_route(), body in any_json()) {
        let status_and_code = answer(&Fake::willing(), &route.bare().json(&body)).status_and_code();
        prop_assert!(is_documented(&route, &status_and_code), "{status_and_code} at {}", route.name());
    }

    #[test]
    fn any_bytes_get_a_documented_answer(route in any_route(), bytes in vec(any::<u8>(), 0..200)) {
        use base64::Engine as _;
        let body = base64::engine::general_purpose::STANDARD.encode(bytes);
        let status_and_code = answer(&Fake::willing(), &route.bare().base64(&body)).status_and_code();
        prop_assert!(is_documented(&route, &status_and_code), "{status_and_code} at {}", route.name());
    }

    #[test]
    fn any_headers_get_a_documented_answer(
        route in any_route(),
        name in select(vec![
            "Content-Type", "Authorization", "Cookie", "Origin", "Accept", "Access-Control-Request-Method",
            "X-Forwarded-For", "X-Http-Method-Override", "Content-Length", "Expect", "Range",
        ]),
        value in "[ -~äß\u{80}-\u{ff}]{0,80}",
    ) {
        let status_and_code = answer(&Fake::willing(), &route.request().header(name, &value)).status_and_code();
        prop_assert!(is_documented(&route, &status_and_code), "{status_and_code} at {}", route.name());
    }

    #[test]
    fn any_path_and_method_get_an_answer_that_is_no_fault_of_ours(
        method in select(vec!["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]),
        path in prop_oneof!["/.{0,60}", "/(auth|user)/[a-z/.%?#;\\\\]{0,30}", "/(auth|user|health)/?"],
    ) {
        let request = Request::new(method, &path).signed_in().text("{}");
        let answer = answer(&Fake::willing(), &request);
        prop_assert!(answer.status.as_u16() < 500, "{method} {path}: {}", answer.body);
    }

    #[test]
    fn any_refusal_gets_a_documented_answer(
        (route, body) in any_variation(),
        index in 0..refusals::all().len(),
    ) {
        let refusal: Refusal = refusals::all().swap_remove(index);
        let status_and_code = answer(&Fake::refusing(refusal), &route.bare().json(&body)).status_and_code();
        let documented = refusals::documented(&route);
        prop_assert!(
            documented.contains(&status_and_code.as_str()) || is_documented(&route, &status_and_code),
            "{status_and_code} at {}", route.name()
        );
    }
}
