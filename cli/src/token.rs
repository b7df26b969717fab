//! `gatehouse token`: signs a user in and prints the tokens.
//!
//! Only the token goes to stdout. A challenge that the command cannot answer is an error that names the
//! challenge.

use std::io::Write;

use authorizer::UnixTime;
use platform::address::UserAddress;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::authenticator::Authenticator;
use crate::cli::TokenKind;
use crate::cognito::{MfaSetup, Open, Step, Tokens, UserPool};
use crate::error::Error;
use crate::password::Prompter;
use crate::unanswerable::{self, SETUP};
use crate::user::create::{Wanted, create};

/// How to sign in.
pub(crate) struct SignIn<'a> {
    pub(crate) email: &'a UserAddress,
    pub(crate) password: &'a SecretString,
    /// Creates the user first, in these groups.
    pub(crate) create: Option<&'a [String]>,
    /// The user's authenticator app, or the one to set up.
    pub(crate) authenticator: Option<Authenticator<'a>>,
}

/// Signs the user in, through all challenges, and returns the tokens.
pub(crate) async fn sign_in(
    pool: &UserPool,
    wanted: &SignIn<'_>,
    person: &mut dyn Prompter,
) -> Result<Tokens, Error> {
    let mut step = first_step(pool, wanted, person).await?;
    loop {
        step = match step {
            Step::SignedIn(tokens) => return Ok(tokens),
            Step::NewPassword(challenge) => {
                let password = person.new_password()?.ok_or(Error::TemporaryPassword)?;
                pool.choose_password(challenge, wanted.email, &password).await?
            }
            Step::Totp(open) => give_code(pool, open, wanted.authenticator, person).await?,
            Step::MfaSetup(setup) => set_up(pool, setup, wanted.authenticator, person).await?,
            Step::Unanswerable(name) => return Err(unanswerable::error(name)),
        };
    }
}

/// Sends the code of the app in the file, or the code of the person's own app.
async fn give_code(
    pool: &UserPool,
    open: Open,
    app: Option<Authenticator<'_>>,
    person: &mut dyn Prompter,
) -> Result<Step, Error> {
    let Some(app) = app else {
        let code = person.code()?;
        return pool.give_code(open, &code).await;
    };
    let secret = app.secret()?.ok_or_else(|| Error::AuthenticatorMissing { path: app.0.to_owned() })?;
    match pool.give_code(open, &secret.code(UnixTime::now())).await {
        // The command computed the code, so it is not a typing mistake.
        Err(Error::WrongCode) => Err(Error::MadeCodeRefused),
        other => other,
    }
}

/// Sets up an authenticator app. Its secret is written to disk before the pool starts to require its codes.
async fn set_up(
    pool: &UserPool,
    setup: MfaSetup,
    app: Option<Authenticator<'_>>,
    person: &mut dyn Prompter,
) -> Result<Step, Error> {
    if !setup.takes_authenticator {
        return Err(Error::Challenge { name: SETUP.to_owned(), advice: NOT_BY_AUTHENTICATOR });
    }
    let app = app.ok_or_else(|| unanswerable::error(SETUP.to_owned()))?;
    if app.secret()?.is_some() {
        return Err(Error::AuthenticatorTaken { path: app.0.to_owned() });
    }
    let (secret, open) = pool.associate(setup).await?;
    app.keep(&secret)?;
    match pool.verify(open, &secret.code(UnixTime::now())).await {
        Ok(open) => {
            person.note(&format!("set an authenticator app up, whose secret is in {}", app.0.display()))?;
            pool.finish_setup(open).await
        }
        Err(Error::WrongCode) => {
            app.discard()?;
            Err(Error::MadeCodeRefused)
        }
        // The app may be set up already. Then only the file allows another sign-in.
        Err(cause) => Err(cause),
    }
}

async fn first_step(pool: &UserPool, wanted: &SignIn<'_>, person: &mut dyn Prompter) -> Result<Step, Error> {
    if let Some(groups) = wanted.create {
        let new = Wanted { email: wanted.email, groups, password: wanted.password };
        match create(pool, &new).await {
            Ok(created) => {
                person.note(&format!("created {}", wanted.email))?;
                return Ok(created.step);
            }
            Err(Error::UserExists) => {
                let email = wanted.email;
                person.note(&format!("{email} exists already: password and groups are left as they are"))?;
            }
            Err(error) => return Err(error),
        }
    }
    pool.sign_in(wanted.email.as_str(), wanted.password).await
}

const NOT_BY_AUTHENTICATOR: &str =
    "the pool lets nobody set up an authenticator app; let the user set up a second factor in your app";

