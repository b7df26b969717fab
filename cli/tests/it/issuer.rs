//! `gatehouse issuer add`, with servers that answer as issuers should and as they should not.

use serde_json::{Value, json};
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, Respond, ResponseTemplate};

use super::{Gatehouse, Run, gatehouse};

const OIDC: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";
const CONFIG: &str = "{\n  \"service\":   \"shop\",\n  \"authorizer\": {\n    \"issuers\": [],\n    \"rules\": [{ \"routes\": [\"GET /a\"] }]\n  }\n}\n";

/// Runs `issuer add` with a config.json. Returns the run, and the file's text afterwards.
fn add(args: &[&str], config: &str) -> (Run, String) {
    let command = gatehouse(&[&["issuer", "add"], args].concat()).file("config.json", config);
    run_with_file(command)
}

fn run_with_file(command: Gatehouse) -> (Run, String) {
    let home = command.home.path().to_owned();
    let file = tempfile::NamedTempFile::new_in(home.parent().unwrap()).unwrap();
    // The directory is deleted with the command: a hard link keeps the file's text.
    std::fs::remove_file(file.path()).unwrap();
    std::fs::hard_link(home.join("config.json"), file.path()).unwrap();
    let run = command.run();
    (run, std::fs::read_to_string(file.path()).unwrap())
}

async fn serve(server: &MockServer, at: &str, answer: impl Respond + 'static) {
    Mock::given(path(at)).respond_with(answer).mount(server).await;
}

fn json_of(value: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(value)
}

fn document(server: &MockServer, issuer: &str) -> Value {
    json!({
        "issuer": issuer, "jwks_uri": format!("{}/keys?v=1", server.uri()),
        "id_token_signing_alg_values_supported": ["RS256", "HS256", "ES256"],
        "authorization_endpoint": "https://evil.example/never-asked",
    })
}

fn keys() -> Value {
    json!({ "keys": [
        { "kty": "EC", "crv": "P-256", "use": "sig", "kid": "a" }, { "kty": "RSA", "use": "enc", "alg": "RSA-OAEP" },
    ] })
}

/// A valid issuer at the root of a server.
async fn issuer() -> MockServer {
    let server = MockServer::start().await;
    serve(&server, OIDC, json_of(&document(&server, &server.uri()))).await;
    serve(&server, "/keys", json_of(&keys())).await;
    server
}

#[tokio::test]
async fn an_issuer_is_added_with_keys_and_algorithms_alone() {
    let server = issuer().await;
    let flags = [
        "--audience",
        "https://api",
        "--client",
        "web",
        "--groups",
        "realm_access.roles",
        "--scopes",
        "scp",
        "--client-claim",
        "azp",
        "--access",
        "sid",
    ];
    let (run, file) = add(&[&[server.uri().as_str()], &flags[..]].concat(), CONFIG);
    assert_eq!(
        (run.code, run.out.as_str()),
        (0, "config.json lists it now, at /authorizer/issuers/0\n"),
        "{}",
        run.err
    );
    let (before, after) = CONFIG.split_once("[]").unwrap();
    assert!(file.starts_with(before) && file.ends_with(after), "{file}");
    let written: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(
        written["authorizer"]["issuers"],
        json!([{
            "issuer": server.uri(), "kind": "oidc", "jwksUri": format!("{}/keys?v=1", server.uri()),
            "audiences": ["https://api"], "clientIds": ["web"], "algorithms": ["ES256"],
            "claims": { "client": "azp", "groups": "realm_access.roles", "scopes": "scp", "access": "sid" },
        }])
    );
    for note in [
        "note: algorithms: ES256, from its keys\n",
        "note: rules: a rule is for it only with",
        "openid-configuration\n",
    ] {
        assert!(run.err.contains(note), "{}", run.err);
    }
    gatehouse(&["config", "check"]).file("config.json", &file).run().succeeds();
    let (again, file_again) = add(&[&server.uri(), "--audience", "x"], &file);
    again.fails(2, "is already trusted, by /authorizer/issuers/0");
    assert_eq!(file_again, file);
}

