//! Whatever is asked for can be answered: what `expects` and `parameters` name is taken, and goes to Cognito as it was given.

use platform::config::Config;
use serde_json::{Map, Value, json};
use testkit::cognito::{EMAIL, SESSION, Scripted};
use testkit::request::Request;

use crate::fake::PASSWORD;
use crate::gateway::{Answer, Caller as _};
use crate::scripted::{Service as _, config};

/// All standard attributes of a user pool but for `sub`, which Cognito writes: those that a pool can require.
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html>
const STANDARD: [&str; 17] = [
    "address",
    "birthdate",
    "email",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

/// Those that a sign-up or a change of the account names by a field of its own.
const FIELDS: [(&str, &str); 3] = [("email", "email"), ("name", "name"), ("phone_number", "phoneNumber")];

/// A text, a number and a time, as Cognito keeps them, and all of them texts over the wire.
const CUSTOM: [(&str, &str); 3] = [
    ("custom:team", "R\u{e4}tsel & Co."),
    ("custom:YearsAsMember", "12"),
    ("custom:joined", "2026-11-27T13:00:00Z"),
];

fn value_of(attribute: &str) -> &'static str {
    match attribute {
        "address" => "Musterstra\u{df}e 1\r\n12345 Musterstadt",
        "email" => EMAIL,
        "phone_number" => "+14155550123",
        "updated_at" => "1798000000",
        "name" => "\u{915}\u{94d}\u{200d}\u{937}",
        _ => CUSTOM.into_iter().find(|(name, _)| *name == attribute).map_or("x", |(_, value)| value),
    }
}

fn with_custom_attributes() -> Config {
    config(&json!({ "auth": { "customAttributes": CUSTOM.map(|(name, _)| name) } }))
}

fn of_challenge(name: &str, parameters: &Value) -> Value {
    json!({ "ChallengeName": name, "Session": SESSION, "ChallengeParameters": parameters })
}

fn sign_in() -> Request {
    Request::post("/auth/signin", &json!({ "email": EMAIL, "password": PASSWORD }))
}

/// A body that fills each of the places in `expects`.
fn filled(challenge: &Value, answer: &str) -> Value {
    let mut answers = Map::new();
    for place in challenge["expects"].as_array().unwrap() {
        let place = place.as_str().unwrap();
        let (field, member) = place.split_once('.').map_or((place, None), |(f, m)| (f, Some(m)));
        let value = match (field, member) {
            ("attributes", Some(name)) => json!(value_of(name)),
            ("credential", None) => json!({ "id": "x" }),
            ("responses", None) => json!({ "X": "y" }),
            ("answer", None) => json!(answer),
            ("responses", Some("DEVICE_KEY")) => json!("us-east-1_a1b2c3d4"),
            _ => json!("123456"),
        };
        let place = match member {
            None => answers.insert(field.to_owned(), value),
            Some(member) => {
                let members = answers.entry(field).or_insert_with(|| json!({}));
                members.as_object_mut().unwrap().insert(member.to_owned(), value)
            }
        };
        assert!(place.is_none(), "a place twice: {challenge}");
    }
    json!({
        "name": challenge["name"], "session": challenge["session"], "username": challenge["username"], "answers": answers
    })
}

/// Asks, answers what is asked, and gives the last answer.
async fn answered(pool: &Scripted, config: &Config, asked: Value, answer: &str) -> Answer {
    pool.answer("InitiateAuth", asked);
    let first = pool.ask(config, &sign_in()).await;
    let challenge = &first.json()["challenge"];
    pool.forget();
    pool.ask(config, &Request::post("/auth/challenge", &filled(challenge, answer))).await
}

