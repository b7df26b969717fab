//! An identity provider that writes down what it is asked to do, and answers as a test says.
//!
//! What is secret is not written down, but which of the tests' own secrets it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use auth::CallerAddress;
use auth::challenge::ChallengeResponse;
use auth::provider::{
    Delivery, Device, DevicePage, Failure, FirstFactor, IdentityProvider, KnownDevice, MfaPreference,
    Refusal, SignIn, SignInOutcome, SignUp, SignedUp, Tokens, User, Verifiable,
};
use auth::values::{
    AccessToken, AttributeName, Attributes, ChallengeName, Code, Cursor, DeviceKey, DeviceName, Email,
    Password, RefreshToken,
};
use secrecy::SecretString;
use testkit::cognito::{EMAIL, SESSION};

pub(crate) const PASSWORD: &str = "Correct-horse-9";
pub(crate) const NEW_PASSWORD: &str = "Another-horse-9";
pub(crate) const CODE: &str = "123456";
pub(crate) const REFRESH_TOKEN: &str = "refresh.token";
pub(crate) const ACCESS_TOKEN: &str = "access.token.sent";

pub(crate) const DEVICE: &str = "us-east-1_0a1b2c3d-0000-1111-2222-333344445555";
pub(crate) const VERIFIER: &str = "AJGHgDf4/verifier+==";
pub(crate) const SALT: &str = "AJGHgDf4salt";

const SECRETS: [(&str, &str); 8] = [
    (VERIFIER, "VERIFIER"),
    (SALT, "SALT"),
    (PASSWORD, "PASSWORD"),
    (NEW_PASSWORD, "NEW_PASSWORD"),
    (CODE, "CODE"),
    (SESSION, "SESSION"),
    (REFRESH_TOKEN, "REFRESH_TOKEN"),
    (ACCESS_TOKEN, "ACCESS_TOKEN"),
];

fn name_of(secret: &str) -> &'static str {
    SECRETS.into_iter().find(|(known, _)| *known == secret).map_or("OTHER", |(_, name)| name)
}

/// What the operations with a result of their own answer.
pub(crate) struct Script {
    pub(crate) signed_up: fn() -> SignedUp,
    pub(crate) step: fn() -> SignInOutcome,
    pub(crate) tokens: fn() -> Tokens,
    pub(crate) user: fn() -> User,
    /// Whether the user is asked if a device is to be remembered.
    pub(crate) asks_user: bool,
    pub(crate) devices: fn() -> DevicePage,
    /// Refused, from the call of this number on.
    pub(crate) refusal: Option<(usize, Refusal)>,
}

pub(crate) struct Fake {
    script: Script,
    calls: Mutex<Vec<String>>,
    addresses: Mutex<Vec<Option<CallerAddress>>>,
}

impl Fake {
    pub(crate) fn playing(script: Script) -> Arc<Self> {
        Arc::new(Self { script, calls: Mutex::default(), addresses: Mutex::default() })
    }

    /// Everything succeeds.
    pub(crate) fn willing() -> Arc<Self> {
        Self::playing(Script::default())
    }

    /// Everything is refused.
    pub(crate) fn refusing(refusal: Refusal) -> Arc<Self> {
        Self::playing(Script { refusal: Some((0, refusal)), ..Script::default() })
    }

