//! Every operation sends exactly what Cognito wants: nothing less, nothing more, and unsigned but for one.

use serde_json::{Value, json};

use super::wire::{
    AUTO_CONFIRMING, CONFIDENTIAL, Client, EMAIL, EMAIL_HASH, PUBLIC, call, ok, play, refused, tokens,
};
use crate::provider::{Factor, IdentityProvider, MfaPreference, Refusal, SignUp, SignedUp, Verifiable};
use crate::values::{
    AccessToken, AttributeName, AttributeValue, Attributes, Code, DeviceName, Email, Password, RefreshToken,
};

fn email() -> Email {
    Email::parse(EMAIL.to_owned()).unwrap()
}

fn code() -> Code {
    Code::parse("123456".to_owned()).unwrap()
}

fn password(text: &str) -> Password {
    Password::parse(text.to_owned()).unwrap()
}

fn access() -> AccessToken {
    AccessToken::parse("a.b.c".to_owned()).unwrap()
}

fn refresh() -> RefreshToken {
    RefreshToken::parse("r.s.t".to_owned()).unwrap()
}

fn new_account() -> SignUp {
    let name = AttributeValue::parse("Ann".to_owned()).unwrap();
    SignUp {
        email: email(),
        password: password("Correct-horse-9"),
        attributes: Attributes::from([(AttributeName::NAME, name)]),
    }
}

fn made(confirmed: bool) -> Value {
    json!({
        "UserSub": "7f1e", "UserConfirmed": confirmed,
        "CodeDeliveryDetails": { "Destination": "a***", "DeliveryMedium": "EMAIL", "AttributeName": "email" },
    })
}

/// `expected` as it is from a public client, and with the hash from one that has a secret.
fn with_hash(client: Client, mut expected: Value) -> Value {
    if client.has_secret {
        expected[0][1]["SecretHash"] = json!(EMAIL_HASH);
    }
    expected
}

#[tokio::test]
async fn a_sign_up_names_the_user_by_the_address_and_hashes_it_only_with_a_secret() {
    for client in [PUBLIC, CONFIDENTIAL] {
        let script = [call!(sign_up, ok(&made(false)))];
        let (done, sent) =
            play(client, &script, async |cognito| cognito.sign_up(&new_account(), None).await).await;
        let SignedUp { user_sub, confirmed, delivery } = done.unwrap();
        assert_eq!((user_sub.as_str(), confirmed), ("7f1e", false));
        let delivery = delivery.unwrap();
        assert_eq!(delivery.destination.as_deref(), Some("a***"));
        assert_eq!(
            (delivery.medium.as_deref(), delivery.attribute.as_deref()),
            (Some("EMAIL"), Some("email"))
        );
        let expected = json!([["SignUp", {
            "ClientId": "client", "Username": EMAIL, "Password": "Correct-horse-9",
            "UserAttributes": [{ "Name": "name", "Value": "Ann" }, { "Name": "email", "Value": EMAIL }],
        }]]);
        assert_eq!(sent, with_hash(client, expected));
    }
}

#[tokio::test]
async fn only_the_confirmation_of_an_account_is_signed() {
    let script = [call!(sign_up, ok(&made(false))), call!(admin_confirm_sign_up, ok(&json!({})))];
    let (done, sent) =
        play(AUTO_CONFIRMING, &script, async |cognito| cognito.sign_up(&new_account(), None).await).await;
    let made = done.unwrap();
    assert!(made.confirmed && made.delivery.is_none());
    assert_eq!(sent[0].as_array().unwrap().len(), 2, "{sent}");
    let confirmation = json!({ "UserPoolId": "us-east-1_Pool", "Username": EMAIL });
    assert_eq!(sent[1], json!(["AdminConfirmSignUp", confirmation, "signed"]));
}

#[tokio::test]
async fn an_account_that_is_confirmed_already_is_left_alone() {
    let script = [call!(sign_up, ok(&made(true)))];
    let (done, _) =
        play(AUTO_CONFIRMING, &script, async |cognito| cognito.sign_up(&new_account(), None).await).await;
    let made = done.unwrap();
    assert!(made.confirmed && made.delivery.is_none());
}

#[tokio::test]
async fn a_confirmation_that_fails_is_a_failure_of_its_own_operation() {
    let denied =
        refused("AccessDeniedException", "not authorized to perform: cognito-idp:AdminConfirmSignUp");
    let script = [call!(sign_up, ok(&made(false))), call!(admin_confirm_sign_up, denied)];
    let (done, _) =
        play(AUTO_CONFIRMING, &script, async |cognito| cognito.sign_up(&new_account(), None).await).await;
    let failure = done.unwrap_err();
    assert_eq!(failure.operation, "AdminConfirmSignUp");
    assert!(matches!(failure.refusal, Refusal::SetUp(_)), "{failure}");
}

