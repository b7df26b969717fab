//! Which pool and client the environment names.

use std::sync::{Arc, Mutex};

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_cognitoidentityprovider::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_cognitoidentityprovider::error::BoxError;
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
    assert!(cognito.client_secret.is_none() && cognito.auto_confirm.is_none());
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
    let cognito = from(&WHOLE, &json!({ "autoConfirm": true })).unwrap();
    assert_eq!(cognito.auto_confirm.unwrap().as_str(), "us-east-1_AbCdEfGhI");
}

/// Writes down where a request would go and as what it is signed, and lets none go.
#[derive(Debug, Clone, Default)]
struct Barrier(Arc<Mutex<Vec<(String, String)>>>);

impl Intercept for Barrier {
    fn name(&self) -> &'static str {
        "Barrier"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let authorization = request.headers().get("authorization").unwrap_or_default();
        self.0.lock().unwrap().push((request.uri().to_owned(), authorization.to_owned()));
        Err("no further".into())
    }
}

/// A pool that is taken over may live in another region than the function: its id says where.
#[tokio::test]
async fn a_pool_is_asked_in_its_own_region_wherever_the_function_runs() {
    for (pool, host) in [
        ("eu-west-1_AbCdEfGhI", "cognito-idp.eu-west-1.amazonaws.com"),
        ("us-gov-west-1_AbCdEfGhI", "cognito-idp.us-gov-west-1.amazonaws.com"),
        ("cn-north-1_AbCdEfGhI", "cognito-idp.cn-north-1.amazonaws.com.cn"),
    ] {
        let variables = [
            ("USER_POOL_ID", pool),
            WHOLE[1],
            ("AWS_REGION", "us-east-2"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ];
        let cognito = from(&variables, &json!({ "autoConfirm": true })).unwrap();
        let barrier = Barrier::default();
        let config = cognito.sdk.config().to_builder().interceptor(barrier.clone()).build();
        let request = Client::from_conf(config).admin_confirm_sign_up().user_pool_id(pool).username("ann");
        request.send().await.unwrap_err();
        let seen = barrier.0.lock().unwrap().clone();
        let [(uri, authorization)] = seen.as_slice() else { panic!("{} requests", seen.len()) };
        assert_eq!(uri.split('/').nth(2), Some(host));
        let region = pool.split('_').next().unwrap();
        assert!(authorization.contains(&format!("/{region}/cognito-idp/aws4_request")), "{authorization}");
    }
}