    /// A sign-in goes on with this.
    pub(crate) fn stepping(step: fn() -> SignInOutcome) -> Arc<Self> {
        Self::playing(Script { step, ..Script::default() })
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    /// Where each call of somebody without a token came from.
    pub(crate) fn addresses(&self) -> Vec<Option<CallerAddress>> {
        self.addresses.lock().unwrap().clone()
    }

    fn note(&self, from: Option<CallerAddress>) {
        self.addresses.lock().unwrap().push(from);
    }

    fn answer<T>(&self, call: String, success: impl FnOnce(&Script) -> T) -> Result<T, Failure> {
        let mut calls = self.calls.lock().unwrap();
        calls.push(call);
        match &self.script.refusal {
            Some((from, refusal)) if calls.len() > *from => Err(Failure::new("Fake", refusal.clone())),
            _ => Ok(success(&self.script)),
        }
    }

    fn done(&self, call: String) -> Result<(), Failure> {
        self.answer(call, |_| ())
    }
}

impl Default for Script {
    fn default() -> Self {
        Self {
            signed_up,
            step: || SignInOutcome::SignedIn(tokens()),
            tokens,
            user,
            asks_user: false,
            devices,
            refusal: None,
        }
    }
}

fn signed_up() -> SignedUp {
    SignedUp { user_sub: "7f1e".to_owned(), confirmed: false, delivery: Some(delivery()) }
}

pub(crate) fn delivery() -> Delivery {
    Delivery {
        destination: Some("a***@e***".to_owned()),
        medium: Some("EMAIL".to_owned()),
        attribute: Some("email".to_owned()),
    }
}

pub(crate) fn tokens() -> Tokens {
    Tokens {
        access: "new.access.token".into(),
        id: "new.id.token".into(),
        refresh: RefreshToken::parse("new.refresh.token".to_owned()).ok(),
        expires_in: 3600,
        token_type: "Bearer".to_owned(),
        device: None,
    }
}

fn devices() -> DevicePage {
    let time = |day: u8| Some(format!("2026-11-{day:02}T07:00:00Z"));
    let device = Device {
        key: DEVICE.to_owned(),
        name: Some("Ann's phone".to_owned()),
        created: time(1),
        modified: time(2),
        authenticated: time(3),
        remembered: Some(true),
    };
    let bare = Device {
        key: "a_0".to_owned(),
        name: None,
        created: None,
        modified: None,
        authenticated: None,
        remembered: None,
    };
    DevicePage { devices: vec![device, bare], next: Some("further-on".to_owned()) }
}

/// ` on KEY`, where there is one.
fn on(device: Option<&DeviceKey>) -> String {
    device.map(|key| format!(" on {}", key.as_str())).unwrap_or_default()
}

fn user() -> User {
    let attributes = [
        ("sub", "7f1e"),
        ("email", EMAIL),
        ("email_verified", "true"),
        ("name", "Ann"),
        ("phone_number", "+14155550123"),
        ("phone_number_verified", "false"),
        ("locale", "de"),
        ("custom:plan", "free"),
    ];
    User {
        attributes: attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        preferred_mfa: Some("SOFTWARE_TOKEN_MFA".to_owned()),
        enabled_mfa: vec!["SOFTWARE_TOKEN_MFA".to_owned(), "SMS_MFA".to_owned()],
    }
}

fn attributes(given: &Attributes) -> String {
    given.iter().fold(String::new(), |mut text, (name, value)| {
        write!(text, " {}={}", name.as_str(), value.as_str()).unwrap();
        text
    })
}

fn members(given: &BTreeMap<String, String>) -> String {
    given.iter().fold(String::new(), |mut text, (name, value)| {
        write!(text, " {name}={}", name_of(value)).unwrap();
        text
    })
}

#[async_trait]
impl IdentityProvider for Fake {
    async fn sign_up(&self, command: &SignUp, from: Option<CallerAddress>) -> Result<SignedUp, Failure> {
        self.note(from);
        let password = name_of(command.password.expose());
        let call =
            format!("sign_up {} {password}{}", command.email.as_str(), attributes(&command.attributes));
        self.answer(call, |script| (script.signed_up)())
    }

    async fn confirm_sign_up(
        &self,
        email: &Email,
        code: &Code,
        from: Option<CallerAddress>,
    ) -> Result<(), Failure> {
        self.note(from);
        self.done(format!("confirm_sign_up {} {}", email.as_str(), name_of(code.expose())))
    }

    async fn resend_code(&self, email: &Email, from: Option<CallerAddress>) -> Result<(), Failure> {
        self.note(from);
        self.done(format!("resend_code {}", email.as_str()))
    }

    async fn sign_in(&self, command: &SignIn, from: Option<CallerAddress>) -> Result<SignInOutcome, Failure> {
        self.note(from);
        let first_factor = match &command.first_factor {
            FirstFactor::Password(password) => format!("by {}", name_of(password.expose())),
            FirstFactor::Choice { password, preferred } => format!(
                "choosing {} {}",
                preferred.as_ref().map_or("nothing", ChallengeName::as_str),
                password.as_ref().map_or("nothing", |password| name_of(password.expose())),
            ),
        };
        let device = on(command.device.as_ref());
        let call = format!("sign_in {} {first_factor}{device}", command.email.as_str());
        self.answer(call, |script| (script.step)())
    }

    async fn respond(
        &self,
        response: &ChallengeResponse,
        from: Option<CallerAddress>,
    ) -> Result<SignInOutcome, Failure> {
        self.note(from);
        let session = response.session.as_ref().map_or("no session", |session| name_of(session.expose()));
        let reply = &response.reply;
        let (members, device) = (members(&reply.members()), on(response.device.as_ref()));
        let username = response.username.as_str();
        let call = format!("respond {username} {} {session}{members}{device}", reply.challenge());
        self.answer(call, |script| (script.step)())
    }

    async fn refresh(&self, token: &RefreshToken, device: Option<&DeviceKey>) -> Result<Tokens, Failure> {
        let call = format!("refresh {}{}", name_of(token.expose()), on(device));
        self.answer(call, |script| (script.tokens)())
    }

    async fn revoke(&self, token: &RefreshToken) -> Result<(), Failure> {
        self.done(format!("revoke {}", name_of(token.expose())))
    }

