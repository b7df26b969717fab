//! What a sign-up makes, and where there is none.

use auth::Settings;
use auth::provider::SignedUp;
use serde_json::json;
use testkit::cognito::EMAIL;
use testkit::request::Request;

use crate::fake::{Fake, PASSWORD, Script};
use crate::gateway::{send, send_to, settings};

#[tokio::test]
async fn an_account_may_be_made_of_an_address_and_a_password_alone() {
    let fake = Fake::playing(Script {
        signed_up: || SignedUp { user_sub: "7f1e".to_owned(), confirmed: true, delivery: None },
        ..Script::default()
    });
    let answer =
        send(&fake, &Request::post("/auth/signup", &json!({ "email": EMAIL, "password": PASSWORD }))).await;
    answer.assert_json(201, &json!({ "userSub": "7f1e", "confirmed": true }));
    assert_eq!(fake.calls(), ["sign_up ann@example.com PASSWORD"]);
}

#[tokio::test]
async fn where_nobody_signs_up_nobody_is_asked() {
    let closed = Settings { self_sign_up: false, ..settings() };
    for body in [
        json!({ "email": EMAIL, "password": PASSWORD }),
        json!({ "email": EMAIL, "password": PASSWORD, "attributes": { "custom:role": "admin" } }),
    ] {
        let fake = Fake::willing();
        let answer = send_to(&fake, &closed, &Request::post("/auth/signup", &body)).await;
        assert_eq!(answer.status_and_code(), "403 sign_up_disabled");
        assert!(fake.calls().is_empty());
    }
}

#[tokio::test]
async fn an_attribute_that_may_decide_rights_cannot_be_brought_along() {
    for name in
        ["custom:role", "dev:custom:role", "email_verified", "sub", "cognito:groups", "email", "a/b~c"]
    {
        let fake = Fake::willing();
        let body =
            json!({ "email": EMAIL, "password": PASSWORD, "attributes": { name: "x", "locale": "de" } });
        let answer = send(&fake, &Request::post("/auth/signup", &body)).await;
        let place = name.replace('~', "~0").replace('/', "~1");
        assert_eq!(answer.status_code_and_places(), format!("422 invalid_request [/attributes/{place}]"));
        assert!(fake.calls().is_empty());
    }
}

#[tokio::test]
async fn an_address_goes_on_in_the_case_that_it_came_in() {
    let fake = Fake::willing();
    let body = json!({ "email": "Ann.Lee@Example.COM", "password": PASSWORD });
    send(&fake, &Request::post("/auth/signin", &body)).await;
    assert_eq!(fake.calls(), ["sign_in Ann.Lee@Example.COM by PASSWORD"]);
}
