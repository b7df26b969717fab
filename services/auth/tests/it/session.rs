//! A session from its choice to its end, as Cognito hears of it over the wire.

use serde_json::{Value, json};
use testkit::cognito::{EMAIL, SESSION, Scripted, Sent, failed, ok, refused};
use testkit::request::Request;

use crate::fake::{CODE, PASSWORD, REFRESH_TOKEN};
use crate::gateway::Answer;
use crate::scripted::{Service as _, config};

const APP: &str = "https://app.example.com";
/// What Cognito has a browser sign, in its own form: a text.
const OPTIONS: &str = r#"{"challenge":"q8Xz","rpId":"example.com","timeout":180000,"allowCredentials":[{"id":"Zm9v","type":"public-key"}]}"#;

fn by_choice() -> platform::config::Config {
    config(&json!({ "auth": { "flow": "USER_AUTH" } }))
}

fn asked(name: &str, parameters: &Value) -> Value {
    json!({ "ChallengeName": name, "Session": SESSION, "ChallengeParameters": parameters })
}

fn offered() -> Value {
    json!({
        "ChallengeName": "SELECT_CHALLENGE", "Session": SESSION, "ChallengeParameters": {},
        "AvailableChallenges": ["EMAIL_OTP", "WEB_AUTHN"],
    })
}

fn tokens() -> Value {
    json!({ "AuthenticationResult": { "AccessToken": "a", "IdToken": "i", "ExpiresIn": 3600 } })
}

/// Answers the challenge `name` of a sign-in.
async fn answer(pool: &Scripted, name: &str, answers: &Value) -> Answer {
    let body = json!({ "name": name, "session": SESSION, "username": EMAIL, "answers": answers });
    pool.ask(&by_choice(), &Request::post("/auth/challenge", &body)).await
}

fn last(pool: &Scripted) -> Sent {
    pool.sent().pop().unwrap()
}

#[tokio::test]
async fn a_passkey_is_chosen_first_and_signs_what_comes_back() {
    let pool = Scripted::start();
    pool.answer("InitiateAuth", offered());
    let chosen = asked("WEB_AUTHN", &json!({ "CREDENTIAL_REQUEST_OPTIONS": OPTIONS }));
    pool.script("RespondToAuthChallenge", vec![ok(chosen), ok(tokens())]);

    let begun =
        pool.ask(&by_choice(), &Request::post("/auth/signin", &json!({ "email": EMAIL }))).await.json();
    assert_eq!(begun["challenge"]["name"], "SELECT_CHALLENGE");
    assert_eq!(begun["challenge"]["parameters"]["availableChallenges"], json!(["EMAIL_OTP", "WEB_AUTHN"]));
    assert_eq!(begun["challenge"]["expects"], json!(["answer"]));

    let chosen = answer(&pool, "SELECT_CHALLENGE", &json!({ "answer": "WEB_AUTHN" })).await.json();
    let sent = last(&pool).body;
    assert_eq!(sent["ChallengeName"], "SELECT_CHALLENGE");
    assert_eq!(sent["ChallengeResponses"], json!({ "USERNAME": EMAIL, "ANSWER": "WEB_AUTHN" }));
    // As `PublicKeyCredential.parseRequestOptionsFromJSON` takes it.
    let options: Value = serde_json::from_str(OPTIONS).unwrap();
    assert_eq!(chosen["challenge"]["parameters"]["CREDENTIAL_REQUEST_OPTIONS"], options);
    assert_eq!(chosen["challenge"]["expects"], json!(["credential"]));

    let credential = json!({ "id": "Zm9v", "type": "public-key", "response": { "signature": "c2ln" } });
    let done = answer(&pool, "WEB_AUTHN", &json!({ "credential": credential })).await;
    assert_eq!(done.json()["tokens"]["accessToken"], "a");
    let sent = last(&pool).body;
    assert_eq!(sent["ChallengeName"], "WEB_AUTHN");
    let text = sent["ChallengeResponses"]["CREDENTIAL"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), credential);
}

#[tokio::test]
async fn who_names_a_passkey_at_once_gets_what_to_sign_at_once() {
    let pool = Scripted::start();
    pool.answer("InitiateAuth", asked("WEB_AUTHN", &json!({ "CREDENTIAL_REQUEST_OPTIONS": OPTIONS })));
    let ask = Request::post("/auth/signin", &json!({ "email": EMAIL, "preferredChallenge": "WEB_AUTHN" }));
    let begun = pool.ask(&by_choice(), &ask).await.json();
    assert_eq!(
        last(&pool).body["AuthParameters"],
        json!({ "USERNAME": EMAIL, "PREFERRED_CHALLENGE": "WEB_AUTHN" })
    );
    assert_eq!(begun["challenge"]["parameters"]["CREDENTIAL_REQUEST_OPTIONS"]["challenge"], "q8Xz");
}

