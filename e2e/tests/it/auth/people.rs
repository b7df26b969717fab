//! Users who sign up and in, and checks of the answers that they get.

use e2e::{Answer, Api};
use reqwest::Method;
use serde_json::{Value, json};

use crate::new_address;

/// A password with every class of character, and with characters that JSON has to escape.
pub(super) const PASSWORD: &str = r#"Horse-"9\staple"#;

/// The code that the emulators send for a sign-up. On the local stack each later code of this kind is higher
/// by one.
pub(super) const SIGN_UP_CODE: &str = "123456";

/// The code that the local stack sends when a sign-up's code is requested again.
pub(super) const RESENT_CODE: &str = "123457";

/// The first code that the local stack sends for a forgotten password.
pub(super) const RESET_CODE: &str = "654321";

/// A user whose account is confirmed.
pub(super) struct Member {
    pub(super) email: String,
    pub(super) sub: String,
}

impl Member {
    /// Signs up and confirms the account.
    pub(super) fn new(api: &impl Api) -> Result<Self, String> {
        let newcomer = sign_up(api)?;
        let body = json!({ "email": newcomer.email, "code": SIGN_UP_CODE });
        expect(&api.post("/auth/verify", &body)?, 204)?;
        Ok(newcomer)
    }

    /// Signs in with a password. The answer must contain tokens.
    pub(super) fn sign_in(&self, api: &impl Api) -> Result<Session, String> {
        session(&expect(&sign_in(api, &self.email, PASSWORD)?, 200)?)
    }
}

/// Signs up without confirming.
pub(super) fn sign_up(api: &impl Api) -> Result<Member, String> {
    let email = new_address();
    let made = expect(&api.post("/auth/signup", &json!({ "email": email, "password": PASSWORD }))?, 201)?;
    Ok(Member { email, sub: text(&made, "/userSub")? })
}

pub(super) fn sign_in(api: &impl Api, email: &str, password: &str) -> Result<Answer, String> {
    api.post("/auth/signin", &json!({ "email": email, "password": password }))
}

/// The tokens in an answer.
pub(super) struct Session {
    pub(super) access: String,
    pub(super) id: String,
    pub(super) refresh: String,
}

impl Session {
    /// Sends a request with the access token.
    pub(super) fn send(
        &self,
        api: &impl Api,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        api.send_as(&self.access, method, path, body)
    }

    pub(super) fn post(&self, api: &impl Api, path: &str, body: &Value) -> Result<Answer, String> {
        self.send(api, Method::POST, path, Some(body))
    }

    /// The user's own account.
    pub(super) fn profile(&self, api: &impl Api) -> Result<Value, String> {
        expect(&self.send(api, Method::GET, "/user", None)?, 200)
    }
}

/// The tokens in a body, of which none may be missing.
pub(super) fn session(body: &Value) -> Result<Session, String> {
    assert_eq!(body["tokens"]["tokenType"], "Bearer");
    assert!(body["tokens"]["expiresIn"].is_u64());
    Ok(Session {
        access: text(body, "/tokens/accessToken")?,
        id: text(body, "/tokens/idToken")?,
        refresh: text(body, "/tokens/refreshToken")?,
    })
}

/// Answers the challenge in `body`.
pub(super) fn answer_challenge(api: &impl Api, body: &Value, answers: &Value) -> Result<Answer, String> {
    let challenge = &body["challenge"];
    let reply = json!({
        "name": challenge["name"],
        "session": challenge["session"],
        "username": challenge["username"],
        "answers": answers,
    });
    api.post("/auth/challenge", &reply)
}

/// The body of an answer, which must have this status. No cache may store any of these answers.
pub(super) fn expect(answer: &Answer, status: u16) -> Result<Value, String> {
    if answer.status != status {
        return Err(format!("{} and not {status}: {}", answer.status, answer.body));
    }
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    if status == 204 {
        assert_eq!(answer.body, "");
    } else {
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    Ok(answer.json())
}

/// Asserts that the answer is a problem with this status and code.
pub(super) fn expect_problem(answer: &Answer, status: u16, code: &str) -> Result<Value, String> {
    let body = answer.json();
    if answer.status != status || body["code"] != code {
        return Err(format!("{} {} and not {status} {code}: {}", answer.status, body["code"], answer.body));
    }
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(body["status"], status);
    assert!(body["requestId"].is_string() && body["detail"].is_string() && body["title"].is_string());
    Ok(body)
}

pub(super) fn text(body: &Value, pointer: &str) -> Result<String, String> {
    let text = body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    // The body may contain tokens, but its outline does not.
    text.map(str::to_owned).ok_or_else(|| format!("no text at {pointer}"))
}
