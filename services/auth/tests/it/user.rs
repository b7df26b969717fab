//! The own account: what is changed, what is refused to be, and what an answer shows.

use auth::provider::User;
use serde_json::{Value, json};
use testkit::request::Request;

use crate::fake::{Fake, Script};
use crate::gateway::{Answer, Caller as _, send};

async fn patch(body: &Value) -> (Answer, Vec<String>) {
    let fake = Fake::willing();
    let answer = send(&fake, &Request::new("PATCH", "/user").signed_in().json(body)).await;
    (answer, fake.calls())
}

#[tokio::test]
async fn what_is_null_is_removed_and_what_is_left_out_stays() {
    let (answer, calls) = patch(&json!({
        "email": "bea@example.com", "name": null, "phoneNumber": null, "locale": "fr",
        "attributes": { "nickname": "Bea", "website": null },
    }))
    .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["updated"], json!(["email", "locale", "nickname"]));
    assert_eq!(answer.json()["deleted"], json!(["name", "phone_number", "website"]));
    assert_eq!(
        calls,
        [
            "update ACCESS_TOKEN email=bea@example.com locale=fr nickname=Bea",
            "remove ACCESS_TOKEN name phone_number website",
        ]
    );
}

#[tokio::test]
async fn a_change_that_only_removes_writes_nothing() {
    let (answer, calls) = patch(&json!({ "attributes": { "website": null } })).await;
    answer.assert_json(200, &json!({ "updated": [], "deleted": ["website"], "deliveries": [] }));
    assert_eq!(calls, ["remove ACCESS_TOKEN website"]);
}

#[tokio::test]
async fn a_change_that_cannot_be_is_named_by_its_place() {
    for (body, places) in [
        (json!({}), "[]"),
        (json!({ "attributes": {} }), "[]"),
        (json!({ "email": null }), "[/email]"),
        (json!({ "email": null, "name": "Bea" }), "[/email]"),
        (json!({ "locale": "fr", "attributes": { "locale": "de" } }), "[/attributes/locale]"),
        (json!({ "locale": null, "attributes": { "locale": "de" } }), "[/attributes/locale]"),
        (json!({ "attributes": { "custom:role": "admin" } }), "[/attributes/custom:role]"),
        (json!({ "attributes": { "email_verified": "true" } }), "[/attributes/email_verified]"),
        (json!({ "attributes": { "email": "bea@example.com" } }), "[/attributes/email]"),
        (json!({ "name": "", "phoneNumber": "12", "locale": 1 }), "[/locale] [/name] [/phoneNumber]"),
    ] {
        let (answer, calls) = patch(&body).await;
        assert_eq!(answer.status_code_and_places(), format!("422 invalid_request {places}"), "{body}");
        assert!(calls.is_empty());
    }
}

#[tokio::test]
async fn an_account_with_little_in_it_is_shown_with_that() {
    let fake = Fake::playing(Script {
        user: || User {
            attributes: [("sub".to_owned(), "7f1e".to_owned())].into(),
            preferred_mfa: None,
            enabled_mfa: Vec::new(),
        },
        ..Script::default()
    });
    let answer = send(&fake, &Request::new("GET", "/user").signed_in()).await;
    answer.assert_json(
        200,
        &json!({
            "sub": "7f1e", "emailVerified": false, "phoneNumberVerified": false, "attributes": {},
            "mfa": { "enabled": [] },
        }),
    );
    let answer = send(&fake, &Request::new("POST", "/user/mfa/totp").signed_in()).await;
    assert_eq!(answer.json()["otpauthUri"], "otpauth://totp/gatehouse:7f1e?secret=JBSWY3DP&issuer=gatehouse");
}

#[tokio::test]
async fn of_the_factors_one_at_most_is_asked_for_first() {
    let on = json!({ "enabled": true, "preferred": true });
    for (body, places) in [
        (json!({}), "[]"),
        (json!({ "totp": null }), "[]"),
        (json!({ "totp": on, "sms": on, "email": on }), "[/sms/preferred] [/email/preferred]"),
        (json!({ "totp": { "enabled": false, "preferred": true } }), "[/totp/preferred]"),
        (json!({ "totp": { "preferred": true } }), "[/totp]"),
        (json!({ "totp": true }), "[/totp]"),
        (json!({ "totp": [true, true] }), "[/totp]"),
        (json!({ "totp": { "enabled": "yes" } }), "[/totp/enabled]"),
        (json!({ "voice": on }), "[/voice]"),
    ] {
        let fake = Fake::willing();
        let answer = send(&fake, &Request::new("PUT", "/user/mfa").signed_in().json(&body)).await;
        assert_eq!(answer.status_code_and_places(), format!("422 invalid_request {places}"), "{body}");
        assert!(fake.calls().is_empty());
    }
}

#[tokio::test]
async fn a_device_may_be_nameless() {
    let fake = Fake::willing();
    let ask = Request::post("/user/mfa/totp/verify", &json!({ "code": "123456" })).signed_in();
    send(&fake, &ask).await.assert_empty();
    assert_eq!(fake.calls(), ["verify_totp ACCESS_TOKEN CODE nameless"]);
}
