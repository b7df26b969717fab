//! `client`: two secrets at once, over the network, with a server that stores clients' secrets as Cognito
//! does: it allows at most two, returns a value once, describes the client's first secret, and describes none
//! after that one was removed.
//!
//! <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html>.
//! AWS does not document what it describes after a removal; <https://github.com/floci-io/floci/pull/345>
//! reports what was seen.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::aws::stack_of;
use super::{Gatehouse, Run, gatehouse};

const PASSWORD: &str = "Correct-horse-9";
const FIRST: &str = "firstsecretofcognitosmaking0000000000000000000000001";
const SECOND: &str = "secondsecretofcognitosmaking000000000000000000000002";
const FIRST_ID: &str = "client--1767225600";
const SECOND_ID: &str = "client--1798761600";

/// One app client and its secrets, as (id, value, time).
#[derive(Clone)]
struct Cognito(Arc<Mutex<State>>);

struct State {
    secrets: Vec<(String, String, u64)>,
    /// The client's first secret. No other secret replaces it.
    described: Option<String>,
    /// The answer to the next `AddUserPoolClientSecret`, instead of the real one. The request is carried out
    /// all the same.
    lost_answer: bool,
    refuses: Option<(&'static str, &'static str, &'static str)>,
    calls: Vec<String>,
}

impl Cognito {
    fn new(secrets: &[(&str, &str, u64)]) -> Self {
        let described = secrets.first().map(|(_, value, _)| (*value).to_owned());
        let secrets = secrets.iter().map(|(id, value, time)| ((*id).to_owned(), (*value).to_owned(), *time));
        let (secrets, calls) = (secrets.collect(), Vec::new());
        Self(Arc::new(Mutex::new(State { secrets, described, lost_answer: false, refuses: None, calls })))
    }

    fn with_one() -> Self {
        Self::new(&[(FIRST_ID, FIRST, 1_767_225_600)])
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn ids(&self) -> Vec<String> {
        self.state().secrets.iter().map(|(id, ..)| id.clone()).collect()
    }

    async fn serve(&self) -> MockServer {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(self.clone()).mount(&server).await;
        server
    }
}

impl Respond for Cognito {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let header = |name: &str| request.headers.get(name).map_or("", |value| value.to_str().unwrap());
        let target = header("x-amz-target").rsplit('.').next().unwrap().to_owned();
        if request.url.path() == "/oauth2/token" {
            return self.state().token(header("authorization"));
        }
        if target.is_empty() {
            return stack_of("us-east-1_Pool", "client");
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let mut state = self.state();
        state.calls.push(target.clone());
        let answer = match state.refuses {
            Some((operation, code, message)) if operation == target => Err((code, message.to_owned())),
            _ => state.answer(&target, &body),
        };
        if target == "AddUserPoolClientSecret" && state.lost_answer {
            return ResponseTemplate::new(200).set_body_string("<html>");
        }
        match answer {
            Ok(answer) => ResponseTemplate::new(200).set_body_json(answer),
            Err((code, message)) => {
                ResponseTemplate::new(400).set_body_json(json!({ "__type": code, "message": message }))
            }
        }
    }
}

impl State {
    fn answer(&mut self, operation: &str, body: &Value) -> Result<Value, (&'static str, String)> {
        match operation {
            "DescribeUserPoolClient" => Ok(json!({ "UserPoolClient": {
                "ClientSecret": self.described, "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
            }})),
            "DescribeUserPool" => Ok(json!({ "UserPool": { "Domain": "auth-1" } })),
            "AdminInitiateAuth" | "InitiateAuth" => self.sign_in(&body["AuthParameters"], &body["ClientId"]),
            "ListUserPoolClientSecrets" => {
                let listed = self
                    .secrets
                    .iter()
                    .map(|(id, _, time)| json!({ "ClientSecretId": id, "ClientSecretCreateDate": *time }));
                Ok(json!({ "ClientSecrets": listed.collect::<Vec<_>>() }))
            }
            "AddUserPoolClientSecret" if self.secrets.len() == 2 => {
                Err(("LimitExceededException", "two secrets already".to_owned()))
            }
            "AddUserPoolClientSecret" => {
                self.secrets.push((SECOND_ID.to_owned(), SECOND.to_owned(), 1_798_761_600));
                Ok(
                    json!({ "ClientSecretDescriptor": { "ClientSecretId": SECOND_ID, "ClientSecretValue": SECOND,
                    "ClientSecretCreateDate": 1_798_761_600 } }),
                )
            }
            "DeleteUserPoolClientSecret" => self.delete(body["ClientSecretId"].as_str().unwrap()),
            other => Err(("UnknownOperationException", other.to_owned())),
        }
    }

