//! `gatehouse user create`: creates a user whose password is final, or no user at all.
//!
//! Cognito has no single operation for administrators that checks a password as strictly as a person's own
//! choice. So the command creates the user with a random temporary password, and answers the challenge of the
//! first sign-in with the wanted password.

use std::io::Write;

use platform::address::UserAddress;
use secrecy::SecretString;

use crate::cognito::{Message, NewUser, Step, UserPool};
use crate::error::Error;
use crate::password::Prompter;
use crate::{password, unanswerable};

/// Cognito's status of a user with a final password.
const CONFIRMED: &str = "CONFIRMED";

/// The user to create.
pub(crate) struct Wanted<'a> {
    pub(crate) email: &'a UserAddress,
    pub(crate) groups: &'a [String],
    pub(crate) password: &'a SecretString,
}

/// The new user, and the state of its first sign-in.
pub(crate) struct Created {
    pub(crate) user: NewUser,
    pub(crate) step: Step,
}

/// Creates the user. A failure after that deletes the user again: it is seconds old, nobody has seen it, and
/// nobody knows its password.
pub(crate) async fn create(pool: &UserPool, wanted: &Wanted<'_>) -> Result<Created, Error> {
    pool.takes_passwords()?;
    let temporary = password::temporary()?;
    let user = match pool.create_user(wanted.email, &temporary, Message::None).await {
        Ok(user) => user,
        Err(cause) if cause.leaves_doubt() => {
            return Err(Error::MaybeCreated { cause: Box::new(cause), pool: pool.id().clone() });
        }
        Err(cause) => return Err(cause),
    };
    match complete(pool, wanted, &user, &temporary).await {
        Ok(step) => Ok(Created { user, step }),
        Err(cause) => Err(undo(pool, user, cause).await),
    }
}

/// The policy is only checked after the user was created. If the user already exists, perhaps with a password
/// from before the policy, that error must come first.
async fn complete(
    pool: &UserPool,
    wanted: &Wanted<'_>,
    user: &NewUser,
    temporary: &SecretString,
) -> Result<Step, Error> {
    if let Some(reason) = pool.password_policy().await?.lacks(wanted.password) {
        return Err(Error::PasswordRefused { reason });
    }
    for group in wanted.groups {
        pool.add_to_group(&user.username, group).await?;
    }
    match pool.sign_in(&user.username, temporary).await? {
        Step::NewPassword(challenge) => pool.choose_password(challenge, wanted.email, wanted.password).await,
        Step::Totp(_) => Err(unanswerable::error("SOFTWARE_TOKEN_MFA".to_owned())),
        Step::MfaSetup(_) => Err(unanswerable::error("MFA_SETUP".to_owned())),
        Step::Unanswerable(name) => Err(unanswerable::error(name)),
        Step::SignedIn(_) => Err(Error::NotTemporary),
    }
}

async fn undo(pool: &UserPool, user: NewUser, cause: Error) -> Error {
    let cause = Box::new(cause);
    match pool.delete_user(&user.username).await {
        Ok(()) => Error::Undone { cause },
        Err(undo) => Error::LeftBehind {
            cause,
            undo: Box::new(undo),
            pool: pool.id().clone(),
            username: user.username,
        },
    }
}

/// The command. It writes the new user's `sub` to `out`.
pub(crate) async fn run(
    pool: &UserPool,
    wanted: &Wanted<'_>,
    out: &mut dyn Write,
    person: &mut dyn Prompter,
) -> Result<(), Error> {
    let Created { user, step } = create(pool, wanted).await?;
    let asked = match step {
        Step::SignedIn(_) => None,
        Step::Totp(_) => Some("SOFTWARE_TOKEN_MFA".to_owned()),
        Step::MfaSetup(_) => Some("MFA_SETUP".to_owned()),
        Step::NewPassword(_) => Some("NEW_PASSWORD_REQUIRED".to_owned()),
        Step::Unanswerable(name) => Some(name),
    };
    if let Some(name) = asked {
        make_sure_of_password(pool, &user, name, person).await?;
    }
    writeln!(out, "{}", user.sub)?;
    Ok(())
}

