//! `user create`, `user invite` and `token` with a server that answers as `CloudFormation` and Cognito do,
//! and all the ways in which AWS cannot be reached.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::{Gatehouse, Run, gatehouse};

const PASSWORD: &str = "Correct-horse-9";
const CREATE: [&str; 6] = ["user", "create", "new@example.com", "--group", "admins", "--password-stdin"];
const TOKEN: [&str; 3] = ["token", "ann@example.com", "--password-stdin"];
/// The parts of answers that must not be printed unasked.
const SECRETS: [&str; 5] = [PASSWORD, "the-session", "the-client-secret", "AKIDSECRET", "the-refresh-token"];

/// Answers as the two services do. The user Ann exists; all others can be created.
#[derive(Clone, Default)]
struct Services {
    seen: Arc<Mutex<Vec<(String, String)>>>,
}

impl Respond for Services {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let header = |name: &str| request.headers.get(name).map_or("", |value| value.to_str().unwrap());
        let target = header("x-amz-target").rsplit('.').next().unwrap().to_owned();
        self.seen.lock().unwrap().push((target.clone(), header("authorization").to_owned()));
        if request.url.path() == "/oauth2/token" {
            return token_endpoint(&request.body, header("authorization"));
        }
        if target.is_empty() {
            return stack();
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        match cognito(&target, &body) {
            Ok(answer) => ResponseTemplate::new(200).set_body_json(answer),
            Err((code, message)) => {
                ResponseTemplate::new(400).set_body_json(json!({ "__type": code, "message": message }))
            }
        }
    }
}

fn token_endpoint(form: &[u8], authorization: &str) -> ResponseTemplate {
    // machine:the-client-secret
    let is_known = authorization == "Basic bWFjaGluZTp0aGUtY2xpZW50LXNlY3JldA==";
    match (is_known, std::str::from_utf8(form).unwrap()) {
        (true, "grant_type=client_credentials&scope=orders%2Fread") => ResponseTemplate::new(200)
            .set_body_json(json!({ "access_token": "the-machine-token", "expires_in": 3600 })),
        (true, _) => ResponseTemplate::new(400).set_body_json(json!({ "error": "invalid_scope" })),
        (false, _) => ResponseTemplate::new(502).set_body_string("<html>"),
    }
}

fn stack() -> ResponseTemplate {
    stack_of("us-east-1_Pool", "client")
}

/// `CloudFormation`'s answer about a stack with these outputs.
pub(crate) fn stack_of(pool: &str, client: &str) -> ResponseTemplate {
    let output = |key, value| {
        format!("<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>")
    };
    let outputs = output("UserPoolId", pool) + &output("UserPoolClientId", client);
    ResponseTemplate::new(200).set_body_string(format!(
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>gatehouse</StackName>\
         <CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>\
         <Outputs>{outputs}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    ))
}

