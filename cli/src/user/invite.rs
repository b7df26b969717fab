//! `gatehouse user invite`: creates a user who gets a mail, and chooses the password at the first sign-in.
//!
//! Cognito sends the mail. The temporary password in it is made here and never shown. Without one, a pool
//! that allows sign-ins without passwords would create a user without a password.
//! <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html>

use std::io::Write;

use platform::address::UserAddress;

use crate::cognito::{Message, NewUser, UserPool};
use crate::error::Error;
use crate::password;

/// The user to invite.
pub(crate) enum Wanted<'a> {
    /// A user who does not exist yet.
    New { email: &'a UserAddress, groups: &'a [String] },
    /// A user who was invited before and has not signed in.
    Again(&'a UserAddress),
}

/// The command. It writes the user's `sub` to `out`.
pub(crate) async fn send(pool: &UserPool, wanted: &Wanted<'_>, out: &mut dyn Write) -> Result<(), Error> {
    let temporary = password::to_type(&pool.password_policy().await?)?;
    let user = match wanted {
        Wanted::New { email, groups } => {
            let made = pool.create_user(email, &temporary, Message::Invitation).await;
            let user = made.map_err(of_a_new_one)?;
            join(pool, &user, groups).await?;
            user
        }
        Wanted::Again(email) => {
            let found = pool.create_user(email, &temporary, Message::Again).await;
            found.map_err(of_one_again)?
        }
    };
    writeln!(out, "{}", user.sub)?;
    Ok(())
}

/// The mail cannot be taken back, so a user who cannot be added to a group is not deleted again.
async fn join(pool: &UserPool, user: &NewUser, groups: &[String]) -> Result<(), Error> {
    for (done, group) in groups.iter().enumerate() {
        pool.add_to_group(&user.username, group).await.map_err(|cause| Error::InvitedOutside {
            cause: Box::new(cause),
            groups: groups.iter().skip(done).map(String::as_str).collect::<Vec<_>>().join(", "),
            pool: pool.id().clone(),
            username: user.username.clone(),
        })?;
    }
    Ok(())
}

/// If the message cannot be sent, the user exists all the same: <https://github.com/aws/aws-sdk/issues/438>.
fn of_a_new_one(error: Error) -> Error {
    match error {
        Error::UserExists => Error::InvitedBefore,
        Error::NotDelivered { .. } => Error::InvitedUnheard { cause: Box::new(error) },
        error => in_doubt(error),
    }
}

fn of_one_again(error: Error) -> Error {
    match error {
        Error::NoUser => Error::NeverInvited,
        error => in_doubt(error),
    }
}

