//! What of a device goes to Cognito, and what becomes of a device that it does not know.

use serde_json::{Value, json};

use super::wire::{
    CONFIDENTIAL, EMAIL, EMAIL_HASH, PUBLIC, SESSION, SUB, call, challenge, ok, play, refused, tokens,
};
use crate::challenge::{ChallengeResponse, ChallengeResponseKind as Answer};
use crate::provider::{
    Failure, FirstFactor, IdentityProvider, KnownDevice, Refusal, SignIn, SignInOutcome, Tokens,
};
use crate::values::{
    AccessToken, ChallengeName, Cursor, DeviceKey, DeviceName, DeviceSalt, Email, Password, PasswordVerifier,
    RefreshToken, Session, Username,
};

const KEY: &str = "us-east-1_0a1b2c3d-0000-1111-2222-333344445555";

fn key() -> DeviceKey {
    DeviceKey::parse(KEY.to_owned()).unwrap()
}

fn access() -> AccessToken {
    AccessToken::parse("a.b.c".to_owned()).unwrap()
}

fn refresh() -> RefreshToken {
    RefreshToken::parse("r.s.t".to_owned()).unwrap()
}

fn sign_in() -> SignIn {
    SignIn {
        email: Email::parse(EMAIL.to_owned()).unwrap(),
        first_factor: FirstFactor::Password(Password::parse("Correct-horse-9".to_owned()).unwrap()),
        device: Some(key()),
    }
}

fn answer(name: &str, answers: Value) -> ChallengeResponse {
    let name = ChallengeName::parse(name.to_owned()).unwrap();
    ChallengeResponse {
        session: Session::parse(SESSION.to_owned()).ok(),
        username: Username::parse(SUB.to_owned()).unwrap(),
        reply: Answer::parse(name, serde_json::from_value(answers).unwrap(), &[]).unwrap(),
        device: Some(key()),
    }
}

fn forgotten() -> super::wire::Reply {
    refused("ResourceNotFoundException", "Device does not exist.")
}

fn signed_in(step: Result<SignInOutcome, Failure>) -> Tokens {
    match step.unwrap() {
        SignInOutcome::SignedIn(tokens) => tokens,
        other => panic!("{other:?}"),
    }
}

/// The same body without the device's key.
fn without_key(sent: &Value, members: &str) -> Value {
    let mut body = sent.clone();
    assert_eq!(body[1][members].as_object_mut().unwrap().remove("DEVICE_KEY"), Some(json!(KEY)));
    body
}

#[tokio::test]
async fn a_sign_in_names_its_device_in_both_flows() {
    let by_password = || Password::parse("Correct-horse-9".to_owned()).ok();
    for (first_factor, flow, chosen) in [
        (FirstFactor::Password(by_password().unwrap()), "USER_PASSWORD_AUTH", Value::Null),
        (FirstFactor::Choice { password: by_password(), preferred: None }, "USER_AUTH", json!("PASSWORD")),
    ] {
        let command = SignIn { first_factor, ..sign_in() };
        let script = [call!(initiate_auth, challenge("DEVICE_SRP_AUTH", &json!({ "USERNAME": SUB })))];
        let (step, sent) =
            play(CONFIDENTIAL, &script, async |cognito| cognito.sign_in(&command, None).await).await;
        let SignInOutcome::Challenge(asked) = step.unwrap() else { panic!("nothing is asked") };
        assert_eq!((asked.name.as_str(), asked.username.as_str()), ("DEVICE_SRP_AUTH", SUB));
        let mut parameters = json!({
            "USERNAME": EMAIL, "SECRET_HASH": EMAIL_HASH, "PASSWORD": "Correct-horse-9", "DEVICE_KEY": KEY,
        });
        if !chosen.is_null() {
            parameters["PREFERRED_CHALLENGE"] = chosen;
        }
        let body = json!({ "ClientId": "client", "AuthFlow": flow, "AuthParameters": parameters });
        assert_eq!(sent, json!([["InitiateAuth", body]]));
    }
}