    fn delete(&mut self, id: &str) -> Result<Value, (&'static str, String)> {
        if self.secrets.len() < 2 {
            return Err(("InvalidParameterException", "the last secret".to_owned()));
        }
        let place = self.secrets.iter().position(|(known, ..)| known == id);
        let (_, value, _) = self.secrets.remove(place.ok_or(("ResourceNotFoundException", id.to_owned()))?);
        self.described = self.described.take().filter(|described| *described != value);
        Ok(json!({}))
    }

    fn sign_in(&self, parameters: &Value, client: &Value) -> Result<Value, (&'static str, String)> {
        let (user, hash) = (parameters["USERNAME"].as_str().unwrap(), parameters["SECRET_HASH"].as_str());
        let client = client.as_str().unwrap();
        let Some(hash) = hash else {
            let text = format!("Client {client} is configured with secret but SECRET_HASH was not received");
            return Err(("NotAuthorizedException", text));
        };
        if !self.secrets.iter().any(|(_, value, _)| hash_of(value, user, client) == hash) {
            return Err((
                "NotAuthorizedException",
                format!("Unable to verify secret hash for client {client}"),
            ));
        }
        Ok(json!({ "AuthenticationResult": { "AccessToken": "the-access-token", "ExpiresIn": 3600 } }))
    }

    fn token(&self, authorization: &str) -> ResponseTemplate {
        let pair =
            String::from_utf8(STANDARD.decode(authorization.trim_start_matches("Basic ")).unwrap()).unwrap();
        let (_, secret) = pair.split_once(':').unwrap();
        if self.secrets.iter().any(|(_, value, _)| value == secret) {
            ResponseTemplate::new(200).set_body_json(json!({ "access_token": "the-machine-token" }))
        } else {
            ResponseTemplate::new(400).set_body_json(json!({ "error": "invalid_client" }))
        }
    }
}

fn hash_of(secret: &str, user: &str, client: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{user}{client}").as_bytes()))
}

fn at(server: &MockServer, args: &[&str]) -> Gatehouse {
    gatehouse(args)
        .env("AWS_ENDPOINT_URL", &server.uri())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDENV")
        .env("AWS_SECRET_ACCESS_KEY", "AKIDSECRET")
        .env("RUST_LOG", "trace")
        .stdin(&format!("{PASSWORD}\n"))
}

fn add(server: &MockServer, file: &Path, more: &[&str]) -> Gatehouse {
    let out = file.to_str().unwrap();
    at(server, &[&["client", "add-secret", "--out", out], more].concat())
}

fn sign_in(server: &MockServer, secret: Option<&Path>) -> Run {
    let run = at(server, &["token", "ann@example.com", "--password-stdin"]);
    match secret {
        Some(file) => run.env("USER_POOL_CLIENT_SECRET_FILE", file.to_str().unwrap()).run(),
        None => run.run(),
    }
}

/// A directory for secrets, and a file in it with this one.
fn folder(secret: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old");
    std::fs::write(&file, secret).unwrap();
    (folder, file)
}

fn tells_no_value(run: &Run) {
    for secret in [FIRST, SECOND, PASSWORD, "AKIDSECRET"] {
        assert!(!run.out.contains(secret) && !run.err.contains(secret), "{} {}", run.out, run.err);
    }
}

/// The auth service's part: it signs people in all the time, with the secret that it was deployed with.
struct Function {
    secret: Arc<Mutex<String>>,
    stop: Arc<AtomicBool>,
    work: thread::JoinHandle<(usize, Vec<String>)>,
}

impl Function {
    fn start(address: SocketAddr, secret: &str) -> Self {
        let (secret, stop) = (Arc::new(Mutex::new(secret.to_owned())), Arc::new(AtomicBool::new(false)));
        let (configured, stopped) = (secret.clone(), stop.clone());
        let work = thread::spawn(move || {
            let (mut done, mut refused) = (0, Vec::new());
            while !stopped.load(Ordering::SeqCst) {
                // It is locked until the answer arrives, because a deployment waits for running requests.
                let secret = configured.lock().unwrap();
                refused.extend(sign_in_with(address, &secret).err());
                drop(secret);
                done += 1;
                thread::sleep(Duration::from_millis(1));
            }
            (done, refused)
        });
        Self { secret, stop, work }
    }