#[tokio::test]
async fn every_challenge_can_be_answered_with_what_it_expects() {
    let pool = Scripted::start();
    let plain = config(&json!({}));
    for (name, answer, parameters) in [
        ("NEW_PASSWORD_REQUIRED", "", json!({ "requiredAttributes": "[]" })),
        ("SMS_MFA", "", json!({})),
        ("SOFTWARE_TOKEN_MFA", "", json!({})),
        ("EMAIL_OTP", "", json!({})),
        ("SMS_OTP", "", json!({})),
        ("MFA_SETUP", "", json!({ "MFAS_CAN_SETUP": "[\"SOFTWARE_TOKEN_MFA\"]" })),
        ("SELECT_MFA_TYPE", "SMS_MFA", json!({ "MFAS_CAN_CHOOSE": "[\"SMS_MFA\",\"EMAIL_OTP\"]" })),
        ("SELECT_CHALLENGE", "EMAIL_OTP", json!({})),
        ("PASSWORD", "", json!({})),
        ("WEB_AUTHN", "", json!({ "CREDENTIAL_REQUEST_OPTIONS": "{\"challenge\":\"x\"}" })),
        ("CUSTOM_CHALLENGE", "blue", json!({ "hint": "sky" })),
        ("PASSWORD_SRP", "", json!({})),
        ("PASSWORD_VERIFIER", "", json!({ "SRP_B": "b", "SALT": "s", "SECRET_BLOCK": "c" })),
        ("DEVICE_SRP_AUTH", "", json!({})),
        ("DEVICE_PASSWORD_VERIFIER", "", json!({ "SRP_B": "b" })),
        ("OF_TOMORROW", "", json!({})),
    ] {
        let answer = answered(&pool, &plain, of_challenge(name, &parameters), answer).await;
        assert_eq!(answer.status_and_code(), "200", "{name}: {}", answer.body);
        assert!(answer.json().get("tokens").is_some(), "{name}");
        assert_eq!(pool.operations().last().unwrap(), "RespondToAuthChallenge", "{name}");
    }
}

#[tokio::test]
async fn every_attribute_that_a_pool_requires_goes_along_with_a_new_password() {
    let pool = Scripted::start();
    let required: Vec<&str> = STANDARD.into_iter().chain(CUSTOM.map(|(name, _)| name)).collect();
    let listed = json!(required.iter().map(|name| format!("userAttributes.{name}")).collect::<Vec<_>>());
    let asked = of_challenge(
        "NEW_PASSWORD_REQUIRED",
        &json!({ "USER_ID_FOR_SRP": "7f1e", "requiredAttributes": listed.to_string() }),
    );
    let answer = answered(&pool, &with_custom_attributes(), asked, "").await;
    assert_eq!(answer.status_and_code(), "200", "{}", answer.body);
    let mut expected = json!({ "USERNAME": "7f1e", "NEW_PASSWORD": "123456" });
    for name in required {
        expected[format!("userAttributes.{name}")] = json!(value_of(name));
    }
    assert_eq!(pool.sent()[0].body["ChallengeResponses"], expected);
}

#[tokio::test]
async fn every_attribute_that_a_pool_has_can_be_written_at_sign_up_and_later() {
    let pool = Scripted::start();
    let config = with_custom_attributes();
    for name in STANDARD.into_iter().chain(CUSTOM.map(|(name, _)| name)) {
        let (mut sign_up, mut change) = (json!({ "email": EMAIL, "password": PASSWORD }), json!({}));
        if let Some((_, field)) = FIELDS.into_iter().find(|(attribute, _)| *attribute == name) {
            sign_up[field] = json!(value_of(name));
            change[field] = json!(value_of(name));
        } else {
            sign_up["attributes"] = json!({ name: value_of(name) });
            change["attributes"] = json!({ name: value_of(name) });
        }
        pool.forget();
        let answer = pool.ask(&config, &Request::post("/auth/signup", &sign_up)).await;
        assert_eq!(answer.status_and_code(), "201", "{name}: {}", answer.body);
        let answer = pool.ask(&config, &Request::new("PATCH", "/user").signed_in().json(&change)).await;
        assert_eq!(answer.status_and_code(), "200", "{name}: {}", answer.body);
        assert_eq!(answer.json()["updated"], json!([name]));
        for sent in pool.sent() {
            let written = sent.body["UserAttributes"].as_array().unwrap();
            assert!(written.contains(&json!({ "Name": name, "Value": value_of(name) })), "{sent:?}");
        }
        assert_eq!(pool.operations(), ["SignUp", "UpdateUserAttributes"]);
    }
}