#[tokio::test]
async fn an_answer_names_the_device_beside_what_it_answers() {
    for (name, answers, expected) in [
        ("SOFTWARE_TOKEN_MFA", json!({ "code": "123456" }), json!({ "SOFTWARE_TOKEN_MFA_CODE": "123456" })),
        ("DEVICE_SRP_AUTH", json!({ "responses": { "SRP_A": "a1" } }), json!({ "SRP_A": "a1" })),
    ] {
        let response = answer(name, answers);
        let script = [call!(respond_to_auth_challenge, tokens())];
        let (step, sent) =
            play(PUBLIC, &script, async |cognito| cognito.respond(&response, None).await).await;
        step.unwrap();
        let mut members = expected;
        members["USERNAME"] = json!(SUB);
        members["DEVICE_KEY"] = json!(KEY);
        assert_eq!(sent[0][1]["ChallengeResponses"], members);
    }
}

#[tokio::test]
async fn a_challenge_that_came_without_a_session_is_answered_without_one() {
    let members = json!({ "responses": { "SRP_A": "a1" } });
    let response = ChallengeResponse { session: None, ..answer("DEVICE_SRP_AUTH", members) };
    let script = [call!(respond_to_auth_challenge, tokens())];
    let (step, sent) = play(PUBLIC, &script, async |cognito| cognito.respond(&response, None).await).await;
    step.unwrap();
    assert!(sent[0][1].get("Session").is_none(), "{sent}");
}

#[tokio::test]
async fn a_refresh_names_the_device() {
    for client in [PUBLIC, CONFIDENTIAL] {
        let script = [call!(get_tokens_from_refresh_token, tokens())];
        let (done, sent) =
            play(client, &script, async |cognito| cognito.refresh(&refresh(), Some(&key())).await).await;
        done.unwrap();
        let mut body = json!({ "ClientId": "client", "RefreshToken": "r.s.t", "DeviceKey": KEY });
        if client.has_secret {
            body["ClientSecret"] = json!("client-secret");
        }
        assert_eq!(sent, json!([["GetTokensFromRefreshToken", body]]));
    }
}

#[tokio::test]
async fn a_new_device_comes_with_the_tokens_and_only_whole() {
    for (metadata, expected) in [
        (json!({ "DeviceKey": KEY, "DeviceGroupKey": "-AbC1" }), Some((KEY, "-AbC1"))),
        (json!({ "DeviceKey": KEY }), None),
        (json!({ "DeviceGroupKey": "-AbC1" }), None),
        (Value::Null, None),
    ] {
        let result = json!({ "AuthenticationResult": {
            "AccessToken": "a", "IdToken": "i", "ExpiresIn": 3600, "NewDeviceMetadata": metadata,
        }});
        let script = [call!(initiate_auth, ok(&result)), call!(get_tokens_from_refresh_token, ok(&result))];
        let ((signed, refreshed), _) = play(PUBLIC, &script, async |cognito| {
            (cognito.sign_in(&sign_in(), None).await, cognito.refresh(&refresh(), None).await)
        })
        .await;
        for tokens in [signed_in(signed), refreshed.unwrap()] {
            let device = tokens.device.as_ref();
            let device = device.map(|device| (device.key.as_str(), device.group_key.as_str()));
            assert_eq!(device, expected, "{metadata}");
        }
    }
}

#[tokio::test]
async fn a_sign_in_with_a_forgotten_device_is_one_with_a_new_one() {
    let script = [call!(initiate_auth, forgotten()), call!(initiate_auth, tokens())];
    let (step, sent) = play(PUBLIC, &script, async |cognito| cognito.sign_in(&sign_in(), None).await).await;
    signed_in(step);
    assert_eq!(sent[1], without_key(&sent[0], "AuthParameters"));

    let response = answer("SMS_MFA", json!({ "code": "123456" }));
    let script = [call!(respond_to_auth_challenge, forgotten()), call!(respond_to_auth_challenge, tokens())];
    let (step, sent) = play(PUBLIC, &script, async |cognito| cognito.respond(&response, None).await).await;
    signed_in(step);
    assert_eq!(sent[1], without_key(&sent[0], "ChallengeResponses"));
}

#[tokio::test]
async fn an_authenticator_app_is_verified_once_even_if_the_device_was_forgotten() {
    let response = answer("MFA_SETUP", json!({ "code": "123456" }));
    let verified = json!({ "Status": "SUCCESS", "Session": "session-behind-the-verification" });
    let script = [
        call!(verify_software_token, ok(&verified)),
        call!(respond_to_auth_challenge, forgotten()),
        call!(respond_to_auth_challenge, tokens()),
    ];
    let (step, sent) = play(PUBLIC, &script, async |cognito| cognito.respond(&response, None).await).await;
    signed_in(step);
    for sent in [&sent[1], &sent[2]] {
        assert_eq!(sent[1]["Session"], "session-behind-the-verification");
    }
}

