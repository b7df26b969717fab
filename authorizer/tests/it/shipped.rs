//! The rules that the repository comes with: what they open to a person, to a program and to an administrator.

use serde_json::{Value, json};

use crate::support::issuer::{KEY, access_claims, jwks, with};
use crate::support::key_server::{KeyServer, Reply};
use crate::support::{ARN, NOW, event, gate, gateway};

/// The `authorizer` section of config.json.
fn shipped() -> Value {
    let config: Value = serde_json::from_str(include_str!("../../../config.json")).unwrap();
    config["authorizer"].clone()
}

/// Every route of the stack behind the gate that changes something.
const WRITES: [&str; 13] = [
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
];

/// Every other one.
const READS: [&str; 8] = [
    "GET/whoami",
    "GET/orders",
    "GET/orders/1",
    "GET/user",
    "GET/admin/ping",
    "GET/admin/orders",
    "GET/admin/orders/1",
    "GET/reports/orders",
];

const PERSON: &str = "aws.cognito.signin.user.admin";

/// Which of `routes` a token with these scopes and groups opens.
async fn open(routes: &[&'static str], scopes: &str, groups: &[&str]) -> Vec<&'static str> {
    let server = KeyServer::start(Reply::json(&jwks(&[&KEY])));
    let gate = gate(&server.url, &shipped());
    let claims = with(with(access_claims(), "scope", json!(scopes)), "cognito:groups", json!(groups));
    let answer = gate.authorize(&event(&KEY.token(&claims)), NOW).await.unwrap();
    let answer = serde_json::to_value(answer).unwrap();
    let is_open = |route: &&&str| gateway::opens(&answer, &ARN.replace("GET/whoami", route));
    routes.iter().filter(is_open).copied().collect()
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
async fn a_person_writes_what_is_his_own_and_an_administrator_under_admin_too() {
    let own: Vec<_> = WRITES.into_iter().filter(|route| !route.contains("/admin")).collect();
    assert_eq!(open(&WRITES, PERSON, &[]).await, own);
    assert_eq!(open(&WRITES, PERSON, &["admins"]).await, WRITES);
    assert_eq!(open(&READS, PERSON, &[]).await, ["GET/whoami", "GET/orders", "GET/orders/1", "GET/user"]);
    assert_eq!(open(&READS, PERSON, &["admins"]).await, READS[..7]);
}

#[tokio::test]
async fn a_program_reads_and_writes_as_its_scopes_say_and_is_no_person() {
    let orders = ["GET/whoami", "GET/orders", "GET/orders/1"];
    let with_report = ["GET/whoami", "GET/orders", "GET/orders/1", "GET/reports/orders"];
    assert_eq!(open(&READS, "orders/read", &[]).await, with_report);
    assert_eq!(open(&READS, "orders/write", &[]).await, orders);
    assert_eq!(
        open(&WRITES, "orders/write", &[]).await,
        ["POST/orders", "PATCH/orders/1", "DELETE/orders/1"]
    );
}