#[tokio::test]
async fn each_choice_says_what_cognito_documents_and_the_next_challenge_can_be_answered() {
    let code = json!({ "code": CODE });
    let srp = json!({ "responses": {
        "PASSWORD_CLAIM_SIGNATURE": "s", "PASSWORD_CLAIM_SECRET_BLOCK": "b", "TIMESTAMP": "t",
    }});
    for (choice, along, members, next, answers) in [
        ("EMAIL_OTP", json!({}), json!({}), "EMAIL_OTP", code.clone()),
        ("SMS_OTP", json!({}), json!({}), "SMS_OTP", code),
        ("PASSWORD", json!({ "password": PASSWORD }), json!({ "PASSWORD": PASSWORD }), "", json!({})),
        (
            "PASSWORD_SRP",
            json!({ "responses": { "SRP_A": "a1" } }),
            json!({ "SRP_A": "a1" }),
            "PASSWORD_VERIFIER",
            srp,
        ),
        ("WEB_AUTHN", json!({ "credential": {} }), json!({ "CREDENTIAL": "{}" }), "", json!({})),
    ] {
        let pool = Scripted::start();
        let reply = if next.is_empty() { tokens() } else { asked(next, &json!({})) };
        pool.script("RespondToAuthChallenge", vec![ok(reply), ok(tokens())]);
        let mut given = along;
        given["answer"] = json!(choice);
        let chosen = answer(&pool, "SELECT_CHALLENGE", &given).await.json();
        let mut expected = members;
        expected["ANSWER"] = json!(choice);
        expected["USERNAME"] = json!(EMAIL);
        assert_eq!(last(&pool).body["ChallengeResponses"], expected, "{choice}");
        if next.is_empty() {
            assert_eq!(chosen["tokens"]["accessToken"], "a", "{choice}");
        } else {
            assert_eq!(chosen["challenge"]["name"], next);
            assert_eq!(answer(&pool, next, &answers).await.json()["tokens"]["accessToken"], "a", "{choice}");
        }
    }
}

#[tokio::test]
async fn what_is_on_offer_is_told_by_every_answer() {
    let pool = Scripted::start();
    pool.answer("RespondToAuthChallenge", offered());
    let again = answer(&pool, "EMAIL_OTP", &json!({ "code": CODE })).await.json();
    assert_eq!(again["challenge"]["parameters"]["availableChallenges"], json!(["EMAIL_OTP", "WEB_AUTHN"]));
}

#[tokio::test]
async fn new_tokens_come_the_same_way_whatever_config_json_thinks_of_rotation() {
    let device = "us-east-1_2bc8e6c0-1234-5678-9abc-def012345678";
    for rotates in [false, true] {
        for (reply, rotated) in [
            (tokens(), Value::Null),
            (
                json!({ "AuthenticationResult": {
                    "AccessToken": "a", "IdToken": "i", "ExpiresIn": 3600, "RefreshToken": "next.token",
                }}),
                json!("next.token"),
            ),
        ] {
            let pool = Scripted::start();
            pool.answer("GetTokensFromRefreshToken", reply);
            // As Cognito answers the flow beside rotation.
            pool.refuse("InitiateAuth", "InvalidParameterException", "Auth flow not enabled for this client");
            let config = config(&json!({ "userPool": { "refreshTokenRotation": rotates } }));
            let body = json!({ "refreshToken": REFRESH_TOKEN, "deviceKey": device });
            let answer = pool.ask(&config, &Request::post("/auth/refresh", &body)).await.json();
            assert_eq!(answer["tokens"]["accessToken"], "a");
            assert_eq!(answer["tokens"]["refreshToken"], rotated);
            let sent = pool.sent();
            assert_eq!(pool.operations(), ["GetTokensFromRefreshToken"]);
            assert_eq!(
                sent[0].body,
                json!({ "ClientId": "client", "RefreshToken": REFRESH_TOKEN, "DeviceKey": device })
            );
        }
    }
}

#[tokio::test]
async fn a_sign_out_takes_the_cookie_away_whatever_cognito_says() {
    let config = config(&json!({ "auth": { "refreshCookie": true }, "api": { "corsOrigins": [APP] } }));
    let cookie = format!("__Host-refresh_token={REFRESH_TOKEN}; __Secure-refresh_token=former.token");
    let ask = Request::new("POST", "/auth/signout").header("Origin", APP).header("Cookie", &cookie);
    for (said, status_and_code) in [
        (ok(json!({})), "204"),
        // A client with EnableTokenRevocation off.
        (refused("UnsupportedOperationException", "Token revocation is not enabled"), "204"),
        (refused("UnauthorizedException", "Unauthorized"), "204"),
        (refused("TooManyRequestsException", "Rate exceeded"), "429 too_many_requests"),
        (failed(), "502 bad_gateway"),
    ] {
        let pool = Scripted::start();
        pool.script("RevokeToken", vec![said]);
        let answer = pool.ask(&config, &ask).await;
        assert_eq!(answer.status_and_code(), status_and_code);
        let cleared = answer.header("set-cookie").unwrap();
        assert!(
            cleared.starts_with("__Host-refresh_token=; HttpOnly; SameSite=Strict; Secure;"),
            "{cleared}"
        );
        assert!(cleared.ends_with("; Path=/; Max-Age=0"), "{cleared}");
        let mut revoked: Vec<_> = pool.sent().iter().map(|sent| sent.body["Token"].clone()).collect();
        revoked.sort_by_key(ToString::to_string);
        assert_eq!(revoked, ["former.token", REFRESH_TOKEN], "{status_and_code}");
    }
}

/// A second call would be one that only a real account has, and a second code.
#[tokio::test]
async fn what_cognito_has_answered_is_not_asked_again() {
    let config = config(&json!({}));
    for said in [refused("TooManyRequestsException", "Rate exceeded"), failed()] {
        for route in crate::routes::all() {
            let pool = Scripted::start();
            pool.ask(&config, &route.request()).await;
            let usual = pool.operations();
            pool.forget();
            pool.script(&usual[0], vec![said.clone()]);
            pool.ask(&config, &route.request()).await;
            assert_eq!(pool.operations(), usual[..1], "{}", route.name());
        }
    }
}