#[tokio::test]
async fn nothing_is_tried_twice_but_for_a_forgotten_device() {
    for (code, message, expected) in [
        ("NotAuthorizedException", "Incorrect username or password.", Refusal::NotAuthorized),
        ("UserNotFoundException", "User does not exist.", Refusal::UserNotFound),
        (
            "ResourceNotFoundException",
            "User pool client x does not exist.",
            Refusal::SetUp("there is no such app client in the pool's region"),
        ),
    ] {
        let script = [call!(initiate_auth, refused(code, message))];
        let (step, _) = play(PUBLIC, &script, async |cognito| cognito.sign_in(&sign_in(), None).await).await;
        assert_eq!(step.unwrap_err().refusal, expected);
    }
    let nameless = SignIn { device: None, ..sign_in() };
    let script = [call!(initiate_auth, forgotten())];
    let (step, _) = play(PUBLIC, &script, async |cognito| cognito.sign_in(&nameless, None).await).await;
    assert_eq!(step.unwrap_err().refusal, Refusal::DeviceNotFound);
}

#[tokio::test]
async fn a_challenge_to_the_device_is_not_answered_without_it() {
    for name in ["DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"] {
        let response = answer(name, json!({ "responses": { "SRP_A": "a1" } }));
        let script = [call!(respond_to_auth_challenge, forgotten())];
        let (step, _) = play(PUBLIC, &script, async |cognito| cognito.respond(&response, None).await).await;
        assert_eq!(step.unwrap_err().refusal, Refusal::DeviceNotFound, "{name}");
    }
}

#[tokio::test]
async fn a_device_is_confirmed_with_its_verifier_and_says_whether_the_user_is_asked() {
    for (is_asked, name) in [(true, None), (false, DeviceName::parse("Ann's phone".to_owned()).ok())] {
        let is_named = name.is_some();
        let device = KnownDevice {
            key: key(),
            name,
            verifier: PasswordVerifier::parse("dmVyaWZpZXI=".to_owned()).unwrap(),
            salt: DeviceSalt::parse("c2FsdA==".to_owned()).unwrap(),
        };
        let script = [call!(confirm_device, ok(&json!({ "UserConfirmationNecessary": is_asked })))];
        let (asked, sent) =
            play(CONFIDENTIAL, &script, async |cognito| cognito.confirm_device(&access(), &device).await)
                .await;
        assert_eq!(asked.unwrap(), is_asked);
        let secret = json!({ "PasswordVerifier": "dmVyaWZpZXI=", "Salt": "c2FsdA==" });
        let mut body =
            json!({ "AccessToken": "a.b.c", "DeviceKey": KEY, "DeviceSecretVerifierConfig": secret });
        if is_named {
            body["DeviceName"] = json!("Ann's phone");
        }
        assert_eq!(sent, json!([["ConfirmDevice", body]]));
    }
}