fn in_doubt(error: Error) -> Error {
    if error.leaves_doubt() { Error::MaybeInvited { cause: Box::new(error) } } else { error }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::todo, reason = "the mock! macro holds one that never runs")]

    use aws_smithy_mocks::Rule;
    use serde_json::json;

    use super::*;
    use crate::cognito::scripted::{
        EMAIL, Reply, SUB, all_played, app_client, has, next_call, open, refused,
    };

    async fn invited(groups: Option<&[&str]>, script: &[Rule]) -> Result<String, Error> {
        let pool = open(script).await.unwrap();
        let email = EMAIL.parse().unwrap();
        let groups: Option<Vec<_>> = groups.map(|names| names.iter().map(ToString::to_string).collect());
        let wanted = match &groups {
            Some(groups) => Wanted::New { email: &email, groups },
            None => Wanted::Again(&email),
        };
        let mut out = Vec::new();
        let result = send(&pool, &wanted, &mut out).await;
        all_played(script);
        result.map(|()| String::from_utf8(out).unwrap())
    }

    /// An invitation does not need a flow with passwords, so a client with choice-based sign-in is enough.
    fn client() -> Rule {
        app_client(&["ALLOW_USER_AUTH"], None)
    }

    fn found() -> Reply {
        Reply::Ok(json!({ "User": { "Username": SUB, "Attributes": [{ "Name": "sub", "Value": SUB }] } }))
    }

    /// The pool's policy, which says how long the password must be.
    fn policy() -> Rule {
        let policy = json!({ "PasswordPolicy": { "MinimumLength": 20 } });
        next_call!(describe_user_pool, |_| true, Reply::Ok(json!({ "UserPool": { "Policies": policy } })))
    }

    fn new(reply: Reply) -> Rule {
        next_call!(
            admin_create_user,
            |request| {
                request.username() == Some(EMAIL)
                    && request.message_action().is_none()
                    && request.desired_delivery_mediums() == ["EMAIL".into()]
                    && has(request, "email", EMAIL)
                    && has(request, "email_verified", "true")
                    && request.temporary_password().is_some_and(|password| password.len() == 20)
            },
            reply
        )
    }

    fn again(reply: Reply) -> Rule {
        next_call!(
            admin_create_user,
            |request| {
                request.username() == Some(EMAIL)
                    && request.message_action().is_some_and(|action| action.as_str() == "RESEND")
                    && request.desired_delivery_mediums() == ["EMAIL".into()]
                    && request.user_attributes().is_empty()
                    && request.temporary_password().is_some_and(|password| password.len() == 20)
            },
            reply
        )
    }

    #[tokio::test]
    async fn an_invited_user_is_in_its_groups() {
        let into = |group: &'static str, reply| {
            next_call!(
                admin_add_user_to_group,
                move |request| request.username() == Some(SUB) && request.group_name() == Some(group),
                reply
            )
        };
        let joined = || Reply::Ok(json!({}));
        let script = [client(), policy(), new(found()), into("admins", joined()), into("staff", joined())];
        assert_eq!(invited(Some(&["admins", "staff"]), &script).await.unwrap(), format!("{SUB}\n"));

        let missing = into("staff", refused("ResourceNotFoundException", "no"));
        let script = [client(), policy(), new(found()), into("admins", joined()), missing];
        let text = invited(Some(&["admins", "staff", "more"]), &script).await.unwrap_err().to_string();
        assert!(
            text.contains("no group \"staff\"") && text.contains("those of staff, more that are missing"),
            "{text}"
        );
        assert!(text.contains("--user-pool-id us-east-1_Pool --username 7f1e-sub"), "{text}");
    }

    #[tokio::test]
    async fn an_invitation_is_sent_again_to_an_invited_user() {
        assert_eq!(invited(None, &[client(), policy(), again(found())]).await.unwrap(), format!("{SUB}\n"));
    }

    #[tokio::test]
    async fn whatever_keeps_an_invitation_from_its_user_says_what_to_do() {
        let waits = "Resend not possible. 7f1e-sub status is not FORCE_CHANGE_PASSWORD";
        for (is_new, code, message, line) in [
            (true, "UsernameExistsException", "User account already exists", "--resend sends the invitation"),
            (false, "UserNotFoundException", "User does not exist.", "leave --resend out"),
            (false, "UnsupportedUserStateException", waits, waits),
            (true, "CodeDeliveryFailureException", "SES says no", "(SES says no)"),
            (true, "CodeDeliveryFailureException", "", "run this again with --resend"),
            (false, "CodeDeliveryFailureException", "", "check the pool's e-mail settings"),
            (true, "UserLambdaValidationException", "PreSignUp failed: no", "trigger of the pool refused"),
            (true, "InvalidParameterException", "Invalid email address format.", "Invalid email address"),
            (true, "AccessDeniedException", "", "cognito-idp:AdminCreateUser"),
        ] {
            let reply = refused(code, message);
            let result = if is_new {
                invited(Some(&["admins"]), &[client(), policy(), new(reply)]).await
            } else {
                invited(None, &[client(), policy(), again(reply)]).await
            };
            let error = result.unwrap_err();
            assert!(error.to_string().contains(line), "{code}: {error}");
            assert_eq!(error.exit_code(), 1, "{code}");
        }
    }

    #[tokio::test]
    async fn a_lost_answer_is_not_taken_for_a_refusal() {
        for (groups, lost) in [(Some(&[][..]), new(Reply::Garbage)), (None, again(Reply::Garbage))] {
            let text = invited(groups, &[client(), policy(), lost]).await.unwrap_err().to_string();
            assert!(text.contains("it is unknown whether the invitation was sent"), "{text}");
        }
    }
}
