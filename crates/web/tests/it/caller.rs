//! Whose claims count: the checks of a [`Caller`] depend on who issued the token.

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use web::{Caller, Context, Problem};

use crate::service::{event, settings};

const PARTNER: &str = "https://partner.example/pool";

fn routes() -> Router {
    Router::new()
        .route("/group", get(async |caller: Caller| caller.require_group("Domain Users")))
        .route("/scope", get(async |caller: Caller| caller.require_scope("orders/read")))
        .route(
            "/scopes",
            get(async |caller: Caller| caller.require_any_scope(&["orders/write", "orders/read"])),
        )
        .route("/no-scopes", get(async |caller: Caller| caller.require_any_scope(&[])))
        .route("/claim", get(async |caller: Caller| Json(caller.claim("custom:tenant_id").cloned())))
        .route("/key", get(async |caller: Caller| caller.subject_key()))
        .route("/partners-groups", get(partners_groups))
}

async fn partners_groups(caller: Caller) -> Result<String, Problem> {
    let said = caller.said_by(PARTNER).map(|identity| identity.groups.to_string());
    said.ok_or_else(|| caller.require_group("nobody").unwrap_err())
}

/// The answer to a caller who is in all groups and has all scopes according to this issuer.
async fn ask(path: &str, issuer: &str, authority: &str, changes: &[(&str, Value)]) -> (u16, String) {
    let mut event = event(path);
    let context = &mut event["requestContext"]["authorizer"];
    context["iss"] = json!(issuer);
    context["authority"] = json!(authority);
    context["groups"] = json!("admins Domain%20Users");
    context["claims"] = json!(r#"{"custom:tenant_id":7,"plan":["pro"]}"#);
    for (name, value) in changes {
        context[*name] = value.clone();
    }
    let app = web::app(routes(), &settings(&json!({})));
    let answer = web::answer(&app, &event.to_string(), Context::default()).await.unwrap();
    (answer.status_code.as_u16(), answer.body)
}

const CHECKS: [&str; 3] = ["/group", "/scope", "/scopes"];

#[tokio::test]
async fn the_home_issuers_claims_count() {
    for authority in ["own", "sole"] {
        for path in CHECKS {
            assert_eq!(ask(path, PARTNER, authority, &[]).await.0, 200, "{path} {authority}");
        }
        assert_eq!(ask("/claim", PARTNER, authority, &[]).await, (200, "7".to_owned()), "{authority}");
    }
}

#[tokio::test]
async fn another_issuers_claims_do_not_count_and_get_the_same_answer() {
    let nothing = [("groups", json!("")), ("scope", json!(""))];
    for path in CHECKS {
        let named = ask(path, PARTNER, "named", &[]).await;
        assert_eq!((named.0, &named), (403, &ask(path, PARTNER, "own", &nothing).await), "{path}");
    }
    assert_eq!(ask("/claim", PARTNER, "named", &[]).await, (200, "null".to_owned()));
}

#[tokio::test]
async fn another_issuers_claims_count_where_it_is_named_exactly() {
    let groups = (200, "admins Domain%20Users".to_owned());
    for authority in ["own", "sole", "named"] {
        assert_eq!(ask("/partners-groups", PARTNER, authority, &[]).await, groups, "{authority}");
    }
    for other in
        ["https://partner.example/pool/", "https://PARTNER.example/pool", "https://partner.example/poo"]
    {
        assert_eq!(ask("/partners-groups", other, "named", &[]).await.0, 403, "{other}");
    }
}

#[tokio::test]
async fn names_and_scopes_are_compared_whole() {
    for groups in ["Domain Users", "domain%20users", "Domain%2520Users", "Users", "%20Domain%20Users"] {
        assert_eq!(ask("/group", PARTNER, "own", &[("groups", json!(groups))]).await.0, 403, "{groups}");
    }
    for scope in ["orders", "orders/reads", "read", "orders/*"] {
        assert_eq!(ask("/scopes", PARTNER, "own", &[("scope", json!(scope))]).await.0, 403, "{scope}");
    }
    assert_eq!(ask("/no-scopes", PARTNER, "own", &[]).await.0, 403, "one of none is had by nobody");
}

#[tokio::test]
async fn the_same_subject_of_two_issuers_is_two_callers() {
    let key = async |issuer, authority| ask("/key", issuer, authority, &[]).await.1;
    let own = key("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI", "own").await;
    let (partner, other) = (key(PARTNER, "named").await, key("https://other.example", "named").await);
    assert!(own != partner && own != other && partner != other, "{own} {partner} {other}");
}

#[tokio::test]
async fn a_context_without_authority_or_with_odd_claims_is_nobodys() {
    for (name, odd) in [
        ("authority", Value::Null),
        ("authority", json!("")),
        ("authority", json!("OWN")),
        ("authority", json!("root")),
        ("claims", json!("")),
        ("claims", json!("[]")),
        ("claims", json!("{")),
    ] {
        assert_eq!(ask("/key", PARTNER, "own", &[(name, odd.clone())]).await.0, 401, "{name} = {odd}");
    }
}
