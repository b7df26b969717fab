//! Which pool and client the environment names.

use platform::config::Config;
use serde_json::{Value, json};

use crate::cognito::{BadEnvironment, Cognito};

const WHOLE: [(&str, &str); 2] =
    [("USER_POOL_ID", "us-east-1_AbCdEfGhI"), ("USER_POOL_CLIENT_ID", "first,second")];

fn from(variables: &[(&str, &str)], user_pool: &Value) -> Result<Cognito, BadEnvironment> {
    let env = |name: &str| {
        variables.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    Cognito::from_env(env, &Config::parse(&json!({ "userPool": user_pool }).to_string()).unwrap())
}

fn refused(variables: &[(&str, &str)], user_pool: &Value) -> String {
    from(variables, user_pool).err().unwrap().to_string()
}

#[test]
fn of_several_clients_the_first_is_the_app_s_own() {
    let cognito = from(&WHOLE, &json!({})).unwrap();
    assert_eq!(cognito.client_id.as_str(), "first");
    assert!(cognito.client_secret.is_none() && cognito.auto_confirm.is_none() && !cognito.rotates);
}

#[test]
fn what_is_missing_or_odd_is_named_on_one_line() {
    for (variable, value, line) in [
        ("USER_POOL_ID", "", "USER_POOL_ID is not set"),
        ("USER_POOL_CLIENT_ID", "", "USER_POOL_CLIENT_ID is not set"),
        ("USER_POOL_ID", "a pool", "USER_POOL_ID "),
        ("USER_POOL_CLIENT_ID", " ,second", "USER_POOL_CLIENT_ID "),
        ("USER_POOL_CLIENT_ID", ",second", "USER_POOL_CLIENT_ID "),
    ] {
        let text = refused(&[WHOLE[0], WHOLE[1], (variable, value)], &json!({}));
        assert!(text.starts_with(line), "{text}");
        assert!(!text.contains('\n'), "{text}");
    }
    assert_eq!(refused(&[], &json!({})), "USER_POOL_CLIENT_ID is not set");
}

#[test]
fn a_client_with_a_secret_does_not_go_without() {
    let with_secret = json!({ "clientSecret": true });
    assert!(refused(&WHOLE, &with_secret).starts_with("USER_POOL_CLIENT_SECRET is not set"));
    assert!(refused(&[WHOLE[0], WHOLE[1], ("USER_POOL_CLIENT_SECRET", "")], &with_secret).contains("SECRET"));
    let cognito = from(&[WHOLE[0], WHOLE[1], ("USER_POOL_CLIENT_SECRET", "s")], &with_secret).unwrap();
    assert!(cognito.client_secret.is_some());
}

#[test]
fn the_pool_s_settings_are_those_of_the_configuration() {
    let cognito = from(&WHOLE, &json!({ "autoConfirm": true, "refreshTokenRotation": true })).unwrap();
    assert_eq!(cognito.auto_confirm.unwrap().as_str(), "us-east-1_AbCdEfGhI");
    assert!(cognito.rotates);
}