type Answer = Result<Value, (&'static str, String)>;

fn cognito(operation: &str, body: &Value) -> Answer {
    match operation {
        "DescribeUserPoolClient" => Ok(json!({ "UserPoolClient": {
            "ClientSecret": "the-client-secret", "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
        }})),
        "DescribeUserPool" => Ok(
            json!({ "UserPool": { "Domain": "auth-1", "Policies": { "PasswordPolicy": { "MinimumLength": 12 } } } }),
        ),
        "AdminCreateUser" if body["MessageAction"] == "RESEND" && body["Username"] == "new@example.com" => {
            Err(("UserNotFoundException", "User does not exist.".into()))
        }
        "AdminCreateUser" if body["MessageAction"] == "RESEND" => Ok(
            json!({ "User": { "Username": "ann", "Attributes": [{ "Name": "sub", "Value": "ann-s-sub" }] } }),
        ),
        "AdminCreateUser" if body["Username"] == "ann@example.com" => {
            Err(("UsernameExistsException", "User account already exists".into()))
        }
        "AdminCreateUser" => Ok(
            json!({ "User": { "Username": "the-sub", "Attributes": [{ "Name": "sub", "Value": "the-sub" }] } }),
        ),
        "AdminAddUserToGroup" | "AdminDeleteUser" => Ok(json!({})),
        "AdminInitiateAuth" if body["AuthParameters"]["USERNAME"] == "the-sub" => {
            Ok(json!({ "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "the-session" }))
        }
        "AdminInitiateAuth" if body["AuthParameters"]["PASSWORD"] == PASSWORD => Ok(tokens()),
        // Some services repeat the password in an error. This one does too.
        "AdminInitiateAuth" => {
            Err(("NotAuthorizedException", format!("not with {}", body["AuthParameters"]["PASSWORD"])))
        }
        "AdminRespondToAuthChallenge" => Ok(tokens()),
        "GetUserPoolMfaConfig" => Ok(json!({ "MfaConfiguration": "OPTIONAL" })),
        other => Err(("UnknownOperationException", other.to_owned())),
    }
}

fn tokens() -> Value {
    json!({ "AuthenticationResult": {
        "AccessToken": "the-access-token", "IdToken": "the-id-token", "RefreshToken": "the-refresh-token",
        "ExpiresIn": 3600, "TokenType": "Bearer",
    }})
}

async fn services() -> (MockServer, Services) {
    let (server, services) = (MockServer::start().await, Services::default());
    Mock::given(any()).respond_with(services.clone()).mount(&server).await;
    (server, services)
}

fn at(args: &[&str], endpoint: &str) -> Gatehouse {
    gatehouse(args)
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDENV")
        .env("AWS_SECRET_ACCESS_KEY", "AKIDSECRET")
        .env("RUST_LOG", "trace")
        .stdin(&format!("{PASSWORD}\n"))
}

fn holds_no_secret(run: &Run) {
    for secret in SECRETS {
        assert!(!run.out.contains(secret) && !run.err.contains(secret), "{secret}: {} {}", run.out, run.err);
    }
}

#[tokio::test]
async fn deleting_a_user_prints_nothing() {
    let (server, services) = services().await;
    let run = at(&["user", "delete", "new@example.com"], &server.uri()).run();
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""));
    let seen = services.seen.lock().unwrap();
    let (operation, _) = seen.last().unwrap();
    assert_eq!(operation, "AdminDeleteUser");
}

#[tokio::test]
async fn creating_a_user_prints_its_sub() {
    let (server, services) = services().await;
    let run = at(&CREATE, &server.uri()).run();
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "the-sub\n", ""));
    let seen = services.seen.lock().unwrap();
    let operations: Vec<_> = seen.iter().map(|(operation, _)| operation.as_str()).collect();
    assert_eq!(
        operations,
        [
            "",
            "DescribeUserPoolClient",
            "AdminCreateUser",
            "DescribeUserPool",
            "AdminAddUserToGroup",
            "AdminInitiateAuth",
            "AdminRespondToAuthChallenge"
        ]
    );
}

#[tokio::test]
async fn an_invitation_prints_the_sub_and_asks_for_no_password() {
    let (server, services) = services().await;
    let args = ["user", "invite", "new@example.com", "--group", "admins"];
    let run = at(&args, &server.uri()).stdin("").run();
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "the-sub\n", ""));
    let operations: Vec<_> =
        services.seen.lock().unwrap().iter().map(|(operation, _)| operation.clone()).collect();
    assert_eq!(
        operations,
        ["", "DescribeUserPoolClient", "DescribeUserPool", "AdminCreateUser", "AdminAddUserToGroup"]
    );
    at(&["user", "invite", "ann@example.com"], &server.uri()).run().fails(1, "--resend sends the invitation");
}

#[tokio::test]
async fn an_invitation_is_sent_again_to_an_existing_user() {
    let (server, _) = services().await;
    let run = at(&["user", "invite", "ann@example.com", "--resend"], &server.uri()).run();
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "ann-s-sub\n", ""));
    let nobody = at(&["user", "invite", "new@example.com", "--resend"], &server.uri()).run();
    nobody.fails(1, "leave --resend out");
}

