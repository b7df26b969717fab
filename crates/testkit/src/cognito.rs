//! A Cognito on a real socket that answers from a script and records the requests. With it, tests see what an
//! exception and its text lead to, as a caller and the log see it.
//!
//! An operation without a script succeeds. This file does not check requests: tests do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::http::{self, Message, Reply};

/// The address of the only user.
pub const EMAIL: &str = "ann@example.com";
/// The session of a sign-in that needs a further step.
pub const SESSION: &str = "session-of-twenty-characters-or-more";

const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// One answer of Cognito.
#[derive(Debug, Clone)]
pub struct Said {
    status: &'static str,
    body: Value,
}

/// An exception with its text.
pub fn refused(exception: &str, text: &str) -> Said {
    Said { status: "400 Bad Request", body: json!({ "__type": exception, "message": text }) }
}

/// An internal error of Cognito.
pub fn failed() -> Said {
    Said { status: "500 Internal Server Error", body: json!({ "__type": "InternalErrorException" }) }
}

/// Success with this body.
pub fn ok(body: Value) -> Said {
    Said { status: "200 OK", body }
}

/// A request, as Cognito received it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// The operation that it calls.
    pub operation: String,
    /// Its body.
    pub body: Value,
    /// Whether it has an `Authorization` header.
    pub is_signed: bool,
}

impl Sent {
    fn read(request: &Message) -> Self {
        let target = request.headers.get("x-amz-target").map_or("", String::as_str);
        Self {
            operation: target.rsplit('.').next().unwrap_or_default().to_owned(),
            body: serde_json::from_slice(&request.body).unwrap(),
            is_signed: request.headers.contains_key("authorization"),
        }
    }
}

/// The remaining answers of each operation. The last answer of a script repeats.
#[derive(Debug, Default)]
struct State {
    scripts: HashMap<String, Vec<Said>>,
    sent: Vec<Sent>,
}

impl State {
    fn answer(&mut self, sent: Sent) -> Said {
        let said = match self.scripts.get_mut(&sent.operation) {
            Some(script) if script.len() > 1 => script.remove(0),
            Some(script) => script[0].clone(),
            None => ok(success(&sent.operation)),
        };
        self.sent.push(sent);
        said
    }
}

/// A pool with a script. It runs until the process ends.
#[derive(Debug)]
pub struct Scripted {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Scripted {
    /// Starts a pool without a script.
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let address = serve(move |sent| shared.lock().unwrap().answer(sent));
        Self { address, state }
    }

    /// Its address, `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// From now on, the operation fails with this exception and text.
    pub fn refuse(&self, operation: &str, exception: &str, text: &str) {
        self.script(operation, vec![refused(exception, text)]);
    }

    /// From now on, the operation succeeds with this body.
    pub fn answer(&self, operation: &str, body: Value) {
        self.script(operation, vec![ok(body)]);
    }

    /// From now on, the operation gives these answers in turn, and then repeats the last one.
    pub fn script(&self, operation: &str, script: Vec<Said>) {
        assert!(!script.is_empty(), "a script says something");
        self.state.lock().unwrap().scripts.insert(operation.to_owned(), script);
    }

    /// All requests so far, in order.
    pub fn sent(&self) -> Vec<Sent> {
        self.state.lock().unwrap().sent.clone()
    }

    /// The operations of these requests.
    pub fn operations(&self) -> Vec<String> {
        self.sent().into_iter().map(|sent| sent.operation).collect()
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        self.state.lock().unwrap().sent.clear();
    }
}

/// Starts a Cognito that answers an operation and its body with this status and body, until the process ends.
/// Returns its address, `host:port`.
pub fn start(answer: impl Fn(&str, &Value) -> (&'static str, Value) + Send + Sync + 'static) -> String {
    serve(move |sent| {
        let (status, body) = answer(&sent.operation, &sent.body);
        Said { status, body }
    })
}

fn serve(answer: impl Fn(Sent) -> Said + Send + Sync + 'static) -> String {
    http::serve(move |request| {
        let Said { status, body } = answer(Sent::read(&request));
        Reply::typed(status, CONTENT_TYPE, &body)
    })
}

/// The body of an operation's successful answer.
fn success(operation: &str) -> Value {
    let delivery = json!({ "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" });
    match operation {
        "SignUp" => json!({ "UserConfirmed": false, "UserSub": "7f1e", "CodeDeliveryDetails": delivery }),
        "ForgotPassword" | "ResendConfirmationCode" | "GetUserAttributeVerificationCode" => {
            json!({ "CodeDeliveryDetails": delivery })
        }
        "InitiateAuth" | "RespondToAuthChallenge" | "GetTokensFromRefreshToken" => {
            json!({ "AuthenticationResult": {
                "AccessToken": "new.access.token", "IdToken": "new.id.token", "RefreshToken": "new.refresh.token",
                "ExpiresIn": 3600, "TokenType": "Bearer",
            }})
        }
        "GetUser" => json!({
            "Username": "7f1e",
            "UserAttributes": [{ "Name": "sub", "Value": "7f1e" }, { "Name": "email", "Value": EMAIL }],
        }),
        "UpdateUserAttributes" => json!({ "CodeDeliveryDetailsList": [] }),
        "AssociateSoftwareToken" => json!({ "SecretCode": "JBSWY3DPEHPK3PXP", "Session": SESSION }),
        "VerifySoftwareToken" => json!({ "Status": "SUCCESS", "Session": SESSION }),
        "ConfirmDevice" => json!({ "UserConfirmationNecessary": false }),
        "ListDevices" => json!({ "Devices": [] }),
        _ => json!({}),
    }
}
