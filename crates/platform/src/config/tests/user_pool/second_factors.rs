//! Second factors, and the plan and text messages that they need.

use serde_json::{Value, json};

use super::*;

#[test]
fn one_mistake_about_plan_factors_and_text_messages_is_told_once() {
    for (pointer, value) in [
        ("/userPool/plan", json!("lite")),
        ("/userPool/plan", json!("FREE")),
        ("/userPool/secondFactors", json!([])),
        ("/userPool/secondFactors", json!(["TOTP", "TOTP"])),
        ("/userPool/secondFactors", json!("TOTP")),
        ("/userPool/secondFactors", json!(["TOTP", "EMAIL"])),
        ("/userPool/secondFactors", json!(["TOTP", "SMS"])),
        ("/userPool/secondFactors/0", json!("PASSKEY")),
        ("/userPool/passwordPolicy/historySize", json!(25)),
        ("/userPool/passwordPolicy/historySize", json!(-1)),
        ("/userPool/sms", json!(true)),
        ("/userPool/sms/externalId", json!("a")),
        ("/userPool/sms/region", json!("us-west-2")),
        ("/userPool/sms/region", json!("cn-north-1")),
        ("/userPool/sms/originationIdentity", json!("+12065550100")),
        (
            "/userPool/sms/originationIdentity",
            json!("arn:aws:sms-voice:eu-west-1:123456789012:phone-number/phone-0a1b"),
        ),
        ("/userPool/sms/sender", json!("SHOP")),
    ] {
        let mut file = own_file();
        if pointer.starts_with("/userPool/sms/") {
            set(&mut file, "/userPool/sms", json!({}));
            set(&mut file, "/userPool/secondFactors", json!(["TOTP", "SMS"]));
        }
        set(&mut file, pointer, value.clone());
        assert_eq!(pointers(&file), [pointer], "{value}");
    }
}

#[test]
fn a_second_factor_has_what_it_needs() {
    let all = json!(["TOTP", "EMAIL", "SMS"]);
    let both = [("secondFactors", all), ("email", email()), ("sms", json!({}))];
    assert!(pointers(&pool(&both)).is_empty());
    for (fields, words) in [
        (vec![("secondFactors", json!([]))], "one at least"),
        (vec![("secondFactors", json!(["EMAIL"]))], "set userPool.email"),
        (vec![("secondFactors", json!(["SMS"]))], "set userPool.sms"),
        (vec![("sms", json!({}))], "must have SMS"),
        (
            vec![("mfa", json!("ON")), ("secondFactors", json!(["SMS"])), ("sms", json!({}))],
            "without a phone number could never sign in",
        ),
    ] {
        let (place, message) = told(&pool(&fields));
        assert_eq!(place, "/userPool/secondFactors");
        assert!(message.contains(words), "{message}");
        // Nobody is asked for a second factor.
        let off = [fields, vec![("mfa", json!("OFF"))]].concat();
        assert!(pointers(&pool(&off)).is_empty());
    }
}

#[test]
fn text_messages_alone_are_a_second_factor_where_everybody_has_a_number_or_may_go_without() {
    let alone = vec![("secondFactors", json!(["SMS"])), ("sms", json!({}))];
    let made_by_hand = vec![("mfa", json!("ON")), ("selfSignUp", json!(false))];
    assert!(pointers(&pool(&alone)).is_empty(), "it is optional");
    assert!(pointers(&pool(&[alone, made_by_hand].concat())).is_empty());
}

#[test]
fn text_messages_come_from_a_region_that_the_pool_s_may_use() {
    let sms = |region: &str, sms: Value| {
        let mut file = pool(&[("sms", sms), ("secondFactors", json!(["TOTP", "SMS"]))]);
        set(&mut file, "/region", json!(region));
        file
    };
    for (own, other) in
        [("eu-central-1", "eu-west-1"), ("ap-northeast-2", "ap-northeast-1"), ("eu-west-1", "eu-west-1")]
    {
        assert!(pointers(&sms(own, json!({ "region": other }))).is_empty(), "{own} {other}");
    }
    let (place, message) = told(&sms("ap-northeast-2", json!({ "region": "ap-northeast-2" })));
    assert_eq!(place, "/userPool/sms/region");
    assert!(message.ends_with("set it to ap-northeast-1, or leave it out"), "{message}");
    // As a sender of one's own they go past Amazon SNS.
    let sender = |region: &str| format!("arn:aws:sms-voice:{region}:123456789012:pool/pool-0a1b");
    let named = json!({ "originationIdentity": sender("eu-central-1") });
    assert!(pointers(&sms("eu-central-1", named.clone())).is_empty());
    let elsewhere = changed(named, "region", json!("eu-west-1"));
    assert_eq!(pointers(&sms("eu-central-1", elsewhere)), ["/userPool/sms/region"]);
    let unknown = json!({ "originationIdentity": sender("ap-east-1") });
    let (place, message) = told(&sms("ap-east-1", unknown));
    assert_eq!(place, "/userPool/sms/originationIdentity");
    assert!(message.contains("through Amazon SNS alone"), "{message}");
}
