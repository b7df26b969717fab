//! With `auth.enumerationSafe` no answer tells of an account: every route over the wire, with every exception that Cognito's
//! API model names for its operation, against what whoever has no account gets.

use platform::config::Config;
use serde_json::{Value, json};
use testkit::cognito::{EMAIL, SESSION, Said, Scripted, Sent, ok, refused};
use testkit::request::Request;

use crate::fake::{CODE, NEW_PASSWORD, PASSWORD};
use crate::gateway::{Answer, Caller as _};
use crate::scripted::{Service as _, config};

/// A route that could tell, and what it is to somebody without an account.
struct Row {
    /// What is asked.
    request: Request,
    /// The operation that could tell.
    operation: &'static str,
    /// What Cognito says where there is no account, or where an address is free.
    none: Said,
    /// What the answer is then.
    status_and_code: &'static str,
    /// What is no account's doing, so that everybody is told.
    shown: &'static [&'static str],
}

/// The pool, its client, the way there: the same for everybody.
const OF_POOL: [&str; 4] =
    ["ForbiddenException", "InternalErrorException", "ResourceNotFoundException", "TooManyRequestsException"];

/// The caller's own token and account.
const OF_CALLER: [&str; 4] = [
    "NotAuthorizedException",
    "PasswordResetRequiredException",
    "UserNotConfirmedException",
    "UserNotFoundException",
];

/// What a trigger leads to. Behind a right code it tells nothing to anybody else.
const TRIGGERS: [&str; 3] =
    ["InvalidLambdaResponseException", "UnexpectedLambdaException", "UserLambdaValidationException"];

/// What each operation may throw.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SignUp.html#API_SignUp_Errors>, and the same of
/// each of the others.
fn exceptions(operation: &str) -> Vec<&'static str> {
    const SENDING: [&str; 7] = [
        "CodeDeliveryFailureException",
        "InvalidEmailRoleAccessPolicyException",
        "InvalidSmsRoleAccessPolicyException",
        "InvalidSmsRoleTrustRelationshipException",
        "InvalidLambdaResponseException",
        "UnexpectedLambdaException",
        "UserLambdaValidationException",
    ];
    const CODES: [&str; 3] =
        ["CodeMismatchException", "ExpiredCodeException", "TooManyFailedAttemptsException"];
    let others: &[&[&str]] = match operation {
        "SignUp" => &[
            &SENDING,
            &["InvalidPasswordException", "LimitExceededException", "UsernameExistsException"],
            &["NotAuthorizedException"],
        ],
        "ConfirmSignUp" => &[
            &CODES,
            &TRIGGERS,
            &["AliasExistsException", "LimitExceededException"],
            &["NotAuthorizedException", "UserNotFoundException"],
        ],
        "ResendConfirmationCode" | "ForgotPassword" => {
            &[&SENDING, &["LimitExceededException", "NotAuthorizedException", "UserNotFoundException"]]
        }
        "ConfirmForgotPassword" => &[
            &CODES,
            &TRIGGERS,
            &[
                "InvalidPasswordException",
                "LimitExceededException",
                "PasswordHistoryPolicyViolationException",
            ],
            &["NotAuthorizedException", "UserNotConfirmedException", "UserNotFoundException"],
        ],
        "InitiateAuth" => &[
            &["UserLambdaValidationException"],
            &OF_CALLER,
            &["InvalidEmailRoleAccessPolicyException"],
            &TRIGGERS,
        ],
        "RespondToAuthChallenge" => &[
            &[
                "AliasExistsException",
                "CodeMismatchException",
                "ExpiredCodeException",
                "InvalidPasswordException",
            ],
            &["MFAMethodNotFoundException", "PasswordHistoryPolicyViolationException"],
            &["SoftwareTokenMFANotFoundException"],
            &OF_CALLER,
            &TRIGGERS,
        ],
        "UpdateUserAttributes" => &[
            &SENDING,
            &OF_CALLER,
            &["AliasExistsException", "CodeMismatchException", "ExpiredCodeException"],
        ],
        "VerifyUserAttribute" => &[
            &OF_CALLER,
            &[
                "AliasExistsException",
                "CodeMismatchException",
                "ExpiredCodeException",
                "LimitExceededException",
            ],
        ],
        "GetUserAttributeVerificationCode" => &[&SENDING, &OF_CALLER, &["LimitExceededException"]],
        other => panic!("{other}"),
    };
    others.iter().copied().flatten().chain(&OF_POOL).chain(&["InvalidParameterException"]).copied().collect()
}

