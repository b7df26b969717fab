//! The rules in the repository's config.json: what they open to a person, to a program and to an
//! administrator.

use serde_json::{Value, json};
use testkit::authorizer_event::{ARN, event};
use testkit::gateway;
use testkit::issuer::{KEY, access_claims, id_claims, jwks, with};
use testkit::key_server::{KeyServer, Reply};

use crate::support::{NOW, gate};

/// The `authorizer` section of config.json.
fn shipped() -> Value {
    let config: Value = serde_json::from_str(include_str!("../../../config.json")).unwrap();
    config["authorizer"].clone()
}

/// Every route behind the gate that changes something.
const WRITES: [&str; 16] = [
    "POST/orders",
    "PATCH/orders/1",
    "DELETE/orders/1",
    "PATCH/admin/orders/1",
    "PATCH/user",
    "DELETE/user",
    "POST/user/verification-code",
    "POST/user/confirm",
    "POST/user/password",
    "POST/user/signout",
    "POST/user/mfa/totp",
    "POST/user/mfa/totp/verify",
    "PUT/user/mfa",
    "POST/user/devices/confirm",
    "PUT/user/devices/a_0",
    "DELETE/user/devices/a_0",
];

/// Every other route behind the gate.
const READS: [&str; 9] = [
    "GET/whoami",
    "GET/orders",
    "GET/orders/1",
    "GET/user",
    "GET/user/devices",
    "GET/admin/ping",
    "GET/admin/orders",
    "GET/admin/orders/1",
    "GET/reports/orders",
];

const PERSON: &str = "aws.cognito.signin.user.admin";

/// Which of `routes` the bearer of these claims may call.
async fn opened(routes: &[&'static str], authorizer: &Value, claims: &Value) -> Vec<&'static str> {
    let server = KeyServer::start(Reply::json(&jwks(&[&KEY])));
    let gate = gate(&server.url, authorizer);
    let answer = gate.authorize(&event(&KEY.token(claims)), NOW).await.unwrap();
    let answer = serde_json::to_value(answer).unwrap();
    let is_open = |route: &&&str| gateway::opens(&answer, &ARN.replace("GET/whoami", route));
    routes.iter().filter(is_open).copied().collect()
}

/// The same for an access token with these scopes and groups, with the shipped rules.
async fn open(routes: &[&'static str], scopes: &str, groups: &[&str]) -> Vec<&'static str> {
    let claims = with(with(access_claims(), "scope", json!(scopes)), "cognito:groups", json!(groups));
    opened(routes, &shipped(), &claims).await
}

#[tokio::test]
async fn a_read_only_token_opens_no_route_that_writes() {
    for scopes in ["orders/read", "openid email profile", "orders/writes", "orders/read orders/*"] {
        for groups in [&[][..], &["admins"]] {
            assert_eq!(open(&WRITES, scopes, groups).await, [""; 0], "{scopes} {groups:?}");
        }
    }
}

#[tokio::test]
async fn a_person_writes_their_own_and_an_administrator_admin_routes() {
    let own: Vec<_> = WRITES.into_iter().filter(|route| !route.contains("/admin")).collect();
    assert_eq!(open(&WRITES, PERSON, &[]).await, own);
    assert_eq!(open(&WRITES, PERSON, &["admins"]).await, WRITES);
    assert_eq!(
        open(&READS, PERSON, &[]).await,
        ["GET/whoami", "GET/orders", "GET/orders/1", "GET/user", "GET/user/devices"]
    );
    assert_eq!(open(&READS, PERSON, &["admins"]).await, READS[..8]);
}

#[tokio::test]
async fn a_program_reads_and_writes_by_its_scopes_and_is_no_person() {
    let orders = ["GET/whoami", "GET/orders", "GET/orders/1"];
    let with_report = ["GET/whoami", "GET/orders", "GET/orders/1", "GET/reports/orders"];
    assert_eq!(open(&READS, "orders/read", &[]).await, with_report);
    assert_eq!(open(&READS, "orders/write", &[]).await, orders);
    assert_eq!(
        open(&WRITES, "orders/write", &[]).await,
        ["POST/orders", "PATCH/orders/1", "DELETE/orders/1"]
    );
}

/// An ID token has no scopes. A configuration that accepts ID tokens needs one more rule. `/user` is
/// Cognito's own and needs access tokens.
#[tokio::test]
async fn an_id_token_writes_where_a_rule_says_that_it_may() {
    let orders = ["POST/orders", "PATCH/orders/1", "DELETE/orders/1"];
    let mut authorizer = shipped();
    authorizer["tokenUse"] = json!(["access", "id"]);
    assert_eq!(opened(&WRITES, &authorizer, &id_claims()).await, [""; 0]);
    assert_eq!(opened(&READS, &authorizer, &id_claims()).await, ["GET/whoami", "GET/orders", "GET/orders/1"]);
    let rule =
        json!({ "routes": ["POST /orders", "PATCH /orders/*", "DELETE /orders/*"], "tokenUse": ["id"] });
    authorizer["rules"].as_array_mut().unwrap().push(rule);
    assert_eq!(opened(&WRITES, &authorizer, &id_claims()).await, orders);
    let read_only = with(access_claims(), "scope", json!("orders/read"));
    assert_eq!(opened(&WRITES, &authorizer, &read_only).await, [""; 0]);
}
