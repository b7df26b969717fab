//! What happens on the way to Cognito, on real sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::timeout::TimeoutConfig;
use platform::config::ClientId;

use crate::cognito::Cognito;
use crate::provider::{Failure, IdentityProvider, Refusal};
use crate::values::Email;

/// Long enough for a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client for the endpoint at `address`, which waits for so long and tries once.
fn client(address: SocketAddr, patience: Duration) -> Cognito {
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
    }
}

async fn ask(address: SocketAddr, patience: Duration) -> Result<(), Failure> {
    let email = Email::parse("ann@example.com".to_owned()).unwrap();
    client(address, patience).resend_code(&email, None).await
}

#[tokio::test]
async fn a_connection_that_is_refused_is_no_connection() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let failure = ask(address, PATIENCE).await.unwrap_err();
    assert_eq!(failure.to_string(), "ResendConfirmationCode: no connection");
}

#[tokio::test]
async fn an_answer_that_never_comes_is_one_that_is_late() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let failure = ask(listener.local_addr().unwrap(), Duration::from_millis(200)).await.unwrap_err();
    assert_eq!(failure.refusal, Refusal::TimedOut);
}

#[tokio::test]
async fn without_credentials_a_request_has_no_authorization() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = [0; 4096];
        let length = stream.read(&mut seen).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        String::from_utf8_lossy(&seen[..length]).to_ascii_lowercase()
    });
    ask(address, PATIENCE).await.unwrap();
    let request = server.join().unwrap();
    assert!(request.contains("x-amz-target: awscognitoidentityproviderservice.resend"), "{request}");
    for header in ["authorization", "x-amz-security-token", "x-amz-date"] {
        assert!(!request.contains(header), "{header}: {request}");
    }
}
