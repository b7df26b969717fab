//! Every refusal of the identity provider, and what it is to whoever asks for what.

use auth::provider::{AttributeFault, PolicyReason, Refusal};

use crate::fake::{Fake, Script};
use crate::gateway::send;
use crate::routes::{self, Kind, Route};

/// The answers to one refusal, by what was asked for.
#[derive(Clone, Copy)]
struct Row {
    sign_up: &'static str,
    verify: &'static str,
    ask_for_code: &'static str,
    sign_in: &'static str,
    refresh: &'static str,
    sign_out: &'static str,
    reset: &'static str,
    change_password: &'static str,
    account: &'static str,
}

impl Row {
    fn of(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::SignUp => self.sign_up,
            Kind::Verify => self.verify,
            Kind::AskForCode => self.ask_for_code,
            Kind::SignIn => self.sign_in,
            Kind::Refresh => self.refresh,
            Kind::SignOut => self.sign_out,
            Kind::Reset => self.reset,
            Kind::ChangePassword => self.change_password,
            Kind::Account => self.account,
        }
    }
}

/// The same for everybody.
const fn same(answer: &'static str) -> Row {
    Row {
        sign_up: answer,
        verify: answer,
        ask_for_code: answer,
        sign_in: answer,
        refresh: answer,
        sign_out: answer,
        reset: answer,
        change_password: answer,
        account: answer,
    }
}

const INVALID_CODE: &str = "400 invalid_code";
const INVALID_REQUEST: &str = "400 invalid_request";
const INVALID_TOKEN: &str = "401 invalid_token";
const INVALID_CREDENTIALS: &str = "401 invalid_credentials";
const CONFLICT: &str = "409 conflict";
const BAD_GATEWAY: &str = "502 bad_gateway";

/// What must not show to whoever has not proven that the account is theirs.
const fn hidden(answer: &'static str) -> Row {
    Row { verify: INVALID_CODE, ask_for_code: "200", reset: INVALID_CODE, ..same(answer) }
}

/// An account that there is not, or not in this state.
const NO_ACCOUNT: Row = Row {
    sign_up: "502 bad_gateway",
    sign_out: "204",
    change_password: INVALID_TOKEN,
    account: INVALID_TOKEN,
    ..hidden(INVALID_CREDENTIALS)
};

/// A code could not be sent, or a trigger said no.
const fn unsent(answer: &'static str) -> Row {
    Row { ask_for_code: "200", ..same(answer) }
}

/// Makes the table; a variant of `Refusal` that has no row does not compile.
macro_rules! table {
    ($($variant:ident $(($value:expr))? => $row:expr;)*) => {
        fn table() -> Vec<(Refusal, Row)> {
            vec![$((Refusal::$variant $(($value))?, $row)),*]
        }

        #[expect(dead_code, reason = "it is there to be compiled")]
        fn every_refusal_has_a_row(refusal: &Refusal) {
            match refusal {
                $(Refusal::$variant { .. } => {})*
            }
        }
    };
}

table! {
    NotAuthorized => Row {
        sign_up: "403 sign_up_disabled",
        sign_out: "204",
        change_password: "422 invalid_request",
        account: INVALID_TOKEN,
        ..hidden(INVALID_CREDENTIALS)
    };
    AttemptsExceeded => same("429 too_many_attempts");
    TokenNotUsable => same(INVALID_TOKEN);
    ScopeMissing => same("403 insufficient_scope");
    UserNotFound => NO_ACCOUNT;
    UserNotConfirmed => Row { sign_out: INVALID_CREDENTIALS, ..NO_ACCOUNT };
    PasswordResetRequired => Row { sign_out: INVALID_CREDENTIALS, ..NO_ACCOUNT };
    UsernameExists => same("409 user_exists");
    AliasExists => same("409 user_exists");
    CodeMismatch => same(INVALID_CODE);
    ExpiredCode => same(INVALID_CODE);
    InvalidPassword(PolicyReason::new("policy: Password not long enough")) => same("422 weak_password");
    PasswordHistory => same("422 password_reused");
    InvalidParameter => hidden(INVALID_REQUEST);
    LimitExceeded => same("429 too_many_requests");
    TooManyRequests => same("429 too_many_requests");
    TooManyFailedAttempts => same("429 too_many_requests");
    CodeDeliveryFailure => unsent("502 code_not_delivered");
    MfaMethodNotFound => same("409 mfa_not_set_up");
    SoftwareTokenMfaNotFound => same("409 mfa_not_set_up");
    EnableSoftwareTokenMfa => same(INVALID_CODE);
    RefreshTokenReuse => same("401 refresh_token_reused");
    Unauthorized => Row { sign_out: "204", ..same(INVALID_CREDENTIALS) };
    UnsupportedTokenType => same("400 unsupported_token_type");
    UnsupportedOperation => same("501 not_available");
    FeatureUnavailableInTier => same("501 not_available");
    Forbidden => same("403 forbidden");
    RefusedByTrigger(None) => unsent("403 refused_by_pool");
    Attribute(AttributeFault::new("locale", AttributeFault::FIXED).unwrap()) => hidden("422 invalid_request");
    UnexpectedLambda => unsent("500 internal");
    InvalidLambdaResponse => unsent("500 internal");
    SetUp("hunter2") => same("500 internal");
    SendingSetUp("hunter2") => unsent("500 internal");
    PreconditionNotMet => same(CONFLICT);
    ConcurrentModification => same(CONFLICT);
    UnsupportedUserState => hidden(CONFLICT);
    DeviceKeyExists => same("409 device_exists");
    DeviceNotFound => Row {
        sign_in: INVALID_CREDENTIALS,
        refresh: INVALID_CREDENTIALS,
        sign_out: INVALID_CREDENTIALS,
        change_password: "404 device_not_found",
        account: "404 device_not_found",
        ..same(BAD_GATEWAY)
    };
    OperationNotEnabled => same("503 not_available_here");
    UnknownOperation => same("501 not_available");
    InternalError => same(BAD_GATEWAY);
    Unknown("hunter2".to_owned()) => same("500 internal");
    TimedOut => same("504 gateway_timeout");
    Unreachable => same(BAD_GATEWAY);
    OddAnswer => same(BAD_GATEWAY);
}