    /// What `scripts/deploy --parameters FILE` does to the function.
    fn deploy(&self, parameters: &str) {
        let value = parameters.strip_prefix("ClientSecretValue: ").unwrap();
        *self.secret.lock().unwrap() = serde_json::from_str(value).unwrap();
    }

    fn end(self) -> (usize, Vec<String>) {
        self.stop.store(true, Ordering::SeqCst);
        self.work.join().unwrap()
    }
}

/// Signs in as an app does, over its own socket.
fn sign_in_with(address: SocketAddr, secret: &str) -> Result<(), String> {
    let user = "ann@example.com";
    let body = json!({ "ClientId": "client", "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {
        "USERNAME": user, "PASSWORD": PASSWORD, "SECRET_HASH": hash_of(secret, user, "client") } })
    .to_string();
    let head = "POST / HTTP/1.1\r\nHost: cognito\r\nConnection: close\r\n\
                X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth\r\nContent-Length: ";
    let mut socket = TcpStream::connect(address).unwrap();
    write!(socket, "{head}{}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    if answer.starts_with("HTTP/1.1 200 ") { Ok(()) } else { Err(answer) }
}

#[tokio::test]
async fn a_secret_replaces_another_without_a_failed_sign_in() {
    let cognito = Cognito::with_one();
    let server = cognito.serve().await;
    let function = Function::start(*server.address(), FIRST);
    let (folder, old) = folder(FIRST);
    let new = folder.path().join("parameters.yaml");

    assert_eq!(sign_in(&server, None).out, "the-access-token\n");
    let added = add(&server, &new, &[]).run();
    assert_eq!((added.code, added.out.as_str()), (0, "client--1798761600\n"), "{}", added.err);
    for file in [&old, &new] {
        assert_eq!(sign_in(&server, Some(file)).out, "the-access-token\n");
    }
    // Cognito still describes the first secret.
    assert_eq!(sign_in(&server, None).out, "the-access-token\n");

    function.deploy(&std::fs::read_to_string(&new).unwrap());
    let removed = at(&server, &["client", "remove-secret", FIRST_ID, "--yes"]).run();
    removed.succeeds();

    let (done, refused) = function.end();
    assert!(done > 10, "{done} sign-ins");
    assert_eq!(refused, [""; 0]);
    assert_eq!(cognito.ids(), [SECOND_ID]);
    assert_eq!(sign_in(&server, Some(&new)).out, "the-access-token\n");
    for (run, said) in [
        (sign_in(&server, Some(&old)), "Unable to verify secret hash"),
        // Cognito no longer describes a secret, so nobody can tell from its answer.
        (sign_in(&server, None), "SECRET_HASH was not received"),
    ] {
        run.fails(1, said);
        assert!(run.err.contains("--client-secret-file"), "{}", run.err);
        tells_no_value(&run);
    }
    for run in [added, removed] {
        tells_no_value(&run);
    }
}

#[tokio::test]
async fn a_program_s_secret_goes_to_its_program_byte_for_byte() {
    let cognito = Cognito::with_one();
    let server = cognito.serve().await;
    let (folder, old) = folder(FIRST);
    let new = folder.path().join("secret");
    let machine = |args: &[&str]| {
        at(&server, args).env("USER_POOL_ID", "us-east-1_Pool").env("MACHINE_CLIENT_ID", "machine")
    };
    let token = |file: Option<&Path>| {
        let run = machine(&["machine-token"]);
        match file {
            Some(file) => run.env("USER_POOL_CLIENT_SECRET_FILE", file.to_str().unwrap()).run(),
            None => run.run(),
        }
    };

    let added = machine(&["client", "add-secret", "--machine", "--out", new.to_str().unwrap()]).run();
    assert_eq!((added.code, added.err.as_str()), (0, ""));
    assert_eq!(std::fs::read_to_string(&new).unwrap(), SECOND);
    for file in [None, Some(old.as_path()), Some(new.as_path())] {
        assert_eq!(token(file).out, "the-machine-token\n");
    }
    machine(&["client", "remove-secret", FIRST_ID, "--machine", "--yes"]).run().succeeds();
    assert_eq!(token(Some(&new)).out, "the-machine-token\n");
    token(Some(&old)).fails(1, "invalid_client");
    token(None).fails(1, "give the one in use with --client-secret-file");
}

#[tokio::test]
async fn a_value_can_go_into_a_pipe_and_its_id_then_goes_to_stderr() {
    let server = Cognito::with_one().serve().await;
    let run = add(&server, Path::new("-"), &["--raw"]).run();
    assert_eq!((run.code, run.out.as_str()), (0, SECOND));
    assert!(run.err.contains(SECOND_ID) && !run.err.contains(SECOND), "{}", run.err);
}

#[tokio::test]
async fn the_file_is_for_one_person_and_of_one_parameter() {
    const EXISTING: &str = r#"{ "userPool": { "id": "us-east-1_Pool", "clientId": "client" } }"#;
    for (config, parameter) in [("{}", "ClientSecretValue"), (EXISTING, "ExistingUserPoolClientSecret")] {
        let server = Cognito::with_one().serve().await;
        let (folder, _) = folder("");
        let file = folder.path().join("parameters.yaml");
        let run = add(&server, &file, &[]).file("config.json", config).run();
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{parameter}: \"{SECOND}\"\n"));
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(run.err.contains("next: scripts/deploy --parameters"), "{}", run.err);
        tells_no_value(&run);
    }
}

