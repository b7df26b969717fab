//! The section `userPool`.

use serde_json::{Value, json};

use super::*;

mod messages;
mod second_factors;

#[test]
fn one_mistake_about_the_pool_is_told_once() {
    for (pointer, value) in [
        ("/userPool/id", json!("nonsense")),
        ("/userPool/mfa", json!("SOMETIMES")),
        ("/userPool/passwordPolicy/minimumLength", json!(5)),
        ("/userPool/passwordPolicy/minimumLength", json!("12")),
        ("/userPool/passwordPolicy/minimumLength", json!(12.5)),
        ("/userPool/groups", json!(["a", "a"])),
        ("/userPool/groups", json!(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"])),
        ("/userPool/groups/0", json!("two words")),
        ("/userPool/groups/0", json!("a,b")),
        ("/userPool/resourceServer/scopes/1", json!("a/b")),
        ("/userPool/tokenValidity/accessMinutes", json!(1)),
        ("/userPool/email", json!("a@example.com")),
        ("/userPool/email/from", json!(null)),
        ("/userPool/email/from", json!("no-reply")),
        ("/userPool/email/from", json!("Shop <no-reply@other.example>")),
        ("/userPool/email/replyTo", json!("Help <help@example.com>")),
        ("/userPool/email/configurationSet", json!("a b")),
        ("/userPool/email/sourceArn", json!("example.com")),
        ("/userPool/email/sourceArn", json!("arn:aws-cn:ses:cn-north-1:123456789012:identity/example.com")),
        ("/userPool/email/sender", json!("a@example.com")),
        ("/userPool/devices", json!("ALWAYS")),
        ("/userPool/devices", json!({})),
        ("/userPool/devices/remember", json!(null)),
        ("/userPool/devices/remember", json!("NEVER")),
        ("/userPool/devices/skipSecondFactor", json!("true")),
        ("/userPool/devices/forDays", json!(30)),
    ] {
        let mut file = own_file();
        if pointer.starts_with("/userPool/devices/") {
            set(&mut file, "/userPool/devices", json!({ "remember": "ALWAYS" }));
        }
        if pointer.starts_with("/userPool/email/") {
            set(&mut file, "/userPool/email", email());
        }
        set(&mut file, pointer, value.clone());
        assert_eq!(pointers(&file), [pointer], "{value}");
    }
}

#[test]
fn a_pool_and_its_client_go_together() {
    assert_eq!(pointers(&with("/userPool/id", json!("us-east-1_abc"))), ["/userPool/clientId"]);
    assert_eq!(pointers(&with("/userPool/clientId", json!("abc"))), ["/userPool/id"]);
}

/// The file with these fields of `userPool`.
fn pool(fields: &[(&str, Value)]) -> Value {
    let mut file = own_file();
    for (field, value) in fields {
        set(&mut file, &format!("/userPool/{field}"), value.clone());
    }
    file
}

#[test]
fn a_pool_that_the_stack_did_not_make_has_none_of_what_the_stack_would_set() {
    for (field, value, pointer) in [
        ("plan", json!("PLUS"), "/userPool/plan"),
        ("secondFactors", json!(["TOTP", "EMAIL"]), "/userPool/secondFactors"),
        ("passwordPolicy/historySize", json!(1), "/userPool/passwordPolicy/historySize"),
        ("sms", json!({}), "/userPool/sms"),
    ] {
        let mut file = pool(&[("id", json!("us-east-1_abc")), ("clientId", json!("abc"))]);
        assert!(pointers(&file).is_empty());
        set(&mut file, &format!("/userPool/{field}"), value);
        let (place, message) = told(&file);
        assert_eq!(place, pointer);
        assert!(message.contains("userPool.id names one that it does not change"), "{message}");
    }
}

#[test]
fn a_plan_that_is_too_low_is_told_with_each_setting_that_needs_more_and_both_ways_out() {
    let mut file = pool(&[("plan", json!("LITE")), ("refreshTokenRotation", json!(true))]);
    set(&mut file, "/auth/flow", json!("USER_AUTH"));
    let (place, message) = told(&file);
    assert_eq!(place, "/userPool/plan");
    assert_eq!(
        message,
        "is LITE, but auth.flow \"USER_AUTH\" needs ESSENTIALS, userPool.refreshTokenRotation needs ESSENTIALS: set it \
         to \"ESSENTIALS\", or to null for the least that the other settings need, or set those settings back"
    );
}

#[test]
fn a_replica_is_in_a_region_that_there_is() {
    let file = |regions: Value| json!({ "userPool": { "replicaRegions": regions } });
    assert!(pointers(&file(json!(["us-west-2", "eusc-de-east-1", "cn-north-1"]))).is_empty());
    assert_eq!(pointers(&file(json!(["us-west-2", "mars"]))), ["/userPool/replicaRegions/1"]);
    assert_eq!(pointers(&file(json!("us-west-2"))), ["/userPool/replicaRegions"]);
}

#[test]
fn threat_protection_needs_a_secret_to_know_where_callers_are() {
    let mut file = own_file();
    for mode in ["AUDIT", "ENFORCED"] {
        set(&mut file, "/userPool/threatProtection", json!(mode));
        set(&mut file, "/userPool/clientSecret", json!(false));
        assert_eq!(pointers(&file), ["/userPool/threatProtection"], "{mode}");
        set(&mut file, "/userPool/clientSecret", json!(true));
        assert!(pointers(&file).is_empty(), "{mode}");
        // Of a pool that was made elsewhere it says how that one is set up.
        let mut other = file.clone();
        set(&mut other, "/userPool/id", json!("us-east-1_abc"));
        set(&mut other, "/userPool/clientId", json!("abc"));
        assert!(pointers(&other).is_empty(), "{mode}");
    }
    set(&mut file, "/userPool/threatProtection", json!("on"));
    assert_eq!(pointers(&file), ["/userPool/threatProtection"]);
}

#[test]
fn a_pool_of_the_stack_sends_as_an_identity_that_the_sender_is_of() {
    let read =
        |email: Value| Config::parse(&with("/userPool/email", email).to_string()).unwrap().user_pool.email;
    assert_eq!(read(Value::Null), None);
    let full = read(email()).unwrap();
    assert_eq!((full.from.name(), full.from.address()), (Some("Shop"), "no-reply@mail.example.com"));
    let least = changed(changed(email(), "replyTo", json!(null)), "configurationSet", json!(null));
    assert_eq!(read(least.clone()).unwrap().reply_to, None);
    for missing in ["sourceArn", "from"] {
        let file = with("/userPool/email", changed(least.clone(), missing, json!(null)));
        let told = Config::parse(&file.to_string()).unwrap_err().to_string();
        assert!(told.contains(&format!("missing field `{missing}`")), "{told}");
    }
    // Which other regions Cognito takes identities of differs from one region to another.
    let elsewhere = "arn:aws:ses:eu-west-1:123456789012:identity/example.com";
    let mut file = with("/userPool/email", email());
    set(&mut file, "/userPool/email/sourceArn", json!(elsewhere));
    assert!(pointers(&file).is_empty());
}

#[test]
fn a_pool_that_the_stack_did_not_make_has_its_mail_set_elsewhere() {
    let mut file = with("/userPool/email", email());
    set(&mut file, "/userPool/id", json!("us-east-1_abc"));
    set(&mut file, "/userPool/clientId", json!("abc"));
    assert_eq!(pointers(&file), ["/userPool/email"]);
    let told = Config::parse(&file.to_string()).unwrap_err().to_string();
    assert!(told.contains("userPool.id names one that it does not change"), "{told}");
}

#[test]
fn a_pool_remembers_devices_only_where_it_is_told_which() {
    let read = |devices: Value| {
        let file = with("/userPool/devices", devices);
        Config::parse(&file.to_string()).unwrap().user_pool.devices
    };
    assert_eq!(Config::default().user_pool.devices, None);
    assert_eq!(read(Value::Null), None);
    for (text, remember) in [("ALWAYS", Remember::Always), ("IF_USER_AGREES", Remember::IfUserAgrees)] {
        assert_eq!(remember.as_str(), text);
        let least = read(json!({ "remember": text }));
        assert_eq!(least, Some(Devices { remember, skip_second_factor: false }));
        let most = read(json!({ "remember": text, "skipSecondFactor": true }));
        assert_eq!(most, Some(Devices { remember, skip_second_factor: true }));
    }
}

#[test]
fn a_device_stands_in_for_a_second_factor_only_where_there_is_one() {
    for (mfa, is_refused) in [("OFF", true), ("OPTIONAL", false), ("ON", false)] {
        for skips in [true, false] {
            let devices = json!({ "remember": "ALWAYS", "skipSecondFactor": skips });
            let mut file = with("/userPool/devices", devices);
            set(&mut file, "/userPool/mfa", json!(mfa));
            let expected =
                if skips && is_refused { vec!["/userPool/devices/skipSecondFactor"] } else { vec![] };
            assert_eq!(pointers(&file), expected, "{mfa} {skips}");
        }
    }
}

#[test]
fn a_pool_that_the_stack_did_not_make_remembers_what_it_was_told_elsewhere() {
    let mut file = with("/userPool/devices", json!({ "remember": "ALWAYS" }));
    set(&mut file, "/userPool/id", json!("us-east-1_abc"));
    set(&mut file, "/userPool/clientId", json!("abc"));
    assert_eq!(pointers(&file), ["/userPool/devices"]);
}