/// Prints only one token, on one line.
pub(crate) fn print(tokens: &Tokens, kind: TokenKind, out: &mut dyn Write) -> Result<(), Error> {
    writeln!(out, "{}", tokens.get(kind)?.expose_secret())?;
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AllTokens<'a> {
    access_token: Option<&'a str>,
    id_token: Option<&'a str>,
    refresh_token: Option<&'a str>,
    expires_in: i32,
    token_type: Option<&'a str>,
}

/// Prints all tokens as one JSON object. A token that the sign-in did not return is `null`.
pub(crate) fn print_all(tokens: &Tokens, out: &mut dyn Write) -> Result<(), Error> {
    let all = AllTokens {
        access_token: tokens.access.as_ref().map(ExposeSecret::expose_secret),
        id_token: tokens.id.as_ref().map(ExposeSecret::expose_secret),
        refresh_token: tokens.refresh.as_ref().map(ExposeSecret::expose_secret),
        expires_in: tokens.expires_in,
        token_type: tokens.token_type.as_deref(),
    };
    serde_json::to_writer(&mut *out, &all).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::todo, reason = "the mock! macro holds one that never runs")]

    use std::path::Path;

    use aws_smithy_mocks::Rule;
    use serde_json::json;

    use super::*;
    use crate::cognito::scripted::{
        EMAIL, EMAIL_HASH, PASSWORD, Reply, SESSION, SUB, SUB_HASH, Typist, admin_client, all_played,
        app_client, challenge, next_call, open, refused, tokens,
    };

    async fn play(script: &[Rule], create: Option<&[String]>, typist: &mut Typist) -> Result<Tokens, Error> {
        play_with(None, script, create, typist).await
    }

    async fn play_with(
        authenticator: Option<&Path>,
        script: &[Rule],
        create: Option<&[String]>,
        typist: &mut Typist,
    ) -> Result<Tokens, Error> {
        let pool = open(script).await?;
        let email = EMAIL.parse().unwrap();
        let password = SecretString::from(PASSWORD);
        let authenticator = authenticator.map(Authenticator);
        let wanted = SignIn { email: &email, password: &password, create, authenticator };
        let result = sign_in(&pool, &wanted, typist).await;
        all_played(script);
        result
    }

    async fn signs_in(script: &[Rule]) -> Result<Tokens, Error> {
        play(script, None, &mut Typist::default()).await
    }

    fn password_then(reply: Reply) -> Rule {
        next_call!(
            admin_initiate_auth,
            |request| {
                let parameters = request.auth_parameters().unwrap();
                request.auth_flow().is_some_and(|flow| flow.as_str() == "ADMIN_USER_PASSWORD_AUTH")
                    && parameters["USERNAME"] == EMAIL
                    && parameters["PASSWORD"] == PASSWORD
                    && !parameters.contains_key("SECRET_HASH")
            },
            reply
        )
    }

    #[tokio::test]
    async fn a_password_yields_each_token_alone_on_its_line() {
        let tokens = signs_in(&[admin_client(), password_then(tokens())]).await.unwrap();
        for (kind, line) in [
            (TokenKind::Access, "the-access-token\n"),
            (TokenKind::Id, "the-id-token\n"),
            (TokenKind::Refresh, "the-refresh-token\n"),
        ] {
            let mut out = Vec::new();
            print(&tokens, kind, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), line);
        }
    }

    #[tokio::test]
    async fn json_holds_all_tokens_and_how_long_they_last() {
        let tokens = signs_in(&[admin_client(), password_then(tokens())]).await.unwrap();
        let mut out = Vec::new();
        print_all(&tokens, &mut out).unwrap();
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&out).unwrap(),
            json!({ "accessToken": "the-access-token", "idToken": "the-id-token",
                    "refreshToken": "the-refresh-token", "expiresIn": 3600, "tokenType": "Bearer" })
        );
    }

    #[tokio::test]
    async fn a_token_that_the_sign_in_did_not_yield_is_an_error() {
        let some = Reply::Ok(json!({ "AuthenticationResult": { "AccessToken": "a", "ExpiresIn": 60 } }));
        let tokens = signs_in(&[admin_client(), password_then(some)]).await.unwrap();
        let error = print(&tokens, TokenKind::Refresh, &mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("no refresh token"), "{error}");
    }

    #[tokio::test]
    async fn a_client_for_apps_alone_is_used_as_an_app_does() {
        let script = [
            app_client(&["ALLOW_USER_PASSWORD_AUTH"], Some("client-secret")),
            next_call!(
                initiate_auth,
                |request| {
                    let parameters = request.auth_parameters().unwrap();
                    request.auth_flow().is_some_and(|flow| flow.as_str() == "USER_PASSWORD_AUTH")
                        && parameters["SECRET_HASH"] == EMAIL_HASH
                        && parameters["PASSWORD"] == PASSWORD
                },
                challenge("SOFTWARE_TOKEN_MFA", &json!({}))
            ),
            next_call!(
                respond_to_auth_challenge,
                |request| {
                    let answers = request.challenge_responses().unwrap();
                    request.session() == Some(SESSION)
                        && answers["SOFTWARE_TOKEN_MFA_CODE"] == "123456"
                        && answers["SECRET_HASH"] == SUB_HASH
                },
                tokens()
            ),
        ];
        let mut typist = Typist { code: Some("123456"), ..Typist::default() };
        assert!(play(&script, None, &mut typist).await.is_ok());
    }

    fn code_then(reply: Reply) -> Rule {
        next_call!(
            admin_respond_to_auth_challenge,
            |request| {
                let answers = request.challenge_responses().unwrap();
                request.challenge_name().is_some_and(|name| name.as_str() == "SOFTWARE_TOKEN_MFA")
                    && request.session() == Some(SESSION)
                    && answers["USERNAME"] == SUB
                    && answers["SOFTWARE_TOKEN_MFA_CODE"] == "123456"
            },
            reply
        )
    }

    #[tokio::test]
    async fn the_code_of_an_authenticator_app_is_asked_for() {
        for (reply, good) in [(tokens(), true), (refused("CodeMismatchException", "123456 is wrong"), false)]
        {
            let asks = password_then(challenge("SOFTWARE_TOKEN_MFA", &json!({})));
            let script = [admin_client(), asks, code_then(reply)];
            let mut typist = Typist { code: Some("123456"), ..Typist::default() };
            let result = play(&script, None, &mut typist).await;
            assert_eq!(result.is_ok(), good);
            if let Err(error) = result {
                assert!(matches!(error, Error::WrongCode), "{error}");
            }
        }
    }

    #[tokio::test]
    async fn a_challenge_that_cannot_be_answered_is_named() {
        for name in
            ["SMS_MFA", "EMAIL_OTP", "SELECT_MFA_TYPE", "MFA_SETUP", "CUSTOM_CHALLENGE", "OF_NEXT_YEAR"]
        {
            let script = [admin_client(), password_then(challenge(name, &json!({})))];
            let error = signs_in(&script).await.unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
            assert_eq!(error.exit_code(), 3);
        }
    }

    #[tokio::test]
    async fn a_temporary_password_must_be_replaced_by_its_owner() {
        let temporary =
            || password_then(challenge("NEW_PASSWORD_REQUIRED", &json!({ "requiredAttributes": "[]" })));
        let error = signs_in(&[admin_client(), temporary()]).await.unwrap_err();
        assert!(error.to_string().contains("run this at a terminal"), "{error}");

        let replaced = next_call!(
            admin_respond_to_auth_challenge,
            |request| request.challenge_responses().unwrap()["NEW_PASSWORD"] == "New-horse-10",
            tokens()
        );
        let mut typist = Typist { new_password: Some("New-horse-10"), ..Typist::default() };
        assert!(play(&[admin_client(), temporary(), replaced], None, &mut typist).await.is_ok());
    }

    #[tokio::test]
    async fn with_create_a_user_who_exists_is_just_signed_in() {
        let exists = next_call!(admin_create_user, |_| true, refused("UsernameExistsException", "exists"));
        let script = [admin_client(), exists, password_then(tokens())];
        let mut typist = Typist::default();
        assert!(play(&script, Some(&["admins".to_owned()]), &mut typist).await.is_ok());
        assert_eq!(
            typist.notes,
            ["ann@example.com exists already: password and groups are left as they are"]
        );
    }

    #[tokio::test]
    async fn with_create_a_new_users_first_sign_in_returns_the_tokens() {
        let user = json!({ "User": { "Username": SUB, "Attributes": [{ "Name": "sub", "Value": SUB }] } });
        let script = [
            admin_client(),
            next_call!(admin_create_user, |_| true, Reply::Ok(user)),
            next_call!(describe_user_pool, |_| true, Reply::Ok(json!({ "UserPool": {} }))),
            next_call!(admin_initiate_auth, |_| true, challenge("NEW_PASSWORD_REQUIRED", &json!({}))),
            next_call!(admin_respond_to_auth_challenge, |_| true, tokens()),
        ];
        let mut typist = Typist::default();
        assert!(play(&script, Some(&[]), &mut typist).await.is_ok());
        assert_eq!(typist.notes, ["created ann@example.com"]);
    }

    const APP: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    const SECOND_SESSION: &str = "session-of-the-association";
    const THIRD_SESSION: &str = "session-of-the-verification";

    fn setup(offered: &str) -> Rule {
        password_then(challenge("MFA_SETUP", &json!({ "MFAS_CAN_SETUP": offered })))
    }

    fn associates() -> Rule {
        next_call!(
            associate_software_token,
            |request| request.session() == Some(SESSION) && request.access_token().is_none(),
            Reply::Ok(json!({ "SecretCode": APP, "Session": SECOND_SESSION }))
        )
    }

    /// Whether the code is the current one, or that of the half minute that just ended.
    fn is_code(code: &str) -> bool {
        let secret = crate::authenticator::Secret::parse(&SecretString::from(APP)).unwrap();
        let now = UnixTime::now().secs();
        [now, now - 30].into_iter().any(|at| secret.code(UnixTime::from_secs(at)).expose_secret() == code)
    }

    fn verifies(reply: Reply) -> Rule {
        next_call!(
            verify_software_token,
            |request| request.session() == Some(SECOND_SESSION) && request.user_code().is_some_and(is_code),
            reply
        )
    }

    fn verified() -> Rule {
        verifies(Reply::Ok(json!({ "Status": "SUCCESS", "Session": THIRD_SESSION })))
    }

    fn finishes(reply: Reply) -> Rule {
        next_call!(
            admin_respond_to_auth_challenge,
            |request| {
                request.challenge_name().is_some_and(|name| name.as_str() == "MFA_SETUP")
                    && request.session() == Some(THIRD_SESSION)
                    && request.challenge_responses().unwrap().len() == 1
                    && request.challenge_responses().unwrap()["USERNAME"] == SUB
            },
            reply
        )
    }

    #[tokio::test]
    async fn a_required_factor_is_set_up_as_an_app_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ann");
        for offered in [r#"["SMS_MFA","SOFTWARE_TOKEN_MFA"]"#, r#"["SOFTWARE_TOKEN_MFA"]"#] {
            let script = [admin_client(), setup(offered), associates(), verified(), finishes(tokens())];
            let mut typist = Typist::default();
            assert!(play_with(Some(&file), &script, None, &mut typist).await.is_ok());
            assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{APP}\n"));
            assert_eq!(typist.notes.len(), 1);
            assert!(!typist.notes.concat().contains(APP), "{:?}", typist.notes);
            std::fs::remove_file(&file).unwrap();
        }
    }

    #[tokio::test]
    async fn a_confidential_client_for_apps_sets_up_a_factor_too() {
        let folder = tempfile::tempdir().unwrap();
        let script = [
            app_client(&["ALLOW_USER_PASSWORD_AUTH"], Some("client-secret")),
            next_call!(initiate_auth, |_| true, challenge("MFA_SETUP", &json!({}))),
            associates(),
            verified(),
            next_call!(
                respond_to_auth_challenge,
                |request| {
                    request.session() == Some(THIRD_SESSION)
                        && request.challenge_responses().unwrap()["SECRET_HASH"] == SUB_HASH
                },
                tokens()
            ),
        ];
        let file = folder.path().join("ann");
        assert!(play_with(Some(&file), &script, None, &mut Typist::default()).await.is_ok());
    }

    #[tokio::test]
    async fn a_new_user_with_a_required_factor_gets_the_tokens() {
        let folder = tempfile::tempdir().unwrap();
        let user = json!({ "User": { "Username": SUB, "Attributes": [{ "Name": "sub", "Value": SUB }] } });
        let script = [
            admin_client(),
            next_call!(admin_create_user, |_| true, Reply::Ok(user)),
            next_call!(describe_user_pool, |_| true, Reply::Ok(json!({ "UserPool": {} }))),
            next_call!(admin_initiate_auth, |_| true, challenge("NEW_PASSWORD_REQUIRED", &json!({}))),
            next_call!(admin_respond_to_auth_challenge, |_| true, challenge("MFA_SETUP", &json!({}))),
            associates(),
            verified(),
            finishes(tokens()),
        ];
        let file = folder.path().join("ann");
        assert!(play_with(Some(&file), &script, Some(&[]), &mut Typist::default()).await.is_ok());
    }

    #[tokio::test]
    async fn a_refused_code_leaves_no_file_and_names_the_clock() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ann");
        for reply in [
            refused("EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA"),
            refused("CodeMismatchException", "no"),
            Reply::Ok(json!({ "Status": "ERROR", "Session": THIRD_SESSION })),
        ] {
            let script = [admin_client(), setup(r#"["SOFTWARE_TOKEN_MFA"]"#), associates(), verifies(reply)];
            let error = play_with(Some(&file), &script, None, &mut Typist::default()).await.unwrap_err();
            assert!(error.to_string().contains("check its clock"), "{error}");
            assert!(!file.exists());
        }
    }

    #[tokio::test]
    async fn a_factor_that_may_be_set_up_keeps_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ann");
        let used_up = refused("NotAuthorizedException", "Invalid session for the user.");
        for reply in [Reply::Garbage, refused("InternalErrorException", "no"), used_up] {
            let script = [admin_client(), setup(r#"["SOFTWARE_TOKEN_MFA"]"#), associates(), verifies(reply)];
            let error = play_with(Some(&file), &script, None, &mut Typist::default()).await.unwrap_err();
            assert!(!matches!(error, Error::MadeCodeRefused), "{error}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{APP}\n"));
            std::fs::remove_file(&file).unwrap();
        }
    }

    #[tokio::test]
    async fn nothing_is_set_up_that_could_not_be_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (taken, nowhere) = (folder.path().join("ann"), folder.path().join("none/ann"));
        std::fs::write(&taken, APP).unwrap();
        let begun = || vec![admin_client(), setup(r#"["SOFTWARE_TOKEN_MFA"]"#)];
        let error = play_with(Some(&taken), &begun(), None, &mut Typist::default()).await.unwrap_err();
        assert!(matches!(error, Error::AuthenticatorTaken { .. }), "{error}");
        let associated: Vec<_> = begun().into_iter().chain([associates()]).collect();
        let error = play_with(Some(&nowhere), &associated, None, &mut Typist::default()).await.unwrap_err();
        assert!(matches!(error, Error::AuthenticatorUnwritable { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_pool_with_another_factor_gets_another_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ann");
        let script = [admin_client(), setup(r#"["EMAIL_OTP","SMS_MFA"]"#)];
        let error = play_with(Some(&file), &script, None, &mut Typist::default()).await.unwrap_err();
        assert!(error.to_string().contains("the pool lets nobody set up an authenticator app"), "{error}");
        assert_eq!(error.exit_code(), 3);
        let script = [admin_client(), setup(r#"["SOFTWARE_TOKEN_MFA"]"#)];
        let error = signs_in(&script).await.unwrap_err();
        assert!(error.to_string().contains("--authenticator FILE"), "{error}");
    }

    #[tokio::test]
    async fn the_code_of_an_app_in_a_file_is_made_and_not_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ann");
        std::fs::write(&file, APP).unwrap();
        for (reply, good) in [(tokens(), true), (refused("CodeMismatchException", "no"), false)] {
            let gives = next_call!(
                admin_respond_to_auth_challenge,
                |request| is_code(&request.challenge_responses().unwrap()["SOFTWARE_TOKEN_MFA_CODE"]),
                reply
            );
            let script = [admin_client(), password_then(challenge("SOFTWARE_TOKEN_MFA", &json!({}))), gives];
            let result = play_with(Some(&file), &script, None, &mut Typist::default()).await;
            assert_eq!(result.is_ok(), good);
            assert!(good || matches!(result, Err(Error::MadeCodeRefused)));
        }
        let none = folder.path().join("none");
        let script = [admin_client(), password_then(challenge("SOFTWARE_TOKEN_MFA", &json!({})))];
        let error = play_with(Some(&none), &script, None, &mut Typist::default()).await.unwrap_err();
        assert!(matches!(error, Error::AuthenticatorMissing { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_refusal_is_reported_without_its_session_or_code() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ann");
        let says = |secret: &str| refused("InvalidParameterException", &format!("Value '{secret}' is bad"));
        let association = next_call!(associate_software_token, |_| true, says(SESSION));
        let script = [admin_client(), setup(r#"["SOFTWARE_TOKEN_MFA"]"#), association];
        let error = play_with(Some(&file), &script, None, &mut Typist::default()).await.unwrap_err();
        assert!(error.to_string().contains("'***'"), "{error}");
        let script = [
            admin_client(),
            setup(r#"["SOFTWARE_TOKEN_MFA"]"#),
            associates(),
            verifies(says(SECOND_SESSION)),
        ];
        let error = play_with(Some(&file), &script, None, &mut Typist::default()).await.unwrap_err();
        assert!(error.to_string().contains("'***'"), "{error}");
    }
}