fn rows() -> Vec<Row> {
    [open_rows(), first_factor_rows(), own_rows()].into_iter().flatten().collect()
}

fn wrong_code() -> Said {
    refused("CodeMismatchException", "Invalid verification code provided, please try again.")
}

fn wrong_password() -> Said {
    refused("NotAuthorizedException", "Incorrect username or password.")
}

fn delivery() -> Value {
    json!({ "Destination": "n***@x***", "DeliveryMedium": "EMAIL", "AttributeName": "email" })
}

/// Routes for whoever has no token.
fn open_rows() -> Vec<Row> {
    let (by_address, delivery, post) = (json!({ "email": EMAIL }), delivery(), Request::post);
    vec![
        Row {
            request: post("/auth/signup", &json!({ "email": EMAIL, "password": PASSWORD })),
            operation: "SignUp",
            none: ok(json!({ "UserConfirmed": false, "UserSub": "8a2f", "CodeDeliveryDetails": delivery })),
            status_and_code: "201",
            shown: &["NotAuthorizedException"],
        },
        Row {
            request: post("/auth/verify", &json!({ "email": EMAIL, "code": CODE })),
            operation: "ConfirmSignUp",
            none: wrong_code(),
            status_and_code: "400 invalid_code",
            shown: &TRIGGERS,
        },
        Row {
            request: post("/auth/resend-code", &by_address),
            operation: "ResendConfirmationCode",
            none: ok(json!({ "CodeDeliveryDetails": delivery })),
            status_and_code: "200",
            shown: &[],
        },
        Row {
            request: post("/auth/forgot-password", &by_address),
            operation: "ForgotPassword",
            none: ok(json!({ "CodeDeliveryDetails": delivery })),
            status_and_code: "200",
            shown: &[],
        },
        Row {
            request: post(
                "/auth/reset-password",
                &json!({ "email": EMAIL, "code": CODE, "newPassword": NEW_PASSWORD }),
            ),
            operation: "ConfirmForgotPassword",
            none: wrong_code(),
            status_and_code: "400 invalid_code",
            shown: &TRIGGERS,
        },
        Row {
            request: post("/auth/signin", &json!({ "email": EMAIL, "password": PASSWORD })),
            operation: "InitiateAuth",
            none: wrong_password(),
            status_and_code: "401 invalid_credentials",
            shown: &[
                "UnexpectedLambdaException",
                "InvalidLambdaResponseException",
                "InvalidEmailRoleAccessPolicyException",
            ],
        },
    ]
}

/// Answers to challenges that may come before anything was proven.
fn first_factor_rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, answers) in [
        ("PASSWORD", json!({ "password": PASSWORD })),
        ("SELECT_CHALLENGE", json!({ "answer": "EMAIL_OTP" })),
        ("EMAIL_OTP", json!({ "code": CODE })),
        ("SMS_OTP", json!({ "code": CODE })),
        ("CUSTOM_CHALLENGE", json!({ "answer": "blue" })),
        ("PASSWORD_VERIFIER", json!({ "responses": { "TIMESTAMP": "now" } })),
    ] {
        rows.push(Row {
            request: Request::post(
                "/auth/challenge",
                &json!({ "name": name, "session": SESSION, "username": EMAIL, "answers": answers }),
            ),
            operation: "RespondToAuthChallenge",
            none: wrong_password(),
            status_and_code: "401 invalid_credentials",
            shown: &["UnexpectedLambdaException", "InvalidLambdaResponseException"],
        });
    }
    rows
}