#[tokio::test]
async fn whoever_asks_for_an_address_hashes_it_with_a_secret() {
    for client in [PUBLIC, CONFIDENTIAL] {
        let script = [call!(confirm_sign_up, ok(&json!({})))];
        let (done, sent) =
            play(client, &script, async |cognito| cognito.confirm_sign_up(&email(), &code(), None).await)
                .await;
        done.unwrap();
        let body = json!({ "ClientId": "client", "Username": EMAIL, "ConfirmationCode": "123456" });
        assert_eq!(sent, with_hash(client, json!([["ConfirmSignUp", body]])));

        let script = [call!(resend_confirmation_code, ok(&json!({})))];
        let (done, sent) =
            play(client, &script, async |cognito| cognito.resend_code(&email(), None).await).await;
        done.unwrap();
        let body = json!({ "ClientId": "client", "Username": EMAIL });
        assert_eq!(sent, with_hash(client, json!([["ResendConfirmationCode", body]])));

        let script = [call!(forgot_password, ok(&json!({})))];
        let (done, sent) =
            play(client, &script, async |cognito| cognito.forgot_password(&email(), None).await).await;
        done.unwrap();
        assert_eq!(sent, with_hash(client, json!([["ForgotPassword", body]])));

        let script = [call!(confirm_forgot_password, ok(&json!({})))];
        let new = password("Another-horse-9");
        let (done, sent) = play(client, &script, async |cognito| {
            cognito.reset_password(&email(), &code(), &new, None).await
        })
        .await;
        done.unwrap();
        let body = json!({
            "ClientId": "client", "Username": EMAIL, "ConfirmationCode": "123456",
            "Password": "Another-horse-9",
        });
        assert_eq!(sent, with_hash(client, json!([["ConfirmForgotPassword", body]])));
    }
}

#[tokio::test]
async fn new_tokens_come_from_the_operation_that_every_client_has() {
    for client in [PUBLIC, CONFIDENTIAL] {
        let script = [call!(get_tokens_from_refresh_token, tokens())];
        let (done, sent) =
            play(client, &script, async |cognito| cognito.refresh(&refresh(), None).await).await;
        assert_eq!(done.unwrap().refresh.unwrap().expose(), "the-refresh-token");
        let mut body = json!({ "ClientId": "client", "RefreshToken": "r.s.t" });
        if client.has_secret {
            body["ClientSecret"] = json!("client-secret");
        }
        assert_eq!(sent, json!([["GetTokensFromRefreshToken", body]]), "{client:?}");
    }
}

#[tokio::test]
async fn a_token_is_revoked_with_the_secret_itself() {
    for client in [PUBLIC, CONFIDENTIAL] {
        let script = [call!(revoke_token, ok(&json!({})))];
        let (done, sent) = play(client, &script, async |cognito| cognito.revoke(&refresh()).await).await;
        done.unwrap();
        let mut body = json!({ "ClientId": "client", "Token": "r.s.t" });
        if client.has_secret {
            body["ClientSecret"] = json!("client-secret");
        }
        assert_eq!(sent, json!([["RevokeToken", body]]));
    }
}

#[tokio::test]
async fn the_own_account_is_read_by_its_token() {
    let answer = json!({
        "Username": "7f1e", "UserAttributes": [{ "Name": "sub", "Value": "7f1e" }, { "Name": "odd" }],
        "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA", "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"],
    });
    let script = [call!(get_user, ok(&answer))];
    let (user, sent) = play(CONFIDENTIAL, &script, async |cognito| cognito.user(&access()).await).await;
    let user = user.unwrap();
    assert_eq!(json!(user.attributes), json!({ "sub": "7f1e" }));
    assert_eq!(user.preferred_mfa.as_deref(), Some("SOFTWARE_TOKEN_MFA"));
    assert_eq!(user.enabled_mfa, ["SOFTWARE_TOKEN_MFA"]);
    assert_eq!(sent, json!([["GetUser", { "AccessToken": "a.b.c" }]]));
}

