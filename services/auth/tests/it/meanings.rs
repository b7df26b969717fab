//! What a text of Cognito's leads to, from the socket to the answer and the log: a test for each row of `texts.rs`, and
//! for the texts that are in none.

use serde_json::{Value, json};
use testkit::cognito::Scripted;
use testkit::request::Request;

use crate::gateway::Answer;
use crate::routes;
use crate::scripted::{Service as _, config};

/// What was asked for, which operation refused it how, and what comes of it: the answer, the level of the log.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const NOT_AUTHORIZED: &str = "NotAuthorizedException";
const INVALID: &str = "InvalidParameterException";
const TRIGGER: &str = "UserLambdaValidationException";
const SIGN_IN: &str = "POST /auth/signin";
const CHALLENGE: &str = "POST /auth/challenge";
const SIGN_UP: &str = "POST /auth/signup";
const FORGOT: &str = "POST /auth/forgot-password";
const ATTRIBUTES: &str = "Attributes did not conform to the schema: ";

/// A text of each row, as Cognito writes it.
const KNOWN: &[Row] = &[
    (SIGN_IN, "InitiateAuth", NOT_AUTHORIZED, "Password attempts exceeded", "429 too_many_attempts", "WARN"),
    (
        "GET /user",
        "GetUser",
        NOT_AUTHORIZED,
        "Access Token does not have required scopes",
        "403 insufficient_scope",
        "WARN",
    ),
    ("GET /user", "GetUser", NOT_AUTHORIZED, "Access Token has been revoked", "401 invalid_token", "WARN"),
    (
        SIGN_IN,
        "InitiateAuth",
        NOT_AUTHORIZED,
        "Unable to verify secret hash for client 1h57kf5cpq17m0eml12EXAMPLE",
        "500 internal",
        "ERROR",
    ),
    (
        FORGOT,
        "ForgotPassword",
        NOT_AUTHORIZED,
        "SecretHash does not match for the client: 1h57kf5cpq17m0eml12EXAMPLE",
        "500 internal",
        "ERROR",
    ),
    (
        CHALLENGE,
        "RespondToAuthChallenge",
        NOT_AUTHORIZED,
        "Unable to verify secret hash for client 1h57kf5cpq17m0eml12EXAMPLE",
        "401 invalid_credentials",
        "WARN",
    ),
    (
        CHALLENGE,
        "RespondToAuthChallenge",
        NOT_AUTHORIZED,
        "SecretHash does not match for the client: 1h57kf5cpq17m0eml12EXAMPLE",
        "401 invalid_credentials",
        "WARN",
    ),
    (
        SIGN_UP,
        "SignUp",
        NOT_AUTHORIZED,
        "Client 1h57kf5cpq17m0eml12EXAMPLE is configured with secret but SECRET_HASH was not received",
        "500 internal",
        "ERROR",
    ),
    (
        "POST /auth/signout",
        "RevokeToken",
        NOT_AUTHORIZED,
        "Client 1h57kf5cpq17m0eml12EXAMPLE is configured for secret but secret was not received",
        "500 internal",
        "ERROR",
    ),
    ("POST /auth/signout", "RevokeToken", NOT_AUTHORIZED, "Invalid client secret", "500 internal", "ERROR"),
    (
        CHALLENGE,
        "RespondToAuthChallenge",
        NOT_AUTHORIZED,
        "Cannot modify an already provided email",
        "422 invalid_request [/answers/attributes/email]",
        "WARN",
    ),
    (
        "POST /auth/resend-code",
        "ResendConfirmationCode",
        NOT_AUTHORIZED,
        "Cannot resend codes. Auto verification not turned on.",
        "200",
        "ERROR",
    ),
    (
        SIGN_UP,
        "SignUp",
        NOT_AUTHORIZED,
        "A client attempted to write unauthorized attribute",
        "400 invalid_request",
        "WARN",
    ),
    (
        SIGN_UP,
        "SignUp",
        INVALID,
        "Username cannot be of email format, since user pool is configured for email alias.",
        "500 internal",
        "ERROR",
    ),
    (
        SIGN_IN,
        "InitiateAuth",
        INVALID,
        "USER_PASSWORD_AUTH flow not enabled for this client",
        "500 internal",
        "ERROR",
    ),
    (SIGN_IN, "InitiateAuth", INVALID, "USER_AUTH is not enabled for the client.", "500 internal", "ERROR"),
    (
        "PUT /user/mfa",
        "SetUserMFAPreference",
        INVALID,
        "User does not have delivery config set to turn on SMS_MFA",
        "409 mfa_not_set_up",
        "WARN",
    ),
    (
        "PATCH /user",
        "UpdateUserAttributes",
        INVALID,
        "user.email: Attribute cannot be updated.\n",
        "422 invalid_request [/email]",
        "WARN",
    ),
    (
        "PATCH /user",
        "UpdateUserAttributes",
        INVALID,
        "user.phone_number: Required attribute cannot be deleted.",
        "422 invalid_request [/phoneNumber]",
        "WARN",
    ),
    (
        SIGN_UP,
        "SignUp",
        INVALID,
        "Attributes did not conform to the schema: zoneinfo: Attribute does not exist in the schema.\n",
        "422 invalid_request [/attributes/zoneinfo]",
        "WARN",
    ),
    (
        SIGN_UP,
        "SignUp",
        INVALID,
        "Attributes did not conform to the schema: name: The attribute is required\n",
        "422 invalid_request [/name]",
        "WARN",
    ),
    (
        CHALLENGE,
        "RespondToAuthChallenge",
        INVALID,
        "Invalid attributes given, address is missing",
        "422 invalid_request [/answers/attributes/address]",
        "WARN",
    ),
    (
        SIGN_UP,
        "SignUp",
        INVALID,
        "Cognito received the following error from Amazon SES when attempting to send email: no",
        "500 internal",
        "ERROR",
    ),
    (SIGN_UP, "SignUp", TRIGGER, "PreSignUp failed with error no.", "403 refused_by_pool", "WARN"),
    (
        SIGN_UP,
        "SignUp",
        "LimitExceededException",
        "Exceeded daily email limit for the operation or the account.",
        "500 internal",
        "ERROR",
    ),
    (
        "POST /user/devices/confirm",
        "ConfirmDevice",
        "ResourceNotFoundException",
        "Device does not exist.",
        "404 device_not_found",
        "WARN",
    ),
    (
        FORGOT,
        "ForgotPassword",
        "ResourceNotFoundException",
        "User pool client 1h57kf5cpq17m0eml12EXAMPLE does not exist.",
        "500 internal",
        "ERROR",
    ),
    (
        SIGN_UP,
        "SignUp",
        "InvalidSmsRoleAccessPolicyException",
        "Role does not have permission to publish with SNS",
        "500 internal",
        "ERROR",
    ),
    (
        SIGN_UP,
        "SignUp",
        "InvalidSmsRoleTrustRelationshipException",
        "Role does not have a trust relationship allowing Cognito to assume the role",
        "500 internal",
        "ERROR",
    ),
    (SIGN_UP, "SignUp", "InvalidEmailRoleAccessPolicyException", "no", "500 internal", "ERROR"),
    (SIGN_IN, "InitiateAuth", "InvalidUserPoolConfigurationException", "no", "500 internal", "ERROR"),
    (SIGN_UP, "SignUp", "AccessDeniedException", "User is not authorized to do it", "500 internal", "ERROR"),
    (SIGN_UP, "SignUp", "UnrecognizedClientException", "The token is invalid.", "500 internal", "ERROR"),
];