/// Changes of the own address to one that may be somebody else's.
fn own_rows() -> Vec<Row> {
    let (delivery, post) = (delivery(), Request::post);
    let mut rows = Vec::new();
    for change in [
        json!({ "email": "taken@example.com" }),
        json!({ "phoneNumber": "+14155550199" }),
        json!({ "email": "taken@example.com", "phoneNumber": "+14155550199" }),
    ] {
        rows.push(Row {
            request: Request::new("PATCH", "/user").signed_in().json(&change),
            operation: "UpdateUserAttributes",
            none: ok(json!({ "CodeDeliveryDetailsList": [delivery] })),
            status_and_code: "200",
            shown: &[
                "NotAuthorizedException",
                "PasswordResetRequiredException",
                "UserNotConfirmedException",
                "UserNotFoundException",
                "InvalidParameterException",
            ],
        });
    }
    rows.push(Row {
        request: post("/user/confirm", &json!({ "attribute": "email", "code": CODE })).signed_in(),
        operation: "VerifyUserAttribute",
        none: wrong_code(),
        status_and_code: "400 invalid_code",
        shown: &OF_CALLER,
    });
    rows.push(Row {
        request: post("/user/verification-code", &json!({ "attribute": "email" })).signed_in(),
        operation: "GetUserAttributeVerificationCode",
        none: ok(json!({ "CodeDeliveryDetails": delivery })),
        status_and_code: "200",
        shown: &OF_CALLER,
    });
    rows
}

/// All flows at once: a choice may begin with a code.
fn safe() -> Config {
    config(&json!({ "auth": { "enumerationSafe": true, "flow": "USER_AUTH" } }))
}

/// What is answered, and which calls that took.
async fn said(pool: &Scripted, row: &Row, said: Said) -> (Answer, Vec<Sent>) {
    pool.script(row.operation, vec![said]);
    pool.forget();
    let answer = pool.ask(&safe(), &row.request).await;
    (answer, pool.sent())
}

#[tokio::test]
async fn no_exception_tells_of_an_account_by_status_body_headers_or_calls() {
    let pool = Scripted::start();
    for row in rows() {
        let none = said(&pool, &row, row.none.clone()).await;
        assert_eq!(none.0.status_and_code(), row.status_and_code, "{}", row.operation);
        for exception in exceptions(row.operation) {
            let is_shown = OF_POOL.contains(&exception) || row.shown.contains(&exception);
            let told = said(&pool, &row, refused(exception, "as Cognito says it")).await;
            let is_same = told == none;
            // A challenge and a sign-in without an account are refused by this very exception.
            let is_none = exception == "NotAuthorizedException" && row.status_and_code.starts_with("401");
            assert_eq!(is_same, !is_shown || is_none, "{exception} at {:?}: {told:?}", row.request.0["path"]);
        }
    }
}

/// The texts in which the facts that are hidden are told.
#[tokio::test]
async fn no_text_of_cognito_s_tells_how_an_account_stands() {
    let pool = Scripted::start();
    for (operation, exception, text) in [
        ("SignUp", "UsernameExistsException", "An account with the given email already exists."),
        ("SignUp", "UsernameExistsException", "User already exists"),
        ("SignUp", "InvalidPasswordException", "Provided password cannot be used for security reasons."),
        ("SignUp", "UserLambdaValidationException", "PreSignUp failed with error no."),
        (
            "SignUp",
            "InvalidParameterException",
            "Attributes did not conform to the schema: name: The attribute is required",
        ),
        ("ConfirmSignUp", "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"),
        ("ConfirmSignUp", "LimitExceededException", "Attempt limit exceeded, please try after some time."),
        ("ResendConfirmationCode", "InvalidParameterException", "User is already confirmed."),
        (
            "ResendConfirmationCode",
            "LimitExceededException",
            "Attempt limit exceeded, please try after some time.",
        ),
        ("ForgotPassword", "LimitExceededException", "Attempt limit exceeded, please try after some time."),
        (
            "ForgotPassword",
            "InvalidParameterException",
            "Cannot reset password for the user as there is no registered/verified email or phone_number",
        ),
        ("ForgotPassword", "NotAuthorizedException", "User password cannot be reset in the current state."),
        ("ForgotPassword", "NotAuthorizedException", "User is disabled."),
        (
            "ConfirmForgotPassword",
            "InvalidPasswordException",
            "Password does not conform to policy: Password not long enough",
        ),
        (
            "ConfirmForgotPassword",
            "ExpiredCodeException",
            "Invalid code provided, please request a code again.",
        ),
        (
            "ConfirmForgotPassword",
            "LimitExceededException",
            "Attempt limit exceeded, please try after some time.",
        ),
        ("InitiateAuth", "NotAuthorizedException", "Password attempts exceeded"),
        ("InitiateAuth", "NotAuthorizedException", "User is disabled."),
        (
            "InitiateAuth",
            "NotAuthorizedException",
            "Temporary password has expired and must be reset by an administrator.",
        ),
        ("InitiateAuth", "UserNotConfirmedException", "User is not confirmed."),
        ("InitiateAuth", "PasswordResetRequiredException", "Password reset required for the user"),
        ("InitiateAuth", "UserNotFoundException", "User does not exist."),
        ("UpdateUserAttributes", "AliasExistsException", "An account with the given email already exists."),
        ("VerifyUserAttribute", "AliasExistsException", "An account with the given email already exists."),
        (
            "GetUserAttributeVerificationCode",
            "InvalidParameterException",
            "Attribute email is already verified.",
        ),
    ] {
        for row in rows().into_iter().filter(|row| row.operation == operation) {
            let none = said(&pool, &row, row.none.clone()).await;
            assert_eq!(said(&pool, &row, refused(exception, text)).await, none, "{text}");
        }
    }
}

