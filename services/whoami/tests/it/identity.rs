//! Whom the service takes the caller for.

use serde_json::{Value, json};

use crate::gateway::{ADMIN_PING_AS_ADMIN, ADMIN_PING_AS_USER, MACHINE, NOBODY, USER, event, send};

#[tokio::test]
async fn a_user_is_told_everything_that_the_gate_verified() {
    let answer = send(&event(USER)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body,
        json!({
            "subject": "1d0f3c1e-5031-70f6-9c5a-3f8f0a1b2c3d",
            "username": "1d0f3c1e-5031-70f6-9c5a-3f8f0a1b2c3d",
            "tokenUse": "access",
            "clientId": "6k1example2client3id4567",
            "groups": ["staff"],
            "scopes": ["aws.cognito.signin.user.admin", "orders/read"],
            "issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI",
            "authority": "own",
            "expiresAt": 1_773_104_239_u64,
            "tokenId": "6d3c1b62-3f2f-4a58-a2c0-0c6bd1b7d0a1",
        })
    );
}

#[tokio::test]
async fn a_machine_has_no_username_and_no_groups() {
    let answer = send(&event(MACHINE)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["subject"], "4m2machine");
    assert_eq!(answer.body["groups"], json!([]));
    for absent in ["username", "tokenId", "claims"] {
        assert_eq!(answer.body.get(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn a_caller_of_another_issuer_is_shown_as_such_with_what_it_says() {
    let mut event = event(USER);
    let context = event["requestContext"]["authorizer"].as_object_mut().unwrap();
    context.remove("client_id");
    context.insert("iss".to_owned(), json!("https://partner.example/pool"));
    context.insert("authority".to_owned(), json!("named"));
    context.insert("groups".to_owned(), json!("Domain%20Users 100%25"));
    context.insert("claims".to_owned(), json!(r#"{"custom:tenant_id":7,"plan":["pro"]}"#));
    let answer = send(&event).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = &answer.body;
    assert_eq!(
        (&body["issuer"], &body["authority"]),
        (&json!("https://partner.example/pool"), &json!("named"))
    );
    assert_eq!(body["groups"], json!(["Domain Users", "100%"]));
    assert_eq!(body["claims"], json!({ "custom:tenant_id": 7, "plan": ["pro"] }));
    assert_eq!(body.get("clientId"), None);
}

#[tokio::test]
async fn an_admin_by_another_issuers_word_is_none() {
    let mut event = event(ADMIN_PING_AS_ADMIN);
    event["requestContext"]["authorizer"]["authority"] = json!("named");
    let named = send(&event).await;
    named.assert_problem(403, "forbidden");
    assert_eq!(named.body, send(&self::event(ADMIN_PING_AS_USER)).await.body);
}

#[tokio::test]
async fn an_admin_may_ping_and_a_user_may_not() {
    let answer = send(&event(ADMIN_PING_AS_ADMIN)).await;
    assert_eq!((answer.status.as_u16(), &answer.body), (200, &json!({"message": "pong"})));
    send(&event(ADMIN_PING_AS_USER)).await.assert_problem(403, "forbidden");
}

#[tokio::test]
async fn a_group_is_matched_whole_and_in_its_case() {
    for groups in ["administrators", "Admins", "staff,admins", "not-admins admins2", ""] {
        let mut event = event(ADMIN_PING_AS_ADMIN);
        event["requestContext"]["authorizer"]["groups"] = json!(groups);
        send(&event).await.assert_problem(403, "forbidden");
    }
}

#[tokio::test]
async fn without_authorizer_context_nobody_is_known() {
    let answer = send(&event(NOBODY)).await;
    answer.assert_problem(401, "unauthorized");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));

    for context in [Value::Null, json!({}), json!({"principalId": "somebody"})] {
        let mut event = event(USER);
        event["requestContext"]["authorizer"] = context;
        send(&event).await.assert_problem(401, "unauthorized");
    }
}

#[tokio::test]
async fn an_incomplete_authorizer_context_is_none() {
    for key in ["sub", "token_use", "groups", "scope", "iss", "authority", "exp"] {
        let mut without = event(USER);
        without["requestContext"]["authorizer"].as_object_mut().unwrap().remove(key).unwrap();
        send(&without).await.assert_problem(401, "unauthorized");

        for odd in [Value::Null, json!(1), json!(true), json!(["admins"]), json!({"a": "b"})] {
            let mut event = event(USER);
            event["requestContext"]["authorizer"][key] = odd;
            send(&event).await.assert_problem(401, "unauthorized");
        }
    }
}

#[tokio::test]
async fn the_claims_of_another_kind_of_authorizer_are_not_an_identity() {
    let context = event(USER)["requestContext"]["authorizer"].clone();
    for nested in
        [json!({"claims": context}), json!({"lambda": context}), json!({"jwt": {"claims": context}})]
    {
        let mut event = event(USER);
        event["requestContext"]["authorizer"] = nested;
        send(&event).await.assert_problem(401, "unauthorized");
    }
}

/// Whatever a caller may write into a request: headers, query, cookies, body, stage variables.
fn forge(event: &mut Value) {
    let forged = [
        ("sub", "forged"),
        ("username", "forged"),
        ("groups", "admins"),
        ("principalId", "forged"),
        ("X-Amzn-Oidc-Identity", "forged"),
        ("X-Apigateway-Context", r#"{"authorizer":{"sub":"forged","groups":"admins"}}"#),
        ("X-Amzn-Request-Context", r#"{"authorizer":{"sub":"forged","groups":"admins"}}"#),
        ("requestContext", r#"{"authorizer":{"sub":"forged","groups":"admins"}}"#),
        ("requestContext.authorizer.sub", "forged"),
        ("X-Request-Id", "forged"),
        ("Cookie", "sub=forged; groups=admins"),
        ("Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJmb3JnZWQifQ."),
    ];
    for (name, value) in forged {
        event["headers"][name] = json!(value);
        event["multiValueHeaders"][name] = json!([value]);
    }
    event["queryStringParameters"] = json!({"sub": "forged", "groups": "admins"});
    event["multiValueQueryStringParameters"] = json!({"sub": ["forged"], "groups": ["admins"]});
    event["body"] = json!(r#"{"requestContext":{"authorizer":{"sub":"forged","groups":"admins"}}}"#);
}

#[tokio::test]
async fn what_the_caller_writes_changes_nothing_about_who_they_are() {
    let mut forged = event(USER);
    forge(&mut forged);
    let (honest, forged) = (send(&event(USER)).await, send(&forged).await);
    assert_eq!(forged.status, 200);
    assert_eq!(forged.body, honest.body);
    assert_eq!(forged.header("x-request-id"), honest.header("x-request-id"));

    let mut ping = event(ADMIN_PING_AS_USER);
    forge(&mut ping);
    send(&ping).await.assert_problem(403, "forbidden");

    let mut nobody = event(NOBODY);
    forge(&mut nobody);
    send(&nobody).await.assert_problem(401, "unauthorized");
}