#[tokio::test]
async fn attributes_are_written_and_removed_by_cognito_s_names() {
    let delivery = json!({ "CodeDeliveryDetailsList": [{ "AttributeName": "email" }] });
    let script =
        [call!(update_user_attributes, ok(&delivery)), call!(delete_user_attributes, ok(&json!({})))];
    let (deliveries, sent) = play(PUBLIC, &script, async |cognito| {
        let number = AttributeValue::parse("+14155550123".to_owned()).unwrap();
        let written = Attributes::from([(AttributeName::PHONE_NUMBER, number)]);
        let deliveries = cognito.update(&access(), &written).await.unwrap();
        cognito.remove(&access(), &[AttributeName::NAME, AttributeName::LOCALE]).await.unwrap();
        deliveries
    })
    .await;
    assert_eq!(deliveries.len(), 1);
    let written = json!([{ "Name": "phone_number", "Value": "+14155550123" }]);
    assert_eq!(
        sent,
        json!([
            ["UpdateUserAttributes", { "AccessToken": "a.b.c", "UserAttributes": written }],
            ["DeleteUserAttributes", { "AccessToken": "a.b.c", "UserAttributeNames": ["name", "locale"] }],
        ])
    );
}

#[tokio::test]
async fn what_a_user_does_with_the_own_account_carries_the_access_token_alone() {
    let delivery = json!({ "CodeDeliveryDetails": { "DeliveryMedium": "SMS" } });
    let script = [
        call!(delete_user, ok(&json!({}))),
        call!(get_user_attribute_verification_code, ok(&delivery)),
        call!(verify_user_attribute, ok(&json!({}))),
        call!(change_password, ok(&json!({}))),
        call!(global_sign_out, ok(&json!({}))),
    ];
    let ((), sent) = play(CONFIDENTIAL, &script, async |cognito| {
        cognito.delete_user(&access()).await.unwrap();
        cognito.send_code(&access(), Verifiable::PhoneNumber).await.unwrap();
        cognito.verify(&access(), Verifiable::Email, &code()).await.unwrap();
        cognito.change_password(&access(), &password("old"), &password("new")).await.unwrap();
        cognito.sign_out_everywhere(&access()).await.unwrap();
    })
    .await;
    let verify = json!({ "AccessToken": "a.b.c", "AttributeName": "email", "Code": "123456" });
    let change = json!({ "AccessToken": "a.b.c", "PreviousPassword": "old", "ProposedPassword": "new" });
    assert_eq!(
        sent,
        json!([
            ["DeleteUser", { "AccessToken": "a.b.c" }],
            ["GetUserAttributeVerificationCode", { "AccessToken": "a.b.c", "AttributeName": "phone_number" }],
            ["VerifyUserAttribute", verify],
            ["ChangePassword", change],
            ["GlobalSignOut", { "AccessToken": "a.b.c" }],
        ])
    );
}

#[tokio::test]
async fn an_authenticator_app_is_set_up_by_the_access_token() {
    let device = DeviceName::parse("Ann's phone".to_owned()).unwrap();
    let script = [
        call!(associate_software_token, ok(&json!({ "SecretCode": "JBSWY3DP" }))),
        call!(verify_software_token, ok(&json!({ "Status": "SUCCESS" }))),
        call!(verify_software_token, ok(&json!({ "Status": "ERROR" }))),
    ];
    let (wrong, sent) = play(PUBLIC, &script, async |cognito| {
        cognito.start_totp(&access()).await.unwrap();
        cognito.verify_totp(&access(), &code(), Some(&device)).await.unwrap();
        cognito.verify_totp(&access(), &code(), None).await.unwrap_err()
    })
    .await;
    assert_eq!(wrong.refusal, Refusal::CodeMismatch);
    let named = json!({ "AccessToken": "a.b.c", "UserCode": "123456", "FriendlyDeviceName": "Ann's phone" });
    assert_eq!(
        sent,
        json!([
            ["AssociateSoftwareToken", { "AccessToken": "a.b.c" }],
            ["VerifySoftwareToken", named],
            ["VerifySoftwareToken", { "AccessToken": "a.b.c", "UserCode": "123456" }],
        ])
    );
}

#[tokio::test]
async fn a_factor_that_is_not_named_is_not_sent() {
    let on = Some(Factor { enabled: true, preferred: true });
    let off = Some(Factor { enabled: false, preferred: false });
    for (preference, expected) in [
        (
            MfaPreference { totp: on, ..MfaPreference::default() },
            json!({ "SoftwareTokenMfaSettings": on_json() }),
        ),
        (
            MfaPreference { sms: off, email: on, totp: None },
            json!({
                "SMSMfaSettings": { "Enabled": false, "PreferredMfa": false }, "EmailMfaSettings": on_json(),
            }),
        ),
    ] {
        let script = [call!(set_user_mfa_preference, ok(&json!({})))];
        let (done, sent) =
            play(PUBLIC, &script, async |cognito| cognito.prefer_mfa(&access(), &preference).await).await;
        done.unwrap();
        let mut body = expected;
        body["AccessToken"] = json!("a.b.c");
        assert_eq!(sent, json!([["SetUserMFAPreference", body]]));
    }
}

fn on_json() -> Value {
    json!({ "Enabled": true, "PreferredMfa": true })
}