/// The attributes are those that AWS's own examples show: a user's first, then an administrator's.
#[tokio::test]
async fn devices_are_listed_page_by_page_without_the_address_of_our_own_function() {
    let attribute = |name: &str, value: &str| json!({ "Name": name, "Value": value });
    let listed = json!({ "PaginationToken": "next==", "Devices": [
        {
            "DeviceKey": KEY, "DeviceCreateDate": 1_715_100_742.022, "DeviceLastModifiedDate": 1_723_233_651.167,
            "DeviceLastAuthenticatedDate": 1_715_100_742.0,
            "DeviceAttributes": [
                attribute("device_status", "valid"), attribute("device_name", "Dart-device"),
                attribute("last_ip_used", "192.0.2.1"),
            ],
        },
        { "DeviceKey": "a_1", "DeviceAttributes": [attribute("dev:device_remembered_status", "remembered")] },
        { "DeviceKey": "a_2", "DeviceAttributes": [attribute("dev:device_remembered_status", "not_remembered")] },
        { "DeviceAttributes": [attribute("device_name", "without a key")] },
    ]});
    let script = [call!(list_devices, ok(&listed)), call!(list_devices, ok(&json!({})))];
    let cursor = Cursor::parse("next==".to_owned()).unwrap();
    let ((first, last), sent) = play(PUBLIC, &script, async |cognito| {
        let first = cognito.devices(&access(), 60, None).await.unwrap();
        (first, cognito.devices(&access(), 1, Some(&cursor)).await.unwrap())
    })
    .await;
    assert_eq!(first.next.as_deref(), Some("next=="));
    assert_eq!(first.devices.len(), 3);
    let phone = &first.devices[0];
    assert_eq!((phone.key.as_str(), phone.name.as_deref()), (KEY, Some("Dart-device")));
    assert_eq!(phone.created.as_deref(), Some("2024-05-07T16:52:22.022Z"));
    assert_eq!(phone.modified.as_deref(), Some("2024-08-09T20:00:51.167Z"));
    assert_eq!(phone.authenticated.as_deref(), Some("2024-05-07T16:52:22Z"));
    let remembered: Vec<_> = first.devices.iter().map(|device| device.remembered).collect();
    assert_eq!(remembered, [None, Some(true), Some(false)]);
    assert!(!format!("{first:?}").contains("192.0.2.1"));
    assert!(last.devices.is_empty() && last.next.is_none());
    assert_eq!(
        sent,
        json!([
            ["ListDevices", { "AccessToken": "a.b.c", "Limit": 60 }],
            ["ListDevices", { "AccessToken": "a.b.c", "Limit": 1, "PaginationToken": "next==" }],
        ])
    );
}

#[tokio::test]
async fn a_device_is_remembered_left_and_forgotten_by_its_key() {
    let script = [
        call!(update_device_status, ok(&json!({}))),
        call!(update_device_status, ok(&json!({}))),
        call!(forget_device, ok(&json!({}))),
    ];
    let ((), sent) = play(CONFIDENTIAL, &script, async |cognito| {
        cognito.remember_device(&access(), &key(), true).await.unwrap();
        cognito.remember_device(&access(), &key(), false).await.unwrap();
        cognito.forget_device(&access(), &key()).await.unwrap();
    })
    .await;
    let status =
        |status: &str| json!({ "AccessToken": "a.b.c", "DeviceKey": KEY, "DeviceRememberedStatus": status });
    assert_eq!(
        sent,
        json!([
            ["UpdateDeviceStatus", status("remembered")],
            ["UpdateDeviceStatus", status("not_remembered")],
            ["ForgetDevice", { "AccessToken": "a.b.c", "DeviceKey": KEY }],
        ])
    );
}

/// Whoever is signed in can ask for it, so it must not be a fault of ours.
#[tokio::test]
async fn a_pool_without_devices_and_a_device_that_is_not_there_are_no_faults() {
    let off = || refused("InvalidUserPoolConfigurationException", "Device tracking is off.");
    for (reply, expected) in [
        (off as fn() -> _, Refusal::UnsupportedOperation),
        (forgotten as fn() -> _, Refusal::DeviceNotFound),
        (|| refused("DeviceKeyExistsException", "x"), Refusal::DeviceKeyExists),
        (|| refused("InvalidParameterException", "Invalid device key given."), Refusal::InvalidParameter),
    ] {
        let device = KnownDevice {
            key: key(),
            name: None,
            verifier: PasswordVerifier::parse("dmVyaWZpZXI=".to_owned()).unwrap(),
            salt: DeviceSalt::parse("c2FsdA==".to_owned()).unwrap(),
        };
        let script = [
            call!(confirm_device, reply()),
            call!(list_devices, reply()),
            call!(update_device_status, reply()),
            call!(forget_device, reply()),
        ];
        let (failures, _) = play(PUBLIC, &script, async |cognito| {
            [
                cognito.confirm_device(&access(), &device).await.unwrap_err(),
                cognito.devices(&access(), 1, None).await.unwrap_err(),
                cognito.remember_device(&access(), &key(), true).await.unwrap_err(),
                cognito.forget_device(&access(), &key()).await.unwrap_err(),
            ]
        })
        .await;
        for failure in &failures {
            assert_eq!(failure.refusal, expected, "{}", failure.operation);
        }
        let operations = failures.map(|failure| failure.operation);
        assert_eq!(operations, ["ConfirmDevice", "ListDevices", "UpdateDeviceStatus", "ForgetDevice"]);
    }
}