/// Texts that keep the exception's own meaning, or that are hidden; the log has them all the same.
const OTHERS: &[Row] = &[
    // No name that a caller gives brings this about.
    (
        CHALLENGE,
        "RespondToAuthChallenge",
        NOT_AUTHORIZED,
        "Client 1h57kf5cpq17m0eml12EXAMPLE is configured with secret but SECRET_HASH was not received",
        "500 internal",
        "ERROR",
    ),
    (
        SIGN_IN,
        "InitiateAuth",
        NOT_AUTHORIZED,
        "Temporary password has expired and must be reset by an administrator.",
        "401 invalid_credentials",
        "WARN",
    ),
    (SIGN_IN, "InitiateAuth", NOT_AUTHORIZED, "User is disabled.", "401 invalid_credentials", "WARN"),
    (
        FORGOT,
        "ForgotPassword",
        NOT_AUTHORIZED,
        "User password cannot be reset in the current state.",
        "200",
        "INFO",
    ),
    (
        FORGOT,
        "ForgotPassword",
        INVALID,
        "Cannot reset password for the user as there is no registered/verified email or phone_number",
        "200",
        "WARN",
    ),
    (FORGOT, "ForgotPassword", TRIGGER, "CustomMessage failed with error no.", "200", "INFO"),
    (
        FORGOT,
        "ForgotPassword",
        "UnexpectedLambdaException",
        "CustomMessage invocation failed due to error AccessDeniedException.",
        "200",
        "ERROR",
    ),
    (
        FORGOT,
        "ForgotPassword",
        "InvalidSmsRoleAccessPolicyException",
        "Role does not have permission",
        "200",
        "ERROR",
    ),
    (
        SIGN_UP,
        "SignUp",
        "UnexpectedLambdaException",
        "PreSignUp invocation failed due to error AccessDeniedException.",
        "500 internal",
        "ERROR",
    ),
    (
        SIGN_UP,
        "SignUp",
        "InvalidLambdaResponseException",
        "Unrecognizable lambda output",
        "500 internal",
        "ERROR",
    ),
    (SIGN_UP, "SignUp", INVALID, "Something that nobody has seen yet", "400 invalid_request", "WARN"),
    (SIGN_UP, "SignUp", "OddException", "Something that nobody has seen yet", "500 internal", "ERROR"),
    // Whoever signs up chooses the address.
    (SIGN_UP, "SignUp", "CodeDeliveryFailureException", "no", "502 code_not_delivered", "WARN"),
    (FORGOT, "ForgotPassword", "CodeDeliveryFailureException", "no", "200", "WARN"),
    (SIGN_IN, "InitiateAuth", "OperationNotEnabledException", "no", "503 not_available_here", "WARN"),
    (SIGN_IN, "InitiateAuth", "UnsupportedOperationException", "no", "501 not_available", "WARN"),
];