/// A pool that requires a second factor asks for it before it returns tokens. The password may be final all
/// the same, which only the user's status tells.
async fn make_sure_of_password(
    pool: &UserPool,
    user: &NewUser,
    name: String,
    person: &mut dyn Prompter,
) -> Result<(), Error> {
    let status = match pool.status(&user.username).await {
        Ok(status) => status,
        Err(error) => {
            person.note(&error.to_string())?;
            "unknown".to_owned()
        }
    };
    if status != CONFIRMED {
        return Err(Error::NotFinal { status, advice: unanswerable::advice(&name), name });
    }
    person.note(&format!("at the first sign-in the pool asks for {name}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::todo, reason = "the mock! macro holds one that never runs")]

    use std::collections::HashMap;

    use aws_smithy_mocks::Rule;
    use serde_json::json;

    use super::*;
    use crate::cognito::scripted::{
        EMAIL, PASSWORD, Reply, SESSION, SUB, SUB_HASH, Typist, admin_client, all_played, app_client,
        challenge, has, next_call, open, refused, tokens,
    };

    async fn create_in(groups: &[&str], script: &[Rule]) -> (Result<(), Error>, String, Vec<String>) {
        let pool = open(script).await.unwrap();
        let groups: Vec<_> = groups.iter().map(ToString::to_string).collect();
        let email = EMAIL.parse().unwrap();
        let wanted = Wanted { email: &email, groups: &groups, password: &SecretString::from(PASSWORD) };
        let (mut out, mut typist) = (Vec::new(), Typist::default());
        let result = run(&pool, &wanted, &mut out, &mut typist).await;
        all_played(script);
        (result, String::from_utf8(out).unwrap(), typist.notes)
    }

    fn made() -> Rule {
        let user = json!({ "User": { "Username": SUB, "Attributes": [{ "Name": "sub", "Value": SUB }] } });
        next_call!(
            admin_create_user,
            |request| {
                request.username() == Some(EMAIL)
                    && request.message_action().is_some_and(|action| action.as_str() == "SUPPRESS")
                    && has(request, "email", EMAIL)
                    && has(request, "email_verified", "true")
                    && request.temporary_password().is_some_and(|password| password != PASSWORD)
            },
            Reply::Ok(user)
        )
    }

    fn policy(minimum: u32) -> Rule {
        let policy = json!({ "PasswordPolicy": { "MinimumLength": minimum, "RequireUppercase": true } });
        next_call!(describe_user_pool, |_| true, Reply::Ok(json!({ "UserPool": { "Policies": policy } })))
    }

    fn wants_new_password(required: &'static str) -> Rule {
        let reply = challenge("NEW_PASSWORD_REQUIRED", &json!({ "requiredAttributes": required }));
        next_call!(
            admin_initiate_auth,
            |request| {
                let parameters = request.auth_parameters().unwrap();
                parameters["USERNAME"] == SUB && parameters["PASSWORD"] != PASSWORD
            },
            reply
        )
    }

    fn answers(request: Option<&HashMap<String, String>>, wanted: &[(&str, &str)]) -> bool {
        let sent = request.unwrap();
        sent.len() == wanted.len()
            && wanted.iter().all(|(name, value)| sent.get(*name).is_some_and(|v| v == value))
    }

    fn gets_password(reply: Reply) -> Rule {
        next_call!(
            admin_respond_to_auth_challenge,
            |request| {
                request.session() == Some(SESSION)
                    && answers(
                        request.challenge_responses(),
                        &[("USERNAME", SUB), ("NEW_PASSWORD", PASSWORD)],
                    )
            },
            reply
        )
    }

    fn deleted(reply: Reply) -> Rule {
        next_call!(admin_delete_user, |request| request.username() == Some(SUB), reply)
    }

    fn gone() -> Rule {
        deleted(Reply::Ok(json!({})))
    }

    #[tokio::test]
    async fn a_new_user_is_in_its_groups_and_has_its_password() {
        let into = |group: &'static str| {
            next_call!(
                admin_add_user_to_group,
                move |request| request.username() == Some(SUB) && request.group_name() == Some(group),
                Reply::Ok(json!({}))
            )
        };
        let script = [
            admin_client(),
            made(),
            policy(8),
            into("admins"),
            into("staff"),
            wants_new_password("[]"),
            gets_password(tokens()),
        ];
        let (result, out, notes) = create_in(&["admins", "staff"], &script).await;
        result.unwrap();
        assert_eq!(out, format!("{SUB}\n"));
        assert!(notes.is_empty(), "{notes:?}");
    }

    #[tokio::test]
    async fn a_client_without_a_password_flow_fails_before_a_user_exists() {
        let (result, ..) = create_in(&[], &[app_client(&["ALLOW_USER_AUTH"], None)]).await;
        assert!(matches!(result, Err(Error::NoPasswordFlow { .. })));
    }

    #[tokio::test]
    async fn a_client_with_a_secret_gets_its_hash_over_the_pools_own_name() {
        let script = [
            app_client(&["ALLOW_ADMIN_USER_PASSWORD_AUTH"], Some("client-secret")),
            made(),
            policy(8),
            next_call!(
                admin_initiate_auth,
                |request| request.auth_parameters().unwrap()["SECRET_HASH"] == SUB_HASH,
                challenge("NEW_PASSWORD_REQUIRED", &json!({}))
            ),
            next_call!(
                admin_respond_to_auth_challenge,
                |request| request.challenge_responses().unwrap()["SECRET_HASH"] == SUB_HASH,
                tokens()
            ),
        ];
        create_in(&[], &script).await.0.unwrap();
    }

    #[tokio::test]
    async fn a_required_address_is_sent_again() {
        let gives_address = next_call!(
            admin_respond_to_auth_challenge,
            |request| answers(
                request.challenge_responses(),
                &[("USERNAME", SUB), ("NEW_PASSWORD", PASSWORD), ("userAttributes.email", EMAIL)],
            ),
            tokens()
        );
        let wants = wants_new_password(r#"["userAttributes.email"]"#);
        create_in(&[], &[admin_client(), made(), policy(8), wants, gives_address]).await.0.unwrap();
    }

    #[tokio::test]
    async fn an_existing_user_is_left_unchanged() {
        let exists = next_call!(admin_create_user, |_| true, refused("UsernameExistsException", "exists"));
        let (result, out, _) = create_in(&["admins"], &[admin_client(), exists]).await;
        assert!(matches!(result, Err(Error::UserExists)));
        assert_eq!(out, "");
    }

    /// Each of these steps fails after the user was created, and must not leave the user behind.
    #[tokio::test]
    async fn no_later_failure_leaves_a_user_behind() {
        let refuses = |code, message| gets_password(refused(code, message));
        let no_group =
            next_call!(admin_add_user_to_group, |_| true, refused("ResourceNotFoundException", "no"));
        let unknown = wants_new_password(r#"["userAttributes.name","userAttributes.email"]"#);
        let custom = next_call!(admin_initiate_auth, |_| true, challenge("CUSTOM_CHALLENGE", &json!({})));
        let signed_in = next_call!(admin_initiate_auth, |_| true, tokens());
        let lost = next_call!(admin_initiate_auth, |_| true, Reply::Garbage);
        let weak = refuses("InvalidPasswordException", "too common");
        for (reason, groups, rules) in [
            ("it must have 16 characters", &[][..], vec![policy(16)]),
            ("refuses the password: too common", &[], vec![policy(8), wants_new_password("[]"), weak]),
            ("no group \"nosuch\"", &["nosuch"], vec![policy(8), no_group]),
            ("does not know (name)", &[], vec![policy(8), unknown]),
            ("asks for CUSTOM_CHALLENGE", &[], vec![policy(8), custom]),
            ("accepted the temporary password as final", &[], vec![policy(8), signed_in]),
            ("no usable answer to AdminInitiateAuth", &[], vec![policy(8), lost]),
        ] {
            let mut script = vec![admin_client(), made()];
            script.extend(rules);
            script.push(gone());
            let (result, out, _) = create_in(groups, &script).await;
            let error = result.unwrap_err();
            assert!(matches!(error, Error::Undone { .. }), "{error}");
            assert!(error.to_string().contains(reason), "{error}");
            assert!(!error.to_string().contains(PASSWORD), "{error}");
            // Giving this is not this command's job.
            let is_beyond_us = reason.contains("does not know") || reason.contains("CUSTOM_CHALLENGE");
            assert_eq!((error.exit_code(), out.as_str()), (if is_beyond_us { 3 } else { 1 }, ""));
        }
    }

    #[tokio::test]
    async fn a_user_that_cannot_be_deleted_is_named_with_the_way_to_do_it() {
        let denied = deleted(refused("AccessDeniedException", "no"));
        let (result, ..) = create_in(&[], &[admin_client(), made(), policy(16), denied]).await;
        let text = result.unwrap_err().to_string();
        assert!(
            text.contains("admin-delete-user --user-pool-id us-east-1_Pool --username 7f1e-sub"),
            "{text}"
        );
        assert!(text.contains("cognito-idp:AdminDeleteUser"), "{text}");
    }

    #[tokio::test]
    async fn a_lost_answer_to_the_creation_is_reported_as_doubt() {
        let lost = next_call!(admin_create_user, |_| true, Reply::Garbage);
        let (result, ..) = create_in(&[], &[admin_client(), lost]).await;
        assert!(matches!(result, Err(Error::MaybeCreated { .. })));
    }

    fn with_status(status: &str) -> Rule {
        let user = json!({ "Username": SUB, "UserStatus": status });
        next_call!(admin_get_user, |request| request.username() == Some(SUB), Reply::Ok(user))
    }

    #[tokio::test]
    async fn a_second_factor_after_the_password_is_only_a_note() {
        let asks = gets_password(challenge("MFA_SETUP", &json!({})));
        let script =
            [admin_client(), made(), policy(8), wants_new_password("[]"), asks, with_status("CONFIRMED")];
        let (result, out, notes) = create_in(&[], &script).await;
        result.unwrap();
        assert_eq!(out, format!("{SUB}\n"));
        assert_eq!(notes, ["at the first sign-in the pool asks for MFA_SETUP"]);
    }

    #[tokio::test]
    async fn a_password_that_did_not_become_final_is_an_error() {
        let asks = gets_password(challenge("MFA_SETUP", &json!({})));
        let status = with_status("FORCE_CHANGE_PASSWORD");
        let script = [admin_client(), made(), policy(8), wants_new_password("[]"), asks, status];
        let (result, out, _) = create_in(&[], &script).await;
        let text = result.unwrap_err().to_string();
        assert!(text.contains("FORCE_CHANGE_PASSWORD because the pool asks for MFA_SETUP"), "{text}");
        assert_eq!(out, "");
    }
}