#[tokio::test]
async fn a_custom_attribute_can_be_removed_where_it_can_be_written() {
    let pool = Scripted::start();
    let remove =
        Request::new("PATCH", "/user").signed_in().json(&json!({ "attributes": { "custom:team": null } }));
    let answer = pool.ask(&with_custom_attributes(), &remove).await;
    answer.assert_json(200, &json!({ "updated": [], "deleted": ["custom:team"], "deliveries": [] }));
    assert_eq!(pool.sent()[0].body["UserAttributeNames"], json!(["custom:team"]));
    let closed = pool.ask(&config(&json!({})), &remove).await;
    assert_eq!(closed.status_code_and_places(), "422 invalid_request [/attributes/custom:team]");
}

/// An invited user must not raise their own rights, whatever Cognito's client may write.
#[tokio::test]
async fn a_custom_attribute_that_is_not_named_is_closed_in_the_challenge_too() {
    let pool = Scripted::start();
    let body = json!({
        "name": "NEW_PASSWORD_REQUIRED", "session": SESSION, "username": "7f1e",
        "answers": { "newPassword": "p", "attributes": { "custom:role": "admin", "custom:team": "x" } },
    });
    let answer = pool.ask(&with_custom_attributes(), &Request::post("/auth/challenge", &body)).await;
    assert_eq!(answer.status_code_and_places(), "422 invalid_request [/answers/attributes/custom:role]");
    assert!(pool.sent().is_empty());
}

#[tokio::test]
async fn a_pool_that_requires_what_nobody_may_write_is_told_to_who_runs_it() {
    let pool = Scripted::start();
    let required =
        |names: &str| of_challenge("NEW_PASSWORD_REQUIRED", &json!({ "requiredAttributes": names }));
    for (config, names, told) in [
        (config(&json!({})), r#"["userAttributes.custom:team","userAttributes.name"]"#, Some("custom:team")),
        (with_custom_attributes(), r#"["userAttributes.custom:team"]"#, None),
        (config(&json!({})), r#"["userAttributes.updated_at"]"#, None),
    ] {
        pool.answer("InitiateAuth", required(names));
        let (answer, log) = pool.ask_logged(&config, &sign_in()).await;
        assert_eq!(answer.status_and_code(), "200");
        let error = log.iter().find(|line| line["level"] == "ERROR");
        assert_eq!(error.map(|line| line["attributes"].as_str().unwrap()), told, "{log:?}");
    }
}

#[tokio::test]
async fn a_session_of_the_greatest_length_comes_back_whole() {
    let pool = Scripted::start();
    let session = "s".repeat(4096);
    let asked = json!({ "ChallengeName": "SMS_MFA", "Session": session, "ChallengeParameters": {} });
    let answer = answered(&pool, &config(&json!({})), asked, "").await;
    assert_eq!(answer.status_and_code(), "200", "{}", answer.body);
    assert_eq!(pool.sent()[0].body["Session"], session);
}

#[tokio::test]
async fn an_odd_address_goes_to_cognito_as_it_is() {
    let pool = Scripted::start();
    for address in [
        "a..b@docomo.ne.jp",
        "a.@example.com",
        "ann@my_host.example.com",
        "ann+x@example.com",
        "gr\u{fc}n@\u{e4}.de",
    ] {
        pool.forget();
        let body = json!({ "email": address, "password": PASSWORD });
        let answer = pool.ask(&config(&json!({})), &Request::post("/auth/signup", &body)).await;
        assert_eq!(answer.status_and_code(), "201", "{address}: {}", answer.body);
        assert_eq!(pool.sent()[0].body["Username"], address);
    }
}