#[tokio::test]
async fn a_dry_run_prints_the_entry_and_writes_nothing() {
    let server = issuer().await;
    let (run, file) = add(&[&server.uri(), "--audience", "x", "--algorithm", "PS256", "--dry-run"], CONFIG);
    assert_eq!(run.code, 0, "{}", run.err);
    insta::assert_snapshot!(run.out.replace(&server.uri(), "[issuer]"), @r#"
    {
      "issuer": "[issuer]",
      "kind": "oidc",
      "jwksUri": "[issuer]/keys?v=1",
      "audiences": [
        "x"
      ],
      "algorithms": [
        "PS256"
      ]
    }
    "#);
    assert_eq!(file, CONFIG);
}

#[tokio::test]
async fn an_issuer_with_a_path_may_have_its_document_before_it() {
    let server = MockServer::start().await;
    let issuer = format!("{}/realms/shop", server.uri());
    serve(&server, &format!("{OAUTH}/realms/shop"), json_of(&document(&server, &issuer))).await;
    serve(&server, "/keys", json_of(&keys())).await;
    let (run, _) = add(&[&issuer, "--audience", "x", "--dry-run"], CONFIG);
    assert_eq!(run.code, 0, "{}", run.err);
    // A slash at the end is part of the name.
    let (run, _) = add(&[&format!("{issuer}/"), "--audience", "x"], CONFIG);
    run.fails(1, &format!("named {issuer:?}"));
}

#[tokio::test]
async fn a_document_that_is_not_this_issuer_s_is_refused() {
    let server = MockServer::start().await;
    let uri = server.uri();
    let big = format!("{{\"a\":\"{}\"}}", "x".repeat(600 * 1024));
    let without = |name: &str| {
        let mut document = document(&server, &uri);
        document.as_object_mut().unwrap().remove(name);
        document
    };
    let text = |text: &str| ResponseTemplate::new(200).set_body_string(text);
    for (answer, line) in [
        (
            json_of(&document(&server, "https://other.example/\u{1b}[2J")),
            "named \"https://other.example/ [2J\"",
        ),
        (
            json_of(&document(&server, "https://login.example/{tenantid}/v2.0")),
            "the document of many issuers at once (\"https://login.example/{tenantid}/v2.0\")",
        ),
        (json_of(&without("issuer")), "it names no issuer"),
        (json_of(&without("jwks_uri")), "does not say where the issuer's keys are"),
        (
            ResponseTemplate::new(301).insert_header("location", "https://evil.example"),
            "the answer is 301, a redirect",
        ),
        (ResponseTemplate::new(302).insert_header("location", "/keys"), "the answer is 302, a redirect"),
        (ResponseTemplate::new(500), "the answer is 500, not 200"),
        (text("<html>sign in</html>"), "not a JSON object"),
        (text("[]"), "not a JSON object"),
        (text("{\"issuer\":\"a\",\"issuer\":\"b\"}"), "unique keys"),
        (text(&big), "it is longer than 524288 bytes"),
    ] {
        server.reset().await;
        serve(&server, OIDC, answer).await;
        serve(&server, "/keys", json_of(&keys())).await;
        let (run, file) = add(&[&uri, "--audience", "x"], CONFIG);
        run.fails(1, line);
        assert_eq!(file, CONFIG);
        assert!(server.received_requests().await.unwrap().len() <= 1, "{line}");
    }
    server.reset().await;
    let (run, _) = add(&[&uri, "--audience", "x"], CONFIG);
    run.fails(1, &format!("there is no discovery document at {uri}{OIDC}, nor at {uri}{OAUTH}"));
    let (run, _) = add(&["http://127.0.0.1:1", "--audience", "x"], CONFIG);
    run.fails(1, "it cannot be reached");
}

#[tokio::test]
async fn what_only_a_person_knows_is_required_before_any_request() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(500)).expect(0).mount(&server).await;
    let uri = server.uri();
    let pool = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_b";
    let own = r#"{ "userPool": { "id": "eu-west-1_b", "clientId": "c" } }"#;
    for (args, config, line) in [
        (&[uri.as_str()][..], CONFIG, "name your API's `aud` in its tokens with --audience"),
        (&["http://a.example", "--audience", "x"], CONFIG, "https URL"),
        (
            &["https://login.example/{tenantid}/v2.0", "--audience", "x"],
            CONFIG,
            "a template is not an issuer",
        ),
        (&["https://a.example?x", "--audience", "x"], CONFIG, "https URL"),
        (&[pool], CONFIG, "name the app clients that may call with --client"),
        (&[pool, "--client", "c", "--audience", "x"], CONFIG, "--audience is not for a Cognito pool"),
        (&[pool, "--client", "c"], own, "is a form of the stack's own pool"),
        (&[&uri, "--audience", "x", "--algorithm", "HS256"], CONFIG, "expected one of `RS256`"),
        (&[&uri, "--audience", "x", "--groups", "a..b"], CONFIG, "must name a claim"),
        (&[&uri, "--audience", "x"], r#"{ "a": 1, "a": 1 }"#, "config.json is not valid\n"),
        (&[&uri, "--audience", "x", "--config", "nowhere.json"], CONFIG, "nowhere.json: cannot be read"),
    ] {
        let (run, file) = add(args, config);
        run.fails(2, line);
        assert_eq!(file, config);
    }
}

#[test]
fn a_cognito_pool_is_listed_without_a_question() {
    let pool = "https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_b";
    let (run, file) = add(&[pool, "--client", "a", "--client", "b"], "{}");
    assert_eq!(
        (run.code, run.out.as_str()),
        (0, "config.json lists it now, at /authorizer/issuers/0\n"),
        "{}",
        run.err
    );
    let written: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(
        written,
        json!({ "authorizer": { "issuers": [{ "issuer": pool, "clientIds": ["a", "b"] }] } })
    );
}

#[tokio::test]
async fn nothing_is_written_that_the_check_refuses() {
    let server = issuer().await;
    let rule = json!({ "routes": ["GET /a"], "groups": { "anyOf": ["x"] }, "issuers": [server.uri()] });
    let config = json!({ "authorizer": { "rules": [rule] } }).to_string();
    let add = |more: &[&str], config: &str| {
        add(&[&[server.uri().as_str(), "--audience", "x"], more].concat(), config)
    };
    let (run, file) = add(&[], &config);
    run.fails(
        2,
        "config.json with this issuer is not valid\n/authorizer/rules/0/groups: can be met by nobody",
    );
    assert_eq!(file, config);
    let (run, file) = add(&[], r#"{ "servce": 1 }"#);
    run.fails(2, "config.json with this issuer is not valid\n/servce: ");
    assert_eq!(file, r#"{ "servce": 1 }"#);
    // A rule may name the issuer before it is listed.
    let (run, _) = add(&["--groups", "roles"], &config);
    assert_eq!(run.code, 0, "{}", run.err);
}