/// The request of a route, with what the text is about.
fn request(route: &str) -> Request {
    let base = routes::route(route);
    match route {
        CHALLENGE => base.bare().json(&json!({
            "name": "NEW_PASSWORD_REQUIRED", "session": "session-of-twenty-characters-or-more",
            "username": "7f1e", "answers": { "newPassword": "Another-horse-9", "attributes": { "email": "a@b.co" } },
        })),
        _ => base.request(),
    }
}

async fn met((route, operation, exception, text, ..): &Row, settings: &Value) -> (Answer, Vec<Value>) {
    let pool = Scripted::start();
    pool.refuse(operation, exception, text);
    pool.ask_logged(&config(settings), &request(route)).await
}

#[tokio::test]
async fn every_text_leads_to_its_answer_and_stands_in_the_log_alone() {
    for row in KNOWN.iter().chain(OTHERS) {
        let (_, operation, _, text, expected, level) = *row;
        let (answer, log) = met(row, &json!({})).await;
        assert_eq!(answer.status_code_and_places(), expected, "{text}: {log:?}");
        let line =
            log.iter().find(|line| line["cause"].is_string()).unwrap_or_else(|| panic!("{text}: {log:?}"));
        assert_eq!(line["level"], level, "{text}");
        let cause = line["cause"].as_str().unwrap();
        assert!(cause.starts_with(&format!("{operation}: ")) && cause.ends_with(text.trim()), "{cause}");
        let told = answer.all_text();
        assert!(text.len() < 4 || !told.contains(text.trim()), "{text}: {told}");
    }
}

/// The rows of the table, from its source: exception, text, and the one operation that it is of. Empty: of all.
fn rows() -> Vec<(String, String, String)> {
    let source = include_str!("../../src/cognito/texts.rs");
    let table = source.split_once("texts! {\n").unwrap().1.split_once("\n}\n").unwrap().0;
    let mut exception = String::new();
    let mut rows = Vec::new();
    for line in table.lines().map(str::trim) {
        if let Some(name) = line.strip_suffix("Exception:") {
            exception = format!("{name}Exception");
        } else if let Some((text, rest)) = line.strip_prefix('"').and_then(|rest| rest.split_once('"'))
            && let Some((place, _)) = rest.split_once("=> ")
        {
            let operation = place.trim().trim_start_matches("at ");
            rows.push((exception.clone(), text.to_owned(), operation.to_owned()));
        }
    }
    rows
}

#[test]
fn every_row_of_the_table_is_tried() {
    let rows = rows();
    assert_eq!(rows.len(), KNOWN.len());
    for (exception, text, operation) in rows {
        let plain = |tried: &str| tried.to_ascii_lowercase().replace('_', " ");
        let is_tried = KNOWN.iter().any(|row| {
            row.2 == exception && plain(row.3).contains(&text) && (operation.is_empty() || row.1 == operation)
        });
        assert!(is_tried, "{exception}: {text} {operation}");
    }
    assert!(KNOWN.iter().any(|row| row.3.starts_with(ATTRIBUTES)));
}