#[tokio::test]
async fn a_user_who_exists_is_an_error() {
    let (server, _) = services().await;
    let run = at(&["user", "create", "ann@example.com", "--password-stdin"], &server.uri()).run();
    run.fails(1, "the user exists already");
    holds_no_secret(&run);
}

#[tokio::test]
async fn a_password_against_the_policy_leaves_no_user() {
    let (server, services) = services().await;
    let run = at(&CREATE, &server.uri()).stdin("Sh0rt-one\n").run();
    run.fails(1, "it must have 12 characters; the user that was created for this was deleted again");
    assert!(!run.err.contains("Sh0rt-one"), "{}", run.err);
    assert_eq!(services.seen.lock().unwrap().last().unwrap().0, "AdminDeleteUser");
}

#[tokio::test]
async fn the_token_is_alone_on_stdout() {
    let (server, _) = services().await;
    for (kind, token) in [("access", "the-access-token\n"), ("id", "the-id-token\n")] {
        let args = [&TOKEN[..], &["--token", kind]].concat();
        let run = at(&args, &server.uri()).run();
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, token, ""));
        holds_no_secret(&run);
    }
    let run = at(&[&TOKEN[..], &["--token", "refresh"]].concat(), &server.uri()).run();
    assert_eq!(run.out, "the-refresh-token\n");
}

#[tokio::test]
async fn a_programs_token_is_alone_on_stdout() {
    let (server, _) = services().await;
    let machine = |client: &str, scope: &str| {
        let args = ["machine-token", "--machine-client-id", client, "--scope", scope];
        at(&args, &server.uri()).env("USER_POOL_ID", "us-east-1_Pool").run()
    };
    let run = machine("machine", "orders/read");
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "the-machine-token\n", ""));
    let run = machine("machine", "orders/write");
    run.fails(1, "refuses /oauth2/token: invalid_scope");
    holds_no_secret(&run);
    machine("other", "orders/read").fails(1, "gave no usable answer to /oauth2/token");
    at(&["machine-token"], &server.uri()).run().fails(1, "no output MachineClientId");
}

#[tokio::test]
async fn notes_go_to_stderr() {
    let (server, _) = services().await;
    for (email, note) in [("new@example.com", "created"), ("ann@example.com", "exists already")] {
        let run = at(&["token", email, "--create", "--password-stdin"], &server.uri()).run();
        assert_eq!((run.code, run.out.as_str()), (0, "the-access-token\n"));
        assert!(run.err.starts_with("note: ") && run.err.contains(note), "{}", run.err);
        holds_no_secret(&run);
    }
}