    async fn forgot_password(&self, email: &Email, from: Option<CallerAddress>) -> Result<(), Failure> {
        self.note(from);
        self.done(format!("forgot_password {}", email.as_str()))
    }

    async fn reset_password(
        &self,
        email: &Email,
        code: &Code,
        new: &Password,
        from: Option<CallerAddress>,
    ) -> Result<(), Failure> {
        self.note(from);
        let (code, new) = (name_of(code.expose()), name_of(new.expose()));
        self.done(format!("reset_password {} {code} {new}", email.as_str()))
    }

    async fn user(&self, token: &AccessToken) -> Result<User, Failure> {
        self.answer(format!("user {}", name_of(token.expose())), |script| (script.user)())
    }

    async fn update(&self, token: &AccessToken, given: &Attributes) -> Result<Vec<Delivery>, Failure> {
        let call = format!("update {}{}", name_of(token.expose()), attributes(given));
        self.answer(call, |_| vec![delivery()])
    }

    async fn remove(&self, token: &AccessToken, names: &[AttributeName]) -> Result<(), Failure> {
        let names: Vec<&str> = names.iter().map(AttributeName::as_str).collect();
        self.done(format!("remove {} {}", name_of(token.expose()), names.join(" ")))
    }

    async fn delete_user(&self, token: &AccessToken) -> Result<(), Failure> {
        self.done(format!("delete_user {}", name_of(token.expose())))
    }

    async fn send_code(&self, token: &AccessToken, attribute: Verifiable) -> Result<Delivery, Failure> {
        let call = format!("send_code {} {}", name_of(token.expose()), attribute.as_str());
        self.answer(call, |_| delivery())
    }

    async fn verify(&self, token: &AccessToken, attribute: Verifiable, code: &Code) -> Result<(), Failure> {
        let (token, code) = (name_of(token.expose()), name_of(code.expose()));
        self.done(format!("verify {token} {} {code}", attribute.as_str()))
    }

    async fn change_password(
        &self,
        token: &AccessToken,
        previous: &Password,
        new: &Password,
    ) -> Result<(), Failure> {
        let (previous, new) = (name_of(previous.expose()), name_of(new.expose()));
        self.done(format!("change_password {} {previous} {new}", name_of(token.expose())))
    }

    async fn sign_out_everywhere(&self, token: &AccessToken) -> Result<(), Failure> {
        self.done(format!("sign_out_everywhere {}", name_of(token.expose())))
    }

    async fn start_totp(&self, token: &AccessToken) -> Result<SecretString, Failure> {
        self.answer(format!("start_totp {}", name_of(token.expose())), |_| "JBSWY3DP".into())
    }

    async fn verify_totp(
        &self,
        token: &AccessToken,
        code: &Code,
        device: Option<&DeviceName>,
    ) -> Result<(), Failure> {
        let (token, code) = (name_of(token.expose()), name_of(code.expose()));
        self.done(format!("verify_totp {token} {code} {}", device.map_or("nameless", DeviceName::as_str)))
    }

    async fn prefer_mfa(&self, token: &AccessToken, preference: &MfaPreference) -> Result<(), Failure> {
        let factors = [("totp", preference.totp), ("sms", preference.sms), ("email", preference.email)];
        let given: Vec<String> = factors
            .into_iter()
            .filter_map(|(name, factor)| {
                factor.map(|factor| format!("{name}:{}:{}", factor.enabled, factor.preferred))
            })
            .collect();
        self.done(format!("prefer_mfa {} {}", name_of(token.expose()), given.join(" ")))
    }

    async fn confirm_device(&self, token: &AccessToken, device: &KnownDevice) -> Result<bool, Failure> {
        let name = device.name.as_ref().map_or("nameless", DeviceName::as_str);
        let (verifier, salt) = (name_of(device.verifier.expose()), name_of(device.salt.expose()));
        let (token, key) = (name_of(token.expose()), device.key.as_str());
        self.answer(format!("confirm_device {token} {key} {name} {verifier} {salt}"), |script| {
            script.asks_user
        })
    }

    async fn devices(
        &self,
        token: &AccessToken,
        limit: u8,
        cursor: Option<&Cursor>,
    ) -> Result<DevicePage, Failure> {
        let cursor = cursor.map_or("the beginning", Cursor::as_str);
        let call = format!("devices {} {limit} from {cursor}", name_of(token.expose()));
        self.answer(call, |script| (script.devices)())
    }

    async fn remember_device(
        &self,
        token: &AccessToken,
        key: &DeviceKey,
        remembered: bool,
    ) -> Result<(), Failure> {
        self.done(format!("remember_device {} {} {remembered}", name_of(token.expose()), key.as_str()))
    }

    async fn forget_device(&self, token: &AccessToken, key: &DeviceKey) -> Result<(), Failure> {
        self.done(format!("forget_device {} {}", name_of(token.expose()), key.as_str()))
    }
}
