//! What mails and SMS say.

use serde_json::{Value, json};

use super::*;

fn texts() -> Value {
    json!({
        "verification": { "email": { "subject": "Your code", "body": "<p>{####}</p>" } },
        "invitation": { "email": { "subject": "Welcome", "body": "<p>{username}, {####}</p>" } },
        "signInCode": {},
    })
}

#[test]
fn one_mistake_in_a_text_is_told_once() {
    for (pointer, value) in [
        ("/userPool/messages", json!("Your code: {####}")),
        ("/userPool/messages/verification", json!("Your code: {####}")),
        ("/userPool/messages/verification/email/subject", json!("")),
        ("/userPool/messages/verification/email/subject", json!("Your code {####}")),
        ("/userPool/messages/verification/email/body", json!("no code")),
        ("/userPool/messages/verification/email/body", json!("{username}: {####}")),
        ("/userPool/messages/verification/email/body", json!("{{####}}")),
        ("/userPool/messages/verification/email/html", json!("{####}")),
        ("/userPool/messages/verification/sms", json!("{###}")),
        ("/userPool/messages/invitation/email/body", json!("{####}")),
        ("/userPool/messages/invitation/sms", json!("{username}")),
        ("/userPool/messages/signInCode/email", json!("{####}")),
        ("/userPool/messages/signInCode/sms", json!("a\n{####}")),
        ("/userPool/messages/signUp", json!({})),
    ] {
        let mut file = with("/userPool/messages", texts());
        set(&mut file, "/userPool/sms", json!({}));
        set(&mut file, "/userPool/secondFactors", json!(["TOTP", "SMS"]));
        set(&mut file, pointer, value.clone());
        assert_eq!(pointers(&file), [pointer], "{value}");
    }
}

#[test]
fn a_pool_has_the_texts_that_are_given_and_cognito_s_for_the_rest() {
    let read = |texts: Value| Config::parse(&with("/userPool/messages", texts).to_string()).unwrap();
    assert_eq!(read(Value::Null).user_pool.messages, None);
    let messages = read(texts()).user_pool.messages.unwrap();
    let mail = messages.verification.unwrap().email.unwrap();
    assert_eq!((mail.subject.as_str(), mail.body.as_str()), ("Your code", "<p>{####}</p>"));
    assert_eq!(messages.invitation.unwrap().sms, None);
    assert_eq!(messages.sign_in_code.unwrap().email, None);
    for missing in ["subject", "body"] {
        let mut texts = texts();
        texts["verification"]["email"].as_object_mut().unwrap().remove(missing);
        let told = Config::parse(&with("/userPool/messages", texts).to_string()).unwrap_err().to_string();
        assert!(told.contains(&format!("missing field `{missing}`")), "{told}");
    }
}

#[test]
fn a_pool_that_the_stack_did_not_make_has_its_texts_set_elsewhere() {
    let mut file = with("/userPool/messages", texts());
    set(&mut file, "/userPool/id", json!("us-east-1_abc"));
    set(&mut file, "/userPool/clientId", json!("abc"));
    assert_eq!(pointers(&file), ["/userPool/messages"]);
}

#[test]
fn a_text_that_nobody_is_sent_is_refused() {
    let mail = json!({ "subject": "Your code", "body": "<p>{####}</p>" });
    let texts = json!({
        "verification": { "sms": "{####}" },
        "invitation": { "sms": "{username}: {####}" },
        "signInCode": { "email": mail, "sms": "{####}" },
    });
    let mut file = with("/userPool/messages", texts);
    let places =
        |names: &[&str]| names.iter().map(|name| format!("/userPool/messages/{name}")).collect::<Vec<_>>();
    let all = ["invitation/sms", "signInCode/email", "signInCode/sms", "verification/sms"];
    assert_eq!(pointers(&file), places(&all));
    set(&mut file, "/userPool/sms", json!({}));
    set(&mut file, "/userPool/secondFactors", json!(["TOTP", "SMS"]));
    assert_eq!(pointers(&file), places(&["signInCode/email"]));
    set(&mut file, "/userPool/email", email());
    set(&mut file, "/userPool/secondFactors", json!(["TOTP", "SMS", "EMAIL"]));
    assert!(pointers(&file).is_empty());
    set(&mut file, "/userPool/mfa", json!("OFF"));
    assert_eq!(pointers(&file), places(&["signInCode/email", "signInCode/sms"]));
}