/// A password that the pool would refuse is refused before the pool is asked, which may look at the address first.
#[tokio::test]
async fn a_weak_password_is_told_to_all_alike_and_without_a_call() {
    let pool = Scripted::start();
    for (path, body) in [
        ("/auth/signup", json!({ "email": EMAIL, "password": "short" })),
        ("/auth/reset-password", json!({ "email": EMAIL, "code": CODE, "newPassword": "short" })),
    ] {
        let request = Request::post(path, &body);
        let answer = pool.ask(&safe(), &request).await;
        assert_eq!(answer.status_and_code(), "422 weak_password");
        assert!(
            answer.json()["detail"].as_str().unwrap().contains("at least 12 characters"),
            "{}",
            answer.body
        );
        assert!(pool.operations().is_empty());
        // Elsewhere the pool itself says what it wants.
        assert!(pool.ask(&config(&json!({})), &request).await.status.is_success());
        pool.forget();
    }
    let lax = json!({ "auth": { "enumerationSafe": true }, "userPool": { "passwordPolicy": {
        "minimumLength": 6, "requireUppercase": false, "requireNumbers": false, "requireSymbols": false,
    }}});
    let request = Request::post("/auth/signup", &json!({ "email": EMAIL, "password": "simple" }));
    assert_eq!(pool.ask(&config(&lax), &request).await.status_and_code(), "201");
}

/// `GET /user` would tell of a name that was not written because the address beside it was taken.
#[tokio::test]
async fn what_stands_beside_a_taken_address_is_written_as_beside_a_free_one() {
    let pool = Scripted::start();
    let change =
        json!({ "email": "taken@example.com", "phoneNumber": "+14155550199", "name": "Bea", "locale": null });
    let request = Request::new("PATCH", "/user").signed_in().json(&change);
    let free = pool.ask(&safe(), &request).await;
    free.assert_json(
        200,
        &json!({ "updated": ["email", "name", "phone_number"], "deleted": ["locale"], "deliveries": [] }),
    );
    let sent = pool.sent();
    let names = |index: usize| sent[index].body["UserAttributes"].clone();
    assert_eq!(names(0), json!([{ "Name": "name", "Value": "Bea" }]));
    assert_eq!(names(1), json!([{ "Name": "email", "Value": "taken@example.com" }]));
    assert_eq!(names(2), json!([{ "Name": "phone_number", "Value": "+14155550199" }]));
    assert_eq!(sent[3].operation, "DeleteUserAttributes");
    pool.forget();
    let taken = refused("AliasExistsException", "An account with the given email already exists.");
    pool.script("UpdateUserAttributes", vec![ok(json!({})), taken]);
    assert_eq!(pool.ask(&safe(), &request).await, free);
    assert_eq!(pool.sent(), sent);
}

