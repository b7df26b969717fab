//! Bodies that no route takes: each mistake has its status and its place, and no answer repeats a value.

use serde_json::{Value, json};
use testkit::cognito::{EMAIL, SESSION};
use testkit::request::Request;

use crate::fake::Fake;
use crate::gateway::{Caller as _, send};
use crate::routes::{self, Route};

/// What must not be in any answer, whatever it stood in.
const SECRET: &str = "hunter2";

async fn refused(request: &Request, status_and_code: &str, what: &str) {
    let fake = Fake::willing();
    let answer = send(&fake, request).await;
    assert_eq!(answer.status_code_and_places(), status_and_code, "{what}");
    assert!(fake.calls().is_empty(), "{what}");
    assert!(!answer.all_text().contains(SECRET), "{what}: {}", answer.body);
}

fn with_body() -> impl Iterator<Item = Route> {
    routes::all().into_iter().filter(|route| !route.body.is_null())
}

/// The place that is named when there is no body at all, where that is the same as an empty object.
fn may_be_empty(route: &Route) -> bool {
    ["/auth/refresh", "/auth/signout"].contains(&route.path)
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused_at_every_route() {
    for route in with_body() {
        for text in [
            "{",
            "hunter2",
            "\"hunter2\"",
            "[\"hunter2\"]",
            "[]",
            "null",
            "1",
            "{} {}",
            r#"{"email": hunter2}"#,
            r#"{"email": "hunter2"#,
            r#"{"a": "hunter2", "a": "hunter2"}"#,
            r#"{"a": {"b": 1, "b": "hunter2"}}"#,
            r#"{"a": 1e999}"#,
            "\u{feff}{}",
            " ",
        ] {
            refused(&route.bare().text(text), "400 invalid_json", &format!("{text} at {}", route.name()))
                .await;
        }
        let deep = format!("{{\"a\": {}{}}}", "[".repeat(4000), "]".repeat(4000));
        refused(&route.bare().text(&deep), "400 invalid_json", &route.name()).await;
        let empty =
            if may_be_empty(&route) { "422 invalid_request [/refreshToken]" } else { "400 invalid_json" };
        refused(&route.bare().text(""), empty, &route.name()).await;
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_refused_at_every_route() {
    for route in with_body() {
        let text = route.body.to_string();
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", ""]
        {
            let request = route.bare().text(&text).header("Content-Type", kind);
            refused(&request, "415 unsupported_media_type", &format!("{kind} at {}", route.name())).await;
        }
        let mut untyped = route.bare();
        untyped.0["body"] = json!(text);
        refused(&untyped, "415 unsupported_media_type", &route.name()).await;
    }
}

#[tokio::test]
async fn a_body_in_base64_is_read_like_any_other() {
    for route in with_body() {
        let fake = Fake::willing();
        let answer = send(&fake, &route.bare().base64(&base64(route.body.to_string().as_bytes()))).await;
        assert_eq!(answer.status.as_u16(), route.answer.0, "{}", route.name());
        assert_eq!(fake.calls(), route.calls);
        let latin1 = base64(b"{\"email\": \"hunter2\xe9\"}");
        refused(&route.bare().base64(&latin1), "400 invalid_json", &route.name()).await;
    }
}

#[tokio::test]
async fn a_body_of_more_than_16_kib_is_refused_at_every_route() {
    for route in routes::all() {
        let padded = |length: usize| {
            let text = route.body.to_string();
            format!("{text}{}", " ".repeat(length - text.len()))
        };
        let over = padded(16 * 1024 + 1);
        refused(&route.bare().text(&over), "413 payload_too_large", &route.name()).await;
        refused(&route.bare().base64(&base64(over.as_bytes())), "413 payload_too_large", &route.name()).await;
        let fake = Fake::willing();
        let answer = send(&fake, &route.bare().text(&padded(16 * 1024))).await;
        assert_eq!(answer.status.as_u16(), route.answer.0, "{}", route.name());
    }
}

#[tokio::test]
async fn an_unknown_field_is_named_at_every_route() {
    for route in with_body() {
        let mut body = route.body.clone();
        body["isAdmin"] = json!("hunter2");
        refused(&route.bare().json(&body), "422 invalid_request [/isAdmin]", &route.name()).await;
    }
}

#[tokio::test]
async fn a_field_that_is_missing_is_refused_at_every_route() {
    for route in with_body() {
        for field in route.required {
            let mut body = route.body.clone();
            body.as_object_mut().unwrap().remove(*field).unwrap();
            let answer = send(&Fake::willing(), &route.bare().json(&body)).await;
            assert_eq!(
                answer.status_code_and_places(),
                "422 invalid_request []",
                "{field} at {}",
                route.name()
            );
            assert_eq!(answer.json()["errors"][0]["detail"], format!("missing field `{field}`"));
        }
    }
}

#[tokio::test]
async fn a_field_of_another_type_is_named_at_every_route() {
    for route in with_body() {
        for (field, good) in route.body.as_object().unwrap() {
            for odd in [json!(4444), json!(true), json!(["hunter2"]), json!("\u{1}hunter2 ")] {
                if good.is_boolean() && odd.is_boolean() {
                    continue;
                }
                let mut body = route.body.clone();
                body[field] = odd.clone();
                let answer = send(&Fake::willing(), &route.bare().json(&body)).await;
                let what = format!("{odd} as {field} of {}: {}", route.name(), answer.body);
                assert_eq!(
                    answer.status_code_and_places(),
                    format!("422 invalid_request [/{field}]"),
                    "{what}"
                );
                assert!(!answer.body.contains(SECRET) && !answer.body.contains("4444"), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn every_mistake_is_named_at_once() {
    let body = json!({ "email": "hunter2", "password": 1, "phoneNumber": "hunter2", "a/b": "hunter2" });
    let request = Request::post("/auth/signup", &body);
    refused(&request, "422 invalid_request [/a~1b] [/email] [/password] [/phoneNumber]", "sign-up").await;
}

#[tokio::test]
async fn a_value_that_is_not_of_its_form_is_named() {
    let long = |length: usize| "x".repeat(length);
    for (path, field, bad) in [
        ("/auth/signup", "email", json!("hunter2")),
        ("/auth/signup", "email", json!("hunter2@")),
        ("/auth/signup", "email", json!("hunter2@example.com\r\nBcc: eve@example.com")),
        ("/auth/signup", "email", json!(format!("a@{}.com", long(130)))),
        ("/auth/signup", "password", json!("")),
        ("/auth/signup", "password", json!(" hunter2")),
        ("/auth/signup", "password", json!("hunter2".repeat(40))),
        ("/auth/signup", "name", json!("")),
        ("/auth/signup", "name", json!("hunter2\u{0}")),
        ("/auth/signup", "name", json!(long(2049))),
        ("/auth/signup", "phoneNumber", json!("+1 hunter2")),
        ("/auth/signup", "phoneNumber", json!("014155550123")),
        ("/auth/signup", "attributes", json!("hunter2")),
        ("/auth/verify", "code", json!("")),
        ("/auth/verify", "code", json!("hunter 2")),
        ("/auth/verify", "code", json!(long(2049))),
        ("/auth/challenge", "session", json!("hunter2")),
        ("/auth/challenge", "session", json!(long(4097))),
        ("/auth/challenge", "session", json!(format!("{SESSION}\r\n"))),
        ("/auth/challenge", "username", json!("")),
        ("/auth/challenge", "username", json!(long(129))),
        ("/auth/challenge", "name", json!("hunter2")),
        ("/auth/challenge", "name", json!("A".repeat(65))),
        ("/auth/refresh", "refreshToken", json!("")),
        ("/auth/refresh", "refreshToken", json!("hunter2; Path=/")),
        ("/auth/refresh", "refreshToken", json!(long(8193))),
        ("/auth/signout", "refreshToken", json!("hunter2 ")),
        ("/auth/reset-password", "newPassword", json!("\thunter2")),
        ("/user/confirm", "attribute", json!("hunter2")),
        ("/user/verification-code", "attribute", json!("hunter2, expected x")),
        ("/user/mfa/totp/verify", "deviceName", json!(long(1025))),
        ("/auth/signin", "deviceKey", json!("hunter2")),
        ("/auth/signin", "deviceKey", json!("hunter2_a\n")),
        ("/auth/challenge", "deviceKey", json!("")),
        ("/auth/refresh", "deviceKey", json!("hunter2_g")),
        ("/user/devices/confirm", "deviceKey", json!(format!("us-east-1_{}", "a".repeat(46)))),
        ("/user/devices/confirm", "name", json!(long(1025))),
        ("/user/devices/confirm", "passwordVerifier", json!("hunter2-")),
        ("/user/devices/confirm", "passwordVerifier", json!(long(1025))),
        ("/user/devices/confirm", "salt", json!("hunter2_")),
        ("/user/devices/confirm", "salt", json!(long(257))),
        ("/user/devices/confirm", "remember", json!("hunter2")),
    ] {
        let route = routes::route(&format!("POST {path}"));
        let mut body = route.body.clone();
        body[field] = bad.clone();
        let what = format!("{bad:.40} as {field} of {path}");
        refused(&route.bare().json(&body), &format!("422 invalid_request [/{field}]"), &what).await;
    }
}

#[tokio::test]
async fn a_body_full_of_mistakes_gets_a_short_answer() {
    let many: Value =
        (0..1000).map(|number| (format!("{number}"), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    let members = json!({ "email": EMAIL, "password": "p", "attributes": many });
    let unknown: Value = many.clone();
    let answers = json!({ "responses": many });
    let challenge =
        json!({ "name": "OF_TOMORROW", "session": SESSION, "username": "7f1e", "answers": answers });
    for request in [
        Request::post("/auth/signup", &members),
        Request::post("/auth/signup", &unknown),
        Request::post("/auth/challenge", &challenge),
        Request::new("PATCH", "/user").signed_in().json(&json!({ "attributes": many })),
    ] {
        let answer = send(&Fake::willing(), &request).await;
        assert_eq!(answer.status_and_code(), "422 invalid_request");
        assert!(answer.body.len() < 20_000, "{} bytes", answer.body.len());
        assert!(answer.json()["errors"].as_array().unwrap().len() <= 50);
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
