//! What happens on the way to Cognito, on real sockets.

use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::timeout::TimeoutConfig;
use platform::config::ClientId;
use serde_json::json;
use testkit::http;
use testkit::net::{closed_address, silent};

use crate::cognito::Cognito;
use crate::provider::{Failure, IdentityProvider, Refusal};
use crate::values::Email;

/// Long enough for a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client for the endpoint at `address`, which waits for so long.
fn client(address: &str, patience: Duration) -> Cognito {
    let env = |name: &str| (name == "AWS_ENDPOINT_URL").then(|| format!("http://{address}"));
    let home = aws::Home::Region("us-east-1");
    let config = aws::sdk_config(env, aws::Service::CognitoIdentityProvider, home, aws::Signing::Unsigned);
    let config = config
        .into_builder()
        .timeout_config(TimeoutConfig::builder().operation_timeout(patience).build())
        .build();
    Cognito {
        sdk: Client::new(&config),
        client_id: ClientId::new("client").unwrap(),
        client_secret: None,
        auto_confirm: None,
        tells_addresses: false,
        tells_trigger_words: false,
    }
}

async fn ask(address: &str, patience: Duration) -> Result<(), Failure> {
    let email = Email::parse("ann@example.com".to_owned()).unwrap();
    client(address, patience).resend_code(&email, None).await
}

#[tokio::test]
async fn a_connection_that_is_refused_is_no_connection() {
    let failure = ask(&closed_address(), PATIENCE).await.unwrap_err();
    assert_eq!(failure.to_string(), "ResendConfirmationCode: no connection");
}

#[tokio::test]
async fn an_answer_that_never_comes_is_one_that_is_late() {
    let (_listener, address) = silent();
    let failure = ask(&address, Duration::from_millis(200)).await.unwrap_err();
    assert_eq!(failure.refusal, Refusal::TimedOut);
}

#[tokio::test]
async fn without_credentials_a_request_has_no_authorization() {
    let (sender, requests) = channel();
    let address = http::serve(move |request| {
        sender.send(request.headers).unwrap();
        http::Reply::json("200 OK", &json!({}))
    });
    ask(&address, PATIENCE).await.unwrap();
    let headers = requests.recv().unwrap();
    assert!(headers["x-amz-target"].starts_with("AWSCognitoIdentityProviderService.Resend"), "{headers:?}");
    for header in ["authorization", "x-amz-security-token", "x-amz-date"] {
        assert!(!headers.contains_key(header), "{header}: {headers:?}");
    }
}

/// What a far end does on each connection that it takes.
#[derive(Debug, Clone, Copy)]
enum Manners {
    /// Answers one request, then hangs up.
    AnswersOnce,
    /// Answers one request, takes another, and hangs up on it: what a request meets that goes out on a connection which the
    /// far end has given up meanwhile.
    HangsUpOnTheSecond,
    /// Takes a request and hangs up.
    HangsUp,
    /// Answers every request with this.
    Refuses(&'static str, &'static str),
}

/// Serves so for as long as the test runs; how many requests it has read.
fn serve(manners: Manners) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let read = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&read);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            let takes = || {
                let took = take_request(&stream);
                count.fetch_add(usize::from(took), Ordering::SeqCst);
                took
            };
            match manners {
                Manners::HangsUp => drop(takes()),
                Manners::AnswersOnce if takes() => respond(&stream, "200 OK", "{}"),
                Manners::HangsUpOnTheSecond if takes() => {
                    respond(&stream, "200 OK", "{}");
                    take_request(&stream);
                }
                Manners::Refuses(status, body) => {
                    while takes() {
                        respond(&stream, status, body);
                    }
                }
                Manners::AnswersOnce | Manners::HangsUpOnTheSecond => {}
            }
        }
    });
    (address, read)
}

/// Reads one request with its body, if there is one.
fn take_request(stream: &TcpStream) -> bool {
    matches!(http::read(&mut BufReader::new(stream)), Ok(Some(_)))
}

fn respond(mut stream: &TcpStream, status: &str, body: &str) {
    http::write(&mut stream, status, "", body).unwrap();
}

/// As after a freeze: the far end has closed what was idle.
#[tokio::test]
async fn a_call_on_a_connection_that_was_given_up_meanwhile_goes_out_again() {
    for manners in [Manners::AnswersOnce, Manners::HangsUpOnTheSecond] {
        let (address, _) = serve(manners);
        let cognito = client(&address, PATIENCE);
        let email = Email::parse("ann@example.com".to_owned()).unwrap();
        for call in 0..4 {
            cognito.resend_code(&email, None).await.unwrap_or_else(|why| panic!("{manners:?} {call}: {why}"));
        }
    }
}

/// It may have been acted upon.
#[tokio::test]
async fn a_call_on_a_new_connection_that_gets_no_answer_goes_out_once() {
    let (address, read) = serve(Manners::HangsUp);
    let failure = ask(&address, PATIENCE).await.unwrap_err();
    assert_eq!(failure.refusal, Refusal::Unreachable);
    assert_eq!(read.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_refusal_is_an_answer_on_a_new_connection_and_on_a_used_one() {
    for (status, body) in [
        ("400 Bad Request", r#"{"__type":"TooManyRequestsException"}"#),
        ("400 Bad Request", r#"{"__type":"ThrottlingException"}"#),
        ("500 Internal Server Error", r#"{"__type":"InternalErrorException"}"#),
        ("503 Service Unavailable", ""),
    ] {
        let (address, read) = serve(Manners::Refuses(status, body));
        let cognito = client(&address, PATIENCE);
        let email = Email::parse("ann@example.com".to_owned()).unwrap();
        for calls in 1..=3 {
            cognito.resend_code(&email, None).await.unwrap_err();
            assert_eq!(read.load(Ordering::SeqCst), calls, "{status} {body}");
        }
    }
}