/// Whoever changes other things alone hears of their own mistakes.
#[tokio::test]
async fn what_is_no_address_is_refused_as_ever() {
    let pool = Scripted::start();
    pool.refuse("UpdateUserAttributes", "InvalidParameterException", "birthdate: no");
    let request = Request::new("PATCH", "/user").signed_in().json(&json!({ "name": "Bea" }));
    assert_eq!(
        pool.ask(&safe(), &request).await.status_and_code(),
        pool.ask(&config(&json!({})), &request).await.status_and_code()
    );
    assert_eq!(pool.ask(&safe(), &request).await.status, 400);
}

/// The answers without the setting, which tell: else the tests above would hold of a service that tells nobody anything.
#[tokio::test]
async fn without_the_setting_a_person_is_told_more() {
    let pool = Scripted::start();
    let open = config(&json!({}));
    for (operation, exception, method, path, status_and_code) in [
        ("SignUp", "UsernameExistsException", "POST", "/auth/signup", "409 user_exists"),
        ("SignUp", "InvalidPasswordException", "POST", "/auth/signup", "422 weak_password"),
        (
            "ForgotPassword",
            "LimitExceededException",
            "POST",
            "/auth/forgot-password",
            "429 too_many_requests",
        ),
        (
            "ConfirmForgotPassword",
            "InvalidPasswordException",
            "POST",
            "/auth/reset-password",
            "422 weak_password",
        ),
        ("UpdateUserAttributes", "AliasExistsException", "PATCH", "/user", "409 user_exists"),
        ("VerifyUserAttribute", "AliasExistsException", "POST", "/user/confirm", "409 user_exists"),
    ] {
        pool.refuse(operation, exception, "no");
        let row = rows()
            .into_iter()
            .find(|row| row.request.0["httpMethod"] == method && row.request.0["path"] == path);
        assert_eq!(pool.ask(&open, &row.unwrap().request).await.status_and_code(), status_and_code, "{path}");
    }
}

/// A second factor comes after the password: its wrong codes are told as such.
#[tokio::test]
async fn behind_the_password_a_wrong_code_is_a_wrong_code() {
    let pool = Scripted::start();
    pool.refuse("RespondToAuthChallenge", "CodeMismatchException", "Invalid code received for user");
    let by_password = config(&json!({ "auth": { "enumerationSafe": true } }));
    for (name, flow) in [
        ("SMS_MFA", &safe()),
        ("SOFTWARE_TOKEN_MFA", &safe()),
        ("EMAIL_OTP", &by_password),
        ("SMS_OTP", &by_password),
    ] {
        let body =
            json!({ "name": name, "session": SESSION, "username": "7f1e", "answers": { "code": CODE } });
        let answer = pool.ask(flow, &Request::post("/auth/challenge", &body)).await;
        assert_eq!(answer.status_and_code(), "400 invalid_code", "{name}");
    }
}

/// What is kept from the caller is not kept from whoever runs the pool.
#[tokio::test]
async fn what_nobody_is_told_is_in_the_log() {
    let pool = Scripted::start();
    for (operation, exception, level) in [
        ("SignUp", "UsernameExistsException", "INFO"),
        ("SignUp", "InvalidPasswordException", "WARN"),
        ("SignUp", "InvalidParameterException", "WARN"),
        ("SignUp", "UnexpectedLambdaException", "ERROR"),
        ("ForgotPassword", "CodeDeliveryFailureException", "WARN"),
        ("ForgotPassword", "InvalidEmailRoleAccessPolicyException", "ERROR"),
        ("ForgotPassword", "LimitExceededException", "WARN"),
        ("ForgotPassword", "OfTomorrowException", "ERROR"),
    ] {
        pool.refuse(operation, exception, "no");
        let row = rows().into_iter().find(|row| row.operation == operation).unwrap();
        let (answer, log) = pool.ask_logged(&safe(), &row.request).await;
        assert_eq!(answer.status_and_code(), row.status_and_code, "{exception}");
        let line = log.iter().find(|line| line["message"] == "not told to the caller").unwrap();
        assert_eq!(line["level"], level, "{line}");
        let cause = line["cause"].as_str().unwrap();
        assert!(cause.starts_with(operation) && cause.ends_with(": no"), "{line}");
        assert!(log.iter().all(|line| !line.to_string().contains(EMAIL)), "{log:?}");
    }
}