#[tokio::test]
async fn a_trigger_s_own_words_go_out_where_the_pool_s_owner_says_so() {
    let tells = json!({ "auth": { "triggerMessages": true } });
    let words = "PreSignUp failed with error Sign up with your work address, please..";
    let row = (SIGN_UP, "SignUp", TRIGGER, words, "", "");
    let detail = |answer: Answer| answer.json()["detail"].as_str().unwrap().to_owned();
    assert_eq!(detail(met(&row, &tells).await.0), "Sign up with your work address, please.");
    assert_eq!(detail(met(&row, &json!({})).await.0), "The user pool refuses this.");
    // Words of another form could be anybody's.
    let odd = (SIGN_UP, "SignUp", TRIGGER, "Something else", "", "");
    assert_eq!(detail(met(&odd, &tells).await.0), "The user pool refuses this.");
    let long = format!("PreSignUp failed with error {}\u{1b}[31m.", "no ".repeat(100));
    let pool = Scripted::start();
    pool.refuse("SignUp", TRIGGER, &long);
    let told = detail(pool.ask(&config(&tells), &request(SIGN_UP)).await);
    assert!(told.len() <= 200 && !told.contains('\u{1b}'), "{told}");
}

#[tokio::test]
async fn a_trigger_s_words_neither_hide_nor_turn_round_what_is_read() {
    let tells = json!({ "auth": { "triggerMessages": true } });
    let words =
        "PreSignUp failed with error \u{202e}No\u{200b}t\u{2066} to\u{2028}day\u{feff}: \u{dc}\u{1f980}.";
    let (answer, log) = met(&(SIGN_UP, "SignUp", TRIGGER, words, "", ""), &tells).await;
    assert_eq!(answer.json()["detail"], "Not to day: \u{dc}\u{1f980}");
    let cause = log.iter().find_map(|line| line["cause"].as_str()).unwrap();
    assert!(cause.ends_with("failed with error Not to day: \u{dc}\u{1f980}."), "{cause:?}");
    // Of nothing but such characters there is nothing to tell.
    let unseen = "PreSignUp failed with error \u{200b}\u{2060}.";
    let answer = met(&(SIGN_UP, "SignUp", TRIGGER, unseen, "", ""), &tells).await.0;
    assert_eq!(answer.json()["detail"], "The user pool refuses this.");
}

#[tokio::test]
async fn no_operation_tells_a_trigger_s_words_where_the_pool_s_owner_does_not_say_so() {
    for route in routes::all() {
        let pool = Scripted::start();
        let config = config(&json!({}));
        let asked = request(&route.name());
        let _ = pool.ask(&config, &asked).await;
        for operation in pool.operations() {
            let pool = Scripted::start();
            pool.refuse(&operation, TRIGGER, "PreSignUp failed with error hunter2.");
            let told = pool.ask(&config, &asked).await.all_text();
            assert!(!told.contains("hunter2"), "{operation}: {told}");
        }
    }
}

#[tokio::test]
async fn where_accounts_are_hidden_a_trigger_tells_nothing_whatever_it_says() {
    let safe = json!({ "auth": { "triggerMessages": true, "enumerationSafe": true } });
    let words = "PreSignUp failed with error hunter2.";
    for (route, operation) in [
        (SIGN_UP, "SignUp"),
        (FORGOT, "ForgotPassword"),
        ("POST /auth/resend-code", "ResendConfirmationCode"),
        (SIGN_IN, "InitiateAuth"),
    ] {
        let answer = met(&(route, operation, TRIGGER, words, "", ""), &safe).await.0;
        assert!(!answer.all_text().contains("hunter2") && answer.status != 403, "{route}: {}", answer.body);
    }
}

#[tokio::test]
async fn what_was_sent_is_cut_out_of_a_text_that_repeats_it() {
    for route in routes::all() {
        let pool = Scripted::start();
        let request = route.request();
        let config = config(&json!({}));
        let _ = pool.ask(&config, &request).await;
        let secrets = ["Correct-horse-9", "Another-horse-9", "123456"];
        let text = format!("It failed with error {} they said.", secrets.join(" and "));
        for operation in pool.operations() {
            pool.refuse(&operation, "SomethingException", &text);
        }
        let (answer, log) = pool.ask_logged(&config, &request).await;
        let sent = pool.sent().last().unwrap().body.to_string();
        for secret in secrets.iter().filter(|secret| sent.contains(**secret)) {
            let shown = format!("{log:?} {}", answer.all_text());
            assert!(!shown.contains(secret), "{} {shown}", route.name());
        }
    }
}
