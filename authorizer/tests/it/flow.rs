//! Whole decisions: one test for each promise of the gate. `hostile/` has the cases that it must refuse.

use std::time::Duration;

use authorizer::{AuthorizeError, MalformedEvent, TokenError, UnixTime};
use lambda_runtime::Diagnostic;
use serde_json::json;
use testkit::authorizer_event::{ARN, connect_event, event, event_for};
use testkit::issuer::{KEY, OTHER_KEY, access_claims, id_claims, jwks, with};
use testkit::key_server::{KeyServer, Reply};
use testkit::net::closed_address;

use crate::support::{NOW, effect, failure, gate, rules};

fn server() -> KeyServer {
    KeyServer::start(Reply::json(&jwks(&[&KEY])))
}

#[tokio::test]
async fn a_valid_token_opens_its_routes_and_identifies_the_caller() {
    let server = server();
    let gate = gate(&server.url, &json!({ "rules": rules() }));
    let claims = with(access_claims(), "cognito:groups", json!(["admins", "staff"]));
    let answer = gate.authorize(&event(&KEY.token(&claims)), NOW).await.unwrap();
    let (effect, resources) = effect(&answer);
    assert_eq!(effect, "Allow");
    assert!(resources.contains(&"GET/whoami".to_owned()) && resources.contains(&"GET/admin/*".to_owned()));
    assert!(!resources.iter().any(|resource| resource.contains("reports")), "{resources:?}");
    let answer = serde_json::to_value(&answer).unwrap();
    assert_eq!(answer["principalId"], claims["sub"]);
    // Which order a value has depends on the packages that are built along.
    insta::with_settings!({ sort_maps => true }, {
        insta::assert_json_snapshot!(answer, @r#"
        {
          "context": {
            "authority": "own",
            "client_id": "web",
            "exp": "1800003540",
            "groups": "admins staff",
            "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool",
            "jti": "c0ffee",
            "scope": "aws.cognito.signin.user.admin",
            "sub": "3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c",
            "token_use": "access",
            "username": "3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c"
          },
          "policyDocument": {
            "Statement": [
              {
                "Action": "execute-api:Invoke",
                "Effect": "Allow",
                "Resource": [
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/DELETE/user",
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/DELETE/user/*",
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/admin/*",
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/user",
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/user/*",
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami",
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/HEAD/user",
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/HEAD/user/*",
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/OPTIONS/user",
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/OPTIONS/user/*",
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/PATCH/user",
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/PATCH/user/*",
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/POST/user",
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/POST/user/*",
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/PUT/user",
                  "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/PUT/user/*"
                ]
              }
            ],
            "Version": "2012-10-17"
          },
          "principalId": "3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c"
        }
        "#);
    });
}

#[tokio::test]
async fn a_bad_token_is_exactly_the_error_unauthorized() {
    let server = server();
    let gate = gate(&server.url, &json!({ "rules": rules() }));
    for (token, expected) in [
        (OTHER_KEY.token_with(&KEY.header(), &access_claims()), TokenError::Signature),
        (KEY.token(&with(access_claims(), "exp", json!(NOW.secs()))), TokenError::Expired),
        (KEY.token(&with(access_claims(), "nbf", json!(NOW.secs() + 1))), TokenError::NotYetValid),
        (KEY.token(&with(access_claims(), "iat", json!(NOW.secs() + 61))), TokenError::IssuedInFuture),
    ] {
        let failure = failure(&gate, &event(&token)).await;
        assert_eq!(failure, AuthorizeError::Unauthorized(expected));
        assert_eq!(Diagnostic::from(failure).error_message, "Unauthorized");
    }
}

#[tokio::test]
async fn a_good_token_without_rights_gets_a_policy_that_denies_all() {
    let server = server();
    let gate = gate(
        &server.url,
        &json!({ "rules": [{ "routes": ["GET /admin/*"], "groups": { "allOf": ["admins"] } }] }),
    );
    let answer = gate.authorize(&event(&KEY.token(&access_claims())), NOW).await.unwrap();
    assert_eq!(effect(&answer), ("Deny".to_owned(), vec!["*".to_owned()]));
}

#[tokio::test]
async fn without_keys_there_is_no_decision_and_no_unauthorized() {
    let gate = gate(&format!("http://{}", closed_address()), &json!({ "rules": rules() }));
    gate.prefetch(NOW).await;
    let failure = failure(&gate, &event(&KEY.token(&access_claims()))).await;
    assert_eq!(failure, AuthorizeError::KeysUnavailable);
    assert_ne!(Diagnostic::from(failure).error_message, "Unauthorized");
}

#[tokio::test]
async fn a_malformed_event_gets_no_decision_even_with_a_good_token() {
    let server = server();
    let gate = gate(&server.url, &json!({ "rules": rules() }));
    let any_api = "arn:aws:execute-api:us-east-1:123456789012:*/v1/GET/whoami";
    let failure = failure(&gate, &event_for(&KEY.token(&access_claims()), any_api)).await;
    assert_eq!(failure, AuthorizeError::MalformedEvent(MalformedEvent::MethodArn));
    assert_ne!(Diagnostic::from(failure).error_message, "Unauthorized");
}

#[tokio::test]
async fn the_answer_is_the_same_for_every_route() {
    let server = server();
    let gate = gate(&server.url, &json!({ "rules": rules() }));
    let token = KEY.token(&access_claims());
    let first = gate.authorize(&event_for(&token, ARN), NOW).await.unwrap();
    for route in
        ["DELETE/admin/users/1", "GET/", "POST/a/../b", "GET/*", "OPTIONS/%2f${aws:x}", "GET/who?am*i"]
    {
        let arn = ARN.replace("GET/whoami", route);
        assert_eq!(gate.authorize(&event_for(&token, &arn), NOW).await.unwrap(), first, "{route}");
    }
}

#[tokio::test]
async fn an_id_token_opens_only_where_configuration_says_so() {
    let server = server();
    let token = KEY.token(&id_claims());
    let both = gate(&server.url, &json!({ "rules": rules(), "tokenUse": ["access", "id"] }));
    assert_eq!(effect(&both.authorize(&event(&token), NOW).await.unwrap()).0, "Allow");

    let id_only = gate(&server.url, &json!({ "rules": rules(), "tokenUse": ["id"] }));
    assert_eq!(effect(&id_only.authorize(&event(&token), NOW).await.unwrap()).0, "Allow");
    let access = KEY.token(&access_claims());
    assert_eq!(failure(&id_only, &event(&access)).await, TokenError::TokenUse.into());

    for claims in [with(id_claims(), "aud", json!("other")), with(id_claims(), "client_id", json!("web"))] {
        let claims = with(claims, "aud", json!("other"));
        assert_eq!(failure(&both, &event(&KEY.token(&claims))).await, TokenError::Client.into());
    }
    let list = with(id_claims(), "aud", json!(["web"]));
    assert_eq!(failure(&both, &event(&KEY.token(&list))).await, TokenError::MissingClaim("aud").into());
}

#[tokio::test]
async fn nothing_that_a_token_says_is_an_address() {
    let server = server();
    let trap = KeyServer::start(Reply::json(&jwks(&[&OTHER_KEY])));
    let gate = gate(&server.url, &json!({ "rules": rules() }));
    gate.prefetch(NOW).await;
    for name in ["jku", "x5u"] {
        let header = with(OTHER_KEY.header(), name, json!(format!("{}/jwks.json", trap.url)));
        let failure = failure(&gate, &event(&OTHER_KEY.token_with(&header, &access_claims()))).await;
        assert_eq!(failure, TokenError::ForbiddenHeader(name).into());
    }
    let own_key = with(OTHER_KEY.header(), "jwk", OTHER_KEY.jwk());
    let failed = failure(&gate, &event(&OTHER_KEY.token_with(&own_key, &access_claims()))).await;
    assert_eq!(failed, TokenError::ForbiddenHeader("jwk").into());
    for issuer in [trap.url.clone(), format!("{}/{}", trap.url, testkit::issuer::POOL)] {
        let claims = with(access_claims(), "iss", json!(issuer));
        assert_eq!(
            failure(&gate, &event(&OTHER_KEY.token(&claims))).await,
            TokenError::UntrustedIssuer.into()
        );
    }
    assert_eq!((trap.count(), server.count()), (0, 1));
    assert_eq!(server.requests(), ["GET /us-east-1_pool/.well-known/jwks.json HTTP/1.1"]);
}

#[tokio::test]
async fn an_untrusted_issuers_token_is_reported_so_whatever_its_form() {
    let server = server();
    let gate = gate(&server.url, &json!({ "rules": rules() }));
    let other = json!({ "iss": "https://idp.example/", "sub": "a", "aud": "https://api", "exp": NOW.secs() + 60, "iat": NOW.secs() });
    assert_eq!(failure(&gate, &event(&KEY.token(&other))).await, TokenError::UntrustedIssuer.into());
    let nobodys = json!({ "sub": "a", "exp": NOW.secs() + 60, "iat": NOW.secs() });
    assert_eq!(failure(&gate, &event(&KEY.token(&nobodys))).await, TokenError::MissingClaim("iss").into());
}

#[tokio::test]
async fn one_issuer_s_key_never_verifies_another_s_token() {
    let own = server();
    let others = KeyServer::start(Reply::json(&jwks(&[&OTHER_KEY])));
    let other = "https://login.example.com";
    let gate = gate(
        &own.url,
        &json!({ "rules": [{ "routes": ["GET /whoami"], "issuers": ["own", other] }], "issuers": [
            { "issuer": other, "jwksUri": others.url, "clientIds": ["partner"], "tokenUse": ["id"] },
        ] }),
    );
    gate.prefetch(NOW).await;
    let partner = with(with(id_claims(), "iss", json!(other)), "aud", json!("partner"));
    assert_eq!(effect(&gate.authorize(&event(&OTHER_KEY.token(&partner)), NOW).await.unwrap()).0, "Allow");

    let own_key_for_other = KEY.token_with(&OTHER_KEY.header(), &partner);
    assert_eq!(failure(&gate, &event(&own_key_for_other)).await, TokenError::Signature.into());
    let other_key_for_own = OTHER_KEY.token_with(&KEY.header(), &access_claims());
    assert_eq!(failure(&gate, &event(&other_key_for_own)).await, TokenError::Signature.into());
    let own_client_at_other = with(partner.clone(), "aud", json!("web"));
    assert_eq!(
        failure(&gate, &event(&OTHER_KEY.token(&own_client_at_other))).await,
        TokenError::Client.into()
    );
    let access_at_other = with(access_claims(), "iss", json!(other));
    assert_eq!(failure(&gate, &event(&OTHER_KEY.token(&access_at_other))).await, TokenError::TokenUse.into());
}

#[tokio::test]
async fn a_machine_s_scope_opens_its_routes() {
    let server = server();
    let gate = gate(
        &server.url,
        &json!({ "rules": [{ "routes": ["GET /reports/*"], "scopes": { "allOf": ["orders/read"] } }] }),
    );
    let mut claims = with(access_claims(), "scope", json!("orders/read orders/write"));
    claims["client_id"] = json!("machine");
    claims["sub"] = json!("machine");
    claims.as_object_mut().unwrap().remove("username");
    let answer = gate.authorize(&event(&KEY.token(&claims)), NOW).await.unwrap();
    assert_eq!(effect(&answer), ("Allow".to_owned(), vec!["GET/reports/*".to_owned()]));
    let answer =
        gate.authorize(&event(&KEY.token(&with(claims, "scope", json!("orders/readonly")))), NOW).await;
    assert_eq!(effect(&answer.unwrap()).0, "Deny");
}

#[tokio::test]
async fn leeway_is_zero_unless_configured() {
    let server = server();
    let expired = event(&KEY.token(&with(access_claims(), "exp", json!(NOW.secs() - 10))));
    let strict = gate(&server.url, &json!({ "rules": rules() }));
    assert_eq!(failure(&strict, &expired).await, TokenError::Expired.into());
    let lenient = gate(&server.url, &json!({ "rules": rules(), "leewaySeconds": 11 }));
    assert!(lenient.authorize(&expired, NOW).await.is_ok());
    let late = UnixTime::from_secs(NOW.secs() + 1);
    assert_eq!(lenient.authorize(&expired, late).await.unwrap_err(), TokenError::Expired.into());
}

#[tokio::test]
async fn an_identity_that_does_not_fit_is_denied_and_never_cut() {
    let server = server();
    let gate = gate(&server.url, &json!({ "rules": [{ "routes": ["$connect"] }] }));
    let groups =
        |count: usize| -> Vec<String> { (0..count).map(|n| format!("{}{n:04}", "%".repeat(10))).collect() };
    for (count, expected) in [(0, "Allow"), (100, "Allow"), (230, "Deny")] {
        let claims = with(access_claims(), "cognito:groups", json!(groups(count)));
        let answer = gate.authorize(&connect_event(&KEY.token(&claims)), NOW).await.unwrap();
        assert_eq!(effect(&answer).0, expected, "{count} groups");
        assert!(serde_json::to_vec(&answer).unwrap().len() <= 8_192);
        if expected == "Allow" {
            let context = serde_json::to_value(&answer).unwrap()["context"]["groups"].clone();
            assert_eq!(context, json!(groups(count).join(" ").replace('%', "%25")));
        }
    }
}

#[tokio::test]
async fn a_hanging_key_server_delays_a_request_at_most_the_timeout() {
    let server = KeyServer::start(Reply::Hang);
    let gate = gate(&server.url, &json!({ "rules": rules(), "jwks": { "timeoutMillis": 200 } }));
    let event = event(&KEY.token(&access_claims()));
    let decision = tokio::time::timeout(Duration::from_secs(20), gate.authorize(&event, NOW));
    assert_eq!(decision.await.expect("an end of waiting").unwrap_err(), AuthorizeError::KeysUnavailable);
}