#[tokio::test]
async fn a_file_that_is_there_stays_as_it_is_and_nothing_is_sent() {
    let cognito = Cognito::with_one();
    let server = cognito.serve().await;
    let (_folder, file) = folder("kept");
    add(&server, &file, &[]).run().fails(2, "a secret is only written to a new file");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "kept");
    assert!(cognito.state().calls.is_empty());
}

#[tokio::test]
async fn the_list_has_ids_and_times_and_no_values() {
    let cognito = Cognito::new(&[(SECOND_ID, SECOND, 1_798_761_600), (FIRST_ID, FIRST, 1_767_225_600)]);
    let server = cognito.serve().await;
    let run = at(&server, &["client", "secrets"]).run();
    insta::assert_snapshot!(run.out, @r"
    client--1767225600  made 2026-01-01T00:00:00Z
    client--1798761600  made 2027-01-01T00:00:00Z
    ");
    tells_no_value(&run);
    let run = at(&server, &["client", "secrets", "--json"]).run();
    insta::assert_snapshot!(run.out, @r#"{"secrets":[{"id":"client--1767225600","made":"2026-01-01T00:00:00Z"},{"id":"client--1798761600","made":"2027-01-01T00:00:00Z"}]}"#);
    let server = Cognito::new(&[]).serve().await;
    assert_eq!(at(&server, &["client", "secrets"]).run().out, "the app client has no secret\n");
}

#[tokio::test]
async fn a_third_secret_or_a_first_one_is_refused_before_it_is_made() {
    let both = Cognito::new(&[(FIRST_ID, FIRST, 1), (SECOND_ID, SECOND, 2)]);
    for (cognito, line) in
        [(both, "already has two secrets (client--1767225600"), (Cognito::new(&[]), "has no secret, and")]
    {
        let server = cognito.serve().await;
        let (folder, _) = folder("");
        let file = folder.path().join("new");
        let run = add(&server, &file, &[]).run();
        run.fails(1, line);
        tells_no_value(&run);
        assert!(!file.exists());
        assert!(!cognito.state().calls.iter().any(|call| call == "AddUserPoolClientSecret"));
    }
}

#[tokio::test]
async fn a_refusal_says_what_to_do_and_leaves_no_file() {
    for (operation, code, line) in [
        ("AddUserPoolClientSecret", "LimitExceededException", "already has two secrets"),
        ("AddUserPoolClientSecret", "AccessDeniedException", "`cognito-idp:AddUserPoolClientSecret`"),
        ("ListUserPoolClientSecrets", "AccessDeniedException", "`cognito-idp:ListUserPoolClientSecrets`"),
        ("ListUserPoolClientSecrets", "ResourceNotFoundException", "there is no user pool us-east-1_Pool"),
        ("AddUserPoolClientSecret", "InvalidParameterException", "InvalidParameterException: odd"),
        ("AddUserPoolClientSecret", "TooManyRequestsException", "wait a little"),
    ] {
        let cognito = Cognito::with_one();
        cognito.state().refuses = Some((operation, code, "odd"));
        let server = cognito.serve().await;
        let (folder, _) = folder("");
        let file = folder.path().join("new");
        add(&server, &file, &[]).run().fails(1, line);
        assert!(!file.exists(), "{code}");
        assert_eq!(cognito.ids(), [FIRST_ID]);
    }
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_secret_and_reports_the_doubt() {
    let cognito = Cognito::with_one();
    cognito.state().lost_answer = true;
    let server = cognito.serve().await;
    let (folder, _) = folder("");
    let file = folder.path().join("new");
    let run = add(&server, &file, &[]).run();
    run.fails(1, "it is unknown whether a secret was added to client: run `gatehouse client secrets`");
    tells_no_value(&run);
    assert!(!file.exists());
    let calls = cognito.state().calls.clone();
    assert_eq!(calls.iter().filter(|call| *call == "AddUserPoolClientSecret").count(), 1);
}

#[tokio::test]
async fn a_secret_whose_value_cannot_be_written_is_removed_again() {
    for (refused, line, left) in [
        (None, "was removed again", &[FIRST_ID][..]),
        (
            Some(("DeleteUserPoolClientSecret", "AccessDeniedException", "no")),
            "run `gatehouse client remove-secret client--1798761600`",
            &[FIRST_ID, SECOND_ID][..],
        ),
    ] {
        let cognito = Cognito::with_one();
        cognito.state().refuses = refused;
        let server = cognito.serve().await;
        // A device that is always full. It takes the place of stdout.
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut run = add(&server, Path::new("-"), &["--raw"]);
        run.command.stdin(std::process::Stdio::null()).stdout(full).stderr(std::process::Stdio::piped());
        let output = run.command.spawn().unwrap().wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{err}");
        assert!(err.contains(line) && !err.contains(SECOND), "{err}");
        assert_eq!(cognito.ids(), left);
    }
}

#[tokio::test]
async fn what_cannot_be_removed_is_left() {
    let both = || Cognito::new(&[(FIRST_ID, FIRST, 1), (SECOND_ID, SECOND, 2)]);
    for (cognito, id, more, code, line) in [
        (Cognito::with_one(), FIRST_ID, Some("--yes"), 1, "is the only secret of the app client client"),
        (both(), "client--1", Some("--yes"), 1, "has no secret \"client--1\""),
        (both(), FIRST_ID, None, 2, "pass --yes"),
        // A person confuses the value with the id: the error does not repeat it.
        (both(), FIRST, Some("--yes"), 2, "this is not the id of a secret"),
    ] {
        let server = cognito.serve().await;
        let before = cognito.ids();
        let args: Vec<_> = ["client", "remove-secret", id].into_iter().chain(more).collect();
        let run = at(&server, &args).run();
        run.fails(code, line);
        tells_no_value(&run);
        assert_eq!(cognito.ids(), before);
    }
}

#[tokio::test]
async fn a_refused_removal_differs_from_one_already_carried_out() {
    let both = || Cognito::new(&[(FIRST_ID, FIRST, 1), (SECOND_ID, SECOND, 2)]);
    let remove = |server: &MockServer| at(server, &["client", "remove-secret", FIRST_ID, "--yes"]).run();
    for (code, ends) in
        [("ResourceNotFoundException", Ok(())), ("AccessDeniedException", Err("DeleteUserPoolClientSecret`"))]
    {
        let cognito = both();
        cognito.state().refuses = Some(("DeleteUserPoolClientSecret", code, "odd"));
        let server = cognito.serve().await;
        match ends {
            Ok(()) => remove(&server).succeeds(),
            Err(line) => remove(&server).fails(1, line),
        }
    }
}

#[test]
fn a_file_without_a_secret_is_a_mistake_before_anything_is_sent() {
    for (text, line) in [(None, "cannot be read"), (Some("two words\n"), "contains no client secret")] {
        let run =
            gatehouse(&["token", "ann@example.com", "--password-stdin", "--client-secret-file", "secret"]);
        let run = text.into_iter().fold(run, |run, text| run.file("secret", text));
        let run = run.stdin(&format!("{PASSWORD}\n")).run();
        run.fails(2, line);
        assert!(!run.err.contains("two words"), "{}", run.err);
    }
}