/// Every answer that a refusal can lead to at this route, as `status code`.
pub(crate) fn documented(route: &Route) -> Vec<&'static str> {
    table().into_iter().map(|(_, row)| row.of(route.kind)).collect()
}

pub(crate) fn all() -> Vec<Refusal> {
    table().into_iter().map(|(refusal, _)| refusal).collect()
}

#[tokio::test]
async fn every_refusal_has_its_answer_at_every_route() {
    for (refusal, row) in table() {
        for route in routes::all() {
            let fake = Fake::refusing(refusal.clone());
            let answer = send(&fake, &route.request()).await;
            assert_eq!(answer.status_and_code(), row.of(route.kind), "{refusal} at {}", route.name());
            assert_eq!(fake.calls(), &route.calls[..1], "{refusal} at {}", route.name());
            assert!(!answer.all_text().contains("hunter2"), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn the_second_call_of_a_route_may_be_the_one_that_is_refused() {
    for name in ["POST /user/mfa/totp", "PATCH /user", "POST /user/devices/confirm"] {
        let route = routes::route(name);
        let fake =
            Fake::playing(Script { refusal: Some((1, Refusal::TooManyRequests)), ..Script::default() });
        let request = match name {
            "PATCH /user" => route.bare().text(r#"{"name": "Bea", "locale": null}"#),
            _ => route.request(),
        };
        assert_eq!(send(&fake, &request).await.status_and_code(), "429 too_many_requests");
        assert_eq!(fake.calls().len(), 2, "{name}");
    }
}

#[tokio::test]
async fn a_caller_is_told_how_long_to_wait() {
    for (refusal, seconds) in [
        (Refusal::AttemptsExceeded, "900"),
        (Refusal::LimitExceeded, "900"),
        (Refusal::TooManyFailedAttempts, "900"),
        (Refusal::TooManyRequests, "1"),
    ] {
        for route in routes::all() {
            let answer = send(&Fake::refusing(refusal.clone()), &route.request()).await;
            assert_eq!(answer.header("retry-after"), Some(seconds), "{refusal}");
        }
    }
}

#[tokio::test]
async fn of_a_weak_password_the_policy_s_own_words_are_told() {
    for (message, detail) in [
        (
            "Password did not conform with policy: Password must have numeric characters",
            "The password does not meet the policy. Password must have numeric characters",
        ),
        (
            "Value 'hunter2' at 'password' failed to satisfy constraint",
            "The password does not meet the policy.",
        ),
    ] {
        for name in ["POST /auth/signup", "POST /auth/reset-password", "POST /user/password"] {
            let refusal = Refusal::InvalidPassword(PolicyReason::new(message));
            let answer = send(&Fake::refusing(refusal), &routes::route(name).request()).await;
            assert_eq!(answer.json()["detail"], detail);
        }
    }
}

#[tokio::test]
async fn a_wrong_present_password_is_named_by_its_place() {
    let answer =
        send(&Fake::refusing(Refusal::NotAuthorized), &routes::route("POST /user/password").request()).await;
    assert_eq!(answer.status_code_and_places(), "422 invalid_request [/previousPassword]");
}