#[tokio::test]
async fn json_is_one_object() {
    let (server, _) = services().await;
    let run = at(&[&TOKEN[..], &["--json"]].concat(), &server.uri()).run();
    insta::assert_snapshot!(run.out, @r#"{"accessToken":"the-access-token","idToken":"the-id-token","refreshToken":"the-refresh-token","expiresIn":3600,"tokenType":"Bearer"}"#);
}

#[tokio::test]
async fn a_wrong_password_is_not_repeated() {
    let (server, _) = services().await;
    let run = at(&TOKEN, &server.uri()).stdin("Wrong-horse-9\n").run();
    run.fails(1, "refuses the sign-in: not with");
    assert!(!run.err.contains("Wrong-horse-9"), "{}", run.err);
    holds_no_secret(&run);
}

#[tokio::test]
async fn ids_that_are_named_need_no_stack() {
    let (server, services) = services().await;
    let run = at(&TOKEN, &server.uri())
        .env("USER_POOL_ID", "us-east-1_Other")
        .env("USER_POOL_CLIENT_ID", "app,machine")
        .run();
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(services.seen.lock().unwrap().first().unwrap().0, "DescribeUserPoolClient");
}

#[tokio::test]
async fn an_unfit_pool_of_config_json_is_checked_and_exits_1() {
    let config = r#"{ "userPool": { "id": "eu-west-1_Other", "clientId": "app" } }"#;
    for args in [&["pool", "check"][..], &["pool", "check", "--json"]] {
        let (server, services) = services().await;
        let run = at(args, &server.uri()).file("config.json", config).run();
        assert_eq!((run.code, run.err.as_str()), (1, ""), "{}", run.out);
        assert!(run.out.contains("eu-west-1_Other") && run.out.contains("broken"), "{}", run.out);
        holds_no_secret(&run);
        let seen = services.seen.lock().unwrap();
        let calls: Vec<_> = seen.iter().map(|(call, _)| call.as_str()).collect();
        assert_eq!(calls, ["DescribeUserPoolClient", "DescribeUserPool", "GetUserPoolMfaConfig"]);
        assert!(seen.iter().all(|(_, signed)| signed.contains("/eu-west-1/cognito-idp/")), "{seen:?}");
    }
    gatehouse(&["pool", "check"]).run().fails(2, "config.json: cannot be read");
}

const PROFILES: &str = "[profile other]\nregion = us-east-1\naws_access_key_id = AKIDPROFILE\n\
                        aws_secret_access_key = AKIDSECRET\n\
                        [profile process]\ncredential_process = cat process.json\n\
                        [profile failing]\ncredential_process = false\n\
                        [profile broken]\nsso_session = nope\nsso_account_id = 1\nsso_role_name = r\n";
const PROCESS: &str = r#"{"Version": 1, "AccessKeyId": "AKIDPROCESS", "SecretAccessKey": "AKIDSECRET"}"#;

#[tokio::test]
async fn a_profile_that_is_named_wins_over_keys_in_the_environment() {
    let (server, services) = services().await;
    for (profile, key) in [("other", "AKIDPROFILE"), ("process", "AKIDPROCESS")] {
        let args = [&TOKEN[..], &["--profile", profile]].concat();
        let run = at(&args, &server.uri()).file(".aws/config", PROFILES).file("process.json", PROCESS).run();
        assert_eq!(run.code, 0, "{}", run.err);
        let seen = services.seen.lock().unwrap();
        let (_, authorization) = seen.last().unwrap();
        assert!(authorization.contains(key), "{authorization}");
    }
}

#[tokio::test]
async fn the_environment_does_not_replace_a_named_profile() {
    let (server, services) = services().await;
    for (profile, line) in [
        ("nope", "no AWS profile with that name"),
        ("broken", "cannot be loaded: ProfileFile provider could not be built: sso-session named `nope`"),
        ("failing", "cannot be loaded: Error retrieving credentials"),
    ] {
        let args = [&TOKEN[..], &["--profile", profile]].concat();
        let run = at(&args, &server.uri()).file(".aws/config", PROFILES).run();
        run.fails(1, line);
        holds_no_secret(&run);
    }
    assert!(services.seen.lock().unwrap().is_empty());
}

#[test]
fn without_credentials_the_ways_to_give_some_are_named() {
    let run = gatehouse(&TOKEN).env("AWS_REGION", "us-east-1").stdin("x\n").run();
    run.fails(1, "error: no AWS credentials, or ");
}

#[test]
fn without_a_region_nothing_is_tried() {
    gatehouse(&TOKEN).stdin("x\n").run().fails(2, "error: no AWS region is known: ");
}

/// The region that the first request was signed for. It also forgets all requests.
fn region_of(services: &Services) -> String {
    let seen = std::mem::take(&mut *services.seen.lock().unwrap());
    let (_, authorization) = seen.first().unwrap();
    let scope = authorization.split("Credential=").nth(1).unwrap();
    scope.split('/').nth(2).unwrap().to_owned()
}

#[tokio::test]
async fn flag_environment_profile_pool_config_name_the_region_in_turn() {
    const FILE: &str = r#"{ "region": "eu-west-5" }"#;
    const PROFILE: &str = "[default]\nregion = eu-west-3\n";
    let (server, services) = services().await;
    let (flag, pool) = (["--region", "eu-west-1"], ["--user-pool-id", "eu-west-4_Pool"]);
    for (args, env, files, expected) in [
        ([&flag[..], &pool].concat(), Some("eu-west-2"), &[(".aws/config", PROFILE)][..], "eu-west-1"),
        (pool.to_vec(), Some("eu-west-2"), &[(".aws/config", PROFILE)], "eu-west-2"),
        (pool.to_vec(), None, &[(".aws/config", PROFILE)], "eu-west-3"),
        (pool.to_vec(), None, &[], "eu-west-4"),
        (vec![], None, &[], "eu-west-5"),
        (vec!["--overlay", "far.json"], None, &[("far.json", r#"{ "region": "eu-west-6" }"#)], "eu-west-6"),
        (vec!["--config", "far.json"], None, &[("far.json", r#"{ "region": "eu-west-6" }"#)], "eu-west-6"),
    ] {
        for command in [
            &TOKEN[..],
            &CREATE,
            &["user", "invite", "new@example.com"],
            &["user", "delete", "ann@example.com"],
            &["machine-token"],
        ] {
            let mut run = at(&[command, &args].concat(), &server.uri()).file("config.json", FILE);
            run.command.env_remove("AWS_REGION");
            if let Some(region) = env {
                run = run.env("AWS_REGION", region);
            }
            files.iter().fold(run, |run, (name, text)| run.file(name, text)).run();
            assert_eq!(region_of(&services), expected, "{command:?} {args:?}");
        }
    }
}

/// A stack may use a pool of another region. In the stack's region, the SDK would be told that the pool does
/// not exist.
#[tokio::test]
async fn the_pools_id_names_its_region_and_the_stack_keeps_its_own() {
    let (server, services) = services().await;
    let named = ["--user-pool-id", "eu-west-4_Pool", "--client-id", "client"];
    for (args, region) in [(&named[..], "eu-west-4"), (&[], "us-east-1")] {
        for command in [&TOKEN[..], &CREATE, &["client", "secrets"], &["machine-token"]] {
            let run = at(&[command, args, &["--region", "eu-west-2"]].concat(), &server.uri());
            run.env("MACHINE_CLIENT_ID", "machine").run();
            let seen = std::mem::take(&mut *services.seen.lock().unwrap());
            let signed = seen.iter().filter(|(_, authorization)| authorization.contains("/aws4_request"));
            let mut asked = 0;
            for (operation, authorization) in signed {
                let scope = if operation.is_empty() { "eu-west-2/cloudformation" } else { region };
                assert!(
                    authorization.contains(&format!("/{scope}/")),
                    "{command:?} {operation} {authorization}"
                );
                asked += usize::from(!operation.is_empty());
            }
            assert!(asked > 0, "{command:?}");
        }
    }
}

#[test]
fn a_config_json_that_cannot_give_the_region_is_reported() {
    let run = |args: &[&str]| gatehouse(&[&TOKEN[..], args].concat()).stdin("x\n");
    run(&["--config", "nowhere.json"]).run().fails(2, "nowhere.json: cannot be read");
    run(&[]).file("config.json", r#"{ "region": 1 }"#).run().fails(2, "/region: ");
    // A configuration that is not needed is not read.
    let other = run(&["--region", "eu-west-1"]).file("config.json", "{").run();
    other.fails(1, "error: no AWS credentials, or ");
}

#[test]
fn an_unreachable_endpoint_is_named() {
    let run = at(&TOKEN, "http://127.0.0.1:1").run();
    run.fails(1, "us-east-1 at http://127.0.0.1:1 cannot be reached");
    holds_no_secret(&run);
}

#[test]
fn an_endpoint_that_is_no_url_does_not_lead_to_aws() {
    at(&TOKEN, "localhost 4566").run().fails(2, "AWS_ENDPOINT_URL is not a URL");
}

#[tokio::test]
async fn something_else_at_the_endpoint_is_recognised() {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(404).set_body_string("<html>not here</html>");
    Mock::given(any()).respond_with(page).mount(&server).await;
    let run = at(&TOKEN, &server.uri()).run();
    run.fails(1, "gave no usable answer to DescribeStacks: check AWS_ENDPOINT_URL");
}
