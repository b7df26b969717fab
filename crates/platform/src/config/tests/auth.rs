//! The section `auth`.

use serde_json::json;

use super::*;

#[test]
fn one_mistake_about_the_auth_service_is_told_once() {
    for (pointer, value) in [("/auth/flow", json!("USER_SRP_AUTH")), ("/auth/refreshCookie", json!("yes"))] {
        let mut file = own_file();
        set(&mut file, pointer, value.clone());
        assert_eq!(pointers(&file), [pointer], "{value}");
    }
}

#[test]
fn a_sign_up_that_hides_known_addresses_cannot_confirm_at_once() {
    let file = json!({"auth": {"enumerationSafe": true}, "userPool": {"autoConfirm": true}});
    assert_eq!(pointers(&file), ["/auth/enumerationSafe"]);
}

#[test]
fn a_proof_of_humanity_needs_a_secret_so_that_nobody_signs_up_past_it() {
    let mut file = own_file();
    for turnstile in [json!({}), json!({"hostnames": ["app.example.com"], "action": "sign-up"})] {
        set(&mut file, "/auth/turnstile", turnstile);
        set(&mut file, "/userPool/clientSecret", json!(false));
        assert_eq!(pointers(&file), ["/auth/turnstile"]);
        set(&mut file, "/userPool/clientSecret", json!(true));
        assert!(pointers(&file).is_empty());
    }
    for (place, bad) in [
        ("hostnames/0", json!({"hostnames": ["https://app.example.com"]})),
        ("action", json!({"action": "sign up"})),
        ("verifyUrl", json!({"verifyUrl": "http://turnstile.example.com/siteverify"})),
        ("secret", json!({"secret": "0x4AAA"})),
    ] {
        set(&mut file, "/auth/turnstile", bad);
        assert_eq!(pointers(&file), [format!("/auth/turnstile/{place}")]);
    }
}
